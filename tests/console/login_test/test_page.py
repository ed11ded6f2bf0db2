"""The Login test page as operators meet it, without a browser."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from demo.install import install_pools
from services.store import login_tests
from services.store.columns import utc_now
from services.store.login_tests import PENDING_FOR
from services.store.store import Store
from tests.console.users.conftest import shown
from tests.fixtures.cognito import Cognito
from tests.fixtures.console import OpenPage


@pytest.fixture
def installed(console_store: Store, cognito: Cognito) -> Store:
    install_pools(console_store, cognito.url)
    return console_store


@pytest.fixture
def page(open_as: OpenPage, installed: Store) -> AppTest:
    return open_as("sam", "login_test", pool="staff")


def flow_of(page: AppTest) -> str:
    """The id of the first application of the pool."""
    return str(page.session_state["_login_application"][1])


def state(page: AppTest) -> str:
    whole = page.session_state._state._state
    return str([whole.filtered_state, whole._new_widget_state.states, whole._old_state])


def test_it_shows_the_exact_callback_and_what_a_sign_in_costs(page: AppTest) -> None:
    assert not page.exception
    text = shown(page)
    assert "/oauth/v2/callback" in text
    assert "count as active this month" in text
    assert "Discovery document" in text


def test_an_auditor_has_no_such_page(open_as: OpenPage, installed: Store) -> None:
    page = open_as("ada", "login_test", pool="staff")
    assert "What to try" not in [heading.value for heading in page.header]


def test_a_client_that_does_not_list_the_console_is_said_and_the_address_can_be_pasted(
    page: AppTest, cognito: Cognito
) -> None:
    made = cognito.client().create_user_pool_client(
        UserPoolId=cognito.staff,
        ClientName="elsewhere",
        CallbackURLs=["https://elsewhere.example/cb"],
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid"],
        AllowedOAuthFlowsUserPoolClient=True,
    )["UserPoolClient"]
    next(box for box in page.selectbox if box.label == "Application").set_value("by hand").run()
    page.text_input(key="login-client-id").set_value(made["ClientId"]).run()
    way = next(radio for radio in page.radio if radio.label == "After the sign-in")
    assert way.value == "Paste the address it ends on"
    way.set_value("Come back to this console").run()
    assert "doesn't accept this console's address yet" in shown(page)


def test_a_test_that_cannot_begin_shows_its_broken_link_open_with_the_fix(
    page: AppTest, installed: Store
) -> None:
    next(box for box in page.multiselect if box.label == "Scopes").set_value(["openid", "phone"]).run()
    page.button(key="login-start").click().run()
    text = shown(page)
    assert "fails: “Client doesn't accept the sign-in”" in text
    assert "OpenID Connect scopes" in text
    assert page.query_params["test"]
    (line,) = installed.activity.search(action="login_test")
    assert line.after["result"] == "failed: Client doesn't accept the sign-in"


def test_whoever_the_login_page_refuses_is_one_click_away_from_the_cause(page: AppTest) -> None:
    page.text_input(key="login-hint").set_value("toby.ashworth")
    page.button(key="login-start").click().run()
    # the browser is on the login page now; its Back button leads to the test that waits
    page.run()
    assert "Waiting for the sign-in to Billing desk" in " ".join(heading.value for heading in page.header)
    assert page.text_input(key="login-refused").value == "toby.ashworth"
    page.button(key="login-why").click().run()
    assert not page.exception
    assert page.text_input(key="explain-typed").value == "toby.ashworth"
    assert [box.value for box in page.selectbox if box.label == "Application"] == [flow_of(page)]
    assert "switched off" in str(page.error[0].value)


def test_a_test_without_an_answer_leads_to_the_cause_too(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    page.button(key="login-start").click().run()
    later = utc_now() + PENDING_FOR
    monkeypatch.setattr(login_tests, "utc_now", lambda: later)
    page.run()
    assert "no answer within five minutes" in shown(page)
    page.text_input(key="login-refused").set_value("ann.lindqvist")
    page.button(key="login-why").click().run()
    assert "expired" in str(page.error[0].value)


def test_a_typed_secret_is_not_left_in_the_session(page: AppTest) -> None:
    next(box for box in page.selectbox if box.label == "Application").set_value("by hand").run()
    page.text_input(key="login-client-id").set_value("7h2brightwaterbillingdesk1").run()
    secret = "a-secret-typed-by-hand"
    next(field for field in page.text_input if field.label == "Client secret").set_value(secret)
    next(radio for radio in page.radio if radio.label == "After the sign-in").set_value(
        "Paste the address it ends on"
    )
    next(button for button in page.button if button.label == "Start the sign-in").click().run()
    assert "Waiting for the sign-in" in " ".join(heading.value for heading in page.header)
    assert secret not in state(page)


def test_a_pasted_answer_of_another_test_is_refused_and_not_left_in_the_session(page: AppTest) -> None:
    next(radio for radio in page.radio if radio.label == "After the sign-in").set_value(
        "Paste the address it ends on"
    ).run()
    page.button(key="login-start").click().run()
    box = next(field for field in page.text_input if field.label == "Address that the browser ended on")
    box.set_value("https://x.example/?code=secret-code-of-somebody&state=made-up")
    next(button for button in page.button if button.label == "Check this answer").click().run()
    assert "isn't the answer to this test" in shown(page)
    assert "secret-code-of-somebody" not in state(page)


def test_a_pasted_token_is_checked_and_not_left_in_the_session(
    open_as: OpenPage, installed: Store, cognito: Cognito
) -> None:
    client = cognito.client()
    made = client.create_user_pool_client(
        UserPoolId=cognito.staff, ClientName="api", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]
    answer = client.admin_initiate_auth(
        UserPoolId=cognito.staff,
        ClientId=made["ClientId"],
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "rolf.vogt", "PASSWORD": "Demo-Passw0rd!"},
    )
    token = answer["AuthenticationResult"]["IdToken"]
    page = open_as("sam", "login_test", pool="staff", tab="Check a token")
    next(area for area in page.text_area if area.label == "Token").set_value(token)
    next(button for button in page.button if button.label == "Check this token").click().run()
    assert "A good ID token" in " ".join(message.value for message in page.success)
    assert token not in state(page)
    head, _, signature = token.split(".")
    forged = f"{head}.{'e30'}.{signature}"
    next(area for area in page.text_area if area.label == "Token").set_value(forged)
    next(button for button in page.button if button.label == "Check this token").click().run()
    assert "no user pool that is set up here" in shown(page)
    assert forged not in state(page)


def test_a_test_of_somebody_else_is_not_shown(page: AppTest, open_as: OpenPage) -> None:
    page.button(key="login-start").click().run()
    other = open_as("max", "login_test", pool="staff", test=page.query_params.get("test", ["x"])[0])
    assert "login test" in shown(other)
    assert "gets into" not in shown(other)
