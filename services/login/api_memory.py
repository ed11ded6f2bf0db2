"""Sign-ins through the API that wait for an answer, and wrong passwords counted here: in memory only."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from services.cognito.sign_in import SignInAnswer
from services.cognito.srp import PasswordProof
from services.login.api_ways import Subject, Way
from services.login.chain import Link
from services.login.challenges import Question
from services.login.report import Report

LOCKS_AT = 5
"""Wrong passwords after which Cognito closes the account for a while (developer guide)."""

KEPT_SECONDS = 900.0
_COUNTED_SECONDS = 3600.0
_MOST = 500


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a test stands, for the screen: no password, code, token or secret in it.

    `question` is what comes next, to be answered before `until` (seconds since 1970); `report` is
    there once the test has ended.
    """

    id: str
    way: Way
    username: str
    name: str
    links: tuple[Link, ...]
    question: Question | None = None
    until: float = 0.0
    report: Report | None = None
    wrong: int = 0


@dataclass(slots=True)
class Waiting:
    """A test in the process's memory, with what its next step needs. Belongs to one session.

    `with_password`: it began with a password, so that Cognito's first answer judges it.
    """

    session_id: str
    stand: Stand
    subject: Subject
    line: str
    with_password: bool = True
    asked: SignInAnswer = field(repr=False, default_factory=SignInAnswer)
    totp_session: str = field(repr=False, default="")
    proof: PasswordProof | None = field(repr=False, default=None)
    answered: tuple[Link, ...] = ()
    at: float = field(default_factory=time.monotonic)


class ApiMemory:
    """Tests by id, shown to the session they belong to. May be used from many threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[str, Waiting] = OrderedDict()
        self._wrong: OrderedDict[tuple[str, str], tuple[float, int]] = OrderedDict()

    def put(self, waiting: Waiting, dropped: Callable[[Waiting], None]) -> None:
        """Keep a test for a quarter of an hour; `dropped` hears of those that give way."""
        with self._lock:
            waiting.at = time.monotonic()
            self._kept[waiting.stand.id] = waiting
            self._kept.move_to_end(waiting.stand.id)
            limit = waiting.at - KEPT_SECONDS
            old = [one for one in self._kept.values() if one.at < limit]
            old += list(self._kept.values())[: max(0, len(self._kept) - _MOST)]
            for one in old:
                self._kept.pop(one.stand.id, None)
        for one in old:
            dropped(one)

    def get(self, id: str, session_id: str) -> Waiting | None:
        """A test of this session; None when it is gone or somebody else's."""
        with self._lock:
            found = self._kept.get(id)
        return found if found is not None and found.session_id == session_id else None

    def take_step(self, id: str, session_id: str) -> Waiting | None:
        """The same, for one caller only: until it is put back, nobody else finds it."""
        with self._lock:
            found = self._kept.get(id)
            if found is None or found.session_id != session_id:
                return None
            return self._kept.pop(id)

    def wrong_passwords(self, pool_id: str, username: str) -> int:
        """Wrong passwords in a row that this console sent for somebody in the last hour."""
        with self._lock:
            at, count = self._wrong.get((pool_id, username), (0.0, 0))
        return count if time.monotonic() - at < _COUNTED_SECONDS else 0

    def count_wrong(self, pool_id: str, username: str) -> int:
        """One more; returns how many."""
        count = self.wrong_passwords(pool_id, username) + 1
        with self._lock:
            self._wrong[pool_id, username] = (time.monotonic(), count)
            while len(self._wrong) > _MOST:
                self._wrong.popitem(last=False)
        return count

    def forget_wrong(self, pool_id: str, username: str) -> None:
        """A right password starts the count anew, as at Cognito."""
        with self._lock:
            self._wrong.pop((pool_id, username), None)


API_TESTS = ApiMemory()
"""The process's sign-ins."""
