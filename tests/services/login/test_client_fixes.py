"""What puts an app client right: only what is missing, one thing at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.cognito.app_clients import ClientEdit, ClientSetting, ClientSettings
from services.cognito.models import AppClient
from services.errors import InvalidValue
from services.login.client_fixes import (
    LOCAL,
    allow_callback,
    allow_flow,
    fixes_for_sign_in,
    forbid_flows,
    offer_provider,
    use_login_pages,
)

BACK = "https://billing.example.com/oauth/v2/callback"
CLIENT = AppClient(
    "c1",
    "billing",
    oauth_flows=("code",),
    scopes=("openid", "email"),
    callback_urls=(BACK,),
    providers=(LOCAL,),
    hosted=True,
)


def edits(*wanted: tuple[ClientSetting, str]) -> tuple[ClientEdit, ...]:
    return tuple(ClientEdit(setting, value) for setting, value in wanted)


def test_nothing_is_offered_for_a_client_that_allows_the_sign_in() -> None:
    assert fixes_for_sign_in(CLIENT, BACK, ["openid"], LOCAL) == ()


@pytest.mark.parametrize(
    ("client", "provider", "wanted"),
    [
        (replace(CLIENT, callback_urls=()), "", edits((ClientSetting.CALLBACK_URLS, BACK))),
        (replace(CLIENT, oauth_flows=("implicit",)), "", edits((ClientSetting.GRANTS, "code"))),
        (replace(CLIENT, scopes=("openid",)), "", edits((ClientSetting.SCOPES, "email"))),
        (CLIENT, "Okta", edits((ClientSetting.PROVIDERS, "Okta"))),
    ],
)
def test_what_is_missing_is_added_and_nothing_else(
    client: AppClient, provider: str, wanted: tuple[ClientEdit, ...]
) -> None:
    (fix,) = fixes_for_sign_in(client, BACK, ["openid", "email"], provider)
    assert fix.edits == wanted
    assert fix.client_name == "billing"


def test_login_pages_that_are_off_come_on_with_all_they_need() -> None:
    off = AppClient("c1", "billing")
    fix = allow_callback(off, BACK)
    assert [edit.setting for edit in fix.edits] == [
        ClientSetting.HOSTED,
        ClientSetting.GRANTS,
        ClientSetting.SCOPES,
        ClientSetting.PROVIDERS,
        ClientSetting.CALLBACK_URLS,
    ]
    assert use_login_pages(off, BACK).edits == fix.edits


def test_a_fix_says_before_and_after_and_belongs_to_the_client_as_it_was_shown() -> None:
    seen = ClientSettings("c1", "billing", {"SupportedIdentityProviders": [LOCAL]})
    fix = offer_provider(CLIENT, "Okta")
    assert fix.differences(seen) == (("identity providers", "COGNITO", "COGNITO, Okta"),)
    assert fix.change(seen).stamp == seen.stamp


def test_what_is_so_already_changes_nothing() -> None:
    seen = ClientSettings("c1", "billing", {"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"]})
    assert allow_flow(CLIENT, "ALLOW_USER_SRP_AUTH").differences(seen) == ()


def test_turning_the_last_flow_off_would_turn_three_on_and_is_refused() -> None:
    seen = ClientSettings("c1", "billing", {"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"]})
    with pytest.raises(InvalidValue, match="the last one"):
        forbid_flows(CLIENT, ["ALLOW_USER_SRP_AUTH"]).differences(seen)


def test_a_client_of_programs_is_not_offered_for_people() -> None:
    programs = replace(CLIENT, oauth_flows=("client_credentials",), callback_urls=())
    assert fixes_for_sign_in(programs, BACK, ["openid"]) == ()
