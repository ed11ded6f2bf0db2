"""The one place to ask for background work: `submit(store, TASK, job_id=…)`, wherever it is then done."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Protocol

from services.store.store import Store
from services.work.task import Task
from services.work.threads import ThreadedWork


class BackgroundWork(Protocol):
    """What does the work for one store, as this process sees it."""

    def begin(self, tasks: Sequence[Task], address: str = "") -> None:
        """Do these from now on in this process: when asked for, and what comes by itself."""

    def submit(self, task: Task, **texts: str) -> None:
        """Have a task done soon. Not being able to say so is no error: what is undone is looked for, too."""

    def is_attended(self) -> bool:
        """False if nobody is there who would do it."""

    def close(self, patience: float = 5.0) -> None:
        """Begin nothing more in this process."""

    def settle(self, patience: float = 60.0) -> None:
        """Wait until what was asked for here has ended. Raises `TimeoutError`."""


_DESKS: dict[int, BackgroundWork] = {}
_LOCK = threading.Lock()


def work_for(store: Store) -> BackgroundWork:
    """The background work of this process for this store."""
    with _LOCK:
        found = _DESKS.get(id(store))
        if found is None:
            found = _DESKS[id(store)] = ThreadedWork(store)
        return found


def submit(store: Store, task: Task, **texts: str) -> None:
    """Have a task done soon, by whichever process does such work."""
    work_for(store).submit(task, **texts)
