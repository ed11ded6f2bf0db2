"""How far a scan is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from threading import Lock
from time import monotonic

PAGE_ROWS = 60
SETTLED_AFTER = 2.0
"""Seconds after which the pace says something about the time left."""


@dataclass(frozen=True, slots=True)
class ScanProgress:
    """People, groups and memberships read so far, and calls made; `seconds_left` None if unknown.

    `expected` people is AWS's estimate or what was read, whichever is more; `groups` None until listed.
    """

    people: int = 0
    expected: int = 0
    groups: int | None = None
    groups_read: int = 0
    memberships: int = 0
    calls: int = 0
    seconds: float = 0.0
    seconds_left: float | None = None
    doing: str = "Reading people and groups"

    @property
    def part(self) -> float:
        """How much is done, 0 to 1, by calls as far as they can be foreseen."""
        if self.seconds_left is None:
            return min(1.0, self.people / self.expected) if self.expected else 0.0
        whole = self.seconds + self.seconds_left
        return self.seconds / whole if whole else 1.0

    @property
    def words(self) -> str:
        """All but the time left: "Reading people and groups: 4,120 of about 12,000 people · …"."""
        people = f"{self.people:,}" + (f" of about {self.expected:,}" if self.expected else "") + " people"
        groups = f"{self.groups_read:,} of {self.groups:,} groups" if self.groups else "no groups yet"
        counts = f"{self.memberships:,} memberships · {self.calls:,} calls"
        return f"{self.doing}: {people} · {groups} · {counts}"


Progress = Callable[[ScanProgress], object]


class ScanPace:
    """Calls and time of a scan; `calls` counts over stops, the rate only since the last start."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.calls = 0
        self._before = 0.0
        self._started: float | None = None
        self._calls_then = 0

    def start(self) -> None:
        """Reading begins or goes on."""
        self._started, self._calls_then = monotonic(), self.calls

    def stop(self) -> None:
        """Reading stops or has ended."""
        self._before, self._started = self.seconds, None

    def turned(self) -> None:
        """A page was read."""
        with self._lock:
            self.calls += 1

    @property
    def seconds(self) -> float:
        """Seconds spent reading."""
        return self._before + (monotonic() - self._started if self._started is not None else 0.0)

    def left(self, calls: float) -> float | None:
        """Seconds that so many more calls take, at the pace since the last start."""
        if self._started is None:
            return None
        spent, made = monotonic() - self._started, self.calls - self._calls_then
        return None if spent < SETTLED_AFTER or not made else calls * spent / made


def pages_left(people: int, expected: int, ended: bool) -> int:
    """Pages of people still to come, at least one until the end."""
    return 0 if ended else max(1, ceil((expected - people) / PAGE_ROWS))
