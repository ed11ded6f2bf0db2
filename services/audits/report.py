"""The report of an audit, to print, to file or to calculate with: HTML, CSV, XLSX.

    report = AuditReport(audit(snapshot, setting), made_by="Ada", made_at=now)
    report.html()

Each of them says which pool, when it was read, by whom, and whether anything is missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined

from services.audits.audit import STATE_WORDS, Audit, findings_counted, findings_frame
from services.audits.history import NO_HISTORY, AuditHistory
from services.audits.rule import FindingSubject as Subject
from services.audits.rule import RuleResult, RuleState, subjects_of
from services.audits.severity import Severity
from services.audits.tables import ExportHead, Table, about, as_csv, as_xlsx, cover_line
from services.audits.thresholds import APART_TITLE, AUTOMATIC_TITLE, NUMBERS
from services.cognito.status import account_line
from services.csv_safe import Cell, join_groups
from services.directory.export import MOST_CELLS, STATEMENT, about_of, filename
from services.print_style import print_style
from services.words import counted, day, file_time

FINDINGS = (
    *(
        "severity",
        "rule",
        "title",
        "state",
        "name",
        "email",
        "username",
        "sub",
        "status",
        "enabled",
        "groups",
    ),
    *("application", "detail", "since_utc", "created_utc", "changed_utc"),
    *("new_since_utc", "remark", "not_certain_because"),
)
RULES = ("severity", "rule", "title", "state", "people", "groups", "applications", "accepted", "why",
         "advice", "remark", "not_certain_because")  # fmt: skip
ACCEPTED = "Accepted"
PRINTED = 200
"""So many findings of one rule are printed; the files hold all."""

_AT_ONCE = 20_000


@dataclass(frozen=True)
class AuditReport:
    """An audit with who asked for it, and what was found earlier. `made_at` is aware, in UTC."""

    audit: Audit
    made_by: str
    made_at: datetime
    history: AuditHistory = NO_HISTORY

    def filename(self, suffix: str) -> str:
        """A harmless name that says which pool, when it was read, and whether anything is missing."""
        return filename(about_of(self.audit.snapshot, "Audit"), suffix)

    @property
    def head(self) -> ExportHead:
        """What stands at the head of every format."""
        people, groups, memberships = self.audit.snapshot.counts
        return about(
            self.title,
            self.audit.snapshot,
            made_by=self.made_by,
            made_at=self.made_at,
            people=f"{people:,}",
            groups=f"{groups:,}",
            memberships=f"{memberships:,}",
            applications=", ".join(application.name for application in self.audit.setting.applications)
            or "none set up",
            audited=file_time(self.audit.setting.now),
            settings="; ".join(f"{what} {value}" for what, value in self.settings),
        )

    @property
    def title(self) -> str:
        """What the report is called."""
        return f"Audit of {self.audit.snapshot.about.pool_name}"

    @property
    def cover(self) -> str:
        """Where, which pool, read when and by whom, made when and by whom, in one line."""
        return cover_line(self.audit.snapshot.about, self.made_by, self.made_at)

    def csv(self) -> bytes:
        """Every finding on a line of its own, and a line for each rule without any."""
        return as_csv(self._findings_table(), self.head)

    def xlsx(self) -> bytes:
        """The rules and their findings as a workbook. Raises `InvalidValue` for more than it holds."""
        rules = Table("Rules", RULES, lambda: map(self._rule_line, self.audit.by_severity))
        return as_xlsx([rules, self._findings_table()], self.head)

    @property
    def fits_workbook(self) -> bool:
        """False when there are more findings than a workbook holds; the CSV holds any number."""
        lines = sum(max(1, len(result.findings)) for result in self.audit.results)
        return lines * len(FINDINGS) < MOST_CELLS - len(RULES) * len(self.audit.results)

    def html(self) -> bytes:
        """One file that prints well and needs nothing from anywhere."""
        chapters = [self._chapter(result) for result in self.audit.by_severity]
        return render(self, chapters)

    @property
    def settings(self) -> list[tuple[str, str]]:
        """When something is a finding: each setting and what it says."""
        chosen = self.audit.setting.thresholds
        pairs = ", ".join(f"{first} + {other}" for first, other in chosen.apart)
        return [
            *((spec.title, f"{getattr(chosen, name):,} {spec.unit}") for name, spec in NUMBERS.items()),
            (AUTOMATIC_TITLE, "yes" if chosen.ignore_automatic else "no"),
            (APART_TITLE, pairs or "none set up"),
        ]

    def _rule_line(self, result: RuleResult) -> list[Cell]:
        rule, numbers = result.rule, result.numbers
        counts = [numbers[subject] for subject in (Subject.PEOPLE, Subject.GROUPS, Subject.APPLICATIONS)]
        return [
            *(rule.severity.words, rule.id, rule.title, STATE_WORDS[result.state]),
            *(counts if result.state in (RuleState.FOUND, RuleState.CLEAN) else (None, None, None)),
            len(result.accepted),
            *(rule.why, rule.advice, result.remark, " ".join(result.reasons)),
        ]

    def _findings_table(self) -> Table:
        def lines() -> Iterator[list[Cell]]:
            for result in self.audit.by_severity:
                yield from self._finding_lines(result)

        return Table("Findings", FINDINGS, lines)

    def _finding_lines(self, result: RuleResult) -> Iterator[list[Cell]]:
        rule = result.rule
        first: list[Cell] = [rule.severity.words, rule.id, rule.title, STATE_WORDS[result.state]]
        last: list[Cell] = [result.remark, " ".join(result.reasons)]
        if not len(result.findings):
            yield [*first, *[""] * (len(FINDINGS) - len(first) - len(last)), *last]
        yield from self._people_lines(result, result.findings, first, last)
        first[-1] = ACCEPTED
        yield from self._people_lines(result, result.accepted, first, last)

    def _people_lines(
        self, result: RuleResult, findings: pd.DataFrame, first: list[Cell], ends: list[Cell]
    ) -> Iterator[list[Cell]]:
        """A line for each of these findings, between what is said of their rule."""
        for start in range(0, len(findings), _AT_ONCE):
            part = replace(result, findings=findings.iloc[start : start + _AT_ONCE])
            new, last = self.history.new_of(result), self.history.last
            since = file_time(last) if last else ""
            shown = findings_frame(part, self.audit.snapshot)
            for row, subject in zip(_records(shown), subjects_of(result.rule, shown), strict=True):
                yield [
                    *first,
                    *(row["name"], row["email"], row["username"], row["sub"], row["status"], row["enabled"]),
                    *(join_groups(row["groups"]), row["application"], row["detail"]),
                    *(_time(row["since"]), _time(row["created"]), _time(row["changed"])),
                    since if subject in new else "",
                    *ends,
                ]

    def _chapter(self, result: RuleResult) -> Chapter:
        table = findings_frame(result, self.audit.snapshot, slice(0, PRINTED))
        new = self.history.new_of(result)
        lines = [
            ReportLine(
                who=row["label"],
                name=row["name"] if row["name"] != row["label"] else "",
                state=_standing(row["status"], row["enabled"]),
                groups=", ".join(row["groups"]),
                application=row["application"],
                detail=row["detail"],
                since=_time(row["since"])[:10],
                new="new" if subject in new else "",
            )
            for row, subject in zip(_records(table), subjects_of(result.rule, table), strict=True)
        ]
        words = STATE_WORDS[result.state]
        more = len(result.findings) - len(lines)
        return Chapter(result, words, findings_counted(result), lines, more, self._accepted(result), len(new))

    def _accepted(self, result: RuleResult) -> list[AcceptedLine]:
        """What was accepted of a rule, as far as it is printed."""
        if not len(result.accepted):
            return []
        table = findings_frame(replace(result, findings=result.accepted.head(PRINTED)), self.audit.snapshot)
        held = self.audit.setting.accepted
        return [
            AcceptedLine(
                row["name"] or row["label"] or subject.partition(" ")[2], why.reason, why.by, day(why.until)
            )
            for row, subject in zip(_records(table), subjects_of(result.rule, table), strict=True)
            for why in [held[result.rule.id, subject]]
        ]


def _records(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    names = [str(name) for name in table.columns]
    for values in zip(*(table[name] for name in names), strict=True):
        yield dict(zip(names, values, strict=True))


def _standing(status: str, enabled: bool | None) -> str:
    if not status:
        return ""
    return account_line(status, enabled=bool(enabled))


def _time(moment: pd.Timestamp) -> str:
    return "" if pd.isna(moment) else f"{moment:%Y-%m-%d %H:%M:%S}"


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One finding as it is printed."""

    who: str
    name: str
    state: str
    groups: str
    application: str
    detail: str
    since: str
    new: str


@dataclass(frozen=True, slots=True)
class AcceptedLine:
    """One finding that was accepted, as it is printed."""

    who: str
    reason: str
    by: str
    until: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """What is printed about one rule; `more` findings are in the files only, `new` since the last time."""

    result: RuleResult
    state: str
    findings_counted: str
    lines: Sequence[ReportLine]
    more: int
    accepted: Sequence[AcceptedLine] = ()
    new: int = 0

    def has(self, column: str) -> bool:
        """True if any line has something in this column."""
        return any(getattr(line, column) for line in self.lines)


_ELSEWHERE = ("Report", STATEMENT, "Settings")
"""Facts that stand on the first page, or one by one."""


def render(report: AuditReport, chapters: Sequence[Chapter]) -> bytes:
    """The document. Needs no network: charts are drawn into it."""
    # altair takes half a second, and only what is printed has pictures
    from services.audits import charts  # noqa: PLC0415

    audit, history = report.audit, report.history
    people, groups, memberships = audit.snapshot.counts
    pictures = [
        charts.findings_picture(audit.by_severity),
        charts.trend_picture(history.days),
        charts.people_picture(audit.snapshot),
        charts.group_picture(audit.snapshot),
    ]
    page = _PAGES.get_template("report.html").render(
        title=report.title,
        cover=report.cover,
        counts=f"{counted(people, 'person', 'people')}, {counted(groups, 'group')}, "
        f"{counted(memberships, 'membership')}.",
        print_style=print_style(report.title, landscape=True),
        completeness=audit.snapshot.completeness,
        facts=[fact for fact in report.head.facts if fact[0] not in _ELSEWHERE],
        settings=report.settings,
        severities=[(severity, audit.severities[severity]) for severity in Severity],
        pictures=[picture for picture in pictures if picture is not None],
        chapters=chapters,
        new=sum(chapter.new for chapter in chapters),
        last=day(history.last) if history.last else "",
        found=[chapter for chapter in chapters if chapter.result.state is RuleState.FOUND],
        open=[
            chapter
            for chapter in chapters
            if chapter.result.state in (RuleState.INCOMPLETE, RuleState.UNANSWERED)
        ],
        clean=[chapter for chapter in chapters if chapter.result.state is RuleState.CLEAN],
        accepted=[chapter for chapter in chapters if chapter.accepted],
    )
    return page.encode("utf-8", errors="replace")


_PAGES = Environment(
    loader=PackageLoader("services.audits", "."),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
