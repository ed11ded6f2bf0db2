"""Sends one step of one row and decides what its answer means for the step, the row and the run."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from services.bulk.breaker import Breaker, cause_of
from services.bulk.journal import Journal
from services.bulk.model import Step
from services.bulk.work import RowWork
from services.changes import ChangePath
from services.cognito.actions import CreateUser, Facts
from services.errors import (
    AccessError,
    ConsoleError,
    CredentialsExpired,
    CredentialsRejected,
    EndpointUnreachable,
    JobError,
    OutcomeUnknown,
    ServiceFault,
    Throttled,
)
from services.store.jobs import Job, JobStep, StepState

ATTEMPTS = 10
"""How often a step is sent at most when no clear answer comes."""

PASSING = (CredentialsExpired, CredentialsRejected, EndpointUnreachable, Throttled)
"""Nothing was sent, and waiting (or new credentials) helps."""

UNANSWERED = (OutcomeUnknown, ServiceFault)


class End(StrEnum):
    """Why a run stops before all rows have ended."""

    PAUSED = "paused"
    STOPPED = "stopped"
    BROKEN = "broken"
    WAITING = "waiting"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Halt:
    """A run has to stop: how and why."""

    end: End
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a step: `done`, to be tried `again` in so many seconds, or failed; a halt of the run."""

    done: bool = False
    again: float | None = None
    halt: Halt | None = None


def halt_for(error: ConsoleError) -> Halt:
    """How a run stops because of an error that isn't about one row."""
    if isinstance(error, JobError):
        return Halt(End.LOST, str(error))
    if isinstance(error, PASSING + UNANSWERED):
        return Halt(End.WAITING, str(error))
    return Halt(End.BROKEN, str(error))


class Stepper:
    """Sends steps of one job, from many threads."""

    def __init__(self, changes: ChangePath, job: Job, breaker: Breaker) -> None:
        self._changes = changes
        self._gateway = changes.gateway
        self._job = job
        self._breaker = breaker

    def take(self, work: RowWork, journal: Journal) -> Taken:
        """Carry the next step of `work` as far as it goes now. Raises the error that ended the journal."""
        entry = work.entry
        if entry is None:
            return Taken()
        step = work.planned(entry)
        first_sent = entry.sent_at if entry.state is StepState.STARTED else None
        sent = replace(
            entry,
            state=StepState.STARTED,
            attempts=entry.attempts + 1,
            sent_at=first_sent or datetime.now(UTC),
        )
        if first_sent is not None and step.change.sends_each_time(self._gateway):
            return self._look_only(work, step, first_sent, journal)
        # stored together with the intent that `perform` writes and waits for, before anything is sent
        journal.write(work.record(sent))
        try:
            performed = self._changes.perform(
                step.change,
                reason=work.plan.note or self._job.title,
                before=step.before,
                job_id=self._job.id,
                first_sent=first_sent,
            )
        except ConsoleError as error:
            return self._failed(work, step, entry, error, first_sent, journal)
        self._breaker.succeeded(step.operation)
        self._done(work, step, performed.after, performed.activity_id, journal, first_sent is not None)
        return Taken(done=True)

    def _done(
        self, work: RowWork, step: Step, after: Facts, activity_id: str, journal: Journal, repeated: bool
    ) -> None:
        result: dict[str, Any] = {"after": dict(after)}
        if isinstance(step.change, CreateUser):
            work.person = step.change.person_made(self._gateway, after)
            result["person"] = {
                "username": work.person.username,
                "sub": work.person.sub,
                "label": work.person.label,
            }
        if repeated and step.change.repeated_remark and "found" not in after:
            result["remark"] = step.change.repeated_remark
        journal.write(*work.ended(StepState.DONE, result=result, activity_id=activity_id))

    def _failed(
        self,
        work: RowWork,
        step: Step,
        before: JobStep,
        error: ConsoleError,
        first_sent: datetime | None,
        journal: Journal,
    ) -> Taken:
        work.tries += 1
        if isinstance(error, PASSING):
            journal.write(work.record(before))
            if isinstance(error, Throttled | EndpointUnreachable) and work.tries < ATTEMPTS:
                return Taken(again=_delay(work.tries))
            return Taken(halt=halt_for(error))
        if isinstance(error, AccessError):
            journal.write(work.record(before))
            return Taken(halt=Halt(End.BROKEN, str(error)))
        if isinstance(error, UNANSWERED):
            if work.tries < ATTEMPTS and not step.change.sends_each_time(self._gateway):
                return Taken(again=_delay(work.tries))
            return self._unknown(work, error, journal)
        if first_sent is not None and step.change.means_done(error, self._gateway, first_sent):
            found = {"found": "an earlier try had taken effect"}
            self._done(work, step, found, "", journal, True)
            return Taken()
        return self._refused(work, step, error, journal)

    def _refused(self, work: RowWork, step: Step, error: ConsoleError, journal: Journal) -> Taken:
        if found := step.change.found_there(error):
            journal.write(*work.ended(StepState.DONE, result={"after": {"found": found}}))
            return Taken()
        self._fail(work, error, journal)
        reason = self._breaker.failed(step.operation, error)
        return Taken(halt=Halt(End.BROKEN, reason) if reason else None)

    def _fail(self, work: RowWork, error: ConsoleError, journal: Journal) -> None:
        result = {"error": str(error)}
        journal.write(*work.ended(StepState.FAILED, code=cause_of(error), result=result))

    def _unknown(self, work: RowWork, error: ConsoleError, journal: Journal) -> Taken:
        said = f"{error.message} Whether it took effect isn't known: look at the person before you repeat it."
        journal.write(*work.ended(StepState.UNKNOWN, code=cause_of(error), result={"error": said}))
        return Taken()

    def _look_only(self, work: RowWork, step: Step, first_sent: datetime, journal: Journal) -> Taken:
        try:
            happened = step.change.took_effect(self._gateway, first_sent)
        except ConsoleError as error:
            return Taken(halt=halt_for(error))
        if happened:
            self._done(work, step, {"found": "an earlier try had taken effect"}, "", journal, True)
            return Taken()
        lost = OutcomeUnknown("The console was stopped before the answer came.")
        return self._unknown(work, lost, journal)


def _delay(attempts: int) -> float:
    """Seconds before the next try: growing, and never the same for two rows."""
    return random.uniform(0.2, 0.4) * 2.0 ** min(attempts, 4)  # noqa: S311 - jitter
