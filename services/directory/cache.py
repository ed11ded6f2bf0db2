"""What this process has read of each pool, shared by everybody who works on that pool."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.cognito.models import Group
from services.directory.local_changes import (
    Patch,
    forget_changes,
    outdated,
    patched_groups,
    patched_people,
    patched_person,
)
from services.directory.people import Look, People, PeoplePage, Person
from services.directory.recent import RecentPatches
from services.directory.rosters import Rosters

PageKey = tuple[str, str]
"""Filter expression and page token."""

PAGES_KEPT = 20
PERSONS_KEPT = 500


class PoolCache:
    """One pool's people, pages and persons, patched by every change made here. Safe between threads."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now
        self.reading = threading.Lock()
        self.large_since: datetime | None = None
        self.rosters = Rosters(now)
        self._lock = threading.RLock()
        self._people: People | None = None
        self._groups: tuple[tuple[Group, ...], datetime] | None = None
        self._pages: OrderedDict[PageKey, PeoplePage] = OrderedDict()
        self._looks: OrderedDict[str, Look] = OrderedDict()
        self._recent = RecentPatches(now)
        self._pending: list[Patch] = []  # changes that `_people` doesn't show yet

    def people(self, younger_than: timedelta) -> People | None:
        """Everybody, if read within that time."""
        with self._lock:
            if self._people is not None and self._pending:
                # all at once when somebody looks: a job makes a hundred changes a second
                self._people = patched_people(self._people, self._pending)
                self._pending.clear()
            found = self._people
            return found if found is not None and self._fresh(found.read_at, younger_than) else None

    def groups(self, younger_than: timedelta) -> tuple[Group, ...] | None:
        """The pool's groups, if read within that time."""
        with self._lock:
            found = self._groups
            return found[0] if found is not None and self._fresh(found[1], younger_than) else None

    def page(self, key: PageKey, younger_than: timedelta) -> PeoplePage | None:
        """A page, if read within that time."""
        with self._lock:
            found = self._pages.get(key)
            return found if found is not None and self._fresh(found.read_at, younger_than) else None

    def look(self, sub: str, younger_than: timedelta) -> Look | None:
        """One person, if read within that time."""
        with self._lock:
            found = self._looks.get(sub)
            return found if found is not None and self._fresh(found.read_at, younger_than) else None

    def keep_people(self, people: People) -> People:
        """Keep what was just read, with the newest changes made here on top, and return that."""
        with self._lock:
            news = [patch for patch in self._recent if not outdated(people.person(patch.sub), patch)]
            self._people = people = patched_people(people, news)
            self._pending.clear()
            if people.groups_known:
                self._groups = (people.groups, people.read_at)
            return people

    def keep_groups(self, groups: tuple[Group, ...], read_at: datetime) -> tuple[Group, ...]:
        """As `keep_people`, for the pool's groups."""
        with self._lock:
            for patch in self._recent:
                groups = patched_groups(groups, patch)
            self._groups = (groups, read_at)
            return groups

    def keep_page(self, key: PageKey, page: PeoplePage) -> PeoplePage:
        """As `keep_people`, for one page."""
        with self._lock:
            for patch in self._recent:
                page = _patched_page(page, patch, check_age=True)
            self._pages[key] = page
            while len(self._pages) > PAGES_KEPT:
                self._pages.popitem(last=False)
            return page

    def keep_look(self, sub: str, look: Look | None, read_at: datetime) -> Look | None:
        """As `keep_people`, for one person; someone just created is found although AWS shows nobody."""
        with self._lock:
            person = look.person if look else None
            for patch in self._recent:
                if patch.sub == sub and not outdated(person, patch):
                    person = patched_person(person, patch)
                elif patch.change.ends_group:
                    person = _without_group(person, patch.change.ends_group)
            self._looks.pop(sub, None)
            if person is None:
                return None
            kept = Look(person, read_at, look.missing if look else ())
            self._looks[sub] = kept
            while len(self._looks) > PERSONS_KEPT:
                self._looks.popitem(last=False)
            return kept

    def apply(self, patch: Patch) -> None:
        """Show a change in everything read so far, and in what is read in the next minute."""
        with self._lock:
            if patch.unclear:
                self._forget()
                return
            self.rosters.apply(patch)
            self._recent.add(patch)
            if self._people is not None:
                self._pending.append(patch)
            if self._groups is not None:
                self._groups = (patched_groups(self._groups[0], patch), self._groups[1])
            for key, page in self._pages.items():
                self._pages[key] = _patched_page(page, patch)
            self._patch_looks(patch)

    def forget(self) -> None:
        """Read everything again at the next look."""
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        self._people = self._groups = self.large_since = None
        self._pending.clear()
        self._pages.clear()
        self._looks.clear()
        self.rosters.forget()

    def _patch_looks(self, patch: Patch) -> None:
        if patch.change.ends_group:
            self._looks.clear()
        found = self._looks.pop(patch.sub, None)
        person = patched_person(found.person, patch) if found else None
        if found is not None and person is not None:
            self._looks[patch.sub] = replace(found, person=person)

    def _fresh(self, at: datetime, younger_than: timedelta) -> bool:
        return self.now() - at < younger_than


def _patched_page(page: PeoplePage, patch: Patch, *, check_age: bool = False) -> PeoplePage:
    """Someone newly created is on no page yet: where AWS would list them isn't known."""
    people: list[Person] = []
    for one in page.people:
        person: Person | None = one
        if patch.change.ends_group:
            person = _without_group(one, patch.change.ends_group)
        elif one.user.sub == patch.sub and not (check_age and outdated(one, patch)):
            person = patched_person(one, patch)
        if person is not None:
            people.append(person)
    return replace(page, people=tuple(people))


def _without_group(person: Person | None, group: str) -> Person | None:
    if person is None or person.groups is None:
        return person
    return replace(person, groups=tuple(name for name in person.groups if name != group))


_CACHES: dict[str, PoolCache] = {}
_CACHES_LOCK = threading.Lock()


def cache_for(key: str) -> PoolCache:
    """The cache of the pool called `key`, one in the whole process."""
    with _CACHES_LOCK:
        return _CACHES.setdefault(key, PoolCache())


def forget_everything() -> None:
    """Drop all caches (a connection was changed, or a test begins)."""
    with _CACHES_LOCK:
        _CACHES.clear()
    forget_changes()
