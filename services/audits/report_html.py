"""The report of an audit as one HTML file. All text is escaped: it comes from Cognito."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined

from services.audits.audit import Audit
from services.audits.report_charts import findings_picture, group_picture, people_picture
from services.audits.rule import Result, Severity, State
from services.audits.tables import STATEMENT, About


@dataclass(frozen=True, slots=True)
class Line:
    """One finding as it is printed."""

    who: str
    name: str
    state: str
    groups: str
    application: str
    detail: str
    since: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """What is printed about one rule; `more` findings are in the files only."""

    result: Result
    state: str
    counted: str
    lines: Sequence[Line]
    more: int

    def has(self, column: str) -> bool:
        """True if any line has something in this column."""
        return any(getattr(one, column) for one in self.lines)


def render(audit: Audit, head: About, chapters: Sequence[Chapter]) -> bytes:
    """The document. Needs no network: charts are drawn into it."""
    pictures = [
        findings_picture(audit.by_severity),
        people_picture(audit.snapshot),
        group_picture(audit.snapshot),
    ]
    page = _PAGES.get_template("report.html").render(
        title=f"Audit of {audit.snapshot.about.pool_name}",
        completeness=audit.snapshot.completeness,
        facts=[one for one in head.facts if one[0] not in ("Report", STATEMENT)],
        severities=[(severity, audit.severities[severity]) for severity in Severity],
        pictures=[one for one in pictures if one is not None],
        chapters=chapters,
        found=[one for one in chapters if one.result.state is State.FOUND],
        open=[one for one in chapters if one.result.state in (State.INCOMPLETE, State.UNANSWERED)],
        clean=[one for one in chapters if one.result.state is State.CLEAN],
    )
    return page.encode("utf-8", errors="replace")


_PAGES = Environment(
    loader=PackageLoader("services.audits", "."),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
