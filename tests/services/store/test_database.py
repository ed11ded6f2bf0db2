"""Ids sort by time, times keep their zone, hostile text is stored, and errors speak plainly."""

import sqlite3
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import event
from sqlalchemy import exc as sa

from services.errors import StoreDamaged, StoreUnavailable
from services.store import columns
from services.store.columns import new_id, unique_key
from services.store.database import explain


def test_ids_sort_in_the_order_they_were_made():
    ids = [new_id() for _ in range(5000)]
    assert ids == sorted(set(ids))
    assert {len(id) for id in ids} == {32}


def test_ids_go_on_when_the_clock_is_set_back(monkeypatch):
    first = new_id()
    monkeypatch.setattr(columns.time, "time_ns", lambda: 0)
    assert new_id() > first


def test_names_are_the_same_whatever_their_case_and_outer_spaces():
    assert unique_key(" Straße ") == unique_key("STRASSE")


def test_times_come_back_as_the_same_moment_in_utc(cast, store):
    stockholm = datetime(2026, 7, 1, 12, 30, 15, 123456, timezone(timedelta(hours=2)))
    store.operators.update(cast["ann"].id, last_sign_in=stockholm)
    seen = store.operators.get(cast["ann"].id).last_sign_in
    assert seen == stockholm
    assert seen.tzinfo is UTC


def test_a_time_without_its_zone_is_refused(cast, store):
    with pytest.raises(sa.StatementError, match="without its zone"):
        store.operators.update(cast["ann"].id, last_sign_in=datetime(2026, 7, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("'; DROP TABLE operators; --", "'; DROP TABLE operators; --"),
        ("nul \0 in it", "nul \ufffd in it"),
        ("lone \ud800 surrogate", "lone ? surrogate"),
        ("päivää 日本 🐣", "päivää 日本 🐣"),
    ],
)
def test_hostile_text_is_stored_and_found(cast, store, typed, kept):
    store.operators.update(cast["ann"].id, name=typed, username=typed)
    assert store.operators.get(cast["ann"].id).name == kept
    assert store.operators.by_username(typed).id == cast["ann"].id


def said(text, kind=sa.OperationalError, cause=Exception):
    return explain(kind("UPDATE secret", {"password": "hunter2"}, cause(text)))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("database is locked", StoreUnavailable),
        ("attempt to write a readonly database", StoreUnavailable),
        ("cannot execute INSERT in a read-only transaction", StoreUnavailable),
        ("database or disk is full", StoreUnavailable),
        ('could not extend file "base/1": No space left on device', StoreUnavailable),
        ("unable to open database file", StoreUnavailable),
        ("disk I/O error", StoreUnavailable),
        ("connection refused", StoreUnavailable),
        ("canceling statement due to lock timeout", StoreUnavailable),
        ("database disk image is malformed", StoreDamaged),
        ("file is not a database", StoreDamaged),
        ("invalid page in block 7 of relation base/1", StoreDamaged),
    ],
)
def test_what_databases_say_becomes_a_sentence_without_values(text, error):
    known = said(text)
    assert type(known) is error
    assert known.next_step
    assert "hunter2" not in str(known)


def test_sqlite_says_the_same_while_a_connection_is_set_up():
    assert type(explain(sqlite3.OperationalError("unable to open database file"))) is StoreUnavailable


def test_errors_in_our_own_sql_are_not_dressed_up():
    assert said("no such column: nonsense", sa.OperationalError, sqlite3.OperationalError) is None
    assert said('syntax error at or near "nonsense"', sa.ProgrammingError) is None


def test_one_question_is_one_statement_and_sees_what_was_just_written(store):
    engine, sent = store.settings._database.engine, []
    store.settings.set("asked", 1)

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement.split()[0])

    event.listen(engine, "before_cursor_execute", note)
    try:
        assert store.settings.get("asked") == 1
        assert sent == ["SELECT"]
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_a_question_inside_of_what_is_done_together_sees_what_is_not_committed(store):
    with pytest.raises(StoreDamaged), store.together():
        store.settings.set("asked", 2)
        assert store.settings.get("asked") == 2
        raise StoreDamaged("Nothing of it is kept.")
    assert store.settings.get("asked") is None
