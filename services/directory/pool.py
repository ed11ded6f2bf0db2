"""A pool as tables in an engine: `users`, `groups` and `memberships` in DuckDB, whatever the pool's size.

    pool = pool_of(snapshot)
    pool.rows('SELECT "group", count(*) FROM memberships GROUP BY ALL')
    pool.arrow("SELECT sub FROM users WHERE state_at(status, created, changed, $now) = 'expired'", now=now)

`users` has one row per person: `row` (a number that stays theirs), `sub`, `username`, `status` (AWS's
term), `enabled`, `created` and `changed` (TIMESTAMPTZ), `group_count`, `text` (everything that a search
for words looks at, folded), and a text column per attribute that somebody has (`email`,
`"custom:department"` …), null where a person lacks it. `groups` is as `GROUPS_SCHEMA` says.
`memberships` has one row per person and group: `row`, `sub`, `"group"`.

Two macros carry the pool's settings: `invitation_expiry(status, created, changed)` is when a temporary
password stops working (null where there is none), and `state_at(status, created, changed, moment)` is
where a person stands, as `services.directory.filtering.State`. Two functions make texts comparable:
`folded(text)` (without accents and case) and `casefolded(text)`.

Each pool is a database of its own in memory: it reads no file, writes none, and can't be told to.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from duckdb.func import ARROW
from duckdb.sqltypes import VARCHAR

from services.cognito.models import UserStatus
from services.cognito.status import DEFAULT_TEMPORARY_DAYS
from services.directory.filtering import STATE_OF_STATUS, State
from services.directory.people import Person, sorted_names
from services.directory.search_text import casefold, fold, one_array
from services.directory.snapshot import GROUPS_SCHEMA, PERSON_COLUMNS, Completeness, Snapshot, SnapshotAbout
from services.directory.snapshot_rows import users_of

BATCH_ROWS = 50_000
"""People loaded at a time, which bounds the memory of loading."""
THREADS = 2
_BYTES = 512_000_000
_BYTES_PER_PERSON = 1_500
_TEXT = VARCHAR
_VECTORS = ARROW

_TYPES = {
    "sub": "VARCHAR NOT NULL",
    "username": "VARCHAR NOT NULL",
    "status": "user_status NOT NULL",
    "enabled": "BOOLEAN",
    "created": "TIMESTAMPTZ",
    "changed": "TIMESTAMPTZ",
}
_OURS = ("row", "group_count", "text")
Rows = np.ndarray[Any, np.dtype[np.int32]]
"""Numbers of people: the column `row` of `users`."""


class PoolTables:
    """A pool's users, groups and memberships as tables. Safe between threads."""

    def __init__(
        self,
        about: SnapshotAbout,
        users: Iterable[pa.RecordBatch],
        groups: pa.Table,
        memberships: pa.Table,
        *,
        subs: pa.Array,
        attributes: Sequence[str],
    ) -> None:
        """Load the tables of a snapshot.

        `users` are batches as `Snapshot.users`, in the order of `subs` (all of them); `attributes` are
        the names of their further columns. `memberships` is as `Snapshot.memberships`.
        """
        self.about = about
        self._columns = _column_names(attributes)
        self._lock = threading.RLock()
        self._database = _database(len(subs))
        self._create(groups)
        members = _Members(memberships, subs, groups["name"].to_pylist())
        start = 0
        for batch in users:
            for at in range(0, batch.num_rows, BATCH_ROWS):
                part = batch.slice(at, BATCH_ROWS)
                numbers = np.arange(start, start + part.num_rows, dtype=np.int32)
                self._insert("users", self._user_rows(part, numbers, members.lists(numbers)))
                start += part.num_rows
        for part in members.batches(subs):
            self._insert("memberships", part)
        self._database.execute("SET lock_configuration = true")

    def __len__(self) -> int:
        return int(self.rows("SELECT count(*) FROM users")[0][0])

    @property
    def completeness(self) -> Completeness:
        """What is missing, if anything."""
        return self.about.completeness

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes that somebody has or had, sorted."""
        return tuple(sorted(self._columns))

    @cached_property
    def group_names(self) -> tuple[str, ...]:
        """Every group of the pool, in reading order."""
        named = self.rows('SELECT name FROM "groups" UNION SELECT DISTINCT "group" FROM memberships')
        return sorted_names(str(name) for (name,) in named)

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the tables take."""
        found = self.rows("SELECT sum(memory_usage_bytes) FROM duckdb_memory()")
        return int(found[0][0])

    def column(self, attribute: str) -> str:
        """How SQL over `users` names an attribute's column: quoted; a null where nobody has it."""
        if attribute in PERSON_COLUMNS:
            return quoted(attribute)
        name = self._columns.get(attribute)
        return "NULL::VARCHAR" if name is None else quoted(name)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own to the tables, for one thread; close it when done."""
        return self._database.cursor()

    def arrow(self, sql: str, /, **values: Any) -> pa.Table:
        """What a query answers, as columns. `values` fill its `$name`s. Raises `duckdb.Error`."""
        with self.cursor() as cursor:
            return cursor.sql(sql, params=values or None).to_arrow_table()

    def rows(self, sql: str, /, **values: Any) -> list[tuple[Any, ...]]:
        """As `arrow`, row by row: times are aware, in UTC."""
        table = self.arrow(sql, **values)
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))

    def numpy(self, sql: str, /, **values: Any) -> dict[str, np.ndarray[Any, Any]]:
        """As `arrow`, as numpy arrays by the names of the columns; for numbers without nulls."""
        with self.cursor() as cursor:
            found = cursor.execute(sql, values or None).fetchnumpy()
            return {name: np.asarray(column) for name, column in found.items()}

    def users(self, rows: Sequence[int] | Rows) -> pa.Table:
        """These people as `Snapshot.users`, in this order."""
        names = self.attributes
        columns = [f"u.{quoted(name)}" for name in PERSON_COLUMNS]
        columns[2] = "u.status::VARCHAR AS status"
        columns += [f"u.{self.column(name)}" for name in names]
        found = self.arrow(
            f"SELECT {', '.join(columns)} FROM (SELECT unnest($rows::INTEGER[]) AS row, "  # noqa: S608 - quoted
            "generate_subscripts($rows::INTEGER[], 1) AS place) w "
            "JOIN users u ON u.row = w.row ORDER BY place",
            rows=[int(row) for row in rows],
        )
        return found.rename_columns([*PERSON_COLUMNS, *names])

    def groups_of(self, rows: Sequence[int] | Rows) -> dict[int, tuple[str, ...]]:
        """Names of the groups of these people, in reading order, by number; who has none is left out."""
        found: dict[int, list[str]] = {}
        for row, name in self.rows(
            'SELECT row, "group" FROM memberships WHERE row IN (SELECT unnest($rows::INTEGER[]))',
            rows=[int(row) for row in rows],
        ):
            found.setdefault(row, []).append(name)
        return {row: sorted_names(names) for row, names in found.items()}

    def people(self, rows: Sequence[int] | Rows) -> list[Person]:
        """These people, in this order; meant for a page of them."""
        known = self.completeness.groups_known
        groups = self.groups_of(rows) if known else {}
        return [
            Person(user, groups.get(int(row), ()) if known else None)
            for user, row in zip(users_of(self.users(rows)), rows, strict=True)
        ]

    def _create(self, groups: pa.Table) -> None:
        statuses = ", ".join(f"'{status}'" for status in UserStatus)
        fixed = [f"{name} {kind}" for name, kind in _TYPES.items()]
        texts = [f"{quoted(name)} VARCHAR" for name in self._columns.values()]
        columns = ", ".join(["row INTEGER", *fixed, "group_count INTEGER", "text VARCHAR", *texts])
        for sql in (
            f"CREATE TYPE user_status AS ENUM ({statuses})",
            f"CREATE TABLE users ({columns})",
            'CREATE TABLE memberships (row INTEGER, sub VARCHAR, "group" VARCHAR)',
            'CREATE TABLE "groups" (name VARCHAR, description VARCHAR, precedence BIGINT, role_arn VARCHAR, '
            "created TIMESTAMPTZ, changed TIMESTAMPTZ)",
            *_macros(self.about.pool.policy.temporary_days or DEFAULT_TEMPORARY_DAYS),
        ):
            self._database.execute(sql)
        self._insert("groups", groups.select(GROUPS_SCHEMA.names))

    def _insert(self, table: str, part: pa.RecordBatch | pa.Table) -> None:
        """Append rows, whose columns have the table's names."""
        self._database.register("_part", part)
        try:
            self._database.execute(f'INSERT INTO "{table}" BY NAME SELECT * FROM _part')  # noqa: S608 - ours
        finally:
            self._database.unregister("_part")

    def _user_rows(self, part: pa.RecordBatch, numbers: Rows, groups: pa.ListArray) -> pa.Table:
        columns = {name: part.column(name) for name in PERSON_COLUMNS}
        columns["status"] = _known_statuses(part.column("status"))
        columns |= {
            column: part.column(name) for name, column in self._columns.items() if name in part.schema.names
        }
        columns["row"] = pa.array(numbers)
        columns["group_count"] = pc.list_value_length(groups)
        columns["text"] = searched_text(part, groups)
        return pa.table(columns)


class _Members:
    """Memberships person by person while a pool is loaded: each pair once, strangers left out."""

    def __init__(self, table: pa.Table, subs: pa.Array, groups: Sequence[str]) -> None:
        self.names = sorted_names([*groups, *pc.unique(table["group"]).to_pylist()])
        codes = pc.index_in(one_array(table["group"]), value_set=pa.array(self.names, pa.string()))
        rows = pc.fill_null(pc.index_in(one_array(table["sub"]), value_set=subs), -1).to_numpy()
        pairs = np.unique(rows.astype(np.int64) * max(1, len(self.names)) + codes.to_numpy())
        pairs = pairs[pairs >= 0]
        self._rows, self._codes = (
            part.astype(np.int32) for part in np.divmod(pairs, max(1, len(self.names)))
        )

    def lists(self, numbers: Rows) -> pa.ListArray:
        """Names of the groups of some people who follow one another, a list each."""
        if not len(numbers):
            return pa.array([], pa.list_(pa.string()))
        ends = np.arange(numbers[0], numbers[-1] + 2)
        offsets = np.searchsorted(self._rows, ends).astype(np.int32)
        codes = self._codes[offsets[0] : offsets[-1]]
        return pa.ListArray.from_arrays(pa.array(offsets - offsets[0]), self._named(codes))

    def batches(self, subs: pa.Array) -> Iterator[pa.RecordBatch]:
        """All of them as rows of `memberships`."""
        for at in range(0, len(self._rows), BATCH_ROWS):
            rows = pa.array(self._rows[at : at + BATCH_ROWS])
            names = self._named(self._codes[at : at + BATCH_ROWS])
            yield pa.record_batch([rows, subs.take(rows), names], ["row", "sub", "group"])

    def _named(self, codes: Rows) -> pa.Array:
        return pa.array(self.names, pa.string()).take(pa.array(codes))


def searched_text(part: pa.RecordBatch | pa.Table, groups: pa.ListArray) -> pa.Array:
    """Everything that a search looks at, folded, one line a piece, for each person."""
    names = [one.name for one in part.schema if pa.types.is_string(one.type) and one.name != "status"]
    columns = {name: fold(part.column(name)) for name in names}
    # in pools where people sign in by e-mail the username is the sub: once is enough
    same = pc.equal(columns["username"], columns["sub"])
    columns["username"] = pc.if_else(same, pa.scalar(None, pa.string()), columns["username"])
    folded = pa.ListArray.from_arrays(groups.offsets, fold(groups.values))
    joined = pc.if_else(pc.equal(pc.list_value_length(groups), 0), None, pc.binary_join(folded, "\n"))
    return pc.binary_join_element_wise(*columns.values(), joined, "\n", null_handling="skip")


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever stands in it."""
    return '"' + name.replace('"', '""') + '"'


def _column_names(attributes: Iterable[str]) -> dict[str, str]:
    """The column of each attribute. The engine doesn't tell `custom:Team` from `custom:team`."""
    taken = {name.casefold() for name in (*PERSON_COLUMNS, *_OURS)}
    columns: dict[str, str] = {}
    for attribute in sorted(set(attributes)):
        name, number = attribute, 2
        while name.casefold() in taken:
            name, number = f"{attribute} ({number})", number + 1
        taken.add(name.casefold())
        columns[attribute] = name
    return columns


def _database(people: int) -> duckdb.DuckDBPyConnection:
    """An empty database in memory that never touches a file (what doesn't fit is an error)."""
    database = duckdb.connect(
        config={
            "threads": THREADS,
            "memory_limit": f"{(_BYTES + people * _BYTES_PER_PERSON) // 1_000_000}MB",
            "temp_directory": "",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
    )
    database.execute("SET GLOBAL TimeZone = 'UTC'")
    database.execute("SET enable_external_access = false")
    for name, function in (("folded", fold), ("casefolded", casefold)):
        database.create_function(name, function, [_TEXT], _TEXT, type=_VECTORS)
    return database


def _macros(days: int) -> tuple[str, str]:
    """What `services.cognito.status` and `filtering.state_of` say of one person, for all of them."""
    cases = " ".join(f"WHEN '{status}' THEN '{state}'" for status, state in STATE_OF_STATUS.items())
    return (
        "CREATE OR REPLACE MACRO invitation_expiry(status, created, changed) AS "
        f"CASE WHEN status = '{UserStatus.FORCE_CHANGE_PASSWORD}' "
        f"THEN greatest(created, changed) + to_hours({24 * days}) END",
        "CREATE OR REPLACE MACRO state_at(status, created, changed, moment) AS "
        f"CASE WHEN invitation_expiry(status, created, changed) <= moment THEN '{State.EXPIRED}' "
        f"ELSE CASE status {cases} ELSE '{State.OTHER}' END END",
    )


def _known_statuses(column: pa.Array) -> pa.Array:
    """Statuses; one that nobody knows is `UNKNOWN`."""
    known = pc.is_in(column, value_set=pa.array([str(status) for status in UserStatus]))
    return pc.if_else(known, column, str(UserStatus.UNKNOWN))


def pool_of(snapshot: Snapshot) -> PoolTables:
    """The tables of a snapshot, made at the first call and kept as long as the snapshot is."""
    kept = snapshot.__dict__  # where a cached property of a frozen class keeps its value, too
    with kept.setdefault("_pool_lock", threading.Lock()):
        if "_pool" not in kept:
            kept["_pool"] = PoolTables(
                snapshot.about,
                snapshot.users.to_batches(),
                snapshot.groups,
                snapshot.memberships,
                subs=one_array(snapshot.users["sub"]),
                attributes=snapshot.attributes,
            )
        pool: PoolTables = kept["_pool"]
        return pool
