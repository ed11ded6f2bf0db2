"""Numbers and days that a spreadsheet made of something else, and days that are nobody's birthday."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from services.bulk.cells.damage import GROUPS, NAMES, PEOPLE, ColumnCell, Damage, DamageKind
from services.bulk.cells.written_days import days_written
from services.cognito.written import SPREADSHEET_NO, SPREADSHEET_YES

_SCIENTIFIC = re.compile(r"[+-]?(?:\d|\d{1,3}[.,]\d+)E[+-]?\d{1,3}\Z", re.IGNORECASE)
_DECIMAL = re.compile(r"(\d{1,3}(?:(?P<group>[., \u00a0\u202f'])\d{3})(?:(?P=group)\d{3})*|\d+)[.,]0+\Z")
_THOUSANDS = re.compile(r"\d{1,3}([.,])(?:\d{3}\1)*000\Z")
"""Zeros behind a mark that may as well part thousands as decimals: 10,000."""
_PARTED = re.compile(r"\d{1,3}(?:,\d{3})+\Z")
_ROUNDED = re.compile(r"[1-9]\d{14}00+\Z")
"""Numbers whose digits from the 16th on are zeros, as spreadsheets keep 15. A single zero is often meant."""
TRUTH = frozenset(word.upper() for word in (SPREADSHEET_YES | SPREADSHEET_NO) - {"ne", "ano", "sand", "sann"})
_MONTHS = (
    "jan|feb|mar|mär|mrz|mars|apr|may|mai|maj|mei|jun|jul|aug|sep|sept|oct|okt|nov|dec|dez|des|"
    "janv|févr|avr|juin|juil|août|déc|ene|abr|ago|dic|gen|mag|giu|lug|set|ott|fev|out|"
    "sty|lut|kwi|cze|lip|sie|wrz|paź|lis|gru|янв|фев|апр|май|июн|июл|авг|сен|окт|ноя|дек|"
    "tammi|helmi|maalis|huhti|touko|kesä|heinä|elo|syys|loka|marras|joulu|"
    "oca|şub|nis|haz|tem|ağu|eyl|eki|kas|ara|febr|márc|ápr|máj|jún|júl|szept|"
    "úno|bře|kvě|čvn|čvc|srp|zář|říj|ιαν|φεβ|μαρ|απρ|μαϊ|μάι|ιουν|ιουλ|αυγ|σεπ|οκτ|νοε|δεκ"
)
"""Short names of months as spreadsheets write them, without those that are usual words (led, dub, pro)."""
MONTH_STARTS = frozenset(month[:3] for month in _MONTHS.split("|"))
ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_DAY = re.compile(
    rf"(?:\d{{1,2}}[-. /]{{1,2}}(?:{_MONTHS})\.?|(?:{_MONTHS})\.?[-. /]\d{{2}}|"
    r"\d{1,2} ?[月월] ?\d{1,2} ?[日일]|\d{1,2}\.(?-i:I{2,3}|IV|VI{1,3}|IX|XI{1,2})\.?)\Z",
    re.IGNORECASE,
)
_WHOLE_DAY = re.compile(
    r"(?:\d{4}-\d{2}-\d{2}|\d{1,2}([./-])\d{1,2}\1(?:19|20)\d{2})(?:[ T]\d{2}:\d{2}(?::\d{2})?)?\Z"
)
_SERIAL = re.compile(r"\d{1,13}(?:\.\d+)?\Z")
_GENERALIZED = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?:\.0*)?Z\Z")
"""Times as directories keep them (RFC 4517, 3.3.13): 20190304080000.0Z."""
_EPOCH = date(1899, 12, 30)
_TIME = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?\Z")
_DAY_AND_MONTH = re.compile(r"\d{1,2}/\d{1,2}\Z")
_WITH_DECIMALS = re.compile(r"\d+[.,]\d+\Z")
_OLDEST, _YOUNGEST = 120, 5
"""Years that hardly anybody has lived (spreadsheets of a Mac count from 1904-01-01), and that everybody who
signs in has: later days are those of another column, or of today."""


def birthdays() -> tuple[date, date]:
    """The earliest and the latest day that may be somebody's birthday, as of today (UTC)."""
    today = datetime.now(UTC).date()
    return date(today.year - _OLDEST, 1, 1), date(today.year - _YOUNGEST, today.month, min(today.day, 28))


def number_or_day(cell: ColumnCell) -> Damage | None:
    """A number or a day where text is due, or one that lost digits; None when nothing shows."""
    if cell.data_type == "DateTime":
        return _date_time(cell.text) or _written_time(cell.text)
    if cell.target == "birthdate" or cell.data_type == "Boolean":
        return None
    if _SCIENTIFIC.match(cell.text) and (cell.data_type == "String" or re.search("[.,]", cell.text)):
        what = f"A spreadsheet has turned the value into {cell.text}, and digits are lost."
        return Damage(DamageKind.SCIENTIFIC, what)
    return _number_for_text(cell) if cell.data_type == "String" else None


def _number_for_text(cell: ColumnCell) -> Damage | None:
    text = cell.text
    if _ROUNDED.match(text):
        what = f"{text} has only zeros behind its 15th digit, as where a spreadsheet dropped the others."
        return Damage(DamageKind.SCIENTIFIC, what)
    if _THOUSANDS.match(text) or (cell.target not in GROUPS and _PARTED.match(text)):
        what = f"{text} is a number in which a spreadsheet parted thousands, or one with decimals."
        return Damage(DamageKind.DECIMAL, what, advice="Write the digits as they are meant, without signs.")
    if match := _DECIMAL.match(text):
        what = f"A spreadsheet has made a number with decimals of it: {text}."
        return Damage(DamageKind.DECIMAL, what, re.sub(r"\D", "", match[1]))
    if cell.target == "username" and _WITH_DECIMALS.match(text):
        return Damage(DamageKind.DECIMAL, f"“{text}” is a number with decimals, and a username is due.")
    english = text.casefold() in ("true", "false") and cell.target in PEOPLE
    if text.upper() in TRUTH and (english or text.isupper() or cell.target in NAMES | GROUPS):
        return Damage(DamageKind.TRUTH, f"“{text}” is a spreadsheet's word for true or false.")
    day = _DAY.match(text) or (cell.target in PEOPLE | GROUPS and _WHOLE_DAY.match(text))
    if cell.target in PEOPLE | GROUPS and _TIME.match(text):
        return Damage(
            DamageKind.DAY, f"“{text}” is a time that a spreadsheet may have made of something else."
        )
    if day or (cell.target in PEOPLE | GROUPS and _DAY_AND_MONTH.match(text)):
        what = f"“{text}” is a day that a spreadsheet may have made of something else."
        return Damage(DamageKind.DAY, what)
    return None


def _date_time(text: str) -> Damage | None:
    """Numbers that are no seconds since 1970: days of a spreadsheet, years, dates run together,
    milliseconds."""
    if not _SERIAL.match(text):
        return None
    number = float(text)
    likely: str | None = None
    if re.fullmatch(r"(19|20)\d{6}", text):
        try:
            likely = datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date().isoformat()
        except ValueError:
            likely = None
    elif 10_000 <= number < 80_000:
        likely = _serial_day(number)
    elif number >= 100_000_000_000:
        likely = str(int(number) // 1_000)
    elif number >= 100_000_000 and "." not in text:
        return None
    what = f"“{text}” is a date as a spreadsheet or a program counts, or no time at all."
    return Damage(DamageKind.SERIAL, what, likely)


def _written_time(text: str) -> Damage | None:
    """A day or time that isn't written the ISO way, in an attribute of times."""
    likely = ""
    if found := _GENERALIZED.match(text):
        likely = "{}-{}-{}T{}:{}:{}Z".format(*found.groups())
    elif len(days := days_written(text)) == 1 and not text.startswith(day := days.pop().isoformat()):
        likely = day
    return (
        Damage(DamageKind.WRITTEN_DAY, f"“{text}” isn't written year-month-day.", likely) if likely else None
    )


def day_as_number(text: str) -> Damage | None:
    """A day that stands in a cell as a number, with the day that it likely is; None for no number."""
    return _date_time(text.partition(".")[0] if re.fullmatch(r"\d{5}\.\d+", text) else text)


def _serial_day(number: float) -> str:
    """The day that a spreadsheet counts so, with its time where there is one."""
    moment = datetime.combine(_EPOCH, datetime.min.time()) + timedelta(days=number)
    moment = moment.replace(microsecond=0)
    return moment.date().isoformat() if number.is_integer() else moment.isoformat()


def birthdate(cell: ColumnCell) -> Damage | None:
    """A birthdate that is a number, isn't written as Cognito wants it (OpenID Connect, 5.1), lies in the
    future or very long ago; None for others."""
    if cell.target != "birthdate":
        return None
    if re.fullmatch(r"\d{5}(\.\d+)?", cell.text):
        return _date_time(cell.text.partition(".")[0])
    earliest, latest = birthdays()
    try:
        day = date.fromisoformat(cell.text)
    except ValueError:
        written = days_written(cell.text)
        if len(written) != 1 or not earliest <= (day := written.pop()) <= latest:
            return None
        return Damage(DamageKind.WRITTEN_DAY, f"“{cell.text}” isn't written year-month-day.", day.isoformat())
    if day > datetime.now(UTC).date():
        return Damage(DamageKind.UNLIKELY_DAY, f"{cell.text} lies in the future.")
    if day > latest:
        return Damage(DamageKind.UNLIKELY_DAY, f"{cell.text} is less than {_YOUNGEST} years ago.")
    if day < earliest:
        return Damage(DamageKind.UNLIKELY_DAY, f"{cell.text} is more than {_OLDEST} years ago.")
    return None
