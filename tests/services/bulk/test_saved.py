"""A plan in the store is the plan that was made."""

from __future__ import annotations

import threading
from dataclasses import asdict, replace
from datetime import timedelta

import pytest

from services.bulk.model import Plan, PlanOptions
from services.bulk.saved import (
    Journal,
    JournaledActivity,
    iter_row_plans,
    options_of,
    reading_in,
    save_plan,
    totals_in,
)
from services.errors import JobError, StoreError
from services.roles import Actor, Origin, Role
from services.store.activity import ActivityResult, NewActivity
from services.store.jobs import Job, JobRow, JobRows, JobState, JobStep, NewJob, StepState
from services.store.store import Store
from tests.services.bulk.conftest import Bulk

# The journal of a running job: written before anything is sent, by many threads at once.

WHAT = NewActivity(Actor("op", "Ann", Role.ADMIN, Origin.JOB), "enable_user", target_name="Bo")
OWNER = "me/1/x"


@pytest.fixture
def job(store: Store) -> Job:
    made = store.jobs.create(
        NewJob("csv", "people.csv", "staff", {}, "op", "Ann", "browser"),
        [JobRow(row, "", {"label": str(row)}) for row in range(1, 41)],
        [JobStep(row, 0, "enable_user") for row in range(1, 41)],
    )
    store.jobs.take_lease(made.id, OWNER, timedelta(seconds=30))
    return made


def test_what_was_said_before_an_intent_is_stored_with_it(store: Store, job: Job) -> None:
    with Journal(store, job.id, OWNER) as journal:
        journal.write(JobStep(1, 0, "enable_user", StepState.STARTED, attempts=1))
        line = JournaledActivity(store, journal).intend(replace(WHAT, job_id=job.id))
        # no waiting: whoever kills us now finds both
        assert store.jobs.steps(job.id, first=1, last=1)[0].state is StepState.STARTED
        assert store.activity.get(line).result is ActivityResult.INTENDED


def test_many_threads_lose_nothing(store: Store, job: Job) -> None:
    def work(row: int) -> None:
        log = JournaledActivity(store, journal)
        journal.write(JobStep(row, 0, "enable_user", StepState.STARTED, attempts=1))
        line = log.intend(replace(WHAT, job_id=job.id))
        log.finish(line, ActivityResult.DONE, {"enabled": True})
        journal.write(
            JobStep(row, 0, "enable_user", StepState.DONE, attempts=1, activity_id=line),
            row=JobRow(row, "done"),
        )

    with Journal(store, job.id, OWNER) as journal:
        threads = [threading.Thread(target=work, args=(row,)) for row in range(1, 41)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert store.jobs.count_outcomes(job.id) == {"done": 40}
    assert store.jobs.count_steps(job.id) == {StepState.DONE: 40}
    assert store.activity.count(job_id=job.id, result=ActivityResult.DONE) == 40


def test_who_lost_the_lease_may_send_nothing_more(store: Store, job: Job) -> None:
    with Journal(store, job.id, OWNER) as journal:
        store.jobs.update(job.id, lease_owner="other/2/y")
        log = JournaledActivity(store, journal)
        with pytest.raises(JobError):
            log.intend(replace(WHAT, job_id=job.id))
        with pytest.raises(JobError):
            journal.write(JobStep(1, 0, "enable_user", StepState.DONE))
    assert store.jobs.count_steps(job.id) == {StepState.WAITING: 40}
    assert store.activity.count(job_id=job.id) == 0


def a_plan(staff: Bulk) -> Plan:
    return staff.plan(
        ("username", "email", "given_name", "family_name", "groups", "temporary_password"),
        ("kept.one", "kept.one@example.com", "Kept", "One", "billing;new-group", "Kept-Temp-Pass-1!"),
        ("ann.lindqvist", "", "Annika", "", "", ""),
        ("nobody here", "", "", "", "", ""),
        create_groups=True,
        share=0.25,
        delivery=(),
    )


def test_what_is_saved_comes_back(staff: Bulk) -> None:
    plan = a_plan(staff)
    job = staff.save(plan)
    assert (job.state, job.total_rows) == (JobState.PLANNED, 3)
    assert list(iter_row_plans(staff.store, job.id)) == list(plan.rows)
    assert totals_in(job) == plan.totals
    assert reading_in(job) == plan.reading
    assert options_of(job) == plan.options == replace(PlanOptions(), share=0.25, create_groups=True)
    assert staff.store.jobs.passwords(job.id)[2]["temporary"] == "Kept-Temp-Pass-1!"


def test_rows_are_read_page_by_page(staff: Bulk) -> None:
    job = staff.save(a_plan(staff))
    assert [row.row for row in iter_row_plans(staff.store, job.id, after=2, limit=1)] == [3]


def test_a_plan_that_could_not_be_saved_wholly_is_not_there(
    staff: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(JobRows, "_write_passwords", full)
    before = staff.store.jobs.list(limit=1000)
    with pytest.raises(StoreError):
        save_plan(staff.store, a_plan(staff), target=asdict(staff.target), actor=staff.who())
    monkeypatch.undo()
    assert staff.store.jobs.list(limit=1000) == before
    assert staff.store.jobs.list(states=[JobState.SAVING]) == ()
