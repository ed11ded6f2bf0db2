"""Carrying out a native import: AWS's job made, its file uploaded, started, watched; groups after it.

    job = begin(pool_session.changes, file, role_arn, name="spring 2026")
    for job in watch(gateway, job.id): …
    plan = follow_up(gateway, table, columns, file, options)      # groups, by the ordinary engine

AWS brings the people in without invitation and without counting them as active; they land in
RESET_REQUIRED. An account has one active import job at a time.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType

from services.bulk.columns import IGNORE, ColumnMap
from services.bulk.csv_file import CsvTable
from services.bulk.model import Plan, PlanOptions
from services.bulk.native_file import NativeFile
from services.bulk.plan import MOST_PLANNED, plan_file
from services.bulk.reading import Progress, no_progress
from services.bulk.row_actions import ADD_TO_GROUPS
from services.bulk.rows import PASSWORD_TARGETS
from services.changes import ChangePath
from services.cognito.actions import CreateImportJob, StartImportJob, StopImportJob
from services.cognito.gateway import CognitoGateway
from services.cognito.imports import ImportJob, ImportState
from services.errors import CognitoError, InvalidValue, JobError
from services.roles import Permission
from services.store import checks

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
    reason: str = "",
    told: Told = lambda _: None,
) -> ImportJob:
    """Make a job, upload the file, start it; the job as it stands then.

    Raises `InvalidValue` for the role, `JobError` when AWS wouldn't take the file or an import is
    active in this pool, `NotPermitted`, `SessionEnded`, and `CognitoError`s: `NotAvailable` where the
    backend has no import jobs (before anything is made).
    """
    changes.who().require(Permission.BULK)
    role = _role(logs_role_arn)
    _check(changes.gateway, file)
    told("Making the import job")
    made = CreateImportJob(job_name(name), role, file.people)
    performed = changes.perform(made, reason=reason)
    job_id = str(performed.after.get("import_job") or "") or _find(changes.gateway, made.name)
    changes.who().require(Permission.BULK)
    told(f"Uploading {len(file.data) / 1e6:,.1f} MB")
    try:
        changes.gateway.upload_import_file(job_id, file.data)
    except CognitoError as error:
        error.next_step = f"{error.next_step} The job {made.name} was made and lapses by itself.".strip()
        raise
    told("Starting it")
    changes.perform(StartImportJob(job_id, made.name, file.people), reason=reason)
    return changes.gateway.describe_import_job(job_id)


def stop(changes: ChangePath, job: ImportJob, *, reason: str = "") -> None:
    """Stop an import for good. Raises as `ChangePath.perform`."""
    changes.perform(StopImportJob(job.id, job.name), reason=reason)


def active_job(gateway: CognitoGateway) -> ImportJob | None:
    """The import that is active in this pool, if any; those of other pools can't be seen."""
    return next((one for one in gateway.list_import_jobs() if one.is_active), None)


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
    imported = {one.row for one in file.lines}
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
    found = next((one.id for one in gateway.list_import_jobs() if one.name == name), "")
    if not found:
        raise JobError(
            f"The import job {name} was made, but can't be found. Nobody was imported.",
            "Begin again; the other one lapses by itself.",
        )
    return found
