"""`kill -9` in the middle of `apply`, again and again: nothing is lost and nobody is made twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from services.bulk.model import Result
from services.bulk.report import outcomes
from services.csv_safe import write_csv
from services.store.engine import open_store
from services.store.jobs import JobState, StepState
from services.store.keys import read_key_file
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito

ROOT = Path(__file__).resolve().parents[3]
ROWS, KILLS = 50, 2


def environment(folder: Path) -> dict[str, str]:
    """What a terminal has: AWS's keys, and a console of its own."""
    return {
        **os.environ,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "CONSOLE_DATA_DIR": str(folder / "data"),
        "CONSOLE_KEY_FILE": str(folder / "keys"),
        "PYTHONPATH": str(ROOT),
    }


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[bytes], seconds: float = 60) -> bool:
    """Wait until it holds; False when the process ended first."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        if process.poll() is not None:
            return False
        time.sleep(0.02)
    raise AssertionError("nothing happened in time")


def test_no_outcome_is_lost_and_nobody_is_made_twice(cognito: Cognito, tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    env = environment(tmp_path)
    people = [f"kill.{number}" for number in range(ROWS)]
    file = tmp_path / "people.csv"
    header = ("username", "email", "given_name", "family_name", "groups")
    file.write_bytes(write_csv(header, [(one, f"{one}@example.com", "K", one, "training") for one in people]))
    where = ["--region", cognito.region, "--pool-id", cognito.staff, "--endpoint-url", cognito.url]
    console = [sys.executable, "-m", "console"]
    command = [*console, "apply", str(file), *where, "--yes", "--share", "1"]
    database = f"sqlite:///{tmp_path / 'data' / 'console.db'}"
    job_id, killed = "", 0
    while True:
        process = subprocess.Popen(
            command, cwd=tmp_path, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        done_before = len(cognito.members(cognito.staff, "training"))
        if killed < KILLS and wait_for(
            lambda before=done_before: len(cognito.members(cognito.staff, "training")) > before, process
        ):
            time.sleep(chance.random() * 0.5)
            process.send_signal(signal.SIGKILL)
            killed += 1
        _, error = process.communicate(timeout=120)
        with open_store(database, read_key_file(tmp_path / "keys")) as store:
            (job,) = store.jobs.list()
            job_id = job.id
            if job.state is JobState.FINISHED:
                break
        assert killed, error.decode()
        command = [*console, "resume", job_id]
    assert killed == KILLS
    with open_store(database, read_key_file(tmp_path / "keys")) as store:
        ends = list(outcomes(store, job_id))
        assert [one.result for one in ends] == [Result.DONE] * ROWS
        assert set(store.jobs.count_steps(job_id)) == {StepState.DONE}
        assert len(store.jobs.passwords(job_id)) == ROWS
    names = [user["Username"] for user in cognito.users(cognito.staff)]
    assert sorted(name for name in names if name.startswith("kill.")) == sorted(people)
    assert set(people) <= cognito.members(cognito.staff, "training")
