"""Stops a run that can't succeed: the same refusal for everybody, before more is tried."""

from __future__ import annotations

from collections import Counter
from threading import Lock

from services.errors import (
    AliasTaken,
    ClockSkew,
    CognitoError,
    ConsoleError,
    InvalidValue,
    NotAvailable,
    NotPermitted,
    PermissionMissing,
    PersonLimitReached,
    PoolNotFound,
    SessionEnded,
    StateNotSupported,
    UserExists,
    UserNotFound,
)

IN_A_ROW = 10
"""So many rows that fail for one cause, none having succeeded at the same kind of step, stop the run."""

FATAL = (PermissionMissing, PoolNotFound, ClockSkew, NotAvailable, NotPermitted, SessionEnded)
"""What no further row could do any better; the first is enough."""


OF_ONE_PERSON = (AliasTaken, InvalidValue, PersonLimitReached, StateNotSupported, UserExists, UserNotFound)
"""What lies in the person, or in what their row says of them (`InvalidValue`: what an action checks before it
sends): however many in a row fail so, it says nothing of the next."""


class Breaker:
    """Watches the results of one run, from many threads."""

    def __init__(self, in_a_row: int = IN_A_ROW) -> None:
        self._in_a_row = in_a_row
        self._succeeded: set[str] = set()
        self._failures: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    def succeeded(self, operation: str) -> None:
        """A step of this operation took effect: the cause of failures lies in the rows."""
        with self._lock:
            self._succeeded.add(operation)

    def failed(self, operation: str, error: ConsoleError) -> str:
        """Note a failure; the answer is why to stop everything, empty to go on."""
        if isinstance(error, FATAL):
            return error.why
        if isinstance(error, OF_ONE_PERSON):
            return ""
        code = cause_of(error)
        with self._lock:
            self._failures[operation, code] += 1
            if operation in self._succeeded or self._failures[operation, code] < self._in_a_row:
                return ""
        return (
            f"The first {self._in_a_row} tries all failed for the same reason ({code}), so the rest was not "
            f"tried. {error.why}"
        )


def cause_of(error: ConsoleError) -> str:
    """AWS's error code, or our own name for the cause."""
    code = error.code if isinstance(error, CognitoError) else ""
    return code or type(error).__name__
