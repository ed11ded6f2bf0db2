"""Creating one user from the form."""

from __future__ import annotations

import pytest

from services.directory.cache import forget_everything
from services.store.store import Store
from tests.console.users.conftest import by_key, shown
from tests.fixtures.cognito import Cognito
from tests.fixtures.console import OpenPage

pytestmark = pytest.mark.usefixtures("pools")


def form(open_as: OpenPage, pool: str = "staff", who: str = "sam"):
    page = open_as(who, "users", pool=pool)
    return page.button(key="users-new").click().run()


def fill(page, **values: str) -> None:
    for name, value in values.items():
        by_key(page.text_input, f"create-user-{name}-").set_value(value)


def press(page, label: str):
    return [button for button in page.button if button.label == label][-1].click().run()


def test_a_temporary_password_is_made_shown_once_and_works_by_the_policy(
    open_as, asked, pools: Store
) -> None:
    page = form(open_as)
    fill(page, username="new.one", email="new.one@brightwater.example", given_name="New")
    by_key(page.multiselect, "create-user-groups").set_value(["billing", "on-call"])
    press(page, "Create user")
    assert not page.exception
    password = page.code[-1].value
    assert len(password) >= 12
    assert "In 2 of 2 groups: billing, on-call." in shown(page)
    assert "At the first sign-in they are asked for: Last name." in shown(page)
    made = asked("new.one")
    assert made["status"] == "FORCE_CHANGE_PASSWORD"
    assert made["groups"] == {"billing", "on-call"}
    assert made["attributes"]["given_name"] == "New"
    press(page, "Close")
    assert password not in shown(page)
    assert "new.one@brightwater.example was created." in shown(page)
    assert "91 people" in shown(page) or "92 people" in shown(page), "the list shows them at once"
    assert password not in str(pools.activity.search(action="create_user"))


def test_every_problem_is_listed_and_nothing_is_sent(open_as, cognito: Cognito, pools: Store) -> None:
    page = form(open_as)
    before = len(cognito.users(cognito.staff))
    fill(page, username="a b", email="nope", phone_number="070", password="x")
    press(page, "Create user")
    text = shown(page)
    for title in ("Username:", "E-mail address:", "Phone number:", "Temporary password:"):
        assert title in text
    assert "Nothing was sent" in text
    assert len(cognito.users(cognito.staff)) == before
    assert pools.activity.search() == []
    assert by_key(page.text_input, "create-user-email-").value == "nope", "what was typed is kept"


def test_by_invitation_no_password_is_asked_for_or_shown(open_as, asked) -> None:
    page = form(open_as)
    by_key(page.radio, "create-user-way").set_value("EMAIL").run()
    assert not [field for field in page.text_input if field.key.startswith("create-user-password")]
    fill(page, username="invited.one", email="invited.one@brightwater.example")
    press(page, "Create user")
    assert "asked to send the invitation" in shown(page)
    assert asked("invited.one")["status"] == "FORCE_CHANGE_PASSWORD"


def test_an_invitation_needs_an_address(open_as) -> None:
    page = form(open_as)
    by_key(page.radio, "create-user-way").set_value("SMS").run()
    fill(page, username="no.phone", email="no.phone@brightwater.example")
    press(page, "Create user")
    assert "To send the invitation by SMS, a phone number is needed." in shown(page)


def test_a_name_that_is_taken_is_said_and_nothing_else_is_done(open_as, asked) -> None:
    page = form(open_as)
    fill(page, username="bo.li", email="other@brightwater.example")
    by_key(page.multiselect, "create-user-groups").set_value(["auditors"])
    press(page, "Create user")
    assert page.error
    assert "auditors" not in asked("bo.li")["groups"]


def test_in_an_email_pool_the_address_is_the_username(open_as, cognito: Cognito) -> None:
    page = form(open_as, "customers")
    assert not [field for field in page.text_input if field.key.startswith("create-user-username")]
    fill(page, email="new.customer@mail.example", name="New Customer")
    press(page, "Create user")
    assert "new.customer@mail.example" in shown(page)
    emails = [
        attribute["Value"] for user in cognito.users(cognito.customers) for attribute in user["Attributes"]
    ]
    assert "new.customer@mail.example" in emails


def test_a_group_that_failed_is_told_although_the_user_was_created(open_as, asked, cognito: Cognito) -> None:
    client = cognito.client()
    client.create_group(UserPoolId=cognito.staff, GroupName="short-lived")
    forget_everything()
    page = form(open_as)
    fill(page, username="half.done", email="half.done@brightwater.example")
    by_key(page.multiselect, "create-user-groups").set_value(["billing", "short-lived"])
    client.delete_group(UserPoolId=cognito.staff, GroupName="short-lived")
    press(page, "Create user")
    text = shown(page)
    assert "In 1 of 2 groups: billing." in text
    assert "The user was created, but not added to short-lived:" in text
    assert asked("half.done")["groups"] == {"billing"}


def test_custom_attributes_have_widgets_of_their_type(open_as) -> None:
    page = form(open_as)
    assert by_key(page.number_input, "create-user-custom:cost_centre-").value is None
    assert by_key(page.selectbox, "create-user-custom:remote-").options == ["Not set", "Yes", "No"]


def test_a_password_is_not_there_again_after_going_away_and_coming_back(open_as) -> None:
    page = form(open_as)
    fill(page, username="once.only", email="once.only@brightwater.example")
    press(page, "Create user")
    password = page.code[-1].value
    page.switch_page("../pages/overview.py").run()
    page.switch_page("../pages/users.py").run()
    assert not page.exception
    assert password not in shown(page)
