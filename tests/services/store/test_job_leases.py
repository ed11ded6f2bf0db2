"""One process works on a job at a time, and a journal entry of anybody else is refused."""

import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from services.errors import JobError, RecordNotFound
from services.store.jobs import JobRow, JobState, JobStep, NewJob, StepState

MINUTE = timedelta(minutes=1)
OVER = timedelta(seconds=-1)


@pytest.fixture
def job(store):
    return store.jobs.create(
        NewJob("csv", "people.csv", "staff", {"pool_id": "x"}, "op", "Sam", "browser"),
        [JobRow(number, "", payload={"n": number}) for number in (1, 2, 3)],
        [JobStep(1, 0, "create_user", change={"username": "ann"})],
    )


def test_a_job_comes_back_as_it_was_stored(store, job):
    assert store.jobs.get(job.id) == job
    assert (job.state, job.total_rows, job.total_steps) == (JobState.PLANNED, 3, 1)
    assert job.target == {"pool_id": "x"}
    assert [row.payload for row in store.jobs.rows(job.id)] == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert store.jobs.steps(job.id)[0].change == {"username": "ann"}


def test_of_many_that_want_the_lease_one_gets_it(store, job):
    with ThreadPoolExecutor(12) as pool:
        got = list(pool.map(lambda n: store.jobs.take_lease(job.id, f"worker-{n}", MINUTE), range(12)))
    assert got.count(True) == 1


def test_of_many_processes_that_want_the_lease_one_gets_it(store, store_url, keys, job):
    script = textwrap.dedent("""
        import sys
        from datetime import timedelta
        from services.store.engine import open_store
        from services.store.vault import KeyRing
        url, key, job, owner = sys.argv[1:]
        with open_store(url, KeyRing((key,))) as store:
            print(store.jobs.take_lease(job, owner, timedelta(minutes=1)))
    """)
    command = [sys.executable, "-c", script, store_url, keys.keys[0], job.id]
    working = [subprocess.Popen([*command, f"w{n}"], stdout=subprocess.PIPE, text=True) for n in range(4)]
    said = [process.communicate()[0].strip() for process in working]
    assert sorted(said) == ["False", "False", "False", "True"]


def test_the_holder_renews_and_gives_up_its_lease(store, job):
    assert store.jobs.take_lease(job.id, "one", MINUTE)
    assert store.jobs.take_lease(job.id, "one", MINUTE)
    store.jobs.release_lease(job.id, "two")
    assert not store.jobs.take_lease(job.id, "two", MINUTE)
    store.jobs.release_lease(job.id, "one")
    assert store.jobs.take_lease(job.id, "two", MINUTE)


def test_a_lease_that_ran_out_can_be_taken_over(store, job):
    assert store.jobs.take_lease(job.id, "dead", OVER)
    assert store.jobs.take_lease(job.id, "alive", MINUTE)


def test_only_the_holder_writes_the_journal(store, job):
    assert store.jobs.take_lease(job.id, "one", OVER)
    done = JobStep(1, 0, "create_user", StepState.DONE, attempts=1, result={"sub": "s"})
    store.jobs.write_journal(job.id, "one", steps=[done], rows=[JobRow(1, "done")])
    assert store.jobs.get(job.id).lease_until > job.created_at  # the entry was a heartbeat
    assert not store.jobs.take_lease(job.id, "two", MINUTE)
    step = store.jobs.steps(job.id)[0]
    assert (step.state, step.result, step.change) == (StepState.DONE, {"sub": "s"}, {"username": "ann"})
    with pytest.raises(JobError, match="taken over"):
        store.jobs.write_journal(job.id, "two", rows=[JobRow(2, "done")])
    assert [row.outcome for row in store.jobs.rows(job.id)] == ["done", "", ""]


def test_a_state_changes_only_from_where_it_is_expected(store, job):
    assert store.jobs.change_state(job.id, [JobState.PLANNED], JobState.QUEUED, started_by="op-2")
    assert not store.jobs.change_state(job.id, [JobState.PLANNED], JobState.RUNNING)
    assert (store.jobs.get(job.id).state, store.jobs.get(job.id).started_by) == (JobState.QUEUED, "op-2")


def test_a_deleted_job_takes_its_rows_along(store, job):
    store.jobs.delete(job.id)
    with pytest.raises(RecordNotFound):
        store.jobs.get(job.id)
    assert list(store.jobs.rows(job.id)) == []
    assert store.jobs.steps(job.id) == ()
