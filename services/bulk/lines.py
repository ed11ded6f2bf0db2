"""A queue whose entries become due: what has to wait a moment doesn't hold up a thread."""

from __future__ import annotations

import heapq
import threading
from itertools import count
from time import monotonic
from typing import Generic, TypeVar

Entry = TypeVar("Entry")


class Line(Generic[Entry]):
    """Entries in the order in which they become due; closed, it gives out no more."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Entry]] = []
        self._order = count()
        self._news = threading.Condition()
        self._closed = False

    def put(self, entry: Entry, delay: float = 0.0) -> None:
        """Add an entry that is due in `delay` seconds. Nothing happens once the line is closed."""
        with self._news:
            if not self._closed:
                heapq.heappush(self._heap, (monotonic() + delay, next(self._order), entry))
                self._news.notify()

    def get(self) -> Entry | None:
        """The next entry, waiting until it is due; None once the line is closed."""
        with self._news:
            while not self._closed:
                wait = self._heap[0][0] - monotonic() if self._heap else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._heap)[2]
                self._news.wait(wait)
            return None

    def close(self) -> list[Entry]:
        """Close the line; the answer is what was still waiting in it."""
        with self._news:
            self._closed = True
            left = [entry for _, _, entry in self._heap]
            self._heap.clear()
            self._news.notify_all()
        return left
