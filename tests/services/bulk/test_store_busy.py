"""Another process holds the database's write lock while a job runs: the job waits, says why, and goes on."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from services.bulk.model import RowResult
from services.bulk.report import outcomes, progress
from services.bulk.runner import run_here
from services.store.engine import open_store
from services.store.jobs import JobState
from services.store.vault import KeyRing, new_key
from tests.fixtures.cognito import Cognito
from tests.services.bulk.conftest import bulk_on

HOLD = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
held.execute("ROLLBACK")
"""
ROWS = 40


@contextmanager
def write_lock(database: Path) -> Iterator[None]:
    """A process of its own holds the write lock, as a backup or another program does."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdin is not None
        assert holder.stdout.readline() == b"held\n"
        yield
        holder.stdin.close()


def test_the_job_waits_with_the_reason_and_ends_by_itself_with_every_row_done_once(
    tmp_path: Path, cognito: Cognito, aws_environment: None
) -> None:
    database = tmp_path / "busy.db"
    with open_store(f"sqlite:///{database}?timeout=1", KeyRing((new_key(),))) as store:
        bulk = bulk_on(store, cognito, cognito.staff)
        bulk.gateway.client.pacer.set_quota("UserCreation", 10.0)
        names = [f"busy.{number}" for number in range(ROWS)]
        rows = [(name, f"{name}@example.com", "B", name) for name in names]
        job = bulk.start(bulk.plan(("username", "email", "given_name", "family_name"), *rows))
        run = threading.Thread(target=run_here, args=(store, job.id), kwargs={"terminal": bulk.who})
        run.start()
        wait_until(lambda: progress(store, job.id).finished >= 3)
        with write_lock(database):
            wait_until(lambda: progress(store, job.id).state is JobState.PAUSED)
            now = progress(store, job.id)
            assert "locked by another program" in now.reason
            assert "Nothing was changed" not in now.reason
            assert run.is_alive()
        run.join(timeout=120)
        assert store.jobs.get(job.id).state is JobState.FINISHED
        assert [outcome.result for outcome in outcomes(store, job.id)] == [RowResult.DONE] * ROWS
        assert progress(store, job.id).reason == ""
    created = [user["Username"] for user in cognito.users(cognito.staff)]
    assert sorted(name for name in created if name.startswith("busy.")) == sorted(names)


def wait_until(holds: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.05)
