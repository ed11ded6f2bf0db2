"""Second factors: what a pool allows, what a person has set up and prefers (developer guide: "Adding MFA").

Where AWS's wording of a refusal isn't known, the emulator says what is missing.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.twofactor import InvalidToken
from moto.cognitoidp.exceptions import InvalidParameterException, UserNotConfirmedException
from moto.cognitoidp.models import COGNITO_TOTP_MFA_SECRET
from moto.cognitoidp.utils import cognito_totp, verify_totp
from moto.core.exceptions import JsonRESTError

from demo.operations import Answer, Operation, OperationRequest
from demo.user_pool import AwsLikePool
from demo.users import EMAIL, SMS, TOTP, AwsLikeUser

SETTINGS = {SMS: "SMSMfaSettings", TOTP: "SoftwareTokenMfaSettings", EMAIL: "EmailMfaSettings"}
"""Factor → its part of AdminSetUserMFAPreference."""

POOL_PARTS = ("SmsMfaConfiguration", "SoftwareTokenMfaConfiguration", "EmailMfaConfiguration")
LARGER_PLAN = "FeatureUnavailableInTierException"


def allowed(pool: AwsLikePool) -> list[str]:
    """The factors that the pool is set up for."""
    on = {
        SMS: bool(pool.sms_mfa_config),
        TOTP: bool((pool.token_mfa_config or {}).get("Enabled")),
        EMAIL: bool(pool.email_mfa_config),
    }
    return [name for name, there in on.items() if there]


def can_set_up(pool: AwsLikePool, user: AwsLikeUser) -> list[str]:
    """The factors that somebody without one may begin with."""
    held = user.attribute_lookup
    needs = {SMS: "phone_number", EMAIL: "email"}
    return [name for name in allowed(pool) if name not in needs or held.get(needs[name])]


def mfa_config(pool: AwsLikePool) -> dict[str, Any]:
    """Everything of GetUserPoolMfaConfig; absent parts are off."""
    parts = {
        "SmsMfaConfiguration": pool.sms_mfa_config,
        "SoftwareTokenMfaConfiguration": pool.token_mfa_config,
        "EmailMfaConfiguration": pool.email_mfa_config,
        "WebAuthnConfiguration": pool.passkey_config,
    }
    return {"MfaConfiguration": pool.mfa_config, **{name: part for name, part in parts.items() if part}}


def set_mfa_config(pool: AwsLikePool, given: Mapping[str, Any]) -> None:
    """Replace the pool's configuration; parts that aren't given are off."""
    pool.mfa_config = given.get("MfaConfiguration") or pool.mfa_config
    pool.sms_mfa_config = given.get("SmsMfaConfiguration")
    pool.token_mfa_config = given.get("SoftwareTokenMfaConfiguration")
    pool.email_mfa_config = given.get("EmailMfaConfiguration")
    pool.passkey_config = given.get("WebAuthnConfiguration")


def new_secret() -> str:
    """A secret for an authenticator app, as base32."""
    return base64.b32encode(secrets.token_bytes(32)).decode().rstrip("=")


def check_totp(secret: str, code: str, refused_as: str = "CodeMismatchException") -> None:
    """A code of an authenticator app; a wrong one is refused under the given name."""
    try:
        verify_totp(cognito_totp(secret), code.encode(), valid_window=1)
    except InvalidToken:
        raise JsonRESTError(refused_as, "Invalid code received for user") from None


def keep_totp(user: AwsLikeUser, secret: str, name: str) -> None:
    """The app's first code was right: it is set up."""
    user.totp_secret, user.new_totp_secret, user.totp_name = secret, "", name
    user.token_verified = True


def prefer_totp(user: AwsLikeUser) -> None:
    """An app that was set up during a sign-in is turned on and preferred at once."""
    user.software_token_mfa_enabled, user.preferred_mfa_setting = True, TOTP


def turn(user: AwsLikeUser, factor: str, on: bool) -> None:
    """Turn a factor on or off; one that is off is not preferred."""
    name = {SMS: "sms_mfa_enabled", TOTP: "software_token_mfa_enabled", EMAIL: "email_mfa_enabled"}[factor]
    setattr(user, name, on)
    if not on and user.preferred_mfa_setting == factor:
        user.preferred_mfa_setting = ""


# Operations


def set_preference(request: OperationRequest) -> Answer:
    """Which factors are on, and which is asked for first; what isn't sent stays as it is."""
    pool, user = request.pool, request.user
    given = {factor: request.get(name) for factor, name in SETTINGS.items() if request.get(name) is not None}
    if sum(bool(settings.get("PreferredMfa")) for settings in given.values()) > 1:
        raise InvalidParameterException("Only one MFA factor can be set as preferred.")
    for factor, settings in given.items():
        if settings.get("Enabled"):
            _check_can_turn_on(pool, user, factor)
        elif settings.get("PreferredMfa"):
            raise InvalidParameterException(f"{factor} has to be enabled to be preferred.")
    passkeys = request.get("WebAuthnMfaSettings")
    if passkeys is not None:
        _set_passkeys(pool, user, bool(passkeys.get("Enabled")))
    for factor, settings in given.items():
        turn(user, factor, bool(settings.get("Enabled")))
        if settings.get("PreferredMfa"):
            user.preferred_mfa_setting = factor
        elif user.preferred_mfa_setting == factor:
            user.preferred_mfa_setting = ""
    return {}


def delete_software_token(request: OperationRequest) -> Answer:
    """Forget the person's authenticator app; a new one can be set up."""
    user = request.user
    if str(getattr(user.status, "value", user.status)) == "UNCONFIRMED":
        raise UserNotConfirmedException("User is not confirmed.")
    if not user.token_verified:
        raise InvalidParameterException("User has no software token.")
    turn(user, TOTP, on=False)
    user.token_verified = False
    user.totp_secret, user.totp_name = COGNITO_TOTP_MFA_SECRET, ""
    return {}


def get_auth_factors(request: OperationRequest) -> Answer:
    """What the person can sign in with, as first and as second factor."""
    pool, user = request.pool, request.user
    held, first = user.attribute_lookup, _first_factors(pool)
    there = {
        "PASSWORD": bool(user.password),
        "EMAIL_OTP": ("EMAIL_OTP" in first or EMAIL in allowed(pool)) and bool(held.get("email")),
        "SMS_OTP": ("SMS_OTP" in first or SMS in allowed(pool)) and bool(held.get("phone_number")),
        "WEB_AUTHN": bool(user.passkeys),
        "SOFTWARE_TOKEN": bool(user.token_verified),
    }
    answer: Answer = {
        "Username": user.username,
        "UserMFASettingList": user.factors(),
        "ConfiguredUserAuthFactors": [name for name, on in there.items() if on],
    }
    return answer | (
        {"PreferredMfaSetting": user.preferred_mfa_setting} if user.preferred_mfa_setting else {}
    )


def get_pool_config(request: OperationRequest) -> Answer:
    """The pool's second factors and passkeys."""
    return mfa_config(request.pool)


def set_pool_config(request: OperationRequest) -> Answer:
    """Replace the pool's second factors and passkeys (SetUserPoolMfaConfig)."""
    pool, given = request.pool, request.given
    needed = given.get("MfaConfiguration") in ("ON", "OPTIONAL")
    if needed and not any(given.get(name) for name in POOL_PARTS):
        raise InvalidParameterException("At least one second factor has to be configured.")
    if given.get("EmailMfaConfiguration") is not None:
        if pool.tier == "LITE":
            raise JsonRESTError(LARGER_PLAN, "E-mail codes need the Essentials or the Plus plan.")
        sender = (pool.extended_config.get("EmailConfiguration") or {}).get("EmailSendingAccount")
        if sender != "DEVELOPER":
            raise InvalidParameterException("E-mail MFA needs EmailSendingAccount to be DEVELOPER.")
    sms = given.get("SmsMfaConfiguration")
    if sms is not None and "SmsConfiguration" not in sms:
        raise InvalidParameterException("SmsMfaConfiguration needs an SmsConfiguration.")
    set_mfa_config(pool, given)
    return mfa_config(pool)


def _check_can_turn_on(pool: AwsLikePool, user: AwsLikeUser, factor: str) -> None:
    if factor == TOTP and not user.token_verified:
        raise InvalidParameterException("User has not verified software token mfa")
    if factor not in allowed(pool):
        raise InvalidParameterException(f"{factor} is not enabled for user pool {pool.id}.")
    if factor not in can_set_up(pool, user):
        raise InvalidParameterException(f"User does not have delivery config set to turn on {factor}")


def takes_passkeys(pool: AwsLikePool) -> bool:
    """Whether people may sign in with passkeys: as the first step, or as a second factor."""
    return "WEB_AUTHN" in _first_factors(pool) or _second_step(pool)


def _second_step(pool: AwsLikePool) -> bool:
    kind = (pool.passkey_config or {}).get("FactorConfiguration")
    return kind == "MULTI_FACTOR_WITH_USER_VERIFICATION"


def _set_passkeys(pool: AwsLikePool, user: AwsLikeUser, on: bool) -> None:
    if on and not _second_step(pool):
        raise InvalidParameterException(f"Passkeys are no second factor in user pool {pool.id}.")
    if on and not user.factors():
        raise InvalidParameterException("Passkey MFA needs another MFA factor beside it.")
    user.passkey_mfa_enabled = on


def _first_factors(pool: AwsLikePool) -> list[str]:
    policy = pool.extended_config.get("Policies", {}).get("SignInPolicy") or {}
    return list(policy.get("AllowedFirstAuthFactors") or ["PASSWORD"])


OPERATIONS: dict[str, Operation] = {
    "AdminSetUserMFAPreference": set_preference,
    "SetUserMFAPreference": set_preference,
    "AdminDeleteSoftwareToken": delete_software_token,
    "AdminGetUserAuthFactors": get_auth_factors,
    "GetUserAuthFactors": get_auth_factors,
    "GetUserPoolMfaConfig": get_pool_config,
    "SetUserPoolMfaConfig": set_pool_config,
}
