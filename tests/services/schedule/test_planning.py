"""Who may plan what, as whom, and what the log says of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.errors import InvalidValue, NameTaken, NotPermitted, RecordNotFound
from services.roles import Role
from services.schedule.planning import NewSchedule
from services.schedule.tasks import RunAudit, StartJob, TakeSnapshot
from services.schedule.timing import parse
from services.store.columns import utc_now
from tests.services.schedule.staged import Stage


def test_planned_work_knows_when_it_comes_next_and_stands_in_the_log(stage: Stage) -> None:
    saved = stage.plan("ada", RunAudit(), called="Nightly audit")
    assert saved.next_at is not None
    assert utc_now() < saved.next_at <= utc_now() + timedelta(days=1)
    (planned,) = stage.work("ada").of_pool(stage.pool)
    assert (planned.task, planned.timing.words, planned.last) == (RunAudit(), "At 05:00 every day", None)
    (line,) = stage.store.activity.search(action="add_schedule")
    assert (line.operator_name, line.target_name) == ("ada", "Nightly audit")
    assert line.after == {
        "does": "Audit the pool, with a report",
        "when": "At 05:00 every day (UTC)",
        "runs as": "ada",
    }


def test_nobody_plans_what_they_may_not_do(stage: Stage) -> None:
    once = "once on 2099-01-01 at 05:00"
    with pytest.raises(NotPermitted):
        stage.plan("sam", StartJob(job_id="x"), when=once)
    with pytest.raises(RecordNotFound):
        stage.plan("max", StartJob(job_id="x"), when=once)


def test_only_an_administrator_plans_work_that_runs_as_somebody_else(stage: Stage) -> None:
    with pytest.raises(NotPermitted, match="somebody else"):
        stage.plan("max", runs_as="ada")
    assert stage.plan("ann", runs_as="ada").operator_name == "ada"
    assert stage.store.schedules.of_pool(stage.pool.id)[0].operator_id == stage.cast["ada"].id


def test_work_can_not_run_as_somebody_who_may_not_do_it(stage: Stage) -> None:
    job = StartJob(job_id="x")
    with pytest.raises(NotPermitted, match="ada is auditor and may not do this"):
        stage.plan("ann", job, when="once on 2099-01-01 at 05:00", runs_as="ada")


def test_two_of_a_pool_are_never_called_the_same(stage: Stage) -> None:
    stage.plan(called="Nightly")
    with pytest.raises(NameTaken):
        stage.plan(called=" NIGHTLY ")


def test_a_time_that_is_over_and_a_plan_that_would_recur_are_refused(stage: Stage) -> None:
    with pytest.raises(InvalidValue, match="over"):
        stage.plan(when="once on 2020-01-01 at 05:00")
    with pytest.raises((InvalidValue, RecordNotFound)):
        stage.plan("max", StartJob(job_id="x"))


def test_a_pause_ends_where_it_is_ended_and_makes_up_for_nothing(stage: Stage) -> None:
    saved, work = stage.plan(), stage.work("ada")
    work.pause(stage.pool, saved.id)
    assert stage.store.schedules.due(utc_now() + timedelta(days=30)) == ()
    work.go_on(stage.pool, saved.id)
    again = stage.store.schedules.get(saved.id)
    assert not again.paused
    assert again.next_at is not None
    assert again.next_at > utc_now()
    assert [line.action for line in stage.store.activity.search(target=saved.id)] == [
        "resume_schedule",
        "pause_schedule",
        "add_schedule",
    ]


def test_others_schedules_are_looked_at_but_not_changed(stage: Stage) -> None:
    saved, sam = stage.plan("ada"), stage.work("sam")
    assert sam.of_pool(stage.pool)
    for change in (sam.pause, sam.go_on, sam.run_soon, sam.remove):
        with pytest.raises(NotPermitted, match="runs as ada"):
            change(stage.pool, saved.id)
    new = NewSchedule("Mine", TakeSnapshot(), parse("every hour"), "UTC", stage.cast["sam"])
    with pytest.raises(NotPermitted):
        sam.change(stage.pool, saved.id, new)
    stage.work("ann").remove(stage.pool, saved.id)
    assert sam.of_pool(stage.pool) == ()


def test_a_changed_schedule_keeps_its_runs_and_rests_if_it_rested(stage: Stage) -> None:
    saved, work = stage.plan(), stage.work("ada")
    run = stage.store.schedule_runs.begin(saved.id, utc_now(), 0)
    work.pause(stage.pool, saved.id)
    new = NewSchedule("Weekly", RunAudit(), parse("mondays at 5"), "Europe/Berlin", stage.cast["ada"])
    changed = work.change(stage.pool, saved.id, new)
    assert (changed.name, changed.zone, changed.paused) == ("Weekly", "Europe/Berlin", True)
    assert [kept.id for kept in work.runs(saved.id)] == [run]


def test_a_role_taken_away_takes_the_planning_away(stage: Stage) -> None:
    stage.store.operators.update(stage.cast["max"].id, role=Role.AUDITOR)
    with pytest.raises(NotPermitted):
        stage.plan("max", replace(StartJob(), job_id="x"), when="once on 2099-01-01 at 05:00")
