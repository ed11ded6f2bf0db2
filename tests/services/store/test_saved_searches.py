"""Saved searches: one name each in a pool, what is searched for encrypted, gone with their pool."""

import pytest

from services.errors import NameTaken, RecordNotFound
from services.store.connections import Connection, CredentialKind
from services.store.pools import PoolRecord


@pytest.fixture
def pools(store):
    connection = store.connections.add(Connection("aws", "eu-north-1", CredentialKind.DEFAULT))
    return [store.pools.add(PoolRecord(connection.id, name, name)) for name in ("a", "b")]


def add(store, pool, name="Leavers", query="ann status:invited"):
    return store.saved_searches.add(
        pool_record_id=pool.id,
        name=name,
        query=query,
        order="newest",
        operator_id="1",
        operator_name="sam",
    )


def test_a_search_comes_back_as_it_was_saved(store, pools):
    saved = add(store, pools[0])
    assert (saved.query, saved.order) == ("ann status:invited", "newest")
    assert store.saved_searches.get(saved.id) == saved
    assert store.saved_searches.list(pools[0].id) == (saved,)
    assert store.saved_searches.list(pools[1].id) == ()


def test_names_are_unique_in_a_pool_whatever_their_case(store, pools):
    add(store, pools[0])
    add(store, pools[1])
    with pytest.raises(NameTaken, match="leavers"):
        add(store, pools[0], "leavers ")


def test_what_is_searched_for_does_not_stand_in_the_file(store, pools, tmp_path):
    add(store, pools[0], query="unmistakable-person")
    data = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert b"unmistakable-person" not in data
    assert data


def test_a_pool_takes_its_searches_along(store, pools):
    saved = add(store, pools[0])
    store.pools.delete(pools[0].id)
    with pytest.raises(RecordNotFound):
        store.saved_searches.get(saved.id)


def test_a_deleted_search_is_gone(store, pools):
    saved = add(store, pools[0])
    store.saved_searches.delete(saved.id)
    for call in (store.saved_searches.get, store.saved_searches.delete):
        with pytest.raises(RecordNotFound, match="not there any more"):
            call(saved.id)
