"""Saved questions: one name each in a pool, what is asked encrypted, gone with their pool."""

import pytest

from services.errors import NameTaken, RecordNotFound
from services.store.connections import Connection, CredentialKind
from services.store.pools import PoolRecord


@pytest.fixture
def pools(store):
    connection = store.connections.add(Connection("aws", "eu-north-1", CredentialKind.DEFAULT))
    return [store.pools.add(PoolRecord(connection.id, name, name)) for name in ("a", "b")]


def add(store, pool, name="Leavers", sql="SELECT 1"):
    return store.saved_questions.add(
        pool_record_id=pool.id,
        name=name,
        sql=sql,
        about="why",
        severity="high",
        operator_id="1",
        operator_name="sam",
    )


def test_a_question_comes_back_as_it_was_saved(store, pools):
    saved = add(store, pools[0])
    assert (saved.sql, saved.about, saved.severity) == ("SELECT 1", "why", "high")
    assert store.saved_questions.get(saved.id) == saved
    assert store.saved_questions.list(pools[0].id) == (saved,)
    assert store.saved_questions.list(pools[1].id) == ()


def test_names_of_questions_are_unique_in_a_pool_whatever_their_case(store, pools):
    add(store, pools[0])
    add(store, pools[1])
    with pytest.raises(NameTaken, match="leavers"):
        add(store, pools[0], "leavers ")


def test_what_is_asked_does_not_stand_in_the_file(store, pools, tmp_path):
    add(store, pools[0], sql="SELECT 'unmistakable-person'")
    data = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert b"unmistakable-person" not in data
    assert data


def test_a_pool_takes_its_questions_along(store, pools):
    saved = add(store, pools[0])
    store.pools.delete(pools[0].id)
    with pytest.raises(RecordNotFound):
        store.saved_questions.get(saved.id)


def test_a_deleted_question_is_gone(store, pools):
    saved = add(store, pools[0])
    store.saved_questions.delete(saved.id)
    for call in (store.saved_questions.get, store.saved_questions.delete):
        with pytest.raises(RecordNotFound, match="not there any more"):
            call(saved.id)
