"""What is due begins once, as whom it was planned, and says what came of it."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from services.bulk.control import new_owner
from services.roles import Role
from services.schedule import scheduler as module
from services.schedule.ground import TaskGround, TaskOutcome
from services.schedule.scheduler import KEPT_RUNS, LEASE, look_at_schedules, run_now, run_schedule
from services.schedule.tasks import AskQuestion, RunAudit, TakeSnapshot
from services.store.activity import ActivityResult
from services.store.columns import utc_now
from services.store.schedules import RunResult, Schedule, ScheduleRun
from services.work.desk import work_for
from services.work.task import WorkGround
from tests.services.schedule.staged import Stage


def look(stage: Stage) -> None:
    """Begin what is due now."""
    look_at_schedules(WorkGround(stage.store))


def carried_out(stage: Stage, schedule: Schedule) -> ScheduleRun:
    """Its newest run, after everything that is due has been done."""
    look(stage)
    work_for(stage.store).settle()
    return stage.store.schedule_runs.of(schedule.id)[0]


def test_what_is_due_is_done_as_its_operator_and_comes_again(stage: Stage) -> None:
    saved = stage.plan("ada")
    stage.fall_due(saved)
    run = carried_out(stage, saved)
    assert (run.result, run.said, run.missed) == (RunResult.DONE, "Read 3 people and 1 group.", 0)
    assert run.finished_at is not None
    after = stage.store.schedules.get(saved.id)
    assert after.next_at is not None
    assert after.next_at > utc_now()
    assert after.owner == ""
    (line,) = stage.store.activity.search(action="scheduled_run")
    assert (line.operator_name, line.origin, line.result) == ("ada", "schedule", ActivityResult.DONE)
    (taken,) = stage.store.activity.search(action="take_snapshot")
    assert (taken.operator_name, taken.origin) == ("ada", "schedule")


def test_what_a_run_leaves_is_there_for_the_next_one(stage: Stage) -> None:
    saved = stage.plan("ada", RunAudit(tell_from="info"))
    stage.fall_due(saved)
    assert carried_out(stage, saved).result is RunResult.ATTENTION
    stage.fall_due(saved)
    assert carried_out(stage, saved).result is RunResult.DONE


def test_what_is_not_due_or_rests_is_left_alone(stage: Stage) -> None:
    saved = stage.plan()
    look(stage)
    stage.fall_due(saved)
    stage.store.schedules.pause(saved.id, paused=True, next_at=utc_now() - timedelta(days=1))
    look(stage)
    assert stage.store.schedule_runs.of(saved.id) == ()


def test_times_missed_while_nobody_ran_are_caught_up_with_once(stage: Stage) -> None:
    saved = stage.plan(when="every hour")
    stage.fall_due(saved, timedelta(hours=5, seconds=1))
    run = carried_out(stage, saved)
    assert run.missed == 5
    assert len(stage.store.schedule_runs.of(saved.id)) == 1
    look(stage)
    assert len(stage.store.schedule_runs.of(saved.id)) == 1


def test_processes_that_begin_it_at_once_run_it_once(stage: Stage) -> None:
    saved = stage.plan()
    stage.fall_due(saved)
    ground = WorkGround(stage.store)
    threads = [threading.Thread(target=run_schedule, args=(ground, saved.id)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(stage.store.schedule_runs.of(saved.id)) == 1
    assert len(stage.store.activity.search(action="take_snapshot")) == 1


def test_an_operator_disabled_or_downgraded_since_does_nothing_more(stage: Stage) -> None:
    saved = stage.plan("ann", RunAudit(), runs_as="max")
    stage.store.operators.update(stage.cast["max"].id, disabled=True)
    stage.fall_due(saved)
    run = carried_out(stage, saved)
    assert run.result is RunResult.FAILED
    assert "max may not act any more" in run.said
    assert stage.store.activity.search(action="take_snapshot") == []
    assert stage.store.schedules.get(saved.id).next_at is not None


def test_the_role_is_checked_at_each_run(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = stage.plan("max")
    monkeypatch.setattr(TakeSnapshot, "permission", module.load("job", {}).permission)  # needs a manager now
    stage.store.operators.update(stage.cast["max"].id, role=Role.SUPPORT)
    stage.fall_due(saved)
    run = carried_out(stage, saved)
    assert run.result is RunResult.FAILED
    assert "As support you may not do this" in run.said


def test_a_failure_is_said_in_the_run_and_in_the_log_and_it_comes_again(stage: Stage) -> None:
    question = AskQuestion(question_id="gone", question_name="Gone")
    record = stage.plan()
    stage.store.schedules.update(
        module.Schedule(
            id=record.id,
            pool_record_id=record.pool_record_id,
            name=record.name,
            operator_id=record.operator_id,
            operator_name=record.operator_name,
            timing=record.timing,
            zone=record.zone,
            task=question.kind,
            options={"question_id": "gone"},
        )
    )
    stage.fall_due(record)
    run = carried_out(stage, record)
    assert run.result is RunResult.FAILED
    assert "saved question is not there" in run.said
    (line,) = stage.store.activity.search(action="scheduled_run")
    assert line.result is ActivityResult.FAILED
    assert stage.store.schedules.get(record.id).next_at is not None


def test_an_error_of_the_console_itself_is_said_and_holds_nothing_up(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: TakeSnapshot, __: TaskGround) -> TaskOutcome:
        raise ZeroDivisionError

    monkeypatch.setattr(TakeSnapshot, "run", broken)
    saved = stage.plan()
    stage.fall_due(saved)
    run = carried_out(stage, saved)
    assert (run.result, "error in the console itself" in run.said) == (RunResult.FAILED, True)
    (line,) = stage.store.activity.search(action="scheduled_run")
    assert line.result is ActivityResult.FAILED
    after = stage.store.schedules.get(saved.id)
    assert after.next_at is not None
    assert after.next_at > utc_now()


def test_a_run_that_died_with_its_process_begins_again_once_only(stage: Stage) -> None:
    saved = stage.plan()
    stage.fall_due(saved)
    due = stage.store.schedules.get(saved.id).next_at
    assert due is not None
    for deaths in (1, 2):
        stage.store.schedules.take_lease(saved.id, "elsewhere/1/x", timedelta(seconds=-1))
        stage.store.schedule_runs.begin(saved.id, due, 0)
        module._close_dead(stage.store)
        now = stage.store.schedules.get(saved.id)
        newest = stage.store.schedule_runs.of(saved.id)[0]
        assert newest.result is RunResult.FAILED
        assert "process ended while it ran" in newest.said
        assert now.next_at is not None
        assert (now.next_at == due) == (deaths == 1)


def test_only_the_newest_runs_are_kept(stage: Stage) -> None:
    saved = stage.plan()
    for _ in range(KEPT_RUNS + 3):
        run = stage.store.schedule_runs.begin(saved.id, utc_now(), 0)
        stage.store.schedule_runs.end(run, RunResult.DONE, "Done.", filename="a.csv", data=b"a")
    owner = new_owner()
    assert stage.store.schedules.take_lease(saved.id, owner, LEASE)
    run_now(stage.store, saved.id, owner, threading.Event())
    assert len(stage.store.schedule_runs.of(saved.id, 100)) == KEPT_RUNS


def test_a_console_that_ends_leaves_the_work_due(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    saved = stage.plan()
    stage.fall_due(saved)
    due, owner, stopped = stage.store.schedules.get(saved.id).next_at, new_owner(), threading.Event()
    stopped.set()
    assert stage.store.schedules.take_lease(saved.id, owner, LEASE)
    run_now(stage.store, saved.id, owner, stopped)
    assert stage.store.schedules.get(saved.id).next_at == due
    assert stage.store.schedule_runs.of(saved.id)[0].result is RunResult.FAILED
