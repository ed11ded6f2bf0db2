"""A page's questions are answered from memory only while nothing is written by whatever process."""

import subprocess
import sys

import pytest
from sqlalchemy import event, select

from services.store import answers
from services.store.engine import open_store
from services.store.schema import settings

KEYS = select(settings.c.key).order_by(settings.c.key)


@pytest.fixture
def asked(store):
    """The statements that the database is asked."""
    found = []
    event.listen(
        store.database.engine, "before_cursor_execute", lambda *args: found.append(args[2].split()[0])
    )
    return found


def keys_in(store):
    return [row.key for row in store.database.answer(KEYS)]


def test_the_same_question_is_asked_once(store, asked):
    store.settings.set("colour", "blue")
    asked.clear()
    assert [store.settings.get("colour") for _ in range(3)] == ["blue"] * 3
    assert asked == ["SELECT"]


def test_each_value_and_each_number_of_rows_is_a_question_of_its_own(store):
    for key in ("a", "b"):
        store.settings.set(key, key.upper())
    assert [store.settings.get(key) for key in "aba"] == ["A", "B", "A"]
    assert [row.key for row in store.database.answer(KEYS, first=True)] == ["a"]
    assert keys_in(store) == ["a", "b"]
    assert [row.key for row in store.database.answer(KEYS.where(settings.c.key.in_(["b"])))] == ["b"]
    assert [row.key for row in store.database.answer(KEYS.where(settings.c.key.in_(["a"])))] == ["a"]


def test_what_was_written_here_is_seen_at_once(store):
    for number in range(3):
        store.settings.set("number", number)
        assert store.settings.get("number") == number
    store.settings.delete("number")
    assert store.settings.get("number") is None


def test_what_another_process_wrote_is_seen_at_once(store):
    store.settings.set("colour", "blue")
    assert store.settings.get("colour") == "blue"
    file = str(store.address.database)
    script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); "
    script += "c.execute(\"UPDATE settings SET value = '\\\"red\\\"' WHERE key = 'colour'\"); c.commit()"
    subprocess.run([sys.executable, "-c", script, file], check=True)
    assert store.settings.get("colour") == "red"


def test_what_another_store_on_the_same_file_wrote_is_seen_at_once(store, store_url, keys):
    with open_store(store_url, keys) as other:
        for number in range(3):
            other.settings.set("number", number)
            assert (store.settings.get("number"), other.settings.get("number")) == (number, number)


def test_inside_a_transaction_its_own_writes_are_seen_and_outside_not_when_it_fails(store):
    store.settings.set("colour", "blue")
    assert store.settings.get("colour") == "blue"
    with pytest.raises(ZeroDivisionError), store.together():
        store.settings.set("colour", "red")
        assert store.settings.get("colour") == "red"
        raise ZeroDivisionError
    assert store.settings.get("colour") == "blue"


def test_whoever_changes_a_setting_that_they_got_changes_it_for_themselves(store):
    store.settings.set("rules", {"on": ["a"]})
    store.settings.get("rules")["on"].append("b")
    assert store.settings.get("rules") == {"on": ["a"]}


def test_a_long_answer_is_not_kept(store, asked, monkeypatch):
    monkeypatch.setattr(answers, "LONGEST", 1)
    for key in ("a", "b"):
        store.settings.set(key, key)
    asked.clear()
    assert keys_in(store) == keys_in(store) == ["a", "b"]
    assert asked == ["SELECT", "SELECT"]


def test_many_answers_give_way_to_new_ones(store, monkeypatch):
    monkeypatch.setattr(answers, "MOST", 3)
    for number in range(10):
        assert store.settings.get(f"key {number}", number) == number


def test_the_answer_of_a_store_that_was_closed_and_is_asked_again_is_the_file_s(store):
    store.settings.set("colour", "blue")
    assert store.settings.get("colour") == "blue"
    store.database.close()
    assert store.settings.get("colour") == "blue"
