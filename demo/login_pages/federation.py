"""Signing in through another OpenID Connect provider, as Cognito does it for an application.

The identity leads to the profile that it is linked to, else to a profile of its own, made at the first
sign-in (developer guide: "Linking federated users", "Attribute mapping"). Refusals go back to the
application in AWS's words.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Mapping
from typing import Any, cast
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from demo import accounts, linked_identities
from demo.identity_providers import IdentityProviderRecord
from demo.login_pages.memory import FederatedStep, Memory
from demo.user_pool import AwsLikePool
from demo.users import AwsLikeUser

PATIENCE = 5.0  # seconds to wait for the provider
ENDPOINTS = {
    "authorize_url": "authorization_endpoint",
    "token_url": "token_endpoint",
    "attributes_url": "userinfo_endpoint",
    "jwks_uri": "jwks_uri",
}
"""Details of a provider → where its discovery document has them."""


class FederationRefused(Exception):
    """Nobody comes in; `error` and `about` go back to the application."""

    def __init__(self, error: str, about: str) -> None:
        super().__init__(about)
        self.error = error
        self.about = about


class Federation:
    """One provider of one pool; `own_address` is where it sends people back to."""

    def __init__(
        self, pool: AwsLikePool, provider: IdentityProviderRecord, memory: Memory, own_address: str
    ) -> None:
        self._pool = pool
        self._provider = provider
        self._memory = memory
        self._own_address = own_address

    def way_out(self, query: str, login_hint: str = "") -> str:
        """The provider's address for somebody who was to be signed in for the application's `query`."""
        nonce = secrets.token_urlsafe(24)
        state = self._memory.away.put(FederatedStep(self._pool.id, self._provider.name, query, nonce))
        details = self._provider.details
        asked = {
            "client_id": details["client_id"],
            "redirect_uri": self._own_address,
            "response_type": "code",
            "scope": details["authorize_scopes"],
            "state": state,
            "nonce": nonce,
            **({"login_hint": login_hint} if login_hint else {}),
        }
        return f"{self._endpoints()['authorize_url']}?{urlencode(asked)}"

    def way_in(self, code: str, nonce: str) -> AwsLikeUser:
        """The person whom the provider sent back with a code. Raises `FederationRefused`."""
        claims = self._claims(code, nonce)
        subject = str(claims.get(self._provider.mapping.get("username", "sub")) or "")
        if not subject:
            raise FederationRefused("invalid_request", "The provider said nobody's name.")
        attributes = self._mapped(claims)
        user = self._person(subject, attributes)
        if not user.enabled:
            raise FederationRefused("invalid_request", "User is not enabled.")
        user.update_attributes([{"Name": name, "Value": value} for name, value in attributes.items()])
        return user

    def _claims(self, code: str, nonce: str) -> dict[str, Any]:
        """What the provider says about the person; its id token comes before its other answer."""
        details, endpoints = self._provider.details, self._endpoints()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._own_address,
            "client_id": details["client_id"],
            "client_secret": details.get("client_secret", ""),
        }
        try:
            answer = httpx.post(endpoints["token_url"], data=form, timeout=PATIENCE)
            answer.raise_for_status()
            token = answer.json()
            keys = KeySet.import_key_set(httpx.get(endpoints["jwks_uri"], timeout=PATIENCE).json())
            claims = jwt.decode(token["id_token"], keys).claims
            told = httpx.get(
                endpoints["attributes_url"],
                headers={"Authorization": f"Bearer {token['access_token']}"},
                timeout=PATIENCE,
            ).json()
        except (httpx.HTTPError, ValueError, KeyError, JoseError):
            raise FederationRefused("invalid_request", "The provider's answer can't be used.") from None
        meant = claims.get("aud") in (details["client_id"], [details["client_id"]])
        if claims.get("iss") != details["oidc_issuer"] or not meant or claims.get("nonce") != nonce:
            raise FederationRefused("invalid_request", "The provider's id token is not for this sign-in.")
        if claims.get("exp", 0) < time.time():
            raise FederationRefused("invalid_request", "The provider's id token has expired.")
        return {**told, **claims}

    def _mapped(self, claims: Mapping[str, Any]) -> dict[str, str]:
        """The pool's attributes by the provider's mapping."""
        said = {
            attribute: claims[claim]
            for attribute, claim in self._provider.mapping.items()
            if attribute != "username" and claims.get(claim) not in (None, "")
        }
        return {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in said.items()
        }

    def _person(self, subject: str, attributes: Mapping[str, str]) -> AwsLikeUser:
        linked = linked_identities.owner_of(self._pool, self._provider, subject, attributes)
        if linked is not None:
            return linked
        name = linked_identities.federated_name(self._provider.name, subject)
        known = self._pool.find(name)
        return known if known is not None else self._new_person(name, subject, attributes)

    def _new_person(self, name: str, subject: str, attributes: Mapping[str, str]) -> AwsLikeUser:
        identity = {
            "userId": subject,
            "providerName": self._provider.name,
            "providerType": self._provider.kind,
            "issuer": None,
            "primary": True,
            "dateCreated": round(time.time() * 1000),
        }
        given = {"email_verified": "false", **attributes, "identities": json.dumps([identity])}
        user = AwsLikeUser(
            self._pool.id,
            name,
            "",
            "EXTERNAL_PROVIDER",
            [{"Name": key, "Value": value} for key, value in given.items()],
        )
        lacking = accounts.required_attributes(self._pool, user)
        if lacking:
            raise FederationRefused("invalid_request", f"attributes required: [{', '.join(lacking)}]")
        self._pool.users[name] = user
        group = self._pool.groups.get(f"{self._pool.id}_{self._provider.name}")
        if group is not None:
            group.users.add(user)
            user.groups.add(group)
        return user

    def _endpoints(self) -> dict[str, str]:
        """The provider's addresses: those in its details, else those that its issuer publishes."""
        details = self._provider.details
        if all(details.get(name) for name in ENDPOINTS):
            return details
        issuer = details["oidc_issuer"].rstrip("/")
        try:
            answer = httpx.get(f"{issuer}/.well-known/openid-configuration", timeout=PATIENCE)
            document = cast(dict[str, str], answer.json())
            return {name: details.get(name) or document[there] for name, there in ENDPOINTS.items()}
        except (httpx.HTTPError, ValueError, KeyError):
            raise FederationRefused("invalid_request", "The provider can't be reached.") from None
