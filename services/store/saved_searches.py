"""Saved searches: what operators look for again and again, by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select

from services.errors import RecordNotFound
from services.store.columns import name_key, new_id, utc_now
from services.store.database import Database
from services.store.schema_reviews import saved_searches
from services.store.vault import Vault


@dataclass(frozen=True, slots=True)
class SavedSearch:
    """One search of one pool. `query` and `order` as `services.directory.saved_searches` writes them."""

    id: str
    pool_record_id: str
    name: str
    query: str
    order: str
    operator_id: str
    operator_name: str
    created_at: datetime


class SavedSearches:
    """Owner of the table `saved_searches`. Queries are sealed: they may name people."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def list(self, pool_record_id: str) -> tuple[SavedSearch, ...]:
        """The searches of a pool by name. Raises `SealBroken`."""
        query = (
            select(saved_searches)
            .where(saved_searches.c.pool_record_id == pool_record_id)
            .order_by(saved_searches.c.name_key)
        )
        with self._database.read() as db:
            rows = db.execute(query).all()
        return tuple(map(self._opened, rows))

    def get(self, id: str) -> SavedSearch:
        """One search. Raises `RecordNotFound`, `SealBroken`."""
        with self._database.read() as db:
            row = db.execute(select(saved_searches).where(saved_searches.c.id == id)).first()
        if row is None:
            raise _gone()
        return self._opened(row)

    def add(
        self, *, pool_record_id: str, name: str, query: str, order: str, operator_id: str, operator_name: str
    ) -> SavedSearch:
        """Keep a search. Raises `NameTaken`, or `RecordNotFound` when the pool is gone."""
        id = new_id()
        sealed = self._vault.seal(
            {"query": query, "order": order}, table="saved_searches", column="query", row=id
        )
        taken = f"Another search of this pool is called “{name.strip()}”. Nothing was saved."
        with self._database.write(taken=taken) as db:
            db.execute(
                insert(saved_searches).values(
                    id=id,
                    pool_record_id=pool_record_id,
                    name=name.strip(),
                    name_key=name_key(name),
                    query=sealed,
                    operator_id=operator_id,
                    operator_name=operator_name,
                    created_at=utc_now(),
                )
            )
        return self.get(id)

    def delete(self, id: str) -> None:
        """Forget a search. Raises `RecordNotFound`."""
        with self._database.write() as db:
            if not db.execute(delete(saved_searches).where(saved_searches.c.id == id)).rowcount:
                raise _gone()

    def _opened(self, row: Row[Any]) -> SavedSearch:
        said = self._vault.open(row.query, table="saved_searches", column="query", row=row.id)
        return SavedSearch(
            id=row.id,
            pool_record_id=row.pool_record_id,
            name=row.name,
            query=said["query"],
            order=said["order"],
            operator_id=row.operator_id,
            operator_name=row.operator_name,
            created_at=row.created_at,
        )


def _gone() -> RecordNotFound:
    return RecordNotFound("This saved search is not there any more.", "Choose another, or search anew.")
