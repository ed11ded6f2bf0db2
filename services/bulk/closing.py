"""The end of a job that stops early: every row gets an outcome, every open line of the log an end."""

from __future__ import annotations

from itertools import islice

from services.bulk.model import Result
from services.bulk.saved import WAITING, row_plan, steps_by_row
from services.bulk.work import STOPPED, RowWork
from services.store.activity import ActivityResult, Finish
from services.store.jobs import JobRow, JobStep
from services.store.store import Store

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
            result, message, code = Result.NOT_ATTEMPTED, reason, STOPPED
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
