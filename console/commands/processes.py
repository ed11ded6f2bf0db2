"""Several consoles on one machine: a port for each, started and watched by one parent.

What sends browsers to them stands before them, and keeps each browser with the one it began with.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import typer

LOOKS = 0.3  # seconds between two looks at whether all are there
WELL = 30.0  # seconds after which a process counts as well started
LONGEST_PAUSE = 30.0  # seconds before one that keeps ending is started again
PATIENCE = 20.0  # seconds that processes have to end in order

Start = Callable[[], "subprocess.Popen[bytes]"]


@dataclass
class Watched:
    """One process, and how to start it again."""

    name: str
    start: Start
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    pause: float = 0.0
    due: float = 0.0

    def look(self, now: float) -> None:
        """Start the process if it isn't there: at once, or after a pause if it keeps ending."""
        if self.process is not None and (code := self.process.poll()) is not None:
            self.process = None
            self.pause = 0.0 if now - self.began > WELL else min(LONGEST_PAUSE, self.pause * 2 or 1.0)
            self.due = now + self.pause
            typer.echo(f"{self.name} ended with {code}; it is started again.", err=True)
        if self.process is None and now >= self.due:
            self.process, self.began = self.start(), now


@dataclass
class Watch:
    """Processes that are kept running until this one is told to end."""

    watched: Sequence[Watched]
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Start all, start again what dies, and end all when told to by a signal or `over`."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.over.set())
        try:
            while not self.over.is_set():
                for each in self.watched:
                    each.look(time.monotonic())
                self.over.wait(LOOKS)
        finally:
            self._end()

    def _end(self) -> None:
        running = [each.process for each in self.watched if each.process is not None]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + PATIENCE
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
            if process.poll() is None:
                process.kill()
                process.wait()


def keep_running(ports: Sequence[int], arguments: Sequence[str]) -> None:
    """Keep a console running at each port until this process is told to end."""
    Watch([Watched(f"The console at port {port}", _console_at(port, arguments)) for port in ports]).run()


def _console_at(port: int, arguments: Sequence[str]) -> Start:
    """How to start a console at `port` that ends when this process does, however it ends."""
    command = [sys.executable, "-m", "console", "serve", "--port", str(port), "--one-of-several", *arguments]
    # nothing is ever written: the pipe ends with this process, even when that is killed
    return lambda: subprocess.Popen(command, stdin=subprocess.PIPE)  # noqa: S603 - this very program


def end_with_parent() -> None:
    """Have this process end in order as soon as its standard input does."""

    def wait() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent", daemon=True).start()
