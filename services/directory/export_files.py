"""Tables as files: CSV, XLSX, Parquet, JSON, each with pool, time and the completeness statement.

A CSV has the statement in its last column, on every line, and "INCOMPLETE" in its name where that is
so; the other formats have a place of their own for it. Nothing in a CSV or a workbook is a formula.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from services.csv_safe import CLEAR, DANGEROUS, neutralise, restore
from services.directory.workbook import MOST_CELLS, MOST_ROWS, Day, ExportWorkbook, cut, too_large

STATEMENT = "Completeness"
"""The heading of a CSV's last column. No attribute is called so, and an upload leaves it unused."""

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
    """As `services.csv_safe.write_csv` would, but by columns, which is many times faster."""
    table = _as_cells(table)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([neutralise(name) for name in (*table.column_names, STATEMENT)])
    said = neutralise(about.sentence)
    for batch in table.to_batches(max_chunksize=_AT_ONCE):
        columns = [_harmless(_text(column)).to_pylist() for column in batch.columns]
        writer.writerows((*cells, said) for cells in zip(*columns, strict=True))
    if not table.num_rows:
        writer.writerow([*("" for _ in table.column_names), said])
    return out.getvalue().encode("utf-8-sig")


def _as_cells(table: pa.Table) -> pa.Table:
    """The table with names of groups written as in every cell that lists groups: `a;b` as `a\\;b`."""
    place = table.schema.get_field_index("groups")
    if place < 0 or not pa.types.is_string(table.schema.field(place).type):
        return table
    return table.set_column(place, "groups", _escaped(table["groups"].combine_chunks()))


def _escaped(names: pa.Array) -> pa.Array:
    return pc.replace_substring(pc.replace_substring(names, "\\", "\\\\"), ";", "\\;")


def _harmless(column: pa.Array) -> pa.Array:
    """A column of text with an apostrophe before what a spreadsheet would run."""
    dangerous = pc.match_substring_regex(column, f"^(?:{DANGEROUS})")
    if not pc.any(dangerous).as_py():
        return column
    return pc.if_else(dangerous, pc.binary_join_element_wise("'", column, ""), column)


def _text(column: pa.Array) -> pa.Array:
    """A column as text: times as ISO 8601 in UTC, lists of groups joined, booleans as Cognito has them."""
    if pa.types.is_timestamp(column.type):
        return pc.binary_join_element_wise(_iso(column), "+00:00", "")
    if pa.types.is_list(column.type):
        escaped = _escaped(column.flatten())
        lengths = pc.fill_null(pc.list_value_length(column), 0)
        offsets = pa.array([0, *pc.cumulative_sum(lengths).to_pylist()], pa.int32())
        return pc.binary_join(pa.ListArray.from_arrays(offsets, escaped), ";")
    return column.cast(pa.string())


def _iso(column: pa.Array) -> pa.Array:
    seconds = column.cast(pa.timestamp("s", tz="UTC"), safe=False)
    return pc.strftime(seconds, "%Y-%m-%dT%H:%M:%S")


def _xlsx(table: pa.Table, about: ExportAbout) -> bytes:
    table = _as_cells(table)
    if table.num_rows > MOST_ROWS:
        raise too_large(f"{table.num_rows:,} rows")
    if table.num_rows * table.num_columns > MOST_CELLS:
        raise too_large(f"{table.num_rows:,} rows with {table.num_columns} columns")
    book = ExportWorkbook()
    sheet = book.sheet(about.what[:31])
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, max(0, table.num_columns - 1), 22)
    for place, field in enumerate(table.schema):
        heading = f"{field.name} (UTC)" if pa.types.is_timestamp(field.type) else field.name
        sheet.write_string(0, place, cut(heading), book.bold)
    line = 0
    for batch in table.to_batches(max_chunksize=_AT_ONCE):
        columns = [_cells(column) for column in batch.columns]
        for row in zip(*columns, strict=True):
            line += 1
            for place, value in enumerate(row):
                book.put(sheet, line, place, value)
    book.facts(book.sheet("About this file"), list(about.facts.items()))
    return book.data()


def _cells(column: pa.Array) -> list[Any]:
    """A column as a sheet takes it; times as days since 1900, which is how a workbook keeps them."""
    if pa.types.is_timestamp(column.type):
        millis = column.cast(pa.timestamp("ms", tz="UTC")).cast(pa.int64())
        days = pc.add(pc.divide(millis.cast(pa.float64()), 86_400_000), 25_569.0)
        return [None if one is None else Day(one) for one in days.to_pylist()]
    if pa.types.is_list(column.type):
        return list(_text(column).to_pylist())
    if pa.types.is_string(column.type):
        return [_readable(one) for one in column.to_pylist()]
    return list(column.to_pylist())


def _readable(text: str | None) -> str | None:
    """A text as a file is read back: what would mean something else there gets an apostrophe in front."""
    if not text or (text.strip() != CLEAR and restore(text.lstrip()) == text.lstrip()):
        return text
    return f"'{text}"


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
    write_one = json.JSONEncoder(ensure_ascii=False).encode
    names = table.column_names
    for batch in table.to_batches(max_chunksize=_AT_ONCE):
        columns = [
            (_text(one) if pa.types.is_timestamp(one.type) else one).to_pylist() for one in batch.columns
        ]
        for row in zip(*columns, strict=True):
            known = {name: value for name, value in zip(names, row, strict=True) if value is not None}
            out.write(between + write_one(known))
            between = ",\n"
    out.write("\n]}\n")
    return out.getvalue().encode()


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


_WRITERS: dict[Format, Callable[[pa.Table, ExportAbout], bytes]] = {
    Format.CSV: _csv,
    Format.XLSX: _xlsx,
    Format.PARQUET: _parquet,
    Format.JSON: _json,
}
