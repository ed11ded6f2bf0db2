"""CSV files that a spreadsheet can open without running anything, and that read back unchanged.

A spreadsheet treats a cell that starts with `=`, `+`, `-`, `@`, a tab or a line break as a formula
(OWASP, "CSV Injection"; full-width forms count too). Such a cell is written with an apostrophe in
front. A cell that already looks neutralised gets one more, so nothing is ambiguous and `restore`
gives back exactly what was there: phone numbers such as +49… survive the round trip.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.words import counted

CLEAR = "-"
"""A cell holding only this asks to clear the value. The value "-" itself is written as `'-`."""

_STARTS = r"[=+\-@\t\r\n＝＋－＠]"
_BEFORE = "['" + "".join(char for char in map(chr, range(0x3001)) if char.isspace()) + "]*"
DANGEROUS = f"{_BEFORE}{_STARTS}"
"""How a cell starts that has to be neutralised, as a regular expression (also of RE2). Spaces in front
count: some programs take them away, and so does whoever reads the file back."""

_DANGEROUS = re.compile(DANGEROUS)
_NEUTRALISED = re.compile(f"'{DANGEROUS}")

Cell = str | int | float | bool | None


class AsItStands(str):
    """A cell that `write_csv` leaves alone: the marker `CLEAR`, nothing that came from outside."""

    __slots__ = ()


CLEAR_CELL = AsItStands(CLEAR)


@dataclass(frozen=True, slots=True)
class Neutralised:
    """One cell that was written with an apostrophe: `row` as a spreadsheet counts (header = 1)."""

    row: int
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class SafeCsv:
    """A written file and the cells that were neutralised in it."""

    data: bytes
    neutralised: tuple[Neutralised, ...]

    @property
    def statement(self) -> str:
        """A sentence for people about what was neutralised."""
        count = len(self.neutralised)
        if not count:
            return "No cell looks like a formula; every cell stands as it is."
        columns = ", ".join(sorted({cell.column for cell in self.neutralised}))
        cells = counted(count, "cell starts", "cells start")
        return (
            f"{cells} like a formula and got an apostrophe in front, so that no spreadsheet runs it "
            f"(columns: {columns}). Uploading the file here restores the values."
        )


def neutralise(cell: str) -> str:
    """The cell as it is safe to write. `restore` undoes it exactly."""
    return f"'{cell}" if _DANGEROUS.match(cell) else cell


def restore(cell: str) -> str:
    """The value behind a cell that `neutralise` wrote; other cells come back as they are."""
    return cell[1:] if cell[:1] == "'" and _NEUTRALISED.match(cell) else cell


def text_of(cell: Cell) -> str:
    """A cell's value as text: None is empty, booleans are `true` and `false` as in Cognito."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return str(cell)


def join_groups(names: Iterable[str]) -> str:
    """Names of groups as one cell; `services.bulk.rows.split_groups` reads them back."""
    cell = ";".join(name.replace("\\", "\\\\").replace(";", "\\;") for name in names)
    # names that look like the lists of other programs are told from them by a separator behind them
    return f"{cell};" if _LIKE_OTHER_LISTS.match(cell) else cell


LIKE_OTHER_LISTS = r"\[|[0-9]+;#"
"""How lists of other programs begin, as a regular expression (also of RE2)."""
_LIKE_OTHER_LISTS = re.compile(LIKE_OTHER_LISTS)


def build_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]], delimiter: str = ",") -> SafeCsv:
    """Write a CSV: UTF-8 with BOM (so that Excel reads it), CRLF, dangerous cells neutralised."""
    found: list[Neutralised] = []

    def safe(cell: Cell, row: int, column: str) -> str:
        if isinstance(cell, AsItStands):
            return cell
        text = text_of(cell)
        written = neutralise(text)
        if written is not text:
            found.append(Neutralised(row, column, text))
        return written

    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow([safe(name, 1, name) for name in header])
    for number, cells in enumerate(rows, start=2):
        named = (header[i] if i < len(header) else f"column {i + 1}" for i in range(len(cells)))
        writer.writerow([safe(cell, number, name) for cell, name in zip(cells, named, strict=True)])
    # A lone surrogate can't be UTF-8: it becomes "?" instead of losing the whole file.
    return SafeCsv(out.getvalue().encode("utf-8-sig", errors="replace"), tuple(found))


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]], delimiter: str = ",") -> bytes:
    """`build_csv` without the list of what was neutralised."""
    return build_csv(header, rows, delimiter).data
