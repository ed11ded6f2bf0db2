"""Tokens of finished tests, in this process's memory only: few, briefly, for one session each."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

TTL_SECONDS = 600.0
MOST = 200


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a token endpoint gave; missing ones are empty."""

    id_token: str = field(default="", repr=False)
    access_token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)


class TokenMemory:
    """Tokens by test, shown to the session that the test belongs to. May be used from many threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[str, tuple[float, str, Tokens]] = OrderedDict()

    def put(self, test_id: str, session_id: str, tokens: Tokens) -> None:
        """Keep tokens for ten minutes; the oldest give way when there are too many."""
        with self._lock:
            self._drop_old()
            self._kept[test_id] = (time.monotonic() + TTL_SECONDS, session_id, tokens)
            self._kept.move_to_end(test_id)
            while len(self._kept) > MOST:
                self._kept.popitem(last=False)

    def get(self, test_id: str, session_id: str) -> Tokens | None:
        """The tokens of a test, for its own session only; None when they are gone."""
        with self._lock:
            self._drop_old()
            _, owner, tokens = self._kept.get(test_id, (0.0, "", None))
        return tokens if owner and owner == session_id else None

    def forget(self, test_id: str, session_id: str) -> None:
        """Drop the tokens of a test at once."""
        with self._lock:
            if self._kept.get(test_id, (0.0, "", None))[1] == session_id:
                del self._kept[test_id]

    def _drop_old(self) -> None:
        now = time.monotonic()
        for test_id in [id for id, (until, _, _) in self._kept.items() if until <= now]:
            del self._kept[test_id]


TOKENS = TokenMemory()
"""The process's tokens."""
