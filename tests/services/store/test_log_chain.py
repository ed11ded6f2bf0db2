"""Whoever changes the log past the console is found out; what the console itself takes away is said."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from services.errors import RecordNotFound
from services.store.activity import ActivityResult
from services.store.columns import utc_now
from services.store.engine import open_store
from services.store.log_chain import ERASED
from services.store.rotation import rotate
from services.store.schema import activity
from services.store.vault import KeyRing, new_key
from tests.services.store.helpers import ACTIVITY, raw

DONE = ActivityResult.DONE


def write(store, number=1):
    """Lines that have ended, each about a person of their own."""
    ids = store.activity.intend_many(
        [replace(ACTIVITY, target_id=f"sub-{n}", target_name=f"p{n}@example.com") for n in range(number)]
    )
    for id in ids:
        store.activity.finish(id, DONE, after={"enabled": False})
    return ids


def said(found):
    return " ".join(place.what for place in found.breaks)


def test_a_log_that_nobody_touched_is_intact(store):
    assert store.activity.chain.check().intact
    write(store, 5)
    store.activity.intend(ACTIVITY)
    store.activity.record(replace(ACTIVITY, before={}, reason="a \0 NUL, \ud800 and “quotes”"), DONE)
    found = store.activity.chain.check()
    assert (found.intact, found.lines, found.breaks) == (True, 7, ())


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("UPDATE activity SET operator_name = 'somebody else' WHERE target_id = 'sub-1'", "altered or moved"),
        ("UPDATE activity SET reason = 'because' WHERE target_id = 'sub-1'", "altered or moved"),
        (
            "UPDATE activity SET at = '2020-01-01 00:00:00.000000' WHERE target_id = 'sub-1'",
            "altered or moved",
        ),
        ("UPDATE activity SET words = '' WHERE target_id = 'sub-1'", "altered or moved"),
        ("UPDATE activity SET result = 'failed' WHERE target_id = 'sub-1'", "its end"),
        ("UPDATE activity SET before = NULL WHERE target_id = 'sub-1'", "its beginning"),
        ("UPDATE activity SET after = before WHERE target_id = 'sub-1'", "its end"),
        ("UPDATE activity SET result = 'intended' WHERE target_id = 'sub-1'", "its end"),
        (
            "UPDATE activity SET result = 'intended', ended = NULL WHERE target_id = 'sub-1'",
            "1 entry is missing",
        ),
        ("UPDATE activity SET ended = NULL WHERE target_id = 'sub-1'", "not written by the console"),
        ("UPDATE activity SET begun = NULL WHERE target_id = 'sub-1'", "not written by the console"),
        ("DELETE FROM activity WHERE target_id = 'sub-1'", "missing before the line"),
        ("DELETE FROM activity WHERE target_id = 'sub-4'", "missing at the end"),
        ("DELETE FROM activity WHERE target_id = 'sub-0'", "missing before the line"),
        ("DELETE FROM activity", "10 entries are missing at the end"),
        ("UPDATE activity SET erased_at = at WHERE target_id = 'sub-1'", "altered or moved"),
        ("UPDATE activity_head SET number = 9", "begins and ends was altered"),
        ("UPDATE activity_head SET first = 3", "begins and ends was altered"),
        ("UPDATE activity_head SET key = 'x'", "missing or was altered"),
        ("DELETE FROM activity_head", "missing or was altered"),
    ],
)
def test_a_change_past_the_console_is_found(store, change, what):
    write(store, 5)
    raw(store, change)
    found = store.activity.chain.check()
    assert not found.intact
    assert what in said(found)


def test_each_place_counts_once_and_the_line_after_a_gap_is_not_called_proved(store):
    write(store, 5)
    raw(store, "DELETE FROM activity WHERE target_id IN ('sub-1', 'sub-2')")
    raw(store, "UPDATE activity SET operator_name = 'somebody else' WHERE target_id = 'sub-3'")
    found = store.activity.chain.check()
    assert said(found).count("2 entries are missing before the line of") == 2  # of beginnings, of ends
    assert said(found).count("which can't be proved without what is missing") == 2
    assert found.broken == len(found.breaks) == 2


def test_lines_that_changed_places_are_found(store):
    first, second = write(store, 2)
    places = "begun, begun_mac, ended, ended_mac"
    (places_of_first,) = raw(store, f"SELECT {places} FROM activity WHERE id = ?", first)
    (places_of_second,) = raw(store, f"SELECT {places} FROM activity WHERE id = ?", second)
    for id, values in ((first, places_of_second), (second, places_of_first)):
        raw(store, f"UPDATE activity SET ({places}) = (?, ?, ?, ?) WHERE id = ?", *values, id)
    assert said(store.activity.chain.check()).count("altered or moved") == 4


def test_a_line_put_in_is_found(store):
    write(store, 2)
    columns = [column.name for column in activity.columns]
    values = ", ".join({"id": "'x'", "begun": "7"}.get(column, column) for column in columns)
    raw(store, f"INSERT INTO activity SELECT {values} FROM activity LIMIT 1")
    assert not store.activity.chain.check().intact


def test_a_forged_end_stays_found_after_more_was_written(store, store_url, keys):
    """The console goes on from a head that somebody set back; what it seals then doesn't hide that."""
    write(store, 3)
    mac = raw(store, "SELECT ended_mac FROM activity WHERE target_id = 'sub-1'")[0][0]
    raw(store, "DELETE FROM activity WHERE target_id = 'sub-2'")
    raw(store, "UPDATE activity_head SET number = 5, mac = ?", mac)
    with open_store(store_url, keys) as another:
        write(another, 2)
    raw(store, "UPDATE activity_head SET damage = ''")
    with open_store(store_url, keys) as another:
        write(another, 1)
    found = store.activity.chain.check()
    assert "begins and ends was altered; found" in said(found)


@pytest.mark.parametrize("change", ["DELETE FROM activity_head", "UPDATE activity_head SET key = 'x'"])
def test_the_log_is_written_on_without_its_head_and_says_so(store, store_url, keys, change):
    write(store, 2)
    raw(store, change)
    write(store, 2)
    with open_store(store_url, keys) as again:
        found = again.activity.chain.check()
        assert again.activity.count() == 4
    assert not found.intact
    assert "The " in said(found)


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_database_set_back_as_a_whole_is_found_by_a_mark_noted_elsewhere(store, tmp_path):
    path = tmp_path / "console.db"
    write(store, 2)
    with closing(sqlite3.connect(path)) as now, closing(sqlite3.connect(":memory:")) as copy:
        now.backup(copy)
        write(store, 2)
        chain = store.activity.chain
        mark = chain.check().mark
        assert chain.has(mark)
        copy.backup(now)
    assert "missing at the end" in said(chain.check_on())
    assert chain.check().intact
    assert not chain.has(mark)
    assert not chain.has("nonsense")


def test_after_a_check_only_what_is_new_is_read(store):
    write(store, 3)
    chain = store.activity.chain
    chain.check()
    write(store, 2)
    found = chain.check_on()
    assert (found.intact, found.lines, found.whole_at < found.at) == (True, 5, True)
    raw(store, "UPDATE activity SET reason = 'x' WHERE id = (SELECT max(id) FROM activity)")
    write(store, 1)
    assert chain.check_on().intact
    assert not chain.check().intact
    assert not chain.check_on().intact


def test_it_survives_another_key(store, store_url):
    write(store, 3)
    ring = KeyRing((new_key(),))
    rotate(store, ring)
    write(store, 1)
    assert store.activity.chain.check().lines == 4
    with open_store(store_url, ring) as again:
        assert again.activity.chain.check().intact


def test_a_transaction_that_is_undone_leaves_no_gap(store):
    write(store, 1)
    with pytest.raises(RecordNotFound), store.together():
        store.activity.intend(ACTIVITY)
        store.activity.finish("unknown", DONE)
    write(store, 1)
    assert (store.activity.chain.check().intact, store.activity.count()) == (True, 2)


def test_threads_share_one_chain(store):
    threads = [threading.Thread(target=write, args=(store, 10)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = store.activity.chain.check()
    assert (found.intact, found.lines) == (True, 60)


def aged(store, ids, days):
    """These lines as if they had been written so long ago: the chain is made over them anew."""
    for id in ids:
        raw(
            store,
            "UPDATE activity SET at = ? WHERE id = ?",
            f"{utc_now() - timedelta(days=days):%Y-%m-%d %H:%M:%S}.000000",
            id,
        )
    raw(store, "DELETE FROM activity_head")
    with store.database.write() as db:
        store.activity.chain.begin(db)


def test_old_lines_go_and_it_is_said(store):
    old, new = write(store, 3), write(store, 2)
    aged(store, old, 100)
    before = utc_now() - timedelta(days=30)
    with store.database.write() as db:
        assert store.activity.chain.cut(db, before) == 3
    write(store, 1)
    found = store.activity.chain.check()
    assert (found.intact, found.lines) == (True, 3)
    assert (found.head.removed, found.head.removed_before) == (3, before)
    with store.database.write() as db:
        assert store.activity.chain.cut(db, before) == 0
        assert store.activity.chain.cut(db, utc_now() + timedelta(days=1)) == 3
    assert (store.activity.count(), store.activity.chain.check().intact) == (0, True)
    write(store, 1)
    assert store.activity.chain.check().intact
    assert len(new) == 2


def test_a_line_that_ended_late_keeps_those_after_it(store):
    early = store.activity.intend(ACTIVITY)
    middle = write(store, 1)
    store.activity.finish(early, DONE)
    raw(store, "UPDATE activity SET at = '2020-01-01 00:00:00.000000' WHERE id = ?", early)
    with store.database.write() as db:
        assert store.activity.chain.cut(db, utc_now() - timedelta(days=1)) == 0
    assert store.activity.get(middle[0])


def test_lines_taken_off_the_old_end_by_others_are_found(store):
    write(store, 3)
    raw(store, "DELETE FROM activity WHERE target_id = 'sub-0'")
    assert not store.activity.chain.check().intact


def test_an_erased_line_says_who_did_what_and_when_but_not_to_whom(store):
    ids = write(store, 3)
    before = store.activity.get(ids[1])
    with store.database.write() as db:
        assert store.activity.chain.erase(db, [ids[1]]) == 1
        assert store.activity.chain.erase(db, [ids[1]]) == 0
    line = store.activity.get(ids[1])
    assert (line.target_name, line.target_id, line.before, line.after) == (ERASED, "", {}, {})
    assert (line.operator_name, line.at, line.action) == (before.operator_name, before.at, before.action)
    found = store.activity.chain.check()
    assert (found.intact, found.erased) == (True, 1)
    raw(store, "UPDATE activity SET operator_name = 'x' WHERE id = ?", ids[1])
    assert not store.activity.chain.check().intact


def test_nothing_of_an_erased_line_is_left_in_the_database(store):
    ids = write(store, 3)
    with store.database.write() as db:
        store.activity.chain.erase(db, [ids[1]])
    assert not any(
        "p1@example.com" in str(row) or "sub-1" in str(row) for row in raw(store, "SELECT * FROM activity")
    )


def test_a_line_that_is_under_way_is_not_ended_once_erased(store):
    id = store.activity.intend(ACTIVITY)
    with store.database.write() as db:
        store.activity.chain.erase(db, [id])
    with pytest.raises(RecordNotFound):
        store.activity.finish(id, DONE)
    assert store.activity.chain.check().intact


def test_an_older_log_is_linked_as_it_stands(store):
    write(store, 600)
    raw(store, "UPDATE activity SET begun = NULL, ended = NULL")
    aged(store, [], 0)
    found = store.activity.chain.check()
    assert (found.intact, found.lines, found.head.inherited) == (True, 600, 600)
