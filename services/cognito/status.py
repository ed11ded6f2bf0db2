"""What a user's status means, in words for support. Which actions make sense in it, the actions know.

Sources: Cognito API reference (UserType, AdminCreateUser, AdminSetUserPassword,
AdminResetUserPassword, AdminConfirmSignUp, AdminDisableUser) and developer guide, "Managing user
accounts". AWS returns no expiry of temporary passwords, so ours comes from what is known of when they
were set, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from services.cognito.models import PasswordPolicy, User, UserStatus
from services.words import time_left


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
            "They registered themselves and were never confirmed, so they can't sign in.",
            "Enter the code from the registration message, or be confirmed by an operator.",
        ),
        UserStatus.CONFIRMED: StatusText(
            "Active",
            "CONFIRMED",
            "The account is confirmed; nothing has to be done first.",
            "Nothing: they can sign in.",
        ),
        UserStatus.FORCE_CHANGE_PASSWORD: StatusText(
            "Invited",
            "FORCE_CHANGE_PASSWORD",
            "They have a temporary password, and haven't chosen one of their own yet.",
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


def is_verified(user: User, attribute: str) -> bool:
    """Whether `email` or `phone_number` is there and marked verified."""
    flag = user.attributes.get(f"{attribute}_verified", "")
    return bool(user.attributes.get(attribute)) and flag.lower() == "true"


def invited_between(user: User) -> tuple[datetime, datetime]:
    """Between which moments (aware, UTC) the last temporary password was set.

    Not before the user was made, and not after they were last changed: every edit moves
    `UserLastModifiedDate`, so a late one says nothing. The console's log narrows it down
    (`services.directory.invitations`).
    """
    first = user.invited_from or user.created
    return first, max(first, user.invited_until or user.changed)


def invitation_expiry(user: User, policy: PasswordPolicy) -> datetime | None:
    """When the temporary password stops working (aware, UTC) at the earliest; None if there is none."""
    if user.status is not UserStatus.FORCE_CHANGE_PASSWORD:
        return None
    return invited_between(user)[0] + timedelta(days=policy.valid_days)


def invitation_expired(user: User, policy: PasswordPolicy, now: datetime) -> bool | None:
    """Whether the temporary password has run out at `now` (aware); None where nobody can know.

    That is so when it would have, but the user was changed since for a reason that isn't known here:
    that may have been an edit, or another temporary password.
    """
    expiry = invitation_expiry(user, policy)
    if expiry is None or expiry > now:
        return False
    return True if invited_between(user)[1] + timedelta(days=policy.valid_days) <= now else None


EXPIRED_TITLE = "Invitation expired"
UNSURE_TITLE = "Invited, unknown whether expired"


def status_line(user: User, policy: PasswordPolicy, now: datetime) -> str:
    """The status as a table shows it: “Active”, “Invited, expires in 2 days”, “Disabled” …"""
    title = STATUS_TEXTS[user.status].title
    expiry = invitation_expiry(user, policy)
    if expiry is not None:
        match invitation_expired(user, policy, now):
            case None:
                title = UNSURE_TITLE
            case True:
                title = EXPIRED_TITLE
            case False:
                title = f"{title}, expires in {time_left(expiry - now)}"
    return account_line(title, enabled=user.enabled)


def status_in_full(user: User) -> str:
    """What the status means, and what AWS calls it: what is told over `status_line`."""
    text = STATUS_TEXTS[user.status]
    account = "enabled" if user.enabled else "disabled"
    return f"{text.meaning} Cognito calls the status {text.term}; the account is {account}."


def account_line(title: str, *, enabled: bool) -> str:
    """What a status or a state is called, and whether the account is disabled, in one."""
    if enabled:
        return title
    # "disabled" and "active" in one breath would puzzle everybody
    active = title == STATUS_TEXTS[UserStatus.CONFIRMED].title
    return "Disabled" if active else f"Disabled ({title[0].lower()}{title[1:]})"
