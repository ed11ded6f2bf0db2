"""Jobs: plans being carried out, their rows, the journal of their steps, and passwords of their people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, or_, select, update

from services.errors import JobError, RecordNotFound
from services.store.columns import new_id, utc_now
from services.store.records import Records, from_row, to_row
from services.store.schema import job_passwords, job_rows, job_steps, jobs

PAGE = 1000


class JobState(StrEnum):
    """Where a job stands. SAVING: its rows are still being written, nobody sees it yet."""

    SAVING = "saving"
    PLANNED = "planned"
    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FINISHED = "finished"
    FAILED = "failed"


class JobControl(StrEnum):
    """What an operator last asked of a job."""

    RUN = "run"
    PAUSE = "pause"
    STOP = "stop"


class StepState(StrEnum):
    """Where a step stands in the journal."""

    WAITING = "waiting"
    STARTED = "started"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class NewJob:
    """What makes a job. `target` says where it works, JSON-ready; `options` how."""

    kind: str
    title: str
    pool_name: str
    target: Mapping[str, Any]
    created_by: str
    created_by_name: str
    origin: str
    options: Mapping[str, Any] = field(default_factory=dict)
    totals: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    undo_of: str = ""
    state: JobState = JobState.PLANNED


@dataclass(frozen=True, slots=True)
class Job:
    """A stored job, without its rows."""

    id: str
    kind: str
    title: str
    pool_name: str
    target: Mapping[str, Any]
    state: JobState
    control: JobControl
    reason: str
    origin: str
    created_by: str
    created_by_name: str
    started_by: str
    started_by_name: str
    options: Mapping[str, Any]
    totals: Mapping[str, Any]
    total_rows: int
    total_steps: int
    undo_of: str
    lease_owner: str
    lease_until: datetime | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class JobRow:
    """One row of the file: what it asks (`payload`) and what became of it; people's data is sealed at rest.

    `outcome` is empty until the row has ended; `message` is a sentence; `sub` and `username` are the
    person's, as far as they are known.
    """

    row: int
    outcome: str
    payload: Any = field(default=None, repr=False)
    code: str = ""
    message: str = ""
    sub: str = ""
    username: str = ""


@dataclass(frozen=True, slots=True)
class JobStep:
    """One call wanted for a row, and its line in the journal; `change` and `result` are sealed at rest."""

    row: int
    step: int
    action: str
    state: StepState = StepState.WAITING
    attempts: int = 0
    code: str = ""
    activity_id: str = ""
    change: Any = field(default=None, repr=False)
    result: Any = field(default=None, repr=False)
    sent_at: datetime | None = None
    finished_at: datetime | None = None


class JobRows(Records):
    """Owner of the tables `job_rows`, `job_steps` and `job_passwords`."""

    def rows(
        self, id: str, *, after: int = -1, limit: int | None = None, outcome: str | None = None
    ) -> Iterator[JobRow]:
        """The rows in the file's order, read in pages, from the one behind `after`.

        `outcome` picks those with this one; an empty text those that haven't ended.
        """
        query = select(job_rows).where(job_rows.c.job_id == id).order_by(job_rows.c.row)
        if outcome is not None:
            query = query.where(job_rows.c.outcome == outcome)
        left = limit
        while left is None or left > 0:
            size = PAGE if left is None else min(PAGE, left)
            with self._database.read() as db:
                page = db.execute(query.where(job_rows.c.row > after).limit(size)).all()
            if not page:
                return
            for row in page:
                yield self._job_row(id, row)
            after = page[-1].row
            left = None if left is None else left - len(page)

    def steps(self, id: str, *, first: int = 0, last: int | None = None) -> tuple[JobStep, ...]:
        """The steps of the rows `first` to `last` (both included), in order."""
        query = select(job_steps).where(job_steps.c.job_id == id, job_steps.c.row >= first)
        if last is not None:
            query = query.where(job_steps.c.row <= last)
        with self._database.read() as db:
            found = db.execute(query.order_by(job_steps.c.row, job_steps.c.step)).all()
        return tuple(self._job_step(id, row) for row in found)

    def count_outcomes(self, id: str) -> dict[str, int]:
        """How many rows of the file have each outcome (row 0, the job's own steps, isn't one)."""
        query = (
            select(job_rows.c.outcome, func.count())
            .where(job_rows.c.job_id == id, job_rows.c.row > 0)
            .group_by(job_rows.c.outcome)
        )
        with self._database.read() as db:
            return {outcome: number for outcome, number in db.execute(query)}

    def count_steps(self, id: str) -> dict[StepState, int]:
        """How many steps are in each state."""
        query = (
            select(job_steps.c.state, func.count())
            .where(job_steps.c.job_id == id)
            .group_by(job_steps.c.state)
        )
        with self._database.read() as db:
            return {StepState(state): number for state, number in db.execute(query)}

    def ended_since(self, id: str, since: datetime) -> int:
        """How many steps have ended since then."""
        query = select(func.count()).where(job_steps.c.job_id == id, job_steps.c.finished_at >= since)
        with self._database.read() as db:
            return int(db.scalar(query) or 0)

    def step_times(self, id: str) -> tuple[tuple[str, datetime], ...]:
        """Action and moment of every ended step, in order of time (for the chart of a job)."""
        query = (
            select(job_steps.c.action, job_steps.c.finished_at)
            .where(job_steps.c.job_id == id, job_steps.c.finished_at.is_not(None))
            .order_by(job_steps.c.finished_at)
        )
        with self._database.read() as db:
            return tuple((row.action, row.finished_at) for row in db.execute(query))

    def write_journal(
        self,
        id: str,
        owner: str,
        *,
        steps: Sequence[JobStep] = (),
        rows: Sequence[JobRow] = (),
        lease: timedelta = timedelta(seconds=60),
    ) -> None:
        """Write the state of steps and the outcome of rows, in one transaction.

        Only the holder of the lease may: it is renewed in the same transaction, and `JobError`
        is raised, with nothing written, when another process has taken it. Of a step everything
        but `change` and `action` is replaced, of a row everything but `payload`.
        """
        now = utc_now()
        with self._database.write() as db:
            held = db.execute(
                update(jobs)
                .where(jobs.c.id == id, jobs.c.lease_owner == owner)
                .values(lease_until=now + lease)
            )
            if not held.rowcount:
                raise JobError("Another process has taken over this job.", "Look at the job's page.")
            self._write_steps(db, id, steps)
            self._write_rows(db, id, rows)

    def close(self, id: str, *, steps: Sequence[JobStep], rows: Sequence[JobRow]) -> None:
        """Write the ends of steps and rows of a job that nobody runs, in one transaction."""
        with self._database.write() as db:
            self._write_steps(db, id, steps)
            self._write_rows(db, id, rows)

    def reopen(self, id: str, code: str) -> int:
        """Make rows that ended with this code, and their skipped steps, wait again; how many there were."""
        rows = select(job_rows.c.row).where(job_rows.c.job_id == id, job_rows.c.code == code)
        steps = (
            update(job_steps)
            .where(
                job_steps.c.job_id == id,
                job_steps.c.state == str(StepState.SKIPPED),
                job_steps.c.row.in_(rows),
            )
            .values(state=str(StepState.WAITING), finished_at=None)
        )
        again = (
            update(job_rows)
            .where(job_rows.c.job_id == id, job_rows.c.code == code)
            .values(outcome="", code="", changed_at=utc_now())
        )
        with self._database.write() as db:
            db.execute(steps)
            return int(db.execute(again).rowcount)

    def passwords(self, id: str, *, first: int = 0, last: int | None = None) -> dict[int, Any]:
        """What is kept as passwords of the rows `first` to `last` and not yet erased, by row."""
        query = select(job_passwords).where(
            job_passwords.c.job_id == id, job_passwords.c.password.is_not(None), job_passwords.c.row >= first
        )
        if last is not None:
            query = query.where(job_passwords.c.row <= last)
        with self._database.read() as db:
            found = db.execute(query.order_by(job_passwords.c.row)).all()
        return {row.row: self._open(job_passwords.c.password, row.password, id, row.row) for row in found}

    def erase_passwords(self, id: str, rows: Iterable[int] | None = None) -> int:
        """Erase the job's passwords, or those of `rows`, and note when; the answer is how many there were."""
        query = (
            update(job_passwords)
            .where(job_passwords.c.job_id == id, job_passwords.c.password.is_not(None))
            .values(password=None, handed_over_at=utc_now())
        )
        if rows is None:
            with self._database.write() as db:
                return int(db.execute(query).rowcount)
        erased, wanted = 0, sorted(rows)
        with self._database.write() as db:
            for start in range(0, len(wanted), PAGE):
                part = query.where(job_passwords.c.row.in_(wanted[start : start + PAGE]))
                erased += int(db.execute(part).rowcount)
        return erased

    def forget_passwords(self, id: str, rows: Iterable[int]) -> int:
        """Remove the passwords of `rows` without a trace; the answer is how many there were."""
        p, wanted, gone = job_passwords.c, sorted(rows), 0
        with self._database.write() as db:
            for start in range(0, len(wanted), PAGE):
                part = p.row.in_(wanted[start : start + PAGE])
                gone += int(db.execute(delete(job_passwords).where(p.job_id == id, part)).rowcount)
        return gone

    def passwords_left(self, id: str, after: Iterable[str] | None = None) -> int:
        """How many rows have a password that isn't erased; only those in which one of the actions
        `after` was carried out, when given."""
        p, s = job_passwords.c, job_steps.c
        query = select(func.count()).where(p.job_id == id, p.password.is_not(None))
        if after is not None:
            carried_out = select(s.row).where(
                s.job_id == id, s.state == str(StepState.DONE), s.action.in_(list(after))
            )
            query = query.where(p.row.in_(carried_out))
        with self._database.read() as db:
            return int(db.scalar(query) or 0)

    def rows_done(self, id: str, actions: Iterable[str]) -> dict[int, datetime | None]:
        """The rows in which one of these actions was carried out, and when. Opens nothing that is sealed."""
        s = job_steps.c
        query = select(s.row, s.finished_at).where(
            s.job_id == id, s.state == str(StepState.DONE), s.action.in_(list(actions))
        )
        with self._database.read() as db:
            return {row.row: row.finished_at for row in db.execute(query)}

    def password_rows(self, id: str, *, erased: bool = True) -> frozenset[int]:
        """The rows that have, or (with `erased`) had, passwords to hand over."""
        query = select(job_passwords.c.row).where(job_passwords.c.job_id == id)
        if not erased:
            query = query.where(job_passwords.c.password.is_not(None))
        with self._database.read() as db:
            return frozenset(db.scalars(query))

    def _write_steps(self, db: Connection, id: str, steps: Sequence[JobStep]) -> None:
        if steps:
            db.execute(_STEP_UPDATE, [self._step_values(id, step, prefix="at_") for step in steps])

    def _write_rows(self, db: Connection, id: str, rows: Sequence[JobRow]) -> None:
        if rows:
            db.execute(_ROW_UPDATE, [self._row_values(id, row, prefix="at_") for row in rows])

    def _write_passwords(self, db: Connection, id: str, passwords: Mapping[int, Any]) -> None:
        if passwords:
            sealed = {
                row: self._seal(job_passwords.c.password, password, id, row)
                for row, password in passwords.items()
            }
            values = [{"job_id": id, "row": row, "password": password} for row, password in sealed.items()]
            db.execute(insert(job_passwords), values)

    def _row_values(self, id: str, row: JobRow, prefix: str = "") -> dict[str, Any]:
        said = [row.message, row.sub, row.username]
        values = {
            f"{prefix}job_id": id,
            f"{prefix}row": row.row,
            "outcome": row.outcome,
            "code": row.code,
            "message": self._seal(job_rows.c.message, said if any(said) else None, id, row.row),
            "changed_at": utc_now(),
        }
        if not prefix:
            values["payload"] = self._seal(job_rows.c.payload, row.payload, id, row.row)
        return values

    def _step_values(self, id: str, step: JobStep, prefix: str = "") -> dict[str, Any]:
        address = (id, step.row, step.step)
        values = {
            f"{prefix}job_id": id,
            f"{prefix}row": step.row,
            f"{prefix}step": step.step,
            "state": str(step.state),
            "attempts": step.attempts,
            "code": step.code,
            "activity_id": step.activity_id,
            "result": self._seal(job_steps.c.result, step.result, *address),
            "sent_at": step.sent_at,
            "finished_at": step.finished_at,
        }
        if not prefix:
            values["action"] = step.action
            values["change"] = self._seal(job_steps.c.change, step.change, *address)
        return values

    def _job_row(self, id: str, row: Row[Any]) -> JobRow:
        payload = self._open(job_rows.c.payload, row.payload, id, row.row)
        said = self._open(job_rows.c.message, row.message, id, row.row) or ("", "", "")
        return from_row(JobRow, row, payload=payload, message=said[0], sub=said[1], username=said[2])

    def _job_step(self, id: str, row: Row[Any]) -> JobStep:
        address = (id, row.row, row.step)
        change = self._open(job_steps.c.change, row.change, *address)
        return from_row(
            JobStep, row, change=change, result=self._open(job_steps.c.result, row.result, *address)
        )


class Jobs(JobRows):
    """Owner of the table `jobs`, and through `JobRows` of all that belongs to a job."""

    def create(
        self,
        new: NewJob,
        rows: Iterable[JobRow] = (),
        steps: Iterable[JobStep] = (),
        passwords: Mapping[int, Any] | None = None,
    ) -> Job:
        """Store a job with its rows, steps and the passwords of rows (JSON-ready), in one transaction.

        Row 0 stands for the job's own steps and isn't counted among the rows.
        """
        id = new_id()
        row_values = [self._row_values(id, row) for row in rows]
        step_values = [self._step_values(id, step) for step in steps]
        values = to_row(new) | {
            "id": id,
            "control": str(JobControl.RUN),
            "started_by": "",
            "started_by_name": "",
            "total_rows": sum(values["row"] > 0 for values in row_values),
            "total_steps": len(step_values),
            "lease_owner": "",
            "created_at": utc_now(),
        }
        with self._database.write() as db:
            db.execute(insert(jobs).values(**values))
            self._insert(db, id, row_values, step_values, passwords or {})
        return self.get(id)

    def add_rows(
        self, id: str, rows: Iterable[JobRow], steps: Iterable[JobStep], passwords: Mapping[int, Any]
    ) -> None:
        """Add rows to a job that is being saved, in one transaction; the totals count them."""
        row_values = [self._row_values(id, row) for row in rows]
        step_values = [self._step_values(id, step) for step in steps]
        more = {
            "total_rows": jobs.c.total_rows + sum(values["row"] > 0 for values in row_values),
            "total_steps": jobs.c.total_steps + len(step_values),
        }
        with self._database.write() as db:
            db.execute(update(jobs).where(jobs.c.id == id).values(**more))
            self._insert(db, id, row_values, step_values, passwords)

    def _insert(
        self,
        db: Connection,
        id: str,
        rows: Sequence[Mapping[str, Any]],
        steps: Sequence[Mapping[str, Any]],
        passwords: Mapping[int, Any],
    ) -> None:
        if rows:
            db.execute(insert(job_rows), rows)
        if steps:
            db.execute(insert(job_steps), steps)
        self._write_passwords(db, id, passwords)

    def get(self, id: str) -> Job:
        """One job. Raises `RecordNotFound`."""
        row = self._first(select(jobs).where(jobs.c.id == id))
        if row is None:
            raise _gone()
        return from_row(Job, row)

    def list(
        self,
        *,
        limit: int = 100,
        states: Iterable[JobState] = (),
        pool_name: str = "",
        before: str = "",
    ) -> tuple[Job, ...]:
        """Jobs, the newest first, of these states, or of all but those still being saved.

        `before` is the id of a job: only older ones are listed.
        """
        query = select(jobs).order_by(jobs.c.id.desc()).limit(limit)
        wanted = [str(state) for state in states]
        in_state = jobs.c.state.in_(wanted) if wanted else jobs.c.state != str(JobState.SAVING)
        query = query.where(in_state)
        if before:
            query = query.where(jobs.c.id < before)
        if pool_name:
            query = query.where(jobs.c.pool_name == pool_name)
        return tuple(from_row(Job, row) for row in self._all(query))

    def erase_rows(self, id: str, rows: Sequence[int]) -> None:
        """Take rows out of a job that has ended, with their steps and passwords; its totals follow."""
        with self._database.write() as db:
            for start in range(0, len(rows), PAGE):
                some = rows[start : start + PAGE]
                for table in (job_steps, job_passwords, job_rows):
                    db.execute(delete(table).where(table.c.job_id == id, table.c.row.in_(some)))
            r, s = job_rows.c, job_steps.c
            rows_left = select(func.count()).where(r.job_id == id, r.row > 0).scalar_subquery()
            steps_left = select(func.count()).where(s.job_id == id).scalar_subquery()
            left = {"total_rows": rows_left, "total_steps": steps_left}
            db.execute(update(jobs).where(jobs.c.id == id).values(left))

    def delete(self, id: str) -> None:
        """Remove a job with its rows, journal and passwords. Raises `RecordNotFound`."""
        if not self._write(delete(jobs).where(jobs.c.id == id)):
            raise _gone()

    def update(self, id: str, **values: Any) -> None:
        """Set columns of a job (`state`, `control`, `reason`, times …). Raises `RecordNotFound`."""
        if not self._write(update(jobs).where(jobs.c.id == id).values(**_plain(values))):
            raise _gone()

    def change_state(self, id: str, expected: Iterable[JobState], state: JobState, **values: Any) -> bool:
        """Move a job to `state` if it is in one of `expected`; False, and nothing done, when it isn't."""
        query = (
            update(jobs)
            .where(jobs.c.id == id, jobs.c.state.in_([str(known) for known in expected]))
            .values(state=str(state), **_plain(values))
        )
        return bool(self._write(query))

    def say(self, id: str, reason: str) -> None:
        """Set the reason of a job that runs; what an operator asked of it meanwhile has its own."""
        running = (jobs.c.id == id, jobs.c.state == str(JobState.RUNNING))
        asked_nothing = jobs.c.control == str(JobControl.RUN)
        self._write(update(jobs).where(*running, asked_nothing).values(reason=reason))

    def take_lease(self, id: str, owner: str, lifetime: timedelta) -> bool:
        """Become the only process that works on a job; False while another one's lease runs.

        The same call by the owner is the heartbeat. Clocks of the processes must agree within
        much less than `lifetime`.
        """
        now = utc_now()
        free = or_(jobs.c.lease_owner.in_(("", owner)), jobs.c.lease_until < now)
        query = (
            update(jobs).where(jobs.c.id == id, free).values(lease_owner=owner, lease_until=now + lifetime)
        )
        return bool(self._write(query))

    def release_lease(self, id: str, owner: str) -> None:
        """Give the lease up; nothing happens when it is another's by now."""
        query = (
            update(jobs)
            .where(jobs.c.id == id, jobs.c.lease_owner == owner)
            .values(lease_owner="", lease_until=utc_now())
        )
        self._write(query)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: str(value) if isinstance(value, StrEnum) else value for key, value in values.items()}


def _gone() -> RecordNotFound:
    return RecordNotFound("This job is not there any more.", "Look at the list of jobs.")


_ROW_UPDATE = (
    update(job_rows)
    .where(job_rows.c.job_id == bindparam("at_job_id"), job_rows.c.row == bindparam("at_row"))
    .values({name: bindparam(name) for name in ("outcome", "code", "message", "changed_at")})
)
_STEP_UPDATE = (
    update(job_steps)
    .where(
        job_steps.c.job_id == bindparam("at_job_id"),
        job_steps.c.row == bindparam("at_row"),
        job_steps.c.step == bindparam("at_step"),
    )
    .values(
        {
            name: bindparam(name)
            for name in ("state", "attempts", "code", "activity_id", "result", "sent_at", "finished_at")
        }
    )
)
