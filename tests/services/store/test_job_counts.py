"""A job under way is counted every second, and its rows are many and large: an index must be enough."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from sqlalchemy import event, text

from services.store.columns import utc_now
from services.store.jobs import JobRow, JobStep, NewJob, StepState
from services.store.store import Store


@contextmanager
def asked(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """The queries sent meanwhile, with their values."""
    with store.database.read() as db:
        engine = db.engine
    found: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, values: Any, *___: Any) -> None:
        if statement.startswith("SELECT"):
            found.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)


def test_rows_and_steps_are_counted_without_reading_what_is_sealed_beside_them(store: Store) -> None:
    rows = [JobRow(number, "done" if number < 4 else "", payload={"n": number}) for number in range(6)]
    steps = [JobStep(number, 0, "create_user", StepState.DONE, finished_at=utc_now()) for number in range(4)]
    steps += [JobStep(number, 0, "create_user") for number in (4, 5)]
    job = store.jobs.create(NewJob("csv", "p.csv", "staff", {}, "op", "Sam", "browser"), rows, steps)
    with asked(store) as queries:
        assert store.jobs.count_outcomes(job.id) == {"done": 3, "": 2}  # row 0 is the job's own
        assert store.jobs.count_steps(job.id) == {StepState.DONE: 4, StepState.WAITING: 2}
        assert store.jobs.ended_since(job.id, utc_now() - timedelta(minutes=1)) == 4
    assert len(queries) == 3
    if store.server:
        return  # its planner takes an index once there are many
    with store.database.read() as db:
        for statement, values in queries:
            plan = " ".join(
                row.detail for row in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
            )
            assert "USING COVERING INDEX ix_job_" in plan, plan
        assert db.execute(text("SELECT count(*) FROM job_steps")).scalar() == 6
