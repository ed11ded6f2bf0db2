"""Carries out one job: checks for drift, sends the steps side by side by quota category, journals.

The caller holds the job's lease. Everything about the run's state stands in the store, so that a
killed run is taken up by anybody: a step whose outcome isn't known is looked up before it is sent
again, and what is done isn't touched.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from services.bulk import drift
from services.bulk.breaker import Breaker
from services.bulk.crew import Crew
from services.bulk.journal import Journal, JournaledActivity
from services.bulk.model import Result, RowPlan
from services.bulk.reading import People, Progress, Reader, no_progress
from services.bulk.saved import (
    PREPARATION_ROW,
    WAITING,
    options_of,
    row_plan,
    secrets_of,
    steps_by_row,
    totals_in,
)
from services.bulk.stepper import End, Halt, Stepper, halt_for
from services.bulk.work import RowWork
from services.changes import ChangePath, Performed
from services.cognito.actions import ACTIONS
from services.cognito.gateway import CognitoGateway
from services.cognito.quotas import CATEGORIES, category_of
from services.errors import ConsoleError
from services.roles import ActorSource
from services.store.jobs import Job, JobRow
from services.store.store import Store

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
        self._crews: dict[str, Crew[RowWork]] = {}
        self._in_flight = 0
        self._room = threading.Condition()
        self._halt: Halt | None = None
        self._read_at: datetime | None = None
        self._people: People | None = None

    def halt(self, why: Halt) -> None:
        """Begin nothing more; what is being sent ends first. The first reason counts."""
        with self._room:
            if self._halt is None:
                self._halt = why
            self._room.notify_all()
        for crew in self._crews.values():
            crew.close()

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
                for crew in self._crews.values():
                    crew.close()
                for crew in self._crews.values():
                    crew.join()
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
                self._write_end(work, Result.FAILED, ERASED, "PasswordErased")
                continue
            changed = [] if work.has_begun or people is None else drift.changed_meanwhile(work.plan, people)
            if changed:
                self._write_end(work, Result.CHANGED, " ".join(changed))
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
        self._crew_for(work).put(work)

    def _wait_until_idle(self) -> None:
        with self._room:
            self._room.wait_for(lambda: self._halt or not self._in_flight)

    # working

    def _gather_crews(self) -> None:
        share = options_of(self._job).share
        for name in self._categories():
            wanted = math.ceil(CATEGORIES[name].rps * share * STEP_TAKES) + 2
            self._crews[name] = Crew(name, self._work, self._crashed, min(wanted, MOST_THREADS))

    def _crashed(self) -> None:
        """An error in our own code goes to the log; nobody may wait for the thread that it ended."""
        self.halt(Halt(End.BROKEN, "The console met an error of its own; its log says more."))

    def _categories(self) -> set[str]:
        """The quota categories that the job's steps fall into."""
        actions = totals_in(self._job).actions
        return {ACTIONS[action].category().name for action in actions}

    def _crew_for(self, work: RowWork) -> Crew[RowWork]:
        return self._crews[category_of(work.operation).name]

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
            self._crew_for(work).put(work, taken.again or 0.0)
        if taken.halt is not None:
            self.halt(taken.halt)
        return taken.done

    def _end(self, work: RowWork) -> None:
        result, message, code = work.outcome()
        self._write_end(work, result, message, code)

    def _write_end(self, work: RowWork, result: Result, message: str, code: str = "") -> None:
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
