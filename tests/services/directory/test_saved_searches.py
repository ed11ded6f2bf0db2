"""Searches are saved for everybody, deleted by whoever saved them, and all of it is logged."""

from __future__ import annotations

import pytest

from services.directory.people_order import PeopleOrder
from services.directory.saved_searches import opened_search, save_search
from services.directory.search_query import Query, parse
from services.errors import InvalidValue, NotPermitted, RecordNotFound
from services.roles import Actor, Origin, Role
from services.saved import forget
from services.store.connections import Connection, CredentialKind
from services.store.pools import PoolRecord

ADA = Actor("1", "ada", Role.AUDITOR, Origin.BROWSER)
SAM = Actor("2", "sam", Role.SUPPORT, Origin.BROWSER)
MAX = Actor("3", "max", Role.MANAGER, Origin.BROWSER)
QUERY = parse('ann group:billing status:expired custom:team~"field eng"')


@pytest.fixture
def pools(store):
    connection = store.connections.add(Connection("aws", "eu-north-1", CredentialKind.DEFAULT))
    return [store.pools.add(PoolRecord(connection.id, name, name)) for name in ("a", "b")]


def test_a_saved_search_opens_as_it_was(store, pools):
    saved = save_search(store, pools[0], lambda: ADA, "  My  leavers ", QUERY, PeopleOrder.CHANGED)
    assert opened_search(store, pools[0], saved.id) == (saved, QUERY, PeopleOrder.CHANGED)
    assert saved.name == "My leavers"
    (line,) = store.activity.search(action="save_search")
    assert (line.operator_name, line.target_name, line.pool) == ("ada", "My leavers", "a")


def test_a_link_to_another_pools_search_says_so(store, pools):
    saved = save_search(store, pools[0], lambda: ADA, "x", QUERY)
    with pytest.raises(RecordNotFound, match="another user pool"):
        opened_search(store, pools[1], saved.id)


@pytest.mark.parametrize(("name", "query"), [(" ", QUERY), ("x" * 81, QUERY), ("x", Query())])
def test_a_search_needs_a_name_and_something_to_search(store, pools, name, query):
    with pytest.raises(InvalidValue):
        save_search(store, pools[0], lambda: ADA, name, query)
    assert store.saved_searches.of_pool(pools[0].id) == ()


def test_only_its_owner_or_a_manager_deletes_a_search(store, pools):
    saved = save_search(store, pools[0], lambda: ADA, "x", QUERY)
    with pytest.raises(NotPermitted, match="ada saved this"):
        forget(store, store.saved_searches, lambda: SAM, pools[0], saved.id)
    forget(store, store.saved_searches, lambda: MAX, pools[0], saved.id)
    assert store.saved_searches.of_pool(pools[0].id) == ()
    assert [line.operator_name for line in store.activity.search(action="delete_search")] == ["max"]
