"""Members of single groups in a large pool, read from Cognito only as far as somebody looks.

A group of a large pool can have 100,000 members and Cognito lists 60 at a time, so a roster is read
on demand and says how far it got.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from services.cognito.models import User

if TYPE_CHECKING:
    from services.cognito.gateway import CognitoGateway
    from services.directory.local_changes import LocalChanges, Patch

ROSTER_TTL = timedelta(minutes=5)
FACES_KEPT = 1_000
PAGE_ROWS = 60

Counted = Callable[[int], object]
"""Called with the number of members read so far."""


class Roster:
    """The members of one group as far as read. `complete` once the listing has ended."""

    def __init__(self, group: str, read_at: datetime, reader: Callable[[], Iterator[User]]) -> None:
        self.group = group
        self.read_at = read_at
        self.complete = False
        self._reader = reader
        self._rest: Iterator[User] | None = None
        self._members: dict[str, User] = {}
        self._gone: set[str] = set()
        self._lock = threading.Lock()  # never held while Cognito is asked
        self._reading = threading.Lock()

    def read(self, count: int | None = None, progress: Counted | None = None) -> tuple[User, ...]:
        """The first `count` members (all with None). Raises the gateway's errors; what was read is kept."""
        while not self._has(count):
            with self._reading:
                # Somebody else may have read on while we waited.
                if not self._has(count):
                    self._read_one()
            if progress is not None and self.known % PAGE_ROWS == 0:
                progress(self.known)
        with self._lock:
            members = tuple(self._members.values())
        return members if count is None else members[:count]

    def _has(self, count: int | None) -> bool:
        return self.complete or (count is not None and self.known >= count)

    def _read_one(self) -> None:
        if self._rest is None:
            self._rest = self._reader()
        try:
            user = next(self._rest)
        except StopIteration:
            self.complete, self._rest = True, None
            return
        except BaseException:
            # A generator that has raised is finished: the next look begins again and skips repeats.
            self._rest = None
            raise
        with self._lock:
            if user.sub not in self._gone:
                self._members.setdefault(user.sub, user)

    @property
    def known(self) -> int:
        """Number of members read so far."""
        return len(self._members)

    def add(self, user: User) -> None:
        """Somebody was put into the group just now."""
        with self._lock:
            self._gone.discard(user.sub)
            self._members = {user.sub: user} | self._members

    def remove(self, sub: str) -> None:
        """Somebody left the group (or the pool) just now."""
        with self._lock:
            self._gone.add(sub)
            self._members.pop(sub, None)


class Rosters:
    """The rosters of one pool, as they are after every change made here. Safe between threads."""

    def __init__(self, now: Callable[[], datetime], changes: LocalChanges) -> None:
        self.now = now
        self._changes = changes
        self._lock = threading.RLock()
        self._kept: dict[str, Roster] = {}
        self._next = 0
        self._faces: dict[str, User] = {}

    def roster(self, gateway: CognitoGateway, group: str, *, refresh: bool = False) -> Roster:
        """The roster of a group, not older than `ROSTER_TTL`; nothing is read yet."""
        with self._lock:
            self._catch_up()
            found = self._kept.get(group)
            if found is not None and not refresh and self.now() - found.read_at < ROSTER_TTL:
                return found
            fresh = Roster(group, self.now(), lambda: gateway.iter_members(group))
            for patch in self._changes.since(fresh.read_at)[0]:
                self._apply_to(fresh, patch)
            self._kept[group] = fresh
            return fresh

    def learn(self, users: Iterable[User]) -> None:
        """Remember whom an operator is about to add, to show them before Cognito lists them."""
        with self._lock:
            self._faces |= {user.sub: user for user in users}
            while len(self._faces) > FACES_KEPT:
                self._faces.pop(next(iter(self._faces)))

    def counted(self, group: str) -> tuple[int | None, bool]:
        """Members of a group as far as read, and whether there are more; (None, False) when none was read."""
        with self._lock:
            self._catch_up()
            found = self._kept.get(group)
            if found is None or self.now() - found.read_at >= ROSTER_TTL:
                return None, False
            if found.complete:
                return found.known, False
            return (None, False) if not found.known else (found.known, True)

    def forget(self) -> None:
        """Read everything again at the next look."""
        with self._lock:
            self._kept.clear()

    def _catch_up(self) -> None:
        """Show what was done since the last look in the rosters read before."""
        news, self._next, forgotten = self._changes.after(self._next)
        if forgotten:
            self._kept.clear()
        for patch in news:
            change = patch.change
            if change.ends_group:
                self._kept.pop(change.ends_group, None)
            elif change.joins and patch.sub not in self._faces:
                # Only the reference is known, not the person: read again at the next look.
                self._kept.pop(change.joins, None)
            else:
                for roster in self._kept.values():
                    self._apply_to(roster, patch)

    def _apply_to(self, roster: Roster, patch: Patch) -> None:
        change = patch.change
        if change.ends_person or change.leaves == roster.group:
            roster.remove(patch.sub)
        elif change.joins == roster.group and patch.sub in self._faces:
            roster.add(self._faces[patch.sub])
