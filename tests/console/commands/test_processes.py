"""Several consoles on one machine: started, watched and ended by one parent."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest

from console.commands import processes
from console.commands.processes import Watch, Watched
from services.store.vault import new_key

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")


def asleep() -> subprocess.Popen[bytes]:
    return subprocess.Popen(["sleep", "600"])


def test_one_that_dies_is_started_again_and_all_end_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes.signal, "signal", lambda *_: None)  # another thread may not
    monkeypatch.setattr(processes, "WELL", 0.0)
    two = [Watched("first", asleep), Watched("second", asleep)]
    watch = Watch(two, Event())
    thread = Thread(target=watch.run)
    thread.start()
    while any(each.process is None for each in two):
        time.sleep(0.01)
    killed = two[0].process
    assert killed is not None
    killed.kill()
    while two[0].process is None or two[0].process is killed:
        time.sleep(0.01)
    running = [each.process for each in two]
    watch.over.set()
    thread.join()
    assert all(process is not None and process.poll() == -signal.SIGTERM for process in running)


def test_one_that_keeps_ending_is_started_ever_more_rarely() -> None:
    each = Watched("broken", lambda: subprocess.Popen(["false"]))
    pauses = []
    now = 0.0
    for _ in range(7):
        each.look(now)
        assert each.process is not None
        each.process.wait()
        each.look(now)
        pauses.append(each.pause)
        now = each.due
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]


def two_ports() -> int:
    """The first of two that are free."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            try:
                second.bind(("127.0.0.1", first.getsockname()[1] + 1))
            except (OSError, OverflowError):
                continue
            return int(first.getsockname()[1])


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    except httpx.TransportError:
        return False


def test_two_share_a_database_and_end_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    port = two_ports()
    env = os.environ | {
        "CONSOLE_DATABASE_URL": f"sqlite:///{tmp_path / 'console.db'}",
        "CONSOLE_ENCRYPTION_KEYS": new_key(),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "console", "serve", "--port", str(port), "--processes", "2"]
    with subprocess.Popen([*command, "--public-url", "https://c.example"], cwd=tmp_path, env=env) as parent:
        try:
            while not (answers(port) and answers(port + 1)):
                assert parent.poll() is None
                time.sleep(0.1)
        finally:
            parent.kill()
    while answers(port) or answers(port + 1):
        time.sleep(0.1)


def test_several_without_a_proxy_are_refused() -> None:
    command = [sys.executable, "-m", "console", "serve", "--processes", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "--public-url" in done.stderr
