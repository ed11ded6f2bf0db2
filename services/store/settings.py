"""Settings: a JSON value per key. Not for secrets."""

from __future__ import annotations

from typing import Any

from sqlalchemy import delete, select

from services.store.columns import utc_now
from services.store.database import Database, upsert
from services.store.schema import settings


class Settings:
    """Owner of the table `settings`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str, default: Any = None) -> Any:
        """The value of `key`, or `default`."""
        with self._database.read() as connection:
            row = connection.execute(select(settings.c.value).where(settings.c.key == key)).first()
        return default if row is None else row.value

    def set(self, key: str, value: Any) -> None:
        """Keep a JSON-ready value under `key`."""
        with self._database.write() as connection:
            upsert(connection, settings, [{"key": key, "value": value, "changed_at": utc_now()}])

    def delete(self, key: str) -> None:
        """Forget `key`; nothing happens when it isn't there."""
        with self._database.write() as connection:
            connection.execute(delete(settings).where(settings.c.key == key))

    def all(self) -> dict[str, Any]:
        """Every key with its value."""
        with self._database.read() as connection:
            return {row.key: row.value for row in connection.execute(select(settings))}
