"""Saved searches: what operators look for again and again, by name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select

from services.errors import RecordNotFound
from services.store.columns import name_key, new_id, utc_now
from services.store.records import Records, from_row
from services.store.schema import saved_searches


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


class SavedSearches(Records):
    """Owner of the table `saved_searches`. Queries are sealed: they may name people."""

    def list(self, pool_record_id: str) -> tuple[SavedSearch, ...]:
        """The searches of a pool by name. Raises `SealBroken`."""
        query = (
            select(saved_searches)
            .where(saved_searches.c.pool_record_id == pool_record_id)
            .order_by(saved_searches.c.name_key)
        )
        return tuple(map(self._opened, self._all(query)))

    def get(self, id: str) -> SavedSearch:
        """One search. Raises `RecordNotFound`, `SealBroken`."""
        row = self._first(select(saved_searches).where(saved_searches.c.id == id))
        if row is None:
            raise _gone()
        return self._opened(row)

    def add(
        self, *, pool_record_id: str, name: str, query: str, order: str, operator_id: str, operator_name: str
    ) -> SavedSearch:
        """Keep a search. Raises `NameTaken`, or `RecordNotFound` when the pool is gone."""
        id = new_id()
        values = {
            "id": id,
            "pool_record_id": pool_record_id,
            "name": name.strip(),
            "name_key": name_key(name),
            "query": self._seal(saved_searches.c.query, {"query": query, "order": order}, id),
            "operator_id": operator_id,
            "operator_name": operator_name,
            "created_at": utc_now(),
        }
        taken = f"Another search of this pool is called “{name.strip()}”. Nothing was saved."
        self._write(insert(saved_searches).values(values), taken)
        return self.get(id)

    def delete(self, id: str) -> None:
        """Forget a search. Raises `RecordNotFound`."""
        if not self._write(delete(saved_searches).where(saved_searches.c.id == id)):
            raise _gone()

    def _opened(self, row: Row[Any]) -> SavedSearch:
        said = self._open(saved_searches.c.query, row.query, row.id)
        return from_row(SavedSearch, row, query=said["query"], order=said["order"])


def _gone() -> RecordNotFound:
    return RecordNotFound("This saved search is not there any more.", "Choose another, or search anew.")
