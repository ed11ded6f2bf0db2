"""What the columns of files mean in a pool, as somebody chose it once for a set of headings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select

from services.store.columns import utc_now
from services.store.records import Records, from_row
from services.store.schema import column_choices


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """Heading → meaning, for files of one pool with exactly these headings; who chose it, and when."""

    pool_record_id: str
    headings: str
    meanings: Mapping[str, str]
    operator_name: str
    changed_at: datetime


class ColumnChoices(Records):
    """Owner of the table `column_choices`. `headings` stands for the set of headings; the rest is sealed."""

    def get(self, pool_record_id: str, headings: str) -> ColumnChoice | None:
        """What was chosen for this set of headings, or None. Raises `SealBroken`."""
        mine = (column_choices.c.pool_record_id == pool_record_id) & (column_choices.c.headings == headings)
        row = self._first(select(column_choices).where(mine))
        if row is None:
            return None
        opened = self._open(column_choices.c.meanings, row.meanings, pool_record_id, headings)
        return from_row(ColumnChoice, row, meanings=opened)

    def put(
        self, pool_record_id: str, headings: str, meanings: Mapping[str, str], operator_name: str, most: int
    ) -> None:
        """Remember a choice in place of an earlier one; of more than `most` in a pool the oldest go."""
        c = column_choices.c
        values: dict[str, Any] = {
            "pool_record_id": pool_record_id,
            "headings": headings,
            "meanings": self._seal(c.meanings, dict(meanings), pool_record_id, headings),
            "operator_name": operator_name,
            "changed_at": utc_now(),
        }
        mine = c.pool_record_id == pool_record_id
        with self._database.write() as db:
            db.execute(delete(column_choices).where(mine, c.headings == headings))
            db.execute(insert(column_choices).values(values))
            newest = select(c.headings).where(mine).order_by(c.changed_at.desc()).limit(most)
            db.execute(delete(column_choices).where(mine, c.headings.not_in(newest)))
