"""The words of the bulk engine as types: row → step → plan → job → outcome.

Nothing here reads or writes anything. Secrets (passwords) stay out of every repr.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from services.bulk.row_actions import UPSERT, RowAction
from services.cognito.actions import Change, CreateGroup, CreateUser, Facts
from services.cognito.models import PersonRef
from services.people.leaving import LeaverPart
from services.roles import Permission
from services.store.jobs import JobControl, JobState

Heading = Callable[[str], str]
"""Target → the heading of its column in the file."""


class ProblemSeverity(StrEnum):
    """An error keeps the row from being planned; a warning is only said."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong in one cell: where, what, and how to fix it.

    `row` is what a spreadsheet shows (the header is row 1); `column` is the heading in the file,
    empty when the whole row is meant; `attribute` names the attribute whose value is wrong; `kind` is
    that of the damage (`services.bulk.cells.damage`), where it is one, and `repairable` says that the
    original can be told. `missing_group` is a group that isn't there and could be created.
    """

    row: int
    column: str
    what: str
    fix: str = ""
    severity: ProblemSeverity = ProblemSeverity.ERROR
    attribute: str = ""
    kind: str = ""
    repairable: bool = False
    missing_group: str = ""

    @property
    def is_error(self) -> bool:
        """True if the row can't be carried out because of this."""
        return self.severity is ProblemSeverity.ERROR


@dataclass(slots=True)  # freezing it took a twentieth of the time that reading a file takes
class Row:
    """What one row of a file asks, checked in itself but not yet against the people in the pool.

    `groups` is None when the row says nothing about groups and empty when it asks for none at all;
    `whole_memberships` means that `groups` lists every group the person should be in. `cells` are
    the row's raw cells, for the file of rows to fix. `who` is set instead of the other names where a
    list doesn't say what kind of name it is. `values` is what stands in columns of single actions.
    `last_day` is when somebody who leaves is to be seen off, None for now. `username_made` says that the
    username was made of the row's names, and that nothing else in it says who is meant.
    """

    number: int
    action: RowAction = UPSERT
    sub: str = ""
    username: str = ""
    email: str = ""
    phone_number: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    clear: tuple[str, ...] = ()
    groups: tuple[str, ...] | None = None
    whole_memberships: bool = False
    enabled: bool | None = None
    delivery: tuple[str, ...] | None = None
    note: str = ""
    temporary_password: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    cells: tuple[str, ...] = field(default=(), repr=False)
    who: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    last_day: date | None = None
    username_made: bool = False

    @property
    def label(self) -> str:
        """How people recognise the row: e-mail, else username, else phone number, else sub."""
        name = self.attributes.get("name", "")
        names = (self.email, self.username, self.phone_number, name, self.sub, self.who)
        return next(filter(None, names), f"row {self.number}")


CheckedRow = tuple[Row, list[Problem]]
"""A row with every problem that was found in it so far."""


@dataclass(frozen=True, slots=True)
class Step:
    """One API call wanted: the change, what it replaces, and what holds afterwards."""

    change: Change
    before: Facts = field(default_factory=dict)
    after: Facts = field(default_factory=dict)

    @property
    def operation(self) -> str:
        """The API operation."""
        return self.change.operation

    @property
    def permission(self) -> Permission:
        """The permission that carrying it out needs."""
        return self.change.permission

    @property
    def irreversible(self) -> bool:
        """True if Undo can't take it back."""
        return self.change.irreversible

    @property
    def difference(self) -> list[tuple[str, str, str]]:
        """What it changes, as (what, before, after) in words; nothing secret."""
        return self.change.difference(self.before, self.after)

    def with_secrets(self, secrets: Secrets) -> Step:
        """The step with its password in it, as it is sent; steps without one come back as they are."""
        return replace(self, change=self.change.with_password(secrets.temporary, secrets.permanent))


def sentence(parts: Sequence[str]) -> str:
    """Parts as one sentence with a capital and a full stop; empty for none."""
    text = ", ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


@dataclass(frozen=True, slots=True)
class Secrets:
    """The passwords of a row: `made` if the console made the temporary one up."""

    temporary: str = field(default="", repr=False)
    permanent: str = field(default="", repr=False)
    made: bool = False

    def __bool__(self) -> bool:
        return bool(self.temporary or self.permanent)


@dataclass(frozen=True, slots=True)
class SignInFacts:
    """How the person of a row will sign in: the names that work, the best first, and the groups they will
    be in, None where those aren't known."""

    names: tuple[str, ...] = ()
    groups: tuple[str, ...] | None = None


class RowVerdict(StrEnum):
    """What the plan says about a row."""

    CREATE = "create"
    CHANGE = "change"
    UNCHANGED = "unchanged"
    INVALID = "invalid"
    LATER = "later"


@dataclass(frozen=True, slots=True)
class RowPlan:
    """A row of the plan. `basis` is what the steps rely on, compared again before they are sent.

    Rows for LATER have no steps: what is to be done is found out at the end of `last_day`.
    """

    row: int
    label: str
    action: RowAction
    verdict: RowVerdict
    steps: tuple[Step, ...] = ()
    problems: tuple[Problem, ...] = ()
    person: PersonRef | None = None
    basis: Facts = field(default_factory=dict)
    remark: str = ""
    note: str = ""
    cells: tuple[str, ...] = field(default=(), repr=False)
    last_day: date | None = None

    @property
    def who(self) -> str:
        """How people recognise the row; of somebody new also the username that will be made."""
        change = self.steps[0].change if self.steps else None
        if not isinstance(change, CreateUser) or change.username == self.label:
            return self.label
        return f"{self.label} (username {change.username})"

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that keep the row from being carried out."""
        return tuple(problem for problem in self.problems if problem.is_error)


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What the operator chose for the whole run.

    `share` is the part of each quota that the run may use (0–1]; `delivery` applies to new people
    whose row doesn't say (empty: no message); `scope` are further group names that sync_groups may
    touch, besides those named in the file. Kinds of damage in `accept` are taken as they stand, those in
    `repair` are put right first. `region` is the country of phone numbers without a
    country code, where it isn't the pool's.
    `usernames` is the pattern of usernames made for new people (`services.bulk.usernames`; empty: they
    stand in the file), `split_names` takes first and last names out of full ones for them, `join_names`
    puts the full name together from both where the row has none.
    `leaver` holds what is done to somebody who leaves (`LeaverPart`); last days end as they do in `zone`
    (IANA; empty: UTC).
    With `create_groups`, groups that are missing are made, but for those in `leave_groups`; those in
    `groups_to_create` are made in any case.
    """

    share: float = 0.5
    action: RowAction = UPSERT
    delivery: tuple[str, ...] = ()
    create_groups: bool = False
    mark_verified: bool = False
    delete_enabled: bool = False
    scope: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
    repair: tuple[str, ...] = ()
    region: str = ""
    leave_groups: tuple[str, ...] = ()
    groups_to_create: tuple[str, ...] = ()
    usernames: str = ""
    split_names: bool = False
    join_names: bool = False
    leaver: tuple[str, ...] = tuple(LeaverPart)
    zone: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """How the pool was read for a plan: `way` is "scan" or "look-up", `why` a sentence, `calls` made."""

    way: str
    why: str
    calls: int


@dataclass(frozen=True, slots=True)
class PlanTotals:
    """A plan in figures. `calls` counts requests by quota category, `actions` steps by change.

    `by_action` counts the rows whose change goes by one name (people to be disabled, leavers), by it;
    they are part of `change`. `later` rows are those of people who leave on a day to come.
    `billed` is how many people count as active for this month's bill
    because of the plan, if they don't already; `emails` and `texts` are messages that Cognito will send.
    """

    rows: int = 0
    create: int = 0
    change: int = 0
    unchanged: int = 0
    invalid: int = 0
    steps: int = 0
    irreversible: int = 0
    billed: int = 0
    emails: int = 0
    texts: int = 0
    calls: Mapping[str, int] = field(default_factory=dict)
    actions: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    by_action: Mapping[str, int] = field(default_factory=dict)
    later: int = 0

    @property
    def waiting(self) -> int:
        """Rows that the run will carry out."""
        return self.create + self.change

    @property
    def groups(self) -> int:
        """Groups that will be created."""
        return self.actions.get(CreateGroup.action, 0)


@dataclass(frozen=True, slots=True)
class FileSource:
    """What a plan was read from: `how` in words, and what a file like it is written with.

    `delimiter` stands between the cells of a text; `sheet` is that of a workbook, empty for a text.
    """

    how: str = ""
    delimiter: str = ","
    sheet: str = ""


@dataclass(frozen=True)
class Plan:
    """All steps wanted, with what is there now. `preparation` comes first (groups to create).

    `secrets` holds the passwords of rows, apart from the steps, so that no preview or log sees them;
    `sign_in` says of the same rows how their people sign in, and `temporary_days` for how long a temporary
    password works. `columns` says where in the file what stood (target → position); `quotas` are the
    account's, by category, as far as they were known.
    """

    title: str
    kind: str
    pool: str
    made_at: datetime
    header: tuple[str, ...]
    options: PlanOptions
    reading: Reading
    rows: tuple[RowPlan, ...]
    preparation: tuple[Step, ...] = ()
    remarks: tuple[str, ...] = ()
    totals: PlanTotals = field(default_factory=PlanTotals)
    secrets: Mapping[int, Secrets] = field(default_factory=dict, repr=False)
    sign_in: Mapping[int, SignInFacts] = field(default_factory=dict)
    temporary_days: int = 0
    columns: Mapping[str, int] = field(default_factory=dict)
    quotas: Mapping[str, float] = field(default_factory=dict)
    source: FileSource = field(default_factory=FileSource)

    @property
    def new_groups(self) -> tuple[str, ...]:
        """Names of the groups that it creates first."""
        changes = (step.change for step in self.preparation)
        return tuple(change.name for change in changes if isinstance(change, CreateGroup))

    @property
    def problems(self) -> list[Problem]:
        """Every problem of every row, in the file's order."""
        return [problem for row in self.rows for problem in row.problems]


class RowResult(StrEnum):
    """How a row ended, or that it waits for its turn (which isn't stored)."""

    DONE = "done"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    INVALID = "invalid"
    CHANGED = "changed meanwhile"
    NOT_ATTEMPTED = "not attempted"
    LATER = "planned for later"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one row of a job ended (or stands now): `message` is a sentence, `code` AWS's or our word."""

    row: int
    label: str
    action: RowAction
    result: RowResult
    message: str = ""
    code: str = ""
    sub: str = ""
    username: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class JobProgress:
    """A job's state in figures, as any browser or terminal may read it.

    `to_do` is how many of its `rows` the plan carries out (the others were right already, or can't be
    done), `finished` how many of those have been. `steps_done` of its `steps` are over, `changes` of them
    were carried out, or may have been. `throttled` counts calls of the account that AWS refused for their
    rate while it ran; `results` counts all rows by `RowResult` value; `rate` is steps a second
    over the last twenty seconds; `seconds_left` is None when it can't be told.
    """

    job_id: str
    state: JobState
    control: JobControl
    reason: str
    rows: int
    to_do: int
    finished: int
    results: Mapping[str, int]
    steps: int
    steps_done: int
    changes: int
    rate: float
    seconds_left: float | None
    started_at: datetime | None
    finished_at: datetime | None
    throttled: int = 0

    @property
    def is_live(self) -> bool:
        """True while it may still change by itself."""
        return self.state in (JobState.QUEUED, JobState.RUNNING, JobState.PAUSED)

    @property
    def fraction(self) -> float:
        """0.0–1.0 of the rows to do are finished."""
        return self.finished / self.to_do if self.to_do else 1.0
