"""`demo` comes up by one command and leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
import pytest

from console.command_line import serve as declared
from console.commands import serve
from services.errors import InvalidValue
from services.store.store import Store
from tests.fixtures.demo import command, free_port, running, words_until_ready

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals")


def children(pid: int) -> list[int]:
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True)
    return [int(found) for found in listed.stdout.split()]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_starts_says_how_to_sign_in_and_leaves_nothing_behind(tmp_path: Path, end: signal.Signals) -> None:
    port = free_port()
    with running(tmp_path, port) as process:
        said = words_until_ready(process)
        assert f"http://localhost:{port}" in said
        assert re.search(r"ann +ann-may-do-all +admin", said)
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
        assert list(tmp_path.iterdir())
        (cognito,) = children(process.pid)
        process.send_signal(end)
        assert process.wait(timeout=20) == 0
        assert not alive(cognito)
        assert list(tmp_path.iterdir()) == []
    with pytest.raises(httpx.TransportError):
        httpx.get(f"http://127.0.0.1:{port}/healthz")


def test_leaves_nothing_behind_when_ended_while_it_starts(tmp_path: Path) -> None:
    with running(tmp_path, free_port()) as process:
        while not (started := children(process.pid)):
            assert process.poll() is None
            time.sleep(0.02)
        process.terminate()
        assert process.wait(timeout=60) == 0
        assert not any(map(alive, started))
        assert list(tmp_path.iterdir()) == []


def test_a_port_in_use_is_said_and_nothing_is_started(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        env = {**os.environ, "TMPDIR": str(tmp_path)}
        done = subprocess.run(command(port), cwd=ROOT, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert f"Port {port} can't be used" in done.stderr
    assert f"--port {port + 1}" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_without_the_extra_it_says_how_to_install_it(tmp_path: Path) -> None:
    hidden = "import sys; sys.modules['moto'] = None; from console.terminal import main; main(['demo'])"
    done = subprocess.run(
        [sys.executable, "-c", hidden], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "make demo" in done.stderr
    assert "pip install" in done.stderr
    assert "Traceback" not in done.stderr


def test_more_people_than_it_takes_are_refused() -> None:
    done = subprocess.run(
        command(8501, "--people", "20001"), cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.returncode != 0
    assert "20000" in done.stderr


def test_the_folder_is_its_users_alone() -> None:
    with serve._demo_folder() as folder:
        assert folder.stat().st_mode & 0o077 == 0
        assert folder.is_relative_to(tempfile.gettempdir())
    assert not folder.exists()


@pytest.mark.parametrize("proxy", ["*", "proxy.example.com", "10.0.0.5, *"])
def test_a_proxy_is_named_by_its_address(proxy: str) -> None:
    with pytest.raises(InvalidValue, match="no list of addresses"):
        declared.serve(proxy=proxy)


def test_a_console_on_sqlite_can_not_leave_its_jobs_to_others(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.commands.serve.open_store", lambda: store)
    with pytest.raises(InvalidValue, match="nobody but the console itself runs jobs"):
        declared.serve(port=0, work=False)
