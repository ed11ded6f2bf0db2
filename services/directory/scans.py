"""Pools that this process is reading now, for every browser to watch: start, stop, go on.

A reading belongs to the process, not to the page that began it; it ends with the process. What was
read is kept for going on until somebody begins anew (a day at most).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from services.cognito.limiter import JOB_SHARE
from services.directory.pool_key import pool_key_of
from services.directory.scan import ScanProgress
from services.directory.snapshot_task import SnapshotTask
from services.errors import ConsoleError
from services.roles import ActorSource, Permission
from services.store.columns import utc_now
from services.store.store import Store

if TYPE_CHECKING:
    from services.cognito.gateway import CognitoGateway

KEPT_FOR = timedelta(hours=24)
"""What a stopped reading has read is worth going on with for so long."""

CLOSING_SECONDS = 5.0


class ScanState(StrEnum):
    """How a reading stands. INCOMPLETE: there is a snapshot, and going on would try again what failed."""

    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"
    INCOMPLETE = "incomplete"
    DONE = "done"


LIVE = (ScanState.RUNNING, ScanState.STOPPING)


@dataclass(frozen=True, slots=True)
class ScanView:
    """A reading as anybody may see it. `snapshot_id` once there is one; `error` why it failed."""

    pool_key: str
    state: ScanState
    progress: ScanProgress
    started_by: str
    started_at: datetime
    ended_at: datetime | None = None
    stopped_by: str = ""
    error: ConsoleError | None = None
    snapshot_id: str = ""

    @property
    def live(self) -> bool:
        """True while it is being read."""
        return self.state in LIVE

    @property
    def can_go_on(self) -> bool:
        """True if `go_on` has something to go on with."""
        return self.state in (ScanState.STOPPED, ScanState.FAILED, ScanState.INCOMPLETE)


class _RunningScan:
    """One pool's reading, and the thread it runs in."""

    def __init__(self, task: SnapshotTask, view: ScanView) -> None:
        self.task: SnapshotTask | None = task  # given up once there is nothing to go on with
        self.stop = threading.Event()
        self.thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._view = view

    @property
    def view(self) -> ScanView:
        with self._lock:
            return self._view

    def note(self, progress: ScanProgress) -> None:
        with self._lock:
            self._view = replace(self._view, progress=progress)

    def become(self, state: ScanState, **more: object) -> None:
        with self._lock:
            self._view = replace(self._view, state=state, **more)  # type: ignore[arg-type]

    def run(self, task: SnapshotTask, who: ActorSource, gateway: CognitoGateway | None) -> None:
        """Read to the end, a failure or a stop; for a thread of its own."""
        error: ConsoleError | None = ConsoleError(
            "Reading the pool ended because of an error in the console itself.",
            "Try again, and tell whoever runs the console; its log says more.",
        )
        state, snapshot_id = ScanState.FAILED, ""
        try:
            snapshot = task.run(who, self.note, self.stop.is_set, gateway)
        except ConsoleError as problem:
            error = problem
        else:
            error = None
            state = ScanState.STOPPED
            if snapshot is not None:
                snapshot_id = snapshot.about.id
                state = ScanState.DONE if snapshot.completeness.complete else ScanState.INCOMPLETE
        finally:
            progress = task.scan.state()
            if state is ScanState.DONE:
                self.task = None
            self.become(state, error=error, snapshot_id=snapshot_id, progress=progress, ended_at=utc_now())


class Scans:
    """The readings of one store's process, by pool key. Safe between threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._readings: dict[str, _RunningScan] = {}
        self._closed = False

    def of(self, pool_key: str) -> ScanView | None:
        """The reading of a pool: running, or the last one of this process; None when there was none."""
        with self._lock:
            found = self._readings.get(pool_key)
        return found.view if found is not None else None

    def start(
        self, gateway: CognitoGateway, pool_name: str, who: ActorSource, *, share: float = JOB_SHARE
    ) -> ScanView:
        """Begin to read the gateway's pool, unless it is being read already. Raises `NotPermitted`."""
        pool_key = pool_key_of(gateway)
        with self._lock:
            found = self._readings.get(pool_key)
            if found is not None and found.view.live:
                return found.view
            task = SnapshotTask(self._store, gateway, who, pool_name, share)
            view = ScanView(pool_key, ScanState.RUNNING, ScanProgress(), who().name, utc_now())
            reading = self._readings[pool_key] = _RunningScan(task, view)
            self._run(reading, who, None)
            return reading.view

    def go_on(
        self, pool_key: str, who: ActorSource, gateway: CognitoGateway | None = None
    ) -> ScanView | None:
        """Go on with a reading that stopped or failed, also through another `gateway`.

        None when there is nothing to go on with: begin anew. Raises `NotPermitted`.
        """
        who().require(Permission.READ)
        with self._lock:
            found = self._readings.get(pool_key)
            if found is None or not found.view.can_go_on or _is_old(found.view):
                return None
            found.stop.clear()
            found.become(ScanState.RUNNING, error=None, stopped_by="", started_by=who().name, ended_at=None)
            self._run(found, who, gateway)
            return found.view

    def stop(self, pool_key: str, who: ActorSource) -> None:
        """Have a reading stop after the pages now asked for; what was read is kept. Raises `NotPermitted`."""
        actor = who()
        actor.require(Permission.READ)
        with self._lock:
            found = self._readings.get(pool_key)
            if found is not None and found.view.state is ScanState.RUNNING:
                found.become(ScanState.STOPPING, stopped_by=actor.name)
                found.stop.set()

    def close(self) -> None:
        """Stop every reading and wait a few seconds for their last pages; the process is about to end."""
        with self._lock:
            self._closed = True
            readings = list(self._readings.values())
        for reading in readings:
            reading.stop.set()
        for reading in readings:
            if reading.thread is not None:
                reading.thread.join(CLOSING_SECONDS)

    def _run(self, reading: _RunningScan, who: ActorSource, gateway: CognitoGateway | None) -> None:
        task = reading.task
        if self._closed or task is None:
            reading.become(ScanState.STOPPED, ended_at=utc_now())
            return
        actor = who()
        reading.thread = threading.Thread(
            # whoever began it may sign out meanwhile
            target=reading.run,
            args=(task, lambda: actor, gateway),
            name="scan",
            daemon=True,
        )
        reading.thread.start()


def _is_old(view: ScanView) -> bool:
    return view.ended_at is not None and utc_now() - view.ended_at > KEPT_FOR


_SCANS: dict[int, Scans] = {}
_SCANS_LOCK = threading.Lock()


def scans_for(store: Store) -> Scans:
    """The process's readings for this store."""
    with _SCANS_LOCK:
        return _SCANS.setdefault(id(store), Scans(store))
