"""Days as people and programs write them: 2026-11-30, 2026/11/30, 30.11.2026, 30-11-2026, 11/30/2026,
30 Nov 2026, Nov 30, 2026."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from services.cognito.written import nfc

_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?\Z")
_DOTS = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})\Z")
_EITHER_FIRST = re.compile(r"(\d{1,2})([-/])(\d{1,2})\2(\d{4})\Z")
_MONTHS = {
    word: number
    for number, words in enumerate(
        (
            "jan january januar januari janvier janeiro enero gennaio",
            "feb february februar februari febrero février fév févr febbraio fevereiro",
            "mar march mars marzo marzec março marca märz",
            "apr april aprile avril avr abril",
            "may mayo mai maggio maio",
            "jun june juni junio junho juin giugno",
            "jul july juli julio julho juillet juil luglio",
            "aug august augusti augustus août agosto",
            "sep sept september septembre septiembre settembre setembro",
            "oct october octobre octubre oktober okt ottobre outubro",
            "nov november novembre noviembre novembro",
            "dec december decembrie dezember dez déc décembre diciembre dicembre dezembro",
        ),
        start=1,
    )
    for word in words.split()
}
"""Names of months as they are written whole or short; “marras” is none of them but November in Finnish."""
_MONTH = r"([^\W\d_]{3,10})\.?"
_DAY_AND_NAME = re.compile(rf"(\d{{1,2}})\.?[ -]{_MONTH},?[ -](\d{{4}})\Z")
_NAME_AND_DAY = re.compile(rf"{_MONTH} (\d{{1,2}}),? (\d{{4}})\Z")


def days_written(text: str) -> set[date]:
    """The days that a text can mean: one where it is beyond doubt, two (03/04/2026), or none."""
    return {day for day in _readings(nfc(text)) if day is not None}


def _readings(text: str) -> Iterator[date | None]:
    if found := _YEAR_FIRST.match(text):
        yield _day(int(found[1]), int(found[3]), int(found[4]))
    elif found := _DOTS.match(text):
        yield _day(int(found[3]), int(found[2]), int(found[1]))
    elif found := _EITHER_FIRST.match(text):
        first, second, year = int(found[1]), int(found[3]), int(found[4])
        yield _day(year, second, first)
        yield _day(year, first, second)
    elif found := _DAY_AND_NAME.match(text):
        yield _named_day(found[3], found[2], found[1])
    elif found := _NAME_AND_DAY.match(text):
        yield _named_day(found[3], found[1], found[2])


def _named_day(year: str, month: str, day: str) -> date | None:
    number = _MONTHS.get(month.casefold())
    return None if number is None else _day(int(year), number, int(day))


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
