"""Who can sign in to which application, through which group, as which role; and why others can't.

    one = by_application(snapshot, application)
    one.people          # a DataFrame: who, through which groups, as which roles, and whether they can
    of_person(snapshot, sub, applications)

The rule: somebody in one of an application's groups is let in, if their account can sign in at all.
What wasn't read is said to be so; nobody counts as shut out because of a gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from enum import StrEnum

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from services.audits.columns import (
    Numbers,
    column,
    incidence,
    labels,
    names,
    positions,
    status_title,
    truths,
    unread_groups,
    usernames,
    users_known,
)
from services.audits.tables import Table
from services.cognito.models import UserStatus
from services.cognito.status import DEFAULT_TEMPORARY_DAYS
from services.configuration.applications import GroupUse, group_uses
from services.csv_safe import Cell
from services.directory.snapshot import TIME, Snapshot
from services.people.memberships import Access, access
from services.store.applications import Application
from services.words import people


class Verdict(StrEnum):
    """Whether somebody can sign in to an application."""

    YES = "can sign in"
    STEP = "can, after a step of their own"
    NO = "can't"
    UNTOLD = "can't be told"


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account's state says about signing in at all, with the reason in words."""

    verdict: Verdict
    why: str = ""


_BY_STATUS = {
    UserStatus.CONFIRMED: Standing(Verdict.YES),
    UserStatus.EXTERNAL_PROVIDER: Standing(Verdict.YES, "Through their own sign-in provider."),
    UserStatus.FORCE_CHANGE_PASSWORD: Standing(
        Verdict.STEP, "Invited: they first choose a password of their own."
    ),
    UserStatus.RESET_REQUIRED: Standing(Verdict.STEP, "They first have to reset their password."),
    UserStatus.UNCONFIRMED: Standing(Verdict.NO, "Not confirmed: they never entered their code."),
}
_KNOWN = frozenset(str(one) for one in UserStatus)
_ODD = Standing(Verdict.UNTOLD, "Their status says nothing about signing in; look in AWS.")
_DISABLED = Standing(Verdict.NO, "The account is disabled.")
_EXPIRED = Standing(Verdict.NO, "The invitation has expired (by the date of the last change).")

PEOPLE_COLUMNS = ("sub", "Person", "Name", "Username", "Status", "Verdict", "Why", "Through", "As")


@dataclass(frozen=True)
class ApplicationAccess:
    """Who is let in to one application, as of the snapshot.

    `people`: one line (`PEOPLE_COLUMNS`) for everybody in one of its groups, also those who can't
    sign in. `gaps`: why more people may be let in than are listed.
    """

    application: Application
    groups: tuple[GroupUse, ...]
    people: pd.DataFrame
    gaps: tuple[str, ...]

    def count(self, verdict: Verdict) -> int:
        """How many people of the groups have this verdict."""
        return int((self.people["Verdict"] == str(verdict)).sum())

    @property
    def sentence(self) -> str:
        """The answer in one sentence."""
        if not self.application.allowed_groups:
            return "Nobody: no allowed groups are set up for it."
        able = self.count(Verdict.YES) + self.count(Verdict.STEP)
        more = "at least " if self.gaps else ""
        waiting = self.count(Verdict.STEP)
        text = f"{more}{people(able)} can sign in"
        if waiting:
            text += f", {waiting:,} of them after a step of their own"
        return f"{text[0].upper()}{text[1:]}; {len(self.people) - able:,} more in its groups can't."


@dataclass(frozen=True, slots=True)
class PersonAccess:
    """Whether one person can sign in to one application, and why or why not, in sentences."""

    application: Application
    verdict: Verdict
    through: tuple[str, ...]
    roles: tuple[str, ...]
    why: tuple[str, ...]


def by_application(snapshot: Snapshot, application: Application) -> ApplicationAccess:
    """Who can sign in to `application`, judged at the time of the snapshot."""
    relevant = _by_rank(snapshot, {*application.allowed_groups, *application.group_roles})
    held = incidence(snapshot, relevant)
    numbers, sets = held.sets()
    answers = [access((held.names[one] for one in found), (application,))[0] for found in sets]
    let_in = np.array([one.allowed for one in answers], np.bool_)
    rows: Numbers = np.flatnonzero(let_in[numbers])
    people = _people(snapshot, rows, [answers[one] for one in numbers[rows].tolist()])
    return ApplicationAccess(
        application, _groups(snapshot, application), people, _gaps(snapshot, application)
    )


def _by_rank(snapshot: Snapshot, wanted: Iterable[str]) -> tuple[str, ...]:
    """Groups by precedence (the lowest number first, those without one last), then by name."""
    ranks = dict(
        zip(snapshot.groups["name"].to_pylist(), snapshot.groups["precedence"].to_pylist(), strict=True)
    )

    def rank(name: str) -> tuple[bool, int, str]:
        known = ranks.get(name)
        return known is None, known or 0, name.casefold()

    return tuple(sorted(wanted, key=rank))


def _people(snapshot: Snapshot, rows: Numbers, answers: Sequence[Access]) -> pd.DataFrame:
    users = snapshot.users.take(pa.array(rows))
    states = standings(snapshot, rows)
    columns = (
        users["sub"].to_pylist(),
        labels(users).to_pylist(),
        names(users).to_pylist(),
        usernames(users).to_pylist(),
        [status_title(one) for one in column(users, "status").to_pylist()],
        [str(one.verdict) for one in states],
        [one.why for one in states],
        [", ".join(one.through) for one in answers],
        [", ".join(one.roles) for one in answers],
    )
    found = pd.DataFrame(dict(zip(PEOPLE_COLUMNS, columns, strict=True)), dtype=object)
    return found.sort_values("Person", key=lambda one: one.str.casefold(), kind="stable", ignore_index=True)


def standings(snapshot: Snapshot, rows: Numbers) -> list[Standing]:
    """What the account of each of these people (positions in `snapshot.users`) says about signing in."""
    users = snapshot.users.take(pa.array(rows))
    expired = _expired(snapshot, users)
    states = column(users, "status").to_pylist()
    return [
        _standing(status, enabled, old)
        for status, enabled, old in zip(states, truths(users).tolist(), expired, strict=True)
    ]


def _standing(status: str | None, enabled: bool, expired: bool) -> Standing:
    if not enabled:
        return _DISABLED
    if status == UserStatus.FORCE_CHANGE_PASSWORD and expired:
        return _EXPIRED
    return _BY_STATUS.get(UserStatus(status), _ODD) if status and status in _KNOWN else _ODD


def _expired(snapshot: Snapshot, users: pa.Table) -> list[bool]:
    """Whose temporary password has run out at the time of the snapshot, if they have one.

    The same estimate as `services.cognito.status.invitation_expiry`.
    """
    days = snapshot.about.pool.policy.temporary_days or DEFAULT_TEMPORARY_DAYS
    since = snapshot.about.taken_at.astimezone(UTC) - timedelta(days=days)
    # times of people are whole milliseconds, so cutting off the rest keeps the comparison exact
    limit = pa.scalar(since.replace(microsecond=since.microsecond // 1000 * 1000), TIME)
    past = [pc.fill_null(pc.less_equal(users[name], limit), True) for name in ("created", "changed")]
    return [bool(one) for one in pc.and_(*past).to_pylist()]


def _groups(snapshot: Snapshot, application: Application) -> tuple[GroupUse, ...]:
    """The application's groups, and whether the pool has them."""
    mine = set(application.allowed_groups)
    uses = group_uses((application,), snapshot.group_names)
    return tuple(one for one in uses if one.group in mine)


def _gaps(snapshot: Snapshot, application: Application) -> tuple[str, ...]:
    said = []
    unread = sorted(unread_groups(snapshot, application.allowed_groups), key=str.casefold)
    if unread:
        said.append(
            f"Not all members of {', '.join(unread)} could be read, so more people may be able to sign in."
        )
    if application.allowed_groups and not users_known(snapshot):
        said.append("People may be missing from this snapshot, so more may be able to sign in.")
    return tuple(said)


def of_person(snapshot: Snapshot, sub: str, applications: Sequence[Application]) -> list[PersonAccess] | None:
    """For one person: each application with the verdict and every reason. None: not in the snapshot."""
    row = int(positions(pa.array([sub], pa.string()), snapshot.users["sub"])[0])
    if row < 0:
        return None
    own = pc.equal(snapshot.memberships["sub"], sub)
    mine = set(snapshot.memberships["group"].filter(own).to_pylist())
    standing = standings(snapshot, np.array([row], np.int64))[0]
    found = access(_by_rank(snapshot, mine), applications)
    return [_of_person(snapshot, one, standing) for one in found]


def _of_person(snapshot: Snapshot, one: Access, standing: Standing) -> PersonAccess:
    why = [standing.why] if standing.why else []
    if one.allowed:
        verdict = standing.verdict
    else:
        verdict, reason = _shut_out(snapshot, one.application, standing)
        why.append(reason)
    return PersonAccess(one.application, verdict, one.through, one.roles if one.allowed else (), tuple(why))


def _shut_out(snapshot: Snapshot, application: Application, standing: Standing) -> tuple[Verdict, str]:
    """Why somebody in none of the application's groups, as far as was read, doesn't get in."""
    allowed = application.allowed_groups
    if not allowed:
        return Verdict.NO, "No allowed groups are set up for the application."
    unread = sorted(unread_groups(snapshot, allowed), key=str.casefold)
    if unread:
        reason = f"Whether they are in {' or '.join(unread)} could not be read."
        return (Verdict.NO if standing.verdict is Verdict.NO else Verdict.UNTOLD), reason
    gone = [name for name in allowed if name not in set(snapshot.group_names)]
    reason = f"They are not in {' or '.join(allowed)}."
    if gone:
        reason += f" (The pool has no group {' or '.join(gone)}.)"
    return Verdict.NO, reason


def access_table(found: Sequence[ApplicationAccess]) -> Table:
    """Who can sign in to what, one line per person and application, to hand over."""

    def lines() -> Iterable[Sequence[Cell]]:
        for one in found:
            if one.people.empty:
                yield (one.application.name, *("" for _ in PEOPLE_COLUMNS[1:5]), "", one.sentence, "", "")
            for line in one.people[list(PEOPLE_COLUMNS[1:])].itertuples(index=False):
                yield (one.application.name, *line)

    return Table("Access by application", ("Application", *PEOPLE_COLUMNS[1:]), lines)


def applications_table(found: Sequence[ApplicationAccess]) -> Table:
    """One line per application, to hand over."""
    return Table(
        "Applications",
        ("Application", "Allowed groups", *(str(one) for one in Verdict), "What may be missing"),
        lambda: [
            (
                one.application.name,
                ", ".join(one.application.allowed_groups),
                *(one.count(verdict) for verdict in Verdict),
                " ".join(one.gaps),
            )
            for one in found
        ],
    )
