"""What operators do with a job: start, pause, go on, stop. Every word goes through the store, so any
process and any operator with the right may say it; whoever runs the job hears it within a second.
"""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from services.bulk.model import RowResult
from services.bulk.saved import WAITING, note, row_plan, steps_by_row
from services.bulk.work import STOPPED, RowWork
from services.errors import JobError
from services.note_rules import NoteRules
from services.roles import Actor, Origin, Permission
from services.store.activity import ActivityResult, Finish, NewActivity, Why
from services.store.columns import utc_now
from services.store.jobs import Job, JobControl, JobRow, JobState, JobStep
from services.store.store import Store

OVER = (JobState.FINISHED, JobState.STOPPED, JobState.FAILED)
"""States in which nothing is going on any more."""

AUTO_RESUME = "jobs.resume_abandoned"
"""Setting: take up jobs of a process that died (true unless set to false)."""


def start(store: Store, job_id: str, actor: Actor, why: Why | None = None) -> Job:
    """Put a planned job in the queue; from now on it acts on behalf of `actor`.

    The log keeps `why`, here and with each change that the job makes. Raises `NotPermitted`, `ProofNeeded`,
    `ReasonMissing` when something has to be said that `why` lacks, `RecordNotFound` when the job was thrown
    away, and `JobError` when it was started before.
    """
    actor.require(Permission.BULK, dangerous=True)
    why = why or Why()
    NoteRules.stored(store).require(why)
    said = {name: text for name, text in why.items() if text}
    options = {**store.jobs.get(job_id).options, "why": said}
    if not _queue(store, job_id, actor, (JobState.PLANNED,), options=options):
        raise JobError("This plan has been started already.", "Look at the job's page.")
    job = store.jobs.get(job_id)
    facts = {"planned_by": job.created_by_name, "rows": job.total_rows}
    note(store, job, actor, "start_job", facts, why)
    return job


def resume(store: Store, job_id: str, actor: Actor) -> Job:
    """Go on with a job that is paused, stopped, given up, or left behind by a process that died.

    What is done isn't done again. From now on it acts on behalf of `actor`. Raises `NotPermitted`,
    `ProofNeeded`, and `JobError` when it is running, finished, or has never been started.
    """
    actor.require(Permission.BULK, dangerous=True)
    job = store.jobs.get(job_id)
    _check_way(job, actor)
    again = [JobState.PAUSED, JobState.STOPPED, JobState.FAILED, JobState.QUEUED]
    if is_abandoned(job):
        free_from_dead(store, job)
        again += [JobState.RUNNING, JobState.STOPPING]
    if job.state not in again:
        raise JobError(*_why_not(job.state))
    with store.together():
        if not _queue(store, job_id, actor, again):
            raise JobError(*_why_not(store.jobs.get(job_id).state))
        store.jobs.reopen(job_id, STOPPED)
        note(store, job, actor, "resume_job")
    return store.jobs.get(job_id)


def pause(store: Store, job_id: str, actor: Actor) -> Job:
    """Ask a job to pause: what is being sent ends first. Raises `NotPermitted`, `JobError`."""
    job = _ask(store, job_id, actor, JobControl.PAUSE)
    store.jobs.change_state(job_id, [JobState.QUEUED, *_left_behind(store, job)], JobState.PAUSED)
    note(store, job, actor, "pause_job")
    return store.jobs.get(job_id)


def stop(store: Store, job_id: str, actor: Actor) -> Job:
    """Ask a job to stop: rows that haven't begun are “not attempted”. Raises `NotPermitted`, `JobError`."""
    job = _ask(store, job_id, actor, JobControl.STOP)
    resting = [JobState.PLANNED, JobState.QUEUED, JobState.PAUSED, *_left_behind(store, job)]
    if store.jobs.change_state(job_id, resting, JobState.STOPPED, finished_at=utc_now()):
        close_rows(store, job_id, f"Stopped by {actor.name}.")
    note(store, job, actor, "stop_job")
    return store.jobs.get(job_id)


def resumes_by_itself(store: Store) -> bool:
    """Whether jobs that a stopped console left behind are taken up without a click."""
    return store.settings.get(AUTO_RESUME, True) is not False


def set_resumes_by_itself(store: Store, wanted: bool, actor: Actor) -> None:
    """Choose that for the whole console, and log it. Raises `NotPermitted`."""
    actor.require(Permission.CONFIGURE)
    before = resumes_by_itself(store)
    store.settings.set(AUTO_RESUME, wanted)
    new = NewActivity(
        actor,
        "change_setting",
        pool="",
        target_kind="setting",
        target_id=AUTO_RESUME,
        target_name="Jobs go on by themselves",
        before={"on": before},
    )
    store.activity.record(new, ActivityResult.DONE, {"on": wanted})


def delete_plan(store: Store, job_id: str, actor: Actor) -> None:
    """Throw away a plan that was never started. Raises `NotPermitted`, `JobError`."""
    actor.require(Permission.BULK)
    job = store.jobs.get(job_id)
    if job.state is not JobState.PLANNED:
        raise JobError("Only plans that were never started can be thrown away; jobs stay on record.")
    with store.together():
        store.jobs.delete(job_id)
        note(store, job, actor, "delete_plan", {"rows": job.total_rows})


def _queue(
    store: Store, job_id: str, actor: Actor, expected: Sequence[JobState], **values: Mapping[str, Any]
) -> bool:
    _check_way(store.jobs.get(job_id), actor)
    return store.jobs.change_state(
        job_id,
        expected,
        JobState.QUEUED,
        control=JobControl.RUN,
        started_by=actor.operator_id,
        started_by_name=actor.name,
        origin=actor.origin,
        reason="",
        finished_at=None,
        **values,
    )


def _check_way(job: Job, actor: Actor) -> None:
    """Raises `JobError` for a job that this operator's process has no credentials for."""
    if not job.target.get("connection_id") and actor.origin is not Origin.TERMINAL:
        raise JobError(
            "This job reaches AWS with the credentials of a terminal, which the console doesn't have.",
            f"Go on with it there: python -m console {'resume' if job.started_at else 'apply'} {job.id}",
        )


def _left_behind(store: Store, job: Job) -> list[JobState]:
    """The state of a job whose process died: nobody else would hear what is asked of it."""
    if not is_abandoned(job):
        return []
    free_from_dead(store, job)
    close_activity(store, job.id)
    return [job.state]


def _ask(store: Store, job_id: str, actor: Actor, control: JobControl) -> Job:
    actor.require(Permission.BULK)
    job = store.jobs.get(job_id)
    if job.state in OVER or (job.state is JobState.PLANNED and control is JobControl.PAUSE):
        raise JobError(*_why_not(job.state))
    word = "Paused" if control is JobControl.PAUSE else "Stopped"
    store.jobs.update(job_id, control=control, reason=f"{word} by {actor.name}.")
    return job


def _why_not(state: JobState) -> tuple[str, str]:
    said = {
        JobState.PLANNED: "The job hasn't been started yet.",
        JobState.STOPPED: "The job was stopped.",
        JobState.FAILED: "The job was given up.",
    }
    return said.get(state, f"The job is {state}."), "Look at the job's page."


# The end of a job that stops early: every row gets an outcome, every open line of the log an end.

_AT_ONCE = 500


def close_rows(store: Store, job_id: str, reason: str) -> None:
    """Give every row that hasn't ended its outcome, with `reason`: nothing is left unaccounted for."""
    rows = store.jobs.rows(job_id, outcome=WAITING)
    while page := list(islice(rows, _AT_ONCE)):
        steps = steps_by_row(store, job_id, page)
        ended_rows: list[JobRow] = []
        ended_steps: list[JobStep] = []
        for row in page:
            work = RowWork(row_plan(row, steps.get(row.row, [])), steps.get(row.row, []))
            result, message, code = RowResult.NOT_ATTEMPTED, reason, STOPPED
            begun, cut_off = work.has_begun, work.is_cut_off
            ended_steps += work.skip_rest()
            if begun:
                result, message, failure = work.outcome()
                message = f"{message} {reason}"
                # what the end of the job cut off goes on with it, whatever failed before
                code = STOPPED if cut_off else failure
            person = work.person
            ended_rows.append(
                JobRow(
                    row.row,
                    str(result),
                    code=code,
                    message=message,
                    sub=person.sub if person else "",
                    username=person.username if person else "",
                )
            )
        store.jobs.close(job_id, steps=ended_steps, rows=ended_rows)


def close_activity(store: Store, job_id: str) -> None:
    """End the log's lines that a killed process left open: their outcome isn't known from the log."""
    open_lines = list(store.activity.iter_all(job_id=job_id, result=ActivityResult.INTENDED))
    said = "The console was stopped before the answer came; the job's next run looks whether it took effect."
    store.activity.finish_many([Finish(line.id, ActivityResult.UNKNOWN, error=said) for line in open_lines])


# Who holds a job: names of processes that tell whether they are still alive.


def new_owner() -> str:
    """A name for this process as holder of a lease: machine, process, and something unique."""
    return f"{_machine()}/{os.getpid()}/{uuid.uuid4().hex[:8]}"


def is_dead(owner: str) -> bool:
    """True if `owner` surely doesn't live any more: a process of this machine that is gone."""
    machine, _, rest = owner.partition("/")
    pid = rest.partition("/")[0]
    if machine != _machine() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def is_abandoned(job: Job) -> bool:
    """True if the job was running in a process that died: its lease has run out, or its holder is gone."""
    if job.state not in (JobState.RUNNING, JobState.STOPPING):
        return False
    return job.lease_until is None or job.lease_until < utc_now() or is_dead(job.lease_owner)


def goes_on_by_itself(job: Job) -> bool:
    """True if nobody paused the job, and a console tries it again (unless that is switched off)."""
    unasked = job.state is JobState.PAUSED and job.control is JobControl.RUN
    return unasked and job.origin != Origin.TERMINAL


def free_from_dead(store: Store, job: Job) -> None:
    """Give up the lease of a holder that is gone, so that nobody has to wait until it runs out."""
    if job.lease_owner and is_dead(job.lease_owner):
        store.jobs.release_lease(job.id, job.lease_owner)


def _machine() -> str:
    # containers may share a name and still not see each other's processes
    try:
        space = Path("/proc/self/ns/pid").readlink()
    except OSError:
        return socket.gethostname()
    return f"{socket.gethostname()}.{space}"
