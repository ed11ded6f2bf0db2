"""What scheduled audits, questions and reviews do when their time has come.

Loaded when one of them runs: naming, planning and listing schedules needs nothing of the audits, which
load more than all the rest.
"""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from hashlib import sha256

from services.audits.ask import Answered, ask
from services.audits.audit import Audit, audit
from services.audits.history import history_of
from services.audits.of_pool import ground_of, log_of, setting_of
from services.audits.report import AuditReport
from services.audits.reviews.campaigns import Reviews
from services.audits.reviews.start import NewReview
from services.audits.reviews.unanswered import Unanswered
from services.audits.rule import RuleState
from services.audits.rules import RULES
from services.audits.severity import Severity
from services.audits.sign_ins import provider_names
from services.audits.tables import as_csv, as_xlsx
from services.directory.export import about_of, filename
from services.directory.file_format import Format
from services.schedule.ground import TaskGround, TaskOutcome
from services.store.applications import Application
from services.store.columns import utc_now
from services.store.saved import SavedQuestion
from services.store.schedules import RunResult
from services.words import counted, listed

MOST_REMEMBERED = 50_000
"""So many findings of one rule are told from new ones."""


def audited(ground: TaskGround, tell_from: Severity, format: str, oldest: timedelta) -> TaskOutcome:
    """Ask every rule; the report is the file. The next run knows what was as grave as `tell_from`."""
    tables = ground.read(oldest)
    setting = setting_of(
        ground.store, ground.pool, tables.about.pool_key, provider_names(ground.session.gateway)
    )
    made = audit(tables, setting, RULES, log_of(ground.store, ground.pool))
    history = history_of(ground.store, ground.pool, made)
    report = AuditReport(made, ground.who().name, utc_now(), history)
    grave = _prints(made, tell_from)
    new = len(grave - set(ground.memory or ()))
    since = " since last time" if ground.memory is not None else ""
    verb = "is" if new == 1 else "are"
    told = f" {_graver(new, tell_from)} {verb} new{since}."
    return TaskOutcome(
        RunResult.ATTENTION if new or not made.certain else RunResult.DONE,
        f"{_found(made)}{told if grave else ''}",
        report.filename(format),
        {"html": report.html, "xlsx": report.xlsx, "csv": report.csv}[format](),
        memory=sorted(grave),
    )


def _graver(count: int, least: Severity) -> str:
    """So many findings of this severity or graver, in words."""
    if least is Severity.HIGH:
        return counted(count, "high finding")
    found = counted(count, "finding")
    return found if least is Severity.INFO else f"{found}, {least} or graver,"


def _prints(made: Audit, least: Severity) -> set[str]:
    """What was found of this severity or graver, as short prints that name nobody."""
    found: set[str] = set()
    for result in made.of(RuleState.FOUND):
        if result.rule.severity.rank <= least.rank:
            rows = result.findings[["sub", "groups", "application"]].itertuples(index=False)
            found.update(
                sha256(repr((result.rule.id, *row)).encode()).hexdigest()[:12]
                for row in itertools.islice(rows, MOST_REMEMBERED)
            )
    return found


def _found(made: Audit) -> str:
    """How many rules found something, by severity, and what is missing."""
    numbers = {severity: count for severity, count in made.severities.items() if count}
    each = listed([f"{count} {severity.words.lower()}" for severity, count in numbers.items()])
    said = (
        f"{counted(sum(numbers.values()), 'rule')} found something: {each}." if each else "Nothing was found."
    )
    open_rules = len(made.of(RuleState.INCOMPLETE))
    unsure = f" {counted(open_rules, 'rule')} could not be answered." if open_rules else ""
    return f"{said}{unsure} {made.snapshot.completeness.sentence}".strip()


def asked(
    ground: TaskGround, question: SavedQuestion, format: Format, oldest: timedelta, *, tell_rows: bool
) -> TaskOutcome:
    """Ask a saved question; the answer is the file. With `tell_rows` any row asks for a look."""
    tables = ground.read(oldest)
    answer = ask(ground_of(ground.store, ground.pool, tables), question.sql)
    more = " NOT all rows were taken." if answer.more else ""
    attention = (tell_rows and len(answer)) or not answer.complete
    return TaskOutcome(
        RunResult.ATTENTION if attention else RunResult.DONE,
        f"{counted(len(answer), 'row')}.{more}",
        filename(about_of(tables, question.name), format),
        _answer_file(answer, question.name, ground.who().name, format),
    )


def _answer_file(answer: Answered, title: str, made_by: str, format: Format) -> bytes:
    table, head = answer.table(title), answer.head(title, made_by)
    return as_xlsx([table], head) if format is Format.XLSX else as_csv(table, head)


def reviewed(
    ground: TaskGround,
    title: str,
    reviewer_ids: tuple[str, ...],
    deadline: datetime,
    groups: tuple[str, ...],
    application: Application | None,
    unanswered: Unanswered,
) -> TaskOutcome:
    """Freeze who is in the groups today and open it for decisions."""
    tables = ground.read(timedelta(hours=1))
    wanted = NewReview(title, reviewer_ids, deadline, groups, application, unanswered)
    campaign = Reviews(ground.store, ground.who).start(tables, wanted, ground.pool)
    return TaskOutcome(
        RunResult.DONE,
        f"Opened “{campaign.title}” with {counted(campaign.population, 'membership')}.",
        campaign_id=campaign.id,
    )
