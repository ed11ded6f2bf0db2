"""Reading the people of a pool for the pages: a small pool whole, a large one page by page."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from services.cognito.models import Group, User
from services.directory.cache import PoolCache, cache_for
from services.directory.invitations import InvitationLog
from services.directory.local_changes import DoneChange, Patch
from services.directory.people import PeoplePage, Person, PersonView, sorted_names, storable
from services.directory.pool import PoolTables, pool_of
from services.directory.snapshot import Completeness, SnapshotAbout, snapshot_of
from services.directory.snapshot_rows import storable_user
from services.errors import CognitoError
from services.words import counted

if TYPE_CHECKING:
    from services.cognito.filters import UserFilter
    from services.cognito.gateway import CognitoGateway

Progress = Callable[[int, int], None]
"""Called with the number of people read and the number expected."""

WHOLE_POOL_UP_TO = 2_000
# The estimate of DescribeUserPool lags behind; a pool that turns out this much larger is paged.
TOO_MANY = 2_500
PEOPLE_TTL = timedelta(minutes=5)
PAGE_TTL = timedelta(minutes=2)
PERSON_TTL = timedelta(seconds=30)
LARGE_TTL = timedelta(hours=1)
AT_ONCE = 4
# Pages of ListUsers may be short or empty before the end (API reference, ListUsers).
PAGE_ROWS = 60
PAGE_CALLS = 10


class Directory:
    """The people of one pool, read through `gateway`, remembered in the process-wide `cache`."""

    def __init__(
        self, gateway: CognitoGateway, cache: PoolCache, invitations: InvitationLog | None = None
    ) -> None:
        """`invitations`: what a console's log knows of temporary passwords; None without a console."""
        self.gateway = gateway
        self.cache = cache
        self.invitations = invitations

    def is_large(self) -> bool:
        """True if the pool is shown page by page."""
        if self.cache.tables(PEOPLE_TTL) is not None:
            return False
        since = self.cache.large_since
        if since is not None and self.cache.now() - since < LARGE_TTL:
            return True
        return self.gateway.describe_pool().estimated_users > WHOLE_POOL_UP_TO

    def tables_at_hand(self) -> PoolTables | None:
        """Everybody with their groups if they were read lately; nothing is asked of AWS."""
        found = self.cache.tables(PEOPLE_TTL)
        return None if found is None else found.in_country(self.gateway.phone_region)

    def person_at_hand(self, sub: str) -> PersonView | None:
        """One person if they were read in the last 30 s; nothing is asked of AWS."""
        return self.cache.view(sub, PERSON_TTL)

    def tables(self, *, refresh: bool = False, progress: Progress | None = None) -> PoolTables | None:
        """Everybody with their groups, or None for a large pool.

        Raises the gateway's errors when the users can't be read; groups that can't be read are
        named in the completeness statement.
        """
        found = None if refresh else self.tables_at_hand()
        if found is not None:
            return found
        asked = self.cache.now()
        with self.cache.reading:
            # Somebody else may have read it while we waited.
            found = self.cache.tables(PEOPLE_TTL)
            if found is not None and (not refresh or found.about.taken_at > asked):
                return found.in_country(self.gateway.phone_region)
            if self.is_large():
                return None
            read = self._read_everybody(progress)
            if read is None:
                self.cache.large_since = self.cache.now()
                return None
            if self.invitations is not None:
                self.invitations.tell(read)
            return self.cache.keep_tables(read)

    def page(self, wanted: UserFilter | None = None, token: str = "", *, refresh: bool = False) -> PeoplePage:
        """The page of a large pool behind `token` ("" for the first), with the groups of those on it."""
        key = (wanted.expression() if wanted else "", token)
        found = None if refresh else self.cache.page(key, PAGE_TTL)
        if found is not None:
            return found
        read_at = self.cache.now()
        users, next_token = self._users(wanted, token)
        users = self._with_invitations(users)
        groups, missing = self._groups_of(users)
        people = tuple(Person(user, groups.get(user.sub)) for user in users)
        return self.cache.keep_page(key, PeoplePage(people, next_token, read_at, missing))

    def person(self, sub: str, *, refresh: bool = False) -> PersonView | None:
        """One person as the pool has them now (30 s old at most), or None if there is nobody."""
        found = None if refresh else self.person_at_hand(sub)
        if found is not None:
            return found
        read_at = self.cache.now()
        user = self.gateway.find_user(sub=sub)
        if user is None:
            return self.cache.keep_view(sub, None, read_at)
        (user,) = self._with_invitations([user])
        groups, missing = self._groups_of([user])
        return self.cache.keep_view(sub, PersonView(Person(user, groups.get(sub)), read_at, missing), read_at)

    def groups(self, *, refresh: bool = False) -> tuple[Group, ...]:
        """All groups of the pool."""
        found = None if refresh else self.cache.groups(PEOPLE_TTL)
        if found is not None:
            return found
        read_at = self.cache.now()
        return self.cache.keep_groups(tuple(self.gateway.list_groups()), read_at)

    def on_done(self, done: DoneChange) -> None:
        """Show a change that was just made (`ChangePath` calls this). Raises nothing."""
        at = self.cache.now()
        try:
            held_back = self.gateway.describe_pool().verified_before_update
        except CognitoError:
            self.cache.forget()
            held_back = frozenset()
        self.cache.note(Patch(done.change, done.after, at, held_back))

    def refresh(self) -> None:
        """Read again at the next look."""
        self.cache.forget()

    def _with_invitations(self, users: list[User]) -> list[User]:
        if self.invitations is None:
            return users
        return self.invitations.of_users(users, self.gateway.describe_pool().policy)

    def _read_everybody(self, progress: Progress | None) -> PoolTables | None:
        """All users, and meanwhile the members of each group; None when there are too many."""
        read_at = self.cache.now()
        groups, missing, known = self._all_groups()
        stop = threading.Event()
        pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="directory")
        try:
            rosters = [(group, pool.submit(self._roster, group, stop)) for group in groups]
            users = self._everyone(progress)
            if users is None:
                return None
            names: dict[str, list[str]] = {}
            unread: set[str] = set()
            for group, answer in rosters:
                members = answer.result()
                if isinstance(members, str):
                    missing.append(f"The members of {group.name} could not be read: {members}")
                    unread.add(group.name)
                    continue
                for member in members:
                    # Listings lag behind each other; whoever is in a group is in the pool.
                    users.setdefault(member.sub, member)
                    names.setdefault(member.sub, []).append(group.name)
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)
        state = Completeness(tuple(missing), groups_known=known, unread_groups=frozenset(unread))
        called = self.invitations.pool_name if self.invitations is not None else ""
        return read_whole(self.gateway, users.values(), groups, names, state, read_at, called)

    def _all_groups(self) -> tuple[tuple[Group, ...], list[str], bool]:
        """The groups, what could not be read, and whether memberships can be known."""
        try:
            return tuple(self.gateway.list_groups()), [], True
        except CognitoError as error:
            return (), [f"The groups could not be read: {error.message}"], False

    def _everyone(self, progress: Progress | None) -> dict[str, User] | None:
        """Everybody by sub, or None as soon as there are too many."""
        expected = self.gateway.describe_pool().estimated_users
        users: dict[str, User] = {}
        for user in self.gateway.iter_users():
            users[user.sub] = user
            if len(users) > TOO_MANY:
                return None
            if progress is not None and len(users) % PAGE_ROWS == 0:
                progress(len(users), max(expected, len(users)))
        return users

    def _roster(self, group: Group, stop: threading.Event) -> list[User] | str:
        """The members of one group, or why they could not be read."""
        members: list[User] = []
        try:
            for member in self.gateway.iter_members(group.name):
                if stop.is_set():
                    break
                members.append(member)
        except CognitoError as error:
            return error.message
        return members

    def _users(self, wanted: UserFilter | None, token: str) -> tuple[list[User], str]:
        """One page's worth of users. The filter is checked again: backends exist that ignore it."""
        users: dict[str, User] = {}
        for _ in range(PAGE_CALLS):
            page = self.gateway.users_page(wanted, token)
            users.update((user.sub, user) for user in page.users if wanted is None or wanted.matches(user))
            token = page.token
            if not token or len(users) >= PAGE_ROWS:
                break
        return list(users.values()), token

    def _groups_of(self, users: Iterable[User]) -> tuple[dict[str, tuple[str, ...]], tuple[str, ...]]:
        """Group names by sub, and what could not be read."""
        people = list(users)

        def ask(user: User) -> tuple[str, ...] | str:
            try:
                return sorted_names(group.name for group in self.gateway.groups_of(user.username))
            except CognitoError as error:
                return error.message

        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="directory") as pool:
            answers = list(pool.map(ask, people))
        known = {
            user.sub: answer
            for user, answer in zip(people, answers, strict=True)
            if not isinstance(answer, str)
        }
        reasons = sorted({answer for answer in answers if isinstance(answer, str)})
        lost = len(people) - len(known)
        whom = "this person" if lost == 1 else counted(lost, "person", "people")
        missing = tuple(f"The groups of {whom} could not be read: {reason}" for reason in reasons[:1])
        return known, missing


def read_whole(
    gateway: CognitoGateway,
    users: Iterable[User],
    groups: Iterable[Group],
    memberships: Mapping[str, Iterable[str]],
    completeness: Completeness,
    read_at: datetime,
    pool_name: str = "",
) -> PoolTables:
    """The tables of people who are in memory; `memberships` maps a sub to names of groups.

    `pool_name` is what the console calls the pool; AWS's own name without one.
    """
    pool = gateway.describe_pool()
    about = SnapshotAbout(
        id="",
        pool_key=gateway.pool_key,
        pool_name=pool_name or pool.name,
        pool=pool,
        taken_at=read_at,
        finished_at=read_at,
        how=("Read whole, as pools of this size are.",),
        completeness=completeness,
        account=gateway.settings.account,
        region=gateway.settings.region,
    )
    people = [storable_user(user) for user in users]
    named = [replace(group, description=storable(group.description)) for group in groups]
    return pool_of(snapshot_of(about, people, named, memberships))


def page_tables(gateway: CognitoGateway, page: PeoplePage, pool_name: str) -> PoolTables:
    """The people of one page, for a file of them; `pool_name` is what the console calls the pool."""
    known = all(person.groups is not None for person in page.people)
    return read_whole(
        gateway,
        (person.user for person in page.people),
        (),
        {person.user.sub: person.groups or () for person in page.people},
        Completeness(page.missing, groups_known=known),
        page.read_at,
        pool_name,
    )


def directory_for(gateway: CognitoGateway, invitations: InvitationLog | None = None) -> Directory:
    """The directory of the gateway's pool; everybody in this process shares what it has read."""
    return Directory(gateway, cache_for(gateway.pool_key), invitations)
