"""Signing in with a password on the Login test page, without a browser."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from demo.backend import backend_of
from demo.install import install_pools
from demo.people import PASSWORD
from demo.pools import STAFF_ID
from services.login.tokens import KEYS
from services.store.store import Store
from tests.console.login_test.test_page import state
from tests.console.users.conftest import shown
from tests.fixtures.cognito import Cognito
from tests.fixtures.console import OpenPage

TAB = "Own form, server"


@pytest.fixture
def page(open_as: OpenPage, console_store: Store, cognito: Cognito) -> AppTest:
    KEYS.forget()
    install_pools(console_store, cognito.url)
    opened = open_as("sam", "login_test", pool="staff")
    opened.session_state["tab"] = TAB
    return opened.run()


def sign_in(page: AppTest, username: str, password: str) -> None:
    page.text_input(key="login-api-username").set_value(username)
    next(field for field in page.text_input if field.label.startswith("Password")).set_value(password)
    next(button for button in page.button if button.label == "Sign in").click().run()
    assert not page.exception


def test_what_it_costs_is_said_before(page: AppTest) -> None:
    text = shown(page)
    assert "count as active this month" in text
    assert "5 wrong passwords in a row lock them out" in text
    assert "Proof of the client" in text
    assert "the client doesn't allow it" in str([radio.options for radio in page.radio])


def test_a_green_chain_and_nothing_secret_left(page: AppTest) -> None:
    sign_in(page, "kirsten", PASSWORD)
    text = shown(page)
    assert "gets into Billing desk as reader" in text.replace("\\", "").replace("\N{WORD JOINER}", "")
    kept = state(page)
    assert PASSWORD not in kept
    assert "eyJ" not in kept


def test_wrong_passwords_are_counted_on_the_page(page: AppTest) -> None:
    sign_in(page, "rolf.vogt", "wrong-one-here")
    sign_in(page, "rolf.vogt", "wrong-one-here")
    assert "2 of 5 wrong passwords" in shown(page)
    assert "wrong-one-here" not in state(page)


def test_whoever_is_disabled_is_named_as_the_cause_with_the_way_to_their_page(page: AppTest) -> None:
    sign_in(page, "toby.ashworth", PASSWORD)
    said = page.error[0].value.replace("\\", "")
    assert said == "The sign-in to Billing desk fails: “Password not accepted”. The person is disabled."
    assert "Their page" in [link.label for link in page.get("page_link")]


def test_a_temporary_password_asks_for_a_new_one_and_forgets_it(page: AppTest) -> None:
    sign_in(page, "bo.li", PASSWORD)
    text = shown(page)
    assert "becomes the person's password" in text.replace("\\", "").replace("\N{WORD JOINER}", "")
    assert "Answer within" in text

    def choose(first: str, second: str) -> None:
        for field in page.text_input:
            if field.label.startswith("New password"):
                field.set_value(second if "once more" in field.label else first)
        next(button for button in page.button if button.label == "Go on").click().run()
        assert not page.exception

    choose("A-brand-new-1", "Another-one-22")
    assert "differ" in shown(page)
    choose("A-brand-new-1", "A-brand-new-1")
    assert "gets into Billing desk as clerk" in shown(page).replace("\\", "").replace("\N{WORD JOINER}", "")
    assert "A-brand-new-1" not in state(page)


def test_the_code_to_scan_is_drawn_here(page: AppTest) -> None:
    pool = backend_of("eu-west-1").user_pools[STAFF_ID]
    pool.mfa_config = "ON"
    try:
        sign_in(page, "rolf.vogt", PASSWORD)
    finally:
        pool.mfa_config = "OPTIONAL"
    assert "Scan this with an authenticator app" in shown(page)
    assert len(page.code[-1].value) > 20  # the secret, for those who can't scan
    assert "otpauth" not in state(page)
