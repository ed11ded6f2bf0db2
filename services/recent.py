"""What a process remembers for a while: as many as fit, the ones used last, each under a key."""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(Generic[K, V]):
    """At most `most` values, each for `seconds` after it was put there. May be used from many threads."""

    def __init__(self, most: int, *, seconds: float = math.inf) -> None:
        self._most, self._seconds = most, seconds
        self._lock = Lock()
        self._kept: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def put(self, key: K, value: V) -> list[V]:
        """Remember `value`, and return those that give way: too old, or used longest ago."""
        with self._lock:
            self._kept.pop(key, None)
            gone = self._drop_old()
            self._kept[key] = (time.monotonic(), value)
            while len(self._kept) > self._most:
                gone.append(self._kept.popitem(last=False)[1][1])
        return gone

    def get(self, key: K) -> V | None:
        """The value under `key`, which counts as used now; None when there is none (any more)."""
        with self._lock:
            found = self._kept.get(key)
            if found is None or self._is_old(found[0]):
                return None
            self._kept.move_to_end(key)
            return found[1]

    def take(self, key: K, when: Callable[[V], bool] = lambda _: True) -> V | None:
        """The value under `key` if it is as `when` says, for this caller only: nobody finds it again."""
        with self._lock:
            found = self._kept.get(key)
            if found is None or self._is_old(found[0]) or not when(found[1]):
                return None
            del self._kept[key]
            return found[1]

    def first(self, when: Callable[[K], bool]) -> V | None:
        """Some value whose key is as `when` says."""
        with self._lock:
            fitting = ((at, value) for key, (at, value) in self._kept.items() if when(key))
            return next((value for at, value in fitting if not self._is_old(at)), None)

    def drop_old(self) -> list[V]:
        """Forget what is too old now, and return it. `put` does so by itself."""
        with self._lock:
            return self._drop_old()

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()

    def _drop_old(self) -> list[V]:
        return [
            self._kept.pop(key)[1] for key in [k for k, (at, _) in self._kept.items() if self._is_old(at)]
        ]

    def _is_old(self, at: float) -> bool:
        return time.monotonic() - at >= self._seconds
