"""Your account: the page that everyone has."""

from __future__ import annotations

from typing import Any

import pyotp
import pytest
from streamlit.testing.v1 import AppTest

from services.access.operators import OperatorService
from services.access.second_factor import SecondFactor, demand_of
from services.access.sessions import OperatorSignIn, browser_actor
from services.roles import Role
from services.store.operators import Operator
from services.store.store import Store
from tests.fixtures.console import ROOT, OpenPage, sign_in_as
from tests.fixtures.store import PASSWORD, set_up_factor

Cast = dict[str, Operator]
NEW = "bees fly home in may"


def change(page: AppTest, old: str, new: str, again: str) -> AppTest:
    for field, value in zip(page.text_input, (old, new, again), strict=True):
        field.set_value(value)
    return press(page, "Change password")


def press(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


def shown(page: AppTest) -> str:
    parts: list[Any] = [*page.markdown, *page.success, *page.error, *page.info, *page.warning]
    return " ".join(str(part.value).replace("\\", "").replace("\N{WORD JOINER}", "") for part in parts)


@pytest.mark.parametrize("who", ["ada", "sam", "max", "ann"])
def test_everyone_changes_their_own_password(open_as: OpenPage, console_store: Store, who: str) -> None:
    page = change(open_as(who, "account"), PASSWORD, NEW, NEW)
    assert "Your password is changed." in shown(page)
    assert OperatorSignIn(console_store).attempt(who, NEW, "192.0.2.1").username == who


@pytest.mark.parametrize(
    ("old", "new", "again", "words"),
    [
        ("wrong", NEW, NEW, "That is not your present password."),
        (PASSWORD, NEW, f"{NEW} ", "The two passwords differ, so nothing was changed."),
        (PASSWORD, "short", "short", "It needs at least 12 characters; this has 5."),
    ],
)
def test_a_mistake_changes_nothing(
    open_as: OpenPage, console_store: Store, old: str, new: str, again: str, words: str
) -> None:
    page = change(open_as("sam", "account"), old, new, again)
    assert words in shown(page)
    assert OperatorSignIn(console_store).attempt("sam", PASSWORD, "192.0.2.1").username == "sam"


@pytest.mark.parametrize(
    ("typed", "words"),
    [("sam", "Guessed at once. "), ("Password1234", "Very easy to guess. "), (NEW, "Hard to guess.")],
)
def test_how_hard_a_new_password_is_to_guess_is_shown_before_it_is_sent(
    open_as: OpenPage, typed: str, words: str
) -> None:
    page = open_as("sam", "account")
    assert len(page.get("progress")) == 1, "its place is kept: nothing below it moves when it comes"
    page.text_input[1].set_value(typed).run()
    (meter,) = page.get("progress")
    assert meter.proto.text.startswith(words)


def test_no_password_stays_in_the_fields_once_it_is_changed(open_as: OpenPage) -> None:
    page = change(open_as("sam", "account"), PASSWORD, NEW, NEW)
    assert [field.value for field in page.text_input][:3] == ["", "", ""]


def test_other_browsers_of_ones_own_are_seen_and_signed_out(
    open_as: OpenPage, console_store: Store, cast: Cast
) -> None:
    other, _ = sign_in_as(console_store, cast["sam"])
    page = open_as("sam", "account")
    press(page, "Sign out everywhere else")
    assert console_store.sessions.get(other) is None
    assert len(console_store.sessions.list_live(cast["sam"].id)) == 1


def test_nobody_elses_sessions_are_shown(open_as: OpenPage, console_store: Store, cast: Cast) -> None:
    sign_in_as(console_store, cast["ann"])
    page = open_as("sam", "account")
    assert not [button for button in page.button if button.label in ("End", "Sign out everywhere else")]


def test_with_a_password_from_an_administrator_one_first_chooses_ones_own(
    open_as: OpenPage, console_store: Store, cast: Cast
) -> None:
    admin = browser_actor(console_store, sign_in_as(console_store, cast["ann"])[0])
    handed_over = OperatorService(console_store, admin).reset_password(cast["max"].id)
    page = open_as("max", "overview")
    assert "Choose a password of your own" in shown(page)
    page.switch_page("../pages/account.py").run()
    change(page, handed_over, NEW, NEW)
    assert "Choose a password of your own" not in shown(page)
    page.switch_page("../pages/overview.py").run()
    assert page.title[0].value == "Overview"


# --- the second factor


def uri_of(store: Store, page: AppTest, operator: Operator) -> str:
    token = page.session_state["_console_factor_set_up"]
    address = SecondFactor(store).address_of(operator, token)
    assert address is not None
    return address


def type_code(page: AppTest, code: str, button: str) -> AppTest:
    next(field for field in page.text_input if "ode" in field.label).set_value(code)
    return press(page, button)


def test_an_app_is_set_up_by_its_code_and_the_recovery_codes_are_shown_once(
    open_as: OpenPage, console_store: Store, cast: Cast
) -> None:
    page = press(open_as("sam", "account"), "Set up an authenticator app…")
    address = uri_of(console_store, page, cast["sam"])
    assert pyotp.parse_uri(address).secret in page.code[0].value  # to type where nothing can be scanned
    page = type_code(page, pyotp.parse_uri(address).now(), "Use this app")
    codes = page.code[0].value.split()
    assert len(codes) == 10
    page = press(page, "I have noted them")
    assert len(page.code) == 0
    assert "10 recovery codes left" in shown(page)
    SecondFactor(console_store).check(cast["sam"], codes[0])


def test_a_wrong_code_is_said_and_the_set_up_goes_on(open_as: OpenPage) -> None:
    page = press(open_as("sam", "account"), "Set up an authenticator app…")
    page = type_code(page, "000000", "Use this app")
    assert "not the code that the app shows" in shown(page)
    assert any(button.label == "Use this app" for button in page.button)


def test_whoever_needs_one_sees_this_page_alone_until_it_is_set_up(
    open_as: OpenPage, console_store: Store, cast: Cast
) -> None:
    demand_of(console_store, [Role.SUPPORT])
    page = open_as("sam", "account")
    assert "you need one before you can go on" in " ".join(warning.value for warning in page.warning)
    page = press(page, "Set up an authenticator app…")
    app = pyotp.parse_uri(uri_of(console_store, page, cast["sam"]))
    page = type_code(page, app.now(), "Use this app")
    page.switch_page(str(ROOT / "pages" / "users.py")).run()
    assert not page.exception


def test_a_password_just_chosen_is_not_asked_for_before_the_second_factor(
    open_as: OpenPage, console_store: Store, cast: Cast
) -> None:
    demand_of(console_store, [Role.SUPPORT])
    page = open_as("sam", "account")
    assert "Change password" not in [header.value for header in page.header]
    page = press(page, "Set up an authenticator app…")
    page = type_code(page, pyotp.parse_uri(uri_of(console_store, page, cast["sam"])).now(), "Use this app")
    page = press(page, "I have noted them")
    assert [title.value for title in page.title] == ["Overview"]


def test_another_page_is_not_shown_meanwhile(open_as: OpenPage, console_store: Store) -> None:
    demand_of(console_store, [Role.SUPPORT])
    page = open_as("sam", "users")
    assert [title.value for title in page.title] == ["Your account"]


def test_new_recovery_codes_and_doing_without_need_a_proof_from_just_now(
    open_as: OpenPage, console_store: Store, cast: Cast
) -> None:
    set_up_factor(console_store, cast["sam"])
    page = press(open_as("sam", "account"), "New recovery codes")
    assert "your second factor is asked again" in shown(page)
    for session in console_store.sessions.list_live(cast["sam"].id):
        console_store.sessions.prove(session.id)
    page = press(press(page, "New recovery codes"), "I have noted them")
    page = press(page, "Do without")
    assert "the password alone lets you in" in shown(page)
    assert not SecondFactor(console_store).is_set_up(cast["sam"].id)


def test_where_the_role_needs_one_there_is_no_doing_without(
    open_as: OpenPage, console_store: Store, cast: Cast
) -> None:
    demand_of(console_store, [Role.SUPPORT])
    session_id, _ = sign_in_as(console_store, cast["sam"])
    set_up_factor(console_store, cast["sam"], session_id)
    assert not any(button.label == "Do without" for button in open_as("sam", "account").button)


def test_a_browser_signed_in_before_it_was_set_up_is_asked_once(
    open_as: OpenPage, console_store: Store, cast: Cast
) -> None:
    set_up_factor(console_store, cast["sam"])
    demand_of(console_store, [Role.SUPPORT])
    page = open_as("sam", "account")
    assert [button.label for button in page.main.button if "second factor" in button.label] == [
        "Give the second factor"
    ]
    for session in console_store.sessions.list_live(cast["sam"].id):
        console_store.sessions.prove(session.id)
    assert "10 recovery codes left" in shown(page.run())
