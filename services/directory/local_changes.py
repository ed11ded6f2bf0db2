"""The changes that this process has made to each pool, and what they do to people already read.

ListUsers shows a write only after a while (API reference, ListUsers: "eventually consistent"), so
what the console changed is applied to what it had read, and to what it reads soon after. A change is
only noted when it is made, and applied when somebody looks: a job makes a hundred a second.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from services.cognito.actions import Change, Facts
from services.cognito.models import Group
from services.directory.people import Person, sorted_names
from services.directory.pool import PoolTables

NOTED_AT_MOST = 20_000
"""Changes of one pool that are remembered; a view that needs older ones says so."""

SETTLING = timedelta(seconds=60)
"""What is listed may lag behind a change made so shortly before (AWS names no figure)."""

NOT_SHOWN = "Some changes made in this console since it was read are not shown; read the pool again."


class DoneChange(Protocol):
    """A change that took effect (`services.changes.Performed` is one)."""

    @property
    def change(self) -> Change:
        """What was done, and to whom."""

    @property
    def after(self) -> Facts:
        """What has held since, as far as the call's answer told."""


@dataclass(frozen=True, slots=True)
class Patch:
    """One change and when it was made. `held_back`: attributes that wait for the user to verify them."""

    change: Change
    after: Facts
    at: datetime
    held_back: frozenset[str] = frozenset()

    @property
    def sub(self) -> str:
        """The sub of the person concerned, "" for changes to groups."""
        return self.change.sub(self.after)

    @property
    def unclear(self) -> bool:
        """True if what holds now can't be told without reading again."""
        return self.change.makes_person and not self.sub


def patched_person(person: Person | None, patch: Patch) -> Person | None:
    """`person` after the patch: None when deleted, someone new when created."""
    change = patch.change
    before = person.user if person else None
    user = change.apply_to(before, patch.after, patch.at, patch.held_back)
    if user is None:
        return None
    if person is None:
        return Person(user, ())
    names = None if person.groups is None else sorted_names(change.regroup(person.groups))
    return Person(user, names)


def outdated(person: Person | None, patch: Patch) -> bool:
    """True if what was read about `person` is newer than the patch, which then has nothing to add.

    Memberships don't move the date of change, so patches to them always apply.
    """
    settled = timedelta(seconds=2)  # AWS's clock and ours
    return person is not None and patch.change.dated and person.user.changed > patch.at + settled


def patched_groups(groups: Iterable[Group], patch: Patch) -> tuple[Group, ...]:
    """The pool's groups after the patch."""
    return patch.change.groups_after(tuple(groups), patch.at)


class LocalChanges:
    """One pool's changes, numbered from 0. Safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._notes: deque[Patch] = deque()
        self._first = 0
        self._dropped_at: datetime | None = None

    def note(self, patch: Patch) -> None:
        """Remember a change that was just made."""
        with self._lock:
            self._notes.append(patch)
            if len(self._notes) > NOTED_AT_MOST:
                self._dropped_at = self._notes.popleft().at
                self._first += 1

    def after(self, number: int) -> tuple[list[Patch], int, bool]:
        """The changes from `number` on, the number of the next one, and whether some are forgotten."""
        with self._lock:
            end = self._first + len(self._notes)
            if number >= end:
                return [], end, False
            return list(self._notes)[max(0, number - self._first) :], end, number < self._first

    def since(self, taken_at: datetime) -> tuple[list[Patch], int, bool]:
        """As `after`, for a snapshot whose reading began at `taken_at`."""
        due = taken_at - SETTLING
        with self._lock:
            forgotten = self._dropped_at is not None and self._dropped_at >= due
            found = [patch for patch in self._notes if patch.at >= due]
            return found, self._first + len(self._notes), forgotten


_POOLS: dict[str, LocalChanges] = {}
_POOLS_LOCK = threading.Lock()


def local_changes(pool_key: str) -> LocalChanges:
    """The changes made to the pool called `pool_key`, one list in the whole process."""
    with _POOLS_LOCK:
        return _POOLS.setdefault(pool_key, LocalChanges())


def forget_changes() -> None:
    """Forget the changes of every pool (a test begins)."""
    with _POOLS_LOCK:
        _POOLS.clear()


def apply_changes(pool: PoolTables, patches: Sequence[Patch]) -> None:
    """Write into the tables what `patches`, oldest first, made of people and groups."""
    if any(patch.unclear for patch in patches):
        admit_gap(pool)
    clear = [patch for patch in patches if not patch.unclear]
    if not clear:
        return
    touched = dict.fromkeys(patch.sub for patch in clear if patch.sub)  # newcomers in their order
    before: dict[str, Person | None] = {**pool.persons(touched)}
    now: dict[str, Person | None] = {sub: before.get(sub) for sub in touched}
    groups = known = pool.groups()
    gone: list[str] = []
    for patch in clear:
        person = now.get(patch.sub)
        if not patch.sub:
            groups = patched_groups(groups, patch)
            if patch.change.ends_group:
                gone.append(patch.change.ends_group)
                now = {sub: without_group(member, patch.change.ends_group) for sub, member in now.items()}
                # the tables lose the group, too: whoever is in one of that name again has to be written
                before = {sub: without_group(member, gone[-1]) for sub, member in before.items()}
        elif patch.at > pool.about.finished_at or not outdated(person, patch):
            now[patch.sub] = patched_person(person, patch)
    if gone or groups != known:
        pool.put_groups(groups, gone)
    pool.put({sub: person for sub, person in now.items() if person != before.get(sub)})


def without_group(person: Person | None, group: str) -> Person | None:
    """`person` without a group that is gone."""
    if person is None or group not in (person.groups or ()):
        return person
    return replace(person, groups=tuple(name for name in person.groups or () if name != group))


def admit_gap(pool: PoolTables) -> None:
    """Have the pool say that not every change made since it was read is shown."""
    known = pool.completeness
    if NOT_SHOWN not in known.missing:
        wider = replace(known, missing=(*known.missing, NOT_SHOWN), users_known=False)
        pool.about = replace(pool.about, completeness=wider)


class FollowedTables:
    """A pool's tables with the changes made since on top, as of the last look. Safe between threads."""

    def __init__(self, pool: PoolTables, changes: LocalChanges, told: Sequence[Patch] = ()) -> None:
        """`told` are changes that others know of; what this process did may stand among them, too."""
        self.pool = pool
        self._changes = changes
        self._lock = threading.Lock()
        news, self._next, _ = changes.since(pool.about.taken_at)
        apply_changes(pool, sorted([*told, *news], key=lambda patch: patch.at))

    @property
    def nbytes(self) -> int:
        """Bytes of memory that the tables take."""
        return self.pool.nbytes

    def current(self) -> PoolTables | None:
        """The tables with everything done until now; None when some of it is forgotten: read it again."""
        with self._lock:
            news, after, forgotten = self._changes.after(self._next)
            if forgotten:
                return None
            apply_changes(self.pool, news)
            self._next = after
            return self.pool
