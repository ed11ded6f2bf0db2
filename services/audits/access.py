"""Who can sign in to which application, through which group, as which role; and why others can't.

    answer = by_application(pool, application)
    answer.people       # a DataFrame: who, through which groups, as which roles, and whether they can
    of_person(pool, sub, applications)

The rule: somebody in one of an application's groups is let in, if their account can sign in at all.
What wasn't read is said to be so; nobody counts as shut out because of a gap.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from services.audits.people import people_sql
from services.audits.tables import Table
from services.configuration.applications import GroupUse, group_uses
from services.csv_safe import Cell
from services.directory.pool import PoolTables
from services.directory.standing import AccessVerdict, AccountStanding, standing_sql
from services.people.memberships import Access, access
from services.store.applications import Application
from services.words import people

CAN = "Can sign in"
PEOPLE_COLUMNS = ("sub", "Person", "Name", "Username", "Status", CAN, "Why", "Through group", "As role")


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

    def count(self, verdict: AccessVerdict) -> int:
        """How many people of the groups have this verdict."""
        return int((self.people[CAN] == str(verdict)).sum())

    @property
    def sentence(self) -> str:
        """The answer in one sentence."""
        if not self.application.allowed_groups:
            return "Nobody: no allowed groups are set up for it."
        more = "at least " if self.gaps else ""
        waiting = self.count(AccessVerdict.STEP)
        text = f"{more}{people(self.count(AccessVerdict.YES))} can sign in"
        if waiting:
            text += f", {waiting:,} more {AccessVerdict.STEP.lower()}"
        untold = self.count(AccessVerdict.UNTOLD)
        text += f"; {self.count(AccessVerdict.NO):,} more in its groups can't"
        if untold:
            text += f", and of {untold:,} more it can't be told"
        return f"{text[0].upper()}{text[1:]}."


@dataclass(frozen=True, slots=True)
class PersonAccess:
    """Whether one person can sign in to one application, and why or why not, in sentences."""

    application: Application
    verdict: AccessVerdict
    through: tuple[str, ...]
    roles: tuple[str, ...]
    why: tuple[str, ...]


def by_application(
    pool: PoolTables, application: Application, now: datetime | None = None
) -> ApplicationAccess:
    """Who can sign in to `application`, judged at `now` (aware), else at the time of the snapshot."""
    relevant = _by_rank(pool, {*application.allowed_groups, *application.group_roles})
    found = pool.arrow(
        "SELECT p.*, standing, places FROM ("
        "SELECT row, list(place ORDER BY place) AS places FROM memberships JOIN ("
        'SELECT unnest($names::VARCHAR[]) AS "group", generate_subscripts($names::VARCHAR[], 1) - 1 AS place'
        f') USING ("group") GROUP BY row) JOIN {people_sql(pool)} p USING (row) '
        f"JOIN (SELECT row, {standing_sql(pool)} AS standing FROM users) USING (row) "
        "ORDER BY casefolded(label), row",
        now=now or pool.about.taken_at,
        names=list(relevant),
    ).to_pandas()
    sets = {tuple(places) for places in found["places"]}
    answers = {allowed: access((relevant[place] for place in allowed), (application,))[0] for allowed in sets}
    given = [answers[tuple(places)] for places in found["places"]]
    people = _people(found.assign(access=pd.Series(given, dtype=object)))
    return ApplicationAccess(application, _groups(pool, application), people, _gaps(pool, application))


def _by_rank(pool: PoolTables, wanted: Iterable[str]) -> tuple[str, ...]:
    """Groups by precedence (the lowest number first, those without one last), then by name."""
    ranks = dict(pool.rows("SELECT name, precedence FROM groups"))

    def rank(name: str) -> tuple[bool, int, str]:
        known = ranks.get(name)
        return known is None, known or 0, name.casefold()

    return tuple(sorted(wanted, key=rank))


def _people(found: pd.DataFrame) -> pd.DataFrame:
    """The people who can sign in, a row each with `PEOPLE_COLUMNS`."""
    let_in = found[found["access"].map(lambda answer: answer.allowed).astype(bool)]
    standings = [AccountStanding(standing) for standing in let_in["standing"]]
    columns = (
        *(let_in[name].tolist() for name in ("sub", "label", "name", "username", "title")),
        [str(standing.verdict) for standing in standings],
        [standing.words for standing in standings],
        [", ".join(answer.through) for answer in let_in["access"]],
        [", ".join(answer.roles) for answer in let_in["access"]],
    )
    return pd.DataFrame(dict(zip(PEOPLE_COLUMNS, columns, strict=True)), dtype=object)


def _groups(pool: PoolTables, application: Application) -> tuple[GroupUse, ...]:
    """The application's groups, and whether the pool has them."""
    mine = set(application.allowed_groups)
    uses = group_uses((application,), pool.group_names)
    return tuple(use for use in uses if use.group in mine)


def _gaps(pool: PoolTables, application: Application) -> tuple[str, ...]:
    said = []
    unread = sorted(
        pool.completeness.unread_among(application.allowed_groups, pool.group_names), key=str.casefold
    )
    if unread:
        said.append(
            f"Not all members of {', '.join(unread)} could be read, so more people may be able to sign in."
        )
    if application.allowed_groups and not pool.completeness.all_people:
        said.append("People may be missing from this snapshot, so more may be able to sign in.")
    return tuple(said)


def of_person(
    pool: PoolTables, sub: str, applications: Sequence[Application], now: datetime | None = None
) -> list[PersonAccess] | None:
    """For one person: each application with the verdict and every reason; `now` as in `by_application`.

    None: they aren't in the pool.
    """
    found = pool.rows(
        f"SELECT row, {standing_sql(pool)} FROM users WHERE sub = $sub",
        now=now or pool.about.taken_at,
        sub=sub,
    )
    if not found:
        return None
    row, standing = found[0]
    mine = pool.groups_of([row]).get(row, ())
    account = AccountStanding(standing)
    return [_of_person(pool, answer, account) for answer in access(_by_rank(pool, mine), applications)]


def _of_person(pool: PoolTables, found: Access, standing: AccountStanding) -> PersonAccess:
    why = [standing.words] if standing.words else []
    if found.allowed:
        verdict = standing.verdict
    else:
        verdict, reason = _shut_out(pool, found.application, standing)
        why.append(reason)
    return PersonAccess(
        found.application, verdict, found.through, found.roles if found.allowed else (), tuple(why)
    )


def _shut_out(
    pool: PoolTables, application: Application, standing: AccountStanding
) -> tuple[AccessVerdict, str]:
    """Why somebody in none of the application's groups, as far as was read, doesn't get in."""
    allowed = application.allowed_groups
    if not allowed:
        return AccessVerdict.NO, "No allowed groups are set up for the application."
    unread = sorted(pool.completeness.unread_among(allowed, pool.group_names), key=str.casefold)
    if unread:
        reason = f"Whether they are in {' or '.join(unread)} could not be read."
        return (AccessVerdict.NO if standing.verdict is AccessVerdict.NO else AccessVerdict.UNTOLD), reason
    gone = [name for name in allowed if name not in set(pool.group_names)]
    reason = f"They are not in {' or '.join(allowed)}."
    if gone:
        reason += f" (The pool has no group {' or '.join(gone)}.)"
    return AccessVerdict.NO, reason


def access_table(found: Sequence[ApplicationAccess]) -> Table:
    """Who can sign in to what, one line per person and application, to hand over."""

    def lines() -> Iterable[Sequence[Cell]]:
        for answer in found:
            if answer.people.empty:
                yield (
                    answer.application.name,
                    *("" for _ in PEOPLE_COLUMNS[1:5]),
                    "",
                    answer.sentence,
                    "",
                    "",
                )
            for line in answer.people[list(PEOPLE_COLUMNS[1:])].itertuples(index=False):
                yield (answer.application.name, *line)

    return Table("Access by application", ("Application", *PEOPLE_COLUMNS[1:]), lines)


def applications_table(found: Sequence[ApplicationAccess]) -> Table:
    """One line per application as a table for a file."""
    return Table(
        "Applications",
        (
            "Application",
            "Allowed groups",
            *(verdict.heading for verdict in AccessVerdict),
            "What may be missing",
        ),
        lambda: [
            (
                answer.application.name,
                ", ".join(answer.application.allowed_groups),
                *(answer.count(verdict) for verdict in AccessVerdict),
                " ".join(answer.gaps),
            )
            for answer in found
        ],
    )
