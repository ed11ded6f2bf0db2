"""What is kept for minutes: one-time tickets, and what one request leaves for the next, in whichever process.

Tokens and names are stored as hashes, what they stand for is sealed.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import Row, delete, select

from services.store.columns import utc_now
from services.store.database import upsert
from services.store.records import Records
from services.store.schema import tickets

# by so much a moment may lie in the future, as machines' clocks differ
AHEAD = timedelta(minutes=5)


def hash_token(token: str) -> str:
    """What stands in the database for a token: 256 random bits need no salt."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


class Tickets(Records):
    """Owner of the table `tickets`.

    A ticket is found by its token, once. What is kept is found under the name that its writer chose, by
    whoever presents the same `bind`, until it is taken or its time is over.
    """

    def issue(self, purpose: str, subject: str, bind: str, lifetime: timedelta) -> str:
        """A token that gives `subject` back once, for this purpose, to whoever presents the same `bind`."""
        token = secrets.token_urlsafe(32)
        self._put(hash_token(token), purpose, subject, bind, lifetime)
        return token

    def forget(self) -> None:
        """Delete every ticket and all that is kept, so that none can be redeemed any more."""
        self._write(delete(tickets))

    def redeem(self, purpose: str, token: str, bind: str) -> str | None:
        """The subject, or None. The ticket is gone after the first try, whether it fitted or not.

        A clock that was set back by more than clocks drift makes it void, too.
        """
        key = hash_token(token)
        with self._database.write() as db:
            row = db.execute(delete(tickets).where(tickets.c.token_hash == key).returning(*tickets.c)).first()
        found = self._fitting(row, purpose, bind)
        return None if found is None else str(found)

    def peek(self, purpose: str, token: str, bind: str) -> str | None:
        """The subject as `redeem` would give it, leaving the ticket in place."""
        found = self._looked_at(hash_token(token), purpose, bind)
        return None if found is None else str(found)

    def keep(self, purpose: str, name: str, value: Any, bind: str, lifetime: timedelta) -> None:
        """Keep a JSON-ready value under a name, in the place of what was kept there."""
        self._put(_key_of(purpose, name), purpose, value, bind, lifetime)

    def kept(self, purpose: str, name: str, bind: str) -> Any:
        """What is kept under this name for whoever presents `bind`; None when there is nothing (any more)."""
        return self._looked_at(_key_of(purpose, name), purpose, bind)

    def take(self, purpose: str, name: str, bind: str) -> Any:
        """The same, for one caller only: nobody finds it again. A wrong `bind` leaves it in place."""
        mine = tickets.c.token_hash == _key_of(purpose, name), tickets.c.bind_hash == hash_token(bind)
        with self._database.write() as db:
            row = db.execute(delete(tickets).where(*mine).returning(*tickets.c)).first()
        return self._fitting(row, purpose, bind)

    def take_overdue(self, purpose: str) -> list[Any]:
        """What nobody took in its time, each for one caller only. Raises `SealBroken`."""
        old = tickets.c.purpose == purpose, tickets.c.expires_at <= utc_now()
        with self._database.write() as db:
            rows = db.execute(delete(tickets).where(*old).returning(*tickets.c)).all()
        return [self._open(tickets.c.subject, row.subject, row.token_hash)["of"] for row in rows]

    def sweep(self) -> int:
        """Forget everything whose time is over; how many there were."""
        return self._write(delete(tickets).where(tickets.c.expires_at <= utc_now()))

    def _put(self, key: str, purpose: str, value: Any, bind: str, lifetime: timedelta) -> None:
        now = utc_now()
        row = {
            "token_hash": key,
            "purpose": purpose,
            "subject": self._seal(tickets.c.subject, {"of": value, "at": now.isoformat()}, key),
            "bind_hash": hash_token(bind),
            "expires_at": now + lifetime,
        }
        with self._database.write() as db:
            # those of other purposes may have somebody who looks at them first (`take_overdue`)
            db.execute(delete(tickets).where(tickets.c.purpose == purpose, tickets.c.expires_at < now))
            upsert(db, tickets, [row])

    def _looked_at(self, key: str, purpose: str, bind: str) -> Any:
        return self._fitting(self._first(select(tickets).where(tickets.c.token_hash == key)), purpose, bind)

    def _fitting(self, row: Row[Any] | None, purpose: str, bind: str) -> Any:
        now = utc_now()
        if row is None or row.purpose != purpose or row.expires_at <= now:
            return None
        if not secrets.compare_digest(row.bind_hash, hash_token(bind)):
            return None
        kept = self._open(tickets.c.subject, row.subject, row.token_hash)
        # of one from before it was issued nobody knows how long it has lasted: the clock was set back
        return None if datetime.fromisoformat(kept["at"]) - now > AHEAD else kept["of"]


def _key_of(purpose: str, name: str) -> str:
    return hash_token(f"{purpose}/{name}")
