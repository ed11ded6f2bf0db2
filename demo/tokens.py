"""Tokens of the embedded Cognito with the claims that AWS puts into them.

Shapes are those of the developer guide ("Using the ID token", "Using the access token", "The user
attributes endpoint"). Signed with the key that moto gives every pool, which is public: these tokens
prove nothing outside the demo.
"""

from __future__ import annotations

import base64
import json
import time
import uuid
from collections.abc import Collection, Mapping
from typing import Any

from joserfc import jwt
from moto.cognitoidp.models import CognitoIdpUser, CognitoIdpUserPool, CognitoIdpUserPoolClient

KEY_ID = "dummy"
"""The key id in moto's published key set."""

API_SCOPE = "aws.cognito.signin.user.admin"
"""The one scope of tokens from API sign-ins."""

SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
PROFILE = frozenset(
    {
        *("name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile"),
        *("picture", "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at", "address"),
    }
)
NARROWING = {
    "email": frozenset({"email", "email_verified"}),
    "phone": frozenset({"phone_number", "phone_number_verified"}),
}
FLAGS = frozenset({"email_verified", "phone_number_verified"})
UNREADABLE = frozenset({"sub", "identities"})  # never among ReadAttributes


def lifetime(client: CognitoIdpUserPoolClient, kind: str) -> int:
    """Seconds that a token lives; `kind` is Access, Id or Refresh."""
    unit = client.extended_config.get("TokenValidityUnits", {}).get(f"{kind}Token")
    default, usual = (30, "days") if kind == "Refresh" else (1, "hours")
    return int(client.extended_config.get(f"{kind}TokenValidity") or default) * SECONDS[unit or usual]


def issuer(pool: CognitoIdpUserPool) -> str:
    """Who signs: AWS's own address of the pool, wherever this one listens."""
    return f"https://cognito-idp.{pool.region}.amazonaws.com/{pool.id}"


def sign(pool: CognitoIdpUserPool, claims: Mapping[str, Any]) -> str:
    """A JWT by the pool's key."""
    return jwt.encode({"kid": KEY_ID, "alg": "RS256"}, dict(claims), pool.json_web_key)


def read(token: str) -> dict[str, Any]:
    """The claims of a token that this process signed, unchecked."""
    body = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))


def expired(claims: Mapping[str, Any]) -> bool:
    """Whether a token with these claims is past its time."""
    return bool(claims["exp"] < time.time())


def revoke(pool: CognitoIdpUserPool, origin_jti: str) -> None:
    """Make the tokens of one sign-in worthless: refreshing ends, and what asks Cognito about the others."""
    for refresh_token, owner in list(pool.refresh_tokens.items()):
        if owner is not None and owner[2] == origin_jti:
            pool.refresh_tokens[refresh_token] = None
    for access_token in list(pool.access_tokens):
        if read(access_token).get("origin_jti") == origin_jti:
            del pool.access_tokens[access_token]


def access_claims(
    pool: CognitoIdpUserPool,
    client: CognitoIdpUserPoolClient,
    user: CognitoIdpUser,
    *,
    scope: str,
    auth_time: int,
    origin_jti: str,
) -> dict[str, Any]:
    """What an access token says."""
    return {
        **_common(pool, client, user, "access", auth_time, origin_jti),
        "client_id": client.id,
        "scope": scope,
        "version": 2,
        "username": user.username,
    }


def id_claims(
    pool: CognitoIdpUserPool,
    client: CognitoIdpUserPoolClient,
    user: CognitoIdpUser,
    *,
    scope: str,
    auth_time: int,
    origin_jti: str,
) -> dict[str, Any]:
    """What an id token says; nonce and at_hash are for the one who knows them."""
    roles = [group.role_arn for group in _groups(user) if group.role_arn]
    claims = {
        **_common(pool, client, user, "id", auth_time, origin_jti),
        "aud": client.id,
        "cognito:username": user.username,
        "event_id": str(uuid.uuid4()),
        **{name: value == "true" if name in FLAGS else value
           for name, value in readable(client, user, scope).items()},
    }  # fmt: skip
    if roles:
        claims |= {"cognito:roles": roles, "cognito:preferred_role": roles[0]}
    if "identities" in user.attribute_lookup:
        claims["identities"] = json.loads(user.attribute_lookup["identities"])
    return claims


def user_info(client: CognitoIdpUserPoolClient, user: CognitoIdpUser, scope: str) -> dict[str, str]:
    """What the userInfo endpoint says: strings only, as AWS has it."""
    return {"sub": user.id, "username": user.username, **readable(client, user, scope)}


def readable(client: CognitoIdpUserPoolClient, user: CognitoIdpUser, scope: str) -> dict[str, str]:
    """The user's attributes that the client may read and the scopes ask for.

    `openid` alone, and the scope of API sign-ins, mean all of them.
    """
    held = {name: str(value) for name, value in user.attribute_lookup.items() if name not in UNREADABLE}
    allowed = client.extended_config.get("ReadAttributes")
    if allowed:
        held = {name: value for name, value in held.items() if name in allowed}
    scopes = scope.split()
    asked = [scope for scope in ("profile", *NARROWING) if scope in scopes]
    return {name: value for name, value in held.items() if not asked or _asked(name, asked)}


def _asked(name: str, scopes: Collection[str]) -> bool:
    if "profile" in scopes and (name in PROFILE or name.startswith("custom:")):
        return True
    return any(name in NARROWING[scope] for scope in scopes if scope in NARROWING)


def _common(
    pool: CognitoIdpUserPool,
    client: CognitoIdpUserPoolClient,
    user: CognitoIdpUser,
    use: str,
    auth_time: int,
    origin_jti: str,
) -> dict[str, Any]:
    now = int(time.time())
    claims = {
        "sub": user.id,
        "iss": issuer(pool),
        "token_use": use,
        "origin_jti": origin_jti,
        "auth_time": auth_time,
        "iat": now,
        "exp": now + lifetime(client, use.capitalize()),
        "jti": str(uuid.uuid4()),
    }
    groups = [group.group_name for group in _groups(user)]
    return claims | ({"cognito:groups": groups} if groups else {})


def _groups(user: CognitoIdpUser) -> list[Any]:
    """By precedence, groups without one last."""

    def rank(group: Any) -> tuple[bool, int, str]:
        return group.precedence is None, group.precedence or 0, group.group_name

    return sorted(user.groups, key=rank)
