"""Numbers, counted things, lists of names, lengths of time and moments, as people read them.

Moments are in UTC here and say so; the pages put them into the time zone of the reader
(console/widgets/words.py). Files and logs for programs keep ISO 8601.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Self

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))
HOURS_SHOWN = 48
"""What is left in hours is said in hours up to here, then in days."""


class NamedInWords(StrEnum):
    """Values of AWS's, each with what people call it: `NAME = "value", "words"`."""

    words: str

    def __new__(cls, value: str, words: str = "") -> Self:
        """The member of this value; read back by the value alone."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.words = words
        return member


def plural(count: int, word: str, words: str = "") -> str:
    """`word` or its plural, as `count` asks; the plural is `word` with an s unless it is given."""
    return word if count == 1 else words or f"{word}s"


def counted(count: int, word: str, words: str = "") -> str:
    """A number with what it counts: "1 group", "1,204 groups"; `words` is a plural other than with s."""
    return f"{count:,} {plural(count, word, words)}"


def capital(text: str) -> str:
    """The text with a capital first letter, the others as they are ("Code by SMS")."""
    return text[:1].upper() + text[1:]


def people(count: int) -> str:
    """ "1 person", "12,431 people"."""
    return counted(count, "person", "people")


def listed(parts: Sequence[str]) -> str:
    """ "a", "a and b", "a, b and c"; "" for none."""
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def named(names: Sequence[str], most: int = 10, *, of: int = 0) -> str:
    """The first `most` names and how many more there are; `of`: of how many, where not all are at hand."""
    left = max(of, len(names)) - len(names[:most])
    shown = ", ".join(names[:most])
    return f"{shown} and {left:,} more" if left > 0 else shown


def duration(seconds: float) -> str:
    """How long something takes or took: "under 1 s", "40 s", "3 min 20 s", "1 h 5 min", "2 d 3 h"."""
    whole = round(seconds)
    if whole < 1:
        return "under 1 s"
    if whole < 60:
        return f"{whole} s"
    if whole < 3_600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 86_400:
        return f"{whole // 3_600} h {whole % 3_600 // 60} min"
    return f"{whole // 86_400} d {whole % 86_400 // 3_600} h"


def span(seconds: float) -> str:
    """How far away something is, in its largest unit and rounded: "3 minutes", "1 day"."""
    left = abs(seconds)
    for size, unit in _UNITS:
        if left >= size:
            return counted(round(left / size), unit)
    return counted(round(left), "second")


def time_left(left: timedelta) -> str:
    """How long something still works, rounded down: "less than an hour", "45 hours", "2 days"."""
    hours = int(left / timedelta(hours=1))
    if hours < 1:
        return "less than an hour"
    return counted(hours, "hour") if hours < HOURS_SHOWN else counted(hours // 24, "day")


def lifetime(length: timedelta) -> str:
    """A length of time that somebody has set, exactly: "30 days", "1 hour", "90 minutes"."""
    whole = int(length.total_seconds())
    for size, unit in _UNITS:
        if whole >= size and whole % size == 0:
            return counted(whole // size, unit)
    return counted(whole, "second")


def ago(moment: datetime | None, now: datetime | None = None) -> str:
    """How long ago: "just now", "3 minutes ago", "never" for None. Rounded down; `moment` is aware."""
    if moment is None:
        return "never"
    seconds = ((now or datetime.now(UTC)) - moment).total_seconds()
    for size, unit in _UNITS:
        if seconds >= size:
            return f"{counted(int(seconds // size), unit)} ago"
    return "just now"


def day(moment: datetime, zone: tzinfo = UTC) -> str:
    """The date, as in "3 Mar 2025"; `moment` is aware."""
    return calendar_day(moment.astimezone(zone))


def calendar_day(day: date) -> str:
    """A day of the calendar, as in "3 Mar 2025"."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""A table writes hundreds of days, for which `strftime` takes four times as long."""


def place_of(account: str, region: str) -> str:
    """Which account and region a pool is in: "account 123456789012, eu-west-1"."""
    known = f"account {account}" if account else "account not known"
    return f"{known}, {region}" if region else known


def file_time(moment: datetime) -> str:
    """A time for files, which sorts as text and is the same in every time zone: "2025-03-03 14:05 UTC"."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def minute(moment: datetime, zone: tzinfo | None = None) -> str:
    """Date and time, as in "3 Mar 2025, 14:05"; in UTC, and saying so, without a `zone`."""
    local = moment.astimezone(zone or UTC)
    said = f"{calendar_day(local)}, {local.hour:02}:{local.minute:02}"
    return said if zone else f"{said} UTC"
