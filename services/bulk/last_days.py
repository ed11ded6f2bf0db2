"""The last day of somebody who leaves: read from a cell, and whose it is in a plan.

    read_last_day("30.11.2026", today)       # date(2026, 11, 30)
    read_last_day("12-May", today)           # Damage: it has no year

A day that could be read in two ways is no day: who is seen off on the wrong one can't work, or still can.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from services.bulk.cells.damage import Damage, DamageKind
from services.bulk.cells.numbers_and_days import day_as_number
from services.bulk.cells.written_days import days_written
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
    readings = days_written(text)
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


def last_days(rows: Iterable[RowPlan]) -> tuple[LastDay, ...]:
    """Who leaves on which day, the earliest first."""
    by_day: dict[date, list[RowPlan]] = {}
    for row in rows:
        if row.verdict is RowVerdict.LATER and row.last_day is not None:
            by_day.setdefault(row.last_day, []).append(row)
    return tuple(LastDay(day, tuple(by_day[day])) for day in sorted(by_day))
