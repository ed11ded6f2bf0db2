"""Users, groups and memberships of a pool as tables to be written into files.

    table = users_table(pool, found.rows)
    file = write(table, about_of(pool, "Users", "312 of 12,431 people"), Format.XLSX)

Headings are AWS's names of attributes, so that a CSV can be edited and uploaded on the Onboarding page.

Each file carries pool, time and the completeness statement. A CSV has the statement in its last column, on
every line, and "INCOMPLETE" in its name where that is so; the other formats have a place of their own for it.
Nothing in a CSV or a workbook is a formula, and text in a workbook is never a link.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from services.csv_safe import CLEAR, DANGEROUS, LIKE_OTHER_LISTS, neutralise, restore
from services.directory.file_format import Format
from services.directory.filtering import STATE_TITLES
from services.directory.folding import text_column
from services.directory.orders import Rows
from services.directory.people import Person
from services.directory.pool import STATES, PoolTables
from services.directory.search import states_of
from services.directory.snapshot import Completeness
from services.directory.snapshot_rows import group_table
from services.errors import InvalidValue
from services.words import capital, file_time

MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 1_048_000, 16_000, 32_700
"""What a sheet holds (Excel's limits, with some room)."""

MOST_CELLS = 1_500_000
"""What one workbook may hold: about half a gigabyte of memory while it is made."""


class Day(float):
    """A time in a workbook: days since 1900."""


class ExportWorkbook:
    """A workbook being made; `data` ends it."""

    def __init__(self) -> None:
        import xlsxwriter  # noqa: PLC0415 - only workbooks need it

        self._out = io.BytesIO()
        self._book = xlsxwriter.Workbook(
            self._out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self.bold = self._book.add_format({"bold": True})
        self.text = self._book.add_format({"num_format": "@"})
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self._wrapped = self._book.add_format({"text_wrap": True, "valign": "top"})

    def sheet(self, name: str) -> Any:
        """A new sheet (`xlsxwriter.worksheet.Worksheet`); `name` has at most 31 characters."""
        return self._book.add_worksheet(name)

    def facts(self, sheet: Any, facts: list[tuple[str, str]]) -> None:
        """Fill a sheet with facts, one a line: what, and its value."""
        sheet.set_column(0, 0, max(22, *(len(what) + 2 for what, _ in facts)))
        sheet.set_column(1, 1, 100)
        for number, (what, value) in enumerate(facts):
            sheet.write_string(number, 0, cut(what), self.bold)
            sheet.write_string(number, 1, cut(value), self._wrapped)

    def put(self, sheet: Any, line: int, place: int, value: object) -> None:
        """One cell; None and "" leave it empty."""
        if value is None or value == "":
            return
        if isinstance(value, Day):
            sheet.write_number(line, place, value, self._moment)
        elif isinstance(value, bool):
            sheet.write_boolean(line, place, value)
        elif isinstance(value, int | float):
            sheet.write_number(line, place, value)
        else:
            sheet.write_string(line, place, cut(str(value)))

    def data(self) -> bytes:
        """The file; nothing can be added any more."""
        self._book.close()
        return self._out.getvalue()


def cut(text: str) -> str:
    """A text as a cell takes it."""
    # A workbook is XML in UTF-8: a lone surrogate would lose the whole file.
    safe = text.encode("utf-8", errors="replace").decode("utf-8")
    return safe if len(safe) <= LONGEST_CELL else f"{safe[: LONGEST_CELL - 1]}…"


def too_large(what: str) -> InvalidValue:
    """What is raised for more than a workbook holds."""
    return InvalidValue(
        f"This is too large for a workbook: {what}.", "Take another format, such as CSV, or filter first."
    )


STATEMENT = "Completeness"
"""The heading of a CSV's last column. No attribute is called so, and an upload leaves it unused."""

LONGEST_STATEMENT = 300
"""So long may a statement be that stands on every line of a file."""


def on_every_line(statement: str) -> str:
    """A statement, short enough for every line of a file."""
    if len(statement) <= LONGEST_STATEMENT:
        return statement
    return f"{statement[: LONGEST_STATEMENT - 1]}…"


_AT_ONCE = 10_000


MIME: Mapping[Format, str] = {
    Format.CSV: "text/csv",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.JSON: "application/json",
}


@dataclass(frozen=True, slots=True)
class ExportAbout:
    """What a file says about itself. Times are aware, in UTC; `taken_at`: when the pool was read.

    `place`: the account and region; `changed_here`: how many people are shown with changes made in this
    console since then.
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
    place: str = ""

    @property
    def facts(self) -> dict[str, str]:
        """What is said about the export, by name, in the order in which people want it."""
        since = f"{self.changed_here:,} people with changes made in the console" if self.changed_here else ""
        found = {
            "Content": self.what,
            "Selection": self.selection,
            "Account and region": capital(self.place),
            "User pool": f"{self.pool} ({self.pool_id})",
            "Directory read": file_time(self.taken_at),
            "Changed since then": since,
            STATEMENT: self.statement,
            "File made": file_time(self.made_at),
            "Made by": self.by,
        }
        return {name: text for name, text in found.items() if text}

    @property
    def sentence(self) -> str:
        """The statement with pool and time, short enough for every line of a file."""
        return on_every_line(f"{self.pool}, read {file_time(self.taken_at)}. {self.statement}")


def filename(about: ExportAbout, ending: str) -> str:
    """A harmless name that says what, which pool, when it was read, and whether anything is missing."""
    what, pool = _harmless_name(about.what.lower()) or "file", _harmless_name(about.pool) or "pool"
    warning = "" if about.complete else "-INCOMPLETE"
    return f"{what}-{pool}-{about.taken_at:%Y%m%d-%H%M}{warning}.{ending}"


def _harmless_name(text: str) -> str:
    return "".join(char if char.isascii() and char.isalnum() else "-" for char in text).strip("-")


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
    return table.set_column(place, "groups", _told_apart(_escaped(table["groups"].combine_chunks())))


def _told_apart(cells: pa.Array) -> pa.Array:
    """Cells with a separator behind names that look like lists of other programs, as `join_groups` does."""
    alike = pc.match_substring_regex(cells, f"^(?:{LIKE_OTHER_LISTS})")
    return pc.if_else(alike, pc.binary_join_element_wise(cells, "", ";"), cells)


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
        return _told_apart(pc.binary_join(pa.ListArray.from_arrays(offsets, escaped), ";"))
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
        return [None if day is None else Day(day) for day in days.to_pylist()]
    if pa.types.is_list(column.type):
        return list(_text(column).to_pylist())
    if pa.types.is_string(column.type):
        return [_readable(value) for value in column.to_pylist()]
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
            (_text(column) if pa.types.is_timestamp(column.type) else column).to_pylist()
            for column in batch.columns
        ]
        for row in zip(*columns, strict=True):
            known = {name: value for name, value in zip(names, row, strict=True) if value is not None}
            out.write(between + write_one(known))
            between = ",\n"
    out.write("\n]}\n")
    return out.getvalue().encode()


_WRITERS: dict[Format, Callable[[pa.Table, ExportAbout], bytes]] = {
    Format.CSV: _csv,
    Format.XLSX: _xlsx,
    Format.PARQUET: _parquet,
    Format.JSON: _json,
}


ALL_GROUPS, GROUPS = "all_groups", "groups"
FIXED = ("status", "aws_status", "enabled", "groups", "created", "changed")
NAMES = ("name", "given_name", "family_name")
NAME_ITSELF = "attribute:name"
"""The attribute; the column “name” shows what people are called, whichever of `NAMES` says it."""


Computed = Mapping[str, Callable[[Person], Any]]
"""Columns that no table of the pool has, and what to put there for a person."""


def users_table(
    pool: PoolTables,
    rows: Rows,
    names: Sequence[str] | None = None,
    now: datetime | None = None,
    computed: Computed | None = None,
) -> pa.Table:
    """One row per person: who they are (sub, username), then the columns of `names`; None means all.

    `names` are those of the users page's columns. `status` is in plain words, `aws_status` AWS's term.
    Memberships stand under `all_groups`, which means "exactly these", only when all are known. A name
    that is none of them and no attribute is looked for in `computed`, person by person.
    """
    if names is None:
        names = [*FIXED[:4], *_attributes(pool), *FIXED[4:]]
    part = pool.users(rows)
    columns: dict[str, Any] = {"sub": part["sub"]}
    if not pool.about.pool.username_attributes or "username" in names:
        columns["username"] = part["username"]
    for name in names:
        columns |= {
            key: value
            for key, value in _columns(pool, rows, part, name, now, computed or {}).items()
            if key not in columns
        }
    return pa.table(columns)


def fits_workbook(pool: PoolTables, rows: Rows, names: Sequence[str] | None = None) -> bool:
    """Whether a workbook surely holds what `users_table` makes of these."""
    if not len(rows):
        return True
    columns = users_table(pool, rows[:1], names).num_columns + len(NAMES)  # names that the first one lacks
    return len(rows) <= MOST_ROWS and len(rows) * columns <= MOST_CELLS


def groups_table(pool: PoolTables) -> pa.Table:
    """One row per group; `members` is null where not all members are known."""
    state = pool.completeness
    groups, sizes = group_table(pool.groups()), pool.group_sizes()
    members = [
        sizes[name] if state.groups_known and name not in state.unread_groups else None
        for name in groups["name"].to_pylist()
    ]
    return groups.append_column("members", pa.array(members, pa.int64()))


def memberships_table(pool: PoolTables, rows: Rows) -> pa.Table:
    """One row per person and group, people in the order of `rows`."""
    lists = pool.group_lists(rows)
    part = pool.users(np.repeat(rows, lists.value_lengths().to_numpy()))
    columns = {"sub": part["sub"], "username": part["username"]}
    for name in ("email", "phone_number", *NAMES):
        if name in part.column_names:
            columns[name] = part[name]
    columns[GROUPS] = lists.flatten()
    return pa.table(columns)


def about_of(pool: PoolTables, what: str, selection: str = "", by: str = "") -> ExportAbout:
    """What a file made of this pool says about itself."""
    source = pool.about
    return ExportAbout(
        what=what,
        pool=source.pool_name,
        pool_id=source.pool.id,
        taken_at=source.taken_at,
        made_at=datetime.now(UTC),
        complete=source.completeness.complete,
        statement=source.completeness.sentence,
        selection=selection,
        by=by,
        changed_here=len(pool.changed),
        place=source.place,
    )


def memberships_known(state: Completeness) -> bool:
    """Whether everybody's groups are known, so that a list of them can mean "exactly these"."""
    return state.groups_known and not state.unread_groups and state.complete


def _attributes(pool: PoolTables) -> list[str]:
    known = {"sub", "username", *FIXED}
    return [NAME_ITSELF if name == "name" else name for name in pool.attributes if name not in known]


def _columns(
    pool: PoolTables, rows: Rows, part: pa.Table, name: str, now: datetime | None, computed: Computed
) -> dict[str, Any]:
    """Headings and cells of one column of the users page."""
    match name:
        case "name":
            given = {name: text_column(part, name) for name in NAMES}
            return {name: cells for name, cells in given.items() if cells.null_count < len(rows)}
        case "status":
            titles = pa.array([STATE_TITLES[state] for state in STATES])
            return {"status": titles.take(pa.array(states_of(pool, rows, now or datetime.now(UTC))))}
        case "aws_status":
            return {"aws_status": part["status"]}
        case "groups":
            known = pool.completeness.groups_known
            lists = pool.group_lists(rows) if known else pa.nulls(len(rows), pa.list_(pa.string()))
            return {ALL_GROUPS if memberships_known(pool.completeness) else GROUPS: lists}
        case _:
            key = "name" if name == NAME_ITSELF else name
            if key in part.column_names:
                return {key: part[key]}
            if name in computed:
                return {name: pa.array([computed[name](person) for person in pool.people(rows)])}
            return {key: pa.nulls(len(rows), pa.string())}
