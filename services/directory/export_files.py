"""Tables as files: CSV, XLSX, Parquet, JSON, each with pool, time and the completeness statement.

A CSV has the statement in its last column, on every line, and "INCOMPLETE" in its name where that is
so; the other formats have a place of their own for it. Nothing in a CSV or a workbook is a formula.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from services.csv_safe import Cell, join_groups, write_csv
from services.errors import InvalidValue

STATEMENT = "Completeness"
"""The heading of a CSV's last column. No attribute is called so, and an upload leaves it unused."""

MOST_ROWS, LONGEST_CELL = 1_048_000, 32_700
"""What a sheet of a workbook holds (Excel's limits, with some room)."""

_AT_ONCE = 10_000


class Format(StrEnum):
    """Formats of files."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"
    JSON = "json"


MIME: Mapping[Format, str] = {
    Format.CSV: "text/csv",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.JSON: "application/json",
}


@dataclass(frozen=True, slots=True)
class ExportAbout:
    """What a file says about itself. Times are aware, in UTC; `taken_at`: when the pool was read.

    `changed_here`: how many people are shown with changes made in this console since then.
    """

    what: str
    pool: str
    pool_id: str
    taken_at: datetime
    made_at: datetime
    complete: bool
    statement: str
    selection: str = ""
    by: str = ""
    changed_here: int = 0

    @property
    def facts(self) -> dict[str, str]:
        """All of it, by name, in the order in which people want it."""
        since = f"{self.changed_here:,} people with changes made in the console" if self.changed_here else ""
        found = {
            "Content": self.what,
            "Selection": self.selection,
            "User pool": f"{self.pool} ({self.pool_id})",
            "Directory read": _stamp(self.taken_at),
            "Changed since then": since,
            STATEMENT: self.statement,
            "File made": _stamp(self.made_at),
            "Made by": self.by,
        }
        return {name: text for name, text in found.items() if text}

    @property
    def sentence(self) -> str:
        """The statement with pool and time, short enough for every line of a file."""
        text = f"{self.pool}, read {_stamp(self.taken_at)}. {self.statement}"
        return text if len(text) <= 300 else f"{text[:299]}…"


def filename(about: ExportAbout, format: Format) -> str:
    """A harmless name that says what, which pool, when it was read, and whether anything is missing."""
    pool = "".join(char if char.isascii() and char.isalnum() else "-" for char in about.pool).strip("-")
    warning = "" if about.complete else "-INCOMPLETE"
    return f"{about.what.lower()}-{pool or 'pool'}-{about.taken_at:%Y%m%d-%H%M}{warning}.{format}"


def write(table: pa.Table, about: ExportAbout, format: Format) -> bytes:
    """The table as a file. Raises `InvalidValue` for more rows than a workbook holds."""
    return _WRITERS[format](table, about)


def _csv(table: pa.Table, about: ExportAbout) -> bytes:
    said = about.sentence

    def lines() -> Iterator[list[Cell]]:
        for row in _rows(table):
            yield [*row, said]
        if not table.num_rows:
            yield [*("" for _ in table.column_names), said]

    return write_csv([*table.column_names, STATEMENT], lines())


def _rows(table: pa.Table) -> Iterator[list[Cell]]:
    """Every row as cells: times as ISO 8601 in UTC, lists of groups joined."""
    for batch in table.to_batches(max_chunksize=_AT_ONCE):
        columns = [[_cell(one) for one in column.to_pylist()] for column in batch.columns]
        yield from map(list, zip(*columns, strict=True))


def _cell(value: Any) -> Cell:
    if isinstance(value, list):
        return join_groups(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    return value  # type: ignore[no-any-return]


def _xlsx(table: pa.Table, about: ExportAbout) -> bytes:
    if table.num_rows > MOST_ROWS:
        raise InvalidValue(
            f"{table.num_rows:,} rows don't fit into a workbook, which holds {MOST_ROWS:,}.",
            "Take another format, or search for fewer people.",
        )
    out = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(out, {**options, "default_date_format": "yyyy-mm-dd hh:mm"})
    bold = book.add_format({"bold": True})
    sheet = book.add_worksheet(about.what[:31])
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, max(0, table.num_columns - 1), 22)
    for place, field in enumerate(table.schema):
        heading = f"{field.name} (UTC)" if pa.types.is_timestamp(field.type) else field.name
        sheet.write_string(0, place, _cut(heading), bold)
    line = 0
    for batch in table.to_batches(max_chunksize=_AT_ONCE):
        for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
            line += 1
            for place, value in enumerate(row):
                _put(sheet, line, place, value)
    head = book.add_worksheet("About this file")
    head.set_column(0, 0, 22)
    head.set_column(1, 1, 100)
    for number, (name, text) in enumerate(about.facts.items()):
        head.write_string(number, 0, name, bold)
        head.write_string(number, 1, _cut(text))
    book.close()
    return out.getvalue()


def _put(sheet: Any, line: int, place: int, value: Any) -> None:
    """One cell; text is always written as text."""
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, place, value)
    elif isinstance(value, datetime):
        sheet.write_datetime(line, place, value.replace(tzinfo=None))
    elif isinstance(value, int | float):
        sheet.write_number(line, place, value)
    else:
        sheet.write_string(line, place, _cut(join_groups(value) if isinstance(value, list) else value))


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else f"{text[: LONGEST_CELL - 1]}…"


def _parquet(table: pa.Table, about: ExportAbout) -> bytes:
    """The facts stand in the schema's metadata, under `about`, as JSON."""
    out = io.BytesIO()
    said = json.dumps(about.facts, ensure_ascii=False)
    pq.write_table(table.replace_schema_metadata({"about": said}), out, compression="zstd")
    return out.getvalue()


def _json(table: pa.Table, about: ExportAbout) -> bytes:
    """`{"about": {…}, "rows": [{…}, …]}`; a row leaves out what isn't known."""
    out = io.StringIO()
    out.write('{"about": ' + json.dumps(about.facts, ensure_ascii=False) + ', "rows": [')
    between = "\n"
    for batch in table.to_batches(max_chunksize=_AT_ONCE):
        for row in batch.to_pylist():
            known = {name: _plain(value) for name, value in row.items() if value is not None}
            out.write(between + json.dumps(known, ensure_ascii=False))
            between = ",\n"
    out.write("\n]}\n")
    return out.getvalue().encode()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


_WRITERS: dict[Format, Callable[[pa.Table, ExportAbout], bytes]] = {
    Format.CSV: _csv,
    Format.XLSX: _xlsx,
    Format.PARQUET: _parquet,
    Format.JSON: _json,
}
