"""What a script leaves behind is collected beside the runs, never after each."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading
import weakref
from pathlib import Path

import pytest

from console.web.garbage import THREAD, Collector
from services.store.vault import new_key
from tests.fixtures.demo import ROOT, free_port

# A console started as people start it, which says what it has set once its server answers.
STARTED = """
import os, sys, threading, time, urllib.request
from console.terminal import main
from streamlit import config

port = sys.argv[3]

def say():
    while True:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5).close()
        except OSError:
            time.sleep(0.1)
        else:
            break
    beside = [thread.name for thread in threading.enumerate()].count("garbage")
    # in one piece: the console prints beside it
    print(f"after each run: {config.get_option('runner.postScriptGC')} beside: {beside}", flush=True)
    os._exit(0)

threading.Thread(target=say, daemon=True).start()
main()
"""


class Knot:
    """Something that only a collection takes away: it holds itself."""

    def __init__(self) -> None:
        self.me = self


def in_a_small_process(test: str) -> None:
    """Run `test` where little is collected: to look through all that tests have in memory takes seconds."""
    begun = "import gc; gc.disable(); from tests.console.web import test_garbage as here; "
    done = subprocess.run(
        [sys.executable, "-c", f"{begun}here.{test}()"], cwd=ROOT, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr


def knot_is_gone() -> None:
    collector = Collector(pause=0.01)
    collector.start()
    gone = threading.Event()
    knot = Knot()
    weakref.finalize(knot, gone.set)
    del knot
    assert gone.wait(timeout=60)
    collector.close()
    assert THREAD not in [thread.name for thread in threading.enumerate()]


def start_is_passed_over() -> None:
    before = gc.get_freeze_count()
    collector = Collector(pause=60)
    collector.start()
    collector.close()
    assert gc.get_freeze_count() > before


def test_the_collector_takes_away_what_holds_itself() -> None:
    in_a_small_process(knot_is_gone.__name__)


def test_what_exists_at_the_start_is_passed_over() -> None:
    in_a_small_process(start_is_passed_over.__name__)


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_console_started_in_another_folder_collects_beside_the_runs(command: str, tmp_path: Path) -> None:
    options = ["--port", str(free_port())]
    options += ["--no-browser", "--people", "5"] if command == "demo" else []
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "CONSOLE_DATABASE_URL": f"sqlite:///{tmp_path / 'console.db'}",
        "CONSOLE_ENCRYPTION_KEYS": new_key(),
    }
    done = subprocess.run(
        [sys.executable, "-c", STARTED, command, *options],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert "after each run: False beside: 1" in done.stdout, done.stderr
