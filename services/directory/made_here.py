"""The changes that this process has made to each pool, in order, for snapshots taken before them.

Changes are only noted when they are made; `snapshot_view` puts them on top when somebody looks.
"""

from __future__ import annotations

import threading
from collections import deque
from datetime import datetime, timedelta

from services.directory.patching import Patch

NOTED_AT_MOST = 20_000
"""Changes of one pool that are remembered; a view that needs older ones says so."""

# what was listed may lag behind a change made shortly before reading began
SETTLING = timedelta(seconds=60)


class MadeHere:
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


_POOLS: dict[str, MadeHere] = {}
_POOLS_LOCK = threading.Lock()


def made_here(pool_key: str) -> MadeHere:
    """The changes made to the pool called `pool_key`, one list in the whole process."""
    with _POOLS_LOCK:
        return _POOLS.setdefault(pool_key, MadeHere())


def forget_changes() -> None:
    """Forget all of them (a test begins)."""
    with _POOLS_LOCK:
        _POOLS.clear()
