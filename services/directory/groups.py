"""The groups of a pool as people work with them: sizes, members, and the applications behind them.

Where a pool stands as tables (a small pool, or a large one with a snapshot) everything comes from
those that the other pages read, too. Elsewhere Cognito is asked: groups are counted only on request,
and members read as far as somebody looks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import overload

from services.cognito import phones
from services.cognito.group_rules import provider_of
from services.cognito.models import Group, User
from services.cognito.written import sought
from services.directory.listing import Directory
from services.directory.orders import Rows
from services.directory.people import folded
from services.directory.pool import BATCH_ROWS, PoolTables
from services.directory.rosters import Roster
from services.directory.search import search
from services.directory.search_query import Query
from services.errors import CognitoError, GroupNotFound
from services.store.applications import Application

COUNT_UP_TO = 600
"""Cognito is asked for up to this many members (10 pages) to count a group, shown as "600+" beyond."""

SUB_FROM = 6
"""So much of a sub has to be typed before it counts."""

Step = Callable[[int, int], object]
"""Called with how many groups are done and how many there are."""


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One group of the table. `members` is None when not counted; `more` says there are more than that."""

    group: Group
    members: int | None
    more: bool
    applications: tuple[Application, ...]
    provider: str = ""

    @property
    def members_text(self) -> str:
        """The number of members for people: "12", "600+", or empty when not counted."""
        if self.members is None:
            return ""
        return f"{self.members:,}+" if self.more else f"{self.members:,}"


@dataclass(frozen=True, slots=True)
class GroupBoard:
    """All groups. `read_at` (aware, UTC) is when the oldest of it was read; `missing` as in `PeoplePage`.

    `asked`: Cognito was asked for this, because there are no tables to read it from.
    """

    lines: tuple[GroupLine, ...]
    read_at: datetime
    missing: tuple[str, ...] = ()
    asked: bool = False

    @property
    def counted(self) -> bool:
        """True if every group has a number of members."""
        return all(line.members is not None for line in self.lines)


@dataclass(frozen=True, slots=True)
class GroupMembers:
    """Members of one group. `complete` is False when only some are known.

    Those from tables are sorted as on the users page; `asked` as in `GroupBoard`: reading on may bring more.
    """

    users: Sequence[User]
    complete: bool
    read_at: datetime
    asked: bool = False


@dataclass(frozen=True, slots=True)
class GroupLoss:
    """What deleting a group takes from one application.

    `closes` if nobody could sign in any more; `role` is the application role that the group gave;
    `people` is the number of members who lose access, None when that isn't known.
    """

    application: Application
    closes: bool
    role: str
    people: int | None


class UsersAt(Sequence[User]):
    """People of a pool's tables by their numbers, read a piece at a time when somebody looks at them."""

    def __init__(self, tables: PoolTables, rows: Rows) -> None:
        self._tables = tables
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: int) -> User: ...

    @overload
    def __getitem__(self, place: slice) -> list[User]: ...

    def __getitem__(self, place: int | slice) -> User | list[User]:
        if isinstance(place, slice):
            return [person.user for person in self._tables.people(self._rows[place])]
        return self._tables.people([int(self._rows[place])])[0].user

    def __iter__(self) -> Iterator[User]:
        for at in range(0, len(self._rows), BATCH_ROWS):
            yield from self[at : at + BATCH_ROWS]


class Groups:
    """The groups of the directory's pool, and the applications that let them in."""

    def __init__(
        self, directory: Directory, applications: Sequence[Application], tables: PoolTables | None
    ) -> None:
        """`applications` are those of this pool; `tables`: the pool as other pages show it."""
        self.directory = directory
        self.tables = tables if tables is not None and tables.completeness.groups_known else None
        self.applications = tuple(applications)
        self.pool_id = directory.gateway.pool_id

    def board(self, *, refresh: bool = False, count: bool = False, step: Step | None = None) -> GroupBoard:
        """All groups, in the order of their names.

        Without tables Cognito is asked, anew with `refresh`; `count` reads up to `COUNT_UP_TO` members of
        each group then (`step` hears of it). Raises the gateway's errors when the groups can't be read.
        """
        tables = self.tables
        if tables is not None:
            sizes = tables.group_sizes()
            unread = tables.completeness.unread_groups
            lines = tuple(
                self._line(group, None if group.name in unread else sizes[group.name], False)
                for group in _ordered(tables.groups())
            )
            return GroupBoard(lines, tables.about.taken_at, tables.completeness.missing)
        groups = _ordered(self.directory.groups(refresh=refresh))
        if refresh:
            self.directory.cache.rosters.forget()
        missing = self._count(groups, step) if count else []
        rosters = self.directory.cache.rosters
        lines = tuple(self._line(group, *rosters.counted(group.name)) for group in groups)
        return GroupBoard(lines, self.directory.cache.now(), tuple(missing), asked=True)

    def _count(self, groups: Sequence[Group], step: Step | None) -> list[str]:
        missing = []
        for done, group in enumerate(groups):
            if step is not None:
                step(done, len(groups))
            try:
                self._roster(group.name).read(COUNT_UP_TO)
            except CognitoError as error:
                missing.append(f"The members of {group.name} could not be read: {error.message}")
        return missing

    def _line(self, group: Group, members: int | None, more: bool) -> GroupLine:
        using = self.using(group.name)
        return GroupLine(group, members, more, using, provider_of(group.name, self.pool_id))

    def get(self, name: str, *, refresh: bool = False) -> GroupLine:
        """One group; Cognito is asked for it where it isn't known. Raises `GroupNotFound`."""
        known = self.directory.groups(refresh=refresh) if refresh or not self.tables else self.tables.groups()
        found = next((group for group in known if group.name == name), None)
        if found is None and not refresh:
            return self.get(name, refresh=True)
        if found is None:
            raise GroupNotFound(
                f"There is no group “{name}” in this pool (any more).", "Go back to the list of groups."
            )
        tables = self._covering(name)
        if tables is not None:
            unread = name in tables.completeness.unread_groups
            return self._line(found, None if unread else len(tables.members(name)), False)
        return self._line(found, *self.directory.cache.rosters.counted(name))

    def using(self, name: str) -> tuple[Application, ...]:
        """The applications that let members of this group in."""
        return tuple(application for application in self.applications if name in application.allowed_groups)

    def members(
        self,
        name: str,
        *,
        first: int | None = None,
        refresh: bool = False,
        progress: Callable[[int], object] | None = None,
    ) -> GroupMembers:
        """Members of a group: all, or where Cognito is asked (anew with `refresh`) the first `first`.

        Raises the gateway's errors when they can't be read.
        """
        tables = self._covering(name)
        if tables is not None:
            users = UsersAt(tables, search(tables, Query(groups=(name,))).rows)
            complete = name not in tables.completeness.unread_groups
            return GroupMembers(users, complete, tables.about.taken_at)
        roster = self._roster(name, refresh=refresh)
        return GroupMembers(roster.read(first, progress), roster.complete, roster.read_at, asked=True)

    def fitting(self, name: str, members: GroupMembers, query: str) -> Sequence[User]:
        """Those members who fit what was typed (see `matching`), by name once all of them are known."""
        tables = None if members.asked else self._covering(name)
        if not query.strip() and tables is not None:
            return members.users
        if tables is not None:
            # looks at names of groups, too, so it finds them all and perhaps some more
            likely = search(tables, Query(words=query, groups=(name,)))
            return matching(UsersAt(tables, likely.rows), query, tables.about.pool.phone_region)
        users = matching(members.users, query, self.directory.gateway.phone_region)
        if not members.complete:
            return users
        return sorted(users, key=lambda user: ((user.name or user.label).casefold(), user.sub))

    def inside(self, name: str, users: Iterable[User], first: int) -> set[str] | None:
        """The subs of those of `users` who are in a group; None when not all of its members are known.

        Where Cognito is asked, the first `first` members are read. Raises as `members`.
        """
        subs = {user.sub for user in users}
        tables = self._covering(name)
        if tables is None:
            members = self.members(name, first=first)
            return {user.sub for user in members.users if user.sub in subs} if members.complete else None
        if name in tables.completeness.unread_groups:
            return None
        found = tables.rows(
            'SELECT sub FROM memberships WHERE "group" = $name AND sub IN (SELECT unnest($subs::VARCHAR[]))',
            name=name,
            subs=sorted(subs),
        )
        return {sub for (sub,) in found}

    def losses(self, name: str) -> list[GroupLoss]:
        """What deleting the group takes away, by application."""
        return [
            GroupLoss(
                application=application,
                closes=set(application.allowed_groups) == {name},
                role=application.group_roles.get(name, ""),
                people=self._shut_out(name, application),
            )
            for application in self.applications
            if name in application.allowed_groups or name in application.group_roles
        ]

    def _shut_out(self, name: str, application: Application) -> int | None:
        if name not in application.allowed_groups:
            return 0
        tables = self._covering(name)
        if tables is None or tables.completeness.unread_groups & {*application.allowed_groups, name}:
            return None
        found = tables.rows(
            'SELECT count(*) FROM memberships WHERE "group" = $name AND row NOT IN '
            '(SELECT row FROM memberships WHERE "group" IN (SELECT unnest($others::VARCHAR[])))',
            name=name,
            others=sorted(set(application.allowed_groups) - {name}),
        )
        return int(found[0][0])

    def _covering(self, name: str) -> PoolTables | None:
        """The tables, if they know of this group: it may have been made elsewhere since they were read."""
        return self.tables if self.tables is not None and name in self.tables.group_names else None

    def _roster(self, name: str, *, refresh: bool = False) -> Roster:
        return self.directory.cache.rosters.roster(self.directory.gateway, name, refresh=refresh)


def matching(users: Iterable[User], query: str, phone_region: str) -> list[User]:
    """The users in whom every word of `query` occurs, in the username or any attribute, or whose phone
    number it is (`phone_region`: see `UserPool`).

    A sub is random, so it counts only when the query is its beginning: "12" must not find everybody.
    """
    query = sought(query.strip())
    wanted = query.casefold()
    words = folded(query).split()
    digits = phones.digits_to_find(query, phone_region)
    return [
        user
        for user in users
        if (len(wanted) >= SUB_FROM and user.sub.startswith(wanted))
        or (digits and digits in user.attributes.get("phone_number", ""))
        or all(word in text for text in (_text(user),) for word in words)
    ]


def _text(user: User) -> str:
    values = [value for name, value in user.attributes.items() if name != "sub"]
    return folded("\n".join(values if user.username == user.sub else (user.username, *values)))


def _ordered(groups: Iterable[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: (group.name.casefold(), group.name))
