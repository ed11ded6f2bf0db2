"""What is wrong with a row as a whole: too many cells, too few, or all of them in one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from services.bulk.cells.damage import DamageKind
from services.bulk.files.csv_file import FileRow
from services.bulk.files.dialect import DELIMITERS
from services.bulk.files.headings import looks_like_address

_DELIMITER = re.compile(f"[{re.escape(''.join(DELIMITERS))}]")


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with a row, and what to do; `kind` where it may be meant, `target` where one cell shows
    it."""

    what: str
    fix: str
    kind: str = ""
    target: str = ""


def faults_of(record: FileRow, width: int, username: str) -> Sequence[RowFault]:
    """What is wrong with a row of a table that has `width` columns; `username` as its cell says it."""
    delimited = width > 1 and _DELIMITER.search(username) is not None
    if len(record.cells) == width and not record.ends_early and not delimited:
        return ()  # most rows
    return [*_wrong_width(record, width), *(_one_cell(record, width, username) if delimited else ())]


def _wrong_width(record: FileRow, width: int) -> Iterator[RowFault]:
    cells = len(record.cells)
    if cells > width and any(cell.strip() for cell in record.cells[width:]):
        what = f"The row has {cells} cells, but there are {width} columns."
        yield RowFault(what, "Often a cell with a comma or semicolon isn't in quotation marks.")
    if record.ends_early and width > 1:
        what = "The row ends before the last column, and most others don't."
        fix = "If a cell is missing, what follows stands in the wrong column."
        yield RowFault(what, fix, DamageKind.SHORT)


def _one_cell(record: FileRow, width: int, username: str) -> Iterator[RowFault]:
    """A row with another delimiter than the rest of the file looks like a person with a long username."""
    if sum(bool(cell.strip()) for cell in record.cells) == 1 and (title := _other_delimiter(username, width)):
        shown = username if len(username) <= 60 else f"{username[:57]}…"
        fix = f"Its cells stand between other signs ({title}) than those of the rest; correct the row."
        yield RowFault(f"The whole row stands in one cell: “{shown}”.", fix, target="username")


def _other_delimiter(text: str, width: int) -> str:
    """Between which signs the cells of a row stand that came as one; empty where they don't."""
    for sign, title in DELIMITERS.items():
        parts = text.split(sign)
        if len(parts) == width or (len(parts) > 1 and any(map(looks_like_address, parts))):
            return title
    return ""
