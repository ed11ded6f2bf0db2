"""Tables that audits hand over: CSV and XLSX, formula-safe, each with the completeness statement.

In a CSV the statement stands in the last column of every line, so that no part of the file goes
without it and every program still reads it as a plain table. A workbook has it on its first sheet,
and above each table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from services import print_style
from services.csv_safe import Cell, text_of, write_csv
from services.directory.export import (
    MOST_CELLS,
    MOST_COLUMNS,
    MOST_ROWS,
    STATEMENT,
    ExportWorkbook,
    cut,
    on_every_line,
    too_large,
)
from services.directory.pool import PoolTables
from services.directory.snapshot import SnapshotAbout
from services.print_style import made_line
from services.words import capital, file_time, minute, people

_MEASURED = 1_000
"""So many lines of a sheet say how wide its columns are."""
_NARROWEST, _WIDEST, _ROOM = 6, 60, 3
"""Characters; the room is for the filter's arrow beside a heading."""


@dataclass(frozen=True, slots=True)
class Table:
    """A titled table; `rows()` gives its lines, made afresh at each call."""

    title: str
    header: tuple[str, ...]
    rows: Callable[[], Iterable[Sequence[Cell]]]


@dataclass(frozen=True, slots=True)
class ExportHead:
    """What stands at the head of an export: facts as (what, value), and the statement of completeness."""

    facts: tuple[tuple[str, str], ...]
    statement: str

    @property
    def short(self) -> str:
        """The statement, short enough for every line of a file."""
        return on_every_line(self.statement)


def statement_of(snapshot: PoolTables, zone: tzinfo | None = None) -> str:
    """When the directory was read, and whether that is complete, in one or two sentences."""
    source = snapshot.about
    return f"Directory read {told_time(source.taken_at, zone)}. {source.completeness.sentence}"


def told_time(moment: datetime, zone: tzinfo | None) -> str:
    """A time as pages show it in the `zone` of who looks; without one, as files do."""
    return minute(moment, zone) if zone else file_time(moment)


def cover_line(source: SnapshotAbout, made_by: str, made_at: datetime) -> str:
    """The line that a document about one snapshot begins with."""
    return print_style.cover_line(
        source.place,
        f"{source.pool_name} ({source.pool.id})",
        read_at=source.taken_at,
        read_by=source.operator_name,
        made_by=made_by,
        made_at=made_at,
    )


def about(
    title: str, *snapshots: PoolTables, made_by: str, made_at: datetime | None = None, **facts: str
) -> ExportHead:
    """The head of an export made from one snapshot or several; further `facts` by name.

    `made_by` is the operator's name, `made_at` aware; without it the file is made now. Of several
    snapshots each line says which it is about, the oldest first.
    """
    lines = [("Report", title)]
    statements = []
    for number, snapshot in enumerate(snapshots, start=1):
        source = snapshot.about
        which = f", snapshot {number}" if len(snapshots) > 1 else ""
        facts_of_it = [
            ("Account and region", capital(source.place)),
            ("User pool", f"{source.pool_name} ({source.pool.id})"),
            ("Directory read", f"{file_time(source.taken_at)} to {file_time(source.finished_at)}"),
            ("Read by", source.operator_name or "the console, when the pool was opened"),
            ("How it was read", " ".join(source.how)),
            (STATEMENT, source.completeness.sentence),
        ]
        if snapshot.changed:
            facts_of_it.append(("Changed here since", f"{people(len(snapshot.changed))}, as shown"))
        lines += [(f"{what}{which}", value) for what, value in facts_of_it if value]
        statements.append(statement_of(snapshot))
    lines += [(name.replace("_", " ").capitalize(), value) for name, value in facts.items()]
    taken = [snapshot.about.taken_at for snapshot in snapshots]
    lines.append(("File made", made_line(made_by, made_at or datetime.now(UTC), *taken)))
    return ExportHead(tuple(line for line in lines if line[1]), " ".join(statements))


def as_csv(table: Table, head: ExportHead) -> bytes:
    """The table as a CSV file. A table without lines has one that holds the statement only."""

    def lines() -> Iterator[Sequence[Cell]]:
        empty = True
        for row in table.rows():
            empty = False
            yield (*row, head.short)
        if empty:
            yield (*("" for _ in table.header), head.short)

    return write_csv((*table.header, STATEMENT), lines())


def as_xlsx(tables: Sequence[Table], head: ExportHead) -> bytes:
    """The tables as a workbook: first a sheet about it, then one per table.

    Every text is written as text, so no cell is a formula or a link. Raises `InvalidValue` for more
    than a workbook holds.
    """
    book = ExportWorkbook()
    book.facts(book.sheet("About"), list(head.facts))
    used = {"about"}
    budget = MOST_CELLS
    for table in tables:
        budget -= _sheet(book, _sheet_name(table.title, used), table, head, budget)
    return book.data()


def _sheet(book: ExportWorkbook, name: str, table: Table, head: ExportHead, budget: int) -> int:
    """One table on a sheet of its own; how many cells it took."""
    if len(table.header) > MOST_COLUMNS:
        raise too_large(f"{len(table.header):,} columns")
    sheet = book.sheet(name)
    sheet.write_string(0, 0, cut(f"{table.title}. {head.statement}"))
    for place, title in enumerate(table.header):
        sheet.write_string(1, place, cut(title), book.bold)
    widths = [len(title) for title in table.header]
    count, line = 0, 1
    for line, row in enumerate(table.rows(), start=2):
        count += len(row)
        if count > budget or line > MOST_ROWS:
            raise too_large(f"more than {line - 2:,} lines")
        if line < _MEASURED:
            widths = [max(pair) for pair in zip(widths, map(len, map(text_of, row)), strict=True)]
        for place, cell in enumerate(row):
            book.put(sheet, line, place, text_of(cell) if isinstance(cell, bool) else cell)
    sheet.freeze_panes(2, 1)
    if table.header:
        sheet.autofilter(1, 0, max(line, 1), len(table.header) - 1)
        for place, width in enumerate(widths):
            sheet.set_column(place, place, min(max(width, _NARROWEST), _WIDEST) + _ROOM)
    return count


def _sheet_name(title: str, used: set[str]) -> str:
    """A name that a workbook takes: at most 31 characters, none of []:*?/\\, each once."""
    plain = "".join(" " if char in "[]:*?/\\'" else char for char in title).strip()[:28] or "Table"
    name, number = plain, 2
    while name.casefold() in used:
        name, number = f"{plain} {number}", number + 1
    used.add(name.casefold())
    return name
