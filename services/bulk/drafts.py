"""Drafts: a file on its way into a pool, kept as its operator left it until it is carried out.

    draft = begin(store, pool, who, "people.csv", data)
    draft = keep(store, who, replace(draft, options=options))
    table = read_draft(store, who, draft)       # the file, read as chosen, with the corrected cells

Only the operator who uploaded a file sees its draft. What nobody has touched for the set time is forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.bulk.files.csv_file import Choices, CsvTable, read_file
from services.bulk.model import PlanOptions
from services.bulk.saved import options_from
from services.errors import InvalidValue, RecordNotFound
from services.retention import Retention
from services.roles import Actor, ActorSource, Permission
from services.store.columns import utc_now
from services.store.drafts import DraftRecord
from services.store.pools import PoolRecord
from services.store.store import Store
from services.words import counted

MOST = 10
"""Drafts of one operator for one pool."""
ROOM = 250_000_000
"""Bytes that all drafts of one operator may take, compressed as they are kept."""


@dataclass(frozen=True, slots=True)
class FileDraft:
    """A draft without its file.

    `rows` are those of the file that are not left out, 0 while it can't be read. `meanings` says what
    each column means, by position; empty: as recognised. `edits` are corrected cells by row (as a
    spreadsheet counts) and position, `dropped` rows left out. `checked` says that the operator has
    had the rows compared with the pool. `id` and `version` are the store's.
    """

    id: str
    name: str
    version: int
    changed_at: datetime
    rows: int = 0
    choices: Choices = field(default_factory=Choices)
    meanings: tuple[str, ...] = ()
    options: PlanOptions = field(default_factory=PlanOptions)
    edits: Mapping[tuple[int, int], str] = field(default_factory=dict, repr=False)
    dropped: frozenset[int] = frozenset()
    checked: bool = False


def begin(store: Store, pool: PoolRecord, who: ActorSource, name: str, data: bytes) -> FileDraft:
    """Keep an uploaded file as a draft of whoever is acting, whether it can be read or not.

    Where there are as many as there may be, the oldest one that was never read makes room. Raises
    `NotPermitted`, and `InvalidValue` when the operator has too many drafts, or too large ones.
    """
    actor = _actor(who)
    sweep(store)
    mine = store.drafts.list(actor.operator_id, pool.id)
    unread = [record for record in mine if not _draft(record).rows]
    if len(mine) >= MOST and unread:
        oldest = min(unread, key=lambda record: record.changed_at)
        store.drafts.delete(oldest.id, actor.operator_id)
    elif len(mine) >= MOST:
        raise InvalidValue(
            f"You have {counted(len(mine), 'draft')} for {pool.name} already; “{name}” was not kept.",
            "Carry one out or throw one away first.",
        )
    if store.drafts.total_bytes(actor.operator_id) + len(data) > ROOM:
        raise InvalidValue(
            f"Your drafts may take {ROOM // 1_000_000} MB in all; with “{name}” they would take more.",
            "Carry one out or throw one away first.",
        )
    about = _about(FileDraft("", name, 0, utc_now()))
    return _draft(
        store.drafts.add(pool_record_id=pool.id, operator_id=actor.operator_id, about=about, data=data)
    )


def drafts_of(store: Store, pool: PoolRecord, who: ActorSource) -> tuple[FileDraft, ...]:
    """The acting operator's drafts for a pool, the one changed last first. Raises `NotPermitted`."""
    actor = _actor(who)
    return tuple(_draft(record) for record in store.drafts.list(actor.operator_id, pool.id))


def find_draft(store: Store, pool: PoolRecord, who: ActorSource, id: str) -> FileDraft:
    """A draft of the acting operator for this pool.

    Raises `RecordNotFound`, also when it is another pool's or another operator's, and `NotPermitted`.
    """
    record = store.drafts.get(id, _actor(who).operator_id)
    if record.pool_record_id != pool.id:
        raise RecordNotFound(
            "This draft is for another user pool.", "Choose that pool at the top of the page."
        )
    return _draft(record)


def version_of(store: Store, who: ActorSource, id: str) -> int:
    """How often a draft of the acting operator was changed; 0 when there is none."""
    return store.drafts.version(id, _actor(who).operator_id)


def file_of(store: Store, who: ActorSource, id: str) -> bytes:
    """The file of a draft, byte for byte. Raises `RecordNotFound`, `NotPermitted`."""
    return store.drafts.file(id, _actor(who).operator_id)


def read_draft(store: Store, who: ActorSource, draft: FileDraft) -> CsvTable:
    """The file as the draft says it is to be read, with corrected cells and without dropped rows.

    Raises `FileRejected`, `RecordNotFound`, `NotPermitted`.
    """
    table = read_file(file_of(store, who, draft.id), draft.name, draft.choices)
    return table.without_rows(draft.dropped).with_cells(draft.edits)


def keep(store: Store, who: ActorSource, draft: FileDraft) -> FileDraft:
    """Keep what was changed; the answer is the draft to go on with.

    Raises `DraftChanged` when another tab changed it since, `RecordNotFound`, `NotPermitted`.
    """
    operator_id = _actor(who).operator_id
    return _draft(store.drafts.update(draft.id, operator_id, draft.version, _about(draft)))


def throw_away(store: Store, who: ActorSource, id: str) -> None:
    """Forget a draft and its file. Raises `RecordNotFound`, `NotPermitted`."""
    store.drafts.delete(id, _actor(who).operator_id)


def sweep(store: Store) -> int:
    """Forget what nobody has touched for the set time; how many drafts there were."""
    return store.drafts.sweep(utc_now() - _kept(store))


def kept_until(store: Store, draft: FileDraft) -> datetime:
    """When a draft is forgotten, if nobody touches it."""
    return draft.changed_at + _kept(store)


def _kept(store: Store) -> timedelta:
    return timedelta(days=Retention.read(store).draft_days)


def _actor(who: ActorSource) -> Actor:
    actor = who()
    actor.require(Permission.BULK)
    return actor


def _about(draft: FileDraft) -> dict[str, Any]:
    return {
        "name": draft.name,
        "rows": draft.rows,
        "choices": asdict(draft.choices),
        "meanings": list(draft.meanings),
        "options": asdict(draft.options),
        "edits": [[row, column, value] for (row, column), value in draft.edits.items()],
        "dropped": sorted(draft.dropped),
        "checked": draft.checked,
    }


def _draft(record: DraftRecord) -> FileDraft:
    about = record.about
    return FileDraft(
        id=record.id,
        name=about["name"],
        version=record.version,
        changed_at=record.changed_at,
        rows=about["rows"],
        choices=Choices(**about["choices"]),
        meanings=tuple(about["meanings"]),
        options=options_from(about["options"]),
        edits={(row, column): value for row, column, value in about["edits"]},
        dropped=frozenset(about["dropped"]),
        checked=about["checked"],
    )
