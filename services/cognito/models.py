"""What Cognito returns, as typed values. Nothing above this package sees a botocore dict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

EMPTY: Mapping[str, str] = MappingProxyType({})
DEFAULT_TEMPORARY_DAYS = 7
"""For how many days AWS takes a temporary password where a policy says 0 (PasswordPolicyType)."""


class UserStatus(StrEnum):
    """`UserStatus` of AWS's UserType (API reference, UserType); anything new reads as UNKNOWN."""

    UNCONFIRMED = "UNCONFIRMED"
    CONFIRMED = "CONFIRMED"
    FORCE_CHANGE_PASSWORD = "FORCE_CHANGE_PASSWORD"  # noqa: S105 - a status, not a password
    RESET_REQUIRED = "RESET_REQUIRED"
    EXTERNAL_PROVIDER = "EXTERNAL_PROVIDER"
    ARCHIVED = "ARCHIVED"
    COMPROMISED = "COMPROMISED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class User:
    """One user of a pool, as ListUsers shows it. Times are aware, in UTC.

    AWS doesn't tell when a temporary password was set; where this console's log knows more than the
    dates of the user do, `invited_from` and `invited_until` are between which moments it was.
    """

    username: str
    sub: str
    status: UserStatus
    enabled: bool
    created: datetime
    changed: datetime
    attributes: Mapping[str, str] = field(default_factory=dict)
    invited_from: datetime | None = None
    invited_until: datetime | None = None

    @property
    def email(self) -> str:
        """The e-mail attribute, or an empty string."""
        return self.attributes.get("email", "")

    @property
    def name(self) -> str:
        """What people call this user: `name`, else given and family name, else an empty string."""
        given = " ".join(
            part for part in (self.attributes.get("given_name"), self.attributes.get("family_name")) if part
        )
        return self.attributes.get("name") or given

    @property
    def label(self) -> str:
        """What an operator recognises: e-mail, else phone number, else username."""
        return self.email or self.attributes.get("phone_number") or self.username

    @property
    def ref(self) -> PersonRef:
        """The short reference that changes and the activity log carry."""
        return PersonRef(username=self.username, sub=self.sub, label=self.label)


@dataclass(frozen=True, slots=True)
class PersonRef:
    """Names one person: `username` for the API, `sub` as lasting identity, `label` for people."""

    username: str
    sub: str
    label: str


@dataclass(frozen=True, slots=True)
class UserDetail:
    """What only AdminGetUser tells (it counts the person as active for billing)."""

    user: User
    preferred_mfa: str = ""
    mfa_settings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """One group of a pool. `precedence` is None when not set; lower wins."""

    name: str
    description: str = ""
    precedence: int | None = None
    role_arn: str = ""
    created: datetime | None = None
    changed: datetime | None = None


@dataclass(frozen=True, slots=True)
class SchemaAttribute:
    """One attribute that the pool knows. Lengths are characters; None where AWS states no bound."""

    name: str
    data_type: str = "String"
    required: bool = False
    mutable: bool = True
    min_length: int | None = None
    max_length: int | None = None
    min_value: int | None = None
    max_value: int | None = None

    @property
    def custom(self) -> bool:
        """True for `custom:` (and `dev:`) attributes."""
        return self.name.startswith(("custom:", "dev:"))


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """The pool's rules for passwords. `temporary_days` is how long a temporary one is valid, as AWS says it:
    0 stands for its default."""

    minimum_length: int = 8
    uppercase: bool = False
    lowercase: bool = False
    numbers: bool = False
    symbols: bool = False
    temporary_days: int = DEFAULT_TEMPORARY_DAYS
    history: int = 0

    @property
    def valid_days(self) -> int:
        """For how many days a temporary password works."""
        return self.temporary_days or DEFAULT_TEMPORARY_DAYS


@dataclass(frozen=True, slots=True)
class UserPool:
    """A user pool's settings, as DescribeUserPool shows them.

    `username_attributes` holds email and/or phone_number when people sign in with those instead
    of a username; `alias_attributes` when those are further names. `schema` includes AWS's
    standard attributes even where a backend leaves them out. `device_tracking` is "always", "opt-in"
    or "" (off); `email_sender` is COGNITO_DEFAULT or DEVELOPER (Amazon SES), `sending_failure` what AWS
    last said about messages it couldn't send and `unsent` the attributes that they go to (email,
    phone_number); `first_factors` are AWS's AllowedFirstAuthFactors,
    `threat_protection` its AdvancedSecurityMode; `triggers` names the Lambda triggers that are set.
    An empty string or set also stands for what the backend doesn't say. `phone_region` isn't AWS's: it is
    the country of phone numbers without a country code (two letters), as the console has it for this pool.
    """

    id: str
    name: str
    estimated_users: int = 0
    username_attributes: frozenset[str] = frozenset()
    alias_attributes: frozenset[str] = frozenset()
    case_sensitive: bool = True
    policy: PasswordPolicy = field(default_factory=PasswordPolicy)
    schema: tuple[SchemaAttribute, ...] = ()
    auto_verified: frozenset[str] = frozenset()
    verified_before_update: frozenset[str] = frozenset()
    recovery: tuple[str, ...] = ()
    mfa: str = "OFF"
    deletion_protection: bool = False
    tier: str = ""
    domain: str = ""
    custom_domain: str = ""
    invite_email: str = ""
    created: datetime | None = None
    device_tracking: str = ""
    email_sender: str = ""
    sending_failure: str = ""
    unsent: frozenset[str] = frozenset()
    first_factors: frozenset[str] = frozenset()
    admins_create_only: bool = False
    threat_protection: str = ""
    triggers: frozenset[str] = frozenset()
    phone_region: str = ""

    def attribute(self, name: str) -> SchemaAttribute | None:
        """The schema's entry for `name` (`email`, `custom:cost_centre` …), or None."""
        return next((attribute for attribute in self.schema if attribute.name == name), None)


@dataclass(frozen=True, slots=True)
class PoolSummary:
    """A line of ListUserPools."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class AppClient:
    """An app client's settings, without its secret.

    `hosted` says whether the client may use the hosted login pages (OAuth) at all. Lifetimes are as
    AWS applies them, its defaults filled in. `prevent_user_existence` is LEGACY or ENABLED,
    `token_revocation` None, where the backend doesn't say. `auth_session_minutes` is how long
    somebody has to answer a challenge.
    """

    id: str
    name: str
    has_secret: bool = False
    auth_flows: tuple[str, ...] = ()
    oauth_flows: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    callback_urls: tuple[str, ...] = ()
    logout_urls: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    hosted: bool = False
    prevent_user_existence: str = ""
    token_revocation: bool | None = None
    access_token: timedelta = timedelta(hours=1)
    id_token: timedelta = timedelta(hours=1)
    refresh_token: timedelta = timedelta(days=30)
    refresh_rotation: bool = False
    auth_session_minutes: int = 3
    read_attributes: tuple[str, ...] = ()
    write_attributes: tuple[str, ...] = ()

    @property
    def is_program(self) -> bool:
        """Whether programs sign in with it, and so no people (API reference, UpdateUserPoolClient,
        AllowedOAuthFlows: client_credentials goes with no other)."""
        return "client_credentials" in self.oauth_flows

    def may_write(self, name: str) -> bool:
        """Whether it may write an attribute: every standard one until some are chosen (API reference)."""
        if self.write_attributes:
            return name in self.write_attributes
        return not name.startswith("custom:")


@dataclass(frozen=True, slots=True)
class CallerIdentity:
    """Who AWS says we are (sts:GetCallerIdentity)."""

    account: str
    arn: str


@dataclass(frozen=True, slots=True)
class UserPage:
    """One page of a listing; `token` is empty after the last one (a short page is not the end)."""

    users: tuple[User, ...]
    token: str = ""
