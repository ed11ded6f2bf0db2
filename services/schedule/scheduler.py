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
from services.schedule.ground import TaskGround, TaskOutcome
from services.schedule.tasks import ScheduledTask, load
from services.schedule.timing import parse, zone_of
from services.store.activity import NewActivity
from services.store.columns import utc_now
from services.store.schedules import RunResult, Schedule, ScheduleRun
from services.store.store import Store
from services.work.desk import submit
from services.work.task import Task, WorkGround

LEASE = timedelta(seconds=10)
HEARTBEAT = 2.0
LOOK_AT_LEAST_EVERY = 15
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
            store.schedules.keep_lease(id, owner, LEASE)
        except ConsoleError as error:
            log.warning("The lease of a schedule could not be renewed: %s", error)


def look_at_schedules(ground: WorkGround) -> float:
    """Begin everything that is due now; in how many seconds the next is."""
    store = ground.store
    _close_dead(store)
    for id in store.schedules.due(utc_now()):
        submit(store, RUN_SCHEDULE, schedule_id=id)
    first = store.schedules.first_due()
    return LOOK_AT_LEAST_EVERY if first is None else max(0.2, (first - utc_now()).total_seconds())


def run_schedule(ground: WorkGround, schedule_id: str) -> None:
    """Carry out a schedule that is due, unless another process does."""
    owner = new_owner()
    if ground.store.schedules.take_lease(schedule_id, owner, LEASE, due_before=utc_now()):
        run_now(ground.store, schedule_id, owner, ground.stopped)


def _close_dead(store: Store) -> None:
    """Write down runs whose process died, and let their schedules begin again."""
    for run in store.schedule_runs.unfinished():
        schedule = store.schedules.get(run.schedule_id)
        gone = schedule.owned_until is None or schedule.owned_until < utc_now() or is_dead(schedule.owner)
        if gone:
            _write_death(store, schedule, run)


def _write_death(store: Store, schedule: Schedule, run: ScheduleRun) -> None:
    """Have it begin again, but once only: what ends its process a second time would go on doing so."""
    runs, next_at = store.schedule_runs, schedule.next_at
    again = sum(other.due_at == run.due_at for other in runs.of(schedule.id)) < DEATHS
    died = "The console's process ended while it ran; "
    said = "it begins again by itself." if again else "that happened before, so it waits for its next time."
    if not again:
        next_at = parse(schedule.timing).after(utc_now(), zone_of(schedule.zone))
    runs.end(run.id, RunResult.FAILED, died + said)
    store.schedules.move_on(schedule.id, schedule.owner, next_at)


RUN_SCHEDULE = Task("run_schedule", run_schedule, long=True, hears=True)
LOOK_AT_SCHEDULES = Task("look_at_schedules", look_at_schedules, every=LOOK_AT_LEAST_EVERY)
