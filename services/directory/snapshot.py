"""A snapshot: all users, groups and memberships of a pool at one time, as columns.

    snapshot.users.to_pandas()      # one row per person, one column per attribute

Millions of people fit because nothing here is an object per person.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import pyarrow as pa

from services.cognito.models import Group, User, UserPool
from services.words import place_of

PERSON_COLUMNS = ("sub", "username", "status", "enabled", "created", "changed")
"""The columns of `Snapshot.users` that everybody has; the rest are attributes by their AWS names."""

TIME = pa.timestamp("ms", tz="UTC")
USERS_SCHEMA = pa.schema(
    [
        ("sub", pa.string()),
        ("username", pa.string()),
        ("status", pa.string()),
        ("enabled", pa.bool_()),
        ("created", TIME),
        ("changed", TIME),
    ]
)
GROUPS_SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("description", pa.string()),
        ("precedence", pa.int64()),
        ("role_arn", pa.string()),
        ("created", TIME),
        ("changed", TIME),
    ]
)
MEMBERSHIPS_SCHEMA = pa.schema([("sub", pa.string()), ("group", pa.string())])


@dataclass(frozen=True, slots=True)
class Completeness:
    """Whether a snapshot holds everything, and if not, what is missing and why, in sentences.

    `users_known` is False when people may be missing; `groups_known` when the list of groups could
    not be read; `unread_groups` names groups whose members are not (all) known.
    """

    missing: tuple[str, ...] = ()
    users_known: bool = True
    groups_known: bool = True
    unread_groups: frozenset[str] = frozenset()

    @property
    def complete(self) -> bool:
        """True if nothing is known to be missing."""
        return not self.missing and self.users_known and self.groups_known and not self.unread_groups

    @property
    def gap_anywhere(self) -> bool:
        """True if something is missing and nobody said what it touches, so that it may touch anything."""
        explained = not (self.users_known and self.groups_known and not self.unread_groups)
        return not self.complete and not explained

    @property
    def all_people(self) -> bool:
        """True if nobody can be missing from the list of people."""
        return self.users_known and not self.gap_anywhere

    @property
    def all_groups(self) -> bool:
        """True if no group can be missing from the list of groups."""
        return self.groups_known and not self.gap_anywhere

    def unread_among(self, groups: Iterable[str], listed: Collection[str]) -> frozenset[str]:
        """Those of `groups` in which somebody may be unseen; `listed` are the groups that were listed."""
        asked = frozenset(groups)
        if self.gap_anywhere:
            return asked
        unread = self.unread_groups & asked
        return unread if self.groups_known else unread | (asked - frozenset(listed))

    @property
    def sentence(self) -> str:
        """The completeness statement that stands on every page, report and export."""
        if self.complete:
            return "Complete: all users, groups and memberships were read."
        reasons = " ".join(self.missing) or "Some of it could not be read."
        return f"NOT complete. {reasons}"


@dataclass(frozen=True, slots=True)
class SnapshotAbout:
    """Where a snapshot comes from. Times are aware, in UTC; `taken_at` is when reading began.

    `pool` holds the pool's settings at that time; `how` says in sentences how it was read.
    `pool_key` names the pool whatever record leads to it (endpoint, region, pool id); `account` and
    `region` are AWS's, as far as the connection knows them.
    """

    id: str
    pool_key: str
    pool_name: str
    pool: UserPool
    taken_at: datetime
    finished_at: datetime
    operator_id: str = ""
    operator_name: str = ""
    origin: str = ""
    how: tuple[str, ...] = ()
    completeness: Completeness = field(default_factory=Completeness)
    account: str = ""
    region: str = ""

    @property
    def place(self) -> str:
        """Which account and region the pool is in: "account 123456789012, eu-west-1"."""
        return place_of(self.account, self.region)


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A pool's users, groups and memberships as pyarrow tables (schemas above).

    `users` has `PERSON_COLUMNS`, then a string column per attribute that somebody has (`email`,
    `custom:department` …), null where a person lacks it. One row per sub. `memberships` has one row
    per person and group; people and groups named there are in the other two tables.
    """

    about: SnapshotAbout
    users: pa.Table
    groups: pa.Table
    memberships: pa.Table

    def __len__(self) -> int:
        return int(self.users.num_rows)

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the tables take."""
        return int(self.users.nbytes + self.groups.nbytes + self.memberships.nbytes)

    @property
    def completeness(self) -> Completeness:
        """What is missing, if anything."""
        return self.about.completeness

    @cached_property
    def attributes(self) -> tuple[str, ...]:
        """The attributes that somebody has, sorted."""
        return tuple(sorted(set(self.users.column_names) - set(PERSON_COLUMNS)))

    @cached_property
    def group_names(self) -> tuple[str, ...]:
        """Every group of the pool, in reading order."""
        return tuple(sorted(self.groups["name"].to_pylist(), key=str.casefold))


def snapshot_of(
    about: SnapshotAbout,
    users: Iterable[User],
    groups: Iterable[Group],
    memberships: Mapping[str, Iterable[str]],
) -> Snapshot:
    """A snapshot of objects already in memory; `memberships` maps a sub to names of groups."""
    people = list(users)
    names = sorted({name for user in people for name in user.attributes} - {"sub"})
    columns: dict[str, pa.Array] = {
        "sub": pa.array([user.sub for user in people], pa.string()),
        "username": pa.array([user.username for user in people], pa.string()),
        "status": pa.array([str(user.status) for user in people], pa.string()),
        "enabled": pa.array([user.enabled for user in people], pa.bool_()),
        "created": pa.array([user.created for user in people], TIME),
        "changed": pa.array([user.changed for user in people], TIME),
    }
    for name in names:
        columns[name] = pa.array([user.attributes.get(name) for user in people], pa.string())
    listed = list(groups)
    pairs = [(sub, name) for sub, mine in memberships.items() for name in mine]
    return Snapshot(
        about,
        pa.table(columns),
        pa.table(
            {
                name: pa.array([getattr(group, name) for group in listed], GROUPS_SCHEMA.field(name).type)
                for name in GROUPS_SCHEMA.names
            },
            schema=GROUPS_SCHEMA,
        ),
        pa.table(
            {"sub": [sub for sub, _ in pairs], "group": [name for _, name in pairs]},
            schema=MEMBERSHIPS_SCHEMA,
        ),
    )
