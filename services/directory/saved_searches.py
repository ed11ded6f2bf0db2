"""Saving a search under a name, for everybody who works on the pool, and opening it by its link."""

from __future__ import annotations

from services import saved
from services.directory.people_order import PeopleOrder
from services.directory.search_query import Query, parse
from services.errors import InvalidValue
from services.roles import ActorSource, Permission
from services.store.pools import PoolRecord
from services.store.saved import SavedSearch
from services.store.store import Store


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
    name = saved.checked_name(name, "search")
    if not query:
        raise InvalidValue(
            "Nothing is searched for, so there is nothing to save.", "Search or filter first.", field="name"
        )
    new = SavedSearch(
        pool_record_id=pool.id,
        name=name,
        operator_id=actor.operator_id,
        operator_name=actor.name,
        query=str(query),
        order=str(order),
    )
    return saved.save(store, store.saved_searches, actor, pool, new)


def opened_search(store: Store, pool: PoolRecord, id: str) -> tuple[SavedSearch, Query, PeopleOrder]:
    """The search that a link names. Raises `RecordNotFound` also when it is another pool's."""
    search = saved.saved_record(store.saved_searches, pool, id)
    return search, parse(search.query), PeopleOrder(search.order)
