"""The gateway's reads about signing in: domain, branding, providers, second factors, recent tries.

Sources: service model cognito-idp; Cognito developer guide, "Configuring a user pool domain",
"Managed login", "Adding MFA to a user pool", "Viewing and exporting user event history". Where the
backend, botocore or the pool's plan lacks an operation, `NotAvailable` is raised: nothing here
turns "can't be asked" into an empty answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from services.cognito import parse
from services.cognito.client import AwsClient
from services.errors import ClientNotFound, PoolNotFound

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


@dataclass(frozen=True, slots=True)
class AuthEvent:
    """One try of a user, as threat protection keeps it. `at` is aware, UTC; "" where AWS says nothing.

    `kind` is SignIn, ForgotPassword …; `response` Pass, Fail or InProgress; `challenges` are pairs of
    what was asked (Password, Mfa) and how it went (Success, Failure).
    """

    at: datetime | None
    kind: str
    response: str
    risk: str = ""
    challenges: tuple[tuple[str, str], ...] = ()
    city: str = ""
    country: str = ""

    @property
    def failed(self) -> bool:
        """True if this try ended in a refusal."""
        return self.response == "Fail"


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
            IdentityProvider(str(one["ProviderName"]), str(one.get("ProviderType") or ""))
            for one in self._items("ListIdentityProviders", "Providers", MaxResults=_PAGE)
        )
        return tuple(sorted(found, key=lambda one: one.name.casefold()))

    def auth_events(self, username: str, most: int = 20) -> tuple[AuthEvent, ...]:
        """A user's last tries, newest first. Raises `NotAvailable` without threat protection (Plus plan)."""
        limit = min(most, _PAGE)
        raw = self._items("AdminListUserAuthEvents", "AuthEvents", Username=username, MaxResults=limit)
        return tuple(map(_event, islice(raw, most)))

    def auth_factors(self, username: str) -> tuple[str, ...]:
        """What a user has set up to sign in with (PASSWORD, WEB_AUTHN, SOFTWARE_TOKEN …).

        AWS doesn't say whether asking counts the person as active for billing: treat it as if it did.
        """
        raw = self.client.read("AdminGetUserAuthFactors", self.pool_id, Username=username)
        return tuple(str(one) for one in raw.get("ConfiguredUserAuthFactors") or ())

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


def _event(raw: Mapping[str, Any]) -> AuthEvent:
    where = raw.get("EventContextData") or {}
    asked = raw.get("ChallengeResponses") or ()
    return AuthEvent(
        at=parse.time(raw.get("CreationDate")),
        kind=str(raw.get("EventType") or ""),
        response=str(raw.get("EventResponse") or ""),
        risk=str((raw.get("EventRisk") or {}).get("RiskLevel") or ""),
        challenges=tuple(
            (str(one.get("ChallengeName") or ""), str(one.get("ChallengeResponse") or "")) for one in asked
        ),
        city=str(where.get("City") or ""),
        country=str(where.get("Country") or ""),
    )
