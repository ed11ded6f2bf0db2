"""A pool as tables in an engine: `users`, `groups` and `memberships` in DuckDB, whatever the pool's size.

    pool = pool_of(snapshot)
    pool.rows('SELECT "group", count(*) FROM memberships GROUP BY ALL')
    pool.arrow("SELECT sub FROM users WHERE state_at(status, created, changed, $now) = 'expired'", now=now)

`users` has one row per person: `row` (a number that stays theirs), `sub`, `username`, `status` (AWS's
term), `enabled`, `created` and `changed` (TIMESTAMPTZ), `group_count`, `text` (what a search
for words looks at besides `sub`, folded), and a text column per attribute that somebody has (`email`,
`"custom:department"` …), null where a person lacks it. `groups` is as `GROUPS_SCHEMA` says.
`memberships` has one row per person and group: `row`, `sub`, `"group"`.

Two macros carry the pool's settings: `invitation_expiry(status, created, changed)` is when a temporary
password stops working (null where there is none), and `state_at(status, created, changed, moment)` is
where a person stands, as `services.directory.filtering.PersonState`. Two functions make texts comparable:
`folded(text)` (without accents and case) and `casefolded(text)`.

Each pool is a database of its own in memory: it reads no file, writes none, and can't be told to.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from duckdb.func import ARROW
from duckdb.sqltypes import VARCHAR

from services.cognito.models import Group, User, UserStatus
from services.cognito.status import DEFAULT_TEMPORARY_DAYS
from services.directory.filtering import STATE_OF_STATUS, PeopleOrder, PersonState
from services.directory.folding import casefold, fold, one_array
from services.directory.orders import Orders, Rows
from services.directory.people import Person, sorted_names, storable
from services.directory.snapshot import GROUPS_SCHEMA, PERSON_COLUMNS, Completeness, Snapshot, SnapshotAbout
from services.directory.snapshot_rows import group_table, groups_of, storable_user, user_from, user_rows

BATCH_ROWS = 50_000
"""People loaded at a time, which bounds the memory of loading."""
THREADS = 2
_FEW = 2_000
"""Up to so many numbers of people are sooner given to a query as a list than as a table."""
_BYTES = 512_000_000
_BYTES_PER_PERSON = 1_500

_TYPES = {
    "sub": "VARCHAR NOT NULL",
    "username": "VARCHAR NOT NULL",
    "status": "user_status NOT NULL",
    "enabled": "BOOLEAN",
    "created": "TIMESTAMPTZ",
    "changed": "TIMESTAMPTZ",
}
SUB_LETTERS = "0-9a-f-"
"""What the subs that AWS makes consist of, as in a regular expression; others are a part of `text`."""
_TEXT = VARCHAR
_VECTORS = ARROW
_OURS = ("row", "group_count", "text")
STATES = tuple(PersonState)


class PoolTables:
    """A pool's users, groups and memberships as tables. Safe between threads."""

    def __init__(
        self,
        about: SnapshotAbout,
        users: Iterable[pa.RecordBatch],
        groups: pa.Table,
        members: LoadedMemberships,
        *,
        attributes: Sequence[str],
    ) -> None:
        """Load the tables of a snapshot.

        `users` are batches as `Snapshot.users`, in the order that `members` were made for; `attributes`
        are the names of their further columns. `groups` is as `Snapshot.groups`.
        """
        self.about = replace(about, completeness=_without_strangers(about.completeness, members.strangers))
        self.version = 0
        self.changed: frozenset[str] = frozenset()
        self._columns = _column_names(attributes)
        self._lock = threading.RLock()
        self._orders = Orders(self._fetch)
        self._database = _database(len(members.subs))
        self._create(groups)
        self._group_names = members.names
        self._next = 0
        self._load("users", self._numbered(users, members))
        self._load("memberships", members.batches())
        self._database.execute("SET lock_configuration = true")

    def __len__(self) -> int:
        return int(self.rows("SELECT count(*) FROM users")[0][0])

    @property
    def counts(self) -> tuple[int, int, int]:
        """Number of people, of groups, and of memberships."""
        found = self.rows(
            'SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM "groups"), '
            "(SELECT count(*) FROM memberships)"
        )
        people, groups, memberships = found[0]
        return people, groups, memberships

    @property
    def completeness(self) -> Completeness:
        """What is missing, if anything."""
        return self.about.completeness

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes that somebody has or had, sorted."""
        return tuple(sorted(self._columns))

    @property
    def group_names(self) -> tuple[str, ...]:
        """Every group of the pool, in reading order."""
        return self._group_names

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the tables take."""
        found = self.rows("SELECT sum(memory_usage_bytes) FROM duckdb_memory()")
        return int(found[0][0])

    def has(self, attribute: str) -> bool:
        """Whether somebody has this attribute now."""
        if attribute in PERSON_COLUMNS or attribute not in self._columns:
            return attribute in PERSON_COLUMNS
        # the column stays when the last one who had it has gone
        return bool(self.rows(f"SELECT 1 FROM users WHERE {self.column(attribute)} IS NOT NULL LIMIT 1"))  # noqa: S608 - quoted

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

    def among(self, sql: str, rows: Sequence[int] | Rows, /, **values: Any) -> pa.Table:
        """As `arrow`, for any number of people: `IN wanted` in the query means their numbers."""
        if len(rows) <= _FEW:
            few = sql.replace("IN wanted", "IN (SELECT unnest($rows::INTEGER[]))")
            return self.arrow(few, rows=_listed(rows), **values)
        with self.cursor() as cursor:
            cursor.register("wanted", pa.table({"row": pa.array(rows, pa.int32())}))
            many = sql.replace("IN wanted", "IN (SELECT row FROM wanted)")
            return cursor.sql(many, params=values or None).to_arrow_table()

    def rows(self, sql: str, /, **values: Any) -> list[tuple[Any, ...]]:
        """As `arrow`, row by row: times are aware, in UTC."""
        with self.cursor() as cursor:
            return cursor.execute(sql, values or None).fetchall()

    def numpy(self, sql: str, /, **values: Any) -> dict[str, np.ndarray[Any, Any]]:
        """As `arrow`, as numpy arrays by the names of the columns; for numbers without nulls."""
        with self.cursor() as cursor:
            found = cursor.execute(sql, values or None).fetchnumpy()
            return {name: np.asarray(column) for name, column in found.items()}

    def users(self, rows: Sequence[int] | Rows) -> pa.Table:
        """These people as `Snapshot.users`, in this order; who is gone is left out."""
        return self._users(rows)[1]

    def people(self, rows: Sequence[int] | Rows) -> list[Person]:
        """These people, in this order; meant for a page of them. Who is gone is left out."""
        known = self.completeness.groups_known
        users = self._user_objects(_listed(rows))
        groups = self.groups_of(rows) if known else {}
        return [
            Person(users[row], groups.get(row, ()) if known else None)
            for row in _listed(rows)
            if row in users
        ]

    def _user_objects(self, rows: list[int]) -> dict[int, User]:
        """Some people by number; a page of them is sooner read as values than as columns."""
        names = self.attributes
        columns = ", ".join(["row", *PERSON_COLUMNS, *(self.column(name) for name in names)])
        found = self.rows(
            f"SELECT {columns} FROM users WHERE row IN (SELECT unnest($rows::INTEGER[]))",  # noqa: S608 - quoted
            rows=rows,
        )
        return {row: user_from(names, values) for row, *values in found}

    def persons(self, subs: Iterable[str]) -> dict[str, Person]:
        """Those with these subs, by sub; who isn't there is left out."""
        return {person.user.sub: person for person in self.people(list(self._rows_of(subs).values()))}

    def person(self, sub: str) -> Person | None:
        """One person by sub, or None."""
        return self.persons([sub]).get(sub)

    def groups_of(self, rows: Sequence[int] | Rows) -> dict[int, tuple[str, ...]]:
        """Names of the groups of these people, in reading order, by number; who has none is left out."""
        found: dict[int, list[str]] = {}
        for row, name in self.rows(
            'SELECT row, "group" FROM memberships WHERE row IN (SELECT unnest($rows::INTEGER[]))',
            rows=_listed(rows),
        ):
            found.setdefault(row, []).append(name)
        return {row: sorted_names(names) for row, names in found.items()}

    def group_lists(self, rows: Rows) -> pa.ListArray:
        """Names of the groups of any number of people: a list of strings each, in reading order."""
        table = self.among('SELECT row, "group" FROM memberships WHERE row IN wanted', rows)
        names = pa.array(self._group_names, pa.string())
        codes = pc.index_in(one_array(table["group"]), value_set=names).to_numpy(zero_copy_only=False)
        owners = one_array(table["row"]).to_numpy()
        sorter = np.lexsort((codes, owners))
        owners, codes = owners[sorter], codes[sorter]
        first, last = np.searchsorted(owners, rows), np.searchsorted(owners, rows, side="right")
        offsets = np.concatenate(([0], np.cumsum(last - first)))
        places = np.arange(offsets[-1]) + np.repeat(first - offsets[:-1], last - first)
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), names.take(pa.array(codes[places])))

    def everybody(self) -> Rows:
        """The numbers of all people, in the pool's own order."""
        return np.sort(self.numpy("SELECT row FROM users")["row"])

    def order(self, order: PeopleOrder) -> Rows:
        """The numbers of all people in this order (`STATUS` depends on the time: it is by name here)."""
        return self._orders.get(order)

    def groups(self) -> tuple[Group, ...]:
        """The pool's groups."""
        return groups_of(self.arrow('SELECT * FROM "groups"'))

    def members(self, group: str) -> Rows:
        """The numbers of the people in a group, in the pool's own order."""
        found = self.numpy('SELECT row FROM memberships WHERE "group" = $name', name=storable(group))
        return np.sort(found["row"])

    def group_sizes(self) -> dict[str, int]:
        """Number of members of every group, empty ones included."""
        counts = dict(self.rows('SELECT "group", count(*) FROM memberships GROUP BY ALL'))
        return {name: counts.get(name, 0) for name in self._group_names}

    def put(self, people: Mapping[str, Person | None]) -> None:
        """Write people as they are now, by sub: changed, new, or (None) gone."""
        if not people:
            return
        with self._lock:
            rows = self._rows_of(people)
            there = [person for person in people.values() if person is not None]
            for sub in (person.user.sub for person in there):
                if sub not in rows:
                    rows[sub] = self._next
                    self._next += 1
            self._add_columns({name for person in there for name in person.user.attributes} - {"sub"})
            users = user_rows([storable_user(person.user) for person in there], self._columns)
            names = [list(person.groups or ()) for person in there]
            self._group_names = sorted_names([*self._group_names, *(name for mine in names for name in mine)])
            numbers = np.array([rows[person.user.sub] for person in there], np.int32)
            self._write(list(rows.values()), users, numbers, pa.array(names, pa.list_(pa.string())))
            self._note(people)

    def put_groups(self, groups: Sequence[Group], gone: Collection[str] = ()) -> None:
        """Write the pool's groups as they are now; nobody is in those of `gone` any more."""
        with self._lock:
            lost: list[str] = []
            for name in gone:
                rows = self.members(name)
                for at in range(0, len(rows), BATCH_ROWS):
                    lost += self._without_group(name, rows[at : at + BATCH_ROWS])
            with self.cursor() as cursor:
                cursor.begin()
                cursor.execute('DELETE FROM "groups"')
                self._insert(cursor, "groups", group_table(groups))
                cursor.commit()
            kept = (name for name in self._group_names if name not in gone)
            self._group_names = sorted_names([*kept, *(group.name for group in groups)])
            self._note(lost)

    def _note(self, subs: Iterable[str]) -> None:
        self.changed |= set(subs)
        self.version += 1

    def _without_group(self, name: str, rows: Rows) -> list[str]:
        numbers, users = self._users(rows)
        names = [[group for group in mine if group != name] for mine in self.group_lists(numbers).to_pylist()]
        batch = users.combine_chunks().to_batches()[0]
        self._write(numbers.tolist(), batch, numbers, pa.array(names, pa.list_(pa.string())))
        return list(users["sub"].to_pylist())

    def _write(self, gone: list[int], users: pa.RecordBatch, numbers: Rows, groups: pa.ListArray) -> None:
        """Take the rows of `gone` out and put these in, all at once."""
        owners = np.repeat(numbers, groups.value_lengths().to_numpy())
        subs = users.column("sub").take(pa.array(np.repeat(np.arange(len(numbers)), groups.value_lengths())))
        members = pa.table({"row": pa.array(owners), "sub": subs, "group": groups.flatten()})
        with self.cursor() as cursor:
            cursor.begin()
            for table in ("users", "memberships"):
                cursor.execute(
                    f"DELETE FROM {table} WHERE row IN (SELECT unnest($rows::INTEGER[]))",  # noqa: S608 - ours
                    {"rows": gone},
                )
            self._insert(cursor, "users", self._user_rows(users, numbers, groups))
            self._insert(cursor, "memberships", members)
            cursor.commit()
        self._orders.replace(gone)

    def _rows_of(self, subs: Iterable[str]) -> dict[str, int]:
        found = self.rows(
            "SELECT sub, row FROM users WHERE sub IN (SELECT unnest($subs::VARCHAR[]))",
            subs=[storable(sub) for sub in subs],
        )
        return {sub: row for sub, row in found}

    def _users(self, rows: Sequence[int] | Rows) -> tuple[Rows, pa.Table]:
        """The numbers of these people as far as they are there, and `users` of them."""
        names = self.attributes
        columns = ["row", *(quoted(name) for name in PERSON_COLUMNS)]
        columns[3] = "status::VARCHAR"
        columns += [self.column(name) for name in names]
        found = self.among(f"SELECT {', '.join(columns)} FROM users WHERE row IN wanted", rows)  # noqa: S608 - quoted
        numbers = one_array(found.column(0))
        places = pc.index_in(pa.array(rows, pa.int32()), value_set=numbers).drop_null()
        found = found.remove_column(0).rename_columns([*PERSON_COLUMNS, *names]).take(places)
        return numbers.take(places).to_numpy(), found

    def _fetch(self, names: Iterable[str], rows: Rows | None) -> pa.Table:
        """`row` and some columns, of everybody or of these people."""
        columns = ", ".join(["row", *(f"{self.column(name)} AS {quoted(name)}" for name in names)])
        if rows is None:
            return self.arrow(f"SELECT {columns} FROM users")  # noqa: S608 - quoted
        return self.among(f"SELECT {columns} FROM users WHERE row IN wanted", rows)  # noqa: S608 - quoted

    def _add_columns(self, attributes: Collection[str]) -> None:
        if set(attributes) <= set(self._columns):
            return
        columns = dict(self._columns)
        for name, column in _column_names(set(attributes) - set(columns), columns.values()).items():
            self._database.execute(f"ALTER TABLE users ADD COLUMN {quoted(column)} VARCHAR")
            columns[name] = column
        self._columns = columns

    def _create(self, groups: pa.Table) -> None:
        statuses = ", ".join(f"'{status}'" for status in UserStatus)
        states = ", ".join(f"'{state}'" for state in STATES)
        fixed = [f"{name} {kind}" for name, kind in _TYPES.items()]
        texts = [f"{quoted(name)} VARCHAR" for name in self._columns.values()]
        columns = ", ".join(["row INTEGER NOT NULL", *fixed, "group_count INTEGER", "text VARCHAR", *texts])
        for sql in (
            f"CREATE TYPE user_status AS ENUM ({statuses})",
            f"CREATE TYPE state AS ENUM ({states})",
            f"CREATE TABLE users ({columns})",
            'CREATE TABLE memberships (row INTEGER NOT NULL, sub VARCHAR, "group" VARCHAR)',
            'CREATE TABLE "groups" (name VARCHAR, description VARCHAR, precedence BIGINT, role_arn VARCHAR, '
            "created TIMESTAMPTZ, changed TIMESTAMPTZ)",
            *_macros(self.about.pool.policy.temporary_days or DEFAULT_TEMPORARY_DAYS),
        ):
            self._database.execute(sql)
        self._insert(self._database, "groups", groups.select(GROUPS_SCHEMA.names))

    def _numbered(
        self, users: Iterable[pa.RecordBatch], members: LoadedMemberships
    ) -> Iterator[pa.RecordBatch]:
        """Rows of `users` for a pool that is loaded."""
        for batch in users:
            for at in range(0, batch.num_rows, BATCH_ROWS):
                part = batch.slice(at, BATCH_ROWS)
                numbers = np.arange(self._next, self._next + part.num_rows, dtype=np.int32)
                self._next += part.num_rows
                yield self._user_rows(part, numbers, members.lists(numbers))

    def _load(self, table: str, parts: Iterator[pa.RecordBatch]) -> None:
        """Fill a table in one go: one batch is made ready while others are written."""
        for first in parts:
            whole = pa.RecordBatchReader.from_batches(first.schema, itertools.chain([first], parts))
            self._insert(self._database, table, whole)

    def _insert(
        self,
        connection: duckdb.DuckDBPyConnection,
        table: str,
        part: pa.RecordBatchReader | pa.RecordBatch | pa.Table,
    ) -> None:
        """Append rows, whose columns have the table's names."""
        connection.register("_part", part)
        try:
            connection.execute(f'INSERT INTO "{table}" BY NAME SELECT * FROM _part')  # noqa: S608 - ours
        finally:
            connection.unregister("_part")

    def _user_rows(self, part: pa.RecordBatch, numbers: Rows, groups: pa.ListArray) -> pa.RecordBatch:
        columns = {name: part.column(name) for name in PERSON_COLUMNS}
        columns["status"] = _known_statuses(part.column("status"))
        columns |= {
            column: part.column(name) for name, column in self._columns.items() if name in part.schema.names
        }
        columns["row"] = pa.array(numbers)
        columns["group_count"] = pc.list_value_length(groups)
        columns["text"] = searched_text(part, groups)
        return pa.record_batch(columns)


class LoadedMemberships:
    """Memberships person by person, small while a pool is loaded: each pair once, strangers left out."""

    def __init__(self, table: pa.Table, subs: pa.Array, groups: Sequence[str]) -> None:
        """`table` is as `Snapshot.memberships`; `subs` are those of everybody, in their order.

        `strangers` are the groups with members who aren't there.
        """
        self.subs = subs
        self.names = sorted_names([*groups, *pc.unique(table["group"]).to_pylist()])
        codes = pc.index_in(one_array(table["group"]), value_set=pa.array(self.names, pa.string()))
        rows = pc.fill_null(pc.index_in(one_array(table["sub"]), value_set=subs), -1).to_numpy()
        unknown = np.unique(codes.to_numpy()[rows < 0])
        self.strangers = frozenset(self.names[int(code)] for code in unknown)
        pairs = rows.astype(np.int64) * max(1, len(self.names)) + codes.to_numpy()
        pairs.sort()
        pairs = pairs[(pairs >= 0) & np.concatenate(([True], pairs[1:] != pairs[:-1]))[: len(pairs)]]
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

    def batches(self) -> Iterator[pa.RecordBatch]:
        """All of them as rows of `memberships`."""
        for at in range(0, len(self._rows), BATCH_ROWS):
            rows = pa.array(self._rows[at : at + BATCH_ROWS])
            names = self._named(self._codes[at : at + BATCH_ROWS])
            yield pa.record_batch([rows, self.subs.take(rows), names], ["row", "sub", "group"])

    def _named(self, codes: Rows) -> pa.Array:
        return pa.array(self.names, pa.string()).take(pa.array(codes))


def _without_strangers(known: Completeness, groups: frozenset[str]) -> Completeness:
    """What is missing once members who aren't in the list of people are left out of these groups."""
    unread = groups - known.unread_groups
    if not unread:
        return known
    named = ", ".join(sorted(unread, key=str.casefold))
    said = f"LoadedMemberships of {named} are missing from the list of people."
    return replace(known, missing=(*known.missing, said), unread_groups=known.unread_groups | unread)


def searched_text(part: pa.RecordBatch | pa.Table, groups: pa.ListArray) -> pa.Array:
    """What a search looks at, folded, one line a piece; without subs as AWS makes them (`SUB_LETTERS`)."""
    names = [
        column.name for column in part.schema if pa.types.is_string(column.type) and column.name != "status"
    ]
    columns = {name: fold(part.column(name)) for name in names if name != "sub"}
    sub, none = part.column("sub"), pa.scalar(None, pa.string())
    # where people sign in by e-mail the username is the sub, which is searched in its own column: a
    # third less to keep and to look through
    columns["username"] = pc.if_else(pc.equal(part.column("username"), sub), none, columns["username"])
    plain = pc.match_substring_regex(sub, f"^[{SUB_LETTERS}]*$")
    if not pc.all(plain, min_count=0).as_py():
        columns["sub"] = pc.if_else(plain, none, fold(sub))
    folded = pa.ListArray.from_arrays(groups.offsets, fold(groups.values))
    joined = pc.if_else(pc.equal(pc.list_value_length(groups), 0), None, pc.binary_join(folded, "\n"))
    return pc.binary_join_element_wise(*columns.values(), joined, "\n", null_handling="skip")


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever stands in it."""
    return '"' + name.replace('"', '""') + '"'


def is_plain(column: str) -> str:
    """SQL: whether a text is ASCII alone (as many bytes as characters); `lower` is all its folding then."""
    return f"strlen({column}) = length({column})"


def loose(column: str) -> str:
    """SQL: a name as `services.cognito.people.loose_key` writes it."""
    return f"CASE WHEN {is_plain(column)} THEN lower({column}) ELSE nfc_normalize(casefolded({column})) END"


def _listed(rows: Sequence[int] | Rows) -> list[int]:
    return rows.tolist() if isinstance(rows, np.ndarray) else [int(row) for row in rows]


def _column_names(attributes: Iterable[str], taken: Iterable[str] = ()) -> dict[str, str]:
    """The column of each attribute. The engine doesn't tell `custom:Team` from `custom:team`."""
    used = {name.casefold() for name in (*PERSON_COLUMNS, *_OURS, *taken)}
    columns: dict[str, str] = {}
    for attribute in sorted(set(attributes)):
        name, number = attribute, 2
        while name.casefold() in used:
            name, number = f"{attribute} ({number})", number + 1
        used.add(name.casefold())
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
    cases = " ".join(f"WHEN '{status}' THEN '{state}'::state" for status, state in STATE_OF_STATUS.items())
    invited = f"status = '{UserStatus.FORCE_CHANGE_PASSWORD}'"
    valid = f"to_hours({24 * days})"
    return (
        "CREATE OR REPLACE MACRO invitation_expiry(status, created, changed) AS "
        f"CASE WHEN {invited} THEN greatest(created, changed) + {valid} END",
        "CREATE OR REPLACE MACRO state_at(status, created, changed, moment) AS "
        # (what depends on the moment alone is worked out once)
        f"CASE WHEN {invited} AND greatest(created, changed) <= moment - {valid} "
        f"THEN '{PersonState.EXPIRED}'::state "
        f"ELSE CASE status {cases} ELSE '{PersonState.OTHER}'::state END END",
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
            groups = snapshot.groups["name"].to_pylist()
            kept["_pool"] = PoolTables(
                snapshot.about,
                snapshot.users.to_batches(),
                snapshot.groups,
                LoadedMemberships(snapshot.memberships, one_array(snapshot.users["sub"]), groups),
                attributes=snapshot.attributes,
            )
        pool: PoolTables = kept["_pool"]
        return pool
