"""Your account: the page that everyone has."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from services.access.operators import OperatorService
from services.access.sessions import OperatorSignIn, browser_actor
from services.access.throttle import Throttle
from services.store.operators import Operator
from services.store.store import Store
from tests.fixtures.console import OpenPage, sign_in_as
from tests.fixtures.store import PASSWORD

Cast = dict[str, Operator]
NEW = "bees fly home in may"


def change(page: AppTest, old: str, new: str, again: str) -> AppTest:
    for field, value in zip(page.text_input, (old, new, again), strict=True):
        field.set_value(value)
    return press(page, "Change password")


def press(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


def shown(page: AppTest) -> str:
    parts: list[Any] = [*page.markdown, *page.success, *page.error, *page.info]
    return " ".join(str(part.value).replace("\\", "") for part in parts)


@pytest.mark.parametrize("who", ["ada", "sam", "max", "ann"])
def test_everyone_changes_their_own_password(open_as: OpenPage, console_store: Store, who: str) -> None:
    page = change(open_as(who, "account"), PASSWORD, NEW, NEW)
    assert "Your password is changed." in shown(page)
    assert OperatorSignIn(console_store, Throttle()).attempt(who, NEW, "192.0.2.1").username == who


@pytest.mark.parametrize(
    ("old", "new", "again", "words"),
    [
        ("wrong", NEW, NEW, "That is not your present password."),
        (PASSWORD, NEW, f"{NEW} ", "The two new passwords differ."),
        (PASSWORD, "short", "short", "It needs at least 12 characters; this has 5."),
    ],
)
def test_a_mistake_changes_nothing(
    open_as: OpenPage, console_store: Store, old: str, new: str, again: str, words: str
) -> None:
    page = change(open_as("sam", "account"), old, new, again)
    assert words in shown(page)
    assert OperatorSignIn(console_store, Throttle()).attempt("sam", PASSWORD, "192.0.2.1").username == "sam"


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
    handed_over = OperatorService(console_store, admin, Throttle()).reset_password(cast["max"].id)
    page = open_as("max", "overview")
    assert "Choose a password of your own" in shown(page)
    page.switch_page("../pages/account.py").run()
    change(page, handed_over, NEW, NEW)
    assert "Choose a password of your own" not in shown(page)
    page.switch_page("../pages/overview.py").run()
    assert page.title[0].value == "Overview"
