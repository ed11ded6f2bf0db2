"""What a person has: second factors, remembered devices, sessions, and what they tried.

Sources: service model cognito-idp; developer guide, "Adding MFA to a user pool", "Working with user
devices in your user pool", "Viewing and exporting user event history". Where the backend, botocore or
the pool's plan lacks an operation, `NotAvailable` is raised: nothing here turns "can't be asked" into
an empty answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from services.cognito import parse
from services.errors import NotAvailable

if TYPE_CHECKING:
    from services.cognito.client import AwsClient

_PAGE = 60

FACTOR_TITLES = {
    "SOFTWARE_TOKEN_MFA": "authenticator app",
    "SMS_MFA": "code by SMS",
    "EMAIL_OTP": "code by e-mail",
    "WEB_AUTHN": "passkey",
}
"""Second factors as AWS names them (UserMFASettingList), in words."""

FIRST_TITLES = {
    "PASSWORD": "password",
    "WEB_AUTHN": "passkey",
    "EMAIL_OTP": "code by e-mail",
    "SMS_OTP": "code by SMS",
    "SOFTWARE_TOKEN": "authenticator app",
}
"""Ways of the first step as AWS names them (AllowedFirstAuthFactors, ConfiguredUserAuthFactors), in words."""


@dataclass(frozen=True, slots=True)
class PersonFactors:
    """What a person has set up to prove who they are.

    `mfa` are second factors that are on, `preferred` the one asked for ("" for none). `first` are the
    ways of the first step (PASSWORD, WEB_AUTHN …), None where nothing tells.
    """

    mfa: tuple[str, ...] = ()
    preferred: str = ""
    first: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """One device of a person. Times are aware, in UTC; "" or None where AWS says nothing.

    `remembered`: it may skip the second factor, where the application asks for that.
    """

    key: str
    name: str = ""
    remembered: bool | None = None
    created: datetime | None = None
    last_used: datetime | None = None
    last_ip: str = ""


@dataclass(frozen=True, slots=True)
class UserSession:
    """One live session of a person: `kind` is TOKEN (an application) or SSO (the login pages).

    `last_active` is the last sign-in or refresh. A session that ended leaves no trace, so sessions
    prove activity and never its absence.
    """

    id: str
    kind: str = ""
    client_id: str = ""
    created: datetime | None = None
    last_active: datetime | None = None
    device: str = ""
    ip: str = ""
    city: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class AuthEvent:
    """One try of a user, as threat protection keeps it. `at` is aware, UTC; "" where AWS says nothing.

    `kind` is SignIn, ForgotPassword …; `response` Pass, Fail or InProgress; `challenges` are pairs of
    what was asked (Password, Mfa) and how it went (Success, Failure). `decision` is what threat
    protection did (NoRisk, AccountTakeover, Block), `feedback` what was answered to it (Valid, Invalid).
    """

    at: datetime | None
    kind: str
    response: str
    risk: str = ""
    challenges: tuple[tuple[str, str], ...] = ()
    city: str = ""
    country: str = ""
    id: str = ""
    ip: str = ""
    device: str = ""
    decision: str = ""
    compromised: bool = False
    feedback: str = ""

    @property
    def failed(self) -> bool:
        """True if this try ended in a refusal."""
        return self.response == "Fail"

    @property
    def risky(self) -> bool:
        """True if threat protection saw a risk in it."""
        return self.compromised or self.risk in ("Medium", "High") or self.decision in RISKY_DECISIONS


RISKY_DECISIONS = frozenset({"AccountTakeover", "Block"})


class PersonReads:
    """The part of the gateway that reads what one person has. Raises `CognitoError`s as the rest does."""

    pool_id: str
    client: AwsClient

    def person_factors(self, username: str) -> PersonFactors:
        """A person's factors: AdminGetUser and, where there is one, AdminGetUserAuthFactors.

        The first counts the person as active for the month's bill; of the second AWS doesn't say.
        """
        detail = parse.user_detail(self.client.read("AdminGetUser", self.pool_id, Username=username))
        try:
            first = self.auth_factors(username)
        except NotAvailable:
            first = None
        return PersonFactors(detail.mfa_settings, detail.preferred_mfa, first)

    def auth_factors(self, username: str) -> tuple[str, ...]:
        """What a user has set up to sign in with (PASSWORD, WEB_AUTHN, SOFTWARE_TOKEN …).

        AWS doesn't say whether asking counts the person as active for billing: treat it as if it did.
        """
        raw = self.client.read("AdminGetUserAuthFactors", self.pool_id, Username=username)
        return tuple(str(factor) for factor in raw.get("ConfiguredUserAuthFactors") or ())

    def devices(self, username: str) -> tuple[Device, ...]:
        """A user's devices, the last used first. Bills nobody."""
        raw = self._each("AdminListDevices", "Devices", "PaginationToken", Username=username, Limit=_PAGE)
        return tuple(sorted(map(_device, raw), key=lambda device: _moment(device.last_used), reverse=True))

    def sessions(self, username: str) -> tuple[UserSession, ...]:
        """A user's live sessions, the last active first. Bills nobody; a new one shows after seconds.

        Raises `NotAvailable` where botocore, the backend or the pool's plan knows no sessions.
        """
        raw = self._each("AdminListUserSessions", "Sessions", "NextToken", Username=username)
        found = map(_session, raw)
        return tuple(sorted(found, key=lambda session: _moment(session.last_active), reverse=True))

    def auth_events(self, username: str, most: int = 20) -> tuple[AuthEvent, ...]:
        """A user's last tries, newest first. Raises `NotAvailable` without threat protection (Plus plan)."""
        limit = min(most, _PAGE)
        raw = self._each(
            "AdminListUserAuthEvents", "AuthEvents", "NextToken", Username=username, MaxResults=limit
        )
        return tuple(map(_event, islice(raw, most)))

    def _each(
        self, operation: str, listed: str, cursor: str, **parameters: Any
    ) -> Iterator[Mapping[str, Any]]:
        """The items in `listed` of every page that `operation` answers."""
        token = ""
        while True:
            more = {cursor: token} if token else {}
            answer = self.client.read(operation, self.pool_id, **parameters, **more)
            yield from answer.get(listed) or ()
            following = str(answer.get(cursor) or "")
            if not following or following == token:
                return
            token = following


def _moment(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0


_REMEMBERED = {"remembered": True, "not_remembered": False}


def _device(raw: Mapping[str, Any]) -> Device:
    known = {str(pair["Name"]): str(pair.get("Value") or "") for pair in raw.get("DeviceAttributes") or ()}
    return Device(
        key=str(raw.get("DeviceKey") or ""),
        name=known.get("device_name", ""),
        remembered=_REMEMBERED.get(known.get("dev:device_remembered_status", "")),
        created=parse.time(raw.get("DeviceCreateDate")),
        last_used=parse.time(raw.get("DeviceLastAuthenticatedDate") or raw.get("DeviceLastModifiedDate")),
        last_ip=known.get("last_ip_used", ""),
    )


def _session(raw: Mapping[str, Any]) -> UserSession:
    where = raw.get("LastLocation") or {}
    created = parse.time(raw.get("CreateDate"))
    return UserSession(
        id=str(raw.get("SessionId") or ""),
        kind=str(raw.get("SessionType") or ""),
        client_id=str(raw.get("ClientId") or ""),
        created=created,
        last_active=parse.time(raw.get("LastActiveDate")) or created,
        device=str(raw.get("DeviceType") or ""),
        ip=str(raw.get("LastIPAddress") or ""),
        city=str(where.get("City") or ""),
        country=str(where.get("Country") or ""),
    )


def _event(raw: Mapping[str, Any]) -> AuthEvent:
    where, risk = raw.get("EventContextData") or {}, raw.get("EventRisk") or {}
    asked = raw.get("ChallengeResponses") or ()
    return AuthEvent(
        at=parse.time(raw.get("CreationDate")),
        kind=str(raw.get("EventType") or ""),
        response=str(raw.get("EventResponse") or ""),
        risk=str(risk.get("RiskLevel") or ""),
        challenges=tuple(
            (str(challenge.get("ChallengeName") or ""), str(challenge.get("ChallengeResponse") or ""))
            for challenge in asked
        ),
        city=str(where.get("City") or ""),
        country=str(where.get("Country") or ""),
        id=str(raw.get("EventId") or ""),
        ip=str(where.get("IpAddress") or ""),
        device=str(where.get("DeviceName") or ""),
        decision=str(risk.get("RiskDecision") or ""),
        compromised=bool(risk.get("CompromisedCredentialsDetected")),
        feedback=str((raw.get("EventFeedback") or {}).get("FeedbackValue") or ""),
    )
