"""Days as people and programs write them: 2026-11-30, 30.11.2026, 11/30/2026, 30 Nov 2026."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?\Z")
_DOTS = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})\Z")
_SLASHES = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})\Z")
_MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "jan january januar januari janvier janeiro",
            "feb february februar februari febrero",
            "mar march mars marzo marzec março marca",
            "apr april aprile",
            "may mayo",
            "jun june juni junio junho",
            "jul july juli julio julho",
            "aug august augusti augustus",
            "sep sept september septembre septiembre",
            "oct october octobre octubre",
            "nov november novembre noviembre novembro",
            "dec december decembrie",
        ),
        start=1,
    )
    for word in words.split()
}
"""Names of months as they are written whole or short; “marras” is none of them but November in Finnish."""
_NAMED = re.compile(r"(\d{1,2})[ -]([a-z]{3,9})\.?,?[ -](\d{4})\Z", re.IGNORECASE)


def days_written(text: str) -> set[date]:
    """The days that a text can mean: one where it is beyond doubt, two (03/04/2026), or none."""
    return {day for day in _readings(text) if day is not None}


def _readings(text: str) -> Iterator[date | None]:
    if found := _ISO.match(text):
        yield _day(*map(int, found[1].split("-")))
    elif found := _DOTS.match(text):
        yield _day(int(found[3]), int(found[2]), int(found[1]))
    elif found := _SLASHES.match(text):
        first, second, year = map(int, found.groups())
        yield _day(year, second, first)
        yield _day(year, first, second)
    elif (found := _NAMED.match(text)) and (month := _MONTHS.get(found[2].casefold())):
        yield _day(int(found[3]), month, int(found[1]))


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
