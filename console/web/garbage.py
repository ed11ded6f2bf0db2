"""Garbage is collected beside the work, not after each run of a script.

Streamlit's own way (`runner.postScriptGC`) collects all generations after every run and fragment:
with a pool, boto3's models and some sessions in memory that is most of what a rerun costs. The
server runs with it off, and one thread collects instead.
"""

from __future__ import annotations

import gc
from threading import Event, Thread
from time import monotonic

PAUSE = 10.0  # seconds between two collections
SHARE = 0.02  # of the time, at most, for collecting: everything else waits meanwhile
THREAD = "garbage"


class Collector:
    """A thread that collects all generations again and again, from `start` until `close`."""

    def __init__(self, pause: float = PAUSE) -> None:
        self._pause = pause
        self._over = Event()
        self._thread = Thread(target=self._run, name=THREAD, daemon=True)

    def start(self) -> None:
        """Begin. What exists by now is passed over by every collection: imports are never garbage."""
        gc.collect()
        gc.freeze()
        self._thread.start()

    def close(self) -> None:
        """End; returns once the thread has."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        pause = self._pause
        while not self._over.wait(pause):
            began = monotonic()
            gc.collect()
            pause = max(self._pause, (monotonic() - began) / SHARE)
