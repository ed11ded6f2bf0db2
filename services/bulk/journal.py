"""Writes a running job's journal and its activity for many threads at once, in few transactions.

What is about to be sent is written before it is sent, and the thread waits until that is stored;
what came of it is written behind its back. Whatever gathers while one transaction runs goes into
the next, in the order in which it was said.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import timedelta

from services.errors import ConsoleError
from services.store.activity import ActivityLog, ActivityResult, Facts, Finish, NewActivity
from services.store.jobs import JobRow, JobStep
from services.store.store import Store

LEASE = timedelta(seconds=30)


@dataclass
class _Entry:
    steps: tuple[JobStep, ...] = ()
    row: JobRow | None = None
    intent: NewActivity | None = None
    finish: Finish | None = None
    id: str = ""
    written: threading.Event = field(default_factory=threading.Event)


class Journal:
    """The journal of one job, for the process that holds its lease. Use as a context manager."""

    def __init__(self, store: Store, job_id: str, owner: str) -> None:
        self._store = store
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

    def write(self, *steps: JobStep, row: JobRow | None = None) -> None:
        """Write steps and the outcome of a row soon. Raises the error that ended the journal."""
        self._add(_Entry(steps, row))

    def intend(self, new: NewActivity) -> str:
        """Write that something is about to be done, and wait until that, and all said before it, is stored.

        Returns the line's id. Raises the error that ended the journal.
        """
        entry = _Entry(intent=new)
        self._add(entry)
        entry.written.wait()
        if self.error is not None:
            raise self.error
        return entry.id

    def finish(self, end: Finish) -> None:
        """Write how a line of the activity log ended, soon. Raises the error that ended the journal."""
        self._add(_Entry(finish=end))

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
            self._store_batch(batch)

    def _store_batch(self, batch: list[_Entry]) -> None:
        try:
            if self.error is None:
                self._write(batch)
        except ConsoleError as error:
            with self._news:
                self.error = error
        finally:
            for entry in batch:
                entry.written.set()

    def _write(self, batch: list[_Entry]) -> None:
        intents = [entry for entry in batch if entry.intent is not None]
        with self._store.database.together():
            ids = self._store.activity.intend_many([entry.intent for entry in intents if entry.intent])
            self._store.activity.finish_many([entry.finish for entry in batch if entry.finish is not None])
            self._store.jobs.write_journal(
                self._job_id,
                self._owner,
                steps=[step for entry in batch for step in entry.steps],
                rows=[entry.row for entry in batch if entry.row is not None],
                lease=LEASE,
            )
        for entry, id in zip(intents, ids, strict=True):
            entry.id = id


class JournaledActivity(ActivityLog):
    """The activity log as a job writes it: through its journal, many lines in one transaction."""

    def __init__(self, store: Store, journal: Journal) -> None:
        super().__init__(store.database, store.vault)
        self._journal = journal

    def intend(self, new: NewActivity) -> str:
        """Write that something is about to be done; stored when this returns."""
        return self._journal.intend(new)

    def finish(
        self,
        id: str,
        result: ActivityResult,
        after: Facts | None = None,
        error_code: str = "",
        error: str = "",
    ) -> None:
        """Write how it ended, soon."""
        self._journal.finish(Finish(id, result, after, error_code, error))
