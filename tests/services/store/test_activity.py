"""The log: written before, ended once, never changed after, and easy to search."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.errors import RecordNotFound, SealBroken
from services.roles import Actor, Origin, Role
from services.store import activity as module
from services.store.activity import ActivityResult, Finish, NewActivity
from services.store.columns import utc_now
from tests.services.store.helpers import ACTIVITY, at_rest, raw

ANN = Actor("op", "Ann", Role.ADMIN, Origin.BROWSER)

DONE, FAILED = ActivityResult.DONE, ActivityResult.FAILED


def names(lines):
    return [line.target_name for line in lines]


@pytest.fixture
def three(store):
    """Three finished lines about three people, by two operators."""
    people = {
        "ann@example.com": ("op-1", "Sam Support", "disable_user", DONE, "left the company"),
        "bo@example.com": ("op-2", "Max Manager", "enable_user", FAILED, "Back from LEAVE"),
        "Åsa_Ö%": ("op-2", "Max Manager", "disable_user", DONE, ""),
    }
    ids = []
    for number, (name, (operator, operator_name, action, result, reason)) in enumerate(people.items()):
        new = replace(
            ACTIVITY,
            actor=Actor(operator, operator_name, Role.SUPPORT, Origin.BROWSER),
            action=action,
            reason=reason,
            target_id=f"sub-{number}",
            target_name=name,
            job_id="job-1" if operator == "op-2" else "",
            pool="staff" if number else "customers",
        )
        ids.append(store.activity.intend(new))
        store.activity.finish(ids[-1], result)
    return ids


def test_an_intent_is_there_before_its_end(store):
    id = store.activity.intend(ACTIVITY)
    line = store.activity.get(id)
    assert line.result is ActivityResult.INTENDED
    assert line.finished_at is None
    assert (line.before, line.after) == ({"enabled": True}, {})
    assert (line.operator_name, line.role, line.origin) == ("Sam Support", "support", "browser")


def test_the_end_says_how_it_went(store):
    id = store.activity.intend(ACTIVITY)
    store.activity.finish(id, FAILED, error_code="UserNotFound", error="She is gone.")
    line = store.activity.get(id)
    assert (line.result, line.error_code, line.error) == (FAILED, "UserNotFound", "She is gone.")
    assert line.finished_at >= line.at


def test_a_line_ends_once_and_is_never_changed_after(store):
    id = store.activity.intend(ACTIVITY)
    store.activity.finish(id, DONE, after={"enabled": False})
    before = store.activity.get(id)
    with pytest.raises(RecordNotFound):
        store.activity.finish(id, FAILED, error="rewritten")
    with pytest.raises(RecordNotFound):
        store.activity.finish("unknown", DONE)
    assert store.activity.get(id) == before


def test_many_are_written_and_ended_together_or_not_at_all(store):
    ids = store.activity.intend_many([replace(ACTIVITY, target_id=str(n)) for n in range(5)])
    assert [store.activity.get(id).target_id for id in ids] == ["0", "1", "2", "3", "4"]
    ends = [Finish(id, DONE, {"n": n}) for n, id in enumerate(ids)]
    with pytest.raises(RecordNotFound):
        store.activity.finish_many([*ends, Finish("unknown", DONE)])
    assert store.activity.count(result=ActivityResult.INTENDED) == 5
    store.activity.finish_many(ends)
    assert [store.activity.get(id).after for id in ids] == [{"n": n} for n in range(5)]
    assert store.activity.intend_many([]) == []
    store.activity.finish_many([])


def test_what_has_happened_is_recorded_in_one_line(store):
    id = store.activity.record(NewActivity(ANN, "add_pool"), DONE, {"pool": "x"})
    line = store.activity.get(id)
    assert (line.result, line.after, line.before, line.finished_at) == (DONE, {"pool": "x"}, {}, line.at)


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, [2, 1, 0]),
        ({"operator": "op-2"}, [2, 1]),
        ({"operator": "Sam Support"}, [0]),
        ({"target": "sub-1"}, [1]),
        ({"target": "ann@example.com"}, [0]),
        ({"action": "disable_user"}, [2, 0]),
        ({"pool": "staff"}, [2, 1]),
        ({"result": FAILED}, [1]),
        ({"job_id": "job-1"}, [2, 1]),
        ({"not_by": "op-2"}, [0]),
        ({"steps": False}, [0]),
        ({"text": "LEAVE max"}, [1]),
        ({"text": "åsa_ö%"}, [2]),
        ({"text": "a_n"}, []),
        ({"text": "%"}, [2]),
        ({"action": "disable_user", "operator": "op-2"}, [2]),
        ({"operator": "", "target": "", "text": " ", "since": None, "result": ""}, [2, 1, 0]),
    ],
)
def test_the_log_is_searched_by(store, three, filters, found):
    wanted = [three[number] for number in found]
    assert [line.id for line in store.activity.search(**filters)] == wanted
    assert [line.id for line in store.activity.iter_all(**filters)] == wanted
    assert store.activity.count(**filters) == len(wanted)


def test_the_log_is_searched_by_time(store, three, monkeypatch):
    now = utc_now()
    assert store.activity.count(since=now - timedelta(minutes=1), until=now) == 3
    assert store.activity.count(since=now) == 0
    assert store.activity.count(until=store.activity.get(three[1]).at) == 1


def test_pages_follow_each_other_without_gap_or_repeat(store, monkeypatch):
    monkeypatch.setattr(module, "EXPORT_PAGE", 7)
    ids = store.activity.intend_many([ACTIVITY] * 20)
    first = store.activity.search(limit=8)
    second = store.activity.search(limit=50, before_id=first[-1].id)
    assert [line.id for line in first + second] == ids[::-1]
    assert [line.id for line in store.activity.iter_all()] == ids[::-1]


def test_lines_written_during_an_export_do_not_disturb_it(store, monkeypatch):
    monkeypatch.setattr(module, "EXPORT_PAGE", 2)
    ids = store.activity.intend_many([ACTIVITY] * 5)
    seen = []
    for line in store.activity.iter_all():
        seen.append(line.id)
        store.activity.intend(ACTIVITY)
    assert seen == ids[::-1]


def test_before_and_after_are_sealed_and_bound_to_their_line(store):
    first, second = store.activity.intend_many([ACTIVITY, replace(ACTIVITY, before={"password": "in clear"})])
    raw(
        store,
        "UPDATE activity SET before = (SELECT before FROM activity WHERE id = ?) WHERE id = ?",
        second,
        first,
    )
    with pytest.raises(SealBroken):
        store.activity.get(first)
    store.close()
    assert b"in clear" not in at_rest(store)
    assert raw(store, "SELECT count(*) FROM activity") == [(2,)]
