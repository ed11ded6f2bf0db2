"""What the columns of a file mean, remembered by pool and set of headings: chosen once, taken again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from services.bulk.columns import ColumnMap
from services.bulk.files.headings import READ_ONLY, squeeze
from services.roles import ActorSource, Permission
from services.store.pools import PoolRecord
from services.store.store import Store

MOST = 200
"""Sets of headings that are remembered for a pool."""


@dataclass(frozen=True, slots=True)
class RememberedColumns:
    """Columns as somebody chose them before for the same headings."""

    columns: ColumnMap
    operator_name: str
    chosen_at: datetime


def recall(store: Store, pool: PoolRecord, recognised: ColumnMap) -> RememberedColumns | None:
    """What was chosen for the same headings, in any order; None when that is what is recognised anyway."""
    known = store.column_choices.get(pool.id, _print_of(recognised))
    if known is None:
        return None
    columns = recognised.with_meanings(
        [known.meanings.get(squeeze(column.heading), column.meaning) for column in recognised.columns]
    )
    if columns == recognised:
        return None
    return RememberedColumns(columns, known.operator_name, known.changed_at)


def remember(
    store: Store, pool: PoolRecord, who: ActorSource, chosen: ColumnMap, recognised: ColumnMap
) -> None:
    """Keep what was chosen for these headings; what is only recognised isn't worth it.

    Raises `NotPermitted`, `StoreError`s.
    """
    actor = who()
    actor.require(Permission.BULK)
    headings = _print_of(chosen)
    known = store.column_choices.get(pool.id, headings)
    meanings = {squeeze(column.heading): column.meaning for column in chosen.columns}
    as_recognised = chosen.meanings == recognised.meanings
    if (known is None and as_recognised) or (known is not None and dict(known.meanings) == meanings):
        return
    store.column_choices.put(pool.id, headings, meanings, actor.name, MOST)


def _print_of(columns: ColumnMap) -> str:
    """The set of headings as a short text; what a file of rows to fix has more doesn't count."""
    names = {squeeze(column.heading) for column in columns.columns} - READ_ONLY.keys() - {"action"}
    return hashlib.sha256(json.dumps(sorted(names)).encode()).hexdigest()
