"""Columns of a snapshot as audits need them: what people are called, and who is in what, as numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.cognito.models import UserStatus
from services.cognito.status import STATUS_TEXTS
from services.directory.snapshot import Snapshot

Numbers: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]
"""Whole numbers, mostly positions in `Snapshot.users` or in a list of groups."""

Marks: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]
"""One yes or no for each person."""


def column(users: pa.Table, name: str) -> pa.Array:
    """A column of people as one text array; nulls throughout when nobody has that attribute."""
    if name not in users.column_names:
        return pa.nulls(users.num_rows, pa.string())
    return _whole(users[name])


def _whole(values: Any) -> pa.Array:
    found = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    return found.cast(pa.string()) if not pa.types.is_string(found.type) else found


def _filled(values: pa.Array) -> pa.Array:
    """Without empty texts: a value of no characters is no value."""
    return pc.if_else(pc.equal(pc.utf8_length(values), 0), pa.scalar(None, pa.string()), values)


def labels(users: pa.Table) -> pa.Array:
    """What operators recognise people by: e-mail, else phone number, else username."""
    given = [_filled(column(users, name)) for name in ("email", "phone_number", "username")]
    return pc.fill_null(pc.coalesce(*given), "")


def names(users: pa.Table) -> pa.Array:
    """What people are called: `name`, else given and family name, else an empty text."""
    given, family = (_filled(column(users, one)) for one in ("given_name", "family_name"))
    both = pc.binary_join_element_wise(given, family, " ")  # null if either is
    return pc.fill_null(pc.coalesce(_filled(column(users, "name")), both, given, family), "")


def usernames(users: pa.Table) -> pa.Array:
    """Everybody's username."""
    return pc.fill_null(column(users, "username"), "")


def truths(users: pa.Table) -> Marks:
    """Who is enabled."""
    found: Marks = np.asarray(pc.fill_null(users["enabled"], False).to_numpy(zero_copy_only=False), np.bool_)
    return found


def status_title(status: str | None) -> str:
    """AWS's status in the console's words."""
    known = UserStatus(status) if status in UserStatus._value2member_map_ and status else UserStatus.UNKNOWN
    return STATUS_TEXTS[known].title


def positions(wanted: Any, known: Any) -> Numbers:
    """Where each of `wanted` stands in `known`; -1 when it isn't there."""
    found: Numbers = np.asarray(
        pc.fill_null(pc.index_in(wanted, value_set=_whole(known)), -1).to_numpy(zero_copy_only=False),
        np.int64,
    )
    return found


@dataclass(frozen=True)
class Incidence:
    """Who is in which group, sorted by person: `groups[starts[i]:starts[i + 1]]` are those of person i.

    People count by their position in `Snapshot.users`, groups by theirs in `names`.
    """

    names: tuple[str, ...]
    people: Numbers
    groups: Numbers
    starts: Numbers

    def of(self, person: int) -> tuple[str, ...]:
        """The names of one person's groups, in the order of `names`."""
        mine = self.groups[self.starts[person] : self.starts[person + 1]]
        return tuple(self.names[one] for one in mine)

    def counts(self) -> Numbers:
        """How many of the groups each person is in."""
        found: Numbers = np.diff(self.starts)
        return found

    def sets(self) -> tuple[Numbers, list[tuple[int, ...]]]:
        """For each person the number of their set of groups, and the sets that occur."""
        raw = self.groups.tobytes()
        width = self.groups.itemsize
        bounds = (self.starts * width).tolist()
        known: dict[bytes, int] = {}
        numbers = np.empty(len(bounds) - 1, np.int64)
        for person in range(len(bounds) - 1):
            numbers[person] = known.setdefault(raw[bounds[person] : bounds[person + 1]], len(known))
        found = [tuple(np.frombuffer(one, self.groups.dtype).tolist()) for one in known]
        return numbers, found


def incidence(snapshot: Snapshot, groups: Sequence[str] | None = None) -> Incidence:
    """The memberships of a snapshot as numbers; of `groups` only, when they are given."""
    wanted = snapshot.group_names if groups is None else tuple(groups)
    people = positions(snapshot.memberships["sub"], snapshot.users["sub"])
    found = positions(snapshot.memberships["group"], pa.array(wanted, pa.string()))
    known = (people >= 0) & (found >= 0)
    people, found = people[known], found[known]
    # one number for each pair, so that sorting and dropping of doubles is one step
    pairs = np.unique(people * max(1, len(wanted)) + found)
    people, found = np.divmod(pairs, max(1, len(wanted)))
    starts: Numbers = np.searchsorted(people, np.arange(len(snapshot) + 1)).astype(np.int64)
    return Incidence(wanted, people, found, starts)


def users_known(snapshot: Snapshot) -> bool:
    """True if nobody can be missing from the list of people."""
    return snapshot.completeness.users_known and not _gap_anywhere(snapshot)


def groups_known(snapshot: Snapshot) -> bool:
    """True if no group can be missing from the list of groups."""
    return snapshot.completeness.groups_known and not _gap_anywhere(snapshot)


def unread_groups(snapshot: Snapshot, groups: Iterable[str]) -> frozenset[str]:
    """Those of `groups` of which somebody may be a member without the snapshot knowing it."""
    named = frozenset(groups)
    if _gap_anywhere(snapshot):
        return named
    unread = snapshot.completeness.unread_groups & named
    if snapshot.completeness.groups_known:
        return unread
    return unread | (named - frozenset(snapshot.group_names))


def _gap_anywhere(snapshot: Snapshot) -> bool:
    """Something is missing and nobody said what it touches, so it may touch anything."""
    known = snapshot.completeness
    explained = not (known.users_known and known.groups_known and not known.unread_groups)
    return not known.complete and not explained
