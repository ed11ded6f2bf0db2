"""What became of a job: progress, outcomes in the file's order, and the files to take away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING

from services.bulk.model import JobProgress, Outcome, RowResult
from services.bulk.row_actions import UPSERT, RowAction
from services.bulk.saved import PREPARATION_ROW, RUN_BEGAN, WAITING, WAITS
from services.cognito.actions import ACTIONS
from services.csv_safe import SafeCsv, build_csv
from services.errors import RecordNotFound
from services.print_style import cover_line, print_style
from services.store.columns import utc_now
from services.store.jobs import Job, JobRow, JobState, StepState
from services.store.store import Store
from services.words import duration, minute, place_of

if TYPE_CHECKING:
    from jinja2 import Environment

# What became of a job as a page to print or to file: who, when, how many, and every row.

_GOOD = (RowResult.DONE, RowResult.UNCHANGED, RowResult.LATER)


def report_html(store: Store, job_id: str, made_by: str) -> bytes:
    """An HTML document about a job: rows that aren't done first, then the rest, all in the file's order.

    `made_by` is the name of the operator who asks for it.

    All text is escaped: it comes from files and from Cognito. Raises `RecordNotFound`.
    """
    job = store.jobs.get(job_id)
    listed = list(outcomes(store, job_id))
    counts = [(str(result), sum(row.result is result for row in listed)) for result in RowResult]
    wrong = [row for row in listed if row.result not in _GOOD]
    good = [row for row in listed if row.result in _GOOD]
    parts: list[tuple[str, list[Outcome]]] = [("Not done", wrong), ("Done, so already, or planned", good)]
    took = job.finished_at - job.started_at if job.finished_at and job.started_at else None
    page = (
        pages()
        .get_template("job_report.html")
        .render(
            job=job,
            print_style=print_style(f"{job.title}: what became of it"),
            cover=_cover(store, job, made_by),
            took=duration(took.total_seconds()) if took else "",
            total=max(1, len(listed)),
            counts=[(name, count) for name, count in counts if count],
            parts=[(title, rows) for title, rows in parts if rows],
        )
    )
    return page.encode()


def _cover(store: Store, job: Job, made_by: str) -> str:
    """Where the job works, and how old the pool was as its plan has it, in one line."""
    account, region = "", str(job.target.get("region") or "")
    if id := str(job.target.get("connection_id") or ""):
        with suppress(RecordNotFound):  # it was deleted since; the job remains
            connection = store.connections.get(id)
            account, region = connection.account, region or connection.region
    read = job.options.get("made_at")
    return cover_line(
        place_of(account, region),
        f"{job.pool_name} ({job.target.get('pool_id', '')})",
        read_at=datetime.fromisoformat(str(read)) if read else job.created_at,
        read_by=job.created_by_name,
        made_by=made_by,
        made_at=utc_now(),
    )


def _moment(at: datetime) -> str:
    return minute(at)


@cache
def pages() -> Environment:
    """The templates of pages to print."""
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - only pages need it

    environment = Environment(
        loader=PackageLoader("services.bulk", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"moment": _moment}
    return environment


RATE_OVER = timedelta(seconds=20)
CARRIED_OUT = (RowResult.DONE, RowResult.FAILED, RowResult.CHANGED)
"""How rows end that the job has carried out, or tried to."""
BY_THE_PLAN = (RowResult.UNCHANGED, RowResult.INVALID, RowResult.LATER)
"""How rows end without being carried out: the plan said so."""
PERHAPS_MADE = (StepState.DONE, StepState.UNKNOWN, StepState.STARTED)
"""How steps stand that have changed something, or may have."""
TO_FIX = (RowResult.FAILED, RowResult.INVALID, RowResult.CHANGED, RowResult.NOT_ATTEMPTED)
"""How rows end that stand in the file of rows to fix."""


def progress(store: Store, job_id: str) -> JobProgress:
    """How far a job is. Raises `RecordNotFound`."""
    job = store.jobs.get(job_id)
    results = store.jobs.count_outcomes(job_id)
    if open_rows := results.pop(WAITING, 0):
        results[RowResult.WAITING] = open_rows
    states = store.jobs.count_steps(job_id)
    steps = sum(states.values())
    open_steps = states.get(StepState.WAITING, 0) + states.get(StepState.STARTED, 0)
    no_store = WAITS.get(job.id, "")
    rate = 0.0 if no_store else _rate(store, job)
    return JobProgress(
        job_id=job.id,
        state=JobState.PAUSED if no_store else job.state,
        control=job.control,
        reason=no_store or job.reason,
        rows=job.total_rows,
        to_do=job.total_rows - sum(results.get(result, 0) for result in BY_THE_PLAN),
        finished=sum(results.get(result, 0) for result in CARRIED_OUT),
        results=results,
        steps=steps,
        steps_done=steps - open_steps,
        changes=sum(states.get(state, 0) for state in PERHAPS_MADE),
        rate=rate,
        seconds_left=open_steps / rate if rate else None,
        started_at=job.started_at,
        finished_at=job.finished_at,
        throttled=int(job.totals.get("throttled", 0)),
    )


def _rate(store: Store, job: Job) -> float:
    """Steps a second lately; what was done before a pause says nothing of now."""
    if job.state is not JobState.RUNNING or job.started_at is None:
        return 0.0
    now = utc_now()
    began = datetime.fromisoformat(job.totals.get(RUN_BEGAN) or job.started_at.isoformat())
    seconds = max(1.0, min(RATE_OVER, now - began).total_seconds())
    return store.jobs.ended_since(job.id, now - timedelta(seconds=seconds)) / seconds


def outcomes(
    store: Store,
    job_id: str,
    *,
    after: int = PREPARATION_ROW,
    limit: int | None = None,
    result: str | None = None,
) -> Iterator[Outcome]:
    """The outcome of every row in the file's order, behind row `after`; of one `result` if given.

    Rows that haven't ended stand as “waiting”.
    """
    wanted = WAITING if result == RowResult.WAITING else result
    for row in store.jobs.rows(job_id, after=after, limit=limit, outcome=wanted):
        yield _outcome(row)


def _outcome(row: JobRow) -> Outcome:
    return Outcome(
        row=row.row,
        label=row.payload["label"],
        action=RowAction(row.payload["action"] or UPSERT),
        result=RowResult(row.outcome) if row.outcome else RowResult.WAITING,
        message=row.message,
        code=row.code,
        sub=row.sub,
        username=row.username,
        note=row.payload.get("note", ""),
    )


def results_csv(store: Store, job_id: str) -> SafeCsv:
    """Every row of the file with its outcome, as CSV."""
    header = ("row", "who", "username", "sub", "action", "outcome", "message", "code", "note")
    return build_csv(
        header,
        (
            (
                outcome.row,
                outcome.label,
                outcome.username,
                outcome.sub,
                outcome.action,
                outcome.result,
                outcome.message,
                outcome.code,
                outcome.note,
            )
            for outcome in outcomes(store, job_id)
        ),
    )


@dataclass(frozen=True, slots=True)
class RatePoint:
    """Calls per second of one quota category in one stretch of time."""

    at: datetime
    category: str
    per_second: float


def rate_over_time(store: Store, job_id: str, points: int = 60) -> list[RatePoint]:
    """How fast a job went, by quota category, for a chart with about `points` stretches."""
    times = store.jobs.step_times(job_id)
    if not times:
        return []
    first, last = times[0][1], times[-1][1]
    width = max(1.0, (last - first).total_seconds() / points)
    counts: Counter[tuple[int, str]] = Counter()
    for action, at in times:
        stretch = int((at - first).total_seconds() // width)
        counts[stretch, ACTIONS[action].category().name] += 1
    return [
        RatePoint(first + timedelta(seconds=stretch * width), category, count / width)
        for (stretch, category), count in sorted(counts.items())
    ]
