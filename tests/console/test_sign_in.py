"""The sign-in form: streamlit-authenticator's, with each of its weaknesses closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from console.sign_in import TICKET, SignedIn
from console.web import cookies, identity, urls
from console.web.process import PROCESS
from console.web.settings import ConsoleSettings, DemoOperator
from services.access import setup
from services.access.passwords import hash_password
from services.access.sessions import terminal_actor
from services.access.throttle import PAIR
from services.store.operators import Operator
from services.store.store import Store
from tests.fixtures.store import PASSWORD, set_up_factor

Cast = dict[str, Operator]
VISIT = cookies.visit_id("the cookie of this browser")


def form_script() -> None:
    from console import sign_in  # noqa: PLC0415

    sign_in.show_sign_in()


def set_up_script() -> None:
    from console import sign_in  # noqa: PLC0415

    sign_in.show_set_up()


@pytest.fixture
def sent_to(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Where the browser was sent."""
    paths: list[str] = []

    def redirect(path: str) -> None:
        paths.append(path)
        st.stop()

    monkeypatch.setattr(urls, "redirect", redirect)
    return paths


def open_form(script: Callable[[], None] = form_script, **query: str) -> AppTest:
    app = AppTest.from_function(script, default_timeout=60)
    app.user = {"visit": identity.stamp(VISIT)}
    for name, value in query.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    return app


def fill(app: AppTest, name: str, password: str) -> AppTest:
    app.text_input[0].set_value(name)
    app.text_input[1].set_value(password)
    return app.button[0].click().run()


def words(app: AppTest) -> str:
    return " ".join(message.value.replace("\\", "").replace("\N{WORD JOINER}", "") for message in app.error)


def test_the_right_password_gives_a_ticket_that_is_good_once_for_this_browser(
    console_store: Store, cast: Cast, sent_to: list[str]
) -> None:
    fill(open_form(next="/user?id=1&pool=staff"), "Sam", PASSWORD)
    url = urlsplit(sent_to[0])
    query = parse_qs(url.query)
    assert url.path == urls.FINISH_PATH
    assert query["next"] == ["/user?id=1&pool=staff"]
    ticket = query["ticket"][0]
    assert console_store.tickets.peek(TICKET, ticket, "another browser") is None
    assert console_store.tickets.redeem(TICKET, ticket, VISIT) == cast["sam"].id
    assert console_store.tickets.redeem(TICKET, ticket, VISIT) is None


def test_signing_in_leads_to_no_other_site(console_store: Store, cast: Cast, sent_to: list[str]) -> None:
    fill(open_form(next="//evil.example/"), "sam", PASSWORD)
    assert parse_qs(urlsplit(sent_to[0]).query)["next"] == ["/"]


@pytest.mark.parametrize(
    ("name", "password"), [("sam", "wrong"), ("nobody", PASSWORD), ("sam", ""), ("", "")]
)
def test_a_wrong_name_or_password_is_answered_with_the_same_words(
    console_store: Store, cast: Cast, sent_to: list[str], name: str, password: str
) -> None:
    app = fill(open_form(), name, password)
    assert "That name and password don't belong together." in words(app)
    assert sent_to == []


def test_it_waits_after_too_many_failures_and_says_how_long(
    console_store: Store, cast: Cast, sent_to: list[str]
) -> None:
    app = open_form()
    for _ in range(PAIR.attempts):
        app = fill(app, "sam", "wrong")
    app = fill(app, "sam", PASSWORD)
    assert "Too many attempts. The next one is possible in 5 minutes." in words(app)
    assert sent_to == []


def test_the_failures_of_one_browser_count_in_another(
    console_store: Store, cast: Cast, sent_to: list[str]
) -> None:
    for _ in range(PAIR.attempts):
        fill(open_form(), "sam", "wrong")
    assert "Too many attempts" in words(fill(open_form(), "sam", PASSWORD))


def test_a_password_is_not_stripped(console_store: Store, cast: Cast, sent_to: list[str]) -> None:
    fill(open_form(), "sam", f" {PASSWORD} ")
    assert sent_to == []


def test_a_password_may_be_as_long_as_one_likes(console_store: Store, cast: Cast, sent_to: list[str]) -> None:
    long = "long " * 1000
    console_store.operators.set_password_hash(cast["sam"].id, hash_password(long, 4))
    fill(open_form(), "sam", long[:-2])
    assert sent_to == []
    fill(open_form(), "sam", long)
    assert len(sent_to) == 1


def test_the_library_keeps_no_cookie_and_nothing_of_it_says_who_is_signed_in(
    console_store: Store, cast: Cast, sent_to: list[str]
) -> None:
    app = fill(open_form(), "sam", PASSWORD)
    assert len(sent_to) == 1
    told = ("username", "name", "roles", "email", "password_hint")
    assert [name for name in told if name in app.session_state] == []
    assert app.session_state["authentication_status"] is None


def test_the_cookie_component_of_the_library_is_not_loaded(console_store: Store, cast: Cast) -> None:
    assert open_form().get("component_instance") == []


def test_nothing_sleeps_before_the_form_is_shown(
    console_store: Store, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    from streamlit_authenticator.views import authentication_view  # noqa: PLC0415

    slept: list[float] = []
    monkeypatch.setattr(authentication_view, "time", SimpleNamespace(sleep=slept.append))
    open_form()
    assert slept == [0]


def test_no_operator_of_the_demo_is_shown_elsewhere(console_store: Store, cast: Cast) -> None:
    assert len(open_form().table) == 0


def test_the_demo_shows_its_operators(console_store: Store, cast: Cast) -> None:
    PROCESS.use(
        settings=ConsoleSettings(demo_operators=(DemoOperator("ada", "look *and* see", "auditor", "reads"),))
    )
    shown = open_form().table[0].value
    assert "ada" in shown.to_string()
    assert "look" in shown.to_string()


def test_after_an_ended_session_it_says_why_one_is_here(console_store: Store, cast: Cast) -> None:
    assert "away for too long" in open_form(ended="1").info[0].value
    assert "not completed" in open_form(failed="1").warning[0].value


def test_without_an_administrator_it_points_to_the_terminal(console_store: Store) -> None:
    assert "terminal" in open_form().info[0].value


def test_the_set_up_link_makes_an_administrator_who_is_signed_in(
    console_store: Store, sent_to: list[str]
) -> None:
    app = open_form(set_up_script, token=setup.issue_link(console_store))
    for field, value in enumerate(("kim", "Kim Ek", "", "bees fly home in may", "bees fly home in may")):
        app.text_input[field].set_value(value)
    app.button[0].click().run()
    ticket = parse_qs(urlsplit(sent_to[0]).query)["ticket"][0]
    operator = console_store.operators.get(console_store.tickets.redeem(TICKET, ticket, VISIT) or "")
    assert (operator.username, str(operator.role)) == ("kim", "admin")


def test_two_different_passwords_leave_the_set_up_link_good(console_store: Store, sent_to: list[str]) -> None:
    token = setup.issue_link(console_store)
    app = open_form(set_up_script, token=token)
    for field, value in enumerate(("kim", "", "", "bees fly home in may", "bees fly home in june")):
        app.text_input[field].set_value(value)
    app = app.button[0].click().run()
    assert "differ" in app.error[0].value
    assert setup.is_valid(console_store, token)


def test_a_used_or_made_up_set_up_link_shows_no_form(console_store: Store, sent_to: list[str]) -> None:
    app = open_form(set_up_script, token="made-up")
    assert len(app.text_input) == 0
    assert "not good" in app.error[0].value
    app.button[0].click().run()
    assert sent_to == [urls.SIGN_IN_PATH]


# --- the second factor


@pytest.fixture
def codes(console_store: Store, cast: Cast) -> tuple[str, ...]:
    """Sam has an authenticator app; these are the recovery codes."""
    return set_up_factor(console_store, cast["sam"])


def give(app: AppTest, code: str) -> AppTest:
    app.text_input[0].set_value(code)
    return app.button[0].click().run()


def test_after_the_password_the_code_is_asked_and_the_ticket_says_that_it_was_given(
    console_store: Store, codes: tuple[str, ...], sent_to: list[str]
) -> None:
    app = fill(open_form(next="/users?pool=staff"), "sam", PASSWORD)
    assert sent_to == []
    assert app.text_input[0].label == "Code from your authenticator app"
    give(app, codes[0])
    query = parse_qs(urlsplit(sent_to[0]).query)
    assert query["next"] == ["/users?pool=staff"]
    found = SignedIn.read(console_store.tickets.redeem(TICKET, query["ticket"][0], VISIT))
    assert found is not None
    assert found.proved


def test_a_wrong_code_leads_nowhere_and_may_be_tried_again(
    codes: tuple[str, ...], sent_to: list[str]
) -> None:
    app = give(fill(open_form(), "sam", PASSWORD), "000000")
    assert "not right, or was used already" in words(app)
    assert sent_to == []
    give(app, codes[0])
    assert len(sent_to) == 1


def test_one_can_start_again_as_somebody_else(
    console_store: Store, cast: Cast, codes: tuple[str, ...], sent_to: list[str]
) -> None:
    app = fill(open_form(), "sam", PASSWORD)
    app = next(button for button in app.button if button.label == "Start again").click().run()
    fill(app, "max", PASSWORD)
    ticket = parse_qs(urlsplit(sent_to[0]).query)["ticket"][0]
    assert console_store.tickets.redeem(TICKET, ticket, VISIT) == cast["max"].id


def test_whoever_is_disabled_between_password_and_code_stays_outside(
    console_store: Store, cast: Cast, codes: tuple[str, ...], sent_to: list[str]
) -> None:
    app = fill(open_form(), "sam", PASSWORD)
    console_store.operators.update(cast["sam"].id, disabled=True)
    assert "Start again" in words(give(app, codes[0]))
    assert sent_to == []


def test_a_link_for_a_new_password_leads_to_the_form_which_asks_for_the_code(
    console_store: Store, cast: Cast, codes: tuple[str, ...], sent_to: list[str]
) -> None:
    token = setup.issue_way_back(console_store, cast["sam"], terminal_actor()())
    app = open_form(set_up_script, token=token)
    for field in (0, 1):
        app.text_input[field].set_value("bees fly home in may")
    app.button[0].click().run()
    assert sent_to == [f"{urls.SIGN_IN_PATH}?changed=1"]
    app = fill(open_form(), "sam", "bees fly home in may")
    assert app.text_input[0].label == "Code from your authenticator app"
