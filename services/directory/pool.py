"""A pool as tables in an engine: `users`, `groups` and `memberships` in DuckDB, whatever the pool's size.

    pool = pool_of(snapshot)
    pool.rows('SELECT "group", count(*) FROM memberships GROUP BY ALL')
    pool.arrow("SELECT sub, state_at(status, invited_from, invited_until, $now) FROM users", now=now)

`users` has one row per person: `row` (a number that stays theirs), `sub`, `username`, `status` (AWS's
term), `enabled`, `created` and `changed` (TIMESTAMPTZ), `invited_from` and `invited_until` (between which
moments a temporary password was set, see `services.cognito.status`), `group_count`, and a text column per
attribute that somebody has (`email`, `"custom:department"` …), null where a person lacks it. `groups` is as
`GROUPS_SCHEMA` says. `memberships` has one row per person and group: `row`, `sub`, `"group"`.

What only makes it quick: `text` is what a search for words looks at, folded, of what differs from person
to person (`sub` aside); where many people share the values of an attribute, a column of codes stands
beside it (`PoolTables.codes`), and so does `group_set`, the code of a person's groups, which
`group_sets` lists (`group_set`, `"group"`) and `memberships` is made of.

Two macros carry the pool's settings: `invitation_expiry(status, invited_from)` is when a temporary
password stops working at the earliest (null where there is none), and
`state_at(status, invited_from, invited_until, moment)` is where a person stands, as
`services.directory.filtering.PersonState`. Two functions make texts comparable: `folded(text)` (without
accents and case), `casefolded(text)` and `name_key(text)` (names alike but for case).

Each pool is a database of its own in memory: it reads no file, writes none, and can't be told to.
"""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar, cast

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.cognito.models import Group, User, UserStatus
from services.cognito.status import invited_between
from services.directory.engine import column_names, database, macros
from services.directory.engine import quoted as quoted
from services.directory.folding import fold, one_array
from services.directory.orders import Orders, Rows
from services.directory.people import Person, sorted_names, storable
from services.directory.people_order import PeopleOrder
from services.directory.person_state import PersonState
from services.directory.snapshot import (
    GROUPS_SCHEMA,
    PERSON_COLUMNS,
    TIME,
    Completeness,
    Snapshot,
    SnapshotAbout,
)
from services.directory.snapshot_rows import group_table, groups_of, storable_user, user_from, user_rows
from services.directory.value_codes import GroupSets, LoadedMemberships, ValueCodes, fits_codes, rows_of

T = TypeVar("T")

BATCH_ROWS = 50_000
"""People loaded at a time, which bounds the memory of loading."""
_SAMPLE = 1_000
_FEW = 2_000
"""Up to so many numbers of people are sooner given to a query as a list than as a table."""

INVITED_COLUMNS = ("invited_from", "invited_until")
_TYPES = {
    "sub": "VARCHAR NOT NULL",
    "username": "VARCHAR NOT NULL",
    "status": "user_status NOT NULL",
    "enabled": "BOOLEAN",
    "created": "TIMESTAMPTZ",
    "changed": "TIMESTAMPTZ",
    **dict.fromkeys(INVITED_COLUMNS, "TIMESTAMPTZ"),
}
SUB_LETTERS = "0-9a-f-"
"""What the subs that AWS makes consist of, as in a regular expression; others are a part of `text`."""
_OURS = ("row", "group_count", "group_set", "text", *INVITED_COLUMNS)
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
        self._at_version: dict[str, tuple[int, Any]] = {}
        self.changed: frozenset[str] = frozenset()
        self.group_sets: GroupSets = members.sets
        self._columns = column_names(attributes, _OURS)
        self._codes: dict[str, tuple[str, ValueCodes]] = {}
        self._lock = threading.RLock()
        self._orders = Orders(self._fetch)
        self._database = database(len(members.codes))
        self._group_names = members.names
        self._next = 0
        batches = iter(users)
        first = list(itertools.islice(batches, 1))
        self._choose_codes(first)
        self._sample = pa.array([], pa.string())
        self.letters: Mapping[str, int] = {}  # how often each is met in the texts of some people
        self._create(groups)
        self._load("users", self._numbered(itertools.chain(first, batches), members))
        self._insert(self._database, "group_sets", self.group_sets.table())
        self._database.execute("SET lock_configuration = true")
        pa.default_memory_pool().release_unused()

    def __len__(self) -> int:
        return self._kept("people", lambda: int(self.rows("SELECT count(*) FROM users")[0][0]))

    def _kept(self, name: str, ask: Callable[[], T]) -> T:
        """What was answered under this name, asked again once something was written since: pages ask for
        the same few numbers at every click."""
        # read first: what is written meanwhile makes a further version
        version = self.version
        known = self._at_version.get(name)
        if known is None or known[0] != version:
            known = self._at_version[name] = (version, ask())
        return cast(T, known[1])

    @property
    def counts(self) -> tuple[int, int, int]:
        """Number of people, of groups, and of memberships."""
        sql = (
            'SELECT count(*), (SELECT count(*) FROM "groups"), '
            "coalesce(sum(group_count), 0)::BIGINT FROM users"
        )
        people, groups, memberships = self._kept("counts", lambda: self.rows(sql)[0])
        return people, groups, memberships

    def in_country(self, phone_region: str) -> PoolTables:
        """These tables; numbers without a country code are of `phone_region` from now on (`UserPool`)."""
        if phone_region != self.about.pool.phone_region:
            self.about = replace(self.about, pool=replace(self.about.pool, phone_region=phone_region))
        return self

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

    def codes(self, attribute: str) -> tuple[str, ValueCodes] | None:
        """The column of an attribute's codes (as SQL names it) and their values; None if it has no codes."""
        found = self._codes.get(attribute)
        return None if found is None else (quoted(found[0]), found[1])

    @property
    def all_codes(self) -> tuple[tuple[str, ValueCodes], ...]:
        """As `codes`, of every attribute that has them: the others' values stand in `text`."""
        return tuple((quoted(column), codes) for column, codes in self._codes.values())

    def frequency(self, word: str) -> float:
        """Roughly how many of the people have a word (folded) in `text`, from 0 to 1."""
        found = pc.sum(pc.match_substring(self._sample, word)).as_py() or 0
        return found / max(1, len(self._sample))

    def in_text(self, attribute: str) -> bool:
        """Whether `text` holds an attribute's values, folded."""
        return attribute in self._columns and attribute not in self._codes

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
        names = self.attributes
        columns = ["row", *(quoted(name) for name in PERSON_COLUMNS)]
        columns[3] = "status::VARCHAR"
        columns += [self.column(name) for name in names]
        found = self.among(f"SELECT {', '.join(columns)} FROM users WHERE row IN wanted", rows)  # noqa: S608 - quoted
        numbers = one_array(found.column(0))
        places = pc.index_in(pa.array(rows, pa.int32()), value_set=numbers).drop_null()
        return found.remove_column(0).rename_columns([*PERSON_COLUMNS, *names]).take(places)

    def people(self, rows: Sequence[int] | Rows) -> list[Person]:
        """These people, in this order; meant for a page of them. Who is gone is left out."""
        known = self.completeness.groups_known
        found = self._users_with_sets(_listed(rows))
        names = self.group_sets.lists(pa.array([group_set for _, group_set in found.values()], pa.int32()))
        groups = dict(zip(found, map(tuple, names.to_pylist()), strict=True))
        return [
            Person(found[row][0], groups[row] if known else None) for row in _listed(rows) if row in found
        ]

    def _users_with_sets(self, rows: list[int]) -> dict[int, tuple[User, int]]:
        """Some people by number, with the codes of their groups.

        A page of them is sooner read as values than as columns.
        """
        names = self.attributes
        fixed = ("row", "group_set", *INVITED_COLUMNS, *PERSON_COLUMNS)
        columns = ", ".join([*fixed, *(self.column(name) for name in names)])
        where = "row = $rows[1]" if len(rows) == 1 else "row IN (SELECT unnest($rows::INTEGER[]))"
        found = self.rows(f"SELECT {columns} FROM users WHERE {where}", rows=rows)  # noqa: S608 - quoted
        return {
            row: (user_from(names, values, (first, last)), group_set)
            for row, group_set, first, last, *values in found
        }

    def persons(self, subs: Iterable[str]) -> dict[str, Person]:
        """The people with these subs, by sub; a sub that nobody has is left out."""
        return {person.user.sub: person for person in self.people(list(self._rows_of(subs).values()))}

    def person(self, sub: str) -> Person | None:
        """One person by sub, or None."""
        return self.persons([sub]).get(sub)

    def groups_of(self, rows: Sequence[int] | Rows) -> dict[int, tuple[str, ...]]:
        """Names of the groups of these people, in reading order, by number; who has none is left out."""
        names = self.group_lists(rows).to_pylist()
        return {row: tuple(mine) for row, mine in zip(_listed(rows), names, strict=True) if mine}

    def group_lists(self, rows: Sequence[int] | Rows) -> pa.ListArray:
        """Names of the groups of any number of people: a list of strings each, in reading order."""
        found = self.among("SELECT row, group_set FROM users WHERE row IN wanted", rows)
        places = pc.index_in(pa.array(rows, pa.int32()), value_set=one_array(found["row"]))
        return self.group_sets.lists(one_array(found["group_set"]).take(places))

    def everybody(self) -> Rows:
        """The numbers of all people, in the pool's own order."""
        return np.sort(self.numpy("SELECT row FROM users")["row"])

    def order(self, order: PeopleOrder) -> Rows:
        """The numbers of all people in this order (`STATUS` depends on the time: it is by name here)."""
        return self._orders.get(order)

    def groups(self) -> tuple[Group, ...]:
        """The pool's groups."""
        return self._kept("groups", lambda: groups_of(self.arrow('SELECT * FROM "groups"')))

    def members(self, group: str) -> Rows:
        """The numbers of the people in a group, in the pool's own order."""
        values: dict[str, Any] = {}
        where = fits_codes("group_set", self.group_sets.holding([storable(group)]), binding(values))
        return np.sort(self.numpy(f"SELECT row FROM users WHERE {where}", **values)["row"])  # noqa: S608 - bound

    def group_sizes(self) -> dict[str, int]:
        """Number of members of every group, empty ones included."""
        sql = (
            'SELECT "group", sum(n)::BIGINT FROM group_sets JOIN '
            "(SELECT group_set, count(*) AS n FROM users GROUP BY ALL) USING (group_set) GROUP BY ALL"
        )
        counts = self._kept("group_sizes", lambda: dict(self.rows(sql)))
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
            invited = [invited_between(person.user) for person in there]
            names = [person.groups or () for person in there]
            self._group_names = sorted_names([*self._group_names, *(name for mine in names for name in mine)])
            self._write(
                list(rows.values()), users, [rows[person.user.sub] for person in there], names, invited
            )
            self._note(people)

    def put_invitations(self, known: pa.Table) -> None:
        """Write what is known of people's temporary passwords: `row`, `invited_from`, `invited_until`."""
        with self._lock, self.cursor() as cursor:
            cursor.register("_known", known)
            cursor.execute(
                "UPDATE users SET invited_from = _known.invited_from, invited_until = _known.invited_until "
                "FROM _known WHERE users.row = _known.row"
            )
            self.version += 1

    def _write(
        self,
        gone: list[int],
        users: pa.RecordBatch,
        rows: list[int],
        groups: Sequence[Collection[str]],
        invited: Sequence[tuple[datetime, datetime]],
    ) -> None:
        """Take the rows of `gone` out and put these people in, all at once."""
        known = len(self.group_sets)
        codes, counts = self.group_sets.codes(groups), [len(set(names)) for names in groups]
        first, last = (pa.array([pair[at] for pair in invited], TIME) for at in (0, 1))
        numbers, sizes = pa.array(rows, pa.int32()), pa.array(counts, pa.int32())
        coming = self._user_rows(users, numbers, codes, sizes, (first, last))
        where = "row = $rows[1]" if len(gone) == 1 else "row IN (SELECT unnest($rows::INTEGER[]))"
        with self.cursor() as cursor:
            cursor.begin()
            cursor.execute(f"DELETE FROM users WHERE {where}", {"rows": gone})  # noqa: S608 - ours
            self._insert(cursor, "users", coming)
            self._insert(cursor, "group_sets", self.group_sets.table(known))
            cursor.commit()
        self._orders.replace(gone)

    def put_groups(self, groups: Sequence[Group], gone: Collection[str] = ()) -> None:
        """Write the pool's groups as they are now; nobody is in those of `gone` any more."""
        with self._lock:
            lost = [sub for name in gone for sub in self._without_group(name)]
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

    def _without_group(self, group: str) -> list[str]:
        """Take everybody out of a group; their subs."""
        before = np.flatnonzero(self.group_sets.holding([group])).astype(np.int32)
        known = len(self.group_sets)
        names = [
            [name for name in mine if name != group]
            for mine in self.group_sets.lists(pa.array(before)).to_pylist()
        ]
        after = pa.table({"before": before, "after": self.group_sets.codes(names)})
        after = after.append_column("number", pa.array(map(len, names), pa.int32()))
        with self.cursor() as cursor:
            cursor.begin()
            self._insert(cursor, "group_sets", self.group_sets.table(known))
            cursor.register("_after", after)
            found = cursor.execute(
                "UPDATE users SET group_set = _after.after, group_count = _after.number "
                "FROM _after WHERE group_set = _after.before RETURNING sub"
            ).fetchall()
            cursor.commit()
        return [sub for (sub,) in found]

    def _rows_of(self, subs: Iterable[str]) -> dict[str, int]:
        wanted = [storable(sub) for sub in subs]
        where = "sub = $subs[1]" if len(wanted) == 1 else "sub IN (SELECT unnest($subs::VARCHAR[]))"
        return dict(self.rows(f"SELECT sub, row FROM users WHERE {where}", subs=wanted))  # noqa: S608 - ours

    def _fetch(self, names: Iterable[str], rows: Rows | None) -> Iterator[pa.RecordBatch]:
        """`row` and some columns, of everybody or of these people, a piece at a time."""
        columns = ", ".join(["row", *(f"{self.column(name)} AS {quoted(name)}" for name in names)])
        if rows is not None:
            yield from self.among(f"SELECT {columns} FROM users WHERE row IN wanted", rows).to_batches()  # noqa: S608 - quoted
            return
        with self.cursor() as cursor:
            yield from cursor.sql(f"SELECT {columns} FROM users").to_arrow_reader(BATCH_ROWS)  # noqa: S608 - quoted

    def _add_columns(self, attributes: Collection[str]) -> None:
        if set(attributes) <= set(self._columns):
            return
        columns = dict(self._columns)
        taken = (*_OURS, *columns.values(), *(column for column, _ in self._codes.values()))
        for name, column in column_names(set(attributes) - set(columns), taken).items():
            self._database.execute(f"ALTER TABLE users ADD COLUMN {quoted(column)} VARCHAR")
            columns[name] = column
        self._columns = columns

    def _choose_codes(self, first: Iterable[pa.RecordBatch]) -> None:
        """Give those attributes codes whose values repeat in the first people."""
        for part in first:
            piece = part.slice(0, BATCH_ROWS)
            shared = [name for name in self._columns if ValueCodes.suits(piece.column(name))]
            names = column_names((f"{name} code" for name in shared), (*_OURS, *self._columns.values()))
            self._codes = {name: (names[f"{name} code"], ValueCodes()) for name in shared}

    def _create(self, groups: pa.Table) -> None:
        statuses = ", ".join(f"'{status}'" for status in UserStatus)
        states = ", ".join(f"'{state}'" for state in STATES)
        fixed = [f"{name} {kind}" for name, kind in _TYPES.items()]
        texts = [f"{quoted(name)} VARCHAR" for name in ("text", *self._columns.values())]
        numbers = ["group_count", "group_set", *(column for column, _ in self._codes.values())]
        columns = ["row INTEGER NOT NULL", *fixed, *(f"{quoted(name)} INTEGER" for name in numbers), *texts]
        for sql in (
            f"CREATE TYPE user_status AS ENUM ({statuses})",
            f"CREATE TYPE state AS ENUM ({states})",
            f"CREATE TABLE users ({', '.join(columns)})",
            'CREATE TABLE group_sets (group_set INTEGER, "group" VARCHAR)',
            "CREATE VIEW memberships AS "
            'SELECT row, sub, "group" FROM users JOIN group_sets USING (group_set)',
            'CREATE TABLE "groups" (name VARCHAR, description VARCHAR, precedence BIGINT, role_arn VARCHAR, '
            "created TIMESTAMPTZ, changed TIMESTAMPTZ)",
            *macros(self.about.pool.policy.valid_days),
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
                mine = slice(self._next, self._next + part.num_rows)
                self._next += part.num_rows
                numbers = pa.array(np.arange(mine.start, mine.stop, dtype=np.int32))
                sets, counts = pa.array(members.codes[mine]), pa.array(members.counts[mine])
                made = self._user_rows(part, numbers, sets, counts)
                if not mine.start:
                    self._sample = pa.concat_arrays([made["text"].slice(0, _SAMPLE)])
                    self.letters = Counter("".join(self._sample.to_pylist()))
                yield made

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

    def _user_rows(
        self,
        part: pa.RecordBatch,
        numbers: pa.Array,
        group_sets: pa.Array,
        group_counts: pa.Array,
        invited: tuple[pa.Array, pa.Array] | None = None,
    ) -> pa.RecordBatch:
        columns = {name: part.column(name) for name in PERSON_COLUMNS}
        columns |= zip(INVITED_COLUMNS, invited or (columns["created"], columns["changed"]), strict=True)
        columns["status"] = _known_statuses(part.column("status"))
        given = {name: column for name, column in self._columns.items() if name in part.schema.names}
        columns |= {column: part.column(name) for name, column in given.items()}
        columns |= {column: codes.codes(part.column(name)) for name, (column, codes) in self._codes.items()}
        columns |= {"row": numbers, "group_set": group_sets, "group_count": group_counts}
        columns["text"] = searched_text(part, filter(self.in_text, given))
        return pa.record_batch(columns)


def binding(values: dict[str, Any]) -> Any:
    """What names a value in a query and puts it into `values`."""

    def bind(value: Any) -> str:
        name = f"v{len(values)}"
        values[name] = storable(value) if isinstance(value, str) else value
        return f"${name}"

    return bind


def _without_strangers(known: Completeness, groups: frozenset[str]) -> Completeness:
    """What is missing once members who aren't in the list of people are left out of these groups."""
    unread = groups - known.unread_groups
    if not unread:
        return known
    named = ", ".join(sorted(unread, key=str.casefold))
    said = f"Members of {named} are missing from the list of people."
    return replace(known, missing=(*known.missing, said), unread_groups=known.unread_groups | unread)


def searched_text(part: pa.RecordBatch, columns: Iterable[str]) -> pa.Array:
    """What a search looks at person by person, folded, one line a piece; without subs as AWS makes them."""
    texts = {name: fold(part.column(name)) for name in columns}
    sub, none = part.column("sub"), pa.scalar(None, pa.string())
    # where people sign in by e-mail the username is the sub, which is searched in its own column
    username = fold(part.column("username"))
    texts["username"] = pc.if_else(pc.equal(part.column("username"), sub), none, username)
    plain = pc.match_substring_regex(sub, f"^[{SUB_LETTERS}]*$")
    if not pc.all(plain, min_count=0).as_py():
        texts["sub"] = pc.if_else(plain, none, fold(sub))
    return pc.binary_join_element_wise(*texts.values(), "\n", null_handling="skip")


def _listed(rows: Sequence[int] | Rows) -> list[int]:
    return rows.tolist() if isinstance(rows, np.ndarray) else [int(row) for row in rows]


def _known_statuses(column: pa.Array) -> pa.Array:
    """Statuses; one that nobody knows is `UNKNOWN`."""
    known = pc.is_in(column, value_set=pa.array([str(status) for status in UserStatus]))
    return pc.if_else(known, column, str(UserStatus.UNKNOWN))


def pool_of(snapshot: Snapshot) -> PoolTables:
    """The tables of a snapshot, made at the first call and kept as long as the snapshot is."""
    kept = snapshot.__dict__  # where a cached property of a frozen class keeps its value, too
    with kept.setdefault("_pool_lock", threading.Lock()):
        if "_pool" not in kept:
            rows = rows_of(snapshot.memberships, one_array(snapshot.users["sub"]))
            groups = snapshot.groups["name"].to_pylist()
            kept["_pool"] = PoolTables(
                snapshot.about,
                snapshot.users.to_batches(),
                snapshot.groups,
                LoadedMemberships(rows, snapshot.memberships["group"], len(snapshot), groups),
                attributes=snapshot.attributes,
            )
        pool: PoolTables = kept["_pool"]
        return pool
