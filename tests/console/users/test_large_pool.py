"""The users page of a pool that is too large to load whole."""

from __future__ import annotations

import pytest

from services.directory import listing
from tests.console.users.conftest import shown
from tests.console.users.test_users_page import table
from tests.fixtures.cognito import Cognito
from tests.fixtures.console import OpenPage

pytestmark = pytest.mark.usefixtures("pools")


@pytest.fixture(autouse=True)
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten people are many already."""
    monkeypatch.setattr(listing, "WHOLE_POOL_UP_TO", 10)


def press(page, label: str):
    return next(button for button in page.button if button.label == label).click().run()


def usernames(page) -> list[str]:
    return list(table(page)["username"])


def test_one_page_comes_with_groups_and_honest_numbers(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff")
    assert not page.exception
    assert "About 90 people" in shown(page).replace("*", "")
    assert "60 people on page 1, and more to come" in shown(page).replace("*", "")
    rows = table(page).set_index("username")
    assert list(rows.loc["bo.li", "groups"]) == ["billing"]


def test_forward_and_back(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff")
    first = usernames(page)
    press(page, "Next")
    second = usernames(page)
    assert len(second) == 30
    assert not set(first) & set(second)
    assert "page 2, and no more" in shown(page)
    assert next(button for button in page.button if button.label == "Next").disabled
    press(page, "Previous")
    assert usernames(page) == first
    assert next(button for button in page.button if button.label == "Previous").disabled


def test_a_page_is_read_again_on_request(open_as: OpenPage, cognito: Cognito) -> None:
    page = open_as("ada", "users", pool="staff")
    who = {"UserPoolId": cognito.staff, "Username": "bo.li"}
    assert table(page).set_index("username")["enabled"]["bo.li"]
    cognito.client().admin_disable_user(**who)
    try:
        press(page, "Read again")
        assert not table(page).set_index("username")["enabled"]["bo.li"]
    finally:
        cognito.client().admin_enable_user(**who)


def test_by_prefix_and_exactly(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff")
    page.selectbox(key="users-by-staff").set_value("username").run()
    page.text_input(key="users-value-staff-username").set_value("k.sorensen").run()
    assert set(usernames(page)) == {"k.sorensen", "k.sorensen.old", "k.sorensen.test"}
    page.selectbox(key="users-match-staff").set_value("=").run()
    assert usernames(page) == ["k.sorensen"]
    sealed = page.query_params["find"]
    assert page.query_params == {"pool": "staff", "by": "username", "how": "=", "find": sealed}
    linked = open_as("sam", "users", **page.query_params)
    assert usernames(linked) == ["k.sorensen"]


def test_by_status_which_may_stand_in_the_address(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff", by="cognito:user_status", value="RESET_REQUIRED")
    assert set(table(page)["status"]) == {"Must reset password"}
    assert page.query_params["value"] == "RESET_REQUIRED"


def test_another_filter_begins_at_the_first_page(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff")
    press(page, "Next")
    page.selectbox(key="users-by-staff").set_value("status").run()
    assert "page 1" in shown(page)


def test_nobody_fits(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff")
    page.selectbox(key="users-by-staff").set_value("email").run()
    page.text_input(key="users-value-staff-email").set_value("zzz").run()
    assert "Nobody fits" in shown(page)


def test_a_value_that_is_too_long_is_refused_in_words(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff")
    page.selectbox(key="users-by-staff").set_value("email").run()
    page.text_input(key="users-value-staff-email").set_value("z" * 300).run()
    assert "too long to search for" in shown(page)


def test_a_place_that_cognito_has_forgotten_leads_back_to_the_beginning(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff")
    first = usernames(page)
    page.session_state["users-tokens-staff"] = ("", ["", "a token of yesterday"])
    page.run()
    assert not page.exception
    assert "Back at the beginning" in shown(page)
    assert usernames(page) == first
