"""Jobs: plans being carried out. Their rows and journal are in `job_rows`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, update

from services.errors import RecordNotFound
from services.store.columns import new_id, utc_now
from services.store.job_rows import JobRows
from services.store.job_types import Job, JobControl, JobRow, JobState, JobStep, NewJob, StepState
from services.store.schema import job_rows, job_steps, jobs

__all__ = ["Job", "JobControl", "JobRow", "JobState", "JobStep", "Jobs", "NewJob", "StepState"]


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
        values = {name: getattr(new, name) for name in NewJob.__dataclass_fields__}
        values |= {
            "id": id,
            "target": dict(new.target),
            "options": dict(new.options),
            "totals": dict(new.totals),
            "state": str(new.state),
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
        with self._database.read() as db:
            row = db.execute(select(jobs).where(jobs.c.id == id)).first()
        if row is None:
            raise _gone()
        return _job(row)

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
        with self._database.read() as db:
            return tuple(map(_job, db.execute(query)))

    def delete(self, id: str) -> None:
        """Remove a job with its rows, journal and passwords. Raises `RecordNotFound`."""
        with self._database.write() as db:
            if not db.execute(delete(jobs).where(jobs.c.id == id)).rowcount:
                raise _gone()

    def update(self, id: str, **values: Any) -> None:
        """Set columns of a job (`state`, `control`, `reason`, times …). Raises `RecordNotFound`."""
        with self._database.write() as db:
            if not db.execute(update(jobs).where(jobs.c.id == id).values(**_plain(values))).rowcount:
                raise _gone()

    def change_state(self, id: str, expected: Iterable[JobState], state: JobState, **values: Any) -> bool:
        """Move a job to `state` if it is in one of `expected`; False, and nothing done, when it isn't."""
        query = (
            update(jobs)
            .where(jobs.c.id == id, jobs.c.state.in_([str(one) for one in expected]))
            .values(state=str(state), **_plain(values))
        )
        with self._database.write() as db:
            return bool(db.execute(query).rowcount)

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
        with self._database.write() as db:
            return bool(db.execute(query).rowcount)

    def release_lease(self, id: str, owner: str) -> None:
        """Give the lease up; nothing happens when it is another's by now."""
        query = (
            update(jobs)
            .where(jobs.c.id == id, jobs.c.lease_owner == owner)
            .values(lease_owner="", lease_until=utc_now())
        )
        with self._database.write() as db:
            db.execute(query)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: str(value) if isinstance(value, StrEnum) else value for key, value in values.items()}


def _job(row: Row[Any]) -> Job:
    values = {name: getattr(row, name) for name in Job.__dataclass_fields__}
    return Job(**{**values, "state": JobState(row.state), "control": JobControl(row.control)})


def _gone() -> RecordNotFound:
    return RecordNotFound("This job is not there any more.", "Look at the list of jobs.")
