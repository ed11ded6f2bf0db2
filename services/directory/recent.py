"""The changes of the last minute, kept because ListUsers doesn't show them at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from services.directory.local_changes import Patch

# ListUsers has caught up with a write long before this (AWS names no figure).
SETTLING = timedelta(seconds=60)


class RecentPatches:
    """Patches in the order in which they were made, forgotten after `SETTLING`. Callers hold a lock."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._patches: deque[Patch] = deque()

    def add(self, patch: Patch) -> None:
        """Remember a patch."""
        self._forget_settled()
        self._patches.append(patch)

    def __iter__(self) -> Iterator[Patch]:
        self._forget_settled()
        return iter(self._patches)

    def _forget_settled(self) -> None:
        # a job adds a hundred a second: only the oldest are looked at, not the whole minute
        oldest_kept = self._now() - SETTLING
        while self._patches and self._patches[0].at <= oldest_kept:
            self._patches.popleft()
