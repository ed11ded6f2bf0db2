"""The backend ends in mid-run and comes back: the job waits with its reason, and goes on by itself."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from bench.simulator import Faults, Simulator, SimulatorThread
from services.access.sessions import operator_actor
from services.bulk import control, run, runner
from services.bulk.model import JobProgress, RowResult
from services.bulk.report import outcomes, progress
from services.bulk.runner import LOOK_FOR_JOBS, RUN_JOB, run_here
from services.roles import Origin
from services.store.jobs import JobControl, JobState
from services.store.operators import Operator
from services.store.store import Store
from services.work.desk import work_for
from tests.fixtures.cognito import Cognito
from tests.services.bulk.conftest import bulk_on
from tests.services.bulk.test_store_busy import wait_until

ROWS = 40
CHANGES = ("AdminCreateUser", "AdminAddUserToGroup")
HEADER = ("username", "email", "given_name", "family_name", "groups")


@pytest.fixture
def background(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The console's own work on jobs, which tries sooner than in life."""
    monkeypatch.setattr(run, "ATTEMPTS", 3)
    monkeypatch.setattr(runner, "TRY_WAITING_AGAIN", timedelta(0))
    work = work_for(store)
    work.begin([RUN_JOB, LOOK_FOR_JOBS])
    yield
    work.close()


def test_the_job_waits_says_why_and_goes_on_by_itself_with_no_row_lost_or_doubled(
    store: Store, cognito: Cognito, aws_environment: None, cast: dict[str, Operator], background: None
) -> None:
    simulator = Simulator(Faults())
    first = SimulatorThread(simulator).__enter__()
    port = urlsplit(first.url).port
    assert port is not None
    bulk = bulk_on(store, cognito, cognito.staff, first.url)
    bulk.gateway.client.pacer.set_quota("UserCreation", 20.0)
    names = [f"restart.{number}" for number in range(ROWS)]
    plan = bulk.plan(HEADER, *((name, f"{name}@example.com", "R", name, "billing") for name in names))
    job = bulk.save(plan)
    control.start(store, job.id, operator_actor(store, cast["max"].id, "max", Origin.BROWSER))

    wait_until(lambda: created(simulator) >= 5)
    first.__exit__(None, None, None)
    waiting = wait_for(store, job.id, JobState.PAUSED)
    assert waiting.control is JobControl.RUN  # nobody asked for it
    assert "connection refused" in waiting.reason
    assert waiting.results.get(RowResult.FAILED, 0) == 0
    before = created(simulator)
    assert 5 <= before < ROWS

    with SimulatorThread(simulator, port):
        wait_until(lambda: created(simulator) > before)
        wait_until(lambda: progress(store, job.id).reason == "")  # nothing keeps it any more
        wait_for(store, job.id, JobState.FINISHED)
    assert [row.result for row in outcomes(store, job.id)] == [RowResult.DONE] * ROWS
    made = {key: count for key, count in simulator.effects.items() if key[0] in CHANGES}
    assert len(made) == 2 * ROWS
    assert set(made.values()) == {1}


def created(simulator: Simulator) -> int:
    """How many people it has made."""
    with simulator.lock:
        effects = dict(simulator.effects)
    return sum(count for (operation, _), count in effects.items() if operation == "AdminCreateUser")


def wait_for(store: Store, job_id: str, state: JobState) -> JobProgress:
    """The job's figures as soon as it is in this state."""
    seen: list[JobProgress] = []

    def reached() -> bool:
        seen.append(progress(store, job_id))
        return seen[-1].state is state

    wait_until(reached, 120)
    return seen[-1]


def test_a_run_that_gets_no_answers_says_so_while_it_tries_and_not_after(
    store: Store, cognito: Cognito, aws_environment: None, cast: dict[str, Operator]
) -> None:
    simulator = Simulator(Faults())
    with SimulatorThread(simulator) as server:
        bulk = bulk_on(store, cognito, cognito.staff, server.url)
        bulk.gateway.client.pacer.set_quota("UserCreation", 10.0)
        plan = bulk.plan(
            HEADER, *((f"tries.{n}", f"tries.{n}@example.com", "T", str(n), "") for n in range(30))
        )
        job = bulk.start(plan)
        running = threading.Thread(target=run_here, args=(store, job.id), kwargs={"terminal": bulk.who})
        running.start()
        wait_until(lambda: created(simulator) >= 3)
        simulator.faults = Faults(reset=1.0)
        wait_until(lambda: "It is tried again" in progress(store, job.id).reason)
        assert store.jobs.get(job.id).state is JobState.RUNNING
        simulator.faults = Faults()
        wait_until(lambda: progress(store, job.id).reason == "")
        assert store.jobs.get(job.id).state is JobState.RUNNING
        running.join(120)
    assert [row.result for row in outcomes(store, job.id)] == [RowResult.DONE] * 30
