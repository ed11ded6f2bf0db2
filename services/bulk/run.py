"""Carries out one job: checks for drift, sends the steps side by side by quota category, journals.

The caller holds the job's lease. Everything about the run's state stands in the store, so that a
killed run is taken up by anybody: a step whose outcome isn't known is looked up before it is sent
again, and what is done isn't touched.
"""

from __future__ import annotations

import heapq
import math
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import count
from time import monotonic
from typing import Any, Generic, TypeVar

from services.bulk import drift
from services.bulk.breaker import Breaker, cause_of
from services.bulk.model import RowPlan, RowResult, Step
from services.bulk.reading import People, Progress, Reader, no_progress
from services.bulk.saved import (
    PREPARATION_ROW,
    WAITING,
    Journal,
    JournaledActivity,
    options_of,
    row_plan,
    secrets_of,
    steps_by_row,
    totals_in,
    why_of,
)
from services.bulk.work import RowWork
from services.changes import ChangePath, Performed
from services.cognito.actions import ACTIONS, CreateUser, Facts
from services.cognito.gateway import CognitoGateway
from services.cognito.quotas import CATEGORIES, category_of
from services.errors import (
    AccessError,
    CognitoError,
    ConsoleError,
    CredentialsExpired,
    CredentialsRejected,
    EndpointUnreachable,
    FollowUpFailed,
    JobError,
    OutcomeUnknown,
    ServiceFault,
    StoreError,
    StoreUnavailable,
    Throttled,
)
from services.roles import ActorSource
from services.store.activity import Why
from services.store.jobs import Job, JobRow, JobStep, StepState
from services.store.store import Store

# A queue whose entries become due: what has to wait a moment doesn't hold up a thread.

Entry = TypeVar("Entry")


class DelayQueue(Generic[Entry]):
    """Entries in the order in which they become due; closed, it gives out no more."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, int, Entry]] = []
        self._order = count()
        self._news = threading.Condition()
        self._closed = False

    def put(self, entry: Entry, delay: float = 0.0) -> None:
        """Add an entry that is due in `delay` seconds. Nothing happens once it is closed."""
        with self._news:
            if not self._closed:
                heapq.heappush(self._heap, (monotonic() + delay, next(self._order), entry))
                self._news.notify()

    def get(self) -> Entry | None:
        """The next entry, waiting until it is due; None once it is closed."""
        with self._news:
            while not self._closed:
                wait = self._heap[0][0] - monotonic() if self._heap else None
                if wait is not None and wait <= 0:
                    return heapq.heappop(self._heap)[2]
                self._news.wait(wait)
            return None

    def close(self) -> list[Entry]:
        """Close the queue; the answer is what was still waiting in it."""
        with self._news:
            self._closed = True
            left = [entry for _, _, entry in self._heap]
            self._heap.clear()
            self._news.notify_all()
        return left


# The threads that carry out the steps of one quota category.
#
# A few at first, so that a run which can't succeed fails with few people; all of them once the first
# step has succeeded.

FIRST = 4


class WorkerPool(Generic[Entry]):
    """A queue of entries and its threads. `work` takes one entry and says whether it succeeded."""

    def __init__(
        self, name: str, work: Callable[[Entry], bool], crashed: Callable[[], None], most: int
    ) -> None:
        """`most` threads at most; `crashed` is called when `work` raises, whose error goes to the log."""
        self._name = name
        self._work = work
        self._crashed = crashed
        self._most = most
        self._queue: DelayQueue[Entry] = DelayQueue()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()
        self._grow(min(FIRST, most))

    def put(self, entry: Entry, delay: float = 0.0) -> None:
        """Add an entry that is due in `delay` seconds."""
        self._queue.put(entry, delay)

    def close(self) -> None:
        """Let the workers end once their present steps are done; what waits is not begun."""
        self._queue.close()

    def join(self) -> None:
        """Wait until what was begun has ended. Close first."""
        for thread in list(self._threads):
            thread.join()

    def _grow(self, size: int) -> None:
        with self._lock:
            for number in range(len(self._threads), size):
                thread = threading.Thread(target=self._run, name=f"{self._name}-{number}", daemon=True)
                self._threads.append(thread)
                thread.start()

    def _run(self) -> None:
        healthy = False
        try:
            while (entry := self._queue.get()) is not None:
                if self._work(entry) and len(self._threads) < self._most:
                    self._grow(self._most)
            healthy = True
        finally:
            if not healthy:
                self._crashed()


# Sends one step of one row and decides what its answer means for the step, the row and the run.

ATTEMPTS = 10
"""How often a step is sent at most when no clear answer comes."""
SAID_FROM = 3
"""From so many tries on the job says what keeps it."""

PASSING = (CredentialsExpired, CredentialsRejected, EndpointUnreachable, Throttled)
"""Nothing was sent, and waiting (or new credentials) helps."""

UNANSWERED = (OutcomeUnknown, ServiceFault)


class RunEnd(StrEnum):
    """Why a run stops before all rows have ended."""

    PAUSED = "paused"
    STOPPED = "stopped"
    BROKEN = "broken"
    WAITING = "waiting"
    NO_STORE = "waiting for the console's database"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Halt:
    """A run has to stop: how and why."""

    end: RunEnd
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StepResult:
    """What became of a step: `done`, to be tried `again` in so many seconds, or failed; a halt of the run.

    `trouble` says why it has been tried again several times by now.
    """

    done: bool = False
    again: float | None = None
    halt: Halt | None = None
    trouble: str = ""


def halt_for(error: ConsoleError) -> Halt:
    """How a run stops because of an error that isn't about one row."""
    if isinstance(error, JobError):
        return Halt(RunEnd.LOST, str(error))
    if isinstance(error, StoreUnavailable):
        return Halt(RunEnd.NO_STORE, error.why)
    if isinstance(error, PASSING + UNANSWERED):
        return Halt(RunEnd.WAITING, error.why)
    return Halt(RunEnd.BROKEN, error.why)


class Stepper:
    """Sends steps of one job, from many threads."""

    def __init__(self, changes: ChangePath, job: Job, breaker: Breaker) -> None:
        self._changes = changes
        self._gateway = changes.gateway
        self._job = job
        self._breaker = breaker

    def _why(self, work: RowWork) -> Why:
        """What the log keeps with the changes of a row: its own reason, else what was said at the start."""
        said = why_of(self._job)
        return Why(
            reason=work.plan.note or said.get("reason") or self._job.title,
            ticket=said.get("ticket", ""),
            identified=said.get("identified", ""),
        )

    def take(self, work: RowWork, journal: Journal) -> StepResult:
        """Carry the next step of `work` as far as it goes now. Raises the error that ended the journal."""
        entry = work.entry
        if entry is None:
            return StepResult()
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
                before=step.before,
                job_id=self._job.id,
                first_sent=first_sent,
                **self._why(work),
            )
        except FollowUpFailed as error:
            self._done(work, step, error.after, error.activity_id, journal, first_sent is not None, error)
            return StepResult(done=True)
        except ConsoleError as error:
            return self._failed(work, step, entry, error, first_sent, journal)
        self._breaker.succeeded(step.operation)
        self._done(work, step, performed.after, performed.activity_id, journal, first_sent is not None)
        return StepResult(done=True)

    def _done(
        self,
        work: RowWork,
        step: Step,
        after: Facts,
        activity_id: str,
        journal: Journal,
        repeated: bool,
        but: FollowUpFailed | None = None,
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
        if but is not None:
            result["error"] = str(but)
        code = cause_of(but) if but is not None else ""
        journal.write(*work.ended(StepState.DONE, code=code, result=result, activity_id=activity_id))

    def _failed(
        self,
        work: RowWork,
        step: Step,
        before: JobStep,
        error: ConsoleError,
        first_sent: datetime | None,
        journal: Journal,
    ) -> StepResult:
        work.tries += 1
        if isinstance(error, PASSING):
            journal.write(work.record(before))
            if isinstance(error, Throttled | EndpointUnreachable) and work.tries < ATTEMPTS:
                return StepResult(again=_delay(work.tries), trouble=_trouble(work, error))
            return StepResult(halt=halt_for(error))
        if isinstance(error, AccessError | StoreError):
            journal.write(work.record(before))
            return StepResult(halt=halt_for(error))
        if isinstance(error, UNANSWERED):
            if work.tries < ATTEMPTS and not step.change.sends_each_time(self._gateway):
                return StepResult(again=_delay(work.tries), trouble=_trouble(work, error))
            return self._unknown(work, error, journal)
        if first_sent is not None and step.change.means_done(error, self._gateway, first_sent):
            found = {"found": "an earlier try had taken effect"}
            self._done(work, step, found, "", journal, True)
            return StepResult()
        if isinstance(error, CognitoError) and error.leaves_open:
            self._unknown(work, error, journal)
            return self._watched(step, error)
        return self._refused(work, step, error, journal)

    def _refused(self, work: RowWork, step: Step, error: ConsoleError, journal: Journal) -> StepResult:
        if found := step.change.found_there(error):
            done = {"after": {"found": found}, "remark": f"{found[0].upper()}{found[1:]}."}
            journal.write(*work.ended(StepState.DONE, result=done))
            return StepResult()
        result = {"error": error.why}
        journal.write(*work.ended(StepState.FAILED, code=cause_of(error), result=result))
        return self._watched(step, error)

    def _watched(self, step: Step, error: ConsoleError) -> StepResult:
        """A failure of a row, which stops the run where it says that nothing else can succeed."""
        reason = self._breaker.failed(step.operation, error)
        return StepResult(halt=Halt(RunEnd.BROKEN, reason) if reason else None)

    def _unknown(self, work: RowWork, error: ConsoleError, journal: Journal) -> StepResult:
        said = error.cause or error.message
        said = f"{said} Whether it took effect isn't known: look at the person before you repeat it."
        journal.write(*work.ended(StepState.UNKNOWN, code=cause_of(error), result={"error": said}))
        return StepResult()

    def _look_only(self, work: RowWork, step: Step, first_sent: datetime, journal: Journal) -> StepResult:
        try:
            happened = step.change.took_effect(self._gateway, first_sent)
        except ConsoleError as error:
            return StepResult(halt=halt_for(error))
        if happened:
            self._done(work, step, {"found": "an earlier try had taken effect"}, "", journal, True)
            return StepResult()
        lost = OutcomeUnknown("The console was stopped before the answer came.")
        return self._unknown(work, lost, journal)


def _trouble(work: RowWork, error: ConsoleError) -> str:
    """What keeps a row that was tried often; being paced is nothing that has to be said."""
    if work.tries < SAID_FROM or isinstance(error, Throttled):
        return ""
    return f"{error.cause or error.message} It is tried again."


def _delay(attempts: int) -> float:
    """Seconds before the next try: growing, and never the same for two rows."""
    return random.uniform(0.2, 0.4) * 2.0 ** min(attempts, 4)  # noqa: S311 - jitter


PAGE_OF_ROWS = 500
IN_FLIGHT = 2_000
"""Rows begun and not ended, at most: creations may run so far ahead of memberships."""

ERASED = (
    "The password planned for this person was erased before the row was carried out. Upload the row again."
)

READING_FRESH = timedelta(minutes=10)
"""A reading of the pool older than this isn't relied on for rows that haven't begun."""

STEP_TAKES = 0.6
"""Seconds that one step may take, call and journal included, before the rate suffers: a busy machine or
a slow network must not leave quota unused. Threads too many only wait at the limiter."""

MOST_THREADS = 32


class Run:
    """One run of one job in this process."""

    def __init__(
        self,
        store: Store,
        job: Job,
        gateway: CognitoGateway,
        who: ActorSource,
        owner: str,
        *,
        on_done: Callable[[Performed], None] | None = None,
        progress: Progress = no_progress,
    ) -> None:
        """`gateway` is at the job's turn; `owner` holds the lease; `on_done` hears of every change
        that took effect; `progress` hears what the run is reading."""
        self._store = store
        self._job = job
        self._gateway = gateway
        self._who = who
        self._on_done = on_done
        self._owner = owner
        self._progress = progress
        self._workers: dict[str, WorkerPool[RowWork]] = {}
        self._in_flight = 0
        self._room = threading.Condition()
        self._halt: Halt | None = None
        self._read_at: datetime | None = None
        self._people: People | None = None
        self.trouble: str | None = None
        """What keeps the run just now; empty once a step has taken effect since, None before that."""

    def halt(self, why: Halt) -> None:
        """Begin nothing more; what is being sent ends first. The first reason counts."""
        with self._room:
            if self._halt is None:
                self._halt = why
            self._room.notify_all()
        for workers in self._workers.values():
            workers.close()

    def carry_out(self) -> Halt | None:
        """Carry the job out as far as it goes. The answer is why it stopped, None when all rows ended."""
        with Journal(self._store, self._job.id, self._owner) as journal:
            self._journal = journal
            log = JournaledActivity(self._store, journal)
            changes = ChangePath(self._gateway, log, self._who, self._job.pool_name, self._on_done)
            self._stepper = Stepper(changes, self._job, Breaker())
            try:
                self._gather_crews()
                self._feed()
                self._wait_until_idle()
            finally:
                for workers in self._workers.values():
                    workers.close()
                for workers in self._workers.values():
                    workers.join()
        if journal.error is not None:
            return halt_for(journal.error)
        return self._halt

    # feeding

    def _feed(self) -> None:
        try:
            for works in self._pages():
                for work in works:
                    self._begin(work)
                    if self._halt:
                        return
                    if work.number == PREPARATION_ROW:
                        self._wait_until_idle()
        except ConsoleError as error:
            self.halt(halt_for(error))

    def _pages(self) -> Iterator[list[RowWork]]:
        """Rows that haven't ended, with their steps, checked for drift where they haven't begun."""
        page: list[JobRow] = []
        for row in self._store.jobs.rows(self._job.id, outcome=WAITING):
            page.append(row)
            if len(page) == PAGE_OF_ROWS:
                yield self._checked(page)
                page = []
        if page:
            yield self._checked(page)

    def _checked(self, rows: list[JobRow]) -> list[RowWork]:
        steps = steps_by_row(self._store, self._job.id, rows)
        secrets = self._store.jobs.passwords(self._job.id, first=rows[0].row, last=rows[-1].row)
        works = [
            RowWork(
                row_plan(row, steps.get(row.row, [])),
                steps.get(row.row, []),
                secrets_of(secrets.get(row.row)),
            )
            for row in rows
        ]
        fresh = [work.plan for work in works if not work.has_begun]
        people = self._read(fresh)
        going = []
        for work in works:
            if work.lacks_password:
                self._write_end(work, RowResult.FAILED, ERASED, "PasswordErased")
                continue
            changed = [] if work.has_begun or people is None else drift.changed_meanwhile(work.plan, people)
            if changed:
                self._write_end(work, RowResult.CHANGED, " ".join(changed))
            else:
                going.append(work)
        return going

    def _read(self, rows: list[RowPlan]) -> People | None:
        """The people that these rows rely on: one scan for the whole job, or look-ups for this page."""
        wanted = drift.wanted_for(rows)
        if not wanted.count:
            return None
        if self._people is not None and self._read_at and datetime.now(UTC) - self._read_at < READING_FRESH:
            return self._people
        pool = self._gateway.describe_pool()
        reader = Reader(self._gateway, pool, self._progress)
        left = self._store.jobs.count_outcomes(self._job.id).get(WAITING, 0)
        scan = math.ceil(pool.estimated_users / 60) <= left
        if scan:
            rows = [row_plan(row) for row in self._store.jobs.rows(self._job.id, outcome=WAITING)]
            wanted = drift.wanted_for(rows)
        people = reader.people(wanted)
        users = [user for row in rows if (user := people.with_sub(str(row.basis.get("sub", ""))))]
        with_groups = {str(row.basis.get("sub")) for row in rows if row.basis.get("groups")}
        reader.memberships(
            people, [user for user in users if user.sub in with_groups], drift.groups_for(rows)
        )
        if scan:
            self._people, self._read_at = people, datetime.now(UTC)
        return people

    def _begin(self, work: RowWork) -> None:
        if work.is_ended:
            self._end(work)
            return
        with self._room:
            self._room.wait_for(lambda: self._halt or self._in_flight < IN_FLIGHT)
            if self._halt:
                return
            self._in_flight += 1
        self._workers_for(work).put(work)

    def _wait_until_idle(self) -> None:
        with self._room:
            self._room.wait_for(lambda: self._halt or not self._in_flight)

    # working

    def _gather_crews(self) -> None:
        share = options_of(self._job).share
        for name in self._categories():
            wanted = math.ceil(CATEGORIES[name].rps * share * STEP_TAKES) + 2
            self._workers[name] = WorkerPool(name, self._work, self._crashed, min(wanted, MOST_THREADS))

    def _crashed(self) -> None:
        """An error in our own code goes to the log; nobody may wait for the thread that it ended."""
        self.halt(Halt(RunEnd.BROKEN, "The console met an error of its own; its log says more."))

    def _categories(self) -> set[str]:
        """The quota categories that the job's steps fall into."""
        actions = totals_in(self._job).actions
        return {ACTIONS[action].category().name for action in actions}

    def _workers_for(self, work: RowWork) -> WorkerPool[RowWork]:
        return self._workers[category_of(work.operation).name]

    def _work(self, work: RowWork) -> bool:
        """Take the next step of a row; True if it took effect."""
        try:
            taken = self._stepper.take(work, self._journal)
            if work.is_ended:
                self._end(work)
        except ConsoleError as error:
            self.halt(halt_for(error))
            return False
        if work.is_ended:
            with self._room:
                self._in_flight -= 1
                self._room.notify_all()
        else:
            self._workers_for(work).put(work, taken.again or 0.0)
        if taken.halt is not None:
            self.halt(taken.halt)
        if taken.done or taken.trouble:
            self.trouble = taken.trouble
        return taken.done

    def _end(self, work: RowWork) -> None:
        result, message, code = work.outcome()
        self._write_end(work, result, message, code)

    def _write_end(self, work: RowWork, result: RowResult, message: str, code: str = "") -> None:
        person = work.person
        row = JobRow(
            work.number,
            str(result),
            code=code,
            message=message,
            sub=person.sub if person else "",
            username=person.username if person else "",
        )
        self._journal.write(*work.skip_rest(), row=row)
