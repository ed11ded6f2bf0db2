"""Pools that are being read now, for every browser to watch: start, stop, go on.

A reading belongs to the process, not to the page that began it; it ends with the process. The others see it
in the store, don't begin a second one, and may have it stopped. What a stopped one has read is kept in the
memory of its process, for going on there, until somebody begins anew (a day at most).
"""

from __future__ import annotations

import logging
import secrets
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from services.cognito.limiter import JOB_SHARE
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
BEAT = 1.0
SHOWN_FOR = timedelta(seconds=10)
"""A process that has said nothing of its reading for so long is gone."""

_log = logging.getLogger(__name__)


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
        self.ended = threading.Event()
        self.thread: threading.Thread | None = None
        self.beat: threading.Thread | None = None
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
            self.ended.set()


class _Board:
    """What a process tells the others of what it reads, and they it: kept in the store for seconds."""

    _READING, _STOP, _ALL = "reading", "stop reading", "every process"

    def __init__(self, store: Store) -> None:
        self._kept = store.tickets
        self._process = secrets.token_hex(8)

    def show(self, view: ScanView) -> None:
        """Tell the others that this process reads, and how far it is."""
        told = {
            "process": self._process,
            "state": str(view.state),
            "progress": asdict(view.progress),
            "started_by": view.started_by,
            "started_at": view.started_at.isoformat(),
            "stopped_by": view.stopped_by,
        }
        self._kept.keep(self._READING, view.pool_key, told, self._ALL, SHOWN_FOR)

    def seen(self, pool_key: str) -> ScanView | None:
        """The reading of this pool in another process, if there is one."""
        told = self._kept.kept(self._READING, pool_key, self._ALL)
        if told is None or told["process"] == self._process:
            return None
        return ScanView(
            pool_key,
            ScanState(told["state"]),
            ScanProgress(**told["progress"]),
            told["started_by"],
            datetime.fromisoformat(told["started_at"]),
            stopped_by=told["stopped_by"],
        )

    def take_down(self, pool_key: str) -> None:
        """It is read here no longer."""
        if self.seen(pool_key) is None:
            self._kept.take(self._READING, pool_key, self._ALL)

    def ask_to_stop(self, pool_key: str, name: str) -> None:
        """Have the process that reads it stop, for an operator of this name."""
        self._kept.keep(self._STOP, pool_key, name, self._ALL, SHOWN_FOR)

    def asked_to_stop(self, pool_key: str) -> str:
        """Who asks for that, "" for nobody; told once."""
        return str(self._kept.take(self._STOP, pool_key, self._ALL) or "")


class Scans:
    """The readings of a store's pools, by pool key, as one process sees them. Safe between threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._board = _Board(store)
        self._lock = threading.Lock()
        self._readings: dict[str, _RunningScan] = {}
        self._closed = False

    def of(self, pool_key: str) -> ScanView | None:
        """The reading of a pool: running anywhere, or the last one of this process; None for neither."""
        with self._lock:
            found = self._readings.get(pool_key)
            if found is not None and found.view.live:
                return found.view
            elsewhere = self._board.seen(pool_key)
            if elsewhere is not None:
                self._readings.pop(pool_key, None)  # there will be something newer to go on with
                return elsewhere
            return found.view if found is not None else None

    def start(
        self, gateway: CognitoGateway, pool_name: str, who: ActorSource, *, share: float = JOB_SHARE
    ) -> ScanView:
        """Begin to read the gateway's pool, unless it is being read already. Raises `NotPermitted`."""
        pool_key = gateway.pool_key
        with self._lock, self._store.together(turn=f"reading {pool_key}"):
            live = self._live(pool_key)
            if live is not None:
                return live
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
        with self._lock, self._store.together(turn=f"reading {pool_key}"):
            live, found = self._live(pool_key), self._readings.get(pool_key)
            if live is not None:
                return live
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
        if found is not None and found.view.live:
            _stop(found, actor.name)
        else:
            self._board.ask_to_stop(pool_key, actor.name)

    def close(self) -> None:
        """Stop every reading and wait a few seconds for their last pages; the process is about to end."""
        with self._lock:
            self._closed = True
            readings = list(self._readings.values())
        for reading in readings:
            reading.stop.set()
        for reading in readings:
            for thread in (reading.thread, reading.beat):
                if thread is not None:
                    thread.join(CLOSING_SECONDS)

    def _live(self, pool_key: str) -> ScanView | None:
        """The reading of this pool that runs now, here or elsewhere."""
        found = self._readings.get(pool_key)
        return found.view if found is not None and found.view.live else self._board.seen(pool_key)

    def _run(self, reading: _RunningScan, who: ActorSource, gateway: CognitoGateway | None) -> None:
        task = reading.task
        if self._closed or task is None:
            reading.become(ScanState.STOPPED, ended_at=utc_now())
            return
        actor = who()
        reading.ended.clear()
        self._board.asked_to_stop(reading.view.pool_key)  # that was about an earlier one
        self._board.show(reading.view)
        reading.thread = threading.Thread(
            # whoever began it may sign out meanwhile
            target=reading.run,
            args=(task, lambda: actor, gateway),
            name="scan",
            daemon=True,
        )
        reading.beat = threading.Thread(target=self._beat, args=(reading,), name="scan-beat", daemon=True)
        reading.thread.start()
        reading.beat.start()

    def _beat(self, reading: _RunningScan) -> None:
        """Tell the others how far it is and hear what they ask, until it has ended."""
        key = reading.view.pool_key
        while not reading.ended.wait(BEAT):
            try:
                if name := self._board.asked_to_stop(key):
                    _stop(reading, name)
                self._board.show(reading.view)
            except ConsoleError as error:
                _log.warning("Other processes can't be told how far reading a pool is: %s", error)
        with suppress(ConsoleError):  # it lapses by itself
            self._board.take_down(key)


def _stop(reading: _RunningScan, name: str) -> None:
    if reading.view.state is ScanState.RUNNING:
        reading.become(ScanState.STOPPING, stopped_by=name)
        reading.stop.set()


def _is_old(view: ScanView) -> bool:
    return view.ended_at is not None and utc_now() - view.ended_at > KEPT_FOR


_SCANS: dict[int, Scans] = {}
_SCANS_LOCK = threading.Lock()


def scans_for(store: Store) -> Scans:
    """The process's readings for this store."""
    with _SCANS_LOCK:
        return _SCANS.setdefault(id(store), Scans(store))
