"""Pools: which user pools the console works on, and through which connection."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, insert, select, update

from services.errors import InvalidValue, RecordNotFound
from services.store.columns import name_key, new_id, utc_now
from services.store.database import Database
from services.store.schema import applications, pools


@dataclass(frozen=True, slots=True)
class PoolRecord:
    """A configured user pool. `name` is unique and stands in the URL; `region` "" is the connection's."""

    id: str
    connection_id: str
    pool_id: str
    name: str
    region: str
    created_at: datetime
    changed_at: datetime


class Pools:
    """Owner of the table `pools`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self) -> tuple[PoolRecord, ...]:
        """All pools by name."""
        with self._database.read() as db:
            return tuple(map(_pool, db.execute(select(pools).order_by(pools.c.name_key))))

    def get(self, id: str) -> PoolRecord:
        """One pool. Raises `RecordNotFound`."""
        return self._one(pools.c.id == id)

    def by_name(self, name: str) -> PoolRecord:
        """The pool called `name`, whatever its letter case. Raises `RecordNotFound`."""
        return self._one(pools.c.name_key == name_key(name))

    def add(self, *, connection_id: str, pool_id: str, name: str, region: str = "") -> PoolRecord:
        """Store a pool. Raises `NameTaken`, or `RecordNotFound` when the connection is gone."""
        id, now = new_id(), utc_now()
        with self._database.write(taken=_taken(name)) as db:
            db.execute(
                insert(pools).values(
                    id=id,
                    connection_id=connection_id,
                    pool_id=pool_id.strip(),
                    name=name.strip(),
                    name_key=name_key(name),
                    region=region,
                    created_at=now,
                    changed_at=now,
                )
            )
        return self.get(id)

    def update(
        self,
        id: str,
        *,
        connection_id: str | None = None,
        pool_id: str | None = None,
        name: str | None = None,
        region: str | None = None,
    ) -> PoolRecord:
        """Change what is given; None leaves a field as it is. Raises `RecordNotFound` or `NameTaken`."""
        given = {"connection_id": connection_id, "pool_id": pool_id, "name": name, "region": region}
        values: dict[str, Any] = {key: value for key, value in given.items() if value is not None}
        if name is not None:
            values |= {"name": name.strip(), "name_key": name_key(name)}
        with self._database.write(taken=_taken(name or "")) as db:
            changed = db.execute(update(pools).where(pools.c.id == id).values(**values, changed_at=utc_now()))
            if not changed.rowcount:
                raise _gone()
        return self.get(id)

    def delete(self, id: str) -> None:
        """Remove a pool. Raises `RecordNotFound`, or `InvalidValue` while it still has applications."""
        with self._database.write() as db:
            names = db.scalars(select(applications.c.name).where(applications.c.pool_record_id == id)).all()
            if names:
                raise InvalidValue(
                    f"The pool still has applications ({', '.join(names)}); it was not deleted.",
                    "Delete these applications first.",
                )
            if not db.execute(delete(pools).where(pools.c.id == id)).rowcount:
                raise _gone()

    def _one(self, condition: ColumnElement[bool]) -> PoolRecord:
        with self._database.read() as db:
            row = db.execute(select(pools).where(condition)).first()
        if row is None:
            raise _gone()
        return _pool(row)


def _pool(row: Row[Any]) -> PoolRecord:
    return PoolRecord(
        id=row.id,
        connection_id=row.connection_id,
        pool_id=row.pool_id,
        name=row.name,
        region=row.region,
        created_at=row.created_at,
        changed_at=row.changed_at,
    )


def _taken(name: str) -> str:
    return f"Another pool is called “{name.strip()}”. Nothing was changed."


def _gone() -> RecordNotFound:
    return RecordNotFound("This pool is not configured (any more).", "Choose another pool.")
