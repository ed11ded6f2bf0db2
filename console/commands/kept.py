"""Kept snapshots, by what a person types: newest, previous, a day, an id."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta

from console.command_line.diff import NEWEST, PREVIOUS
from console.commands import showing
from services.directory.pool import PoolTables
from services.directory.snapshots import SnapshotLine, Snapshots
from services.errors import InvalidValue, NotConfigured, RecordNotFound
from services.store.store import Store

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


class KeptSnapshots:
    """The snapshots of one pool, found by whatever a person types."""

    def __init__(self, store: Store, pool_key: str) -> None:
        self._snapshots = Snapshots(store)
        self._lines: tuple[SnapshotLine, ...] = self._snapshots.list(pool_key)

    def open(self, named: str) -> PoolTables:
        """The snapshot meant. Raises `NotConfigured` without any, `RecordNotFound` for an unknown one."""
        if not self._lines:
            raise NotConfigured(
                "No snapshot of this pool is kept.", "Take one: python -m console snapshot --pool NAME"
            )
        return self._snapshots.tables(self._id(named))

    def _id(self, named: str) -> str:
        word = named.casefold()
        if word == NEWEST:
            return self._lines[0].id
        if word == PREVIOUS:
            if len(self._lines) < 2:
                raise RecordNotFound("Only one snapshot of this pool is kept.", "Take another one later.")
            return self._lines[1].id
        if _DAY.match(named):
            return self._on(named)
        fitting = [line.id for line in self._lines if line.id.casefold().startswith(word)]
        if len(fitting) == 1:
            return fitting[0]
        what = "Several snapshots begin" if fitting else "No snapshot of this pool begins"
        raise RecordNotFound(
            f"{what} with “{showing.plain(named)}”.",
            "Give a full id (snapshot --list shows them), a day such as 2026-11-23, newest or previous.",
        )

    def _on(self, day: str) -> str:
        """The last snapshot taken on or before the end of that day (UTC)."""
        try:
            end = datetime.combine(datetime.fromisoformat(day), time.min, UTC) + timedelta(days=1)
        except ValueError:
            raise InvalidValue(f"{day} is no day.", "Write it as year-month-day: 2026-11-23.") from None
        found = next((line.id for line in self._lines if line.taken_at < end), None)
        if found is None:
            oldest = f"{self._lines[-1].taken_at:%Y-%m-%d}"
            raise RecordNotFound(f"No snapshot is as old as {day}.", f"The oldest is of {oldest}.")
        return found
