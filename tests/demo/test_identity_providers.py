"""Identity providers of the embedded Cognito's pools."""

from __future__ import annotations

from typing import Any

import pytest

from demo.pools import STAFF_ID
from tests.demo.conftest import Ask

OIDC = {
    "client_id": "cognito",
    "client_secret": "s",
    "attributes_request_method": "GET",
    "authorize_scopes": "openid email",
    "oidc_issuer": "https://id.brightwater.example",
}
GOOGLE = {"client_id": "c", "client_secret": "s", "authorize_scopes": "email openid"}


@pytest.fixture
def pool(empty_pool: Any) -> str:
    return str(empty_pool())


def test_a_provider_is_added_changed_and_deleted(ask: Ask, refused: Any, pool: str) -> None:
    named = {"UserPoolId": pool, "ProviderName": "Partner"}
    made = ask(
        "CreateIdentityProvider",
        **named,
        ProviderType="OIDC",
        ProviderDetails=OIDC,
        AttributeMapping={"email": "mail"},
        IdpIdentifiers=["partner.example"],
    )["IdentityProvider"]
    assert made["AttributeMapping"] == {"email": "mail", "username": "sub"}
    assert made["ProviderDetails"]["attributes_url_add_attributes"] == "false"
    again = {**named, "ProviderType": "OIDC", "ProviderDetails": OIDC}
    assert refused("CreateIdentityProvider", **again) == "DuplicateProviderException"
    found = ask("GetIdentityProviderByIdentifier", UserPoolId=pool, IdpIdentifier="partner.example")
    assert found["IdentityProvider"] == made
    ask("UpdateIdentityProvider", **named, AttributeMapping={"name": "name", "username": "sub"})
    changed = ask("DescribeIdentityProvider", **named)["IdentityProvider"]
    assert changed["AttributeMapping"] == {"name": "name", "username": "sub"}
    assert changed["ProviderDetails"] == made["ProviderDetails"]
    assert [
        entry["ProviderName"] for entry in ask("ListIdentityProviders", UserPoolId=pool)["Providers"]
    ] == ["Partner"]
    ask("DeleteIdentityProvider", **named)
    assert refused("DescribeIdentityProvider", **named) == "ResourceNotFoundException"


def test_a_provider_brings_its_group(ask: Ask, boto: Any, pool: str) -> None:
    ask(
        "CreateIdentityProvider",
        UserPoolId=pool,
        ProviderName="Google",
        ProviderType="Google",
        ProviderDetails=GOOGLE,
    )
    groups = [group["GroupName"] for group in boto.list_groups(UserPoolId=pool)["Groups"]]
    assert groups == [f"{pool}_Google"]


@pytest.mark.parametrize(
    ("name", "kind", "details", "more"),
    [
        ("Partner", "OIDC", {"client_id": "c"}, {}),
        ("Partner", "SAML", {"IDPSignout": "true"}, {}),
        ("Other", "Google", GOOGLE, {}),
        ("Google", "OIDC", OIDC, {}),
        ("COGNITO", "OIDC", OIDC, {}),
        ("_hidden", "OIDC", OIDC, {}),
        ("Partner", "OIDC", OIDC, {"AttributeMapping": {"custom:nothing": "x"}}),
        ("Partner", "SAML", {"MetadataURL": "https://x.example"}, {"AcrMapping": {"Level1": "a"}}),
    ],
)
def test_settings_that_make_no_provider_are_refused(
    refused: Any, pool: str, name: str, kind: str, details: dict[str, str], more: dict[str, Any]
) -> None:
    asked = {"UserPoolId": pool, "ProviderName": name, "ProviderType": kind, "ProviderDetails": details}
    assert refused("CreateIdentityProvider", **asked, **more) == "InvalidParameterException"


def test_an_identifier_is_one_providers(refused: Any) -> None:
    asked = {
        "UserPoolId": STAFF_ID,
        "ProviderName": "Second",
        "ProviderType": "OIDC",
        "ProviderDetails": OIDC,
    }
    asked["IdpIdentifiers"] = ["brightwater.example"]
    assert refused("CreateIdentityProvider", **asked) == "InvalidParameterException"
