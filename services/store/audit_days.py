"""What the audits of a pool found, by day: how many by severity, and prints of each finding, sealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, delete, select

from services.store.database import upsert
from services.store.records import Records
from services.store.schema import audit_days

Found = Mapping[str, Sequence[str]]
"""By rule, a print of each finding."""


@dataclass(frozen=True, slots=True)
class AuditDay:
    """What was found on one day (UTC): `counts` of findings by severity, as the pool was at `taken_at`."""

    day: date
    taken_at: datetime
    counts: Mapping[str, int]


class AuditDays(Records):
    """Owner of the table `audit_days`."""

    def keep(self, pool_record_id: str, kept: AuditDay, found: Found) -> None:
        """Keep what was found on a day, in place of what an earlier look at the pool found on it.

        Raises `RecordNotFound`.
        """
        c = audit_days.c
        day = kept.day.isoformat()
        row = {
            "pool_record_id": pool_record_id,
            "day": day,
            "taken_at": kept.taken_at,
            "counts": dict(kept.counts),
            "found": self._seal(audit_days.c.found, {rule: list(its) for rule, its in found.items()},
                                pool_record_id, day),
        }  # fmt: skip
        with self._database.write() as db:
            known = db.scalar(
                select(c.taken_at).where(c.pool_record_id == pool_record_id, c.day == row["day"])
            )
            if known is None or known <= kept.taken_at:
                upsert(db, audit_days, [row])

    def of_pool(self, pool_record_id: str) -> tuple[AuditDay, ...]:
        """Every day of a pool, the oldest first. Opens nothing that is sealed."""
        c = audit_days.c
        query = select(c.day, c.taken_at, c.counts).where(c.pool_record_id == pool_record_id)
        return tuple(map(_day, self._all(query.order_by(c.day))))

    def last_before(self, pool_record_id: str, day: date) -> tuple[AuditDay, Found] | None:
        """The newest day before this one and what was found on it; None without any. Raises `SealBroken`."""
        c = audit_days.c
        query = select(audit_days).where(c.pool_record_id == pool_record_id, c.day < day.isoformat())
        row = self._first(query.order_by(c.day.desc()).limit(1))
        if row is None:
            return None
        return _day(row), self._open(c.found, row.found, pool_record_id, row.day)

    def forget(self, before: date) -> int:
        """Erase the days before this one, of all pools; how many there were."""
        return self._write(delete(audit_days).where(audit_days.c.day < before.isoformat()))


def _day(row: Row[Any]) -> AuditDay:
    return AuditDay(date.fromisoformat(row.day), row.taken_at, row.counts)
