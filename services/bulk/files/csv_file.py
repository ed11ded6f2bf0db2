"""A file of people, text or workbook → a table of text cells, or `FileRejected` with a sentence for people.

    table = read_file(data, "people.csv")                           # told from the file itself
    table = read_file(data, "people.csv", Choices(delimiter=";"))   # as an operator says

Understands UTF-8 with or without BOM, UTF-16, UTF-32 with BOM and what Windows, DOS and Macs write;
comma, semicolon, tab and bar; quoted line breaks; whole lines in quotation marks; any line ends; Excel's
`sep=` line; title lines above the headings; bare lists without any; the dialect of AWS's own import jobs
(commas escaped by a backslash); and workbooks (`workbook`). Rows of a text are parsed again on each pass
instead of being kept, so memory stays near the size of the text.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import NamedTuple

from services.bulk.files.dialect import (
    DELIMITERS,
    HEADER_WITHIN,
    are_lines_quoted,
    blanks_before_quotes,
    entries_of_one_line,
    evenness,
    headings_in,
    inner_delimiter,
    is_aws_dialect,
    likeliest_delimiter,
    names_somebody,
    reader_of,
    sample,
)
from services.bulk.files.encoding import EncodingReading, decode
from services.bulk.files.exported import exported_rows, is_export
from services.bulk.files.heading_bands import under_bands
from services.bulk.files.headings import looks_like_address
from services.bulk.files.lines_between import LineKind, LinesBetween, said_of
from services.bulk.files.rejections import (
    in_sentence,
    rejected_empty,
    rejected_quoting,
    rejected_second_list,
    rejected_several_sheets,
    rejected_swallowing,
)
from services.bulk.files.repeated_headings import RepeatedHeading, titles_of, told_apart
from services.bulk.files.workbook import Sheet, Workbook, is_workbook
from services.cognito import phones
from services.errors import FileRejected
from services.words import counted

NO_HEADER = 0
_OTHER_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
"""What mainframes and some editors end lines with."""
_SEPARATOR = re.compile(r'("?)sep= ?([,;|\t])\1(?:\r\n|\r|\n|\Z)', re.IGNORECASE)
_OTHER_SIGNS = {":": "colons", "^": "carets", "~": "tildes", "§": "section signs", "¦": "broken bars"}
_BLANKS = re.compile(r" {2,}")


@dataclass(frozen=True, slots=True)
class FileLimits:
    """The largest file that is read: bytes, rows, columns, characters of one cell."""

    size: int = 100_000_000
    rows: int = 500_000
    columns: int = 250
    cell: int = 32_767


@dataclass(frozen=True, slots=True)
class Choices:
    """How a person says that a file is to be read; what is empty is told from the file.

    `encoding` is a name in `encoding.ENCODINGS`, `delimiter` a sign in `DELIMITERS`, `sheet` a name;
    `header_row` counts as a spreadsheet does, `NO_HEADER` for a file without headings.
    """

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_row: int | None = None


class FileRow(NamedTuple):
    """One row of the file. `number` is what a spreadsheet shows (the first row is 1); `ends_early` where
    cells are missing at its end, and in most other rows they aren't."""

    number: int
    cells: tuple[str, ...]
    ends_early: bool = False


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A file that could be read. `rows()` parses a text anew on each call, with the edits applied.

    `readings` are the likely encodings, where it isn't sure which one the file is in. `sheets` are those
    of a workbook, `sheet` the one that was read; `grid` holds its rows. In `header` no name stands twice:
    columns whose headings are `repeated` are told apart by their letters; `titles` are as written.
    `empty` are the places of columns in which nothing stands below the headings.
    `no_rows` are the lines below the headings that are none of the list, such as the headings again.
    """

    name: str
    header: tuple[str, ...]
    encoding: str
    delimiter: str
    row_count: int
    digest: str
    notes: tuple[str, ...]
    text: str = field(repr=False)
    aws_dialect: bool = False
    edits: Mapping[tuple[int, int], str] = field(default_factory=dict, repr=False)
    dropped: frozenset[int] = frozenset()
    header_row: int = 1
    blanks_before_quotes: bool = False
    lines_quoted: bool = False
    readings: tuple[EncodingReading, ...] = ()
    sheet: str = ""
    sheets: tuple[str, ...] = ()
    grid: tuple[tuple[str, ...], ...] | None = field(default=None, repr=False)
    repeated: tuple[RepeatedHeading, ...] = ()
    short_rows: frozenset[int] = field(default=frozenset(), repr=False)
    no_rows: frozenset[int] = field(default=frozenset(), repr=False)
    empty: frozenset[int] = frozenset()

    @property
    def titles(self) -> tuple[str, ...]:
        """The headings as they stand in the file."""
        return titles_of(self.header, self.repeated)

    @property
    def how(self) -> str:
        """How the file was read, as part of a sentence: encoding and delimiter, or the sheet."""
        if self.grid is not None:
            return f"sheet “{self.sheet}”" if self.sheet else self.encoding
        return f"{self.encoding}, separated by {DELIMITERS.get(self.delimiter, 'comma')}"

    def rows(self) -> Iterator[FileRow]:
        """Rows with at least one filled cell, in the file's order, each as wide as the header or wider."""
        width = len(self.header)
        short = self.short_rows - {row for row, _ in self.edits}
        left_out = self.dropped | self.no_rows
        for number, cells in self._records():
            if number <= self.header_row or number in left_out or not any(map(str.strip, cells)):
                continue
            if len(cells) < width:
                cells += [""] * (width - len(cells))
            if self.edits:
                cells = [self.edits.get((number, i), cell) for i, cell in enumerate(cells)]
            yield FileRow(number, tuple(cells), number in short)

    def _between(self) -> LinesBetween | None:
        """Tells the lines that are no rows, where there are headings."""
        return LinesBetween(self.titles) if self.header_row and self.header else None

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        if self.grid is not None:
            yield from ((number, list(row)) for number, row in enumerate(self.grid, start=1))
            return
        reader = reader_of(self.text, self.delimiter, self.aws_dialect, self.blanks_before_quotes)
        several = len(self.header) > 1 or self.lines_quoted
        for number, cells in enumerate(reader, start=1):
            if several and len(cells) == 1 and self.delimiter in cells[0]:  # quoted as a whole
                cells = next(reader_of(cells[0], self.delimiter, self.aws_dialect, self.blanks_before_quotes))
            yield number, cells

    def with_note(self, note: str) -> CsvTable:
        """The table with one more thing said about how it was read."""
        return replace(self, notes=(*self.notes, note))

    def with_cells(self, edits: Mapping[tuple[int, int], str]) -> CsvTable:
        """The table with cells replaced, by row (as a spreadsheet counts) and column (from 0)."""
        return replace(self, edits={**self.edits, **edits})

    def without_rows(self, rows: Iterable[int]) -> CsvTable:
        """The table with rows left out; they are rows of it, or left out already."""
        more = frozenset(rows) - self.dropped
        return replace(self, dropped=self.dropped | more, row_count=self.row_count - len(more))


def read_file(
    data: bytes, name: str = "", choices: Choices | None = None, limits: FileLimits | None = None
) -> CsvTable:
    """Read the bytes of a file as a table with a header.

    Raises `FileRejected` when it isn't one: empty, neither text nor a workbook, cells separated by an
    unknown sign, an unclosed quotation mark, no or duplicate headings, no rows, or over `limits`.
    """
    limits, choices = limits or FileLimits(), choices or Choices()
    shown = name or "The file"
    if len(data) > limits.size:
        raise FileRejected(
            f"{shown} is {len(data) / 1e6:.1f} MB large; the limit is {limits.size / 1e6:.0f} MB.",
            "Split it into several files.",
        )
    read = _from_workbook if is_workbook(data) else _from_export if is_export(data) else _from_text
    table = read(data, name, shown, choices)
    table = _with_header(table, choices, limits, shown)
    return _compared(_counted(table, limits, shown))


def _from_text(data: bytes, name: str, shown: str, choices: Choices) -> CsvTable:
    decoded = decode(data, shown, choices.encoding)
    text, notes = decoded.text, list(decoded.notes)
    if named := _SEPARATOR.match(text):
        text = text[named.end() :]  # a spreadsheet doesn't show this line, nor count it
        if evenness(sample(text, named[2]))[0] == 0 and evenness(sample(text, likeliest_delimiter(text)))[0]:
            named = None  # the file was saved anew with another one
    if "\n" not in text and "\r" not in text:
        text = _OTHER_LINE_ENDS.sub("\n", text)
    delimiter = choices.delimiter or (named[2] if named else likeliest_delimiter(text))
    if listed := entries_of_one_line(text, delimiter):
        text = "\n".join(f'"{entry}"' for entry in listed)
        notes.append(f"The file is one line; each of its {len(listed):,} entries was taken as a row.")
    lines_quoted = are_lines_quoted(text, delimiter)
    if lines_quoted:
        delimiter = choices.delimiter or (named[2] if named else inner_delimiter(text))
        notes.append("Lines that stood in quotation marks as a whole were read without them.")
    return CsvTable(
        name=name,
        header=(),
        encoding=decoded.encoding,
        delimiter=delimiter,
        row_count=0,
        digest=hashlib.sha256(data).hexdigest(),
        notes=tuple(notes),
        text=text,
        aws_dialect=is_aws_dialect(text),
        blanks_before_quotes=blanks_before_quotes(text, delimiter),
        lines_quoted=lines_quoted,
        readings=decoded.readings,
    )


def _from_workbook(data: bytes, name: str, shown: str, choices: Choices) -> CsvTable:
    book = Workbook(data, shown)
    sheets = [book.sheet(choices.sheet)] if choices.sheet else map(book.sheet, book.sheets)
    read = [sheet for sheet in sheets if any(any(map(str.strip, row)) for row in sheet.rows)]
    if not read:
        raise FileRejected(f"{shown} is empty.", "Choose a file with column names and one row per person.")
    best = _sheet_of_people(read, shown)
    notes = list(best.notes)
    if len(book.sheets) > 1:
        others = ", ".join(name for name in book.sheets if name != best.name)
        notes.insert(0, f"The sheet “{best.name}” was read; the workbook also has {others}.")
    return CsvTable(
        name=name,
        header=(),
        encoding="",
        delimiter="",
        row_count=0,
        digest=hashlib.sha256(data).hexdigest(),
        notes=tuple(notes),
        text="",
        sheet=best.name,
        sheets=book.sheets,
        grid=best.rows,
    )


def _sheet_of_people(sheets: Sequence[Sheet], shown: str) -> Sheet:
    """The sheet with known headings. Raises `SheetNotChosen` where several may be lists of people: which one
    is meant (joiners or leavers, this year or the last) nothing in them tells."""
    known = {sheet.name: max(map(headings_in, sheet.rows[:HEADER_WITHIN]), default=0) for sheet in sheets}
    lists = [sheet.name for sheet in sheets if known[sheet.name] > 1]
    if len(lists) > 1:
        raise rejected_several_sheets(lists, shown)
    return max(sheets, key=lambda sheet: known[sheet.name])


def _from_export(data: bytes, name: str, shown: str, choices: Choices) -> CsvTable:
    format_name, rows = exported_rows(data, shown)
    return CsvTable(
        name=name,
        header=(),
        encoding=format_name,
        delimiter=choices.delimiter,
        row_count=0,
        digest=hashlib.sha256(data).hexdigest(),
        notes=(),
        text="",
        grid=rows,
    )


# --- the headings ------------------------------------------------------------------------------


def _with_header(table: CsvTable, choices: Choices, limits: FileLimits, shown: str) -> CsvTable:
    rows: list[tuple[int, list[str]]] = []
    within = max(HEADER_WITHIN, choices.header_row or 0)
    try:
        for row in islice(table._records(), within):
            rows.append(row)
    except csv.Error as error:
        if not rows:
            raise rejected_quoting(error, 1, shown) from None
    if not rows:
        raise rejected_empty(shown)
    number = choices.header_row
    if number is None:  # (a table has no more columns: looking through millions takes everybody's time)
        number = _header_row([(at, cells[: limits.columns]) for at, cells in rows])
    if number == NO_HEADER:
        _check_width(max(len(cells) for _, cells in rows), limits, shown)
        return _without_headings(table, rows)
    cells = next((cells for at, cells in rows if at == number), [])
    cells = under_bands(cells, next((cells for at, cells in rows if at == number - 1), []))
    header = _names(cells, number, limits, shown)
    if choices.header_row is None and not choices.delimiter:
        _check_separated(header, shown)
    above = sum(1 for at, cells in rows if at < number and any(map(str.strip, cells)))
    notes = list(table.notes)
    if above:
        lines = counted(above, "line above it was", "lines above it were")
        notes.append(f"The headings were taken from row {number}; {lines} left out.")
    if unnamed := [name for name, cell in zip(header, cells, strict=False) if not cell.strip()]:
        word = "has" if len(unnamed) == 1 else "have"
        notes.append(f"{', '.join(unnamed)} {word} no heading; choose the meaning if it is to be used.")
    if not headings_in(header):
        notes.append(
            f"None of the headings in row {number} is a usual one. If a person stands there already, "
            "say that the file has no headings (row 0)."
        )
    header, repeated = told_apart(header)
    return replace(table, header=header, header_row=number, notes=tuple(notes), repeated=repeated)


def _check_separated(header: Sequence[str], shown: str) -> None:
    """One heading that would be several: the cells are separated by a sign that isn't understood."""
    if len(header) > 1:
        return
    ways = {name: header[0].split(sign) for sign, name in _OTHER_SIGNS.items()}
    ways["several blanks"] = _BLANKS.split(header[0])
    for name, parts in ways.items():
        if headings_in(parts) > 1:
            raise FileRejected(
                f"The cells of {in_sentence(shown)} seem to be separated by {name}.",
                "Save it with commas, semicolons, tabs or bars between its cells, then upload that file.",
            )


def _header_row(rows: Sequence[tuple[int, list[str]]]) -> int:
    """Where the headings stand: in the first row, or in a later one that looks more like them."""
    if _is_bare_list(rows):
        return NO_HEADER
    known = {number: headings_in(cells) for number, cells in rows}
    first, cells = rows[0]
    best = first
    for number, cells in rows[1:]:
        filled = [cell for cell in cells if cell.strip()]
        if known[best] and any(map(names_somebody, filled)):
            break  # people stand below headings already
        enough = known[number] > 1 or (known[number] == len(filled) == 1 and not known[best])
        # headings may stand in two rows, the upper ones being common to several columns
        near = not known[best] or (number <= best + 2 and known[number] > known[best])
        if enough and near and known[number] > known[best] and not any(map(names_somebody, filled)):
            best = number
    return best


def _columns_of(rows: Sequence[tuple[int, list[str]]]) -> list[list[str]]:
    """The filled cells of each column."""
    width = max(len(cells) for _, cells in rows)
    return [
        [cells[place] for _, cells in rows if place < len(cells) and cells[place].strip()]
        for place in range(width)
    ]


def _is_bare_list(rows: Sequence[tuple[int, list[str]]]) -> bool:
    """Whether the rows are people without a heading: a column, from the first row on, is nothing but
    addresses or numbers."""
    return any(cells and all(map(names_somebody, cells)) for cells in _columns_of(rows)) and not any(
        headings_in(cells) for _, cells in rows[:1]
    )


def _without_headings(table: CsvTable, rows: Sequence[tuple[int, list[str]]]) -> CsvTable:
    names: list[str] = []
    for place, cells in enumerate(_columns_of(rows), start=1):
        mail = bool(cells) and all(map(looks_like_address, cells))
        phone = bool(cells) and all(map(phones.looks_like_one, cells))
        name = "email" if mail else "phone_number" if phone else ""
        names.append(name if name and name not in names else f"Column {place}")
    note = "The file has no headings; choose what its columns mean."
    told = [name for name in names if not name.startswith("Column ")]
    if len(names) == 1 and told:
        note = f"The file has no heading; its one column is taken as {names[0]}."
    elif told:
        note = f"The file has no headings. Told by the cells: {', '.join(told)}; choose what the others mean."
    return replace(table, header=tuple(names), header_row=NO_HEADER, notes=(*table.notes, note))


def _names(cells: Sequence[str], number: int, limits: FileLimits, shown: str) -> tuple[str, ...]:
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    where = "first line" if number == 1 else f"row {number}"
    if not names:
        raise FileRejected(
            f"The {where} of {in_sentence(shown)} has no column names.",
            "It has to name the columns, for example: email, name, groups. Or say in which row they stand.",
        )
    _check_width(len(names), limits, shown)
    names = [name or f"Column {place}" for place, name in enumerate(names, start=1)]
    _check_names(names, where, shown)
    return tuple(names)


def _check_width(columns: int, limits: FileLimits, shown: str) -> None:
    if columns > limits.columns:
        raise FileRejected(
            f"{shown} has {columns:,} columns; the limit is {limits.columns}.",
            "Check that it is the right file, and delete the columns that aren't needed.",
        )


def _check_names(cells: Sequence[str], where: str, shown: str) -> None:
    for index, cell in enumerate(cells):
        if len(cell) > 200:
            raise FileRejected(
                f"The name of column {index + 1} of {in_sentence(shown)} is {len(cell):,} characters long.",
                f"The {where} has to hold the names of the columns. Check that it is not a row of data.",
            )


def _compared(table: CsvTable) -> CsvTable:
    """The table with what counts of repeated headings: of those that don't differ one is used, and said."""
    if not table.repeated:
        return table
    marks = {place: hashlib.sha256() for heading in table.repeated for place in heading.places}
    filled: set[int] = set()
    for row in table.rows():
        for place, mark in marks.items():
            cell = row.cells[place].strip()
            mark.update(f"{len(cell)} {cell}".encode("utf-8", "surrogatepass"))
            if cell:
                filled.add(place)
    contents = {place: mark.digest() for place, mark in marks.items()}
    repeated = tuple(heading.compared(filled, contents) for heading in table.repeated)
    settled = (heading.note for heading in repeated if heading.used is not None)
    return replace(table, repeated=repeated, notes=(*table.notes, *settled))


def _counted(table: CsvTable, limits: FileLimits, shown: str) -> CsvTable:
    """Go through everything once, so that whatever is wrong with the file is known before anything else."""
    number, filled = 0, 0
    left_out: dict[LineKind, list[int]] = {}
    short: list[int] = []
    empty = list(range(len(table.header)))
    width, between = len(table.header), table._between()
    try:
        for number, cells in table._records():
            whole = "".join(cells)
            if len(whole) > limits.cell and (longest := max(map(len, cells))) > limits.cell:
                raise FileRejected(
                    f"A cell in row {number} of {in_sentence(shown)} holds {longest:,} characters; "
                    f"the limit is {limits.cell:,}.",
                    "Often a quotation mark is missing at its end. Correct the row and upload again.",
                )
            if "\n" in whole and (swallowed := _swallowed_row(cells, width, table)):
                raise rejected_swallowing(number, swallowed, shown)
            if number > table.header_row and whole.strip():
                ends_early = 1 < len(cells) < width
                cells += [""] * (width - len(cells))
                line = between and between.kind(cells)
                if line is LineKind.OTHER_HEADINGS:
                    raise rejected_second_list(number, cells, shown)
                if line:
                    left_out.setdefault(line, []).append(number)
                    continue
                filled += 1
                if empty:
                    empty = [place for place in empty if not cells[place] or not cells[place].strip()]
                if ends_early:
                    short.append(number)
                if filled > limits.rows:
                    raise FileRejected(
                        f"{shown} has more than {limits.rows:,} rows.", "Split it into several files."
                    )
    except csv.Error as error:
        raise rejected_quoting(error, number + 1, shown) from None
    if not filled:
        raise FileRejected(
            f"{shown} has column names but no rows below them.", "Add one row per person and upload again."
        )
    return replace(
        table,
        row_count=filled,
        notes=(*table.notes, *said_of(left_out)),
        short_rows=frozenset(short if len(short) <= _FEW * filled else ()),
        empty=frozenset(empty),
        no_rows=frozenset(chain.from_iterable(left_out.values())),
    )


_FEWEST_COLUMNS = 3
"""With fewer columns a line of an address may look like a row."""
_FEW = 0.25
"""The share of rows up to which one that ends early is an exception: some programs leave out empty ends."""


def _swallowed_row(cells: Sequence[str], width: int, table: CsvTable) -> str:
    """The first line inside of a cell that is a row of its own, as behind a quotation mark left open; "" for
    none. An address of several lines has blanks behind its commas."""
    if not table.text or width < _FEWEST_COLUMNS:
        return ""
    for cell in cells:
        for line in cell.splitlines()[1:] if "\n" in cell else ():
            if line.count(table.delimiter) == width - 1 and f"{table.delimiter} " not in line:
                return line
    return ""
