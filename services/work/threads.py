"""Background work in threads of this process: on SQLite, where one machine does everything."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from time import monotonic

from services.errors import ConsoleError
from services.store.store import Store
from services.work.task import AT_ONCE, Task, WorkGround

log = logging.getLogger(__name__)


def carry_out(task: Task, ground: WorkGround, texts: dict[str, str]) -> float | None:
    """Do a task once. What goes wrong is logged: it comes again, or the store shows that it is undone."""
    try:
        return task.run(ground, **texts)
    except ConsoleError as error:
        log.warning("%s: %s", task.name, error)
    except Exception:
        log.exception("%s ended because of an error in the console itself", task.name)
    return None


class ThreadedWork:
    """The threads of one process and store. `submit` works before `begin`, too."""

    def __init__(self, store: Store) -> None:
        self._ground = WorkGround(store)
        self._lock = threading.Lock()
        self._loops: dict[str, threading.Event] = {}
        self._running: dict[tuple[str, ...], tuple[Task, threading.Thread]] = {}

    def begin(self, tasks: Sequence[Task], address: str = "", *, at_once: int = AT_ONCE) -> None:
        """From now on do what comes by itself, too. Nobody else would do what is beyond `at_once`."""
        del at_once
        self._ground = WorkGround(self._ground.store, self._ground.stopped, address)
        for task in tasks:
            if task.at_start:
                self.submit(task)
            if task.every:
                news = self._loops[task.name] = threading.Event()
                threading.Thread(target=self._repeat, args=(task, news), name=task.name, daemon=True).start()

    def submit(self, task: Task, **texts: str) -> None:
        """Have it done now, unless the very same is being done."""
        if task.name in self._loops:
            self._loops[task.name].set()
            return
        key = (task.name, *(part for pair in sorted(texts.items()) for part in pair))
        with self._lock:
            self._running = {known: work for known, work in self._running.items() if work[1].is_alive()}
            if key in self._running or self._ground.stopped.is_set():
                return
            thread = threading.Thread(
                target=carry_out, args=(task, self._ground, texts), name="-".join(key), daemon=True
            )
            self._running[key] = (task, thread)
            thread.start()

    def is_attended(self) -> bool:
        """Always true: whoever has the page open runs the process that does it."""
        return True

    def close(self, patience: float = 5.0) -> None:
        """Begin nothing more; who hears of it has so many seconds to end. Jobs are left to their journal."""
        self._ground.stopped.set()
        for news in self._loops.values():
            news.set()
        with self._lock:
            hearing = [thread for task, thread in self._running.values() if task.hears]
        for thread in hearing:
            thread.join(patience)

    def settle(self, patience: float = 60.0) -> None:
        """Wait until everything that was asked for has ended."""
        end = monotonic() + patience
        while running := [thread for _, thread in list(self._running.values()) if thread.is_alive()]:
            running[0].join(max(0.0, end - monotonic()))
            if monotonic() > end:
                raise TimeoutError

    def _repeat(self, task: Task, news: threading.Event) -> None:
        while not self._ground.stopped.is_set():
            again = carry_out(task, self._ground, {})
            news.wait(task.every if again is None else min(again, task.every))
            news.clear()
