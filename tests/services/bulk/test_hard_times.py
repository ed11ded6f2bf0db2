"""The benches' proofs in small: a backend that fails in every way, and kills at random moments."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from bench.mixed import KINDS, scenario
from bench.simulator import SimulatorProcess

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
