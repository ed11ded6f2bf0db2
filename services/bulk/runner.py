"""Runs jobs: as a task of the background (`services.work`), or in the foreground for a command.

A job runs where its lease is. The lease is renewed while the job runs; when a process dies it runs
out, and any other process takes the job up where its journal stands.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from time import monotonic, sleep

from services.access.sessions import operator_actor
from services.bulk.control import (
    close_activity,
    close_rows,
    free_from_dead,
    is_abandoned,
    new_owner,
    resumes_by_itself,
)
from services.bulk.handover import erase_old_passwords, erase_permanent_passwords
from services.bulk.reading import Progress, no_progress
from services.bulk.run import Halt, Run, RunEnd, halt_for
from services.bulk.saved import LEASE, RUN_BEGAN, WAITS, options_of
from services.cognito.gateway import CognitoGateway
from services.cognito.limiter import Caller
from services.directory.listing import directory_for
from services.errors import (
    CognitoError,
    ConsoleError,
    JobError,
    StoreUnavailable,
)
from services.gateways import PoolAddress, gateway_for
from services.roles import Actor, ActorSource, Origin, Permission
from services.store.columns import utc_now
from services.store.jobs import Job, JobControl, JobState
from services.store.store import Store
from services.work.desk import submit
from services.work.task import Task, WorkGround

# Learns an account's real quotas once in a while, without holding up a job.
#
# AWS allows one such question a second, and not every backend knows it; until the answers are there
# (or when there are none) AWS's defaults hold.

FRESH = 3600.0
"""Seconds for which an account isn't asked again."""


_asked: dict[tuple[str, str], float] = {}
_lock = threading.Lock()


def learn_quotas_soon(gateway: CognitoGateway) -> threading.Thread | None:
    """Ask for the quotas of the gateway's account behind the scenes; None when that was done lately."""
    key = (gateway.settings.quota_owner, gateway.settings.region)
    with _lock:
        if monotonic() - _asked.get(key, float("-inf")) < FRESH:
            return None
        _asked[key] = monotonic()
    thread = threading.Thread(target=_learn, args=(gateway,), name="quotas", daemon=True)
    thread.start()
    return thread


def _learn(gateway: CognitoGateway) -> None:
    try:
        gateway.learn_quotas()
    except CognitoError as error:
        _log.info("Quotas stay at AWS's defaults: %s", error.message)


HEARTBEAT = 1.0
ACTOR_FRESH = 1.0
TRY_WAITING_AGAIN = timedelta(seconds=30)
STORE_PAUSE, STORE_PAUSE_AT_MOST = 2.0, 30.0
"""Seconds after which a job that the database held up is tried again: at first, and at most."""

_log = logging.getLogger(__name__)


def job_actor(store: Store, job: Job, terminal: ActorSource | None = None) -> ActorSource:
    """Whoever a job acts for, read from the store anew every second: a disabled operator's job stops.

    `terminal` is the source for jobs started by a command, whose user is no operator.
    """
    if terminal is not None:
        return terminal
    lock = threading.Lock()
    known: list[tuple[float, Actor]] = []

    def who() -> Actor:
        with lock:
            if not known or monotonic() - known[0][0] > ACTOR_FRESH:
                known[:] = [(monotonic(), _read_actor(store, job))]
            return known[0][1]

    return who


def _read_actor(store: Store, job: Job) -> Actor:
    actor = operator_actor(store, job.started_by, job.started_by_name, Origin.JOB)
    actor.require(Permission.BULK)
    return actor


def run_here(
    store: Store, job_id: str, *, terminal: ActorSource | None = None, progress: Progress = no_progress
) -> Job:
    """Run a queued (or abandoned) job in this thread until it ends, pauses or is stopped.

    Raises `JobError` when another process runs it. Everything else stands in the job that comes back.
    """
    owner = new_owner()
    free_from_dead(store, store.jobs.get(job_id))
    if not store.jobs.take_lease(job_id, owner, LEASE):
        raise JobError("Another process is running this job.", "Watch it on the job's page.")
    job = store.jobs.get(job_id)
    if job.state not in (JobState.QUEUED, JobState.RUNNING, JobState.STOPPING):
        store.jobs.release_lease(job_id, owner)
        raise JobError(f"The job is {job.state}; there is nothing to run.", "Look at the job's page.")
    return _Keeper(store, job, owner, terminal, progress).run()


class _Keeper:
    """Holds a job's lease while its run lasts, passes on what operators ask, and settles the end."""

    def __init__(
        self, store: Store, job: Job, owner: str, terminal: ActorSource | None, progress: Progress
    ) -> None:
        self._store = store
        self._job = job
        self._owner = owner
        self._who = job_actor(store, job, terminal)
        self._progress = progress
        self._over = threading.Event()
        self._gateway: CognitoGateway | None = None
        self._throttles_before = self._throttles_noted = 0

    def run(self) -> Job:
        store, job = self._store, self._job
        asked = {JobControl.PAUSE: RunEnd.PAUSED, JobControl.STOP: RunEnd.STOPPED}.get(job.control)
        if asked is not None:
            return self._settle_at_last(Halt(asked, job.reason))
        startable = [JobState.QUEUED, JobState.RUNNING, JobState.STOPPING]
        now = utc_now()
        began, totals = job.started_at or now, {**job.totals, RUN_BEGAN: now.isoformat()}
        if not store.jobs.change_state(job.id, startable, JobState.RUNNING, started_at=began, totals=totals):
            store.jobs.release_lease(job.id, self._owner)  # paused or stopped since it was looked at
            return store.jobs.get(job.id)
        self._job = replace(job, totals=totals)
        for pause in _growing(STORE_PAUSE, STORE_PAUSE_AT_MOST):
            halt = self._carry_out()
            if halt is None or halt.end is not RunEnd.NO_STORE:
                return self._settle_at_last(halt)
            if (asked_meanwhile := self._wait_for_store(halt, pause)) is not None:
                return self._settle_at_last(asked_meanwhile)
        raise AssertionError  # pauses have no end

    def _carry_out(self) -> Halt | None:
        """One run, as far as it goes; why it stopped."""
        self._over.clear()
        try:
            run = self._new_run()
            close_activity(self._store, self._job.id)
        except ConsoleError as error:
            return halt_for(error)
        heart = threading.Thread(
            target=self._beat, args=(run,), name=f"lease-{self._job.id[:8]}", daemon=True
        )
        heart.start()
        try:
            return run.carry_out()
        finally:
            self._over.set()
            heart.join()

    def _wait_for_store(self, halt: Halt, pause: float) -> Halt | None:
        """Wait until the database takes something again; None to go on, else how to end.

        Whether the reason can be written there meanwhile depends on what it lacks, so it is kept here too.
        """
        jobs, id = self._store.jobs, self._job.id
        _log.warning("Job %s waits for the database: %s", id, halt.reason)
        WAITS[id] = halt.reason
        try:
            while True:
                with suppress(StoreUnavailable):
                    jobs.change_state(id, [JobState.RUNNING], JobState.PAUSED, reason=halt.reason)
                sleep(pause)
                with suppress(StoreUnavailable):
                    self._store.probe()
                    return self._after_waiting()
        finally:
            del WAITS[id]

    def _after_waiting(self) -> Halt | None:
        """What holds once the database answers: it may have gone on elsewhere, or been paused or stopped."""
        jobs, id = self._store.jobs, self._job.id
        if not jobs.take_lease(id, self._owner, LEASE):
            return Halt(RunEnd.LOST, "Another process has taken the job over.")
        now = jobs.get(id)
        if now.control is JobControl.PAUSE:
            return Halt(RunEnd.PAUSED, now.reason)
        if now.control is JobControl.STOP:
            return Halt(RunEnd.STOPPED, now.reason)
        resting = [JobState.PAUSED, JobState.QUEUED, JobState.RUNNING]
        if not jobs.change_state(id, resting, JobState.RUNNING, reason=""):
            return Halt(RunEnd.LOST, f"The job is {now.state}.")
        self._job = now
        return None

    def _settle_at_last(self, halt: Halt | None) -> Job:
        """`_settle`, as soon as the database takes it."""
        while True:
            try:
                return self._settle(halt)
            except StoreUnavailable as error:
                WAITS[self._job.id] = error.why
                sleep(STORE_PAUSE)
            finally:
                WAITS.pop(self._job.id, None)

    def _new_run(self) -> Run:
        target = PoolAddress(**self._job.target)
        gateway = gateway_for(self._store, target, self._who().name)
        learn_quotas_soon(gateway)
        self._gateway = gateway
        self._throttles_before, self._throttles_noted = self._throttles(), 0
        return Run(
            self._store,
            self._job,
            gateway.for_caller(Caller(self._job.id, options_of(self._job).share)),
            self._who,
            self._owner,
            on_done=directory_for(gateway).on_done,
            progress=self._progress,
        )

    def _throttles(self) -> int:
        """How often AWS has refused calls of this account for their rate, since the process began."""
        return sum(pace.throttles for pace in self._gateway.client.pacer.paces()) if self._gateway else 0

    def _note_throttles(self) -> None:
        more = self._throttles() - self._throttles_before
        known = int(self._job.totals.get("throttled", 0))
        if more != self._throttles_noted:
            self._throttles_noted = more
            totals = {**self._job.totals, "throttled": known + more}
            self._store.jobs.update(self._job.id, totals=totals)

    def _beat(self, run: Run) -> None:
        """Keep the lease and hear what operators ask, until the run is over."""
        while not self._over.wait(HEARTBEAT):
            try:
                if not self._store.jobs.take_lease(self._job.id, self._owner, LEASE):
                    run.halt(Halt(RunEnd.LOST, "Another process has taken the job over."))
                    return
                self._note_throttles()
                now = self._store.jobs.get(self._job.id)
            except ConsoleError as error:
                _log.warning("The lease of a job could not be renewed: %s", error)
                continue
            if now.control is JobControl.PAUSE:
                run.halt(Halt(RunEnd.PAUSED, now.reason))
            elif now.control is JobControl.STOP:
                run.halt(Halt(RunEnd.STOPPED, now.reason))
            elif run.trouble is not None and run.trouble != now.reason:
                self._say(run.trouble)

    def _say(self, reason: str) -> None:
        """Write what keeps the job just now, or that nothing does any more."""
        with suppress(StoreUnavailable):
            self._store.jobs.say(self._job.id, reason)

    def _settle(self, halt: Halt | None) -> Job:
        """Write how the run ended and give the lease up."""
        store, id = self._store, self._job.id
        if halt is not None and halt.end is RunEnd.LOST:
            return store.jobs.get(id)
        erase_permanent_passwords(store, id)
        if halt is None:
            store.jobs.update(id, state=JobState.FINISHED, reason="", finished_at=utc_now())
        elif halt.end in (RunEnd.PAUSED, RunEnd.WAITING):
            store.jobs.update(id, state=JobState.PAUSED, reason=halt.reason)
        else:
            close_rows(store, id, halt.reason)
            state = JobState.STOPPED if halt.end is RunEnd.STOPPED else JobState.FAILED
            store.jobs.update(id, state=state, reason=halt.reason, finished_at=utc_now())
        store.jobs.release_lease(id, self._owner)
        return store.jobs.get(id)


def _growing(first: float, most: float) -> Iterator[float]:
    """Pauses in seconds, each twice as long as the one before, up to `most`; without end."""
    pause = first
    while True:
        yield pause
        pause = min(2 * pause, most)


def erase_leftovers(store: Store) -> None:
    """Erase passwords that nobody took in time, and plans whose saving a killed process left unfinished."""
    erase_old_passwords(store)
    due = utc_now() - timedelta(hours=1)
    for job in store.jobs.list(states=[JobState.SAVING]):
        if job.created_at < due:
            store.jobs.delete(job.id)


def run_job(ground: WorkGround, job_id: str) -> None:
    """Run a job that waits, unless another process has it by now."""
    with suppress(JobError):
        run_here(ground.store, job_id)


def look_for_jobs(ground: WorkGround) -> None:
    """Have every job run that waits, was left behind by a process that died, or paused by itself."""
    store = ground.store
    left = [job for job in store.jobs.list(states=[JobState.RUNNING, JobState.STOPPING]) if is_abandoned(job)]
    for job in [*store.jobs.list(states=[JobState.QUEUED]), *left, *_waiting(store)]:
        if _is_ours(store, job):
            submit(store, RUN_JOB, job_id=job.id)


def _waiting(store: Store) -> list[Job]:
    """Jobs that paused by themselves (credentials, network) and may be tried again."""
    due = utc_now() - TRY_WAITING_AGAIN
    again = []
    for job in store.jobs.list(states=[JobState.PAUSED]):
        is_due = job.lease_until is None or job.lease_until < due
        if (
            job.control is JobControl.RUN
            and is_due
            and _is_ours(store, job)
            and store.jobs.change_state(job.id, [JobState.PAUSED], JobState.QUEUED)
        ):
            again.append(replace(job, state=JobState.QUEUED))
    return again


def _is_ours(store: Store, job: Job) -> bool:
    """Jobs of commands stay with the terminal: their user and AWS environment are there."""
    if job.origin == Origin.TERMINAL:
        return False
    return job.state is JobState.QUEUED or resumes_by_itself(store)


RUN_JOB = Task("run_job", run_job, long=True)
LOOK_FOR_JOBS = Task("look_for_jobs", look_for_jobs, every=2)
ERASE_LEFTOVERS = Task("erase_leftovers", lambda ground: erase_leftovers(ground.store), every=3600)
