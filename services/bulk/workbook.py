"""A workbook (.xlsx, .xlsm, .xls, .ods) → the rows of one of its sheets, as its cells show them.

Formulas count by their value. What `python-calamine` doesn't tell of an .xlsx file (errors of formulas,
numbers shown with zeros in front, what is hidden) is read from the sheet's own XML.
"""

from __future__ import annotations

import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetVisibleEnum

from services.errors import FileRejected
from services.words import counted

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
LARGEST_UNPACKED = 1_000_000_000
"""Bytes that the parts of a workbook may come to; more is no list of people but an attack."""

_SHEET = re.compile(r"<sheet\b[^>]*>")
_RELATION = re.compile(r"<Relationship\b[^>]*>")
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')
_HIDDEN = re.compile(r'<(row|col)\b(?=[^>]*\bhidden="(?:1|true)")[^>]*>')
_ERROR = re.compile(r'<c\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]+)([0-9]+)"[^>]*>.*?<v>([^<]*)</v>', re.DOTALL)
_STYLED = re.compile(r'<c\b[^>]*\br="([A-Z]+)([0-9]+)"[^>]*\bs="(\d+)"[^>]*><v>(\d+)(?:\.0)?</v>')
_FORMAT = re.compile(r'<numFmt\b[^>]*\bnumFmtId="(\d+)"[^>]*\bformatCode="(0{2,})(?:;[^"]*)?"[^>]*>')
_FORMAT_TURNED = re.compile(r'<numFmt\b[^>]*\bformatCode="(0{2,})(?:;[^"]*)?"[^>]*\bnumFmtId="(\d+)"[^>]*>')


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
        try:
            self._book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        except (CalamineError, OSError, ValueError, KeyError) as error:
            raise _refused(data, shown, str(error)) from None
        visible = [
            sheet.name for sheet in self._book.sheets_metadata if sheet.visible is SheetVisibleEnum.Visible
        ]
        self.sheets: tuple[str, ...] = tuple(visible or self._book.sheet_names)
        self.hidden: tuple[str, ...] = tuple(set(self._book.sheet_names) - set(self.sheets))

    def sheet(self, name: str) -> Sheet:
        """One sheet by its name. Raises `FileRejected` when there is none, or it can't be read."""
        if name not in self._book.sheet_names:
            raise FileRejected(
                f"{self._shown} has no sheet “{name}”.", f"Its sheets: {', '.join(self.sheets)}."
            )
        try:
            found = self._book.get_sheet_by_name(name)
            rows = [[_text(cell) for cell in row] for row in found.to_python(skip_empty_area=False)]
        except (CalamineError, ValueError, OverflowError) as error:
            raise _refused(self._data, self._shown, str(error)) from None
        notes = list(self._hidden_sheets())
        xml = self._xml_of(name)
        if xml:
            self._put_right(rows, xml)
            notes += _hidden_parts(xml)
        notes += _merged(found)
        return Sheet(name, tuple(tuple(row) for row in rows), tuple(notes))

    def _hidden_sheets(self) -> Iterator[str]:
        if self.hidden:
            yield f"Hidden sheets weren't read: {', '.join(sorted(self.hidden))}."

    def _xml_of(self, name: str) -> str:
        """The XML of a sheet of an .xlsx or .xlsm file, empty for the other formats."""
        if self._parts is None or "xl/workbook.xml" not in self._parts.namelist():
            return ""
        wanted = next(
            (
                of["r:id"]
                for of in _attributes(_SHEET, self._part("xl/workbook.xml"))
                if html.unescape(of.get("name", "")) == name and "r:id" in of
            ),
            "",
        )
        for of in _attributes(_RELATION, self._part("xl/_rels/workbook.xml.rels")):
            if of.get("Id") == wanted:
                target = of.get("Target", "").lstrip("/")
                return self._part(target if target.startswith("xl/") else f"xl/{target}")
        return ""

    def _part(self, name: str) -> str:
        assert self._parts is not None  # noqa: S101 - only asked of ZIP archives
        try:
            return self._parts.read(name).decode("utf-8", "replace")
        except KeyError:
            return ""  # a part that not every workbook has
        except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
            # errors of formulas stand there only: unread, they would come in as empty cells
            raise _refused(self._data, self._shown, str(error)) from None

    def _put_right(self, rows: list[list[str]], xml: str) -> None:
        """Errors of formulas as they are shown, and numbers with the zeros in front that are shown."""
        for match in _ERROR.finditer(xml):
            _put(rows, match[1], match[2], html.unescape(match[3]))
        padded = self._padded_styles()
        if padded:
            for match in _STYLED.finditer(xml):
                if int(match[3]) in padded:
                    _put(rows, match[1], match[2], match[4].zfill(padded[int(match[3])]))

    def _padded_styles(self) -> dict[int, int]:
        """Style → digits shown at least, for formats such as 00000."""
        styles = self._part("xl/styles.xml")
        formats = {int(match[1]): len(match[2]) for match in _FORMAT.finditer(styles)}
        formats |= {int(match[2]): len(match[1]) for match in _FORMAT_TURNED.finditer(styles)}
        if not formats:
            return {}
        _, _, rest = styles.partition("<cellXfs")
        used = re.findall(r'<xf\b[^>]*\bnumFmtId="(\d+)"', rest.partition("</cellXfs>")[0])
        return {style: formats[int(id)] for style, id in enumerate(used) if int(id) in formats}


def _parts(data: bytes, shown: str) -> zipfile.ZipFile | None:
    if not data.startswith(ZIP):
        return None
    try:
        parts = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile:
        raise _refused(data, shown, "") from None
    if sum(part.file_size for part in parts.infolist()) > LARGEST_UNPACKED:
        raise FileRejected(f"{shown} unpacks to more than 1 GB.", "Save the sheet with the people alone.")
    return parts


def _attributes(tag: re.Pattern[str], xml: str) -> Iterator[dict[str, str]]:
    for match in tag.finditer(xml):
        yield dict(_ATTRIBUTE.findall(match[0]))


def _put(rows: list[list[str]], letters: str, number: str, text: str) -> None:
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    row = int(number) - 1
    if row < len(rows) and column <= len(rows[row]):
        rows[row][column - 1] = text


def _hidden_parts(xml: str) -> Iterator[str]:
    rows = [match for match in _HIDDEN.finditer(xml) if match[1] == "row"]
    columns = sum(
        int(of.get("max", "1")) - int(of.get("min", "1")) + 1
        for of in (dict(_ATTRIBUTE.findall(match[0])) for match in _HIDDEN.finditer(xml) if match[1] == "col")
    )
    if rows:
        numbers = [dict(_ATTRIBUTE.findall(match[0])).get("r", "?") for match in rows]
        listed = ", ".join(numbers[:10]) + (" …" if len(numbers) > 10 else "")
        yield f"{counted(len(rows), 'hidden row was', 'hidden rows were')} read too: {listed}."
    if 0 < columns < 10_000:
        yield f"{counted(columns, 'hidden column was', 'hidden columns were')} read too."


def _merged(sheet: CalamineSheet) -> Iterator[str]:
    ranges = sheet.merged_cell_ranges or []
    below = [start for start, end in ranges if end[0] > start[0]]
    if below:
        rows = ", ".join(str(row + 1) for row, _ in below[:10])
        yield f"Merged cells hold their value in the first row only (rows {rows})."


def _text(cell: object) -> str:
    """A cell as it is shown: whole numbers without decimals, times as ISO."""
    match cell:
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case float():
            return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
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
