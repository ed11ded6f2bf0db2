"""`kill -9` and Ctrl-C in the middle of `apply`: nothing is lost and nobody is made twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.bulk.model import RowResult
from services.bulk.report import outcomes
from services.csv_safe import write_csv
from services.store.engine import open_store
from services.store.jobs import Job, JobState, StepState
from services.store.store import Store
from services.store.vault import read_key_file
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito

ROOT = Path(__file__).resolve().parents[3]
ROWS, KILLS = 50, 2
GROUP = "training"


@dataclass
class Shell:
    """Commands as processes of their own, with a console and a database of their own."""

    folder: Path
    cognito: Cognito

    def apply(self, prefix: str) -> list[str]:
        """The command that creates `ROWS` people in a group, slowly enough to be interrupted."""
        people = [(f"{prefix}.{n}", f"{prefix}.{n}@example.com", "K", str(n), GROUP) for n in range(ROWS)]
        file = self.folder / "people.csv"
        file.write_bytes(write_csv(("username", "email", "given_name", "family_name", "groups"), people))
        where = ["--region", self.cognito.region, "--pool-id", self.cognito.staff]
        return ["apply", str(file), *where, "--endpoint-url", self.cognito.url, "--yes", "--share", "0.6"]

    def start(self, command: list[str]) -> subprocess.Popen[str]:
        """Begin a command of the console."""
        environment = {
            **os.environ,
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "CONSOLE_DATA_DIR": str(self.folder / "data"),
            "CONSOLE_KEY_FILE": str(self.folder / "keys"),
            "PYTHONPATH": str(ROOT),
        }
        return subprocess.Popen(
            [sys.executable, "-m", "console", *command],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def wait_for_progress(self, process: subprocess.Popen[str], prefix: str) -> None:
        """Wait until the command has put one person more into the group."""
        before = self.done(prefix)
        until = time.monotonic() + 90
        while self.done(prefix) == before:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until, "nothing happened in time"
            time.sleep(0.02)

    def done(self, prefix: str) -> int:
        """How many people are created and in the group."""
        members = self.cognito.members(self.cognito.staff, GROUP)
        return sum(name.startswith(f"{prefix}.") for name in members)

    def store(self) -> Store:
        """The console's database."""
        return open_store(
            f"sqlite:///{self.folder / 'data' / 'console.db'}", read_key_file(self.folder / "keys")
        )

    def job(self) -> Job:
        """The only job."""
        with self.store() as store:
            (job,) = store.jobs.list()
        return job

    def check_all_done(self, prefix: str) -> None:
        """Every row is done, everybody is there once and in the group, every password is kept."""
        with self.store() as store:
            (job,) = store.jobs.list()
            assert [outcome.result for outcome in outcomes(store, job.id)] == [RowResult.DONE] * ROWS
            assert set(store.jobs.count_steps(job.id)) == {StepState.DONE}
            assert len(store.jobs.passwords(job.id)) == ROWS
        names = [user["Username"] for user in self.cognito.users(self.cognito.staff)]
        mine = [name for name in names if name.startswith(f"{prefix}.")]
        assert sorted(mine) == sorted(f"{prefix}.{n}" for n in range(ROWS))
        assert self.done(prefix) == ROWS


@pytest.fixture
def shell(cognito: Cognito, tmp_path: Path) -> Shell:
    return Shell(tmp_path, cognito)


def test_kills_lose_no_outcome_and_make_nobody_twice(shell: Shell) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    chance = random.Random(seed)
    command = shell.apply("kill")
    for _ in range(KILLS):
        process = shell.start(command)
        shell.wait_for_progress(process, "kill")
        time.sleep(chance.random() * 0.5)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        assert shell.job().state is JobState.RUNNING
        command = ["resume", shell.job().id]
    last = shell.start(command)
    output = last.communicate(timeout=120)
    assert last.returncode == 0, output
    shell.check_all_done("kill")


def test_ctrl_c_pauses_and_resume_goes_on(shell: Shell) -> None:
    process = shell.start(shell.apply("pause"))
    shell.wait_for_progress(process, "pause")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 4, out
    assert shell.job().state is JobState.PAUSED
    assert 0 < shell.done("pause") < ROWS
    assert f"resume {shell.job().id}" in out
    again = shell.start(["resume", shell.job().id])
    output = again.communicate(timeout=120)
    assert again.returncode == 0, output
    shell.check_all_done("pause")
