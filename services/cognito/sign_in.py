"""Signing in as a user: the calls that check a password or a code and change nothing else.

Answers that change the user (a new password, an authenticator app) are in `actions.sign_in`. None of
these calls is repeated once nobody knows whether it counted: each wrong password counts for the
lock-out. Calls other than the Admin ones carry no signature (service model: authtype none).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.cognito.client import AwsClient
from services.errors import NotAvailable


@dataclass(frozen=True, slots=True)
class ClientProof:
    """An app client and the secret it proves itself with ("" for none)."""

    id: str
    secret: str = field(default="", repr=False)

    def hash(self, username: str) -> dict[str, str]:
        """SECRET_HASH for this user, or nothing (developer guide, "Computing secret hash values")."""
        if not self.secret:
            return {}
        digest = hmac.new(self.secret.encode(), f"{username}{self.id}".encode(), hashlib.sha256).digest()
        return {"SECRET_HASH": base64.b64encode(digest).decode()}


@dataclass(frozen=True, slots=True)
class SignInAnswer:
    """What Cognito said: tokens, or the next challenge. `challenge` is "" once somebody is in."""

    challenge: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    session: str = field(default="", repr=False)
    available: tuple[str, ...] = ()
    id_token: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class NewTotp:
    """A secret for an authenticator app, and the session to confirm it in."""

    secret: str = field(repr=False)
    session: str = field(repr=False)


class SignIn:
    """The part of the gateway that signs people in. Raises `SignInDenied` and other `CognitoError`s."""

    pool_id: str
    client: AwsClient

    def begin_sign_in(
        self, client: ClientProof, flow: str, username: str, given: Mapping[str, str], *, admin: bool
    ) -> SignInAnswer:
        """The first call of `flow`; `given` are its AuthParameters besides name and hash."""
        sent = {"USERNAME": username, **client.hash(username), **given}
        asked: dict[str, Any] = {"ClientId": client.id, "AuthFlow": flow, "AuthParameters": sent}
        if admin:
            return answer_of(self.client.sign_in("AdminInitiateAuth", self.pool_id, **asked))
        return answer_of(self.client.sign_in("InitiateAuth", **asked))

    def answer_challenge(
        self,
        client: ClientProof,
        asked: SignInAnswer,
        username: str,
        given: Mapping[str, str],
        *,
        admin: bool,
    ) -> SignInAnswer:
        """Answer any challenge but those that change the user; `given` are the ChallengeResponses."""
        sent = challenge_parameters(client, asked, username, given)
        if admin:
            return answer_of(self.client.sign_in("AdminRespondToAuthChallenge", self.pool_id, **sent))
        return answer_of(self.client.sign_in("RespondToAuthChallenge", **sent))

    def new_totp(self, session: str) -> NewTotp:
        """A fresh secret for the authenticator app of whoever is signing in."""
        raw = self.client.sign_in("AssociateSoftwareToken", Session=session)
        return NewTotp(str(raw.get("SecretCode") or ""), str(raw.get("Session") or ""))

    def refresh_sign_in(
        self, client: ClientProof, refresh_token: str, username: str, *, rotates: bool
    ) -> SignInAnswer:
        """New tokens. Clients whose refresh tokens rotate need GetTokensFromRefreshToken."""
        if rotates:
            secret = {"ClientSecret": client.secret} if client.secret else {}
            raw = self.client.sign_in(
                "GetTokensFromRefreshToken", ClientId=client.id, RefreshToken=refresh_token, **secret
            )
            return answer_of(raw)
        given = {"REFRESH_TOKEN": refresh_token, **client.hash(username)}
        raw = self.client.sign_in(
            "InitiateAuth", ClientId=client.id, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=given
        )
        return answer_of(raw)

    def revoke_sign_in(self, client: ClientProof, refresh_token: str) -> bool:
        """Make the test's own tokens worthless; False where the backend can't."""
        secret = {"ClientSecret": client.secret} if client.secret else {}
        try:
            self.client.sign_in("RevokeToken", ClientId=client.id, Token=refresh_token, **secret)
        except NotAvailable:
            return False
        return True


def challenge_parameters(
    client: ClientProof, asked: SignInAnswer, username: str, given: Mapping[str, str]
) -> dict[str, Any]:
    """What an answer to a challenge is sent with. Cognito's own name for the user goes before ours."""
    name = asked.parameters.get("USER_ID_FOR_SRP") or asked.parameters.get("USERNAME") or username
    return {
        "ClientId": client.id,
        "ChallengeName": asked.challenge,
        "ChallengeResponses": {"USERNAME": name, **client.hash(name), **given},
        # A password proof carries its own place in the sign-in.
        **({"Session": asked.session} if asked.session else {}),
    }


def answer_of(raw: Mapping[str, Any]) -> SignInAnswer:
    """A raw answer of InitiateAuth, RespondToAuthChallenge and their relatives, typed."""
    result = raw.get("AuthenticationResult") or {}
    return SignInAnswer(
        challenge=str(raw.get("ChallengeName") or ""),
        parameters={str(name): str(value) for name, value in (raw.get("ChallengeParameters") or {}).items()},
        session=str(raw.get("Session") or ""),
        available=tuple(str(one) for one in raw.get("AvailableChallenges") or ()),
        id_token=str(result.get("IdToken") or ""),
        access_token=str(result.get("AccessToken") or ""),
        refresh_token=str(result.get("RefreshToken") or ""),
    )
