"""What a sheet shows beyond the values of its cells: errors of formulas, numbers in a format of their own
("00123", "+46 70 123 45 67"), and what is hidden. `python-calamine` tells none of it.

.xlsx and .ods: from the sheet's XML (ECMA-376, part 1, 18.3.1; OpenDocument 1.3, part 3). .xls: by `xlrd`.
"""

from __future__ import annotations

import calendar
import html
import io
import re
import struct
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from xml.etree import ElementTree

import xlrd

Part = Callable[[str], str]
"""Name of a part of a workbook → its text, empty when there is no such part."""
Place = tuple[int, int]
"""Row and column of a cell, from 0."""
MOST_CELLS = 12_000_000
"""Cells from the first to the last one of a sheet, empty ones too: room is made for each of them."""


@dataclass(frozen=True, slots=True)
class SheetDetails:
    """`shown`: cells that show something else than their value; rows (from 1) and columns that are hidden;
    rows in which a cell is struck out; rows (from 1) in which cells begin that are merged with rows below
    them. `last` are the lowest row and the rightmost column with a cell, from 0, where there are many (.xlsx,
    .xls)."""

    shown: Mapping[Place, str] = field(default_factory=dict)
    hidden_rows: tuple[int, ...] = ()
    hidden_columns: int = 0
    struck_rows: tuple[int, ...] = ()
    merged_rows: tuple[int, ...] = ()
    last: Place = (0, 0)


# --- number formats ----------------------------------------------------------------------------

_PART = re.compile(r'"([^"]*)"|\\(.)|_.|([-+() :!&\'{}<>=$€ \u00a0])|([0#?])|\[(?:\$[^\]]*|[A-Za-z]+\d*)\]')


_DECIMALS = re.compile(r"(?:\[[A-Za-z]+\])?[#0,]*0\.(0+)(?:_.)*")
_PERCENT = re.compile(r"[#0,]*0(?:\.(0+))? ?%")
_POWER = re.compile(r"[#0]*(?:\.(0*)#*)?E[+-](0+)", re.IGNORECASE)


def shown_number(value: float, number_format: str) -> str | None:
    """A number as a cell shows it in percent, or a whole one in a format of digits and fixed signs, such as
    `00000` or `0##-### ## ##`; None where the plain digits are right."""
    if percent := _PERCENT.fullmatch(number_format.partition(";")[0]):
        return f"{value * 100:.{len(percent[1] or '')}f}%"
    if power := _POWER.fullmatch(number_format.partition(";")[0]):
        digits, _, exponent = f"{value:.{len(power[1] or '')}E}".partition("E")
        return f"{digits}E{int(exponent):+0{len(power[2]) + 1}}"
    if decimals := _DECIMALS.fullmatch(number_format.partition(";")[0]):
        shown = f"{value:.{len(decimals[1])}f}"
        return shown if value != int(value) and float(shown) == value else None
    if value != int(value) or not 0 <= value < 1e15:
        return None
    parts: list[str | None] = []
    section, place = number_format.partition(";")[0], 0
    while place < len(section):
        found = _PART.match(section, place)
        if found is None:
            return None
        place = found.end()
        quoted, escaped, sign, digit = found.groups()
        if digit:
            parts.append(None if digit == "#" else f"\0{'0' if digit == '0' else ''}")
        else:
            parts.append(quoted or escaped or sign or "")
    return _filled(str(int(value)), parts)


_WITHOUT_LETTERS = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.')
_DAY_AND_MONTH = re.compile(r"[^a-z]*(?:d{1,2}[^a-z]+m{1,4}|m{1,4}[^a-z]+d{1,2})[^a-z]*", re.IGNORECASE)
_MONTH_AND_YEAR = re.compile(r"[^a-z]*m{3,4}[^a-z]+yy[^a-z]*", re.IGNORECASE)
_PART_OF_DAY = re.compile(r"y+|m+|d+", re.IGNORECASE)
_ONLY_DAYS = re.compile(r"[ymd\s./,-]+", re.IGNORECASE)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_EPOCH, _EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)


def shown_day(day: date, number_format: str) -> str | None:
    """A day that a cell shows in part only, as `12-May`, `May-12`, `1985` or `Sunday`; None where it shows
    all of it.

    Spreadsheets choose the first two themselves when they take something else for a day ("5-12"), with a
    year or a day that nobody wrote.
    """
    letters = _WITHOUT_LETTERS.sub(" ", number_format.partition(";")[0])
    month = _MONTHS[day.month - 1]
    if _DAY_AND_MONTH.fullmatch(letters):
        return f"{day.day}-{month}"
    if _MONTH_AND_YEAR.fullmatch(letters):
        return f"{month}-{day.year % 100:02}"
    found = {part[0] for part in _PART_OF_DAY.findall(letters.casefold())}
    if not found or found == {"d", "m", "y"} or not _ONLY_DAYS.fullmatch(letters):
        return None
    return _PART_OF_DAY.sub(lambda part: _part_of(day, part[0].casefold()), letters).strip()


_OF_TIME = re.compile(
    r"""(?P<elapsed>\[(?:h+|m+|s+)\])|(?P<half>AM/PM|A/P)|(?P<part>h+|m+|s+(?:\.0+)?)"""
    r"""|"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|(?P<nothing>\[[^\]]*\]|_.|\*.)|(?P<sign>[:.,\s/-])""",
    re.IGNORECASE,
)
_SHOWN_TIME = re.compile(r"\d+:\d{2}(:\d{2}([.,]\d+)?)?( ?[ap]m?)?", re.IGNORECASE)


def shown_time(value: float, number_format: str) -> str | None:
    """The time that a cell shows without its day, as `09:30`, `9:30 PM`, or `36:00` of hours that go on
    counting; None for every other format. `value` is in days, as ECMA-376 (part 1, 18.17.4) keeps times."""
    section, place = number_format.partition(";")[0], 0
    found: list[re.Match[str]] = []
    while place < len(section):
        match = _OF_TIME.match(section, place)
        if match is None:
            return None
        place = match.end()
        found.append(match)
    if not any(match["elapsed"] or (match["part"] or "")[:1].casefold() in ("h", "s") for match in found):
        return None
    seconds, halves = round(value * 86_400), any(match["half"] for match in found)
    return "".join(_shown_part(match, seconds, halves=halves) for match in found).strip()


def _shown_part(match: re.Match[str], seconds: int, *, halves: bool) -> str:
    """What one part of a format shows of a time; with `halves` of the day, hours count to 12."""
    if half := match["half"]:
        return ("AM", "PM")[seconds // 43_200 % 2][: 2 if len(half) > 3 else 1]
    kind = (match["elapsed"] or match["part"] or "").strip("[]").casefold().partition(".")[0]
    if not kind:
        return match["quoted"] or match["escaped"] or match["sign"] or ""
    number = seconds // {"h": 3600, "m": 60, "s": 1}[kind[0]]
    if match["elapsed"]:
        return f"{number:0{len(kind)}}"
    if kind[0] == "h" and halves:
        return f"{number % 12 or 12:0{min(len(kind), 2)}}"
    # hours with two digits, as days are written the ISO way whatever their format
    return f"{number % (24 if kind[0] == 'h' else 60):02}"


def _part_of(day: date, part: str) -> str:
    """What a part of a format shows of a day: `yyyy`, `mmm`, `dd` …"""
    if part.startswith("y"):
        return f"{day.year:04}" if len(part) > 2 else f"{day.year % 100:02}"
    number = day.month if part.startswith("m") else day.day
    if len(part) < 3:
        return f"{number:0{len(part)}}"
    name = calendar.month_name[day.month] if part.startswith("m") else calendar.day_name[day.weekday()]
    return name if len(part) > 3 else name[:3]


def _filled(digits: str, parts: list[str | None]) -> str | None:
    """The digits put into places (None, or a zero byte with what stands there when there is none left)."""
    places = [at for at, part in enumerate(parts) if part is None or part.startswith("\0")]
    if not places:
        return None
    left = list(digits)
    shown = list(parts)
    for at in reversed(places):
        part = parts[at]
        shown[at] = left.pop() if left else (part[1:] if part else "")
    shown[places[0]] = "".join(left) + (shown[places[0]] or "")
    text = "".join(part or "" for part in shown).strip()
    return text if text != digits else None


# --- .xlsx and .xlsm ---------------------------------------------------------------------------

_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")
_ATTRIBUTE = re.compile(r"""([\w:]+)=(?:"([^"]*)"|'([^']*)')""")
_ROW = re.compile(r"<(?:\w+:)?row\b([^>]*)>")
_ROW_OR_CELL = re.compile(
    rf"{_ROW.pattern}|<(?:\w+:)?c\b([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)",
    re.DOTALL,
)
_VALUE = re.compile(r"<(?:\w+:)?v\b[^>]*>([^<]*)<")
_FORMULA = re.compile(r"<(?:\w+:)?f\b([^>]*?)(?:/>|>([^<]*)<)")
_ERROR_OR_FORMULA = re.compile(r"""\bt=["']e["']|<(?:\w+:)?f\b""")
_SINCE_1904 = re.compile(r"""\bdate1904=["'](?:1|true)["']""")
_OWN = {
    "9": "0%",
    "10": "0.00%",
    "11": "0.00E+00",
    "48": "##0.0E+0",
    "16": "d-mmm",
    "17": "mmm-yy",
    "18": "h:mm AM/PM",
    "19": "h:mm:ss AM/PM",
    "20": "h:mm",
    "21": "h:mm:ss",
    "45": "mm:ss",
    "46": "[h]:mm:ss",
    "47": "mm:ss.0",
}
"""Excel's own formats that show something else than the value (ECMA-376, part 1, 18.8.30)."""
_REFERENCE = re.compile(r"""\br\s*=\s*["']([A-Za-z]{1,3}[0-9]{1,9})["']""")
_FAR = re.compile(r"""\br\s*=\s*["'](?:[A-Za-z]{2,3}[0-9]|[A-Za-z][0-9]{6})""")
"""A cell beyond the 26th column or the 99,999th row: in most sheets there is none."""
_HIDDEN = re.compile(r"""\bhidden=["'](?:1|true)["']""")
_COLUMN = re.compile(r"<(?:\w+:)?col\b([^>]*)>")
_NUMBER_FORMAT = re.compile(r"<(?:\w+:)?numFmt\b[^>]*>")
_CELL_FORMATS = re.compile(r"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
_FONTS = re.compile(r"<(?:\w+:)?fonts\b[^>]*>(.*?)</(?:\w+:)?fonts>", re.DOTALL)
_FONT = re.compile(r"<(?:\w+:)?font\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?font>)", re.DOTALL)
_STRIKE = re.compile(r"""<(?:\w+:)?strike\b(?![^>]*\bval=["'](?:0|false)["'])""")
_CELL_FORMAT = re.compile(r"<(?:\w+:)?xf\b[^>]*>")


def xlsx_details(part: Part, sheet: str) -> SheetDetails:
    """The details of a sheet of an .xlsx or .xlsm file. Raises `ValueError`."""
    xml = _sheet_xml(part, sheet)
    if not xml:
        raise ValueError(f"the part of the sheet {sheet} is missing")
    last = _last_cell(xml)
    if (last[0] + 1) * (last[1] + 1) > MOST_CELLS:
        return SheetDetails(last=last)
    styles = part("xl/styles.xml")
    formats, struck = _own_formats(styles), _struck_styles(styles)
    shown: dict[Place, str] = {}
    struck_rows: set[int] = set()
    if formats or struck or _ERROR_OR_FORMULA.search(xml):
        epoch = _EPOCH_1904 if _SINCE_1904.search(part("xl/workbook.xml")) else _EPOCH
        shared: dict[str, str] = {}
        for place, of, inside in _cells_of(xml):
            text = _shown_in_xlsx(of, inside, formats, epoch, shared)
            if text is not None:
                shown[place] = text
            if inside and of.get("s", "") in struck:
                struck_rows.add(place[0] + 1)
    columns = (_attributes(match[1]) for match in _COLUMN.finditer(xml) if _HIDDEN.search(match[1]))
    return SheetDetails(
        shown,
        tuple(_hidden_rows(xml)),
        sum(int(of.get("max", 1)) - int(of.get("min", 1)) + 1 for of in columns),
        tuple(sorted(struck_rows)),
        last=last,
    )


def _last_cell(xml: str) -> Place:
    """The lowest row and the rightmost column that a cell stands in, from 0, as far as cells say so."""
    if not _FAR.search(xml):
        return (0, 0)
    row = column = 0
    for reference in _REFERENCE.findall(xml):
        below, right = _place(reference) or (0, 0)
        row, column = max(row, below), max(column, right)
    return row, column


def name_of(place: Place) -> str:
    """What a spreadsheet calls a cell: (2, 1) is B3."""
    row, column = place
    letters = ""
    while column >= 0:
        letters = chr(ord("A") + column % 26) + letters
        column = column // 26 - 1
    return f"{letters}{row + 1}"


def _cells_of(xml: str) -> Iterator[tuple[Place, Mapping[str, str], str]]:
    """Every cell with its place, attributes and what stands inside.

    A row or cell that doesn't say its place follows the one before it (ECMA-376, part 1, 18.3.1.4 and .73).
    """
    row = column = -1
    for match in _ROW_OR_CELL.finditer(xml):
        if match[1] is not None:
            row, column = _row_number(match[1], row + 1) - 1, -1
            continue
        of = _attributes(match[2])
        row, column = _place(of.get("r", "")) or (max(row, 0), column + 1)
        yield (row, column), of, match[3] or ""


def _hidden_rows(xml: str) -> Iterator[int]:
    """The numbers of hidden rows, from 1."""
    if not _HIDDEN.search(xml):
        return
    number = 0
    for match in _ROW.finditer(xml):
        number = _row_number(match[1], number)
        if _HIDDEN.search(match[1]):
            yield number


def _row_number(row: str, before: int) -> int:
    """A row's number, from 1: the one it says, or that after the row before it."""
    said = _attributes(row).get("r", "")
    return int(said) if said.isdecimal() else before + 1


def _shown_in_xlsx(
    of: Mapping[str, str], inside: str, formats: Mapping[str, str], epoch: date, shared: dict[str, str]
) -> str | None:
    """What a cell shows, where that isn't its value; a formula that was never calculated is shown itself.

    `shared` remembers formulas that other cells share by their number (ECMA-376, part 1, 18.3.1.40).
    """
    found = _VALUE.search(inside)
    value = html.unescape(found[1]) if found else ""
    kind = of.get("t", "n")
    if (formula := _FORMULA.search(inside)) is not None:
        number = _attributes(formula[1]).get("si", "")
        written = html.unescape(formula[2] or "") or shared.get(number, "#REF!")
        shared.setdefault(number, written)
        if not value and kind not in ("str", "e"):
            return f"={written}"
    if kind == "e":
        return value or None
    own = formats.get(of.get("s", "")) if value and kind == "n" else None
    return _shown_value(float(value), own, epoch) if own else None


def _shown_value(value: float, number_format: str, epoch: date) -> str | None:
    if 0 <= value < 2_958_466:  # the last day of the year 9999
        if (of_day := shown_time(value, number_format)) is not None:
            return of_day
        if value and (day := shown_day(epoch + timedelta(days=int(value)), number_format)):
            return day
    return shown_number(value, number_format)


def _sheet_xml(part: Part, sheet: str) -> str:
    listed = (_attributes(match[0]) for match in _SHEET.finditer(part("xl/workbook.xml")))
    wanted = next((of for of in listed if html.unescape(of.get("name", "")) == sheet), {})
    id = next((value for name, value in wanted.items() if name.endswith(":id")), "")
    for match in _RELATION.finditer(part("xl/_rels/workbook.xml.rels")):
        of = _attributes(match[0])
        if id and of.get("Id") == id:
            target = of.get("Target", "").lstrip("/")
            return part(target if target.startswith("xl/") else f"xl/{target}")
    return ""


def _own_formats(styles: str) -> dict[str, str]:
    """Style of a cell → its number format, for formats that aren't Excel's own or show something else."""
    listed = [_attributes(match[0]) for match in _NUMBER_FORMAT.finditer(styles)]
    formats = _OWN | {of.get("numFmtId", ""): html.unescape(of.get("formatCode", "")) for of in listed}
    used = _CELL_FORMATS.search(styles)
    if used is None:
        return {}
    styled = (_attributes(match[0]).get("numFmtId", "") for match in _CELL_FORMAT.finditer(used[0]))
    return {str(style): formats[id] for style, id in enumerate(styled) if id in formats}


def _struck_styles(styles: str) -> frozenset[str]:
    """Styles of cells whose font strikes the text out (ECMA-376, part 1, 18.8.22 and 18.4.10)."""
    fonts, used = _FONTS.search(styles), _CELL_FORMATS.search(styles)
    if fonts is None or used is None or not _STRIKE.search(fonts[1]):
        return frozenset()
    struck = {str(at) for at, font in enumerate(_FONT.finditer(fonts[1])) if _STRIKE.search(font[1] or "")}
    styled = (_attributes(match[0]).get("fontId", "") for match in _CELL_FORMAT.finditer(used[0]))
    return frozenset(str(style) for style, font in enumerate(styled) if font in struck)


def _attributes(tag: str) -> dict[str, str]:
    return {name: double or single for name, double, single in _ATTRIBUTE.findall(tag)}


def _place(reference: str) -> Place | None:
    """Row and column of a cell called such as B3."""
    letters = reference.rstrip("0123456789")
    number = reference[len(letters) :]
    if not number or not letters.isascii() or not letters.isalpha():
        return None
    column = 0
    for letter in letters.upper():
        column = column * 26 + ord(letter) - 64
    return int(number) - 1, column - 1


# --- .ods --------------------------------------------------------------------------------------

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_BREAKS = {f"{_TEXT}tab": "\t", f"{_TEXT}line-break": "\n"}
_CELLS = (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell")
_GROUPED = re.compile(r"\d{1,3}([.,'’ \u00a0\u202f]\d{3})+\Z")
_LINKED = re.compile(
    r"""<table:table\b[^>]*\btable:name=["'](&apos;[^"']*&apos;#\$[^"']*|'[^"]*'#\$[^"]*)["']"""
)
"""Names that LibreOffice gives to what it keeps of a linked file: 'file:///home/all.ods'#$Staff."""
_AS_POWER = re.compile(r"[+-]?\d+(?:[.,]\d+)?E[+-]?\d+")
_SHOWN_ERROR = re.compile(r"#[^\W\d_][\w/]*[!?]?\Z|Err:\d{3}\Z")


def ods_details(part: Part, sheet: str) -> SheetDetails:
    """The details of a sheet of an .ods file. Raises `ValueError`."""
    shown: dict[Place, str] = {}
    hidden: list[int] = []
    merged: list[int] = []
    number = columns = 0
    for element in _of_sheet(part("content.xml"), sheet):
        is_hidden = element.get(f"{_TABLE}visibility") in ("collapse", "filter")
        if element.tag == f"{_TABLE}table-column":
            columns += _repeated(element, "columns") if is_hidden else 0
            continue
        repeated = _repeated(element, "rows")
        if is_hidden:
            hidden += range(number + 1, number + min(repeated, 1_000) + 1)
        shown.update(_shown_in(element, number))
        if any(_spans_rows(cell) for cell in element):
            merged.append(number + 1)
        number += repeated
    return SheetDetails(shown, tuple(hidden), columns, merged_rows=tuple(merged))


def linked_tables(content: str) -> frozenset[str]:
    """The tables of an .ods file that are copies of another file's, kept for its formulas: no sheets."""
    return frozenset(html.unescape(name) for name in _LINKED.findall(content))


def _spans_rows(cell: ElementTree.Element) -> bool:
    return cell.get(f"{_TABLE}number-rows-spanned", "1") != "1"


def _of_sheet(xml: str, sheet: str) -> Iterator[ElementTree.Element]:
    """The rows and columns of a sheet, each let go of before the next one is read."""
    source, inside = io.BytesIO(xml.encode()), False
    try:
        # expat itself limits what entities may grow to
        for event, element in ElementTree.iterparse(source, ("start", "end")):  # noqa: S314
            if element.tag == f"{_TABLE}table":
                inside = event == "start" and element.get(f"{_TABLE}name") == sheet
            elif event == "end" and element.tag in (f"{_TABLE}table-row", f"{_TABLE}table-column"):
                if inside:
                    yield element
                element.clear()
    except ElementTree.ParseError as error:
        raise ValueError(str(error)) from None


def _shown_in(row: ElementTree.Element, number: int) -> Iterator[tuple[Place, str]]:
    column = 0
    for cell in row:
        if cell.tag not in _CELLS:
            continue
        repeated = _repeated(cell, "columns")
        # what lies under a merged cell isn't shown
        text = "" if cell.tag == f"{_TABLE}covered-table-cell" and len(cell) else _shown_text(cell)
        if text is not None:
            yield from (((number, column + further), text) for further in range(min(repeated, 1_000)))
        column += repeated


def _shown_text(cell: ElementTree.Element) -> str | None:
    """What a cell shows of an error, a time, a day in part, per cent, or a whole number in its own format."""
    lines = cell.findall(f"{_TEXT}p")
    text = "\n".join("".join(line.itertext()) for line in lines)
    if cell.get(f"{_OFFICE}value-type") == "string" and any(
        inner.tag in _BREAKS for line in lines for inner in line.iter()
    ):
        return "\n".join("".join(_with_breaks(line)) for line in lines)
    if _SHOWN_ERROR.match(text) and cell.get(f"{_TABLE}formula"):
        return text
    formula = cell.get(f"{_TABLE}formula")
    if formula and not text and cell.get(f"{_OFFICE}value-type") is None:
        return f"={formula.partition('=')[2]}"
    if cell.get(f"{_OFFICE}value-type") in ("date", "time") and _SHOWN_TIME.fullmatch(text):
        return text
    if cell.get(f"{_OFFICE}value-type") == "date":
        return _day_in_part(cell.get(f"{_OFFICE}date-value", ""), text)
    if cell.get(f"{_OFFICE}value-type") == "percentage":
        return text
    if cell.get(f"{_OFFICE}value-type") != "float":
        return None
    if _AS_POWER.fullmatch(text):
        return text
    digits = "".join(char for char in text if char.isdigit())
    try:
        value = str(int(float(cell.get(f"{_OFFICE}value", ""))))
    except (ValueError, OverflowError):
        return None
    same = digits.lstrip("0") == value.lstrip("0") and text != value and not _GROUPED.match(text)
    return text if same else None


def _with_breaks(element: ElementTree.Element) -> Iterator[str]:
    """The text of an element with its tabs, line breaks and blanks, which have elements of their own."""
    yield element.text or ""
    for inner in element:
        if inner.tag == f"{_TEXT}s":
            yield " " * int(inner.get(f"{_TEXT}c", "1"))
        else:
            yield _BREAKS.get(inner.tag, "")
            yield from _with_breaks(inner)
        yield inner.tail or ""


def _day_in_part(value: str, text: str) -> str | None:
    """As `shown_day`, by the text that the cell shows."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    numbers = [int(number) for number in re.findall(r"\d+", text)]
    if len(numbers) > 2 or not text or moment.year in numbers:
        return None
    if moment.day in numbers and (len(numbers) == 1 or moment.month in numbers):
        return shown_day(moment, "d-mmm")
    return shown_day(moment, "mmm-yy") if numbers == [moment.year % 100] else None


def _repeated(element: ElementTree.Element, what: str) -> int:
    given = element.get(f"{_TABLE}number-{what}-repeated", "1")
    return int(given) if given.isdigit() else 1


# --- .xls --------------------------------------------------------------------------------------


def xls_details(data: bytes, sheet: str) -> SheetDetails:
    """The details of a sheet of an .xls file. Raises `ValueError`."""
    try:
        with xlrd.open_workbook(
            file_contents=data, formatting_info=True, on_demand=True, ragged_rows=True, logfile=io.StringIO()
        ) as book:
            return _of_xls(book, book.sheet_by_name(sheet))
    except (
        xlrd.XLRDError,
        struct.error,
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
    ) as error:
        raise ValueError(str(error)) from None


def _of_xls(book: xlrd.Book, sheet: xlrd.sheet.Sheet) -> SheetDetails:
    shown: dict[Place, str] = {}
    struck: set[int] = set()
    last = (max(0, sheet.nrows - 1), max(0, sheet.ncols - 1))
    if sheet.nrows * sheet.ncols > MOST_CELLS:
        return SheetDetails(last=last)
    for row in range(sheet.nrows):
        for column, (kind, value) in enumerate(zip(sheet.row_types(row), sheet.row_values(row), strict=True)):
            if kind not in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
                font = book.font_list[book.xf_list[sheet.cell_xf_index(row, column)].font_index]
                if font.struck_out:
                    struck.add(row + 1)
            if kind == xlrd.XL_CELL_ERROR:
                shown[row, column] = xlrd.error_text_from_code.get(value, "#N/A")
            elif kind == xlrd.XL_CELL_NUMBER:
                style = book.xf_list[sheet.cell_xf_index(row, column)]
                text = shown_number(value, book.format_map[style.format_key].format_str)
                if text is not None:
                    shown[row, column] = text
            elif kind == xlrd.XL_CELL_DATE:
                style = book.xf_list[sheet.cell_xf_index(row, column)]
                number_format = book.format_map[style.format_key].format_str
                moment = xlrd.xldate_as_datetime(value, book.datemode)
                text = shown_time(value, number_format) or shown_day(moment, number_format)
                if text is not None:
                    shown[row, column] = text
    rows = tuple(row + 1 for row, of in sorted(sheet.rowinfo_map.items()) if of.hidden)
    columns = sum(bool(of.hidden) for at, of in sheet.colinfo_map.items() if at < sheet.ncols)
    return SheetDetails(shown, rows, columns, tuple(sorted(struck)), last=last)
