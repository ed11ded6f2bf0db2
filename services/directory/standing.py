"""Whether somebody can sign in at all, by what the pool knows of their account, and why not.

    standing_of(user, pool, now).verdict                      # of one person
    pool.rows(f"SELECT {standing_sql(tables)} FROM users", now=now)   # of everybody, the same

Which applications let them in is another question (`services.audits.access`).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from services.cognito.models import User, UserPool, UserStatus
from services.cognito.recovery import recovery_attributes, recovery_of, shared_with_factors
from services.directory.filtering import state_of
from services.directory.person_state import PersonState
from services.words import NamedInWords

if TYPE_CHECKING:
    from services.directory.pool import PoolTables


class AccessVerdict(StrEnum):
    """Whether somebody can sign in, in the words of pages and files."""

    YES = "Yes"
    STEP = "After a step of their own"
    NO = "No"
    UNTOLD = "Can't be told"

    @property
    def heading(self) -> str:
        """What a column is called that counts an application's people with this verdict."""
        return _HEADINGS.get(self, str(self))


_HEADINGS = {AccessVerdict.YES: "Can sign in", AccessVerdict.NO: "In its groups, but can't"}


class AccountStanding(NamedInWords):
    """What an account says about signing in: the reason in words, and the `verdict`."""

    OPEN = "open", ""
    ELSEWHERE = "elsewhere", "Through their own sign-in provider."
    INVITED = "invited", "Invited: they first choose a password of their own."
    RESET = "reset", "They first have to reset their password."
    RESET_UNSURE = (
        "reset-unsure",
        "They first have to reset their password. Whether a code for that reaches them depends on their "
        "second factor, which wasn't looked up.",
    )
    STUCK = "stuck", "Their password was reset, and no code for a new one can reach them."
    EXPIRED = "expired", "The invitation has expired."
    UNSURE = (
        "unsure",
        "Invited; they were changed since, and nobody here knows whether they got another password.",
    )
    UNCONFIRMED = "unconfirmed", "Not confirmed: their registration was never finished."
    RETIRED = "retired", "The account has a status that Cognito no longer uses."
    UNKNOWN = "unknown", "Their status says nothing about signing in; look in AWS."
    DISABLED = "disabled", "The account is disabled."

    @property
    def verdict(self) -> AccessVerdict:
        """Whether they can sign in, as far as their account says."""
        return _VERDICTS.get(self, AccessVerdict.NO)


_VERDICTS = {
    AccountStanding.OPEN: AccessVerdict.YES,
    AccountStanding.ELSEWHERE: AccessVerdict.YES,
    AccountStanding.INVITED: AccessVerdict.STEP,
    AccountStanding.RESET: AccessVerdict.STEP,
    AccountStanding.RESET_UNSURE: AccessVerdict.UNTOLD,
    AccountStanding.UNSURE: AccessVerdict.UNTOLD,
    AccountStanding.UNKNOWN: AccessVerdict.UNTOLD,
}
_BY_STATE = {
    PersonState.ACTIVE: AccountStanding.OPEN,
    PersonState.ELSEWHERE: AccountStanding.ELSEWHERE,
    PersonState.INVITED: AccountStanding.INVITED,
    PersonState.EXPIRED: AccountStanding.EXPIRED,
    PersonState.UNSURE: AccountStanding.UNSURE,
    PersonState.UNCONFIRMED: AccountStanding.UNCONFIRMED,
}


def standing_of(
    user: User, pool: UserPool, now: datetime, factors: Collection[str] | None = None
) -> AccountStanding:
    """What the account of `user` says at `now` (aware); `factors`: see `recovery_of`."""
    if not user.enabled:
        return AccountStanding.DISABLED
    state = state_of(user, pool.policy, now)
    if state is PersonState.RESET:
        found = recovery_of(user, pool, factors)
        if found.sure:
            return AccountStanding.RESET
        return AccountStanding.STUCK if found.problem else AccountStanding.RESET_UNSURE
    if state is PersonState.OTHER:
        unknown = user.status is UserStatus.UNKNOWN
        return AccountStanding.UNKNOWN if unknown else AccountStanding.RETIRED
    return _BY_STATE[state]


def standing_sql(tables: PoolTables, moment: str = "$now") -> str:
    """SQL over `users`: the value of `standing_of` at `moment` (SQL), while nobody's factors are known."""
    pool = tables.about.pool
    reached = {name: _verified(tables, name) for name in recovery_attributes(pool)}
    sure = [reached[name] for name in reached if name not in shared_with_factors(pool)]
    by_state = " ".join(f"WHEN '{state}' THEN '{standing}'" for state, standing in _BY_STATE.items())
    return (
        f"CASE WHEN NOT coalesce(enabled, false) THEN '{AccountStanding.DISABLED}' "
        f"ELSE CASE state_at(status, invited_from, invited_until, {moment}) {by_state} "
        f"WHEN '{PersonState.RESET}' THEN CASE WHEN {_any(sure)} THEN '{AccountStanding.RESET}' "
        f"WHEN {_any(list(reached.values()))} THEN '{AccountStanding.RESET_UNSURE}' "
        f"ELSE '{AccountStanding.STUCK}' END "
        f"ELSE CASE WHEN status = '{UserStatus.UNKNOWN}' THEN '{AccountStanding.UNKNOWN}' "
        f"ELSE '{AccountStanding.RETIRED}' END END END"
    )


def _verified(tables: PoolTables, attribute: str) -> str:
    """`services.cognito.status.is_verified` as SQL."""
    value, flag = tables.column(attribute), tables.column(f"{attribute}_verified")
    return f"coalesce({value} <> '' AND lower({flag}) = 'true', false)"


def _any(conditions: Collection[str]) -> str:
    return f"({' OR '.join(conditions)})" if conditions else "false"
