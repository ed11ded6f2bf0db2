"""The embedded Cognito in a process of its own starts, answers, and never outlives its starter."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from demo.server import EmbeddedCognito, ServerFailed

ROOT = Path(__file__).resolve().parents[2]
STARTER = """
import os, signal, time
from demo.server import EmbeddedCognito
cognito = EmbeddedCognito(people=3, email_people=3)
print(cognito.start(), cognito._process.pid, flush=True)
time.sleep(60)
"""


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/eu-west-1_x/.well-known/jwks.json").status_code == 200
    except httpx.TransportError:
        return False


def gone(pid: int) -> bool:
    """True once no such process is left, waiting for it a little."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_starts_answers_and_stops() -> None:
    with EmbeddedCognito(people=3, email_people=3) as cognito:
        url = cognito.url
        assert answers(url)
    assert not answers(url)


def test_stopping_twice_is_harmless() -> None:
    cognito = EmbeddedCognito(people=3, email_people=3)
    cognito.start()
    cognito.stop()
    cognito.stop()


def test_a_port_in_use_is_a_failed_start() -> None:
    with EmbeddedCognito(people=3, email_people=3) as first:
        port = int(first.url.rpartition(":")[2])
        with pytest.raises(ServerFailed):
            EmbeddedCognito(people=3, email_people=3, port=port).start()


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
def test_ends_by_itself_when_its_starter_is_killed() -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert starter.stdout is not None
    url, pid = starter.stdout.readline().split()
    assert answers(url)
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    starter.stdout.close()
    assert gone(int(pid))


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")
def test_runs_by_hand_until_told_to_end() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "demo.server", "--people", "3", "--email-people", "3"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert answers(json.loads(process.stdout.readline())["url"])
    process.terminate()
    assert process.wait(timeout=10) == 0
    process.stdout.close()
