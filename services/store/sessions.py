"""Signed-in sessions of operators. Only a hash of the token that the browser holds is stored."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, func, insert, select, update

from services.errors import StoreUnavailable
from services.roles import Role
from services.store.columns import new_id, unique_key, utc_now
from services.store.records import Records, from_row
from services.store.schema import operators, sessions
from services.store.tickets import AHEAD, hash_token

# ended sessions are kept this long, so that a list of past sign-ins can be shown
KEPT = timedelta(days=30)
# a session is marked as seen at most this often: a page makes many requests
TOUCHED = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Session:
    """A live session. `id` may be shown and logged; the token may not, and isn't here.

    `proved_at` is when the operator last gave a second factor in it, None if they haven't. `role` is
    the operator's, as it was when the session was read.
    """

    id: str
    operator_id: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str
    agent: str
    role: Role
    proved_at: datetime | None = None


class Sessions(Records):
    """Owner of the table `sessions`."""

    def create(
        self,
        operator_id: str,
        address: str,
        agent: str,
        idle: timedelta,
        absolute: timedelta,
        *,
        proved: bool = False,
    ) -> tuple[Session, str]:
        """Start a session; the second value is the token for the browser's cookie.

        It ends after `idle` without use, and after `absolute` in any case; `proved` with a second
        factor or not. Raises `RecordNotFound` when the operator is gone.
        """
        token, id, now = secrets.token_urlsafe(32), new_id(), utc_now()
        with self._database.write() as db:
            db.execute(delete(sessions).where(sessions.c.expires_at < now - KEPT))
            db.execute(
                insert(sessions).values(
                    id=id,
                    operator_id=operator_id,
                    token_hash=hash_token(token),
                    created_at=now,
                    seen_at=now,
                    idle_seconds=int(idle.total_seconds()),
                    expires_at=now + absolute,
                    address=address[:200],
                    agent=agent[:400],
                    proved_at=now if proved else None,
                )
            )
            return from_row(Session, db.execute(_select().where(sessions.c.id == id)).one()), token

    def find(self, token: str, touch: bool = True) -> Session | None:
        """The live session of this token, or None: unknown, revoked, timed out, or operator disabled.

        `touch` counts as use and puts off the idle limit; timers pass False.
        """
        return self._living(self._first(_BY_TOKEN, {"token": hash_token(token)}), touch)

    def get(self, id: str, touch: bool = False) -> Session | None:
        """The live session with this public id, or None, by the same rules as `find`."""
        return self._living(self._first(_BY_ID, {"id": id}), touch)

    def prove(self, id: str) -> None:
        """Note that the operator gave a second factor in this session just now."""
        self._write(update(sessions).where(sessions.c.id == id).values(proved_at=utc_now()))

    def revoke(self, id: str) -> None:
        """End a session at once; nothing happens when it has ended."""
        self._revoke(sessions.c.id == id)

    def revoke_token(self, token: str) -> None:
        """End the session of this token (sign-out)."""
        self._revoke(sessions.c.token_hash == hash_token(token))

    def revoke_operator(self, operator_id: str) -> int:
        """End every session of an operator; the answer is how many were ended."""
        return self._revoke(sessions.c.operator_id == operator_id)

    def list_live(self, operator_id: str | None = None) -> tuple[Session, ...]:
        """Live sessions, the newest first, of everybody or of one operator."""
        now = utc_now()
        query = _select().where(sessions.c.expires_at > now).order_by(sessions.c.id.desc())
        if operator_id is not None:
            query = query.where(sessions.c.operator_id == operator_id)
        with self._database.read() as db:
            return tuple(from_row(Session, row) for row in db.execute(query) if _lives(row, now))

    def last_visit(self, session: Session) -> datetime | None:
        """When the operator of this session was last seen before it began; None for nothing in 30 days."""
        asked = {"operator": session.operator_id, "this": session.id, "began": session.created_at}
        row = self._first(_LAST_SEEN, asked)
        seen: datetime | None = None if row is None else row[0]
        return None if seen is None else min(seen, session.created_at)

    def addresses_of(self, username: str) -> frozenset[str]:
        """Where the operator of this name has signed in from, of late (sessions are kept for 30 days)."""
        query = (
            select(sessions.c.address)
            .join(operators, operators.c.id == sessions.c.operator_id)
            .where(operators.c.username_key == unique_key(username))
            .distinct()
        )
        return frozenset(row.address for row in self._all(query))

    def _living(self, row: Row[Any] | None, touch: bool) -> Session | None:
        now = utc_now()
        if row is None or not _lives(row, now):
            return None
        if touch and now - row.seen_at >= min(TOUCHED, timedelta(seconds=row.idle_seconds / 4)):
            # a database that takes nothing now ends nobody's session, and shows why to whoever looks
            with suppress(StoreUnavailable), self._database.write() as db:
                _touch(db, row.id, now)
        return from_row(Session, row)

    def _revoke(self, condition: ColumnElement[bool]) -> int:
        query = update(sessions).where(condition, sessions.c.revoked_at.is_(None))
        return self._write(query.values(revoked_at=utc_now()))


def _select() -> Any:
    return select(sessions, operators.c.disabled, operators.c.role).join(
        operators, operators.c.id == sessions.c.operator_id
    )


# each run of a page asks
_BY_ID = _select().where(sessions.c.id == bindparam("id"))
_BY_TOKEN = _select().where(sessions.c.token_hash == bindparam("token"))
_LAST_SEEN = select(func.max(sessions.c.seen_at)).where(
    sessions.c.operator_id == bindparam("operator"),
    sessions.c.id != bindparam("this"),
    sessions.c.created_at < bindparam("began"),
)


def _lives(row: Row[Any], now: datetime) -> bool:
    if row.revoked_at is not None or row.disabled:
        return False
    # the clock was set back by more than clocks drift: how long the session has rested isn't known
    if row.seen_at - now > AHEAD:
        return False
    return bool(now < row.expires_at and now < row.seen_at + timedelta(seconds=row.idle_seconds))


def _touch(db: Connection, id: str, now: datetime) -> None:
    # never backwards, and never reviving: a revoked session stays as it was
    db.execute(
        update(sessions)
        .where(sessions.c.id == id, sessions.c.seen_at < now, sessions.c.revoked_at.is_(None))
        .values(seen_at=now)
    )
