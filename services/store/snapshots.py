"""Snapshots at rest: one line for each, and its tables in sealed pieces.

What the pieces hold (Parquet files) is not this table's concern; see `services.directory.snapshots`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, select

from services.errors import RecordNotFound
from services.store.records import Records, from_row
from services.store.schema import campaigns, snapshot_parts, snapshots


@dataclass(frozen=True, slots=True)
class SnapshotFacts:
    """What is known of a snapshot without opening it; `taken_at` is when reading began."""

    id: str
    pool_key: str
    pool_name: str
    operator_id: str
    operator_name: str
    origin: str
    taken_at: datetime
    finished_at: datetime
    complete: bool
    users: int
    groups: int
    memberships: int


@dataclass(frozen=True, slots=True)
class NewSnapshot(SnapshotFacts):
    """A snapshot to be kept. `about` is JSON-ready and sealed."""

    about: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SnapshotLine(SnapshotFacts):
    """One snapshot without its tables; `bytes` is their size before encryption."""

    bytes: int


class SnapshotRecords(Records):
    """Owner of the tables `snapshots` and `snapshot_parts`."""

    def add(self, new: NewSnapshot, parts: Mapping[str, bytes]) -> SnapshotLine:
        """Keep a snapshot: its line and all its parts, or nothing. Raises `StoreError`s."""
        line = SnapshotLine(
            **{name: getattr(new, name) for name in _LINE if name != "bytes"},
            bytes=sum(map(len, parts.values())),
        )
        values = {name: getattr(line, name) for name in _LINE}
        values["about"] = self._seal(snapshots.c.about, new.about, new.id)
        with self._database.write() as db:
            db.execute(insert(snapshots), [values])
            for part, data in parts.items():
                for piece in self._seal_pieces(snapshot_parts.c.data, data, new.id, part):
                    db.execute(insert(snapshot_parts), [{"snapshot_id": new.id, "part": part, **piece}])
        return line

    def list(self, pool_key: str = "") -> tuple[SnapshotLine, ...]:
        """The snapshots of a pool (all with ""), newest first."""
        rows = self._all(_OF_POOL, {"pool_key": pool_key}) if pool_key else self._all(_NEWEST_FIRST)
        return tuple(map(_line, rows))

    def newest(self, pool_key: str) -> SnapshotLine | None:
        """The newest snapshot of a pool, or None."""
        row = self._first(_NEWEST, {"pool_key": pool_key})
        return None if row is None else _line(row)

    def get(self, id: str) -> SnapshotLine:
        """One line. Raises `RecordNotFound`."""
        row = self._first(select(*_COLUMNS).where(snapshots.c.id == id))
        if row is None:
            raise _gone()
        return _line(row)

    def about(self, id: str) -> Mapping[str, Any]:
        """What was sealed as `about`. Raises `RecordNotFound`, `SealBroken`."""
        row = self._first(select(snapshots.c.about).where(snapshots.c.id == id))
        if row is None:
            raise _gone()
        found: Mapping[str, Any] = self._open(snapshots.c.about, row.about, id)
        return found

    def part(self, id: str, part: str) -> bytes:
        """One part, put together again. Raises `RecordNotFound`, `SealBroken`."""
        data = self._open_pieces(snapshot_parts.c.data, id, part)
        if not data:
            raise _gone()
        return data

    def delete(self, ids: Sequence[str]) -> int:
        """Forget these snapshots; how many were there."""
        return self._write(delete(snapshots).where(snapshots.c.id.in_(ids))) if ids else 0

    def needed(self) -> frozenset[str]:
        """Ids of the snapshots that review campaigns still under way were begun on."""
        with self._database.read() as db:
            open_ones = select(campaigns.c.snapshot_id).where(campaigns.c.closed_at.is_(None))
            return frozenset(db.scalars(open_ones))

    def total_bytes(self) -> int:
        """Bytes of all snapshots, before encryption."""
        with self._database.read() as db:
            return int(db.scalar(select(func.coalesce(func.sum(snapshots.c.bytes), 0))) or 0)


_LINE = tuple(SnapshotLine.__dataclass_fields__)
_COLUMNS = tuple(snapshots.c[name] for name in _LINE)
# made once: the newest is asked for several times in each run of a page
_NEWEST_FIRST = select(*_COLUMNS).order_by(snapshots.c.taken_at.desc(), snapshots.c.id.desc())
_OF_POOL = _NEWEST_FIRST.where(snapshots.c.pool_key == bindparam("pool_key"))
_NEWEST = _OF_POOL.limit(1)


def _line(row: Row[Any]) -> SnapshotLine:
    return from_row(SnapshotLine, row)


def _gone() -> RecordNotFound:
    return RecordNotFound("This snapshot is not there (any more).", "Choose another, or take a new one.")
