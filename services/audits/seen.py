"""A snapshot as the rules see it: columns, with the settings that decide what counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.audits.rule import Need
from services.audits.thresholds import Thresholds
from services.cognito.group_rules import provider_of
from services.cognito.models import UserStatus
from services.directory.snapshot import TIME, Snapshot
from services.store.applications import Application

DAY = 86_400_000
"""Milliseconds."""
_NAMED = 5
_NEVER = 2**62


@dataclass(frozen=True, slots=True)
class SignIn:
    """When somebody last signed in (aware, UTC), as far as the pool's events tell; None if none is known."""

    at: datetime | None


@dataclass(frozen=True, slots=True)
class Setting:
    """What a snapshot is judged by. `now` is aware.

    `applications` are those configured for the pool; `sign_ins` what is known of some people's last
    sign-ins, by sub.
    """

    now: datetime
    thresholds: Thresholds = field(default_factory=Thresholds)
    applications: tuple[Application, ...] = ()
    sign_ins: Mapping[str, SignIn] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Memberships:
    """Memberships as numbers: `person` is a row of the snapshot's people (-1 for somebody who isn't there),
    `group` a place in `Seen.group_names`.
    """

    person: np.ndarray
    group: np.ndarray

    def inside(self, groups: np.ndarray) -> Memberships:
        """Those of these groups."""
        return self._only(np.isin(self.group, groups))

    def outside(self, groups: np.ndarray) -> Memberships:
        """Those of all other groups."""
        return self._only(~np.isin(self.group, groups))

    def _only(self, kept: np.ndarray) -> Memberships:
        return Memberships(self.person[kept], self.group[kept])

    def counts(self, people: int) -> np.ndarray:
        """How many memberships each of so many people has."""
        return np.bincount(self.person[self.person >= 0], minlength=people)


class Seen:
    """Columns of one snapshot, made when a rule first asks. Tables here are not to be changed."""

    def __init__(self, snapshot: Snapshot, setting: Setting) -> None:
        self.snapshot = snapshot
        self.setting = setting
        self.thresholds = setting.thresholds
        self.applications = setting.applications
        self.policy = snapshot.about.pool.policy
        # rounded down: times of people are whole milliseconds, so comparing with <= stays exact
        self.now = int(setting.now.timestamp() * 1000)

    @cached_property
    def enabled(self) -> np.ndarray:
        """Of everybody, in the order of the snapshot: whether they are enabled."""
        return np.asarray(_numpy(self.snapshot.users["enabled"]), dtype=bool)

    @cached_property
    def created(self) -> np.ndarray:
        """When everybody was created, in milliseconds since 1970."""
        return _times(self.snapshot.users["created"])

    @cached_property
    def changed(self) -> np.ndarray:
        """When everybody was last changed, in milliseconds since 1970."""
        return _times(self.snapshot.users["changed"])

    def status_in(self, *statuses: UserStatus) -> np.ndarray:
        """Of everybody: whether their status is one of these."""
        names = pa.array([str(one) for one in statuses], pa.string())
        return np.asarray(_numpy(pc.is_in(self.snapshot.users["status"], value_set=names)), dtype=bool)

    def attribute(self, name: str) -> list[str]:
        """One attribute of everybody; "" where somebody lacks it."""
        if name not in self.snapshot.users.column_names:
            return [""] * len(self.snapshot)
        return [value or "" for value in self.snapshot.users[name].to_pylist()]

    def subs(self, rows: np.ndarray) -> list[str]:
        """The subs of the people in these rows of the snapshot."""
        found: list[str] = self.snapshot.users["sub"].take(pa.array(rows, pa.int64())).to_pylist()
        return found

    @cached_property
    def group_names(self) -> tuple[str, ...]:
        """Every group in reading order; `Memberships.group` counts in it."""
        return self.snapshot.group_names

    @cached_property
    def all_memberships(self) -> Memberships:
        """Every membership."""
        table = self.snapshot.memberships
        names = pa.array(self.group_names, pa.string())
        return Memberships(_places(table["sub"], self.snapshot.users["sub"]), _places(table["group"], names))

    @cached_property
    def held(self) -> Memberships:
        """The memberships that count: automatic groups are left out if the setting says so."""
        ignored = [name for name in self.group_names if self.is_ignored(name)]
        return self.all_memberships.outside(self.codes(ignored)) if ignored else self.all_memberships

    def codes(self, names: Iterable[str]) -> np.ndarray:
        """The places in `group_names` of those of `names` that exist."""
        wanted = set(names)
        return np.array([at for at, name in enumerate(self.group_names) if name in wanted], dtype=np.int64)

    def is_ignored(self, group: str) -> bool:
        """True for automatic groups of identity providers, if those are ignored."""
        return self.thresholds.ignore_automatic and bool(provider_of(group, self.snapshot.about.pool.id))

    def names_held(self, memberships: Memberships, rows: np.ndarray) -> list[tuple[str, ...]]:
        """For each of `rows` (people), the groups they hold in `memberships`, in reading order."""
        person, group = memberships.person, memberships.group
        mine = np.isin(person, rows)
        order = np.lexsort((group[mine], person[mine]))
        people, codes = person[mine][order], group[mine][order]
        starts = np.searchsorted(people, rows, side="left")
        ends = np.searchsorted(people, rows, side="right")
        names = self.group_names
        return [
            tuple(names[code] for code in codes[start:end]) for start, end in zip(starts, ends, strict=True)
        ]

    def before(self, days: int) -> int:
        """The moment so many days before now, in milliseconds."""
        return self.now - days * DAY

    def missing(self, needs: Iterable[Need]) -> tuple[str, ...]:
        """Why some of `needs` can't be relied on, as sentences; empty when all of it was read."""
        wanted, known = set(needs), self.snapshot.completeness
        said: list[str] = []
        if not known.users_known and Need.USERS in wanted:
            said.append("People may be missing from this snapshot.")
        about_groups = wanted & {Need.GROUPS, Need.MEMBERSHIPS, Need.ALL_MEMBERSHIPS}
        if not known.groups_known and about_groups:
            said.append("The list of groups could not be read.")
        if Need.ALL_MEMBERSHIPS in wanted:
            said.extend(self.unread(known.unread_groups))
        elif Need.MEMBERSHIPS in wanted:
            said.extend(self.unread(known.unread_groups, counted_only=True))
        explained = not (known.users_known and known.groups_known and not known.unread_groups)
        if wanted and not known.complete and not explained:
            # nobody said what the gap touches, so it may touch this
            said.extend(known.missing)
        return tuple(said)

    def unread(self, groups: Iterable[str], *, counted_only: bool = False) -> tuple[str, ...]:
        """The sentence about those of `groups` whose members are not known; empty if all are."""
        lost = sorted(self.snapshot.completeness.unread_groups & set(groups), key=str.casefold)
        if counted_only:
            lost = [name for name in lost if not self.is_ignored(name)]
        if not lost:
            return ()
        more = f" and {len(lost) - _NAMED:,} more groups" if len(lost) > _NAMED else ""
        return (f"Not all members could be read of {', '.join(lost[:_NAMED])}{more}.",)


def moment(milliseconds: int) -> datetime:
    """The moment as an aware time in UTC."""
    return _EPOCH + timedelta(milliseconds=milliseconds)


_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _numpy(column: Any) -> np.ndarray:
    """A pyarrow column as numpy has it."""
    made: np.ndarray = (
        column.to_numpy(zero_copy_only=False) if isinstance(column, pa.Array) else column.to_numpy()
    )
    return made


def _places(values: Any, among: Any) -> np.ndarray:
    """Where each of `values` stands in `among` (each value there once); -1 for those that don't."""
    if isinstance(among, pa.ChunkedArray):
        among = among.combine_chunks()
    return _numpy(pc.fill_null(pc.index_in(values, value_set=among), -1)).astype(np.int64)


def _times(column: Any) -> np.ndarray:
    """A pyarrow time column as milliseconds since 1970; no time counts as never yet (0 would be long ago)."""
    milliseconds = pc.cast(column.cast(TIME), pa.int64())
    return _numpy(pc.fill_null(milliseconds, _NEVER)).astype(np.int64)
