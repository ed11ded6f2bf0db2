"""A workbook (.xlsx, .xlsm, .xls, .ods) → the rows of one of its sheets, as its cells show them.

Formulas count by their value. What `python-calamine` doesn't tell comes from `sheet_details`.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum

from services.bulk.files.sheet_details import (
    MOST_CELLS,
    Place,
    SheetDetails,
    linked_tables,
    name_of,
    ods_details,
    xls_details,
    xlsx_details,
)
from services.errors import FileRejected
from services.words import counted

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
LARGEST_UNPACKED = 1_000_000_000
"""Bytes that the parts of a workbook may come to; more is no list of people but an attack."""
LARGE_PART, MOST_PACKED = 20_000_000, 100
"""Parts of more bytes than the first are refused where they are more than so many times packed."""
_NUMBERS = "Index/Document.iwa"
"""A part that every document of Apple Numbers has."""
WIDEST, LONGEST = 16_384, 1_048_576
"""Columns and rows that a sheet may have (Excel specifications and limits)."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: rows of text from row 1 on, and what people should know of it."""

    name: str
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def is_workbook(data: bytes) -> bool:
    """Whether the bytes begin as a workbook does (or as another ZIP archive)."""
    return data.startswith((ZIP, OLE))


def sheets_in(data: bytes, name: str) -> tuple[str, ...] | None:
    """The sheets of a file, none of a workbook that can't be opened; None for a text."""
    if not is_workbook(data):
        return None
    try:
        return Workbook(data, name).sheets
    except FileRejected:
        return ()


class Workbook:
    """A workbook that could be opened."""

    def __init__(self, data: bytes, shown: str) -> None:
        """Raises `FileRejected` for what is no workbook, or is protected by a password."""
        self._data = data
        self._shown = shown
        self._parts = _parts(data, shown)
        if self._parts is not None and "xl/workbook.bin" in self._parts.namelist():
            # errors, formats and formulas of cells stand where nothing here reads them
            raise FileRejected(
                f"{shown} is a binary Excel workbook (.xlsb), which isn't read.",
                "Open it in Excel and save it as .xlsx, then upload that file.",
            )
        if self._parts is not None and _NUMBERS in self._parts.namelist():
            raise FileRejected(
                f"{shown} is a document of Apple Numbers, which isn't read.",
                "In Numbers choose File, Export To, Excel, then upload that file.",
            )
        try:
            self._book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        except (CalamineError, OSError, ValueError, KeyError) as error:
            raise _refused(data, shown, str(error)) from None
        ods = self._parts is not None and "content.xml" in self._parts.namelist()
        linked = linked_tables(self._part("content.xml")) if ods else frozenset()
        names = [sheet for sheet in self._book.sheet_names if sheet not in linked]
        visible = [
            sheet.name
            for sheet in self._book.sheets_metadata
            if sheet.visible is SheetVisibleEnum.Visible and sheet.name not in linked
        ]
        self.sheets: tuple[str, ...] = tuple(visible or names)
        self.hidden: tuple[str, ...] = tuple(set(names) - set(self.sheets))

    def sheet(self, name: str) -> Sheet:
        """One sheet by its name. Raises `FileRejected` when there is none, or it can't be read."""
        if name not in self._book.sheet_names:
            raise FileRejected(
                f"{self._shown} has no sheet “{name}”.", f"Its sheets: {', '.join(self.sheets)}."
            )
        details = self._details(name)
        rows_used, columns_used = (last + 1 for last in details.last)
        if rows_used * columns_used > MOST_CELLS:
            raise self._too_far(name, details.last)
        try:
            found = self._book.get_sheet_by_name(name)
            rows = [[_text(cell) for cell in row] for row in found.to_python(skip_empty_area=False)]
        except (CalamineError, OSError, ValueError, OverflowError) as error:
            raise _refused(self._data, self._shown, str(error)) from None
        _put(rows, details.shown)
        ranges = found.merged_cell_ranges or []
        _empty_merged(rows, ranges)
        below = sorted({*details.merged_rows, *(start[0] + 1 for start, end in ranges if end[0] > start[0])})
        notes = (*self._hidden_sheets(), *_hidden_parts(details), *_merged(below))
        return Sheet(name, tuple(tuple(row) for row in rows), notes)

    def _too_far(self, name: str, last: Place) -> FileRejected:
        rows, columns = (place + 1 for place in last)
        return FileRejected(
            f"The sheet “{name}” of {self._shown} reaches to {name_of(last)}, over {rows:,} rows and "
            f"{columns:,} columns: too many to be read.",
            "Often a cell far below or beside the list was filled by a slip. Delete the rows and columns "
            "behind the list, or copy the list into a new workbook.",
        )

    def _hidden_sheets(self) -> Iterator[str]:
        if self.hidden:
            yield f"Hidden sheets weren't read: {', '.join(sorted(self.hidden))}."

    def _details(self, name: str) -> SheetDetails:
        try:
            if self._parts is None:
                return xls_details(self._data, name)
            ods = "content.xml" in self._parts.namelist()
            return (ods_details if ods else xlsx_details)(self._part, name)
        except ValueError as error:
            raise _refused(self._data, self._shown, str(error)) from None

    def _part(self, name: str) -> str:
        assert self._parts is not None  # noqa: S101 - only asked of ZIP archives
        try:
            # programs that write the names in other capitals are read as well
            known = {part.casefold(): part for part in self._parts.namelist()}
            return self._parts.read(known.get(name.casefold(), name)).decode("utf-8", "replace")
        except KeyError:
            return ""  # a part that not every workbook has
        except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
            # errors of formulas stand there only: unread, they would come in as empty cells
            raise _refused(self._data, self._shown, str(error)) from None


def _parts(data: bytes, shown: str) -> zipfile.ZipFile | None:
    if not data.startswith(ZIP):
        return None
    try:
        parts = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile:
        raise _refused(data, shown, "") from None
    if sum(part.file_size for part in parts.infolist()) > LARGEST_UNPACKED:
        raise FileRejected(f"{shown} unpacks to more than 1 GB.", "Save the sheet with the people alone.")
    if any(
        part.file_size > LARGE_PART and part.file_size > MOST_PACKED * part.compress_size
        for part in parts.infolist()
    ):
        raise FileRejected(
            f"{shown} unpacks to more than {MOST_PACKED} times its size, as no list of people does.",
            "Copy the list into a new workbook.",
        )
    return parts


def _put(rows: list[list[str]], shown: Mapping[Place, str]) -> None:
    """Put what cells show where their values are; the last rows and columns may hold nothing else."""
    for (row, column), text in shown.items():
        if row >= LONGEST or column >= WIDEST:
            continue
        rows += [[] for _ in range(row + 1 - len(rows))]
        rows[row] += [""] * (column + 1 - len(rows[row]))
        rows[row][column] = text


def _hidden_parts(details: SheetDetails) -> Iterator[str]:
    rows, columns = details.hidden_rows, details.hidden_columns
    if rows:
        yield f"{counted(len(rows), 'hidden row was', 'hidden rows were')} read too: {_listed(rows)}."
    if 0 < columns < 10_000:
        yield f"{counted(columns, 'hidden column was', 'hidden columns were')} read too."
    if struck := details.struck_rows:
        struck_out = counted(len(struck), "row is struck out and was", "rows are struck out and were")
        yield f"{struck_out} read too: {_listed(struck)}."


def _listed(rows: tuple[int, ...]) -> str:
    return ", ".join(map(str, rows[:10])) + (" …" if len(rows) > 10 else "")


def _merged(rows: list[int]) -> Iterator[str]:
    """What is said of the rows (from 1) in which merged cells begin."""
    if rows:
        word = "row" if len(rows) == 1 else "rows"
        yield f"Merged cells hold their value in the first row only ({word} {_listed(tuple(rows))})."


def _empty_merged(rows: list[list[str]], ranges: Iterable[tuple[Place, Place]]) -> None:
    """Empty what lies under merged cells: no program shows it."""
    for start, end in ranges:
        for at in range(start[0], min(end[0] + 1, len(rows))):
            row = rows[at]
            for column in range(start[1], min(end[1] + 1, len(row))):
                if (at, column) != tuple(start):
                    row[column] = ""


def _text(cell: object) -> str:
    """A cell as it is shown: whole numbers without decimals, times as ISO."""
    match cell:
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case float():
            # a spreadsheet keeps 15 digits: more are lost, and shown to be
            return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else f"{cell:.15G}"
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
        case date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
        case _:
            return "" if cell is None else str(cell)


def _refused(data: bytes, shown: str, why: str) -> FileRejected:
    again = "Open it in the program it comes from and save it as .xlsx or “CSV UTF-8”, then upload that file."
    if "password" in why.lower() or b"E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d" in data[:200_000]:
        return FileRejected(
            f"{shown} is protected by a password.", "Take the password off, or save a copy without."
        )
    if data.startswith(OLE):
        return FileRejected(f"{shown} is an old Excel workbook (.xls) that can't be read.", again)
    return FileRejected(f"{shown} is an Excel workbook or a ZIP archive that can't be read.", again)
