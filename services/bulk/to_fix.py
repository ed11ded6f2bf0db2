"""Files of rows to fix: in the format, with the headings and the delimiter of the file they come from.

A last column says what is wrong with each row. Such a file is taken again: the column is left unused,
and what its columns mean is remembered with their headings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from services.bulk.cells.cell_text import cell_text
from services.bulk.files.csv_file import CsvTable
from services.bulk.model import FileSource, Plan, RowPlan, RowResult, RowVerdict
from services.bulk.report import TO_FIX
from services.bulk.row_actions import GROUP_ACTIONS, REMOVE_FROM_GROUPS, UPSERT
from services.bulk.rows import PASSWORD_TARGETS
from services.bulk.saved import PREPARATION_ROW, WAITING, file_source_of, row_plan, secrets_of
from services.cognito.actions import ResendInvitation
from services.csv_safe import CLEAR_CELL, Cell, join_groups, text_of, write_csv
from services.directory.export import ExportWorkbook
from services.roles import Actor, ActorSource, Permission
from services.store.jobs import Job, JobRow, JobState
from services.store.store import Store

PROBLEM = "problem"
"""The heading of the column that is added."""
UNDELIVERED = "CodeDeliveryFailureException"
"""The code of rows whose person was made, but whose invitation could not be sent."""
_ADDED = (PROBLEM, "outcome", "message", "how to fix")


@dataclass(frozen=True, slots=True)
class FileToFix:
    """A file that is made when somebody takes it; `ending` is that of its name, with the dot."""

    ending: str
    build: Callable[[], bytes]


def ending_of(source: FileSource) -> str:
    """How the name of a file like `source` ends: any workbook comes back as .xlsx."""
    return ".xlsx" if source.sheet else ".csv"


def rows_to_fix(plan: Plan, table: CsvTable, who: ActorSource) -> FileToFix:
    """The rows of a draft that can't be carried out, as they stand now, with what is wrong.

    Building it raises `NotPermitted` for whoever may not do bulk work.
    """

    def build() -> bytes:
        who().require(Permission.BULK)
        wrong = {row.row: row for row in plan.rows if row.errors}
        titles = table.titles
        kept = _own_columns(titles, plan.columns.values())
        header = [*(titles[place] for place in kept), PROBLEM]
        width = len(titles)
        lines = (
            [
                *(_as_read(row.cells[place]) for place in kept),
                _what_is_wrong(wrong[row.number]),
                *map(_as_read, row.cells[width:]),
            ]
            for row in table.rows()
            if row.number in wrong
        )
        return _written(plan.source, header, lines)

    return FileToFix(ending_of(plan.source), build)


def job_rows_to_fix(
    store: Store, job_id: str, actor: Actor | None = None, source: FileSource | None = None
) -> bytes:
    """The rows of a job that aren't done, as they stood in the file, with what was wrong.

    Rows whose person was created meanwhile come back as `upsert`, so that only the rest is done.
    Passwords that stood in the file are given back only to an `actor` who may set passwords; for anyone
    else their cells are empty. `source` says how to write it, if not like the file of the job. Raises
    `RecordNotFound`.
    """
    passwords = actor is not None and actor.may(Permission.USER_PASSWORD)
    job = store.jobs.get(job_id)
    header = [str(name) for name in job.options.get("header", ())]
    if not header:
        header = ["username", "sub", "action", "groups"]
    columns = job.options.get("columns", {})
    action = columns.get("action")
    if action is None and "action" not in header:
        action = len(header)
        header.append("action")
    kept = _own_columns(header, columns.values())
    width = len(header)
    lines = (
        [*(row[place] for place in kept), *row[width:]]
        for row in _failed_rows(store, job, width, action, passwords)
    )
    return _written(source or file_source_of(job), [*(header[place] for place in kept), PROBLEM], lines)


def _own_columns(header: Sequence[str], used: Iterable[int]) -> list[int]:
    """The columns without those of an earlier file of rows to fix, whose rows are wrong again."""
    needed = set(used)
    return [at for at, name in enumerate(header) if name.casefold() not in _ADDED or at in needed]


def _what_is_wrong(row: RowPlan) -> str:
    return " ".join(f"{problem.what} {problem.fix}".strip() for problem in row.errors)


def _written(source: FileSource, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    if not source.sheet:
        return write_csv(header, rows, source.delimiter)
    book = ExportWorkbook()
    sheet = book.sheet(source.sheet[:31])
    for place, title in enumerate(header):
        sheet.write_string(0, place, title, book.bold)
    for line, cells in enumerate(rows, start=1):
        for place, cell in enumerate(cells):
            # text, so that no zero in front and no + is lost when it is opened
            sheet.write_string(line, place, text_of(cell), book.text)
    sheet.freeze_panes(1, 0)
    return book.data()


def _failed_rows(
    store: Store, job: Job, width: int, action: int | None, passwords: bool
) -> Iterator[list[Cell]]:
    own = len(job.options.get("header", ()))
    # what waits is still the job's own, once it was started
    wanted = [*TO_FIX, *([WAITING] if job.state is JobState.PLANNED else [])]
    for row in store.jobs.rows(job.id, after=PREPARATION_ROW):
        if row.outcome not in wanted:
            continue
        plan = row_plan(row)
        cells: list[Cell] = [_as_read(cell) for cell in plan.cells[:own]]
        if not cells:
            cells = [row.username, row.sub, str(plan.action), join_groups(_groups_asked(plan))]
        cells += [""] * (width - len(cells))
        if action is not None and plan.verdict is RowVerdict.CREATE and row.sub:
            # the person is there now: only the rest is to be done
            cells[action] = ResendInvitation.row_action if row.code == UNDELIVERED else str(UPSERT)
        elif action is not None and not cells[action]:
            cells[action] = str(plan.action)
        if passwords:
            _put_passwords_back(store, job, row, cells)
        fixes = " ".join(dict.fromkeys(problem.fix for problem in plan.errors if problem.fix))
        if job.kind == "undo":
            fixes = f"{fixes} Undo the job again: this row alone can't say what was there before.".strip()
        # cells too many stay too many: cut off, the row would look right and be wrong
        more = [_as_read(cell) for cell in plan.cells[own:]]
        said = row.message or f"{row.outcome or RowResult.NOT_ATTEMPTED}.".capitalize()
        yield [*cells, f"{said} {fixes}".strip(), *more]


def _groups_asked(plan: RowPlan) -> list[str]:
    """The groups of a row that stood in no file; none where naming them would ask for something else."""
    if plan.action not in GROUP_ACTIONS:
        return []
    leaves = plan.action == REMOVE_FROM_GROUPS
    return sorted(name for name, held in plan.basis.get("groups", {}).items() if held is leaves)


def _put_passwords_back(store: Store, job: Job, row: JobRow, cells: list[Cell]) -> None:
    """Passwords that stood in the file lie apart; those the console made up are made anew."""
    columns = job.options.get("columns", {})
    if not columns.keys() & set(PASSWORD_TARGETS):
        return
    secrets = secrets_of(store.jobs.passwords(job.id, first=row.row, last=row.row).get(row.row))
    given = {"temporary_password": "" if secrets.made else secrets.temporary, "password": secrets.permanent}
    for target in PASSWORD_TARGETS:
        if target in columns and given[target]:
            cells[columns[target]] = given[target]


def _as_read(raw: str) -> Cell:
    cell = cell_text(raw)
    return CLEAR_CELL if cell.clear else cell.text
