"""The dialect of a text of cells: what stands between them, how quotation marks and backslashes are meant."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from services.bulk.files.headings import is_heading, looks_like_address
from services.cognito import phones

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
AWS_IMPORT_COLUMNS = frozenset({"cognito:username", "cognito:mfa_enabled"})
HEADER_WITHIN = 30
"""Rows from the first on in which headings are looked for."""
_COMMA = "\ue000"  # stands for an escaped comma while a file in AWS's dialect is parsed
_BLANK_QUOTE = re.compile(r' +"')
_SAMPLE_ROWS, _SAMPLE_TEXT = 200, 200_000


def headings_in(cells: Sequence[str]) -> int:
    """How many of the cells are headings that are known."""
    return sum(is_heading(cell) for cell in cells)


def names_somebody(cell: str) -> bool:
    """Whether a cell says who somebody is, and so is no heading: an address or a phone number."""
    return looks_like_address(cell) or phones.looks_like_one(cell)


def reader_of(text: str, delimiter: str, aws: bool, blanks: bool = False) -> Iterator[list[str]]:
    """The rows of a text. `aws`: in the dialect of AWS's import jobs; `blanks`: they stand before quotation
    marks. Raises `csv.Error` where the quotation marks don't fit together."""
    if aws:
        # only \, is an escape there; every other backslash stays as it is
        escaped = io.StringIO(text.replace("\\,", _COMMA), newline="")
        for cells in csv.reader(escaped, delimiter=delimiter, strict=True):
            yield [cell.replace(_COMMA, ",") for cell in cells]
        return
    lines = io.StringIO(text, newline="")
    yield from csv.reader(lines, delimiter=delimiter, strict=True, skipinitialspace=blanks)


def sample(text: str, delimiter: str, blanks: bool = False) -> list[list[str]]:
    """The first rows as this delimiter splits them, as far as the quotation marks fit together."""
    rows: list[list[str]] = []
    try:
        for cells in islice(reader_of(text[:_SAMPLE_TEXT], delimiter, False, blanks), _SAMPLE_ROWS):
            if any(map(str.strip, cells)):
                rows.append(cells)
    except csv.Error:
        pass
    return rows


def likeliest_delimiter(text: str) -> str:
    """The delimiter that splits the headings into words known as such, and the rows most evenly."""
    if is_aws_dialect(text):
        return ","
    best = max(DELIMITERS, key=lambda delimiter: _fitness(sample(text, delimiter)))
    return best if evenness(sample(text, best))[0] else ","


def _fitness(rows: Sequence[Sequence[str]]) -> tuple[int, bool, float, int]:
    even, width = evenness(rows)
    known = max(map(headings_in, rows[:HEADER_WITHIN]), default=0) if width else 0
    return known, bool(rows) and len(rows[0]) == width, even, width


def evenness(rows: Sequence[Sequence[str]]) -> tuple[float, int]:
    """The share of rows that are as wide as most are, and that width; nothing for a single column."""
    widths = Counter(len(row) for row in rows)
    wide = {width: count for width, count in widths.items() if width > 1}
    if not wide:
        return 0.0, 0
    width = max(wide, key=lambda cells: (wide[cells], cells))
    return round(wide[width] / len(rows), 1), width


def blanks_before_quotes(text: str, delimiter: str) -> bool:
    """Whether quotation marks stand behind a blank: a, "b" means b."""
    if not any(_BLANK_QUOTE.match(cell) for row in sample(text, delimiter) for cell in row):
        return False
    return evenness(sample(text, delimiter, blanks=True)) >= evenness(sample(text, delimiter))


def are_lines_quoted(text: str, delimiter: str) -> bool:
    """Whether lines stand in quotation marks as a whole: all of them, or the one with the headings."""
    first = next(iter(sample(text, delimiter)), [])
    if len(first) != 1 or not text.lstrip().startswith('"'):
        return False
    rows = _inner(text, inner_delimiter(text))
    even, width = evenness(rows)
    return even >= 0.9 and len(rows[0]) == width


def inner_delimiter(text: str) -> str:
    """The delimiter inside lines that stand in quotation marks as a whole."""
    found = max(DELIMITERS, key=lambda delimiter: _fitness(_inner(text, delimiter)))
    return found if evenness(_inner(text, found))[0] >= 0.9 else ","


def _inner(text: str, delimiter: str) -> list[list[str]]:
    """The first rows, those that are one cell parsed once more."""
    rows = []
    for cells in sample(text, delimiter):
        try:
            inner = next(reader_of(cells[0], delimiter, False)) if len(cells) == 1 else cells
        except csv.Error:
            inner = cells
        rows.append(inner)
    return rows


def entries_of_one_line(text: str, delimiter: str) -> list[str]:
    """The entries of a file that is nothing but addresses or numbers in one line."""
    rows = sample(text, delimiter)
    entries = [cell.strip() for cell in rows[0] if cell.strip()] if len(rows) == 1 else []
    return entries if len(entries) > 1 and all(map(names_somebody, entries)) else []


def is_aws_dialect(text: str) -> bool:
    """Whether the headings are those of AWS's import jobs."""
    first = text.partition("\n")[0].casefold()
    return {cell.strip().strip('"') for cell in first.split(",")} >= AWS_IMPORT_COLUMNS
