"""Workbooks (XLSX): text is always text, never a formula or a link, and nothing lies on disk meanwhile.

Put together in memory, since the library's other way writes people into temporary files; hence `MOST_CELLS`.
"""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter

from services.errors import InvalidValue

MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 1_048_000, 16_000, 32_700
"""What a sheet holds (Excel's limits, with some room)."""

MOST_CELLS = 1_500_000
"""What one workbook may hold: about half a gigabyte of memory while it is made."""


class Day(float):
    """A time in a workbook: days since 1900."""


class ExportWorkbook:
    """A workbook being made; `data` ends it."""

    def __init__(self) -> None:
        self._out = io.BytesIO()
        self._book = xlsxwriter.Workbook(
            self._out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        self.bold = self._book.add_format({"bold": True})
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self._wrapped = self._book.add_format({"text_wrap": True, "valign": "top"})

    def sheet(self, name: str) -> Any:
        """A new sheet (`xlsxwriter.worksheet.Worksheet`); `name` has at most 31 characters."""
        return self._book.add_worksheet(name)

    def facts(self, sheet: Any, facts: list[tuple[str, str]]) -> None:
        """Fill a sheet with facts, one a line: what, and its value."""
        sheet.set_column(0, 0, 22)
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
