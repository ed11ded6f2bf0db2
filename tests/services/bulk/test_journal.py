"""The journal of a running job: written before anything is sent, by many threads at once."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from services.bulk.journal import Journal, JournaledActivity
from services.errors import JobError
from services.roles import Actor, Origin, Role
from services.store.activity import ActivityResult, NewActivity
from services.store.jobs import Job, JobRow, JobStep, NewJob, StepState
from services.store.store import Store

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
