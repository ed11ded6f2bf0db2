"""What this process has read of each pool, shared by everybody who works on that pool.

What was read stays as it was read; the changes made here since are put on top when somebody looks.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.cognito.models import Group
from services.directory.local_changes import (
    FollowedTables,
    LocalChanges,
    Patch,
    forget_changes,
    local_changes,
    outdated,
    patched_groups,
    patched_person,
    without_group,
)
from services.directory.people import PeoplePage, Person, PersonView
from services.directory.pool import PoolTables
from services.directory.rosters import Rosters

PageKey = tuple[str, str]
"""Filter expression and page token."""

PAGES_KEPT = 20
PERSONS_KEPT = 500


class PoolCache:
    """One pool's people, pages and persons, after every change made here. Safe between threads."""

    def __init__(
        self,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        changes: LocalChanges | None = None,
    ) -> None:
        """`changes`: those made here to the pool; its own when None."""
        self.now = now
        self.changes = changes if changes is not None else LocalChanges()
        self.reading = threading.Lock()
        self.large_since: datetime | None = None
        self.rosters = Rosters(now, self.changes)
        self._lock = threading.RLock()
        self._everybody: FollowedTables | None = None
        self._groups: tuple[tuple[Group, ...], datetime] | None = None
        self._pages: OrderedDict[PageKey, PeoplePage] = OrderedDict()
        self._views: OrderedDict[str, PersonView] = OrderedDict()

    def tables(self, younger_than: timedelta) -> PoolTables | None:
        """The tables of everybody, if read less than `younger_than` ago; else None."""
        with self._lock:
            found = self._everybody
        if found is None or not self._fresh(found.pool.about.taken_at, younger_than):
            return None
        return found.current()

    def groups(self, younger_than: timedelta) -> tuple[Group, ...] | None:
        """The pool's groups, if read less than `younger_than` ago; else None."""
        with self._lock:
            found = self._groups
        if found is None or not self._fresh(found[1], younger_than):
            return None
        return self._shown_groups(*found)

    def page(self, key: PageKey, younger_than: timedelta) -> PeoplePage | None:
        """A page, if read less than `younger_than` ago; else None."""
        with self._lock:
            found = self._pages.get(key)
        if found is None or not self._fresh(found.read_at, younger_than):
            return None
        return self._shown_page(found)

    def view(self, sub: str, younger_than: timedelta) -> PersonView | None:
        """A person by sub, if read less than `younger_than` ago; else None."""
        with self._lock:
            found = self._views.get(sub)
        if found is None or not self._fresh(found.read_at, younger_than):
            return None
        return self._shown_view(sub, found.person, found.read_at, found.missing)

    def keep_tables(self, pool: PoolTables) -> PoolTables:
        """Keep what was just read, and return it with the newest changes made here on top."""
        followed = FollowedTables(pool, self.changes)
        with self._lock:
            self._everybody = followed
            if pool.completeness.groups_known:
                self._groups = (pool.groups(), pool.about.taken_at)
        return pool

    def keep_groups(self, groups: tuple[Group, ...], read_at: datetime) -> tuple[Group, ...]:
        """As `keep_tables`, for the pool's groups."""
        with self._lock:
            self._groups = (groups, read_at)
        return self._shown_groups(groups, read_at)

    def keep_page(self, key: PageKey, page: PeoplePage) -> PeoplePage:
        """As `keep_tables`, for one page."""
        with self._lock:
            self._pages[key] = page
            while len(self._pages) > PAGES_KEPT:
                self._pages.popitem(last=False)
        return self._shown_page(page)

    def keep_view(self, sub: str, view: PersonView | None, read_at: datetime) -> PersonView | None:
        """As `keep_tables`, for one person; someone just created is found although AWS shows nobody."""
        person = view.person if view else None
        missing = view.missing if view else ()
        shown = self._shown_view(sub, person, read_at, missing)
        with self._lock:
            self._views.pop(sub, None)
            if view is not None:
                self._views[sub] = view
            while len(self._views) > PERSONS_KEPT:
                self._views.popitem(last=False)
        return shown

    def note(self, patch: Patch) -> None:
        """Show a change in everything read so far, and in what is read in the next minute."""
        self.changes.note(patch)
        if patch.unclear:
            self.forget()

    def forget(self) -> None:
        """Read everything again at the next look."""
        with self._lock:
            self._everybody = self._groups = self.large_since = None
            self._pages.clear()
            self._views.clear()
            self.rosters.forget()

    def _shown_groups(self, groups: tuple[Group, ...], read_at: datetime) -> tuple[Group, ...]:
        for patch in self.changes.since(read_at)[0]:
            groups = patched_groups(groups, patch)
        return groups

    def _shown_page(self, page: PeoplePage) -> PeoplePage:
        """Someone newly created is on no page yet: where AWS would list them isn't known."""
        people: dict[str, Person | None] = {person.user.sub: person for person in page.people}
        for patch in self.changes.since(page.read_at)[0]:
            gone = patch.change.ends_group
            if gone:
                people = {sub: without_group(person, gone) for sub, person in people.items()}
            elif patch.sub in people:
                people[patch.sub] = _shown(people[patch.sub], [patch], page.read_at)
        return replace(page, people=tuple(person for person in people.values() if person is not None))

    def _shown_view(
        self, sub: str, person: Person | None, read_at: datetime, missing: tuple[str, ...]
    ) -> PersonView | None:
        concerned = (
            patch for patch in self.changes.since(read_at)[0] if patch.sub == sub or patch.change.ends_group
        )
        person = _shown(person, concerned, read_at)
        return None if person is None else PersonView(person, read_at, missing)

    def _fresh(self, at: datetime, younger_than: timedelta) -> bool:
        return self.now() - at < younger_than


def _shown(person: Person | None, patches: Iterable[Patch], read_at: datetime) -> Person | None:
    """One person, read at `read_at`, after the changes to them and to groups."""
    for patch in patches:
        if patch.change.ends_group:
            person = without_group(person, patch.change.ends_group)
        elif not patch.unclear and (patch.at > read_at or not outdated(person, patch)):
            person = patched_person(person, patch)
    return person


_CACHES: dict[str, PoolCache] = {}
_CACHES_LOCK = threading.Lock()


def cache_for(key: str) -> PoolCache:
    """The cache of the pool called `key`, one in the whole process."""
    with _CACHES_LOCK:
        if key not in _CACHES:
            _CACHES[key] = PoolCache(changes=local_changes(key))
        return _CACHES[key]


def forget_everything() -> None:
    """Drop all caches (a connection was changed, or a test begins)."""
    with _CACHES_LOCK:
        _CACHES.clear()
    forget_changes()
