"""The page about one person: what it says, and what each role may do there."""

from __future__ import annotations

import pytest

from tests.console.users.conftest import keys, shown, unfold
from tests.fixtures.cognito import Cognito
from tests.fixtures.console import OpenPage
from tests.fixtures.tables import table_with, tables

pytestmark = pytest.mark.usefixtures("pools")

ACTIONS = {
    "user-disable_user",
    "user-enable_user",
    "user-sign_out_user",
    "user-reset_password",
    "user-set_temporary_password",
    "user-resend_invitation",
    "user-confirm_user",
    "user-verify_email",
    "user-verify_phone",
    "user-forget_devices",
    "user-remove_authenticator",
}
DEVICES = "forget_devices"
SIGNS_IN_HERE = {"disable_user", "sign_out_user", DEVICES, "remove_authenticator"}


@pytest.fixture
def visit(open_as: OpenPage, cognito: Cognito):
    """`visit("sam", "bo.li", tab="Groups")` opens that person's page, with one of its tabs."""
    subs = {
        user["Username"]: next(
            attribute["Value"] for attribute in user["Attributes"] if attribute["Name"] == "sub"
        )
        for user in cognito.users(cognito.staff)
    }
    return lambda who, username, **query: open_as(who, "user", pool="staff", id=subs[username], **query)


@pytest.mark.parametrize(
    ("username", "sentences"),
    [
        (
            "bo.li",
            [
                "Invited, expires in",
                "should work until",
                "bo.li (username)",
            ],
        ),
        ("ann.lindqvist", ["Invitation expired", "The temporary password has expired"]),
        ("chidi.okafor", ["Must reset password", "Choose “Forgot password”"]),
        ("dana.petrova", ["Not confirmed", "(not verified)"]),
        (
            "toby.ashworth",
            ["Disabled", "Your account has been switched off"],
        ),
        ("rolf.vogt", ["Active", "They are in no group"]),
        ("Okta_paul.weiss@brightwater.example", ["Signs in elsewhere"]),
        ("what.is.this", ["a status that this console doesn't know"]),
        ("svc-meter-import", ["svc-meter-import (username)"]),
    ],
)
def test_it_says_how_the_person_stands(visit, username: str, sentences: list[str]) -> None:
    page = visit("ada", username)
    assert not page.exception
    folded = len(page.markdown)
    (way,) = [box.key for box in page.selectbox if (box.key or "").endswith("-way")]
    unfold(page, f"{way.removesuffix('-way')}-checks")
    assert not page.exception
    assert len(page.markdown) > folded + 5, "nothing of it is made for those who don't unfold it"
    text = shown(page) + str([paragraph.value for paragraph in page.markdown])
    for sentence in sentences:
        assert sentence in text


def test_an_auditor_looks_and_has_no_button_that_changes_anything(visit) -> None:
    page = visit("ada", "rolf.vogt")
    assert not keys(page.button) & (ACTIONS | {"user-edit-open", "user-add-groups", "user-delete_user"})
    assert "Your role is auditor: you can look at people, not change them." in shown(page)


def test_whether_an_address_is_verified_is_said_in_words(visit) -> None:
    profile = tables(visit("ada", "ann.lindqvist"))[0].value.set_index("Name in Cognito")["Value"]
    assert profile["email_verified"] == "yes"


def test_by_which_accounts_elsewhere_somebody_signs_in_is_said_in_words(visit) -> None:
    profile = tables(visit("ada", "ines.pena"))[0].value.set_index("Name in Cognito")["Value"]
    assert profile["identities"] == "Okta: ines.pena@brightwater.example"


def test_support_acts_but_does_not_delete(visit) -> None:
    page = visit("sam", "rolf.vogt")
    assert {"user-disable_user", "user-set_temporary_password", "user-edit-open"} <= keys(page.button)
    assert "user-delete_user" not in keys(page.button)


def test_a_manager_sees_that_deleting_wants_the_user_disabled(visit) -> None:
    page = visit("max", "rolf.vogt")
    assert page.button(key="user-delete_user").disabled
    assert "Disable them first" in shown(page)
    assert not visit("max", "toby.ashworth").button(key="user-delete_user").disabled


@pytest.mark.parametrize(
    ("username", "possible"),
    [
        ("bo.li", {"resend_invitation", "set_temporary_password", *SIGNS_IN_HERE}),
        ("dana.petrova", {"confirm_user", "set_temporary_password", "verify_email", "disable_user", DEVICES}),
        ("chidi.okafor", {"set_temporary_password", *SIGNS_IN_HERE}),
        ("rolf.vogt", {"reset_password", "set_temporary_password", *SIGNS_IN_HERE}),
        (
            "Okta_paul.weiss@brightwater.example",
            {"verify_email", *SIGNS_IN_HERE} - {"remove_authenticator"},
        ),
        ("what.is.this", set()),
    ],
)
def test_each_status_offers_what_makes_sense_and_says_why_the_rest_does_not(
    visit, username, possible
) -> None:
    page = visit("sam", username)
    present = keys(page.button)
    on = {f"user-{name}" for name in possible}
    assert present & ACTIONS == on
    off = {key.removesuffix("-off") for key in present if key.endswith("-off")}
    assert off == ACTIONS - on
    assert all(page.button(key=f"{key}-off").disabled for key in off)


def test_an_unknown_id_is_said_and_leads_back(open_as: OpenPage) -> None:
    page = open_as("ada", "user", pool="staff", id="![x](http://evil.example/i.png)")
    assert not page.exception
    assert "has the ID that is in the address" in shown(page)
    assert "evil" not in shown(page)


def test_without_an_id_it_says_where_to_go(open_as: OpenPage) -> None:
    assert "Open a person from the list" in shown(open_as("ada", "user", pool="staff"))


@pytest.mark.parametrize(
    "username", ["<b>bold</b>", "[link](x)", "mark.down", "two.lines", "=SUM(A1:A9)", "spaces"]
)
def test_hostile_people_are_shown_as_they_are(visit, username: str) -> None:
    page = visit("sam", username)
    assert not page.exception
    assert f"{username} (username)" in shown(page)


def test_groups_show_what_they_open(visit) -> None:
    page = visit("ada", "bo.li", tab="Groups")
    groups = table_with(page, "Opens")
    assert list(groups["Opens"]) == ["Billing desk"]
    access = table_with(page, "May sign in")
    assert access.iloc[0].to_dict() == {
        "Application": "Billing desk",
        "May sign in": "Yes",
        "Through": "billing",
        "As": "clerk",
    }


def test_groups_are_remarked_on_in_the_words_of_the_table_of_groups(visit) -> None:
    page = visit("ada", "megan.hughes", tab="Groups")
    groups = table_with(page, "Opens")
    assert groups.set_index("Group").loc["administrators", "Remarks"] == "gives an AWS role"


def test_without_any_activity_it_says_so(visit) -> None:
    page = visit("ada", "rolf.vogt", tab="Timeline")
    assert "Nobody has changed this person from this console yet" in shown(page)


def test_reading_somebody_again_asks_again_why_they_cannot_sign_in(visit, cognito: Cognito) -> None:
    page, boto = visit("sam", "rolf.vogt"), cognito.client()
    boto.admin_disable_user(UserPoolId=cognito.staff, Username="rolf.vogt")
    try:
        page.button(key="user-refresh").click().run()
        assert "Your account has been switched off" in shown(page)
        assert "Disabled" in shown(page)
    finally:
        boto.admin_enable_user(UserPoolId=cognito.staff, Username="rolf.vogt")


def test_the_way_back_with_no_person_in_the_address_finds_the_one_that_was_left(visit) -> None:
    page = visit("sam", "rolf.vogt", tab="Timeline")
    del page.query_params["id"]
    page.run()
    assert not page.exception
    assert page.title[0].value == "Rolf Vogt"
    assert "Open the activity log" in [link.label for link in page.get("page_link")]
