"""Settings: a JSON value per key. Not for secrets."""

from __future__ import annotations

from contextlib import suppress
from copy import deepcopy
from datetime import timedelta
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from services.errors import NameTaken
from services.store.columns import utc_now
from services.store.database import upsert
from services.store.records import Records
from services.store.schema import settings

# asked for several times in each run of a page
_VALUE = select(settings.c.value).where(settings.c.key == bindparam("key"))


class Settings(Records):
    """Owner of the table `settings`."""

    def get(self, key: str, default: Any = None) -> Any:
        """The value of `key`, or `default`."""
        row = self._first(_VALUE, {"key": key})
        return default if row is None else deepcopy(row.value)

    def set(self, key: str, value: Any) -> None:
        """Keep a JSON-ready value under `key`."""
        with self._database.write() as connection:
            upsert(connection, settings, [{"key": key, "value": value, "changed_at": utc_now()}])

    def claim(self, key: str, pause: timedelta) -> bool:
        """Take `key` for this process, unless one has within `pause`: for work that one of several does."""
        now = utc_now()
        free = update(settings).where(settings.c.key == key, settings.c.changed_at <= now - pause)
        if self._write(free.values(changed_at=now)):
            return True
        with suppress(NameTaken):
            self._write(insert(settings).values(key=key, value=True, changed_at=now))
            return True
        return False

    def delete(self, key: str) -> None:
        """Forget `key`; nothing happens when it isn't there."""
        self._write(delete(settings).where(settings.c.key == key))

    def all(self) -> dict[str, Any]:
        """Every key with its value."""
        return {row.key: row.value for row in self._all(select(settings))}
