"""What can be done by schedule: one class for each kind of work.

A task is what an operator chose; its fields are stored with the schedule by their names, so a new field
needs a default. `kind` is stored too and never changes. `run` does the work as the operator whom the
schedule names, with the rights that they have at that moment.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, timedelta
from typing import Any, ClassVar, Self

from services.audits.reviews.unanswered import Unanswered
from services.audits.severity import Severity
from services.bulk import control
from services.bulk.model import PlanOptions
from services.bulk.plan import plan_for_people
from services.bulk.row_actions import LEAVER
from services.bulk.runner import RUN_JOB
from services.bulk.saved import save_plan
from services.cognito.models import PersonRef
from services.directory.export import about_of, filename, groups_table, memberships_table, users_table, write
from services.directory.file_format import Format
from services.directory.people_order import PeopleOrder
from services.directory.search import SearchTerms, search
from services.directory.search_query import parse
from services.errors import InvalidValue, RecordNotFound
from services.gateways import target_of
from services.note_rules import NoteRules
from services.people.leaving import LeaverPart
from services.roles import Permission
from services.schedule import kinds
from services.schedule.ground import TaskGround, TaskOutcome
from services.schedule.timing import Timing
from services.store.activity import Why
from services.store.columns import utc_now
from services.store.jobs import JobState
from services.store.pools import PoolRecord
from services.store.schedules import RunResult
from services.store.store import Store
from services.words import calendar_day, counted, people
from services.work.desk import submit

PEOPLE, GROUPS, MEMBERSHIPS = "users", "groups", "memberships"
LONGEST_REVIEW = 365


class ScheduledTask(ABC):
    """One kind of work. Subclasses are frozen dataclasses whose fields are JSON-ready."""

    kind: ClassVar[str]
    title: ClassVar[str]
    permission: ClassVar[Permission]
    """What the operator has to be allowed, when it is planned and at every run."""
    once: ClassVar[bool] = False
    """Whether it can't recur."""

    @abstractmethod
    def run(self, ground: TaskGround) -> TaskOutcome:
        """Do it. Raises `ConsoleError`s: then nothing but what the activity log says was done."""

    def check(self, store: Store, pool: PoolRecord) -> None:  # noqa: B027 - most have nothing to check
        """Raise `InvalidValue` or `RecordNotFound` if it can't be done as it was chosen."""

    def at(self, timing: Timing) -> Self:  # noqa: ARG002
        """The same work, where it depends on when it is done."""
        return self

    @property
    def words(self) -> str:
        """What it does, as a line of a list."""
        return self.title


@dataclass(frozen=True, slots=True)
class TakeSnapshot(ScheduledTask):
    """Reads the whole pool and keeps it."""

    kind = kinds.SNAPSHOT
    title = "Read the pool and keep it"
    permission = Permission.READ

    def run(self, ground: TaskGround) -> TaskOutcome:
        """Read it, however new the newest snapshot is."""
        tables = ground.read(timedelta(0))
        complete = tables.completeness.complete
        said = f"Read {people(len(tables))} and {counted(len(tables.group_names), 'group')}."
        return TaskOutcome(
            RunResult.DONE if complete else RunResult.ATTENTION,
            said if complete else f"{said} {tables.completeness.sentence}",
        )


@dataclass(frozen=True, slots=True)
class RunAudit(ScheduledTask):
    """Asks every audit rule and own question; the report is its file."""

    kind = kinds.AUDIT
    title = "Audit the pool, with a report"
    permission = Permission.EXPORT

    tell_from: str = Severity.HIGH
    report: str = "html"
    oldest_hours: int = 1

    def check(self, store: Store, pool: PoolRecord) -> None:  # noqa: ARG002
        """Whether severity and format are known."""
        if self.tell_from not in set(Severity):
            raise InvalidValue(f"There is no severity “{self.tell_from}”.", f"One of {', '.join(Severity)}.")
        if self.report not in ("html", "xlsx", "csv"):
            raise InvalidValue(f"A report can't be written as {self.report}.", "Use html, xlsx or csv.")

    @property
    def words(self) -> str:
        """With the format and what is told."""
        return f"Audit, report as {self.report.upper()}; {self.tell_from} findings ask for a look"

    def run(self, ground: TaskGround) -> TaskOutcome:
        """Audit the pool as it is now, or was within the last hour."""
        from services.schedule.audit_tasks import audited  # noqa: PLC0415 - see that file's text

        return audited(ground, Severity(self.tell_from), self.report, timedelta(hours=self.oldest_hours))


@dataclass(frozen=True, slots=True)
class AskQuestion(ScheduledTask):
    """Asks a saved question; the answer is its file."""

    kind = kinds.QUESTION
    title = "Ask a saved question"
    permission = Permission.EXPORT

    question_id: str = ""
    question_name: str = ""
    format: str = Format.CSV
    tell_rows: bool = False
    oldest_hours: int = 1

    def check(self, store: Store, pool: PoolRecord) -> None:
        """Whether a question is chosen, of this pool."""
        if not self.question_id:
            raise InvalidValue("No question is chosen.", "Choose a saved one; Audits → Ask saves them.")
        self._question(store, pool)
        if self.format not in (Format.CSV, Format.XLSX):
            raise InvalidValue(f"An answer can't be written as {self.format}.", "Use csv or xlsx.")

    @property
    def words(self) -> str:
        """With the question's name."""
        return f"Ask “{self.question_name}”"

    def _question(self, store: Store, pool: PoolRecord) -> Any:
        found = store.saved_questions.get(self.question_id)
        if found.pool_record_id != pool.id:
            raise RecordNotFound("This saved question belongs to another user pool.", "Choose another one.")
        return found

    def run(self, ground: TaskGround) -> TaskOutcome:
        """Ask it of the pool as it is now, or was within the last hour."""
        from services.schedule.audit_tasks import asked  # noqa: PLC0415 - see that file's text

        question = self._question(ground.store, ground.pool)
        oldest = timedelta(hours=self.oldest_hours)
        return asked(ground, question, Format(self.format), oldest, tell_rows=self.tell_rows)


@dataclass(frozen=True, slots=True)
class ExportTable(ScheduledTask):
    """Writes users, groups or memberships into a file."""

    kind = kinds.EXPORT
    title = "Export people, groups or memberships"
    permission = Permission.EXPORT

    what: str = PEOPLE
    query: str = ""
    format: str = Format.CSV
    oldest_hours: int = 1

    def check(self, store: Store, pool: PoolRecord) -> None:  # noqa: ARG002
        """Whether the table, the search and the format are known."""
        if self.what not in (PEOPLE, GROUPS, MEMBERSHIPS):
            raise InvalidValue(f"“{self.what}” can't be exported.", "Use users, groups or memberships.")
        if self.format not in set(Format):
            raise InvalidValue(f"“{self.format}” is no format.", f"Use one of {', '.join(Format)}.")
        if self.query and self.what == GROUPS:
            raise InvalidValue("A search chooses people, not groups.", "Leave it out.")
        parse(self.query)

    @property
    def words(self) -> str:
        """With what and which people."""
        which = f" found by “{self.query}”" if self.query else ""
        return f"Export {self.what}{which} as {self.format.upper()}"

    def run(self, ground: TaskGround) -> TaskOutcome:
        """Export the pool as it is now, or was within the last hour."""
        tables = ground.read(timedelta(hours=self.oldest_hours))
        doubts: tuple[str, ...] = ()
        if self.what == GROUPS:
            table = groups_table(tables)
        else:
            applications = ground.store.applications.list(ground.pool.id)
            terms = SearchTerms(utc_now(), {app.name: app.allowed_groups for app in applications})
            found = search(tables, parse(self.query), PeopleOrder.NAME, terms)
            table = (users_table if self.what == PEOPLE else memberships_table)(tables, found.rows)
            doubts = found.doubts
        about = about_of(tables, self.what.capitalize(), self.query, ground.who().name)
        sure = about.complete and not doubts
        return TaskOutcome(
            RunResult.DONE if sure else RunResult.ATTENTION,
            " ".join([f"{counted(table.num_rows, 'line')}.", *doubts, about.sentence]),
            filename(about, Format(self.format)),
            write(table, about, Format(self.format)),
        )


@dataclass(frozen=True, slots=True)
class StartJob(ScheduledTask):
    """Starts a plan that somebody saved, as the Jobs page does."""

    kind = kinds.JOB
    title = "Start a saved plan"
    permission = Permission.BULK
    once = True

    job_id: str = ""
    job_title: str = ""
    reason: str = ""
    ticket: str = ""

    @property
    def why(self) -> Why:
        """What the log keeps with it."""
        return Why(reason=self.reason, ticket=self.ticket)

    def check(self, store: Store, pool: PoolRecord) -> None:
        """Whether the plan waits to be started, in this pool, and what has to be said is said."""
        if not self.job_id:
            raise InvalidValue("No plan is chosen.", "Choose one that waits; Onboarding saves them.")
        NoteRules.stored(store).require(self.why)
        job = store.jobs.get(self.job_id)
        if job.target.get("pool_id") != pool.pool_id:
            raise RecordNotFound("This plan is for another user pool.", "Choose another one.")
        if job.state is not JobState.PLANNED:
            raise InvalidValue("This plan has been started already.", "Look at the job's page.")

    @property
    def words(self) -> str:
        """With the plan's title."""
        return f"Start “{self.job_title}”"

    def run(self, ground: TaskGround) -> TaskOutcome:
        """Put it in the queue; rows whose people changed since are compared again before anything is sent."""
        job = control.start(ground.store, self.job_id, ground.who(), self.why)
        submit(ground.store, RUN_JOB, job_id=job.id)
        return TaskOutcome(RunResult.DONE, f"Started: {counted(job.total_rows, 'row')}.", job_id=job.id)


@dataclass(frozen=True, slots=True)
class SeeOff(ScheduledTask):
    """Sees people off on their last day: everything that a leaver is, as it stands then.

    `people` holds each `username` and `label` by sub. Nothing is decided before the day: who has joined
    another group since is taken out of it, too.
    """

    kind = kinds.LEAVERS
    title = "See leavers off on their last day"
    permission = Permission.BULK
    once = True

    people: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    last_day: str = ""
    source: str = ""
    parts: tuple[str, ...] = tuple(LeaverPart)
    share: float = 0.5
    reason: str = ""
    ticket: str = ""

    @property
    def why(self) -> Why:
        """What the log keeps with it."""
        return Why(reason=self.reason, ticket=self.ticket)

    @property
    def day(self) -> date:
        """The person's last day, as a date; the task keeps it as ISO text."""
        return date.fromisoformat(self.last_day)

    def check(self, store: Store, pool: PoolRecord) -> None:  # noqa: ARG002
        """Whether anybody leaves, on a day, and what has to be said is said."""
        NoteRules.stored(store).require(self.why)
        if not self.people:
            raise InvalidValue("Nobody would leave.", "Delete the schedule.")
        if not self.parts:
            raise InvalidValue("Nothing would be done to the leavers.", "Choose at least one part.")

    def at(self, timing: Timing) -> Self:
        """With the last day that the time says."""
        return self if timing.once is None else replace(self, last_day=timing.once.date().isoformat())

    @property
    def words(self) -> str:
        """With how many leave, and when."""
        return f"See off {people(len(self.people))} whose last day is {calendar_day(self.day)}"

    def run(self, ground: TaskGround) -> TaskOutcome:
        """Plan anew and start the job; whoever isn't there any more, or has left already, needs nothing."""
        actor = ground.who()
        made = plan_for_people(
            ground.session.gateway,
            [PersonRef(sub=sub, **names) for sub, names in self.people.items()],
            LEAVER,
            options=PlanOptions(share=self.share, action=LEAVER, leaver=tuple(self.parts)),
            title=f"Leavers of {calendar_day(self.day)}" + (f", {self.source}" if self.source else ""),
            pool_name=ground.pool.name,
        )
        lost = made.totals.invalid
        unclear = f" {people(lost)} could not be found or read; the job says who." if lost else ""
        if not made.totals.waiting:
            result = RunResult.ATTENTION if lost else RunResult.DONE
            return TaskOutcome(result, f"Nobody was left to be seen off.{unclear}")
        job = save_plan(ground.store, made, target=asdict(target_of(ground.pool)), actor=actor)
        control.start(ground.store, job.id, actor, self.why)
        submit(ground.store, RUN_JOB, job_id=job.id)
        said = f"Started: {people(made.totals.waiting)} to see off.{unclear}"
        return TaskOutcome(RunResult.ATTENTION if lost else RunResult.DONE, said, job_id=job.id)


@dataclass(frozen=True, slots=True)
class StartReview(ScheduledTask):
    """Starts a review of who is in which groups."""

    kind = kinds.REVIEW
    title = "Start a review of groups"
    permission = Permission.REVIEW

    review: str = ""
    reviewer_ids: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    application_id: str = ""
    days: int = 14
    unanswered: str = Unanswered.UNDECIDED

    def check(self, store: Store, pool: PoolRecord) -> None:
        """Whether it has a title, reviewers who are there, and something to review."""
        if not self.review.strip():
            raise InvalidValue("The review has no title.", "Give it one.")
        if not self.reviewer_ids:
            raise InvalidValue("Nobody would review.", "Choose at least one reviewer.")
        if not 1 <= self.days <= LONGEST_REVIEW:
            raise InvalidValue(f"A review lasts from 1 to {LONGEST_REVIEW} days.", "Change the number.")
        if self.unanswered not in set(Unanswered):
            raise InvalidValue(
                f"“{self.unanswered}” is nothing to do when nobody answers.",
                f"Use one of {', '.join(Unanswered)}.",
            )
        for id in self.reviewer_ids:
            store.operators.get(id)
        if self.application_id and store.applications.get(self.application_id).pool_record_id != pool.id:
            raise RecordNotFound("This application belongs to another user pool.", "Choose another one.")
        if not self.groups and not self.application_id:
            raise InvalidValue("Nothing would be reviewed.", "Choose groups, or an application.")

    @property
    def words(self) -> str:
        """With its title and how long it lasts."""
        return f"Review “{self.review}”, {counted(self.days, 'day')} to decide"

    def run(self, ground: TaskGround) -> TaskOutcome:
        """Freeze who is in the groups today and open it for decisions."""
        from services.schedule.audit_tasks import reviewed  # noqa: PLC0415 - see that file's text

        now = utc_now()
        application = ground.store.applications.get(self.application_id) if self.application_id else None
        return reviewed(
            ground,
            f"{self.review.strip()}, {now:%Y-%m-%d}",
            self.reviewer_ids,
            now + timedelta(days=self.days),
            self.groups,
            application,
            Unanswered(self.unanswered),
        )


TASKS: Mapping[str, type[ScheduledTask]] = {
    task.kind: task
    for task in (TakeSnapshot, RunAudit, AskQuestion, ExportTable, StartReview, StartJob, SeeOff)
}
"""Every kind of work, by the word that is stored."""


def dump(task: ScheduledTask) -> dict[str, Any]:
    """A task's fields, JSON-ready; `load` reads them back."""
    return asdict(task)  # type: ignore[call-overload, no-any-return]


def load(kind: str, options: Mapping[str, Any]) -> ScheduledTask:
    """What was stored. Raises `InvalidValue` for a kind of work that this version doesn't know."""
    found = TASKS.get(kind)
    if found is None:
        raise InvalidValue(
            f"This console doesn't know how to do “{kind}”.", "A newer version made the schedule."
        )
    known = {option.name: option for option in fields(found)}  # type: ignore[arg-type]
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in options.items()}
    return found(**{name: value for name, value in given.items() if name in known})
