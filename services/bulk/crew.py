"""The threads that carry out the steps of one quota category.

A few at first, so that a run which can't succeed fails with few people; all of them once the first
step has succeeded.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from services.bulk.lines import Line

Entry = TypeVar("Entry")

FIRST = 4


class Crew(Generic[Entry]):
    """A line of entries and its threads. `work` takes one entry and says whether it succeeded."""

    def __init__(
        self, name: str, work: Callable[[Entry], bool], crashed: Callable[[], None], most: int
    ) -> None:
        """`most` threads at most; `crashed` is called when `work` raises, whose error goes to the log."""
        self._name = name
        self._work = work
        self._crashed = crashed
        self._most = most
        self._line: Line[Entry] = Line()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._grow(min(FIRST, most))

    def put(self, entry: Entry, delay: float = 0.0) -> None:
        """Add an entry that is due in `delay` seconds."""
        self._line.put(entry, delay)

    def close(self) -> None:
        """Begin nothing more."""
        self._line.close()

    def join(self) -> None:
        """Wait until what was begun has ended. Close first."""
        for thread in list(self._threads):
            thread.join()

    def _grow(self, size: int) -> None:
        with self._lock:
            for number in range(len(self._threads), size):
                thread = threading.Thread(target=self._run, name=f"{self._name}-{number}", daemon=True)
                self._threads.append(thread)
                thread.start()

    def _run(self) -> None:
        healthy = False
        try:
            while (entry := self._line.get()) is not None:
                if self._work(entry) and len(self._threads) < self._most:
                    self._grow(self._most)
            healthy = True
        finally:
            if not healthy:
                self._crashed()
