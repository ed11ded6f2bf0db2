"""What a SQLite database has answered, for as long as nothing is written to it by whatever process.

SQLite gives a connection a number that changes as soon as another connection, of this process or of another,
has committed something (`PRAGMA data_version`). Asking for it takes a hundredth of the time of a query
through SQLAlchemy, and a page asks the same couple of dozen questions in each of its runs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, Row, Select

Rows = Sequence[Row[Any]]

MOST = 5_000
"""Rows kept at once, an answer without any counted as one; with more, all are asked for again."""
LONGEST = 100
"""Rows of an answer that is kept: longer ones are rarely asked for, and would fill the memory."""


class Answers:
    """Rows by question, all of them from one state of the database. May be used from many threads."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._watch: Any = None  # the connection whose number it is: others have numbers of their own
        self._state = -1
        self._rows = 0
        self._kept: dict[Hashable, Rows] = {}

    def get(self, question: Hashable, ask: Callable[[], Rows]) -> Rows:
        """The rows that `ask` would bring; asked for only if the database has changed since they were.

        Raises what SQLite raises.
        """
        state = self._look()
        found = self._kept.get(question)
        if found is None:
            found = ask()
            self._keep(state, question, found)
        return found

    def close(self) -> None:
        """Forget everything, and let go of the database."""
        with self._lock:
            watch, self._watch, self._state = self._watch, None, -1
        if watch is not None:
            watch.close()

    def _look(self) -> int:
        """The number of the database's state now; what was answered in another one is forgotten."""
        with self._lock:
            if self._watch is None:
                self._watch = self._engine.raw_connection()
            (state,) = self._watch.driver_connection.execute("PRAGMA data_version").fetchone()
            if state != self._state or self._rows > MOST:
                self._state, self._rows, self._kept = state, 0, {}
            return self._state

    def _keep(self, state: int, question: Hashable, rows: Rows) -> None:
        with self._lock:
            # they are as new as that state, or newer: then the next look finds another state and forgets them
            if state == self._state and len(rows) <= LONGEST:
                self._kept[question] = rows
                self._rows += max(1, len(rows))


def question_of(query: Select[Any], values: Mapping[str, Any] | None) -> Hashable | None:
    """What tells a query with its values from all others; None for a query that SQLAlchemy can't tell."""
    key = query._generate_cache_key()  # as SQLAlchemy's example of a cache does
    if key is None:
        return None
    bound = tuple(_hashable(parameter.value) for parameter in key.bindparams)
    return key.key, bound, tuple(values.items()) if values else ()


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
