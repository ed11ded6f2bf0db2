"""Where names are looked up: in the people that were read, in a pool’s tables, or by asking ListUsers.

Each is a `Source` of `services.directory.identify`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import numpy as np

from services.cognito import phones
from services.cognito.filters import UserFilter, exact, prefix
from services.cognito.gateway import CognitoGateway
from services.cognito.models import User, UserPool
from services.cognito.people import NameKind, linked_names, loose_key
from services.cognito.written import sought
from services.directory.engine import loose, lowered
from services.directory.groups import matching
from services.directory.identify import Index, Name, Names, Progress, Source
from services.directory.listing import Directory
from services.directory.orders import Rows
from services.directory.people import folded, storable
from services.directory.pool import PoolTables
from services.directory.search import search
from services.directory.search_query import Query
from services.errors import ConsoleError, InvalidValue

AT_ONCE = 4
FOUND_AT_MOST = 50
LOOKED_THROUGH = 2_000
"""So many people whom a search box may mean are looked at one by one."""
NEAR_UP_TO = 100_000
"""People of a large pool whose names are compared with one that isn't found."""
_WRITTEN = (NameKind.USERNAME, NameKind.EMAIL, NameKind.PREFERRED)
_WORDS = ("name", "given_name", "family_name")
_SEARCHED = ("email", "username", *_WORDS, "phone_number", "preferred_username")


def source_for(
    directory: Directory, progress: Progress | None = None, snapshot: PoolTables | None = None
) -> Source:
    """The people of a directory: as read where the pool is small, else asked of Cognito one by one.

    In a large pool with a `snapshot` (with the changes made here since) only those are asked for who
    aren't in it. `progress` hears of each entry that was asked for.
    """
    tables = directory.tables()
    if tables is not None:
        return TablesSource(tables)
    asked = AskedSource(directory.gateway, directory.gateway.describe_pool(), progress)
    return asked if snapshot is None else SnapshotSource(TablesSource(snapshot), asked)


class TablesSource:
    """Looks people up in the tables of a pool that was read."""

    everywhere = True

    def __init__(self, tables: PoolTables) -> None:
        self._tables = tables
        self.pool = tables.about.pool

    def __len__(self) -> int:
        return len(self._tables)

    @property
    def complete(self) -> bool:
        """Whether nobody can be missing: members of groups are people whom the list may not show yet."""
        return self._tables.completeness.users_known and self._tables.completeness.groups_known

    def holders(self, wanted: Sequence[Sequence[Name]]) -> list[User]:
        """See `Source`."""
        names = {name for some in wanted for name in some}
        rows: set[int] = set()
        for kind in NameKind:
            keys = {loose_key(value) for of, value in names if of is kind}
            if keys:
                rows |= self._linked(keys) if kind is NameKind.IDENTITY else self._rows(kind, keys)
        return self._users(sorted(rows))

    def _users(self, rows: Sequence[int]) -> list[User]:
        return [person.user for person in self._tables.people(rows)]

    def _rows(self, kind: NameKind, keys: set[str]) -> set[int]:
        """The rows of people whose name of this kind has one of `keys` (`loose_key`)."""
        column = self._tables.column(kind)
        found = self._tables.rows(
            f"SELECT row FROM users WHERE {loose(column)} IN (SELECT unnest($keys::VARCHAR[])) "  # noqa: S608 - quoted
            f"AND {column} <> ''",
            keys=[storable(key) for key in keys],
        )
        return {row for (row,) in found}

    def _linked(self, keys: set[str]) -> set[int]:
        """The rows of people linked to an account elsewhere that goes by one of `keys`."""
        column = self._tables.column("identities")
        return {
            row
            for row, text in self._tables.rows(
                f"SELECT row, {column} FROM users WHERE {column} <> ''"  # noqa: S608 - quoted
            )
            if any(loose_key(name) in keys for name in linked_names(text))
        }

    def names(self) -> Names:
        """See `Source`."""
        columns = ", ".join(f"nullif({self._tables.column(kind)}, '')" for kind in _WRITTEN)
        table = self._tables.arrow(f"SELECT row, {columns} FROM users ORDER BY row")  # noqa: S608 - quoted
        rows, *texts = (column.to_pylist() for column in table.columns)
        return Names(dict(zip(_WRITTEN, texts, strict=True)), lambda place: self._users([rows[place]])[0])


class AskedSource:
    """A pool that isn't read: each name is asked for by ListUsers, which bills nobody."""

    everywhere = False
    complete = True

    def __init__(self, gateway: CognitoGateway, pool: UserPool, progress: Progress | None = None) -> None:
        self.pool = pool
        self._gateway = gateway
        self._progress = progress

    def names(self) -> None:
        """See `Source`."""

    def holders(self, wanted: Sequence[Sequence[Name]]) -> list[User]:
        """See `Source`. Up to three requests for each name; raises the gateway's errors."""

        def ask(names: Sequence[Name]) -> dict[str, User] | ConsoleError:
            try:
                return {
                    user.sub: user
                    for question in questions(names)
                    for user in self._gateway.iter_users(question)
                }
            except ConsoleError as error:
                return error

        found: dict[str, User] = {}
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="look-up") as threads:
            for done, answer in enumerate(threads.map(ask, wanted), start=1):
                if isinstance(answer, ConsoleError):
                    threads.shutdown(cancel_futures=True)
                    raise answer
                found |= answer
                if self._progress is not None:
                    self._progress(done, len(wanted))
        return list(found.values())


class SnapshotSource:
    """A large pool that was read some time ago: whoever isn't found there is asked for."""

    everywhere = False
    complete = True

    def __init__(self, read: TablesSource, asked: AskedSource) -> None:
        self.pool = asked.pool
        self._read = read
        self._asked = asked

    def names(self) -> Names | None:
        """See `Source`; None where so many would have to be compared."""
        return self._read.names() if len(self._read) <= NEAR_UP_TO else None

    def holders(self, wanted: Sequence[Sequence[Name]]) -> list[User]:
        """See `Source`. Raises the gateway's errors."""
        found = self._read.holders(wanted)
        index = Index(self.pool, found)
        left = [names for names in wanted if not any(index.in_any_case(*name) for name in names)]
        return [*found, *(self._asked.holders(left) if left else ())]


def questions(names: Iterable[Name]) -> list[UserFilter]:
    """What to ask ListUsers for these names: as written, in small letters, and with accents apart.

    It compares usernames by case, and pools that ignore case keep them in lower case (developer guide,
    "User pool case sensitivity"); not every backend ignores the case of addresses.
    """
    asked: dict[tuple[str, str], UserFilter] = {}
    for kind, value in names:
        if kind is NameKind.IDENTITY:
            continue  # can't be asked for; whoever isn't linked has it as their username
        for spelling in dict.fromkeys((value, value.lower(), unicodedata.normalize("NFD", value))):
            try:
                asked.setdefault((kind, spelling), exact(kind, spelling))
            except InvalidValue:  # too long to search for, so nobody can be called that
                continue
    return list(asked.values())


def candidates(
    directory: Directory, query: str, *, limit: int = FOUND_AT_MOST, snapshot: PoolTables | None = None
) -> tuple[list[User], bool]:
    """People to choose from for what is typed into a search box, and whether there are more.

    A small pool, or the `snapshot` of a large one, is searched for every word anywhere, names that begin
    so first; else Cognito is asked for names, addresses and numbers that start with the query (ListUsers
    knows no other search). Raises the gateway's errors.
    """
    query = sought(query.strip())
    if not folded(query).strip():
        return [], False
    tables = directory.tables()
    tables = snapshot if tables is None else tables
    if tables is not None:
        return _in_tables(tables, query, limit)
    users: dict[str, User] = {}
    more = False
    # Whether AWS heeds case here, its documents don't agree on: names are asked for as written too.
    wanted = [(prefix, name, query) for name in _SEARCHED]
    wanted += [(prefix, name, query.title()) for name in _WORDS if query.title() != query]
    number = phones.read(query, directory.gateway.phone_region).number
    wanted += [(prefix, NameKind.PHONE, number)] if number not in ("", query) else []
    for condition in _usable(wanted):
        found = list(islice(directory.gateway.iter_users(condition), limit + 1))
        users |= {user.sub: user for user in found}
        more = more or len(found) > limit
    ordered = sorted(users.values(), key=_by_name)
    return ordered[:limit], more or len(ordered) > limit


def _in_tables(tables: PoolTables, query: str, limit: int) -> tuple[list[User], bool]:
    """As `candidates`, in a pool's tables."""
    rows = search(tables, Query(words=query)).rows
    if len(rows) > LOOKED_THROUGH:  # whoever is called so before whoever has it somewhere
        rows = np.concatenate([beginning := _beginning(tables, rows, query), rows[~np.isin(rows, beginning)]])
    users = matching(_users_at(tables, rows[:LOOKED_THROUGH]), query, tables.about.pool.phone_region)
    fitting = sorted(users, key=_by_name)
    fitting.sort(key=lambda user: not _starts(user, query))
    return fitting[:limit], len(fitting) > limit or len(rows) > LOOKED_THROUGH


def _users_at(tables: PoolTables, rows: Rows) -> list[User]:
    return [person.user for person in tables.people(rows)]


def _beginning(tables: PoolTables, rows: Rows, query: str) -> Rows:
    """Those of some people in whom a word of a name or address begins with the first one of `query`."""
    columns = ", ".join(tables.column(name) for name in _SEARCHED)
    whole = f"' ' || concat_ws(' ', {columns})"
    found = tables.among(
        f"SELECT row FROM users WHERE row IN wanted AND contains({lowered(whole, 'folded')}, $first)",  # noqa: S608 - quoted
        rows,
        first=storable(f" {folded(query).split()[0]}"),
    )
    return rows[np.isin(rows, found["row"].to_numpy())]


def _usable(wanted: Iterable[tuple[Callable[[str, str], UserFilter], str, str]]) -> list[UserFilter]:
    filters = []
    for make, name, value in wanted:
        try:
            filters.append(make(name, value))
        except InvalidValue:  # too long to search for, so nobody can be called that
            continue
    return filters


def _by_name(user: User) -> tuple[str, str]:
    return (user.name or user.label).casefold(), user.sub


def _starts(user: User, query: str) -> bool:
    """Whether a word of the person's name or address begins with what was typed first."""
    first = folded(query).split()[0]
    return any(word.startswith(first) for word in folded(f"{user.name} {user.label}").split())
