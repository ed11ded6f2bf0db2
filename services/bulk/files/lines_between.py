"""Lines between the rows of a file that are no rows: its headings again, those of another list, rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum, auto

from services.bulk.files.headings import HEADING_WORDS, meaning_of
from services.bulk.files.repeated_headings import squeezed
from services.words import counted

_RULE = re.compile(r"[-=+_*~:|\s]{3,}")
_FEWEST = 2


class LineKind(Enum):
    """What a line is that is no row."""

    HEADINGS = auto()
    OTHER_HEADINGS = auto()
    RULE = auto()


class LinesBetween:
    """Tells lines that are no rows, below these headings; `titles` as they stand in the file, none where
    it has no headings."""

    def __init__(self, titles: Sequence[str]) -> None:
        self._again = tuple(squeezed(titles))
        self._meanings = [meaning_of(title) for title in titles]
        self._width = len(titles)

    def kind(self, cells: Sequence[str]) -> LineKind | None:
        """What a line is, None for a row. `cells` are as many as there are titles, or more."""
        first = cells[0].strip()
        word = first.casefold()
        if first[:1].isalnum() and word not in HEADING_WORDS and word != self._again[0]:
            return None  # most rows
        if first[:1].isalnum():
            return self._headings(cells[: self._width])
        filled = [cell for cell in cells if cell.strip()]
        if filled and all(map(_RULE.fullmatch, filled)):
            return LineKind.RULE
        return self._headings(cells[: self._width])

    def _headings(self, cells: Sequence[str]) -> LineKind | None:
        if self._width < _FEWEST:
            return None
        if tuple(squeezed(cells)) == self._again:
            return LineKind.HEADINGS
        found = {place: meaning_of(cell) for place, cell in enumerate(cells) if cell.strip()}
        known = {meaning for meaning in found.values() if meaning}
        unknown = sum(not meaning for meaning in found.values())
        if len(known) + unknown < len(found) or len(known) < _FEWEST + min(unknown, 1):
            return None
        if all(self._meanings[place] == meaning for place, meaning in found.items()):
            return LineKind.HEADINGS
        return LineKind.OTHER_HEADINGS if len(known & set(self._meanings)) >= _FEWEST else None


_LEFT_OUT = {
    LineKind.HEADINGS: ("row repeats the headings and was", "rows repeat the headings and were"),
    LineKind.RULE: ("row is a line of dashes or other signs and was", "rows are lines of signs and were"),
}


def said_of(left_out: Mapping[LineKind, Sequence[int]]) -> Iterator[str]:
    """What is told about lines that were left out, from their rows."""
    for kind, rows in left_out.items():
        listed = ", ".join(map(str, rows[:10])) + (" …" if len(rows) > 10 else "")
        yield f"{counted(len(rows), *_LEFT_OUT[kind])} left out: {listed}."
