"""Passkeys of the embedded Cognito's people."""

from __future__ import annotations

from typing import Any

from moto.core.utils import utcnow

from demo.backend import backend_of
from demo.pools import STAFF_ID
from demo.users import Passkey
from tests.demo.conftest import Ask


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
