"""AWS's own import jobs: a plan as the file they take, and an import carried out with one."""

from __future__ import annotations

import re
import secrets
import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Unpack

from services.bulk.columns import IGNORE, ColumnMap
from services.bulk.files.csv_file import CsvTable
from services.bulk.model import Heading, Plan, PlanOptions, Problem, ProblemSeverity, RowPlan, RowVerdict
from services.bulk.plan import MOST_PLANNED, plan_file
from services.bulk.reading import Progress, no_progress
from services.bulk.row_actions import ADD_TO_GROUPS
from services.bulk.rows import PASSWORD_TARGETS
from services.changes import ChangePath
from services.cognito.actions import (
    CreateImportJob,
    CreateUser,
    DisableUser,
    SetPassword,
    StartImportJob,
    StopImportJob,
)
from services.cognito.attributes import NEVER_WRITTEN, STANDARD, rules_for, title_of
from services.cognito.gateway import CognitoGateway
from services.cognito.imports import ImportJob, ImportState
from services.cognito.models import UserPool
from services.cognito.people import NameKind, name_key, username_problems
from services.errors import CognitoError, InvalidValue, JobError
from services.roles import Permission
from services.store import checks
from services.store.activity import Why
from services.words import counted

# A plan's new people → the file that AWS's own import jobs take, with AWS's rules checked here.
#
# file = native_file(plan, pool, header=gateway.import_header())
# file.data, file.left_out, file.obstacles
#
# AWS's dialect: every column of the pool's header, no quoting, a comma inside a value written `\,`,
# UTF-8 without byte order mark, dates of birth as mm/dd/yyyy. Source of all rules and limits: Cognito
# developer guide, "Importing users into user pools from a CSV file". What AWS doesn't document
# (backslashes, quotation marks, line breaks) is never written: such rows are left to an ordinary run.
#
# The file can't be made safe for spreadsheets: an apostrophe in front of a cell would become part of
# the value. It is for AWS only.

USERNAME, MFA = "cognito:username", "cognito:mfa_enabled"
LONGEST_ROW = 16_000
"""Characters of one row."""
LARGEST_FILE = 100_000_000
"""Bytes; AWS says 100 MB, and this is the smaller meaning of it."""
MOST_ROWS = 500_000
WORTH_IT = 20_000
"""People from which on a native import is usually the better way."""

_FLAGS = {"email": "email_verified", "phone_number": "phone_number_verified"}
_UNSAFE = {
    "\\": "a backslash",
    '"': "a quotation mark",
}


@dataclass(frozen=True, slots=True)
class NativeLine:
    """Where somebody stands in AWS's file: its log names lines only (the header is line 1)."""

    line: int
    row: int
    label: str


@dataclass(frozen=True, slots=True)
class NativeFile:
    """The file and what has to be known about it.

    `left_out` says, for every row of the plan that would create somebody and isn't in the file, why;
    `remarks` are warnings about rows that are in it; `obstacles` keep AWS from taking the file at all.
    """

    header: tuple[str, ...]
    data: bytes = field(repr=False)
    lines: tuple[NativeLine, ...] = ()
    left_out: tuple[Problem, ...] = ()
    remarks: tuple[str, ...] = ()
    obstacles: tuple[str, ...] = ()

    @property
    def people(self) -> int:
        """How many people the file brings in."""
        return len(self.lines)

    @property
    def rows_left_out(self) -> int:
        """How many rows of new people are not in the file."""
        return len({problem.row for problem in self.left_out})

    @property
    def can_start(self) -> bool:
        """True if AWS would take the file."""
        return bool(self.lines) and not self.obstacles


def header_for(pool: UserPool) -> tuple[str, ...]:
    """The columns that AWS asks for, made from the pool's schema: for backends that can't be asked."""
    standard = [name for name in STANDARD if name not in NEVER_WRITTEN]
    return (USERNAME, *standard, *(attribute.name for attribute in pool.schema if attribute.custom), MFA)


def native_file(
    plan: Plan,
    pool: UserPool,
    *,
    header: Sequence[str] = (),
    mark_verified: bool = False,
    heading: Heading = str,
) -> NativeFile:
    """AWS's file for everybody whom `plan` would create.

    `header` is what AWS said (GetCSVHeader), else it is made from the pool's schema. With
    `mark_verified` the addresses and numbers that the pool verifies count as verified. `heading`
    says what a column is called in the file that people know.
    """
    writer = _Writer(pool, tuple(header) or header_for(pool), mark_verified)
    texts: list[str] = []
    lines: list[NativeLine] = []
    left_out: list[Problem] = []
    for row in plan.rows:
        if row.verdict is not RowVerdict.CREATE:
            continue
        text, problems = writer.line(row)
        if problems:
            left_out += [replace(problem, column=heading(problem.column)) for problem in problems]
        else:
            texts.append(text)
            lines.append(NativeLine(len(texts) + 1, row.row, row.label))
    data = "\n".join([",".join(writer.header), *texts, ""]).encode("utf-8")
    return NativeFile(
        header=writer.header,
        data=data,
        lines=tuple(lines),
        left_out=tuple(left_out),
        remarks=tuple(_remarks(plan, {line.row for line in lines})),
        obstacles=tuple(_obstacles(pool, writer.header, len(lines), len(data))),
    )


class _Writer:
    """Writes rows for one pool; remembers usernames, because AWS takes each once."""

    def __init__(self, pool: UserPool, header: tuple[str, ...], mark_verified: bool) -> None:
        self.header = header
        self._pool = pool
        self._columns = frozenset(header)
        self._rules = rules_for(pool)
        self._mark_verified = mark_verified
        self._mfa = "TRUE" if pool.mfa == "ON" else "FALSE"
        self._usernames: dict[str, int] = {}

    def line(self, row: RowPlan) -> tuple[str, list[Problem]]:
        """The row's text without its line end, and everything that keeps it out of the file."""
        create = row.steps[0].change
        assert isinstance(create, CreateUser)  # noqa: S101 - the verdict says so
        values = self._verified(dict(create.attributes))
        found = [*self._who(row, create.username), *self._whole(row, values)]
        cells = {USERNAME: create.username, MFA: self._mfa}
        for name, value in values.items():
            problem = _unwritable(name, value)
            if problem:
                found.append(Problem(row.row, name, problem, ORDINARY, attribute=name))
            cells[name] = _as_aws(name, value)
        problem = _unwritable(USERNAME, create.username)
        if problem:
            found.append(Problem(row.row, "username", problem, ORDINARY))
        text = ",".join(cells.get(name, "").replace(",", "\\,") for name in self.header)
        if len(text) > LONGEST_ROW:
            what = f"The row has {len(text):,} characters in AWS's file; it takes {LONGEST_ROW:,}."
            found.append(Problem(row.row, "", what, "Shorten its longest value."))
        return text, found

    def _verified(self, values: dict[str, str]) -> dict[str, str]:
        if self._mark_verified:
            for name in self._pool.auto_verified & _FLAGS.keys():
                if values.get(name):
                    values[_FLAGS[name]] = "true"
        return values

    def _who(self, row: RowPlan, username: str) -> Iterator[Problem]:
        for text in username_problems(username, self._pool):
            yield Problem(row.row, "username", text, "Correct the cell.")
        first = self._usernames.setdefault(name_key(NameKind.USERNAME, username, self._pool), row.row)
        if first != row.row:
            yield Problem(row.row, "username", f"Row {first} has the same username.", "Drop one of them.")

    def _whole(self, row: RowPlan, values: Mapping[str, str]) -> Iterator[Problem]:
        """What AWS's import asks of a row as a whole."""
        for name in self._rules.missing_for_sign_in(values):
            what = f"{title_of(name)} is required in this pool, and an import asks for it at once."
            yield Problem(row.row, name, what, "Fill in the cell.", attribute=name)
        for name in values.keys() - self._columns:
            what = f"AWS's import file has no column {name} for this pool."
            yield Problem(row.row, name, what, ORDINARY, attribute=name)
        checked = sorted(self._pool.auto_verified & _FLAGS.keys())
        if checked and not any(values.get(name) and _is_true(values.get(_FLAGS[name])) for name in checked):
            titles = " or ".join(title_of(name).lower() for name in checked)
            yield Problem(
                row.row,
                _FLAGS[checked[0]],
                f"An import takes only people whose {titles} is marked as verified.",
                f"Fill in {_FLAGS[checked[0]]} with true, or choose that addresses count as verified.",
            )
        for name, flag in _FLAGS.items():
            if _is_true(values.get(flag)) and not values.get(name):
                what = f"There is no {title_of(name).lower()} that could be verified."
                yield Problem(row.row, flag, what, "Fill it in, or empty this cell.")
        if any(isinstance(step.change, DisableUser) for step in row.steps):
            what = "The person is to be disabled, and an import makes people who can sign in."
            yield Problem(row.row, "enabled", what, ORDINARY)


ORDINARY = "Bring this row in with an ordinary run."


def _is_true(value: str | None) -> bool:
    return (value or "").casefold() == "true"


def _unwritable(name: str, value: str) -> str:
    """Why a value can't stand in AWS's file; "" when it can."""
    for sign, words in _UNSAFE.items():
        if sign in value:
            return f"{_called(name)} has {words}, which AWS's import file has no sure way to carry."
    hidden = not value.isprintable()  # also what may stand in a name, such as joiners in emoji
    if hidden and any(unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") for char in value):
        return f"{_called(name)} has a line break or an invisible character, which AWS's file can't carry."
    if name == USERNAME and any(char.isspace() for char in value):
        return "A username has no spaces in an import."
    if value != value.strip():
        return f"{_called(name)} begins or ends with a space, which an import takes away."
    if name == "updated_at" and value and not (value.isascii() and value.isdigit()):
        return "The date of the last update has to be in whole seconds since 1970."
    if name == "birthdate" and value and not _day(value):
        return f"“{value[:20]}” is no date of birth that an import can carry."
    return ""


def _called(name: str) -> str:
    return "The username" if name == USERNAME else title_of(name)


def _as_aws(name: str, value: str) -> str:
    if name in _FLAGS.values():
        return value.upper()
    if name == "birthdate":
        day = _day(value)
        return f"{day.month:02}/{day.day:02}/{day.year:04}" if day else value
    return value


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if len(value) == 10 else None
    except ValueError:
        return None


def _obstacles(pool: UserPool, header: Sequence[str], people: int, size: int) -> Iterator[str]:
    if not pool.auto_verified & _FLAGS.keys():
        yield (
            "This pool verifies neither e-mail addresses nor phone numbers by itself, and AWS starts an "
            "import only where it does. It is a setting of the user pool in AWS (attribute verification)."
        )
    odd = [name for name in header if any(sign in name for sign in ',"\\') or not name.isprintable()]
    if odd:
        yield f"The pool has an attribute whose name can't stand in AWS's file: {', '.join(odd)}."
    if people > MOST_ROWS:
        yield f"AWS imports {MOST_ROWS:,} people at most at once; split the file into several."
    if size > LARGEST_FILE:
        yield (
            f"The file is {size / 1e6:.0f} MB large; AWS takes {LARGEST_FILE / 1e6:.0f} MB. "
            "Split it into several files."
        )


def _remarks(plan: Plan, rows: set[int]) -> Iterator[str]:
    """What the file's people lose by coming in this way."""
    given = [
        number
        for number, given in plan.secrets.items()
        if number in rows and not given.made and (given.temporary or given.permanent)
    ]
    here = [row for row in plan.rows if row.row in rows]
    permanent = sum(any(isinstance(step.change, SetPassword) for step in row.steps) for row in here)
    if given or permanent:
        count = max(len(given), permanent)
        those = counted(count, "row has", "rows have")
        yield f"{those} a password: an import carries none, so it isn't used."
    invited = sum(bool(getattr(row.steps[0].change, "delivery", ())) for row in here)
    if invited:
        yield f"{counted(invited, 'row has', 'rows have')} an invitation: an import sends none."
    warned = sum(any(problem.severity is ProblemSeverity.WARNING for problem in row.problems) for row in here)
    if warned:
        yield f"{counted(warned, 'row has', 'rows have')} a warning in the check (step 3)."


# Carrying out a native import: AWS's job made, its file uploaded, started, watched; groups after it.
#
# job = begin(pool_session.changes, file, role_arn, name="spring 2026")
# for job in watch(gateway, job.id): …
# plan = follow_up(gateway, table, columns, file, options)      # groups, by the ordinary engine
#
# AWS brings the people in without invitation and without counting them as active; they land in
# RESET_REQUIRED. An account has one active import job at a time.

LONGEST_NAME = 128
_NOT_IN_NAMES = re.compile(r"[^\w\s+=,.@-]+")
Told = Callable[[str], None]
"""Hears what is going on, as a sentence."""


@dataclass(frozen=True, slots=True)
class StateText:
    """A state of an import job in words."""

    title: str
    meaning: str


STATES: Mapping[ImportState, StateText] = MappingProxyType(
    {
        ImportState.CREATED: StateText(
            "Made, not started", "Nobody has been imported. It lapses by itself within two days."
        ),
        ImportState.PENDING: StateText("About to begin", "AWS has the file and hasn't begun yet."),
        ImportState.IN_PROGRESS: StateText("Importing", "AWS is bringing the people in."),
        ImportState.STOPPING: StateText("Stopping", "AWS is ending it; who is in the pool stays."),
        ImportState.STOPPED: StateText(
            "Stopped", "It was stopped and can't go on. Who had been imported stays in the pool."
        ),
        ImportState.SUCCEEDED: StateText(
            "Finished", "AWS went through the whole file. Its log says which lines failed or were skipped."
        ),
        ImportState.FAILED: StateText(
            "Failed",
            "AWS gave up. Often its role can't write the log, or too many lines failed or were skipped. "
            "Who had been imported stays in the pool.",
        ),
        ImportState.EXPIRED: StateText("Lapsed", "It was never started, so AWS threw it away."),
        ImportState.UNKNOWN: StateText("Unknown", "AWS reports a state that this release doesn't know."),
    }
)


def begin(
    changes: ChangePath,
    file: NativeFile,
    logs_role_arn: str,
    *,
    name: str = "",
    told: Told = lambda _: None,
    **why: Unpack[Why],
) -> ImportJob:
    """Make a job, upload the file, start it; the job as it stands then.

    Raises `InvalidValue` for the role, `JobError` when AWS wouldn't take the file or an import is
    active in this pool, `NotPermitted`, `SessionEnded`, `ReasonMissing`, and `CognitoError`s:
    `NotAvailable` where the backend has no import jobs (before anything is made).
    """
    changes.who().require(Permission.BULK)
    role = _role(logs_role_arn)
    _check(changes.gateway, file)
    told("Making the import job")
    made = CreateImportJob(job_name(name), role, file.people)
    performed = changes.perform(made, **why)
    job_id = str(performed.after.get("import_job") or "") or _find(changes.gateway, made.name)
    changes.who().require(Permission.BULK)
    told(f"Uploading {len(file.data) / 1e6:,.1f} MB")
    try:
        changes.gateway.upload_import_file(job_id, file.data)
    except CognitoError as error:
        error.next_step = f"{error.next_step} The job {made.name} was made and lapses by itself.".strip()
        raise
    told("Starting it")
    changes.perform(StartImportJob(job_id, made.name, file.people), **why)
    return changes.gateway.describe_import_job(job_id)


def stop_import(changes: ChangePath, job: ImportJob, **why: Unpack[Why]) -> None:
    """Stop an import for good. Raises as `ChangePath.perform`."""
    changes.perform(StopImportJob(job.id, job.name), **why)


def active_job(gateway: CognitoGateway) -> ImportJob | None:
    """The import that is active in this pool, if any; those of other pools can't be seen."""
    return next((job for job in gateway.list_import_jobs() if job.is_active), None)


def watch(
    gateway: CognitoGateway, job_id: str, *, every: float = 5.0, sleep: Callable[[float], None] = time.sleep
) -> Iterator[ImportJob]:
    """The job now and after every `every` seconds, until it is over. Raises `CognitoError`s."""
    while True:
        job = gateway.describe_import_job(job_id)
        yield job
        if not job.is_active:
            return
        sleep(every)


def has_groups(table: CsvTable, columns: ColumnMap, file: NativeFile) -> bool:
    """Whether anybody in the file is to be in a group."""
    return bool(_rows_with_groups(table, columns, file))


def follow_up(
    gateway: CognitoGateway,
    table: CsvTable,
    columns: ColumnMap,
    file: NativeFile,
    options: PlanOptions,
    *,
    pool_name: str = "",
    progress: Progress = no_progress,
) -> Plan:
    """The plan that puts the imported people into the groups of the same file, by the ordinary engine.

    Raises `JobError` when nobody, or too many, are to be in a group, and as `plan_file`.
    """
    wanted = _rows_with_groups(table, columns, file)
    if not wanted:
        raise JobError("Nobody in this file is to be in a group.", "There is nothing left to do.")
    if len(wanted) > MOST_PLANNED:
        raise JobError(
            f"{len(wanted):,} people of this file are to be in groups; one plan takes {MOST_PLANNED:,}.",
            "Split the file and apply each part: who is there already only gets the groups.",
        )
    others = frozenset(record.number for record in table.rows() if record.number not in wanted)
    rest = replace(
        table,
        name=f"Groups after the import of {table.name or 'a file'}",
        dropped=table.dropped | others,
        row_count=len(wanted),
    )
    # what a row asked for itself, and passwords, belong to making people
    for name in ("action", *PASSWORD_TARGETS):
        index = columns.index_of(name)
        if index is not None:
            columns = columns.assign(index, IGNORE)
    only_groups = replace(options, action=ADD_TO_GROUPS, delivery=())
    return plan_file(gateway, rest, columns, only_groups, pool_name=pool_name, progress=progress)


def job_name(given: str) -> str:
    """A name for a job that AWS takes and that no other job has: what was given, and the time."""
    kept = " ".join(_NOT_IN_NAMES.sub(" ", given).split()) or "console import"
    mark = f" {datetime.now(UTC):%Y-%m-%d %H.%M} {secrets.token_hex(2)}"
    return kept[: LONGEST_NAME - len(mark)].rstrip() + mark


def _rows_with_groups(table: CsvTable, columns: ColumnMap, file: NativeFile) -> frozenset[int]:
    places = [columns.used[name] for name in ("groups", "all_groups") if name in columns.used]
    imported = {line.row for line in file.lines}
    return frozenset(
        record.number
        for record in table.rows()
        if record.number in imported and any(record.cells[place].strip(" -") for place in places)
    )


def _role(arn: str) -> str:
    try:
        return checks.role_arn(arn)
    except InvalidValue:
        raise InvalidValue(
            "This is not the ARN of the role that AWS is to write the import's log with.",
            "It looks like arn:aws:iam::123456789012:role/cognito-import-logs; ask whoever looks after AWS.",
            field="logs_role",
        ) from None


def _check(gateway: CognitoGateway, file: NativeFile) -> None:
    if file.obstacles:
        raise JobError(f"AWS would not take this file. {file.obstacles[0]}", "Nothing was sent.")
    if not file.lines:
        raise JobError("There is nobody to import in this file.", "Nothing was sent.")
    asked = gateway.import_header()
    if set(asked) - set(file.header):
        missing = ", ".join(sorted(set(asked) - set(file.header)))
        raise JobError(
            f"The pool's import file now has other columns ({missing}). Nothing was sent.",
            "Check the file for AWS again.",
        )
    active = active_job(gateway)
    if active is not None:
        raise JobError(
            f"The import {active.name} is still active, and an account has one at a time. Nothing was sent.",
            "Wait until it has ended, or stop it.",
        )


def _find(gateway: CognitoGateway, name: str) -> str:
    """The id of the job of this name: no answer came when it was made, and its name is unique."""
    found = next((job.id for job in gateway.list_import_jobs() if job.name == name), "")
    if not found:
        raise JobError(
            f"The import job {name} was made, but can't be found. Nobody was imported.",
            "Begin again; the other one lapses by itself.",
        )
    return found
