"""Keeping a search or a question by name for everybody who works on a pool, and forgetting it."""

from __future__ import annotations

from services.errors import InvalidValue, NotPermitted, RecordNotFound
from services.roles import Actor, ActorSource, Permission
from services.store.activity import ActivityResult, NewActivity
from services.store.pools import PoolRecord
from services.store.saved import S, SavedRecord, SavedRecords
from services.store.store import Store

LONGEST_NAME = 80


def checked_name(name: str, noun: str) -> str:
    """The name as it is kept. Raises `InvalidValue`."""
    name = " ".join(name.split())
    if not name:
        raise InvalidValue(f"The {noun} has no name.", "Give it one that others understand.", field="name")
    if len(name) > LONGEST_NAME:
        raise InvalidValue(f"The name is longer than {LONGEST_NAME} characters.", "Shorten it.", field="name")
    return name


def save(store: Store, records: SavedRecords[S], actor: Actor, pool: PoolRecord, new: S) -> S:
    """Keep it, with a line in the activity log. Raises `NameTaken`, `RecordNotFound` without the pool."""
    with store.together():
        saved = records.add(new)
        _log(store, actor, f"save_{records.noun}", pool, records.noun, saved)
    return saved


def saved_record(records: SavedRecords[S], pool: PoolRecord, id: str) -> S:
    """What a link names. Raises `RecordNotFound`, also when it is another pool's."""
    saved = records.get(id)
    if saved.pool_record_id != pool.id:
        raise RecordNotFound(
            f"This saved {records.noun} belongs to another user pool.",
            "Choose that pool at the top of the page.",
        )
    return saved


def forget(store: Store, records: SavedRecords[S], who: ActorSource, pool: PoolRecord, id: str) -> None:
    """Forget what one saved oneself, or anybody's for those who may change the audit rules.

    Raises `RecordNotFound`, `NotPermitted`.
    """
    actor = who()
    saved = saved_record(records, pool, id)
    if not may_forget(actor, saved):
        raise NotPermitted(
            f"{saved.operator_name} saved this {records.noun}; nothing was deleted.",
            f"Ask {saved.operator_name}, or a manager.",
        )
    with store.together():
        records.delete(id)
        _log(store, actor, f"delete_{records.noun}", pool, records.noun, saved)


def may_forget(actor: Actor, saved: SavedRecord) -> bool:
    """Whether the actor may delete the saved search or question."""
    return saved.operator_id == actor.operator_id or actor.may(Permission.AUDIT_RULES)


def _log(store: Store, actor: Actor, action: str, pool: PoolRecord, noun: str, saved: SavedRecord) -> None:
    new = NewActivity(
        actor, action, pool=pool.name, target_kind=noun, target_id=saved.id, target_name=saved.name
    )
    store.activity.record(new, ActivityResult.DONE)
