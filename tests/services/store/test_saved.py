"""Searches and questions are saved with one name each in a pool, encrypted, and gone with their pool."""

import pytest

from services.errors import NameTaken, RecordNotFound
from services.store.connections import Connection, CredentialKind
from services.store.pools import PoolRecord
from services.store.saved import SavedQuestion, SavedSearch
from tests.services.store.helpers import at_rest


@pytest.fixture
def pools(store):
    connection = store.connections.add(Connection("aws", "eu-north-1", CredentialKind.DEFAULT))
    return [store.pools.add(PoolRecord(connection.id, name, name)) for name in ("a", "b")]


def search(pool, name="Leavers", text="name:ann"):
    return SavedSearch(
        pool_record_id=pool.id, name=name, operator_id="1", operator_name="sam", query=text, order="name"
    )


def question(pool, name="Leavers", text="SELECT 1"):
    return SavedQuestion(
        pool_record_id=pool.id,
        name=name,
        operator_id="1",
        operator_name="sam",
        sql=text,
        about="why",
        severity="high",
    )


@pytest.fixture(params=[search, question])
def kind(request):
    return request.param


@pytest.fixture
def records(store, kind):
    return store.saved_searches if kind is search else store.saved_questions


def test_a_search_comes_back_as_it_was_saved(store, pools):
    saved = store.saved_searches.add(search(pools[0]))
    assert (saved.query, saved.order) == ("name:ann", "name")


def test_a_question_comes_back_as_it_was_saved(store, pools):
    saved = store.saved_questions.add(question(pools[0]))
    assert (saved.sql, saved.about, saved.severity) == ("SELECT 1", "why", "high")


def test_each_pool_has_its_own(records, kind, pools):
    saved = records.add(kind(pools[0]))
    assert records.get(saved.id) == saved
    assert records.of_pool(pools[0].id) == (saved,)
    assert records.of_pool(pools[1].id) == ()


def test_names_are_unique_in_a_pool_whatever_their_case(records, kind, pools):
    records.add(kind(pools[0]))
    records.add(kind(pools[1]))
    with pytest.raises(NameTaken, match="leavers"):
        records.add(kind(pools[0], "leavers "))


def test_what_is_saved_does_not_stand_in_the_database(store, records, kind, pools):
    records.add(kind(pools[0], text="unmistakable-person"))
    data = at_rest(store)
    assert b"unmistakable-person" not in data
    assert data


def test_a_pool_takes_what_is_saved_along(store, records, kind, pools):
    saved = records.add(kind(pools[0]))
    store.pools.delete(pools[0].id)
    with pytest.raises(RecordNotFound):
        records.get(saved.id)


def test_what_is_deleted_is_gone(records, kind, pools):
    saved = records.add(kind(pools[0]))
    records.delete(saved.id)
    for call in (records.get, records.delete):
        with pytest.raises(RecordNotFound, match="not there any more"):
            call(saved.id)
