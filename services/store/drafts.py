"""Drafts: uploaded files on their way into a pool, one operator's own.

What `about` says of a file is not this table's concern; see `services.bulk.drafts`.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, func, insert, select, update

from services.errors import DraftChanged, RecordNotFound
from services.store.columns import new_id, utc_now
from services.store.records import Records, from_row
from services.store.schema import draft_parts, drafts


@dataclass(frozen=True, slots=True)
class DraftRecord:
    """One draft without its file. `version` counts its changes; `bytes` is the file's size as kept."""

    id: str
    pool_record_id: str
    operator_id: str
    version: int
    bytes: int
    about: Mapping[str, Any]
    created_at: datetime
    changed_at: datetime


class Drafts(Records):
    """Owner of the tables `drafts` and `draft_parts`. Every call says whose drafts it is about."""

    def add(
        self, *, pool_record_id: str, operator_id: str, about: Mapping[str, Any], data: bytes
    ) -> DraftRecord:
        """Keep a file. Raises `RecordNotFound` when the pool or the operator is gone, `StoreError`s."""
        id, now, packed = new_id(), utc_now(), zlib.compress(data, 3)
        values = {
            "id": id,
            "pool_record_id": pool_record_id,
            "operator_id": operator_id,
            "version": 1,
            "bytes": len(packed),
            "about": self._seal(drafts.c.about, about, id),
            "created_at": now,
            "changed_at": now,
        }
        with self._database.write() as db:
            db.execute(insert(drafts).values(values))
            for piece in self._seal_pieces(draft_parts.c.data, packed, id):
                db.execute(insert(draft_parts), [{"draft_id": id, **piece}])
        return self.get(id, operator_id)

    def list(self, operator_id: str, pool_record_id: str) -> tuple[DraftRecord, ...]:
        """An operator's drafts for a pool, the one changed last first. Raises `SealBroken`."""
        query = select(drafts).where(
            drafts.c.operator_id == operator_id, drafts.c.pool_record_id == pool_record_id
        )
        return tuple(map(self._record, self._all(query.order_by(drafts.c.changed_at.desc(), drafts.c.id))))

    def get(self, id: str, operator_id: str) -> DraftRecord:
        """A draft of this operator. Raises `RecordNotFound`, also for somebody else's; `SealBroken`."""
        row = self._first(select(drafts).where(_own(id, operator_id)))
        if row is None:
            raise _gone()
        return self._record(row)

    def version(self, id: str, operator_id: str) -> int:
        """How often a draft was changed; 0 when it isn't there."""
        row = self._first(select(drafts.c.version).where(_own(id, operator_id)))
        return 0 if row is None else int(row.version)

    def file(self, id: str, operator_id: str) -> bytes:
        """The file of a draft, byte for byte. Raises `RecordNotFound`, `SealBroken`."""
        self.get(id, operator_id)
        return zlib.decompress(self._open_pieces(draft_parts.c.data, id))

    def update(self, id: str, operator_id: str, version: int, about: Mapping[str, Any]) -> DraftRecord:
        """Keep what was changed since `version`.

        Raises `RecordNotFound`, or `DraftChanged` when it was changed elsewhere since then.
        """
        values = {
            "version": version + 1,
            "about": self._seal(drafts.c.about, about, id),
            "changed_at": utc_now(),
        }
        mine = _own(id, operator_id) & (drafts.c.version == version)
        if not self._write(update(drafts).where(mine).values(values)):
            self.get(id, operator_id)
            raise DraftChanged(
                "This draft was changed in another tab or browser meanwhile; your last change was not kept.",
                "Look at it as it stands now, and change it again.",
            )
        return self.get(id, operator_id)

    def delete(self, id: str, operator_id: str) -> None:
        """Forget a draft and its file. Raises `RecordNotFound`."""
        if not self._write(delete(drafts).where(_own(id, operator_id))):
            raise _gone()

    def total_bytes(self, operator_id: str) -> int:
        """Bytes of all drafts of an operator, as kept before encryption."""
        query = select(func.coalesce(func.sum(drafts.c.bytes), 0)).where(drafts.c.operator_id == operator_id)
        with self._database.read() as db:
            return int(db.scalar(query) or 0)

    def changed(self, pool_record_id: str) -> tuple[datetime, ...]:
        """When each draft of a pool, of anybody, was last changed."""
        query = select(drafts.c.changed_at).where(drafts.c.pool_record_id == pool_record_id)
        return tuple(row.changed_at for row in self._all(query))

    def sweep(self, before: datetime) -> int:
        """Forget the drafts, of anybody, that were last changed before then; how many there were."""
        return self._write(delete(drafts).where(drafts.c.changed_at < before))

    def _record(self, row: Row[Any]) -> DraftRecord:
        return from_row(DraftRecord, row, about=self._open(drafts.c.about, row.about, row.id))


def _own(id: str, operator_id: str) -> ColumnElement[bool]:
    return (drafts.c.id == id) & (drafts.c.operator_id == operator_id)


def _gone() -> RecordNotFound:
    return RecordNotFound(
        "This draft is not there: it was carried out, thrown away, is too old, or is somebody else's.",
        "Choose another, or upload the file again.",
    )
