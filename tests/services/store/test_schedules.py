"""Schedules, their runs and files, in the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.errors import NameTaken, RecordNotFound
from services.store.columns import utc_now
from services.store.connections import Connection, CredentialKind
from services.store.pools import PoolRecord
from services.store.schedules import RunResult, Schedule
from services.store.store import Store
from tests.services.store.helpers import raw


@pytest.fixture
def schedule(store: Store) -> Schedule:
    connection = store.connections.add(Connection("Main", "eu-west-1", CredentialKind.DEFAULT))
    pool = store.pools.add(PoolRecord(connection.id, "eu-west-1_Abc123456", "staff"))
    return store.schedules.add(
        Schedule(
            pool_record_id=pool.id,
            name="Nightly",
            operator_id="op",
            operator_name="max",
            timing="0 5 * * *",
            zone="UTC",
            task="export",
            options={"query": "ann.secret@example.com"},
            next_at=utc_now() - timedelta(minutes=1),
        )
    )


def test_a_schedule_reads_back_as_it_was_kept_and_what_it_does_is_sealed(
    store: Store, schedule: Schedule
) -> None:
    assert store.schedules.get(schedule.id) == schedule
    assert store.schedules.of_pool(schedule.pool_record_id) == (schedule,)
    assert "ann.secret" not in str(raw(store, "SELECT * FROM schedules"))
    with pytest.raises(NameTaken):
        store.schedules.add(replace(schedule, name="NIGHTLY"))


def test_one_process_at_a_time_holds_it_and_only_while_it_is_due(store: Store, schedule: Schedule) -> None:
    now, lease = utc_now(), timedelta(seconds=30)
    assert store.schedules.due(now) == (schedule.id,)
    assert store.schedules.take_lease(schedule.id, "a", lease, due_before=now)
    assert not store.schedules.take_lease(schedule.id, "b", lease, due_before=now)
    assert store.schedules.take_lease(schedule.id, "a", lease)
    assert store.schedules.due(now) == ()
    store.schedules.move_on(schedule.id, "b", None)
    assert store.schedules.get(schedule.id).owner == "a"
    store.schedules.move_on(schedule.id, "a", now + timedelta(days=1))
    assert not store.schedules.take_lease(schedule.id, "b", lease, due_before=now)
    assert store.schedules.first_due() == store.schedules.get(schedule.id).next_at


def test_a_lease_that_ran_out_is_taken_over(store: Store, schedule: Schedule) -> None:
    assert store.schedules.take_lease(schedule.id, "dead", timedelta(seconds=-1))
    assert store.schedules.due(utc_now()) == (schedule.id,)
    assert store.schedules.take_lease(schedule.id, "b", timedelta(seconds=30), due_before=utc_now())


def test_a_late_beat_takes_no_lease_that_was_given_up(store: Store, schedule: Schedule) -> None:
    lifetime = timedelta(seconds=30)
    assert store.schedules.take_lease(schedule.id, "a", lifetime)
    assert store.schedules.keep_lease(schedule.id, "a", lifetime)
    store.schedules.move_on(schedule.id, "a", utc_now())
    assert not store.schedules.keep_lease(schedule.id, "a", lifetime)
    assert store.schedules.take_lease(schedule.id, "b", lifetime, due_before=utc_now())
    assert not store.schedules.keep_lease(schedule.id, "a", lifetime)


def test_a_file_of_many_pieces_comes_back_whole_and_lies_sealed(store: Store, schedule: Schedule) -> None:
    data = bytes(range(256)) * 20_000 + b"ann.secret@example.com"
    run = store.schedule_runs.begin(schedule.id, utc_now(), 2)
    assert store.schedule_runs.unfinished()[0].id == run
    store.schedule_runs.end(run, RunResult.ATTENTION, "Ann Secret was found.", filename="a.csv", data=data)
    kept = store.schedule_runs.get(run)
    assert (kept.result, kept.said, kept.missed, kept.bytes) == (
        RunResult.ATTENTION,
        "Ann Secret was found.",
        2,
        len(data),
    )
    assert store.schedule_runs.file(run) == data
    assert store.schedule_runs.unfinished() == ()
    assert "Ann Secret" not in str(raw(store, "SELECT * FROM schedule_runs"))
    assert store.schedule_runs.newest([schedule.id, "gone"]) == {schedule.id: kept}


def test_what_goes_takes_its_runs_and_files_along(store: Store, schedule: Schedule) -> None:
    runs = []
    for number in range(5):
        runs.append(store.schedule_runs.begin(schedule.id, utc_now(), 0))
        store.schedule_runs.end(runs[-1], RunResult.DONE, "", filename=f"{number}.csv", data=b"x")
    assert store.schedule_runs.keep_newest(schedule.id, 2) == 3
    assert [run.id for run in store.schedule_runs.of(schedule.id)] == runs[:2:-1]
    assert len(raw(store, "SELECT * FROM schedule_files")) == 2
    store.schedules.delete(schedule.id)
    assert raw(store, "SELECT * FROM schedule_runs") == []
    assert raw(store, "SELECT * FROM schedule_files") == []
    with pytest.raises(RecordNotFound):
        store.schedules.get(schedule.id)
    with pytest.raises(RecordNotFound):
        store.schedule_runs.file(runs[-1])
