"""Writes a running job's journal for many threads at once, in few transactions.

A step is written before it is sent, and the thread waits until that is on disk; what came of it is
written behind its back. Whatever gathers while one transaction runs goes into the next.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import timedelta

from services.errors import ConsoleError
from services.store.jobs import JobRow, Jobs, JobStep

LEASE = timedelta(seconds=30)


@dataclass
class _Entry:
    steps: tuple[JobStep, ...] = ()
    row: JobRow | None = None
    written: threading.Event = field(default_factory=threading.Event)


class Journal:
    """The journal of one job, for the process that holds its lease. Use as a context manager."""

    def __init__(self, jobs: Jobs, job_id: str, owner: str) -> None:
        self._jobs = jobs
        self._job_id = job_id
        self._owner = owner
        self._waiting: list[_Entry] = []
        self._news = threading.Condition()
        self._closing = False
        self.error: ConsoleError | None = None
        """Why the journal can't be written any more: another process has the job, or the store failed."""
        self._thread = threading.Thread(target=self._run, name=f"journal-{job_id[:8]}", daemon=True)

    def __enter__(self) -> Journal:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._news:
            self._closing = True
            self._news.notify()
        self._thread.join()

    def write_first(self, step: JobStep) -> None:
        """Write a step and wait until it is stored. Raises the error that ended the journal."""
        entry = _Entry(steps=(step,))
        self._add(entry)
        entry.written.wait()
        if self.error is not None:
            raise self.error

    def write(self, *steps: JobStep, row: JobRow | None = None) -> None:
        """Write steps and the outcome of a row soon. Raises the error that ended the journal."""
        self._add(_Entry(steps, row))

    def _add(self, entry: _Entry) -> None:
        with self._news:
            if self.error is not None:
                raise self.error
            self._waiting.append(entry)
            self._news.notify()

    def _run(self) -> None:
        while True:
            with self._news:
                self._news.wait_for(lambda: self._waiting or self._closing)
                batch, self._waiting = self._waiting, []
                if not batch:
                    return
            self._store(batch)

    def _store(self, batch: list[_Entry]) -> None:
        try:
            if self.error is None:
                self._jobs.write_journal(
                    self._job_id,
                    self._owner,
                    steps=[step for entry in batch for step in entry.steps],
                    rows=[entry.row for entry in batch if entry.row is not None],
                    lease=LEASE,
                )
        except ConsoleError as error:
            with self._news:
                self.error = error
        finally:
            for entry in batch:
                entry.written.set()
