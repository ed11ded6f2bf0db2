"""Leavers are seen off at the end of their last day, as they are then, by whoever may at that moment."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest

from services.bulk.columns import recognise
from services.bulk.files.csv_file import read_file
from services.bulk.last_days import LastDay, last_days, today_in
from services.bulk.model import Plan, PlanOptions
from services.bulk.plan import plan_file
from services.bulk.row_actions import LEAVER
from services.bulk.runner import run_here
from services.csv_safe import write_csv
from services.errors import NotPermitted, RecordNotFound
from services.gateways import gateway_for, target_of
from services.roles import Role
from services.schedule.leavers import Leavers
from services.schedule.planning import NewSchedule
from services.schedule.scheduler import LEASE, run_now
from services.schedule.tasks import SeeOff, load
from services.schedule.timing import parse
from services.store.jobs import JobState
from services.store.schedules import RunResult, Schedule
from services.work.threads import ThreadedWork
from tests.fixtures.cognito import Cognito
from tests.services.schedule.staged import Stage

SOON, LATER = today_in("") + timedelta(days=3), today_in("") + timedelta(days=9)


@pytest.fixture(autouse=True)
def no_runner(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests carry jobs out themselves."""
    monkeypatch.setattr(ThreadedWork, "submit", lambda *_, **__: None)


def plan_of(stage: Stage, *rows: tuple[str, date]) -> Plan:
    gateway = gateway_for(stage.store, target_of(stage.pool), "max")
    data = write_csv(("username", "last day"), [(name, day.isoformat()) for name, day in rows])
    table = read_file(data, "hr.csv")
    options = PlanOptions(action=LEAVER, zone="Europe/Berlin")
    return plan_file(gateway, table, recognise(table.header, gateway.describe_pool()), options)


def planned(stage: Stage, *rows: tuple[str, date], by: str = "max") -> tuple[Schedule, ...]:
    plan = plan_of(stage, *rows)
    days: tuple[LastDay, ...] = last_days(plan.rows)
    return Leavers(stage.store, stage.acting(by)).plan(stage.pool, days, plan.options, plan.title)


def task_of(schedule: Schedule) -> SeeOff:
    task = load(schedule.task, schedule.options)
    assert isinstance(task, SeeOff)
    return task


def run(stage: Stage, schedule: Schedule) -> Any:
    stage.fall_due(schedule)
    assert stage.store.schedules.take_lease(schedule.id, "me", LEASE)
    run_now(stage.store, schedule.id, "me", threading.Event())
    (last,) = stage.store.schedule_runs.of(schedule.id)
    return last


def sub_of(stage: Stage, name: str) -> str:
    found = gateway_for(stage.store, target_of(stage.pool), "max").find_user(username=name)
    assert found is not None
    return found.sub


def test_each_day_is_a_run_of_its_own_at_its_end_in_the_chosen_zone(stage: Stage) -> None:
    first, second = planned(stage, ("ann", LATER), ("bo", SOON), ("cy", SOON))
    assert (first.timing, first.zone) == (f"once {SOON} 23:59", "Europe/Berlin")
    assert [len(task_of(schedule).people) for schedule in (first, second)] == [2, 1]
    assert task_of(first).words.startswith("See off 2 people whose last day is")
    assert {line.action for line in stage.store.activity.search()} == {"add_schedule"}


def test_people_are_seen_off_as_they_are_on_the_day(stage: Stage, cognito: Cognito) -> None:
    (schedule,) = planned(stage, ("ann", SOON))
    client = cognito.client()
    client.create_group(UserPoolId=stage.pool.pool_id, GroupName="joined-since")
    client.admin_add_user_to_group(UserPoolId=stage.pool.pool_id, Username="ann", GroupName="joined-since")
    last = run(stage, schedule)
    assert (last.result, last.said) == (RunResult.DONE, "Started: 1 person to see off.")
    assert run_here(stage.store, last.job_id).state is JobState.FINISHED
    assert "ann" not in cognito.members(stage.pool.pool_id, "joined-since")
    assert not client.admin_get_user(UserPoolId=stage.pool.pool_id, Username="ann")["Enabled"]


def test_whoever_has_left_or_is_gone_is_told_and_nothing_is_started(stage: Stage, cognito: Cognito) -> None:
    (schedule,) = planned(stage, ("ann", SOON))
    cognito.client().admin_delete_user(UserPoolId=stage.pool.pool_id, Username="ann")
    last = run(stage, schedule)
    assert (last.result, last.job_id) == (RunResult.ATTENTION, "")
    assert "1 person could not be found" in last.said


def test_whoever_may_not_any_more_sees_nobody_off(stage: Stage) -> None:
    (schedule,) = planned(stage, ("ann", SOON))
    stage.store.operators.update(stage.cast["max"].id, role=Role.AUDITOR)
    last = run(stage, schedule)
    assert (last.result, last.job_id) == (RunResult.FAILED, "")


def test_the_newest_file_counts_and_somebody_can_stay_after_all(stage: Stage) -> None:
    planned(stage, ("ann", SOON), ("bo", SOON))
    planned(stage, ("ann", LATER))
    leavers = Leavers(stage.store, stage.acting("max"))
    found = leavers.of_person(stage.pool, sub_of(stage, "ann"))
    assert found is not None
    assert found.day == LATER
    assert leavers.stay(stage.pool, sub_of(stage, "bo")).day == SOON
    assert leavers.of_person(stage.pool, sub_of(stage, "bo")) is None
    assert len(stage.work("max").of_pool(stage.pool)) == 1  # the day that nobody leaves on any more is gone
    with pytest.raises(RecordNotFound, match="Nothing is planned"):
        leavers.stay(stage.pool, sub_of(stage, "bo"))


def test_another_operators_leavers_are_not_moved_unasked(stage: Stage) -> None:
    planned(stage, ("ann", SOON), by="ann")
    with pytest.raises(NotPermitted, match="runs as ann"):
        planned(stage, ("ann", LATER), ("bo", SOON), by="max")
    assert len(stage.work("max").of_pool(stage.pool)) == 1  # bo is not planned either


def test_moving_the_run_moves_the_last_day(stage: Stage) -> None:
    (schedule,) = planned(stage, ("ann", SOON))
    new = NewSchedule(
        schedule.name, task_of(schedule), parse(f"once {LATER} 23:59"), "UTC", stage.cast["max"]
    )
    moved = stage.work("max").change(stage.pool, schedule.id, new)
    assert task_of(moved).day == LATER
