"""Passkeys of the embedded Cognito's people."""

from __future__ import annotations

import json
from typing import Any

import pytest
from moto.core.utils import utcnow

from demo.backend import backend_of
from demo.pools import STAFF_ID
from demo.users import Passkey
from tests.demo.conftest import Ask
from tests.fixtures.authenticator import Authenticator

DOMAIN = "brightwater.example"


def made(options: Any, origin: str = f"https://billing.{DOMAIN}", host: str = DOMAIN) -> Any:
    """What a browser at `origin` answers to the options."""
    return json.loads(Authenticator(origin=origin, host=host).make(json.dumps(options)))


def test_passkeys_are_listed_and_deleted_by_their_owner(ask: Ask, refused: Any, signed_in: Any) -> None:
    user = backend_of("eu-west-1").user_pools[STAFF_ID].users["rolf.vogt"]
    for name in ("laptop", "key"):
        user.passkeys[name] = Passkey(name, f"Rolf's {name}", "brightwater.example", utcnow())
    token = {"AccessToken": signed_in()["AccessToken"]}
    first = ask("ListWebAuthnCredentials", **token, MaxResults=1)
    rest = ask("ListWebAuthnCredentials", **token, NextToken=first["NextToken"])
    assert [told["CredentialId"] for told in (*first["Credentials"], *rest["Credentials"])] == [
        "laptop",
        "key",
    ]
    factors = ask("GetUserAuthFactors", **token)["ConfiguredUserAuthFactors"]
    assert "WEB_AUTHN" in factors
    ask("DeleteWebAuthnCredential", **token, CredentialId="key")
    gone = {**token, "CredentialId": "key"}
    assert refused("DeleteWebAuthnCredential", **gone) == "ResourceNotFoundException"


def test_a_passkey_is_registered_once_and_counts_from_then_on(ask: Ask, refused: Any, signed_in: Any) -> None:
    token = {"AccessToken": signed_in("kirsten")["AccessToken"]}
    options = ask("StartWebAuthnRegistration", **token)["CredentialCreationOptions"]
    assert (options["rp"]["id"], options["user"]["name"]) == (DOMAIN, "kirsten")
    credential = made(options)
    ask("CompleteWebAuthnRegistration", **token, Credential=credential)
    (known,) = ask("ListWebAuthnCredentials", **token)["Credentials"]
    assert (known["CredentialId"], known["RelyingPartyId"]) == (credential["id"], DOMAIN)
    assert "WEB_AUTHN" in ask("GetUserAuthFactors", **token)["ConfiguredUserAuthFactors"]
    again = refused("CompleteWebAuthnRegistration", **token, Credential=credential)
    assert again == "WebAuthnChallengeNotFoundException"
    excluded = ask("StartWebAuthnRegistration", **token)["CredentialCreationOptions"]["excludeCredentials"]
    assert [told["id"] for told in excluded] == [credential["id"]]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"origin": "https://elsewhere.example"}, "WebAuthnOriginNotAllowedException"),
        ({"host": "elsewhere.example"}, "WebAuthnCredentialNotSupportedException"),
    ],
)
def test_a_passkey_of_another_place_is_refused(
    ask: Ask, refused: Any, signed_in: Any, given: dict[str, str], code: str
) -> None:
    token = {"AccessToken": signed_in()["AccessToken"]}
    options = ask("StartWebAuthnRegistration", **token)["CredentialCreationOptions"]
    assert refused("CompleteWebAuthnRegistration", **token, Credential=made(options, **given)) == code


def test_a_pool_without_passkeys_registers_none(refused: Any, signed_in: Any) -> None:
    token = {"AccessToken": signed_in()["AccessToken"]}
    pool = backend_of("eu-west-1").user_pools[STAFF_ID]
    held, pool.passkey_config = pool.passkey_config, None
    assert refused("StartWebAuthnRegistration", **token) == "WebAuthnConfigurationMissingException"
    pool.passkey_config = held
    policies = pool.extended_config["Policies"]
    policy = policies.pop("SignInPolicy")
    assert refused("StartWebAuthnRegistration", **token) == "WebAuthnNotEnabledException"
    policies["SignInPolicy"] = policy
