"""Each kind of work, on a real pool."""

from __future__ import annotations

import csv
import io
import threading
from dataclasses import asdict, replace
from datetime import timedelta

import pytest

from services.access.sessions import operator_actor
from services.audits.questions import save_question
from services.bulk.columns import recognise
from services.bulk.files.csv_file import read_file
from services.bulk.plan import plan_file
from services.bulk.runner import run_here
from services.bulk.saved import save_plan
from services.directory.pool import PoolTables
from services.directory.snapshot import Completeness
from services.errors import InvalidValue, RecordNotFound
from services.gateways import gateway_for, target_of
from services.pool_session import open_pool_session
from services.roles import Actor, Origin
from services.schedule.ground import TaskGround, TaskOutcome
from services.schedule.tasks import (
    TASKS,
    AskQuestion,
    ExportTable,
    RunAudit,
    ScheduledTask,
    SeeOff,
    StartJob,
    StartReview,
    TakeSnapshot,
    dump,
    load,
)
from services.store.columns import utc_now
from services.store.jobs import JobState
from services.store.schedules import RunResult
from services.work.threads import ThreadedWork
from tests.services.schedule.staged import Stage

SAMPLES: tuple[ScheduledTask, ...] = (
    TakeSnapshot(),
    RunAudit(tell_from="medium", report="csv"),
    AskQuestion(question_id="q", question_name="Who?", format="xlsx", tell_rows=True),
    ExportTable(what="memberships", query="group:billing", format="json"),
    StartJob(job_id="j", job_title="new.csv", reason="because"),
    SeeOff(people={"s": {"username": "ann", "label": "Ann"}}, last_day="2026-11-30", parts=("disable",)),
    StartReview(review="Billing", reviewer_ids=("a", "b"), groups=("billing",), days=7),
)


def run(stage: Stage, task: ScheduledTask, name: str = "max", memory: object = None) -> TaskOutcome:
    operator = stage.cast[name]
    task.check(stage.store, stage.pool)

    def who() -> Actor:
        return operator_actor(stage.store, operator.id, operator.username, Origin.SCHEDULE)

    session = open_pool_session(stage.store, stage.pool, who)
    return task.run(TaskGround(stage.store, session, who, threading.Event().is_set, memory))


def rows(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


@pytest.mark.parametrize("task", SAMPLES, ids=lambda task: task.kind)
def test_every_kind_of_work_reads_back_as_it_was_stored(task: ScheduledTask) -> None:
    assert load(task.kind, dump(task)) == task
    assert load(task.kind, {**dump(task), "of a newer version": 1}) == task
    assert task.words
    assert {sample.kind for sample in SAMPLES} == set(TASKS)


def test_work_of_a_newer_version_is_refused_in_words() -> None:
    with pytest.raises(InvalidValue, match="doesn't know how to do"):
        load("brew_coffee", {})


def test_an_audit_hands_over_its_report_and_says_how_grave_it_is(stage: Stage) -> None:
    told = run(stage, RunAudit(tell_from="high", report="csv"))
    assert told.filename.startswith("audit-staff-")
    assert {line["rule"] for line in rows(told.data)}
    medium = run(stage, RunAudit(tell_from="medium"))
    assert "1 finding, medium or graver, is new." in medium.said
    assert "Complete" in told.said
    grave = run(stage, RunAudit(tell_from="info", report="html"))
    assert grave.result is RunResult.ATTENTION
    assert grave.data.startswith(b"<!")


def test_an_audit_asks_for_a_look_at_what_is_new_since_last_time_only(stage: Stage) -> None:
    task = RunAudit(tell_from="info")
    first = run(stage, task)
    assert first.result is RunResult.ATTENTION
    again = run(stage, task, memory=first.memory)
    assert (again.result, again.memory) == (RunResult.DONE, first.memory)
    assert "0 findings are new since last time" in again.said
    some = run(stage, task, memory=first.memory[1:])
    assert some.result is RunResult.ATTENTION
    assert "1 finding is new since last time" in some.said
    assert "ann" not in str(first.memory)


def test_a_question_hands_over_its_rows_and_asks_for_a_look_where_it_should(stage: Stage) -> None:
    sql = 'SELECT label, "group" FROM memberships JOIN users USING (sub) ORDER BY label'
    saved = save_question(stage.store, stage.pool, stage.acting("max"), "Who is where?", sql)
    task = AskQuestion(question_id=saved.id, question_name=saved.name)
    told = run(stage, task)
    assert (told.result, told.said) == (RunResult.DONE, "2 rows.")
    assert [line["label"] for line in rows(told.data)] == ["ann@example.com", "bo@example.com"]
    assert told.filename.startswith("who-is-where-staff-")
    assert "INCOMPLETE" not in told.filename
    assert run(stage, load(task.kind, {**dump(task), "tell_rows": True})).result is RunResult.ATTENTION


def test_the_name_of_an_answer_says_that_not_all_was_read(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved = save_question(stage.store, stage.pool, stage.acting("max"), "Who is where?", "SELECT 1 AS n")
    whole = TaskGround.read

    def cut(ground: TaskGround, oldest: timedelta) -> PoolTables:
        tables = whole(ground, oldest)
        tables.about = replace(tables.about, completeness=Completeness(missing=("A page wasn't read.",)))
        return tables

    monkeypatch.setattr(TaskGround, "read", cut)
    told = run(stage, AskQuestion(question_id=saved.id, question_name=saved.name))
    assert told.filename.endswith("-INCOMPLETE.csv")


def test_a_question_of_another_pool_is_not_asked(stage: Stage) -> None:
    with pytest.raises(RecordNotFound):
        run(stage, AskQuestion(question_id="gone", question_name="Gone"))


def test_an_export_holds_whom_the_search_finds(stage: Stage) -> None:
    told = run(stage, ExportTable(query="group:billing"))
    assert [line["email"] for line in rows(told.data)] == ["ann@example.com", "bo@example.com"]
    assert told.result is RunResult.DONE
    groups = run(stage, ExportTable(what="groups"))
    assert groups.said.startswith("1 line.")
    with pytest.raises(InvalidValue):
        ExportTable(what="groups", query="ann").check(stage.store, stage.pool)
    with pytest.raises(InvalidValue):
        ExportTable(query="email:x").check(stage.store, stage.pool)


def test_a_young_snapshot_is_not_read_again(stage: Stage) -> None:
    run(stage, TakeSnapshot())
    run(stage, ExportTable())
    assert len(stage.store.activity.search(action="take_snapshot")) == 1
    run(stage, TakeSnapshot())
    assert len(stage.store.activity.search(action="take_snapshot")) == 2


def test_a_review_opens_over_who_is_in_the_groups_that_day(stage: Stage) -> None:
    ada = stage.cast["ada"].id
    told = run(stage, StartReview(review="Billing", reviewer_ids=(ada,), groups=("billing",), days=7))
    campaign = stage.store.campaigns.get(told.campaign_id)
    assert campaign.population == 2
    opened = campaign.deadline - timedelta(days=7)  # yesterday, if the day ended meanwhile
    assert campaign.title == f"Billing, {opened:%Y-%m-%d}"
    assert timedelta(days=6) < campaign.deadline - utc_now() <= timedelta(days=7)


def test_a_saved_plan_is_started_and_can_not_be_started_twice(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ThreadedWork, "submit", lambda *_, **__: None)  # this test carries the job out itself
    gateway = gateway_for(stage.store, target_of(stage.pool), "max")
    table = read_file(b"username,action\ncy,disable\n", "leavers.csv")
    plan = plan_file(gateway, table, recognise(table.header, gateway.describe_pool()))
    target = asdict(target_of(stage.pool))
    job = save_plan(stage.store, plan, target=target, actor=stage.acting("max")())
    task = StartJob(job_id=job.id, job_title=job.title, reason="last day")
    told = run(stage, task)
    assert (told.job_id, told.said) == (job.id, "Started: 1 row.")
    queued = stage.store.jobs.get(job.id)
    assert (queued.state, queued.started_by_name) == (JobState.QUEUED, "max")
    assert run_here(stage.store, job.id).state is JobState.FINISHED
    with pytest.raises(InvalidValue, match="started already"):
        task.check(stage.store, stage.pool)


@pytest.mark.parametrize(
    "task",
    [
        StartReview(review="", reviewer_ids=("a",), groups=("g",)),
        StartReview(review="R", groups=("g",)),
        StartReview(review="R", reviewer_ids=("nobody",), groups=("g",)),
        RunAudit(tell_from="severe"),
        RunAudit(report="docx"),
        AskQuestion(question_id="gone"),
        ExportTable(what="secrets"),
        ExportTable(format="doc"),
        StartJob(job_id="gone"),
        SeeOff(last_day="2026-11-30"),
        SeeOff(people={"s": {"username": "ann", "label": "Ann"}}, last_day="2026-11-30", parts=()),
    ],
    ids=str,
)
def test_what_can_not_be_done_is_refused_when_it_is_planned(stage: Stage, task: ScheduledTask) -> None:
    with pytest.raises((InvalidValue, RecordNotFound)):
        task.check(stage.store, stage.pool)


@pytest.mark.parametrize(
    ("task", "said"), [(AskQuestion(), "No question is chosen"), (StartJob(), "No plan is chosen")]
)
def test_where_nothing_is_chosen_that_is_said(stage: Stage, task: ScheduledTask, said: str) -> None:
    with pytest.raises(InvalidValue, match=said):
        task.check(stage.store, stage.pool)
