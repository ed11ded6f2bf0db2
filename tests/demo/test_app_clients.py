"""App clients of the embedded Cognito."""

from __future__ import annotations

from typing import Any

import pytest

from demo.pools import BILLING_DESK, FIELD_SERVICE, STAFF_ID
from tests.demo.conftest import Ask

BILLING = {"UserPoolId": STAFF_ID, "ClientId": BILLING_DESK.own_id}
WEB = {
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["code"],
    "CallbackURLs": ["https://app.example/cb"],
}


@pytest.fixture
def client(ask: Ask) -> dict[str, str]:
    """A client with a secret and some settings."""
    made = ask(
        "CreateUserPoolClient",
        UserPoolId=STAFF_ID,
        ClientName="new",
        GenerateSecret=True,
        AllowedOAuthScopes=["openid"],
        RefreshTokenValidity=5,
        **WEB,
    )["UserPoolClient"]
    return {"UserPoolId": STAFF_ID, "ClientId": made["ClientId"]}


def told(ask: Ask, client: dict[str, str]) -> Any:
    return ask("DescribeUserPoolClient", **client)["UserPoolClient"]


def test_what_is_not_sent_goes_back_to_its_default(ask: Ask, client: dict[str, str]) -> None:
    before = told(ask, client)
    ask("UpdateUserPoolClient", **client, ExplicitAuthFlows=["ALLOW_USER_AUTH"])
    after = told(ask, client)
    assert after["ExplicitAuthFlows"] == ["ALLOW_USER_AUTH"]
    assert after["RefreshTokenValidity"] == 30
    assert after["AllowedOAuthFlowsUserPoolClient"] is False
    assert not {"CallbackURLs", "AllowedOAuthScopes", "AllowedOAuthFlows"} & after.keys()
    assert (after["ClientSecret"], after["ClientName"]) == (before["ClientSecret"], "new")
    assert after["LastModifiedDate"] > before["LastModifiedDate"]


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"SupportedIdentityProviders": ["Nowhere"]}, "InvalidParameterException"),
        ({**WEB, "AllowedOAuthScopes": ["api/read"]}, "ScopeDoesNotExistException"),
        ({**WEB, "AllowedOAuthFlows": ["code", "client_credentials"]}, "InvalidOAuthFlowException"),
        ({**WEB, "CallbackURLs": []}, "InvalidOAuthFlowException"),
        ({**WEB, "CallbackURLs": ["http://app.example/cb"]}, "InvalidParameterException"),
        ({**WEB, "CallbackURLs": ["https://app.example/cb#x"]}, "InvalidParameterException"),
        ({**WEB, "DefaultRedirectURI": "https://other.example"}, "InvalidParameterException"),
        ({"AccessTokenValidity": 2, "TokenValidityUnits": {"AccessToken": "days"}},
         "InvalidParameterException"),
        ({"RefreshTokenValidity": 59, "TokenValidityUnits": {"RefreshToken": "minutes"}},
         "InvalidParameterException"),
        ({"ReadAttributes": ["custom:nothing"]}, "InvalidParameterException"),
        ({"ExplicitAuthFlows": ["USER_PASSWORD_AUTH", "ALLOW_USER_AUTH"]}, "InvalidParameterException"),
        ({"ClientName": "no|name"}, "InvalidParameterException"),
    ],
)  # fmt: skip
def test_settings_that_don_t_go_together_are_refused_and_change_nothing(
    ask: Ask, refused: Any, client: dict[str, str], settings: dict[str, Any], code: str
) -> None:
    before = told(ask, client)
    assert refused("UpdateUserPoolClient", **client, **settings) == code
    assert told(ask, client) == before


def test_addresses_of_this_machine_and_of_an_app_are_taken(ask: Ask, client: dict[str, str]) -> None:
    addresses = ["http://localhost:1/cb", "myapp://signed-in"]
    ask("UpdateUserPoolClient", **client, **{**WEB, "CallbackURLs": addresses})
    assert told(ask, client)["CallbackURLs"] == addresses


def test_a_secret_is_exchanged_without_a_gap(ask: Ask, refused: Any, client: dict[str, str]) -> None:
    (old,) = ask("ListUserPoolClientSecrets", **client)["ClientSecrets"]
    assert "ClientSecretValue" not in old
    gone = {**client, "ClientSecretId": old["ClientSecretId"]}
    assert refused("DeleteUserPoolClientSecret", **gone) == "InvalidParameterException"
    new = ask("AddUserPoolClientSecret", **client)["ClientSecretDescriptor"]
    assert len(new["ClientSecretValue"]) == 52
    assert new["ClientSecretId"].startswith(f"{client['ClientId']}--")
    assert refused("AddUserPoolClientSecret", **client) == "LimitExceededException"
    ask("DeleteUserPoolClientSecret", **gone)
    assert told(ask, client)["ClientSecret"] == new["ClientSecretValue"]
    assert refused("DeleteUserPoolClientSecret", **gone) == "ResourceNotFoundException"


def test_a_secret_of_ones_own_is_not_told(ask: Ask, refused: Any, client: dict[str, str]) -> None:
    made = ask("AddUserPoolClientSecret", **client, ClientSecret="x" * 24)["ClientSecretDescriptor"]
    assert "ClientSecretValue" not in made
    short = {**client, "ClientSecret": "has a space and is long enough"}
    assert refused("AddUserPoolClientSecret", **short) == "InvalidParameterException"
    public = {"UserPoolId": STAFF_ID, "ClientId": FIELD_SERVICE.own_id}
    assert refused("AddUserPoolClientSecret", **public) == "InvalidParameterException"
