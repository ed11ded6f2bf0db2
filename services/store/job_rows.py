"""The rows of jobs, the journal of their steps, and the passwords of their people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from services.errors import JobError
from services.store.columns import utc_now
from services.store.database import Database
from services.store.job_types import JobRow, JobStep, StepState
from services.store.schema import job_passwords, job_rows, job_steps, jobs
from services.store.vault import Vault

PAGE = 1000


class JobRows:
    """Owner of the tables `job_rows`, `job_steps` and `job_passwords`."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

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
        return {
            row.row: self._opened("job_passwords", "password", f"{id}/{row.row}", row.password)
            for row in found
        }

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

    def rows_done(self, id: str, actions: Iterable[str]) -> frozenset[int]:
        """The rows in which one of these actions was carried out. Opens nothing that is sealed."""
        s = job_steps.c
        query = select(s.row).where(
            s.job_id == id, s.state == str(StepState.DONE), s.action.in_(list(actions))
        )
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
            values = [
                {
                    "job_id": id,
                    "row": row,
                    "password": self._sealed("job_passwords", "password", f"{id}/{row}", one),
                }
                for row, one in passwords.items()
            ]
            db.execute(insert(job_passwords), values)

    def _sealed(self, table: str, column: str, row: str, value: Any) -> str | None:
        return None if value is None else self._vault.seal(value, table=table, column=column, row=row)

    def _opened(self, table: str, column: str, row: str, token: str | None) -> Any:
        return None if token is None else self._vault.open(token, table=table, column=column, row=row)

    def _row_values(self, id: str, row: JobRow, prefix: str = "") -> dict[str, Any]:
        address = f"{id}/{row.row}"
        said = [row.message, row.sub, row.username]
        values = {
            f"{prefix}job_id": id,
            f"{prefix}row": row.row,
            "outcome": row.outcome,
            "code": row.code,
            "message": self._sealed("job_rows", "message", address, said if any(said) else None),
            "changed_at": utc_now(),
        }
        if not prefix:
            values["payload"] = self._sealed("job_rows", "payload", address, row.payload)
        return values

    def _step_values(self, id: str, step: JobStep, prefix: str = "") -> dict[str, Any]:
        address = f"{id}/{step.row}/{step.step}"
        values = {
            f"{prefix}job_id": id,
            f"{prefix}row": step.row,
            f"{prefix}step": step.step,
            "state": str(step.state),
            "attempts": step.attempts,
            "code": step.code,
            "activity_id": step.activity_id,
            "result": self._sealed("job_steps", "result", address, step.result),
            "sent_at": step.sent_at,
            "finished_at": step.finished_at,
        }
        if not prefix:
            values["action"] = step.action
            values["change"] = self._sealed("job_steps", "change", address, step.change)
        return values

    def _job_row(self, id: str, row: Row[Any]) -> JobRow:
        address = f"{id}/{row.row}"
        said = self._opened("job_rows", "message", address, row.message) or ("", "", "")
        return JobRow(
            row=row.row,
            outcome=row.outcome,
            code=row.code,
            payload=self._opened("job_rows", "payload", address, row.payload),
            message=said[0],
            sub=said[1],
            username=said[2],
        )

    def _job_step(self, id: str, row: Row[Any]) -> JobStep:
        address = f"{id}/{row.row}/{row.step}"
        return JobStep(
            row=row.row,
            step=row.step,
            action=row.action,
            state=StepState(row.state),
            attempts=row.attempts,
            code=row.code,
            activity_id=row.activity_id,
            change=self._opened("job_steps", "change", address, row.change),
            result=self._opened("job_steps", "result", address, row.result),
            sent_at=row.sent_at,
            finished_at=row.finished_at,
        )


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
