"""A person of the embedded Cognito with all that AWS keeps beside the attributes.

Deleting the person deletes it with them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.cognitoidp.models import COGNITO_TOTP_MFA_SECRET, CognitoIdpUser

from demo.caller import Caller

TOTP, SMS, EMAIL = "SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP"
"""Second factors by the names that UserMFASettingList has for them."""


@dataclass(slots=True)
class UserDevice:
    """A device that its owner has confirmed; `salt` and `verifier` (base64) prove it at a sign-in."""

    key: str
    name: str
    created: datetime
    modified: datetime
    authenticated: datetime
    ip: str
    remembered: bool = False
    salt: str = ""
    verifier: str = ""


@dataclass(slots=True)
class UserSession:
    """Tokens of one sign-in (`origin_jti` names them), or a browser signed in to the login pages.

    A session of tokens that came through a browser has that one's id as `parent`.
    """

    id: str
    client_id: str
    created: datetime
    active: datetime
    ends: datetime
    caller: Caller
    origin_jti: str = ""
    parent: str = ""


@dataclass(frozen=True, slots=True)
class SentMessage:
    """What AWS would have sent to the person; `code` is what they are to type from it."""

    medium: str
    to: str
    text: str
    code: str
    at: datetime


@dataclass(slots=True)
class UserEvent:
    """One try as threat protection keeps it; `challenges` are pairs such as ("Password", "Success")."""

    id: str
    kind: str
    at: datetime
    caller: Caller
    response: str = "InProgress"
    challenges: list[tuple[str, str]] = field(default_factory=list)
    decision: str = "NoRisk"
    level: str = ""
    compromised: bool = False
    feedback: tuple[str, str, datetime] | None = None


@dataclass(frozen=True, slots=True)
class Passkey:
    """A passkey that its owner has registered, as ListWebAuthnCredentials tells of it."""

    id: str
    name: str
    domain: str
    created: datetime
    attachment: str = "platform"
    transports: tuple[str, ...] = ("internal",)


@dataclass(slots=True)
class LinkedIdentity:
    """An identity of a provider that leads to this profile.

    Known by an attribute of the pool that the provider fills (`email` …) until its first sign-in
    (`used`), by its id at the provider (Cognito_Subject) from then on. `made` is in milliseconds.
    """

    provider: str
    attribute: str
    value: str
    kind: str
    issuer: str
    made: int
    used: bool = False


class AwsLikeUser(CognitoIdpUser):
    """A user with devices, sessions, events and second factors of their own."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.devices: dict[str, UserDevice] = {}
        self.new_devices: set[str] = set()
        self.sessions: dict[str, UserSession] = {}
        self.events: list[UserEvent] = []
        self.links: list[LinkedIdentity] = []
        self.email_mfa_enabled = False
        self.passkey_mfa_enabled = False
        self.passkeys: dict[str, Passkey] = {}
        self.totp_secret = COGNITO_TOTP_MFA_SECRET
        self.new_totp_secret = ""
        self.totp_name = ""
        self.recovery: SentMessage | None = None  # brought the code for a new password
        self.password_set: datetime | None = None
        self.wrong_passwords: tuple[int, datetime | None] = (0, None)

    def factors(self) -> list[str]:
        """The second factors that are turned on."""
        held = {
            SMS: self.sms_mfa_enabled,
            TOTP: self.software_token_mfa_enabled,
            EMAIL: self.email_mfa_enabled,
        }
        return [name for name, on in held.items() if on]

    def to_json(self, extended: bool = False, *arguments: Any, **named: Any) -> dict[str, Any]:
        """As moto has it, with every factor."""
        answer = dict(super().to_json(extended, *arguments, **named))
        return {**answer, "UserMFASettingList": self.factors()} if extended else answer
