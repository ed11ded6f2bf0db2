"""The benches' proofs in small: a backend that fails in every way, and kills at random moments."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

from bench.mixed import KINDS, scenario
from bench.simulator import Faults, Simulator, SimulatorProcess, SimulatorThread
from services.bulk.model import RowResult
from services.bulk.report import outcomes
from services.bulk.runner import run_here
from services.store.jobs import JobState
from services.store.store import Store
from tests.fixtures.cognito import Cognito
from tests.services.bulk.conftest import bulk_on
from tests.services.bulk.test_store_busy import wait_until

ROOT = Path(__file__).resolve().parents[3]


def test_rows_of_every_kind_end_right_when_everything_fails(aws_environment: None) -> None:
    """`python -m bench.mixed` does the same with 1,000 rows."""
    with SimulatorProcess("--seed", "11") as server:
        check = scenario(server, 8 * len(KINDS))
        happened = server.state()["happened"]
    assert check.wrong == []
    assert check.rows == 8 * len(KINDS)
    assert all(happened[name] > 0 for name in ("throttled", "failed", "reset", "lost"))


def test_nothing_is_lost_or_doubled_when_a_run_is_killed() -> None:
    """`python -m bench.kills` does the same 100 times with 300 rows.

    In a process of its own, because it forks.
    """
    command = [sys.executable, "-m", "bench.kills", "--kills", "3", "--rows", "40", "--seed", "7"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=150)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "   3 kills" in done.stdout
    assert "lost 0, doubled 0" in done.stdout


def test_a_backend_that_ends_in_mid_run_and_comes_back_costs_no_row_and_doubles_none(
    store: Store, cognito: Cognito, aws_environment: None
) -> None:
    simulator = Simulator(Faults())
    first = SimulatorThread(simulator).__enter__()
    port = urlsplit(first.url).port
    assert port is not None
    bulk = bulk_on(store, cognito, cognito.staff, first.url)
    bulk.gateway.client.pacer.set_quota("UserCreation", 20.0)
    names = [f"restart.{number}" for number in range(40)]
    rows = [(name, f"{name}@example.com", "R", name, "billing") for name in names]
    job = bulk.start(bulk.plan(("username", "email", "given_name", "family_name", "groups"), *rows))
    run = threading.Thread(target=run_here, args=(store, job.id), kwargs={"terminal": bulk.who})
    run.start()
    wait_until(lambda: simulator.effects.total() >= 5)
    first.__exit__(None, None, None)
    done = simulator.effects.total()
    wait_until(lambda: any(step.attempts > 1 for step in store.jobs.steps(job.id)))
    assert simulator.effects.total() == done < 80
    with SimulatorThread(simulator, port):
        run.join(120)
    assert store.jobs.get(job.id).state is JobState.FINISHED
    assert [row.result for row in outcomes(store, job.id)] == [RowResult.DONE] * len(rows)
    made = {key: count for key, count in simulator.effects.items() if "restart." in key[1]}
    assert len(made) == 2 * len(rows)
    assert set(made.values()) == {1}
