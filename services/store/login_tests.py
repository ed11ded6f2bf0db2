"""Login tests: begun by an operator, answered once by whoever brings the state back, kept sealed."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, delete, insert, select, update

from services.store.columns import new_id, utc_now
from services.store.records import Records, from_row
from services.store.schema import login_tests
from services.store.tickets import hash_token

PENDING_FOR = timedelta(minutes=5)
"""How long a test waits for its answer; a code of Cognito is good for as long."""


@dataclass(frozen=True, slots=True)
class LoginTest:
    """One test, without what it holds. `used_at` is None until its answer came."""

    id: str
    operator_id: str
    session_id: str
    pool_name: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    has_result: bool


class LoginTests(Records):
    """Owner of the table `login_tests`. States are stored as hashes, everything else sealed."""

    def begin(
        self, operator_id: str, session_id: str, pool_name: str, pending: Mapping[str, Any]
    ) -> tuple[str, str]:
        """Keep what the answer will need; returns the test's id and its one-time state.

        `pending` gets the state as "state", so that the owner can be sent on their way again.
        """
        id, state, now = new_id(), secrets.token_urlsafe(32), utc_now()
        self.sweep()
        values = {
            "id": id,
            "state_hash": hash_token(state),
            "operator_id": operator_id,
            "session_id": session_id,
            "pool_name": pool_name,
            "created_at": now,
            "expires_at": now + PENDING_FOR,
            "pending": self._seal(login_tests.c.pending, {**pending, "state": state}, id),
        }
        self._write(insert(login_tests).values(values))
        return id, state

    def get(self, id: str) -> LoginTest | None:
        """One test, or None."""
        return self._one(login_tests.c.id == id)

    def by_state(self, state: str) -> LoginTest | None:
        """The test that waits, or waited, for this state; None if there never was one (or long ago)."""
        return self._one(login_tests.c.state_hash == hash_token(state))

    def pending(self, id: str) -> Mapping[str, Any] | None:
        """What a test that still waits was begun with; None when it is over or too old."""
        row = self._first(select(login_tests).where(login_tests.c.id == id))
        if row is None or row.pending is None or row.used_at is not None or row.expires_at <= utc_now():
            return None
        return self._facts(login_tests.c.pending, row.pending, id)

    def take(self, id: str) -> Mapping[str, Any] | None:
        """`pending`, for one caller only: it is erased here. None when it is used up or too old."""
        now = utc_now()
        mine = (login_tests.c.id == id) & login_tests.c.used_at.is_(None) & (login_tests.c.expires_at > now)
        with self._database.write() as db:
            row = db.execute(select(login_tests.c.pending).where(mine)).first()
            won = db.execute(update(login_tests).where(mine).values(used_at=now, pending=None)).rowcount
        if row is None or row.pending is None or won != 1:
            return None
        return self._facts(login_tests.c.pending, row.pending, id)

    def finish(self, id: str, result: Mapping[str, Any]) -> None:
        """Keep a JSON-ready result (no token, code, password or secret in it)."""
        sealed = self._seal(login_tests.c.result, result, id)
        self._write(update(login_tests).where(login_tests.c.id == id).values(result=sealed))

    def result(self, id: str) -> Mapping[str, Any] | None:
        """The result, or None while there is none. The caller checks whose it is."""
        row = self._first(select(login_tests.c.result).where(login_tests.c.id == id))
        return None if row is None else self._facts(login_tests.c.result, row.result, id)

    def sweep(self) -> None:
        """Erase what tests that were never answered held."""
        over = login_tests.c.expires_at <= utc_now()
        self._write(update(login_tests).where(over, login_tests.c.pending.is_not(None)).values(pending=None))

    def results_of(self, pool_name: str) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
        """The id and result of every test of a pool."""
        for row in self._all(select(login_tests).where(login_tests.c.pool_name == pool_name)):
            yield row.id, self._facts(login_tests.c.result, row.result, row.id)

    def delete(self, ids: Sequence[str]) -> int:
        """Erase these tests; how many there were."""
        return self._write(delete(login_tests).where(login_tests.c.id.in_(ids))) if ids else 0

    def forget(self, before: datetime) -> int:
        """Erase the tests that were begun before then, with their results; how many there were."""
        return self._write(delete(login_tests).where(login_tests.c.created_at < before))

    def _one(self, condition: ColumnElement[bool]) -> LoginTest | None:
        row = self._first(select(login_tests).where(condition))
        return None if row is None else from_row(LoginTest, row, has_result=row.result is not None)

    def _facts(self, column: Column[Any], token: str | None, id: str) -> Mapping[str, Any] | None:
        found: Mapping[str, Any] | None = self._open(column, token, id)
        return found
