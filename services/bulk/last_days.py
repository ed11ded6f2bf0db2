"""The last day of somebody who leaves: read from a cell, and whose it is in a plan.

    read_last_day("30.11.2026", today)       # date(2026, 11, 30)
    read_last_day("12-May", today)           # Damage: it has no year

A day that could be read in two ways is no day: who is seen off on the wrong one can't work, or still can.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from services.bulk.cells.damage import Damage, DamageKind
from services.bulk.cells.numbers_and_days import day_as_number
from services.bulk.model import RowPlan, RowVerdict
from services.words import calendar_day

END_OF_DAY = time(23, 59)
"""When on their last day people are seen off."""
FARTHEST = timedelta(days=5 * 365)
"""Later days are how some programs write that there is none: 2099-12-31, 9999-12-31."""

NO_LAST_DAY = Damage(
    DamageKind.MISSING_DAY,
    "The row says no last day.",
    advice="Leave it out, if they stay. Taken as it stands, the person is seen off now.",
)
"""What is wrong with a leaver without a last day where a file has a column for it: who stays looks so."""

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


@dataclass(frozen=True, slots=True)
class LastDay:
    """The rows of a plan whose people leave at the end of one day."""

    day: date
    rows: tuple[RowPlan, ...]


def today_in(zone: str) -> date:
    """The day that it is in this time zone (IANA; "" for UTC)."""
    place: tzinfo = ZoneInfo(zone) if zone else UTC
    return datetime.now(place).date()


def read_last_day(text: str, today: date) -> date | Damage:
    """The day that a cell names, or what is wrong with it."""
    number = day_as_number(text)
    if number is not None:
        return number
    readings = {reading for reading in _readings(text) if reading is not None}
    if len(readings) != 1:
        why = "could be two different days" if readings else "is no day that is beyond doubt"
        advice = f"Write the day as year-month-day, such as {today.isoformat()}."
        return Damage(DamageKind.NO_DAY, f"“{text[:60]}” {why}.", advice=advice)
    (day,) = readings
    if day < today:
        what = f"The last day, {calendar_day(day)}, is over."
        return Damage(DamageKind.PAST_DAY, what, advice="Taken as it stands, the person is seen off now.")
    if day > today + FARTHEST:
        what = f"The last day, {calendar_day(day)}, is more than five years away."
        return Damage(DamageKind.NO_DAY, what, advice="Leave the row out, if they stay.")
    return day


def _readings(text: str) -> Iterable[date | None]:
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


def last_days(rows: Iterable[RowPlan]) -> tuple[LastDay, ...]:
    """Who leaves on which day, the earliest first."""
    by_day: dict[date, list[RowPlan]] = {}
    for row in rows:
        if row.verdict is RowVerdict.LATER and row.last_day is not None:
            by_day.setdefault(row.last_day, []).append(row)
    return tuple(LastDay(day, tuple(by_day[day])) for day in sorted(by_day))
