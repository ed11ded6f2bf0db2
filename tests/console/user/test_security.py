"""What a person has (factors, devices, sessions, links, events): asked only when wanted, and acted on."""

from __future__ import annotations

import pytest

from services.cognito.client import AwsClient
from services.cognito.identities import identities_in
from services.store.store import Store
from tests.console.user.test_user_actions import press, said
from tests.console.user.test_user_page import visit
from tests.console.users.conftest import keys, shown
from tests.fixtures.cognito import Cognito
from tests.fixtures.tables import tables

__all__ = ["visit"]

pytestmark = pytest.mark.usefixtures("pools")


def field(page, dialog: str, part: str):
    """A text field of a dialog."""
    return next(
        widget for widget in page.text_input if widget.key.startswith(dialog) and f"-{part}-" in widget.key
    )


MEGAN = "megan.hughes@brightwater.example"


def test_nothing_is_asked_before_the_click_that_says_what_it_costs(visit) -> None:
    page = visit("sam", "megan.hughes", tab="Security")
    assert {"user-factors-show", "user-devices-show", "user-sessions-show"} <= keys(page.button)
    text = shown(page)
    assert "Counts this person as active for this month" in text
    (asking,) = (button for button in page.button if button.label.startswith("Look at their second factor"))
    assert "(billed)" in asking.label
    assert "One question to AWS; it bills nobody" in text
    assert not [table for table in tables(page) if "Device" in table.value.columns]


def test_a_lost_phone_is_removed_with_what_happens_next(visit, cognito: Cognito, pools: Store) -> None:
    page = visit("sam", "megan.hughes", tab="Security")
    page.button(key="user-factors-show").click().run()
    assert "They are asked for the authenticator app" in shown(page)
    page.button(key="user-lost-app").click().run()
    assert "Afterwards: They have none: the password alone lets them in" in shown(page)
    field(page, "user-lost-app", "typed").set_value(MEGAN)
    field(page, "user-lost-app", "reason").set_value("lost the phone")
    field(page, "user-lost-app", "identified").set_value("called back")
    press(page, "Remove the app")
    assert "no longer counts" in said(page)
    assert "They have none: the password alone lets them in" in shown(page), "looked at again by itself"
    found = cognito.client().admin_get_user(UserPoolId=cognito.staff, Username="megan.hughes")
    assert "SOFTWARE_TOKEN_MFA" not in found.get("UserMFASettingList", [])
    (line,) = pools.activity.search(action="remove_authenticator")
    assert (line.result, line.identified) == ("done", "called back")


def test_a_stolen_laptop_is_forgotten_and_its_sessions_end(visit, cognito: Cognito) -> None:
    client, pool = cognito.client(), cognito.staff
    page = visit("sam", "rolf.vogt", tab="Security")
    page.button(key="user-sessions-show").click().run()
    assert "a session that ended leaves no trace" in shown(page)
    page.button(key="user-devices-show").click().run()
    page.button(key="user-forget-all").click().run()
    press(page, "Forget them")
    assert client.admin_list_devices(UserPoolId=pool, Username="rolf.vogt")["Devices"] == []
    assert "No device is known" in shown(page)


def test_a_pool_that_keeps_no_events_says_so_where_they_would_be(visit) -> None:
    page = visit("ada", "rolf.vogt", tab="Timeline")
    assert ("user-events-show" in keys(page.button)) or "keeps no sign-in events" in shown(page)


def test_a_manager_links_an_account_before_its_first_sign_in_and_unlinks_it(visit, cognito: Cognito) -> None:
    page = visit("max", "ines.pena", tab="Security")
    page.button(key="user-link").click().run()
    press(page, "Link")
    assert "Give the ID of the account" in shown(page)
    field(page, "user-link_identity", "user_id").set_value("00u-ines")
    field(page, "user-link_identity", "reason").set_value("moves to the company sign-in")
    press(page, "Link")
    assert "can sign in through that provider" in said(page)
    linked = cognito.client().admin_get_user(UserPoolId=cognito.staff, Username="ines.pena")
    text = next(pair["Value"] for pair in linked["UserAttributes"] if pair["Name"] == "identities")
    assert ("Okta", "00u-ines") in [(link.provider, link.user_id) for link in identities_in(text)]
    assert "user-unlink" in keys(page.button)


def test_somebody_elses_account_is_not_taken_over(visit, cognito: Cognito) -> None:
    paul = cognito.client().admin_get_user(
        UserPoolId=cognito.staff, Username="Okta_paul.weiss@brightwater.example"
    )
    text = next(pair["Value"] for pair in paul["UserAttributes"] if pair["Name"] == "identities")
    page = visit("max", "kirsten", tab="Security")
    page.button(key="user-link").click().run()
    field(page, "user-link_identity", "user_id").set_value(identities_in(text)[0].user_id)
    field(page, "user-link_identity", "reason").set_value("x")
    press(page, "Link")
    assert "That account belongs to paul.weiss@brightwater.example already" in shown(page)


def test_support_may_not_link_and_is_told_who_may(visit) -> None:
    page = visit("sam", "ines.pena", tab="Security")
    assert "user-link" not in keys(page.button)
    assert "Linking one: your role is support; this needs manager or above" in shown(page)


def test_a_passkey_is_named_among_the_ways_they_prove_themselves_by(visit) -> None:
    page = visit("sam", "k.sorensen", tab="Security")
    page.button(key="user-factors-show").click().run()
    (line,) = [line for line in shown(page).splitlines() if "They can prove themselves by" in line]
    assert line.replace("\\", "").endswith("password, code by e-mail, passkey.")
    assert "can only be removed by the person" in shown(page)


def test_second_factors_to_choose_from_are_called_as_everywhere(visit) -> None:
    page = visit("sam", "megan.hughes", tab="Security")
    page.button(key="user-factors-show").click().run()
    page.button(key="user-preference").click().run()
    (choice,) = [radio for radio in page.radio if "user-set_mfa_preference-factor" in str(radio.key)]
    assert {"Code by SMS", "Code by e-mail"} <= set(choice.options)


def test_what_a_second_factor_costs_and_ends_is_said_before_it_is_set(visit) -> None:
    page = visit("sam", "megan.hughes", tab="Security")
    page.button(key="user-factors-show").click().run()
    page.button(key="user-preference").click().run()
    assert "With Code by e-mail nobody can send them a code for a new password any more" in shown(page)
    assert "this month's AWS bill" in shown(page)


def test_what_the_installed_library_lacks_is_greyed_with_the_reason(
    visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    knows = AwsClient.has
    lacking = ("AdminDeleteSoftwareToken", "AdminListUserSessions")
    monkeypatch.setattr(AwsClient, "has", lambda self, name: name not in lacking and knows(self, name))
    page = visit("sam", "rolf.vogt", tab="Security")
    assert "user-remove_authenticator" not in keys(page.button)
    assert page.button(key="user-remove_authenticator-off").disabled
    assert shown(page).count("is too old") == 2
