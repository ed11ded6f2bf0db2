"""Lets one thread through at a time, and gives every caller turns in equal measure."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Lock


class Turnstile:
    """A lock whose waiters are let in by caller in rotation, and within a caller in order.

    Threads that all sleep at a bucket and then race for it starve whoever wakes a moment later; a
    caller with sixteen threads would take everything from one with two.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._taken = False
        self._waiting: dict[str, deque[Event]] = {}
        self._rotation: deque[str] = deque()

    @contextmanager
    def turn(self, caller: str) -> Iterator[None]:
        """Wait for the turn of `caller`, and hold it inside the block."""
        my_turn = self._enter(caller)
        if my_turn is not None:
            my_turn.wait()
        try:
            yield
        finally:
            self._leave()

    def _enter(self, caller: str) -> Event | None:
        with self._lock:
            if not self._taken:
                self._taken = True
                return None
            event = Event()
            if caller not in self._waiting:
                self._waiting[caller] = deque()
                self._rotation.append(caller)
            self._waiting[caller].append(event)
            return event

    def _leave(self) -> None:
        with self._lock:
            if not self._rotation:
                self._taken = False
                return
            caller = self._rotation.popleft()
            queue = self._waiting[caller]
            queue.popleft().set()
            if queue:
                self._rotation.append(caller)
            else:
                del self._waiting[caller]
