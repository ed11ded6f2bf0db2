"""Begins what is due: takes its lease, does the work as the operator it runs as, writes what came of it.

Any number of processes may look at the same store: a lease lets one of them do it. What fell due while
no process ran is caught up with once, however many times it was missed. A run that dies with its process
is written down as that and begins again.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

from services.access.sessions import operator_actor
from services.bulk.control import is_dead, new_owner
from services.errors import ConsoleError
from services.pool_session import open_pool_session
from services.roles import Actor, Origin
from services.schedule.tasks import ScheduledTask, TaskGround, TaskOutcome, load
from services.schedule.timing import parse, zone_of
from services.store.activity import NewActivity
from services.store.columns import utc_now
from services.store.schedules import RunResult, Schedule, ScheduleRun
from services.store.store import Store

LEASE = timedelta(seconds=30)
HEARTBEAT = 5.0
LOOK_AT_LEAST_EVERY = 15.0
"""Seconds; another process may have planned something that is due earlier."""
KEPT_RUNS = 20
"""So many runs of a schedule stay on record, with their files."""

DEATHS = 2
"""So often a run may end its process before its schedule waits for the next time."""

log = logging.getLogger(__name__)
_MOST_MISSED = 1_000


def run_now(store: Store, id: str, owner: str, stopped: threading.Event) -> None:
    """Carry out a schedule whose lease `owner` holds, once, and set when it comes next.

    Nothing is raised for what goes wrong with the work: the run and the activity log say it.
    """
    schedule = store.schedules.get(id)
    due = schedule.next_at or utc_now()
    run_id = store.schedule_runs.begin(id, due, _missed(schedule, due))
    over = threading.Event()
    heart = threading.Thread(
        target=_beat, args=(store, id, owner, over), name=f"schedule-{id[-6:]}", daemon=True
    )
    heart.start()
    try:
        outcome = _outcome(store, schedule, stopped)
        if stopped.is_set() and outcome.result is RunResult.FAILED:
            store.schedule_runs.end(run_id, RunResult.FAILED, outcome.said)
            store.schedules.move_on(id, owner, due)  # the next process catches up
            return
        store.schedule_runs.end(
            run_id,
            outcome.result,
            outcome.said,
            filename=outcome.filename,
            data=outcome.data,
            job_id=outcome.job_id,
            campaign_id=outcome.campaign_id,
        )
        store.schedule_runs.keep_newest(id, KEPT_RUNS)
        store.schedules.move_on(id, owner, parse(schedule.timing).after(utc_now(), zone_of(schedule.zone)))
    finally:
        over.set()
        heart.join()


def _missed(schedule: Schedule, due: datetime) -> int:
    """How many times it fell due after `due` until now, none of which anybody ran."""
    timing, zone, now, count = parse(schedule.timing), zone_of(schedule.zone), utc_now(), 0
    moment: datetime | None = due
    while count < _MOST_MISSED:
        moment = timing.after(moment, zone) if moment is not None else None
        if moment is None or moment > now:
            break
        count += 1
    return count


def _outcome(store: Store, schedule: Schedule, stopped: threading.Event) -> TaskOutcome:
    """Do it; a refusal or a failure as an outcome, with its line in the activity log."""

    def who() -> Actor:
        return operator_actor(store, schedule.operator_id, schedule.operator_name, Origin.SCHEDULE)

    try:
        actor = who()
        pool = store.pools.get(schedule.pool_record_id)
        task = load(schedule.task, schedule.options)
        actor.require(task.permission)
        new = NewActivity(
            actor,
            "scheduled_run",
            pool=pool.name,
            target_kind="schedule",
            target_id=schedule.id,
            target_name=schedule.name,
        )
        with store.activity.audited(new) as line:
            session, memory = open_pool_session(store, pool, who), store.schedules.memory(schedule.id)
            outcome = _done(task, TaskGround(store, session, who, stopped.is_set, memory))
            if outcome.memory is not None:
                store.schedules.remember(schedule.id, outcome.memory)
            line.after = {"outcome": outcome.said}
    except ConsoleError as error:
        return TaskOutcome(RunResult.FAILED, str(error))
    return outcome


def _done(task: ScheduledTask, ground: TaskGround) -> TaskOutcome:
    """What the task did; an unforeseen error is translated, so that its line in the log ends, too."""
    try:
        return task.run(ground)
    except ConsoleError:
        raise
    except Exception as error:
        log.exception("A scheduled run ended because of an error in the console itself")
        raise ConsoleError(
            "It ended because of an error in the console itself.", "The console's log says more."
        ) from error


def _beat(store: Store, id: str, owner: str, over: threading.Event) -> None:
    """Keep the lease until the run is over."""
    while not over.wait(HEARTBEAT):
        try:
            store.schedules.take_lease(id, owner, LEASE)
        except ConsoleError as error:
            log.warning("The lease of a schedule could not be renewed: %s", error)


class Scheduler:
    """The thread in which a process looks for what is due; each piece of work has a thread of its own."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stop = threading.Event()
        self._news = threading.Event()
        self._lock = threading.Lock()
        self._watcher: threading.Thread | None = None
        self._running: dict[str, threading.Thread] = {}

    def wake(self) -> None:
        """Look now; starts the watching thread on the first call."""
        with self._lock:
            if self._watcher is None and not self._stop.is_set():
                self._watcher = threading.Thread(target=self._watch, name="schedules", daemon=True)
                self._watcher.start()
        self._news.set()

    def close(self, patience: float = 5.0) -> None:
        """Begin nothing more, and give what runs so many seconds to notice."""
        self._stop.set()
        self._news.set()
        with self._lock:
            running = list(self._running.values())
        for thread in running:
            thread.join(patience)

    def _watch(self) -> None:
        while not self._stop.is_set():
            wait = LOOK_AT_LEAST_EVERY
            try:
                self.look()
                first = self._store.schedules.first_due()
                if first is not None:
                    wait = min(wait, max(0.2, (first - utc_now()).total_seconds()))
            except ConsoleError as error:
                log.warning("Schedules could not be looked at: %s", error)
            self._news.wait(wait)
            self._news.clear()

    def look(self) -> None:
        """Begin everything that is due now."""
        self._close_dead()
        now = utc_now()
        for id in self._store.schedules.due(now):
            owner = new_owner()
            if self._store.schedules.take_lease(id, owner, LEASE, due_before=now):
                self._start(id, owner)

    def _start(self, id: str, owner: str) -> None:
        thread = threading.Thread(
            target=self._run, args=(id, owner), name=f"scheduled-{id[-6:]}", daemon=True
        )
        with self._lock:
            self._running = {known: other for known, other in self._running.items() if other.is_alive()}
            self._running[owner] = thread
        thread.start()

    def _run(self, id: str, owner: str) -> None:
        try:
            run_now(self._store, id, owner, self._stop)
        except ConsoleError as error:
            # the lease runs out by itself, and the work begins again
            log.warning("What a scheduled run did could not be written down: %s", error)

    def _close_dead(self) -> None:
        """Write down runs whose process died, and let their schedules begin again."""
        for run in self._store.schedule_runs.unfinished():
            schedule = self._store.schedules.get(run.schedule_id)
            gone = schedule.owned_until is None or schedule.owned_until < utc_now() or is_dead(schedule.owner)
            if gone:
                self._write_death(schedule, run)

    def _write_death(self, schedule: Schedule, run: ScheduleRun) -> None:
        """Have it begin again, but once only: what ends its process a second time would go on doing so."""
        runs, next_at = self._store.schedule_runs, schedule.next_at
        again = sum(other.due_at == run.due_at for other in runs.of(schedule.id)) < DEATHS
        died = "The console's process ended while it ran; "
        said = (
            "it begins again by itself." if again else "that happened before, so it waits for its next time."
        )
        if not again:
            next_at = parse(schedule.timing).after(utc_now(), zone_of(schedule.zone))
        runs.end(run.id, RunResult.FAILED, died + said)
        self._store.schedules.move_on(schedule.id, schedule.owner, next_at)


_SCHEDULERS: dict[int, Scheduler] = {}
_SCHEDULERS_LOCK = threading.Lock()


def scheduler_for(store: Store) -> Scheduler:
    """The process's scheduler for this store. Call `.wake()` once at the start and after each change."""
    with _SCHEDULERS_LOCK:
        return _SCHEDULERS.setdefault(id(store), Scheduler(store))
