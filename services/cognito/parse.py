"""botocore's dicts → typed values. Fields that AWS or an emulator leaves out, blank or null are fine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from services.cognito.attributes import STANDARD_SCHEMA
from services.cognito.models import (
    DEFAULT_TEMPORARY_DAYS,
    AppClient,
    Group,
    PasswordPolicy,
    SchemaAttribute,
    User,
    UserDetail,
    UserPool,
    UserStatus,
)
from services.errors import ServiceFault

Raw = Mapping[str, Any]
_UNITS = frozenset({"seconds", "minutes", "hours", "days"})
_DAWN = datetime(1970, 1, 1, tzinfo=UTC)


def part(answer: Raw, name: str) -> Raw:
    """One part of an answer. Raises `ServiceFault` when it isn't there, as behind a broken proxy."""
    found = answer.get(name)
    if not isinstance(found, Mapping):
        raise ServiceFault(
            f"AWS's answer has no {name}, so it can't be understood.",
            "Check the endpoint of the connection and any proxy in between, and look at the current state.",
        )
    return found


def user(raw: Raw) -> User:
    """UserType of ListUsers, ListUsersInGroup and AdminCreateUser, or the answer of AdminGetUser."""
    pairs = raw.get("Attributes") or raw.get("UserAttributes") or ()
    attributes = {str(pair["Name"]): str(pair.get("Value") or "") for pair in pairs}
    created = time(raw.get("UserCreateDate")) or _DAWN
    return User(
        username=str(raw["Username"]),
        sub=attributes.get("sub", ""),
        status=_status(raw.get("UserStatus")),
        enabled=bool(raw.get("Enabled", True)),
        created=created,
        changed=time(raw.get("UserLastModifiedDate")) or created,
        attributes=MappingProxyType(attributes),
    )


def user_detail(raw: Raw) -> UserDetail:
    """The answer of AdminGetUser."""
    return UserDetail(
        user=user(raw),
        preferred_mfa=str(raw.get("PreferredMfaSetting") or ""),
        mfa_settings=_strings(raw.get("UserMFASettingList")),
    )


def group(raw: Raw) -> Group:
    """A group from AWS's GroupType."""
    precedence = raw.get("Precedence")
    return Group(
        name=str(raw["GroupName"]),
        description=str(raw.get("Description") or ""),
        precedence=None if precedence in (None, "") else int(precedence),
        role_arn=str(raw.get("RoleArn") or ""),
        created=time(raw.get("CreationDate")),
        changed=time(raw.get("LastModifiedDate")),
    )


_FAILURES = {"email": "EmailConfigurationFailure", "phone_number": "SmsConfigurationFailure"}


def pool(raw: Raw) -> UserPool:
    """UserPoolType of DescribeUserPool, its schema completed with AWS's standard attributes."""
    tier = raw.get("UserPoolTier")
    admin = raw.get("AdminCreateUserConfig") or {}
    recovery = (raw.get("AccountRecoverySetting") or {}).get("RecoveryMechanisms") or ()
    sensitive = (raw.get("UsernameConfiguration") or {}).get("CaseSensitive")
    before_update = (raw.get("UserAttributeUpdateSettings") or {}).get(
        "AttributesRequireVerificationBeforeUpdate"
    )
    return UserPool(
        id=str(raw["Id"]),
        name=str(raw.get("Name") or raw["Id"]),
        estimated_users=int(raw.get("EstimatedNumberOfUsers") or 0),
        username_attributes=frozenset(_strings(raw.get("UsernameAttributes"))),
        alias_attributes=frozenset(_strings(raw.get("AliasAttributes"))),
        case_sensitive=True if sensitive is None else bool(sensitive),
        policy=_policy((raw.get("Policies") or {}).get("PasswordPolicy") or {}, admin),
        schema=_schema(raw.get("SchemaAttributes") or ()),
        auto_verified=frozenset(_strings(raw.get("AutoVerifiedAttributes"))),
        verified_before_update=frozenset(_strings(before_update)),
        recovery=tuple(
            str(mechanism["Name"])
            for mechanism in sorted(recovery, key=lambda mechanism: int(mechanism.get("Priority") or 0))
        ),
        mfa=str(raw.get("MfaConfiguration") or "OFF"),
        deletion_protection=raw.get("DeletionProtection") == "ACTIVE",
        tier=str(tier or ""),
        domain=str(raw.get("Domain") or ""),
        custom_domain=str(raw.get("CustomDomain") or ""),
        invite_email=str((admin.get("InviteMessageTemplate") or {}).get("EmailMessage") or ""),
        created=time(raw.get("CreationDate")),
        device_tracking=_device_tracking(raw.get("DeviceConfiguration")),
        email_sender=str((raw.get("EmailConfiguration") or {}).get("EmailSendingAccount") or ""),
        sending_failure=str(raw.get("EmailConfigurationFailure") or raw.get("SmsConfigurationFailure") or ""),
        unsent=frozenset(attribute for attribute, failure in _FAILURES.items() if raw.get(failure)),
        first_factors=_first_factors(raw),
        admins_create_only=bool(admin.get("AllowAdminCreateUserOnly")),
        threat_protection=str((raw.get("UserPoolAddOns") or {}).get("AdvancedSecurityMode") or ""),
        triggers=frozenset(str(name) for name, value in (raw.get("LambdaConfig") or {}).items() if value),
    )


def app_client(raw: Raw) -> AppClient:
    """UserPoolClientType or UserPoolClientDescription; the secret itself is left behind."""
    oauth = bool(raw.get("AllowedOAuthFlowsUserPoolClient"))
    revocation = raw.get("EnableTokenRevocation")
    return AppClient(
        id=str(raw["ClientId"]),
        name=str(raw.get("ClientName") or ""),
        has_secret=bool(raw.get("ClientSecret")),
        auth_flows=_strings(raw.get("ExplicitAuthFlows")),
        oauth_flows=_strings(raw.get("AllowedOAuthFlows")) if oauth else (),
        scopes=_strings(raw.get("AllowedOAuthScopes")) if oauth else (),
        callback_urls=_strings(raw.get("CallbackURLs")),
        logout_urls=_strings(raw.get("LogoutURLs")),
        providers=_strings(raw.get("SupportedIdentityProviders")),
        hosted=oauth,
        prevent_user_existence=str(raw.get("PreventUserExistenceErrors") or ""),
        token_revocation=None if revocation is None else bool(revocation),
        access_token=_lifetime(raw, "AccessToken", timedelta(hours=1)),
        id_token=_lifetime(raw, "IdToken", timedelta(hours=1)),
        refresh_token=_lifetime(raw, "RefreshToken", timedelta(days=30)),
        refresh_rotation=(raw.get("RefreshTokenRotation") or {}).get("Feature") == "ENABLED",
        auth_session_minutes=int(raw.get("AuthSessionValidity") or 3),
        read_attributes=_strings(raw.get("ReadAttributes")),
        write_attributes=_strings(raw.get("WriteAttributes")),
    )


def attribute_list(attributes: Mapping[str, str]) -> list[dict[str, str]]:
    """Attributes as AWS's list of names and values."""
    return [{"Name": name, "Value": value} for name, value in attributes.items()]


def _lifetime(raw: Raw, token: str, default: timedelta) -> timedelta:
    """How long a token lives. Without a unit it is in hours, a refresh token's in days (API reference,
    UserPoolClientType)."""
    value = raw.get(f"{token}Validity")
    if not value:
        return default
    ordinary = "days" if token == "RefreshToken" else "hours"  # noqa: S105 - the name of a token
    unit = str((raw.get("TokenValidityUnits") or {}).get(token) or ordinary)
    return timedelta(**{unit: int(value)}) if unit in _UNITS else default


def _device_tracking(raw: Raw | None) -> str:
    """A configuration that is there means that devices are remembered (API reference, UserPoolType)."""
    if not raw:
        return ""
    return "opt-in" if raw.get("DeviceOnlyRememberedOnUserPrompt") else "always"


def _first_factors(raw: Raw) -> frozenset[str]:
    policy = (raw.get("Policies") or {}).get("SignInPolicy") or {}
    return frozenset(_strings(policy.get("AllowedFirstAuthFactors")))


def _policy(raw: Raw, admin: Raw) -> PasswordPolicy:
    days = raw.get("TemporaryPasswordValidityDays") or admin.get("UnusedAccountValidityDays")
    return PasswordPolicy(
        minimum_length=int(raw.get("MinimumLength") or 8),
        uppercase=bool(raw.get("RequireUppercase")),
        lowercase=bool(raw.get("RequireLowercase")),
        numbers=bool(raw.get("RequireNumbers")),
        symbols=bool(raw.get("RequireSymbols")),
        temporary_days=int(days or DEFAULT_TEMPORARY_DAYS),
        history=int(raw.get("PasswordHistorySize") or 0),
    )


def _schema(raw: Iterable[Raw]) -> tuple[SchemaAttribute, ...]:
    named = {attribute.name: attribute for attribute in map(_schema_attribute, raw)}
    standard = tuple(named.pop(attribute.name, attribute) for attribute in STANDARD_SCHEMA)
    return (*standard, *named.values())


def _schema_attribute(raw: Raw) -> SchemaAttribute:
    texts = raw.get("StringAttributeConstraints") or {}
    numbers = raw.get("NumberAttributeConstraints") or {}
    return SchemaAttribute(
        name=str(raw["Name"]),
        data_type=str(raw.get("AttributeDataType") or "String"),
        required=bool(raw.get("Required")),
        mutable=bool(raw.get("Mutable", True)),
        min_length=_bound(texts.get("MinLength")),
        max_length=_bound(texts.get("MaxLength")),
        min_value=_bound(numbers.get("MinValue")),
        max_value=_bound(numbers.get("MaxValue")),
    )


def _bound(value: object) -> int | None:
    return None if value in (None, "") else int(str(value))


def _status(value: object) -> UserStatus:
    try:
        return UserStatus(str(value))
    except ValueError:
        return UserStatus.UNKNOWN


def time(value: object) -> datetime | None:
    """A time of AWS's in UTC; None where there is none."""
    return value.astimezone(UTC) if isinstance(value, datetime) else None


def _strings(values: Iterable[object] | None) -> tuple[str, ...]:
    return tuple(str(value) for value in values or ())
