"""Why a file is refused: what is wrong, in which row, and what to do about it."""

from __future__ import annotations

import csv
from collections.abc import Sequence

from services.errors import FileRejected, SheetNotChosen


def rejected_second_list(row: int, cells: Sequence[str], shown: str) -> FileRejected:
    """A second list below the first one has other columns; `cells` are its headings, in row `row`."""
    names = ", ".join(cell.strip() for cell in cells if cell.strip())
    return FileRejected(
        f"A second list with other headings begins in row {row} of {in_sentence(shown)}: {names[:200]}.",
        "Upload each list as a file of its own, or bring its columns into the order of the first.",
    )


def rejected_empty(shown: str) -> FileRejected:
    """Nothing stands in the file."""
    return FileRejected(f"{shown} is empty.", "Choose a file with column names and one row per person.")


def rejected_swallowing(number: int, line: str, shown: str) -> FileRejected:
    """A cell of row `number` holds further rows, of which `line` is the first."""
    return FileRejected(
        f"A quotation mark in row {number} of {in_sentence(shown)} is closed too late: the rows from "
        f"“{line[:60]}” on stand in one cell.",
        "Close the quotation mark at the end of its cell, or take it away, and upload again.",
    )


def rejected_quoting(error: csv.Error, row: int, shown: str) -> FileRejected:
    """The quotation marks of row `row` aren't those of a CSV file."""
    said = str(error)
    if "unexpected end" in said:
        what = f'A quotation mark (") opened in row {row} of {in_sentence(shown)} is never closed.'
    elif "field larger" in said:
        return FileRejected(
            f"A cell in row {row} of {in_sentence(shown)} is far too long (over 131,072 characters).",
            "Often a quotation mark is missing at its end. Correct the row and upload again.",
        )
    else:
        what = f"The quotation marks (\") in row {row} of {in_sentence(shown)} don't fit together."
    return FileRejected(
        what,
        'Inside a quoted cell a quotation mark is written twice (""). Correct the row, or save the file '
        "again from a spreadsheet as CSV UTF-8.",
    )


def in_sentence(shown: str) -> str:
    """What a file is called in the middle of a sentence."""
    return "the file" if shown == "The file" else shown


def rejected_several_sheets(sheets: Sequence[str], shown: str) -> SheetNotChosen:
    """A workbook of which several `sheets` look like lists of people."""
    return SheetNotChosen(
        f"Several sheets of {in_sentence(shown)} look like lists of people: {', '.join(sheets)}.",
        "Choose the sheet that is meant.",
        tuple(sheets),
    )
