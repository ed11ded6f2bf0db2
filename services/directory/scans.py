"""Pools that are being read now, for every browser to watch: start, stop, go on.

A reading belongs to the process, not to the page that began it; it ends with the process. The others see it
in the store, don't begin a second one, and may have it stopped. What a stopped one has read is kept (a day at
most, sealed in the store), so that any process goes on with it, also after the end of its own.
"""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from services.cognito.quotas import JOB_SHARE
from services.directory import scan_kept
from services.directory.scan import ScanProgress
from services.directory.snapshot_task import SnapshotTask
from services.errors import ConsoleError
from services.roles import ActorSource, Permission
from services.store.columns import utc_now
from services.store.store import Store

if TYPE_CHECKING:
    from services.cognito.gateway import CognitoGateway

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


Keep = Callable[[str, SnapshotTask | None], None]
"""Keeps what a task has read of the pool with this key, or, without one, nothing any longer."""


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

    def run(self, task: SnapshotTask, who: ActorSource, gateway: CognitoGateway | None, keep: Keep) -> None:
        """Read to the end, a failure or a stop, and `keep` what was read; for a thread of its own."""
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
            try:
                keep(self.view.pool_key, None if state is ScanState.DONE else task)
            finally:
                if state is ScanState.DONE:
                    self.task = None
                progress = task.scan.state()
                self.become(
                    state, error=error, snapshot_id=snapshot_id, progress=progress, ended_at=utc_now()
                )
                self.ended.set()


class _Board:
    """What a process tells the others of what it reads, and they it: kept in the store for seconds."""

    _READING, _STOP, _ALL = "reading", "stop reading", "every process"

    def __init__(self, store: Store) -> None:
        self._kept = store.tickets
        self._process = secrets.token_hex(8)

    def show(self, view: ScanView) -> None:
        """Tell the others that this process reads, or has stopped, and how far it is."""
        told = {
            "process": self._process,
            "state": str(view.state),
            "progress": asdict(view.progress),
            "started_by": view.started_by,
            "started_at": view.started_at.isoformat(),
            "stopped_by": view.stopped_by,
            "ended_at": view.ended_at and view.ended_at.isoformat(),
            "error": view.error and [view.error.message, view.error.next_step],
            "snapshot": view.snapshot_id,
        }
        lifetime = SHOWN_FOR if view.live else scan_kept.KEPT_FOR
        self._kept.keep(self._READING, view.pool_key, told, self._ALL, lifetime)

    def seen(self, pool_key: str) -> ScanView | None:
        """The reading of this pool in another process, or its last one that stopped, if there is one."""
        view, ours = self.last(pool_key)
        return None if ours else view

    def last(self, pool_key: str) -> tuple[ScanView | None, bool]:
        """The reading of this pool that was told of last, and whether it is of this process."""
        told = self._kept.kept(self._READING, pool_key, self._ALL)
        if told is None:
            return None, False
        view = ScanView(
            pool_key,
            ScanState(told["state"]),
            ScanProgress(**told["progress"]),
            told["started_by"],
            datetime.fromisoformat(told["started_at"]),
            ended_at=told["ended_at"] and datetime.fromisoformat(told["ended_at"]),
            stopped_by=told["stopped_by"],
            error=ConsoleError(*told["error"]) if told["error"] else None,
            snapshot_id=told["snapshot"],
        )
        return view, told["process"] == self._process

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
        """The reading of a pool: running anywhere, or the last one; None for neither."""
        with self._lock:
            found = self._readings.get(pool_key)
            if found is not None and found.view.live:
                return found.view
            last, ours = self._board.last(pool_key)
            if not ours and (last is not None or (found is not None and found.view.can_go_on)):
                self._readings.pop(pool_key, None)  # there is something newer, or it was gone on with
                return last
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
            last, ours = self._board.last(pool_key)
            if not ours:
                found = None if last is None else self._taken_over(last, who, gateway)
            if found is None or not found.view.can_go_on or _is_old(found.view):
                return None
            self._readings[pool_key] = found
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
        view = found.view if found is not None and found.view.live else self._board.seen(pool_key)
        return view if view is not None and view.live else None

    def _taken_over(
        self, view: ScanView, who: ActorSource, gateway: CognitoGateway | None
    ) -> _RunningScan | None:
        """The reading that stopped in another process; None where what it has read isn't kept."""
        begun = scan_kept.kept(self._store, view.pool_key) if gateway is not None else None
        if gateway is None or begun is None:
            return None
        return _RunningScan(SnapshotTask.going_on(self._store, gateway, who, begun), view)

    def _keep(self, pool_key: str, task: SnapshotTask | None) -> None:
        """Keep what a task has read, for going on in any process; without a task, nothing any longer."""
        try:
            if task is None:
                scan_kept.forget(self._store, pool_key)
            elif not scan_kept.keep(self._store, pool_key, task.so_far()):
                _log.info("What was read of a pool is too much to keep; only this process can go on.")
        except ConsoleError as error:
            _log.warning("What was read of a pool can't be kept; only this process can go on: %s", error)

    def _run(self, reading: _RunningScan, who: ActorSource, gateway: CognitoGateway | None) -> None:
        task = reading.task
        if self._closed or task is None:
            reading.become(ScanState.STOPPED, ended_at=utc_now())
            self._board.show(reading.view)
            return
        actor = who()
        reading.ended.clear()
        self._board.asked_to_stop(reading.view.pool_key)  # that was about an earlier one
        self._board.show(reading.view)
        reading.thread = threading.Thread(
            # whoever began it may sign out meanwhile
            target=reading.run,
            args=(task, lambda: actor, gateway, self._keep),
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
            if reading.view.can_go_on:
                self._board.show(reading.view)
            else:
                self._board.take_down(key)


def _stop(reading: _RunningScan, name: str) -> None:
    if reading.view.state is ScanState.RUNNING:
        reading.become(ScanState.STOPPING, stopped_by=name)
        reading.stop.set()


def _is_old(view: ScanView) -> bool:
    return view.ended_at is not None and utc_now() - view.ended_at > scan_kept.KEPT_FOR


_SCANS: dict[int, Scans] = {}
_SCANS_LOCK = threading.Lock()


def scans_for(store: Store) -> Scans:
    """The process's readings for this store."""
    with _SCANS_LOCK:
        return _SCANS.setdefault(id(store), Scans(store))
