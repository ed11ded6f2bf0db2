"""Several calls can share one transaction."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.errors import NameTaken
from services.store.connections import Connection, CredentialKind
from services.store.engine import open_store
from services.store.pools import PoolRecord


def new(name):
    return Connection(name=name, region="eu-north-1", kind=CredentialKind.DEFAULT)


def names(store):
    return [connection.name for connection in store.connections.list()]


def test_all_of_it_is_kept(store):
    with store.together():
        added = store.connections.add(new("one"))
        store.pools.add(PoolRecord(added.id, "eu-north-1_a", "a"))
        assert names(store) == ["one"]
    assert names(store) == ["one"]
    assert [pool.name for pool in store.pools.list()] == ["a"]


def add_both(store, first, second):
    with store.together():
        with store.together():
            store.connections.add(new(first))
        store.connections.add(new(second))


def test_an_error_undoes_all_of_it_also_what_stood_inside_another(store):
    with pytest.raises(NameTaken):
        add_both(store, "one", "ONE")
    assert names(store) == []


def test_afterwards_every_call_is_its_own_again(store):
    add_both(store, "one", "two")
    store.connections.add(new("three"))
    with pytest.raises(NameTaken):
        store.connections.add(new("three"))
    assert names(store) == ["one", "three", "two"]


def test_other_threads_see_nothing_of_it_before_its_end(store):
    seen = []
    with store.together():
        store.connections.add(new("one"))
        thread = threading.Thread(target=lambda: seen.append(names(store)))
        thread.start()
        thread.join()
    assert seen == [[]]


def test_what_was_read_in_ones_turn_is_still_so_at_its_end_whichever_process_comes_next(
    store, store_url, keys
):
    with open_store(store_url, keys) as other, ThreadPoolExecutor(6) as pool:

        def count(number):
            process = (store, other)[number % 2]
            with process.together(turn="count"):
                process.settings.set("count", process.settings.get("count", 0) + 1)

        list(pool.map(count, range(30)))
    assert store.settings.get("count") == 30
