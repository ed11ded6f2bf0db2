"""When something happens by itself: written in plain words or as cron does, in somebody's time zone.

    timing = parse("every weekday at 06:30")
    timing.cron                                     # "30 6 * * 1-5"
    timing.after(utc_now(), ZoneInfo("Europe/Berlin"))

Cron is read and reckoned by `cronsim` (five fields; `L` for the last day, `1#1` for the first Monday).
Where clocks change it does as Debian's cron: what falls into the hour that is left out happens right
after it, what falls into the hour that comes twice happens once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from cronsim import CronSim, CronSimError

from services.errors import InvalidValue
from services.words import counted, day

FIELD = "when"
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
          "november", "december")  # fmt: skip
HELP = (
    "Plain words, such as “every weekday at 06:30”, “mondays and thursdays at 7”, "
    "“on the 1st and 15th at 05:00”, “on the last day of the month at 18:00”, "
    "“first monday of the month at 9”, “every 2 hours”, "
    "“once on 2026-12-01 at 08:00”; or five fields as cron takes them: “30 6 * * 1-5”."
)
OFTEN = timedelta(minutes=5)
"""Nothing happens more often: each reading of a pool costs the pool's own users a part of the quota."""

_ONCE = "once "


@dataclass(frozen=True, slots=True)
class Timing:
    """When: by `cron`'s five fields, or `once` (then as a clock in the schedule's zone shows it)."""

    cron: str = ""
    once: datetime | None = None

    def after(self, moment: datetime, zone: ZoneInfo) -> datetime | None:
        """The next time later than `moment` (aware), in UTC; None when there is none any more."""
        if self.once is not None:
            due = self.once.replace(tzinfo=zone).astimezone(UTC)
            return due if due > moment else None
        try:
            return next(CronSim(self.cron, moment.astimezone(zone))).astimezone(UTC)
        except StopIteration:
            return None

    @property
    def kept(self) -> str:
        """As it is stored; `parse` reads it back."""
        return f"{_ONCE}{self.once:%Y-%m-%d %H:%M}" if self.once is not None else self.cron

    @property
    def words(self) -> str:
        """ "At 06:30 on Monday through Friday", "Every 2 hours", "Once, on 1 Dec 2026 at 08:00"."""
        if self.once is not None:
            return f"Once, on {day(self.once.replace(tzinfo=UTC))} at {self.once:%H:%M}"
        return self._each() or CronSim(self.cron, datetime.now(UTC)).explain()

    def _each(self) -> str:
        """ "Every 2 hours", where it is that evenly; "" for all else."""
        for fields, each, whole in (
            (r"0 \*(?:/(\d+))? \* \* \*", "hour", 24),
            (r"\*/(\d+) \* \* \* \*", "minute", 60),
        ):
            found = re.fullmatch(fields, self.cron)
            number = int(found[1] or 1) if found else 0
            if number and whole % number == 0:
                return f"Every {counted(number, each)}" if number > 1 else f"Every {each}"
        return ""


def parse(text: str) -> Timing:
    """What was typed, or is stored, as a time. Raises `InvalidValue` saying what isn't understood."""
    words = " ".join(text.replace("\N{NO-BREAK SPACE}", " ").casefold().split())
    if not words:
        raise _wrong("It isn't said when.")
    if len(words.split()) == 5 and re.fullmatch(r"[\d*].*", words):
        return Timing(_cron(words.upper()))
    for pattern, read in _SENTENCES:
        if found := re.fullmatch(pattern, words):
            return read(found)
    raise _wrong(f"“{text.strip()}” isn't understood as a time.")


@cache
def _zones() -> frozenset[str]:
    """Looked for once in a process: they are a tree of files."""
    return frozenset(available_timezones())


def zone_of(name: str) -> ZoneInfo:
    """The time zone of this name (IANA: Europe/Berlin). Raises `InvalidValue`."""
    try:
        if name in _zones():
            return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:  # known by name, and its file can't be read
        raise InvalidValue(f"The time zone {name} can't be used on this machine.", field="zone") from error
    raise InvalidValue(
        f"There is no time zone “{name}”.", "Use a name such as Europe/Berlin or UTC.", field="zone"
    )


def zone_names() -> list[str]:
    """The time zones to choose from, by continent, UTC first."""
    places = (name for name in _zones() if "/" in name and not name.startswith(("Etc/", "posix/")))
    return ["UTC", *sorted(name for name in places if not name.startswith(("right/", "SystemV/", "US/")))]


def _wrong(said: str) -> InvalidValue:
    return InvalidValue(said, "Write for example: every weekday at 06:30.", field=FIELD)


def _cron(fields: str) -> str:
    try:
        times = CronSim(fields, datetime(2024, 1, 1, tzinfo=UTC))
        first, second = next(times), next(times)
    except CronSimError as error:
        raise _wrong(f"“{fields}” isn't a time as cron takes it ({error}).") from error
    except StopIteration as error:
        raise _wrong(f"“{fields}” never comes.") from error
    if second - first < OFTEN:
        raise _wrong(f"“{fields}” is too often: every {int(OFTEN.total_seconds() // 60)} minutes at most.")
    return fields


# Sentences. What is said of days stands before the time of day; days without a time are refused, because
# nobody means midnight.

_CLOCK = r"(?:at )?(?P<hour>\d{1,2})(?:[:.h](?P<minute>\d{2}))?(?: ?(?P<half>am|pm))?(?: ?o'clock| uhr)?"
_DAY = "|".join((*DAYS, *(f"{name}s" for name in DAYS), *(name[:3] for name in DAYS)))
_LIST = r"(?:{0})(?:(?:, ?| and |, and )(?:{0}))*"
_NUMBER = r"\d{1,2}(?:st|nd|rd|th)?"
_NUMBERS = _LIST.format(f"(?:the )?{_NUMBER}")
_MONTHS = "|".join(MONTHS)
_ORDINALS = {"first": "1", "second": "2", "third": "3", "fourth": "4", "1st": "1", "2nd": "2", "3rd": "3",
             "4th": "4", "last": "L"}  # fmt: skip
_MONTH = "(?: of)?(?: the| each| every)? month"

Found = re.Match[str]


def _at(found: Found) -> str:
    """Minute and hour of a sentence, as cron's first two fields."""
    moment = _clock(found)
    return f"{moment.minute} {moment.hour}"


def _clock(found: Found) -> time:
    hour, minute, half = int(found["hour"]), int(found["minute"] or 0), found["half"]
    if half:
        if not 1 <= hour <= 12:
            raise _wrong(f"“{found[0]}” names no hour of the day.")
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 23 or minute > 59:
        raise _wrong(f"“{found[0]}” names no time of day.")
    return time(hour, minute)


def _every_day(found: Found) -> Timing:
    return Timing(_cron(f"{_at(found)} * * *"))


def _weekdays(found: Found) -> Timing:
    return Timing(_cron(f"{_at(found)} * * 1-5"))


def _weekends(found: Found) -> Timing:
    return Timing(_cron(f"{_at(found)} * * 6,0"))


def _named_days(found: Found) -> Timing:
    names = re.split(r", and |, ?| and ", found["days"])
    numbers = sorted((_day_number(name) for name in names), key=int)
    return Timing(_cron(f"{_at(found)} * * {','.join(dict.fromkeys(numbers))}"))


def _day_number(name: str) -> str:
    """Cron's number of a weekday: Monday is 1, Sunday 0."""
    place = next(place for place, known in enumerate(DAYS) if known.startswith(name.removesuffix("s")[:3]))
    return str((place + 1) % 7)


def _numbered_days(found: Found) -> Timing:
    days = [int(number) for number in re.findall(r"\d{1,2}", found["days"])]
    if not all(1 <= number <= 31 for number in days):
        raise _wrong(f"“{found[0]}” names a day that no month has.")
    return Timing(_cron(f"{_at(found)} {','.join(map(str, sorted(set(days))))} * *"))


def _last_day(found: Found) -> Timing:
    return Timing(_cron(f"{_at(found)} L * *"))


def _nth_day(found: Found) -> Timing:
    nth, number = _ORDINALS[found["nth"]], _day_number(found["day"])
    return Timing(_cron(f"{_at(found)} * * {number}{'L' if nth == 'L' else f'#{nth}'}"))


def _quarterly(found: Found) -> Timing:
    return Timing(_cron(f"{_at(found)} 1 1,4,7,10 *"))


def _yearly(found: Found) -> Timing:
    month = next(place for place, name in enumerate(MONTHS, 1) if name.startswith(found["month"][:3]))
    number = int(re.sub(r"\D", "", found["date"]))
    try:
        date(2024, month, number)  # a leap year: the 29th of February is one
    except ValueError as error:
        raise _wrong(f"“{found[0]}” names a day that the month hasn't.") from error
    return Timing(_cron(f"{_at(found)} {number} {month} *"))


def _every_hours(found: Found) -> Timing:
    hours = int(found["n"] or 1)
    if hours not in (1, 2, 3, 4, 6, 8, 12):
        raise _wrong(
            "A day can't be divided into so many hours evenly; every 1, 2, 3, 4, 6, 8 or 12 hours can be."
        )
    return Timing(_cron("0 * * * *" if hours == 1 else f"0 */{hours} * * *"))


def _every_minutes(found: Found) -> Timing:
    minutes = int(found["n"])
    if minutes not in (5, 10, 15, 20, 30, 60):
        raise _wrong("Every 5, 10, 15, 20, 30 or 60 minutes is possible.")
    return Timing(_cron("0 * * * *" if minutes == 60 else f"*/{minutes} * * * *"))


def _once(found: Found) -> Timing:
    moment = _clock(found)
    try:
        on = date.fromisoformat(found["date"])
    except ValueError as error:
        raise _wrong(f"“{found['date']}” is no date.") from error
    return Timing(once=datetime.combine(on, moment))


def _no_time(found: Found) -> Timing:
    raise InvalidValue(f"At what time {found[0]}?", f"Write for example: {found[0]} at 06:30.", field=FIELD)


_WHEN_DAYS: dict[str, Callable[[Found], Timing]] = {
    r"(?:every day|daily|each day)": _every_day,
    r"(?:on )?(?:every weekday|each weekday|weekdays|every working day|working days)": _weekdays,
    r"(?:on )?(?:every weekend|weekends)": _weekends,
    rf"(?:on |every |each )?(?P<days>{_LIST.format(_DAY)})": _named_days,
    rf"(?:on )?(?:the )?last day{_MONTH}|(?:every month|monthly) on the last day": _last_day,
    rf"(?:on )?(?:the |every )?(?P<nth>{'|'.join(_ORDINALS)}) (?P<day>{_DAY})(?:{_MONTH})?": _nth_day,
    rf"(?:every month |monthly |each month )?(?:on )?the (?P<days>{_NUMBERS})(?:{_MONTH})?": _numbered_days,
    r"(?:every quarter|quarterly)": _quarterly,
    rf"(?:every year |yearly )(?:on )?(?:the )?(?P<date>{_NUMBER})(?: of)? (?P<month>{_MONTHS})": _yearly,
}  # fmt: skip
_SENTENCES: tuple[tuple[str, Callable[[Found], Timing]], ...] = (
    (r"(?:every hour|hourly|every (?P<n>\d{1,2}) hours?)", _every_hours),
    (r"every (?P<n>\d{1,2}) minutes", _every_minutes),
    (rf"(?:once )?(?:on )?(?P<date>\d{{4}}-\d{{2}}-\d{{2}})[ t]{_CLOCK}", _once),
    *((rf"(?:{days}),? {_CLOCK}", read) for days, read in _WHEN_DAYS.items()),
    *((rf"{days}", _no_time) for days in _WHEN_DAYS),
)


def said(timing: Timing, zone: str) -> str:
    """When, with the time zone, as one sentence without a full stop."""
    return f"{timing.words} ({zone})"
