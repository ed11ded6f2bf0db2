"""The user × group matrix: who is in which group, filtered, by page and as a table; and how groups overlap.

    matrix = matrix_of(pool, MatrixFilter(groups=("billing", "auditors"), held=Held.ALL))
    matrix.page(0, 50)          # a pandas DataFrame
    group_sizes(matrix)         # counted among the same people, so table and picture agree

A cell says one of three things: in the group, not in it, or can't be told (the snapshot could not
read all members of that group).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from services.audits.people import people_at, people_sql
from services.audits.tables import Table
from services.csv_safe import Cell
from services.directory.filtering import STATE_TITLES
from services.directory.orders import Rows
from services.directory.person_state import PersonState
from services.directory.pool import PoolTables
from services.errors import InvalidValue

IN, OUT, UNTOLD = "x", "", "?"
"""What stands in a cell: in the group, not in it, can't be told."""

PERSON = ("Person", "Name", "Username", "Status", "Enabled", "Groups")
MOST_CELLS = 5_000_000
"""A table of people × groups larger than this is handed over as one line per membership only."""

MOST_PAIRED = 400
"""Pairs are counted for at most so many groups (the largest)."""

NO_GROUP = "(in none of these groups)"
SEARCHED = ("username", "email", "phone_number", "name", "given_name", "family_name", "preferred_username")
_AT_ONCE = 10_000


class GroupMatch(StrEnum):
    """Which people to show: everybody, or those in any, in all or in none of the groups chosen."""

    EVERYBODY = "everybody"
    ANY = "in at least one of them"
    ALL = "in all of them"
    NONE = "in none of them"


@dataclass(frozen=True, slots=True)
class MatrixFilter:
    """Which people and groups. Empty means all; `enabled` None means both.

    `text`: words that all occur in a name, address or username. `groups` are the columns shown;
    `held` says how people relate to them.
    """

    text: str = ""
    states: tuple[PersonState, ...] = ()
    enabled: bool | None = None
    groups: tuple[str, ...] = ()
    held: GroupMatch = GroupMatch.EVERYBODY

    @property
    def sentence(self) -> str:
        """The filter in words, for exports."""
        parts = [f"containing “{self.text.strip()}”"] if self.text.strip() else []
        if self.states:
            parts.append("status " + " or ".join(STATE_TITLES[state].lower() for state in self.states))
        if self.enabled is not None:
            parts.append("enabled" if self.enabled else "disabled")
        if self.groups:
            parts.append(f"groups {', '.join(self.groups)}")
            if self.held is not GroupMatch.EVERYBODY:
                parts.append(self.held.value)
        return "; ".join(parts) if parts else "all people, all groups"


NO_FILTER = MatrixFilter()


@dataclass(frozen=True, slots=True)
class _Condition:
    """Which people are shown: a condition over `users`, and the values that it names."""

    sql: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Matrix:
    """People × groups of one pool: `rows` are the numbers of the people shown, by label.

    `groups` are the columns, `unread` those of them of which not all members are known.
    """

    pool: PoolTables
    filter: MatrixFilter
    groups: tuple[str, ...]
    rows: Rows
    unread: frozenset[str]
    condition: _Condition = field(repr=False)

    def __len__(self) -> int:
        return len(self.rows)

    def ask(self, sql: str, **more: Any) -> list[tuple[Any, ...]]:
        """Rows of a query over `held`: `row`, `"group"` and `place` (in `groups`) of what is shown.

        `shown` are the people shown, whether they hold a group or not.
        """
        return self.pool.rows(
            f"WITH shown AS (SELECT * FROM users WHERE {self.condition.sql}), "
            'columns AS (SELECT unnest($groups::VARCHAR[]) AS "group", '
            "generate_subscripts($groups::VARCHAR[], 1) - 1 AS place), "
            'held AS (SELECT row, "group", place FROM memberships SEMI JOIN shown USING (row) '
            f'JOIN columns USING ("group")) {sql}',
            groups=list(self.groups),
            **self.condition.values,
            **more,
        )

    @cached_property
    def sizes(self) -> dict[str, int]:
        """How many of the people shown are in each group."""
        counts = dict(self.ask('SELECT "group", count(*) FROM held GROUP BY ALL'))
        return {name: counts.get(name, 0) for name in self.groups}

    def page(self, start: int, count: int, groups: Sequence[str] | None = None) -> pd.DataFrame:
        """So many people from `start`, with `PERSON` columns, then a column per group."""
        shown = self.groups if groups is None else tuple(groups)
        lines = list(self._lines(self.rows[start : start + count], shown))
        header = [*PERSON, *shown]
        # names of groups may be those of other columns: pandas takes both
        return pd.DataFrame(lines, columns=pd.Index(header))

    def subs(self, start: int, count: int) -> list[str]:
        """The subs of the people that `page` shows."""
        found: list[str] = people_at(self.pool, self.rows[start : start + count])["sub"].to_pylist()
        return found

    @property
    def is_wide_possible(self) -> bool:
        """Whether people × groups is small enough to be one table."""
        return len(self) * max(1, len(self.groups)) <= MOST_CELLS

    def wide(self) -> Table:
        """One line per person, a column per group. Raises `InvalidValue` when that is too large."""
        if not self.is_wide_possible:
            raise InvalidValue(
                f"{len(self):,} people × {len(self.groups):,} groups is too large for one table.",
                "Choose fewer groups, or take the list with one line per membership.",
            )
        return Table("Matrix", (*PERSON, *self.groups), lambda: self._lines(self.rows, self.groups))

    def long(self) -> Table:
        """One line per membership; people without any of the groups have one line with an empty group."""

        def lines() -> Iterator[Sequence[Cell]]:
            for who, mine in self._people(self.rows):
                for group in mine or ("",):
                    yield (*who[:5], group)

        return Table("Memberships", (*PERSON[:5], "Group"), lines)

    def _people(self, rows: Rows) -> Iterator[tuple[tuple[Cell, ...], tuple[str, ...]]]:
        """Of each of these people the cells of `PERSON`, and those of `groups` that they are in."""
        place = {name: number for number, name in enumerate(self.groups)}
        for start in range(0, len(rows), _AT_ONCE):
            part = rows[start : start + _AT_ONCE]
            groups = self.pool.groups_of(part)
            for person in people_at(self.pool, part).to_pylist():
                held = (name for name in groups.get(person["row"], ()) if name in place)
                mine = tuple(sorted(held, key=place.__getitem__))
                enabled = "yes" if person["enabled"] else "no"
                yield (
                    (
                        person["label"],
                        person["name"],
                        person["username"],
                        person["title"],
                        enabled,
                        len(mine),
                    ),
                    mine,
                )

    def _lines(self, rows: Rows, groups: Sequence[str]) -> Iterator[Sequence[Cell]]:
        place = {name: number for number, name in enumerate(groups)}
        blank = [UNTOLD if name in self.unread else OUT for name in groups]
        for who, mine in self._people(rows):
            cells = list(blank)
            for name in mine:
                if name in place:
                    cells[place[name]] = IN
            yield (*who, *cells)


def matrix_of(pool: PoolTables, wanted: MatrixFilter = NO_FILTER) -> Matrix:
    """The matrix of a pool. Groups that it doesn't have are left out of the filter's."""
    known = set(pool.group_names)
    groups = tuple(name for name in dict.fromkeys(wanted.groups) if name in known) or pool.group_names
    condition = _condition(pool, wanted, groups)
    rows = pool.numpy(
        f"SELECT row FROM {people_sql(pool)} SEMI JOIN (SELECT row FROM users WHERE {condition.sql}) "
        "USING (row) ORDER BY lower(label), row",
        **condition.values,
    )["row"]
    unread = pool.completeness.unread_among(groups, pool.group_names)
    return Matrix(pool, wanted, groups, rows.astype(np.int32), unread, condition)


def _condition(pool: PoolTables, wanted: MatrixFilter, groups: tuple[str, ...]) -> _Condition:
    parts: list[str] = []
    values: dict[str, Any] = {}
    text = f"lower(concat_ws(chr(10), {', '.join(pool.column(name) for name in SEARCHED)}))"
    for number, word in enumerate(wanted.text.split()):
        parts.append(f"contains({text}, lower($word{number}))")
        values[f"word{number}"] = word
    if wanted.states:
        parts.append(
            "state_at(status, invited_from, invited_until, now())::VARCHAR "
            "IN (SELECT unnest($states::VARCHAR[]))"
        )
        values["states"] = [str(state) for state in wanted.states]
    if wanted.enabled is not None:
        parts.append("coalesce(enabled, false) = $enabled")
        values["enabled"] = wanted.enabled
    members = 'SELECT row FROM memberships WHERE "group" IN (SELECT unnest($chosen::VARCHAR[]))'
    held = wanted.held if wanted.groups else GroupMatch.EVERYBODY
    if held is GroupMatch.ALL and not groups:
        held = GroupMatch.EVERYBODY  # a pool without groups: everybody is in all of them
    if held is not GroupMatch.EVERYBODY:
        values["chosen"] = list(groups)
        parts.append(
            {
                GroupMatch.ANY: f"row IN ({members})",
                GroupMatch.ALL: f"row IN ({members} GROUP BY row HAVING count(*) = len($chosen::VARCHAR[]))",
                GroupMatch.NONE: f"row NOT IN ({members})",
            }[held]
        )
    return _Condition(" AND ".join(parts) or "true", values)


@dataclass(frozen=True, slots=True)
class GroupSize:
    """People of one group among those counted. `complete` is False when more may be in it."""

    group: str
    enabled: int
    disabled: int
    complete: bool = True

    @property
    def people(self) -> int:
        """How many people are in the group, enabled and disabled together."""
        return self.enabled + self.disabled


@dataclass(frozen=True, slots=True)
class Combination:
    """People who are in exactly these groups of those looked at."""

    groups: tuple[str, ...]
    people: int


@dataclass(frozen=True)
class Pairs:
    """For each two groups how many people are in both; the diagonal holds the sizes."""

    groups: tuple[str, ...]
    both: np.ndarray[Any, np.dtype[np.int64]]

    def share(self, first: int, other: int) -> float:
        """The part (0–1) of the people in group `first` who are in group `other` as well."""
        size = int(self.both[first, first])
        return int(self.both[first, other]) / size if size else 0.0


def group_sizes(matrix: Matrix) -> list[GroupSize]:
    """The size of each group, largest first."""
    counted = matrix.ask(
        'SELECT "group", count(*) FILTER (WHERE enabled), count(*) FILTER (WHERE enabled IS NOT true) '
        "FROM held JOIN shown USING (row) GROUP BY ALL"
    )
    counts = {name: (yes, no) for name, yes, no in counted}
    found = [GroupSize(name, *counts.get(name, (0, 0)), name not in matrix.unread) for name in matrix.groups]
    return sorted(found, key=lambda size: (-size.people, size.group.casefold()))


def status_by_group(matrix: Matrix) -> pd.DataFrame:
    """How many people of each status are in each group: columns Group, Status, People (no zeros)."""
    lines = matrix.ask(
        f'SELECT "group", title, count(*) FROM held JOIN {people_sql(matrix.pool, "shown")} USING (row) '
        'GROUP BY "group", title, place ORDER BY place, title'
    )
    return pd.DataFrame(lines, columns=["Group", "Status", "People"])


def largest(matrix: Matrix, most: int) -> tuple[str, ...]:
    """The `most` largest groups among the people counted, by name."""
    found = [size.group for size in group_sizes(matrix)[:most]]
    return tuple(sorted(found, key=str.casefold))


def pairs(matrix: Matrix, most: int = MOST_PAIRED) -> Pairs:
    """How many people each two of the largest groups share."""
    names = largest(matrix, most)
    place = {name: number for number, name in enumerate(names)}
    both = np.zeros((len(names), len(names)), np.int64)
    for first, other, count in matrix.ask(
        ', chosen AS (SELECT row, "group" FROM held WHERE "group" IN (SELECT unnest($names::VARCHAR[]))) '
        'SELECT a."group", b."group", count(*) FROM chosen a JOIN chosen b USING (row) GROUP BY ALL',
        names=list(names),
    ):
        both[place[first], place[other]] = count
    return Pairs(names, both)


def combinations(matrix: Matrix) -> list[Combination]:
    """Every combination of the groups that somebody has, the most frequent first."""
    found = matrix.ask(
        "SELECT places, count(*) FROM shown LEFT JOIN "
        "(SELECT row, list(place ORDER BY place) AS places FROM held GROUP BY row) USING (row) "
        "GROUP BY places"
    )
    named = [
        Combination(tuple(matrix.groups[place] for place in places or ()), count) for places, count in found
    ]
    return sorted(
        named, key=lambda combination: (-combination.people, [name.casefold() for name in combination.groups])
    )


def sizes_table(matrix: Matrix) -> Table:
    """Group sizes as a table for a file."""
    return Table(
        "Group sizes",
        ("Group", "People", "Enabled", "Disabled", "All members read"),
        lambda: [
            (size.group, size.people, size.enabled, size.disabled, "yes" if size.complete else "NO")
            for size in group_sizes(matrix)
        ],
    )


def status_table(matrix: Matrix) -> Table:
    """People by group and status as a table for a file."""
    found = status_by_group(matrix)
    return Table(
        "Status by group",
        ("Group", "Status", "People"),
        lambda: [tuple(line) for line in found.itertuples(index=False)],
    )


def combinations_table(matrix: Matrix) -> Table:
    """Combinations of groups as a table for a file."""
    return Table(
        "Combinations",
        ("Groups", "Number of groups", "People"),
        lambda: (
            ("; ".join(combination.groups) or NO_GROUP, len(combination.groups), combination.people)
            for combination in combinations(matrix)
        ),
    )


def pairs_table(matrix: Matrix) -> Table:
    """Pairs of groups that share people, to hand over."""

    def lines() -> list[tuple[str, str, int, int, int]]:
        found = pairs(matrix)
        size = np.diagonal(found.both)
        firsts, seconds = np.nonzero(np.triu(found.both, 1))
        order = np.argsort(-found.both[firsts, seconds], kind="stable")
        return [
            (found.groups[a], found.groups[b], int(found.both[a, b]), int(size[a]), int(size[b]))
            for a, b in zip(firsts[order].tolist(), seconds[order].tolist(), strict=True)
        ]

    return Table("Pairs of groups", ("Group", "Other group", "In both", "In group", "In other group"), lines)
