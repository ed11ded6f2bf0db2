"""When the next call of an account may be sent, for all processes together: one row a bucket.

A bucket is a moment, as in pyrate-limiter's GCRA: each call moves it on by its share of a second and waits
until the moment, less what may come at once, is there. One statement books a call for good, so callers of
all processes stand in one queue, and nobody asks twice.
"""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import BigInteger, Engine, bindparam, case, select

from services.store.database import SERVER_MICROSECONDS, Database, insert_of, translated
from services.store.schema import paces

IN_USE = 10_000_000
"""Microseconds for which a bucket counts as used after its last call."""


class Paces:
    """Owner of the table `paces`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._engine: Engine = database.engine
        if self._is_server:
            # one statement, one round trip
            self._engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._book = self._booking()

    @property
    def _is_server(self) -> bool:
        return self._database.engine.dialect.name == "postgresql"

    def book(self, account: str, bucket: str, share: float, each: int, at_once: int) -> float:
        """Take the bucket's next place, with `each` microseconds to a call and so many `at_once` after a
        quiet while; in how many seconds it comes. Raises `StoreError`s."""
        values = {"account": account, "bucket": bucket, "share": share, "each": each}
        ahead = int(self._first(self._book, values)[0])
        return max(0.0, (ahead - at_once * each) / 1e6)

    def shares(self, account: str) -> dict[str, set[float]]:
        """The shares of a quota that somebody uses now, by bucket. Raises `StoreError`s."""
        query = select(paces.c.bucket, paces.c.share).where(
            paces.c.account == account, paces.c.share > 0, paces.c.due > self._now() - IN_USE
        )
        found: dict[str, set[float]] = {}
        with translated(), self._engine.connect() as connection:
            for row in connection.execute(query, self._moment()):
                found.setdefault(row.bucket, set()).add(row.share)
        return found

    def _booking(self) -> Any:
        insert = insert_of(self._engine.dialect.name)
        now, each = self._now(), bindparam("each", type_=BigInteger)
        query = insert(paces).values(
            account=bindparam("account"), bucket=bindparam("bucket"), share=bindparam("share"), due=now + each
        )
        due = case((paces.c.due > now, paces.c.due), else_=now) + each
        query = query.on_conflict_do_update(index_elements=["account", "bucket", "share"], set_={"due": due})
        return query.returning(paces.c.due - now)

    def _first(self, query: Any, values: dict[str, Any]) -> Any:
        values = values | self._moment()
        if self._is_server:
            with translated(), self._engine.connect() as connection:
                return connection.execute(query, values).one()
        with self._database.write() as connection:
            return connection.execute(query, values).one()

    def _now(self) -> Any:
        """The server's clock; SQLite has that of this machine."""
        if self._is_server:
            return SERVER_MICROSECONDS
        return bindparam("now", type_=BigInteger)

    def _moment(self) -> dict[str, int]:
        return {} if self._is_server else {"now": time.time_ns() // 1000}
