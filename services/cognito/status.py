"""What a user's status means, in words for support, and which actions make sense in it.

Sources: Cognito API reference (UserType, AdminCreateUser, AdminSetUserPassword,
AdminResetUserPassword, AdminConfirmSignUp, AdminDisableUser) and developer guide, "Managing user
accounts". AWS returns no expiry of temporary passwords, so ours is an estimate and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from services.cognito.models import PasswordPolicy, User, UserPool, UserStatus

DEFAULT_TEMPORARY_DAYS = 7
"""What AWS uses when the policy's days are 0."""


@dataclass(frozen=True, slots=True)
class StatusText:
    """One status in words. `term` is AWS's word; `next_step` is what the person must do."""

    title: str
    term: str
    meaning: str
    next_step: str


STATUS_TEXTS: Mapping[UserStatus, StatusText] = MappingProxyType(
    {
        UserStatus.UNCONFIRMED: StatusText(
            "Not confirmed",
            "UNCONFIRMED",
            "They registered themselves and never entered the confirmation code, so they can't sign in.",
            "Enter the code from the registration message, or be confirmed by an operator.",
        ),
        UserStatus.CONFIRMED: StatusText(
            "Active",
            "CONFIRMED",
            "Everything is set up; they sign in with their own password.",
            "Nothing: they can sign in.",
        ),
        UserStatus.FORCE_CHANGE_PASSWORD: StatusText(
            "Invited",
            "FORCE_CHANGE_PASSWORD",
            "They have a temporary password and haven't signed in with it yet.",
            "Sign in with the temporary password before it expires, and choose a password of their own.",
        ),
        UserStatus.RESET_REQUIRED: StatusText(
            "Must reset password",
            "RESET_REQUIRED",
            "Their password was reset (or they were imported); the old one no longer works.",
            "Choose “Forgot password” when signing in, enter the code that is sent, and choose a new one.",
        ),
        UserStatus.EXTERNAL_PROVIDER: StatusText(
            "Signs in elsewhere",
            "EXTERNAL_PROVIDER",
            "They sign in through another provider (a company sign-in, Google …) and have no password here.",
            "Sign in through that provider; password trouble is solved there.",
        ),
        UserStatus.ARCHIVED: StatusText(
            "Archived",
            "ARCHIVED",
            "A status that Cognito no longer uses.",
            "Nothing: the account is only kept for the record.",
        ),
        UserStatus.COMPROMISED: StatusText(
            "Compromised",
            "COMPROMISED",
            "A status that Cognito no longer uses; it marked an account as possibly in wrong hands.",
            "Nothing: an administrator has to look at it in AWS.",
        ),
        UserStatus.UNKNOWN: StatusText(
            "Unknown",
            "UNKNOWN",
            "Cognito reports a status that this console doesn't know.",
            "Nothing known: an administrator has to look at it in AWS.",
        ),
    }
)
"""Every status in words."""

READ_ONLY = frozenset({UserStatus.ARCHIVED, UserStatus.COMPROMISED, UserStatus.UNKNOWN})
"""Statuses in which the console changes nothing."""

USER_ACTIONS = (
    "update_attributes",
    "clear_attributes",
    "verify_email",
    "verify_phone",
    "confirm_user",
    "resend_invitation",
    "set_temporary_password",
    "set_permanent_password",
    "reset_password",
    "enable_user",
    "disable_user",
    "sign_out_user",
    "add_to_group",
    "remove_from_group",
    "delete_user",
)
"""The names that `actions` answers for: those of the changes, with the two kinds of password and
of verification told apart."""


def actions(user: User, pool: UserPool) -> dict[str, str]:
    """For each of `USER_ACTIONS`: an empty string if it makes sense now, else the reason why not."""
    if user.status in READ_ONLY:
        reason = f"The status “{STATUS_TEXTS[user.status].title}” can only be looked at here."
        return dict.fromkeys(USER_ACTIONS, reason)
    return dict.fromkeys(USER_ACTIONS, "") | {
        "verify_email": _verify(user, "email", "e-mail address"),
        "verify_phone": _verify(user, "phone_number", "phone number"),
        "confirm_user": _confirm(user),
        "resend_invitation": _resend(user),
        "set_temporary_password": _password(user),
        "set_permanent_password": _password(user),
        "reset_password": _reset(user, pool),
        "enable_user": "They are enabled already." if user.enabled else "",
        "disable_user": "" if user.enabled else "They are disabled already.",
        "sign_out_user": _sign_out(user),
        "delete_user": "Disable them first; deleting can't be undone." if user.enabled else "",
    }


def _verify(user: User, attribute: str, title: str) -> str:
    if not user.attributes.get(attribute):
        return f"They have no {title}."
    verified = user.attributes.get(f"{attribute}_verified", "").lower() == "true"
    return f"Their {title} is verified already." if verified else ""


def _confirm(user: User) -> str:
    waits = user.status is UserStatus.UNCONFIRMED
    return "" if waits else "Only people who registered themselves and wait for confirmation need this."


def _resend(user: User) -> str:
    match user.status:
        case UserStatus.FORCE_CHANGE_PASSWORD if not user.enabled:
            return "They are disabled; enable them first, or the invitation leads nowhere."
        case UserStatus.FORCE_CHANGE_PASSWORD if _has_contact(user):
            return ""
        case UserStatus.FORCE_CHANGE_PASSWORD:
            return "They have no e-mail address and no phone number to send it to."
        case UserStatus.UNCONFIRMED:
            return "They registered themselves; confirm them instead."
        case UserStatus.EXTERNAL_PROVIDER:
            return "They sign in through another provider and need no invitation."
        case _:
            return "They have accepted their invitation already."


def _password(user: User) -> str:
    if user.status is UserStatus.EXTERNAL_PROVIDER:
        return "They sign in through another provider; a password here would cut them off from it."
    return ""


def _reset(user: User, pool: UserPool) -> str:
    match user.status:
        case UserStatus.CONFIRMED:
            return no_recovery(user, pool)
        case UserStatus.FORCE_CHANGE_PASSWORD:
            return "They haven't used their temporary password yet; resend the invitation or set a password."
        case UserStatus.UNCONFIRMED:
            return "They aren't confirmed yet; confirm them first."
        case UserStatus.RESET_REQUIRED:
            return (
                "Their password is reset already; they choose “Forgot password” to get a new code, "
                "or you set a password."
            )
        case _:
            return "They sign in through another provider and have no password here."


def no_recovery(user: User, pool: UserPool) -> str:
    """Why no reset code can reach the person, or an empty string.

    `pool.recovery` names the channels (`verified_email`, `verified_phone_number`, `admin_only`);
    pools that never set it use either.
    """
    channels = pool.recovery or ("verified_phone_number", "verified_email")
    if not any(channel.startswith("verified_") for channel in channels):
        return "This pool lets nobody recover a password with a code; set a password instead."
    if any(is_verified(user, channel.removeprefix("verified_")) for channel in channels):
        return ""
    wanted = " or ".join(
        name
        for channel, name in (("verified_email", "e-mail address"), ("verified_phone_number", "phone number"))
        if channel in channels
    )
    return f"They have no verified {wanted} to send the code to; mark it verified or set a password."


def _sign_out(user: User) -> str:
    if user.status is UserStatus.UNCONFIRMED:
        return "They have never signed in."
    return "" if user.enabled else "Disabling has signed them out already."


def _has_contact(user: User) -> bool:
    return bool(user.attributes.get("email") or user.attributes.get("phone_number"))


def is_verified(user: User, attribute: str) -> bool:
    """Whether `email` or `phone_number` is there and marked verified."""
    flag = user.attributes.get(f"{attribute}_verified", "")
    return bool(user.attributes.get(attribute)) and flag.lower() == "true"


def invitation_expiry(user: User, policy: PasswordPolicy) -> datetime | None:
    """When the temporary password stops working (aware, UTC), or None if there is none.

    An estimate: AWS doesn't say when the password was set. It counts from the last change of the
    user, so an edit after the invitation makes it too late, never too early.
    """
    if user.status is not UserStatus.FORCE_CHANGE_PASSWORD:
        return None
    days = policy.temporary_days or DEFAULT_TEMPORARY_DAYS
    return max(user.created, user.changed) + timedelta(days=days)


def invitation_expired(user: User, policy: PasswordPolicy, now: datetime) -> bool:
    """Whether the temporary password has (by the estimate) run out at `now` (aware)."""
    expiry = invitation_expiry(user, policy)
    return expiry is not None and expiry <= now


def status_line(user: User, policy: PasswordPolicy, now: datetime) -> str:
    """The status as a table shows it: “Active”, “Invited, expires in 2 days”, “Disabled” …"""
    title = STATUS_TEXTS[user.status].title
    expiry = invitation_expiry(user, policy)
    if expiry is not None:
        title = "Invitation expired" if expiry <= now else f"{title}, {_when(expiry - now)}"
    if user.enabled:
        return title
    # "disabled" and "active" in one breath would puzzle everybody
    active = user.status is UserStatus.CONFIRMED
    return "Disabled" if active else f"Disabled ({title[0].lower()}{title[1:]})"


def _when(left: timedelta) -> str:
    if left < timedelta(hours=1):
        return "expires within the hour"
    if left < timedelta(days=1):
        hours = int(left / timedelta(hours=1))
        return "expires in 1 hour" if hours == 1 else f"expires in {hours} hours"
    days = left.days
    return "expires in 1 day" if days == 1 else f"expires in {days} days"
