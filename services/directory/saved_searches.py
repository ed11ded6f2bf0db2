"""Saving a search under a name, for everybody who works on the pool, and opening it by its link."""

from __future__ import annotations

from services.directory.filtering import PeopleOrder
from services.directory.search_query import Query, parse
from services.errors import InvalidValue, NotPermitted, RecordNotFound
from services.roles import Actor, ActorSource, Permission
from services.store.activity import ActivityResult, NewActivity
from services.store.pools import PoolRecord
from services.store.saved_searches import SavedSearch
from services.store.store import Store

LONGEST_NAME = 80


def save_search(
    store: Store,
    pool: PoolRecord,
    who: ActorSource,
    name: str,
    query: Query,
    order: PeopleOrder = PeopleOrder.NAME,
) -> SavedSearch:
    """Keep a search. Raises `InvalidValue` without a name or a query, `NameTaken`, `NotPermitted`."""
    actor = who()
    actor.require(Permission.READ)
    name = " ".join(name.split())
    if not name:
        raise InvalidValue("The search has no name.", "Give it one that others understand.", field="name")
    if len(name) > LONGEST_NAME:
        raise InvalidValue(f"The name is longer than {LONGEST_NAME} characters.", "Shorten it.", field="name")
    if not query:
        raise InvalidValue(
            "Nothing is searched for, so there is nothing to save.", "Search or filter first.", field="name"
        )
    with store.together():
        saved = store.saved_searches.add(
            pool_record_id=pool.id,
            name=name,
            query=str(query),
            order=str(order),
            operator_id=actor.operator_id,
            operator_name=actor.name,
        )
        _log(store, actor, "save_search", pool, saved)
    return saved


def delete_search(store: Store, pool: PoolRecord, who: ActorSource, id: str) -> None:
    """Forget a search: one's own, or anybody's for those who may change thresholds of audits.

    Raises `RecordNotFound`, `NotPermitted`.
    """
    actor = who()
    saved = store.saved_searches.get(id)
    if not may_delete(actor, saved):
        raise NotPermitted(
            f"{saved.operator_name} saved this search; nothing was deleted.",
            f"Ask {saved.operator_name}, or a manager.",
        )
    with store.together():
        store.saved_searches.delete(id)
        _log(store, actor, "delete_search", pool, saved)


def may_delete(actor: Actor, saved: SavedSearch) -> bool:
    """Whether the actor may forget this search."""
    return saved.operator_id == actor.operator_id or actor.may(Permission.AUDIT_RULES)


def opened(store: Store, pool: PoolRecord, id: str) -> tuple[SavedSearch, Query, PeopleOrder]:
    """The search that a link names. Raises `RecordNotFound` also when it is another pool's."""
    saved = store.saved_searches.get(id)
    if saved.pool_record_id != pool.id:
        raise RecordNotFound(
            "This saved search belongs to another user pool.", "Choose that pool at the top of the page."
        )
    return saved, parse(saved.query), PeopleOrder(saved.order)


def _log(store: Store, actor: Actor, action: str, pool: PoolRecord, saved: SavedSearch) -> None:
    new = NewActivity(
        actor,
        action,
        pool=pool.name,
        target_kind="search",
        target_id=saved.id,
        target_name=saved.name,
    )
    store.activity.record(new, ActivityResult.DONE)
