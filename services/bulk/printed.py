"""What became of a job as a page to print or to file: who, when, how many, and every row."""

from __future__ import annotations

from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined

from services.bulk.model import Outcome, Result
from services.bulk.report import outcomes
from services.store.store import Store
from services.words import minute

_GOOD = (Result.DONE, Result.UNCHANGED)


def report_html(store: Store, job_id: str) -> bytes:
    """An HTML document about a job: rows that aren't done first, then the rest, all in the file's order.

    All text is escaped: it comes from files and from Cognito. Raises `RecordNotFound`.
    """
    job = store.jobs.get(job_id)
    listed = list(outcomes(store, job_id))
    counts = [(str(one), sum(row.result is one for row in listed)) for one in Result]
    wrong = [one for one in listed if one.result not in _GOOD]
    good = [one for one in listed if one.result in _GOOD]
    parts: list[tuple[str, list[Outcome]]] = [("Not done", wrong), ("Done, or so already", good)]
    took = job.finished_at - job.started_at if job.finished_at and job.started_at else None
    page = _PAGES.get_template("job_report.html").render(
        job=job,
        took=str(took).partition(".")[0] if took else "",
        total=max(1, len(listed)),
        counts=[(name, count) for name, count in counts if count],
        parts=[(title, rows) for title, rows in parts if rows],
    )
    return page.encode()


def _moment(at: datetime) -> str:
    return minute(at)


def _words(name: str) -> str:
    return str(name).replace("_", " ")


_PAGES = Environment(
    loader=PackageLoader("services.bulk", "."),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_PAGES.filters |= {"moment": _moment, "words": _words}
