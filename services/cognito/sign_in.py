"""Signing in as a user: the calls that check a password or a code and change nothing else.

Answers that change the user (a new password, an authenticator app) are in `actions.sign_in`. None of
these calls is repeated once nobody knows whether it counted: each wrong password counts for the
lock-out. Calls other than the Admin ones carry no signature (service model: authtype none).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from services.errors import ClientNotFound, NotAvailable, PoolNotFound

if TYPE_CHECKING:
    from services.cognito.client import AwsClient

# The gateway's reads about signing in to a pool: domain, branding, providers, second factors.
#
# Sources: service model cognito-idp; Cognito developer guide, "Configuring a user pool domain",
# "Managed login", "Adding MFA to a user pool". Where the backend, botocore or the pool's plan lacks an
# operation, `NotAvailable` is raised: nothing here turns "can't be asked" into an empty answer.

_PAGE = 60


@dataclass(frozen=True, slots=True)
class Domain:
    """A pool's domain for the hosted login pages.

    `status` is AWS's (ACTIVE, CREATING, FAILED …; "" where the backend doesn't say). `managed_login`
    is False for the classic hosted pages, which need no branding style; None where it isn't said.
    """

    name: str
    pool_id: str
    status: str = ""
    managed_login: bool | None = None


@dataclass(frozen=True, slots=True)
class MfaConfig:
    """A pool's second factors: `mode` is OFF, OPTIONAL or ON (required)."""

    mode: str
    sms: bool = False
    totp: bool = False
    email: bool = False
    passkey_domain: str = ""


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """A provider that people may come through; `kind` is AWS's word (SAML, OIDC, Google …)."""

    name: str
    kind: str


class SignInReads:
    """The part of the gateway that reads how people sign in. Raises `CognitoError`s as the rest does."""

    pool_id: str
    client: AwsClient

    def describe_domain(self, domain: str) -> Domain | None:
        """The domain of this name, wherever it belongs; None when AWS knows none of that name."""
        raw = self.client.read("DescribeUserPoolDomain", Domain=domain).get("DomainDescription") or {}
        if not raw.get("UserPoolId"):
            return None
        version = raw.get("ManagedLoginVersion")
        return Domain(
            name=str(raw.get("Domain") or domain),
            pool_id=str(raw["UserPoolId"]),
            status=str(raw.get("Status") or ""),
            managed_login=None if version is None else int(version) >= 2,
        )

    def has_branding(self, client_id: str) -> bool:
        """Whether managed login has a style for this client; without one its pages don't work."""
        try:
            raw = self.client.read(
                "DescribeManagedLoginBrandingByClient", self.pool_id, ClientId=client_id
            ).get("ManagedLoginBranding")
        except (ClientNotFound, PoolNotFound):
            # "not found" is also AWS's answer for a client that is there and has no style
            return False
        return bool(raw)

    def mfa_config(self) -> MfaConfig:
        """Which second factors the pool has, and whether one is required."""
        raw = self.client.read("GetUserPoolMfaConfig", self.pool_id)
        return MfaConfig(
            mode=str(raw.get("MfaConfiguration") or "OFF"),
            sms=bool((raw.get("SmsMfaConfiguration") or {}).get("SmsConfiguration")),
            totp=bool((raw.get("SoftwareTokenMfaConfiguration") or {}).get("Enabled")),
            email=bool(raw.get("EmailMfaConfiguration")),
            passkey_domain=str((raw.get("WebAuthnConfiguration") or {}).get("RelyingPartyId") or ""),
        )

    def identity_providers(self) -> tuple[IdentityProvider, ...]:
        """The identity providers of the pool, by name."""
        found = (
            IdentityProvider(str(provider["ProviderName"]), str(provider.get("ProviderType") or ""))
            for provider in self._items("ListIdentityProviders", "Providers", MaxResults=_PAGE)
        )
        return tuple(sorted(found, key=lambda provider: provider.name.casefold()))

    def _items(self, operation: str, listed: str, **parameters: Any) -> Iterator[Mapping[str, Any]]:
        token = ""
        while True:
            more = {"NextToken": token} if token else {}
            answer = self.client.read(operation, self.pool_id, **parameters, **more)
            yield from answer.get(listed) or ()
            following = str(answer.get("NextToken") or "")
            if not following or following == token:
                return
            token = following


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


class SignInCalls:
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
        available=tuple(str(challenge) for challenge in raw.get("AvailableChallenges") or ()),
        id_token=str(result.get("IdToken") or ""),
        access_token=str(result.get("AccessToken") or ""),
        refresh_token=str(result.get("RefreshToken") or ""),
    )
