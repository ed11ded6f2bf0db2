"""The one place to ask for background work: `submit(store, TASK, job_id=…)`, wherever it is then done."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Protocol

from services.errors import StoreUnavailable
from services.store.store import Store
from services.work.task import AT_ONCE, Task
from services.work.threads import ThreadedWork


class BackgroundWork(Protocol):
    """What does the work for one store, as this process sees it."""

    def begin(self, tasks: Sequence[Task], address: str = "", *, at_once: int = AT_ONCE) -> None:
        """Do these from now on in this process: when asked for, and what comes by itself.

        On a server at most so many long ones at once: the others are left to other processes.
        """

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
            found = _DESKS[id(store)] = _made_for(store)
        return found


def _made_for(store: Store) -> BackgroundWork:
    if not store.server:
        return ThreadedWork(store)
    # an extra, which an install on SQLite lacks
    try:
        from services.work.queue import QueuedWork  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise StoreUnavailable(
            f"On PostgreSQL the console needs {error.name}, which is not installed.",
            'Install it with: pip install ".[postgresql]"',
        ) from None
    return QueuedWork(store)


def submit(store: Store, task: Task, **texts: str) -> None:
    """Have a task done soon, by whichever process does such work."""
    work_for(store).submit(task, **texts)
