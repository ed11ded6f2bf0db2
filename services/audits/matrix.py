"""The user × group matrix: who is in which group, filtered, by page and as a table to hand over.

    matrix = matrix_of(snapshot, MatrixFilter(groups=("billing", "auditors"), held=Held.ALL))
    matrix.page(0, 50)          # a pandas DataFrame

A cell says one of three things: in the group, not in it, or can't be told (the snapshot could not
read all members of that group).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from services.audits.columns import (
    Incidence,
    Marks,
    Numbers,
    column,
    incidence,
    labels,
    names,
    status_title,
    truths,
    unread_groups,
    usernames,
)
from services.audits.tables import Table
from services.csv_safe import Cell
from services.directory.snapshot import Snapshot
from services.errors import InvalidValue

IN, OUT, UNTOLD = "x", "", "?"
"""What stands in a cell: in the group, not in it, can't be told."""

PERSON = ("Person", "Name", "Username", "Status", "Enabled", "Groups")
MOST_CELLS = 5_000_000
"""A table of people × groups larger than this is handed over as one line per membership only."""

SEARCHED = ("username", "email", "phone_number", "name", "given_name", "family_name", "preferred_username")


class Held(StrEnum):
    """Whom to show by the groups chosen."""

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
    statuses: tuple[str, ...] = ()
    enabled: bool | None = None
    groups: tuple[str, ...] = ()
    held: Held = Held.EVERYBODY

    @property
    def sentence(self) -> str:
        """The filter in words, for exports."""
        parts = [f"containing “{self.text.strip()}”"] if self.text.strip() else []
        if self.statuses:
            parts.append("status " + " or ".join(status_title(one).lower() for one in self.statuses))
        if self.enabled is not None:
            parts.append("enabled" if self.enabled else "disabled")
        if self.groups:
            parts.append(f"groups {', '.join(self.groups)}")
            if self.held is not Held.EVERYBODY:
                parts.append(self.held.value)
        return "; ".join(parts) if parts else "all people, all groups"


NO_FILTER = MatrixFilter()


@dataclass(frozen=True)
class Matrix:
    """People × groups of one snapshot. `rows` are positions in `snapshot.users`, by label."""

    snapshot: Snapshot
    filter: MatrixFilter
    rows: Numbers
    held: Incidence
    unread: frozenset[str]

    @property
    def groups(self) -> tuple[str, ...]:
        """The columns."""
        return self.held.names

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def sizes(self) -> dict[str, int]:
        """How many of the people shown are in each group."""
        shown = np.zeros(len(self.snapshot), np.bool_)
        shown[self.rows] = True
        counts = np.bincount(self.held.groups[shown[self.held.people]], minlength=len(self.groups))
        return dict(zip(self.groups, counts.tolist(), strict=True))

    def page(self, start: int, count: int, groups: Sequence[str] | None = None) -> pd.DataFrame:
        """So many people from `start`, with `PERSON` columns, then a column per group."""
        shown = self.groups if groups is None else tuple(groups)
        lines = list(self._lines(self.rows[start : start + count], shown))
        header = [*PERSON, *shown]
        # names of groups may be those of other columns: pandas takes both
        return pd.DataFrame(lines, columns=pd.Index(header))

    def subs(self, start: int, count: int) -> list[str]:
        """The subs of the people that `page` shows."""
        found: list[str] = (
            self.snapshot.users["sub"].take(pa.array(self.rows[start : start + count])).to_pylist()
        )
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
        return Table("Memberships", (*PERSON[:5], "Group"), self._memberships)

    def _memberships(self) -> Iterator[Sequence[Cell]]:
        for start in range(0, len(self.rows), 10_000):
            rows = self.rows[start : start + 10_000]
            for row, who in zip(rows.tolist(), self._people(rows), strict=True):
                for group in self.held.of(row) or ("",):
                    yield (*who[:5], group)

    def _people(self, rows: Numbers) -> list[tuple[Cell, ...]]:
        users = self.snapshot.users.take(pa.array(rows))
        status = [status_title(one) for one in column(users, "status").to_pylist()]
        counts = self.held.counts()[rows].tolist()
        enabled = ["yes" if one else "no" for one in truths(users).tolist()]
        return list(
            zip(
                labels(users).to_pylist(),
                names(users).to_pylist(),
                usernames(users).to_pylist(),
                status,
                enabled,
                counts,
                strict=True,
            )
        )

    def _lines(self, rows: Numbers, groups: Sequence[str]) -> Iterator[Sequence[Cell]]:
        place = {name: number for number, name in enumerate(groups)}
        columns = [place.get(name, -1) for name in self.groups]
        blank = [UNTOLD if name in self.unread else OUT for name in groups]
        for start in range(0, len(rows), 10_000):
            part = rows[start : start + 10_000]
            for row, who in zip(part.tolist(), self._people(part), strict=True):
                cells = list(blank)
                for group in self.held.groups[self.held.starts[row] : self.held.starts[row + 1]].tolist():
                    if columns[group] >= 0:
                        cells[columns[group]] = IN
                yield (*who, *cells)


def matrix_of(snapshot: Snapshot, wanted: MatrixFilter = NO_FILTER) -> Matrix:
    """The matrix of a snapshot. Groups that it doesn't have are left out of the filter's."""
    known = set(snapshot.group_names)
    groups = tuple(one for one in dict.fromkeys(wanted.groups) if one in known) or snapshot.group_names
    held = incidence(snapshot, groups)
    shown = np.flatnonzero(_fitting(snapshot, wanted, held))
    order = pc.sort_indices(pc.utf8_lower(labels(snapshot.users).take(pa.array(shown))))
    return Matrix(snapshot, wanted, shown[order.to_numpy()], held, unread_groups(snapshot, groups))


def _fitting(snapshot: Snapshot, wanted: MatrixFilter, held: Incidence) -> Marks:
    users = snapshot.users
    fits: Marks = np.ones(len(snapshot), np.bool_)
    for word in wanted.text.split():
        fits &= _containing(users, word)
    if wanted.statuses:
        chosen = pc.is_in(column(users, "status"), value_set=pa.array(wanted.statuses, pa.string()))
        fits &= np.asarray(chosen.to_numpy(zero_copy_only=False), np.bool_)
    if wanted.enabled is not None:
        fits &= truths(users) == wanted.enabled
    counts = held.counts()
    match wanted.held if wanted.groups else Held.EVERYBODY:
        case Held.ANY:
            fits &= counts > 0
        case Held.ALL:
            fits &= counts == len(held.names)
        case Held.NONE:
            fits &= counts == 0
        case _:
            pass
    return fits


def _containing(users: pa.Table, word: str) -> Marks:
    found: Marks = np.zeros(users.num_rows, np.bool_)
    for name in SEARCHED:
        if name in users.column_names:
            hits = pc.match_substring(column(users, name), word, ignore_case=True)
            found |= np.asarray(pc.fill_null(hits, False).to_numpy(zero_copy_only=False), np.bool_)
    return found
