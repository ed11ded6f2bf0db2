"""One-time tickets: carry a fact from one request to the next one of the same browser, once."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import delete, insert, select

from services.store.columns import utc_now
from services.store.database import Database
from services.store.schema import tickets
from services.store.sessions import hash_token
from services.store.vault import Vault


class Tickets:
    """Owner of the table `tickets`. Tokens are stored as hashes, subjects sealed."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def issue(self, purpose: str, subject: str, bind: str, lifetime: timedelta) -> str:
        """A token that gives `subject` back once, for this purpose, to whoever presents the same `bind`."""
        token, now = secrets.token_urlsafe(32), utc_now()
        key = hash_token(token)
        with self._database.write() as db:
            db.execute(delete(tickets).where(tickets.c.expires_at < now))
            db.execute(
                insert(tickets).values(
                    token_hash=key,
                    purpose=purpose,
                    subject=self._vault.seal(subject, table="tickets", column="subject", row=key),
                    bind_hash=hash_token(bind),
                    expires_at=now + lifetime,
                )
            )
        return token

    def redeem(self, purpose: str, token: str, bind: str) -> str | None:
        """The subject, or None. The ticket is gone after the first try, whether it fitted or not."""
        key = hash_token(token)
        with self._database.write() as db:
            row = db.execute(delete(tickets).where(tickets.c.token_hash == key).returning(*tickets.c)).first()
        if row is None or not _fits(row.purpose, row.bind_hash, purpose, bind) or row.expires_at <= utc_now():
            return None
        return str(self._vault.open(row.subject, table="tickets", column="subject", row=key))

    def peek(self, purpose: str, token: str, bind: str) -> str | None:
        """The subject as `redeem` would give it, leaving the ticket in place."""
        key = hash_token(token)
        with self._database.read() as db:
            row = db.execute(select(tickets).where(tickets.c.token_hash == key)).first()
        if row is None or not _fits(row.purpose, row.bind_hash, purpose, bind) or row.expires_at <= utc_now():
            return None
        return str(self._vault.open(row.subject, table="tickets", column="subject", row=key))


def _fits(stored_purpose: str, stored_bind: str, purpose: str, bind: str) -> bool:
    return stored_purpose == purpose and secrets.compare_digest(stored_bind, hash_token(bind))
