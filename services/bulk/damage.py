"""What a spreadsheet or a bad export did to a cell: one table of kinds, each with its sentence.

    found = damage("given_name", "JosÃ©")
    found.kind, found.likely          # DamageKind.MOJIBAKE, "José"

What can't be meant (an error of a formula, letters that are lost) is an error. Anything else may be
meant after all: it keeps the row back until somebody accepts the kind, as it stands or put right.
"""

from __future__ import annotations

import html
import re
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

import ftfy

from services.bulk.model import Problem
from services.cognito.written import QUOTES, SPREADSHEET_NO, SPREADSHEET_YES, bare
from services.words import counted


class DamageKind(StrEnum):
    """The kinds of damage; the values are what a terminal takes (`--accept`, `--repair`)."""

    FORMULA = "formula-error"
    NARROW = "too-narrow"
    LOST = "lost-letters"
    OBJECT = "object"
    QUOTED_NAME = "quoted-username"
    QUOTED = "quotation-marks"
    MOJIBAKE = "mojibake"
    QUESTION = "question-marks"
    ENTITY = "html"
    EMPTY = "placeholder"
    DASH = "dash"
    INVISIBLE = "invisible"
    BREAK = "control-character"
    SPACE = "hard-space"
    SCIENTIFIC = "scientific"
    DECIMAL = "decimal"
    TRUTH = "truth-value"
    DAY = "day-for-text"
    SERIAL = "serial-date"
    UNLIKELY_DAY = "unlikely-date"
    HEADING = "heading"
    TOTAL = "total"


@dataclass(frozen=True, slots=True)
class DamageWords:
    """A kind in words: `what` after "14 cells" (a verb first), and whether it can never be meant."""

    what: str
    never: bool = False


KINDS: Mapping[DamageKind, DamageWords] = MappingProxyType(
    {
        DamageKind.FORMULA: DamageWords("hold the error of a formula", never=True),
        DamageKind.NARROW: DamageWords("hold signs for a column that was too narrow", never=True),
        DamageKind.LOST: DamageWords("have lost letters", never=True),
        DamageKind.OBJECT: DamageWords("hold a program's word instead of a value", never=True),
        DamageKind.QUOTED_NAME: DamageWords("hold a username in quotation marks", never=True),
        DamageKind.QUOTED: DamageWords("have quotation marks round the value"),
        DamageKind.MOJIBAKE: DamageWords("look like mojibake"),
        DamageKind.QUESTION: DamageWords("have question marks where letters may have been"),
        DamageKind.ENTITY: DamageWords("hold signs of a web page"),
        DamageKind.EMPTY: DamageWords("hold a word for “nothing”"),
        DamageKind.DASH: DamageWords("hold only a dash"),
        DamageKind.INVISIBLE: DamageWords("hold invisible characters"),
        DamageKind.BREAK: DamageWords("hold a line break or control character in the middle"),
        DamageKind.SPACE: DamageWords("hold blanks that aren't ordinary ones"),
        DamageKind.SCIENTIFIC: DamageWords("hold a number of which a spreadsheet dropped digits"),
        DamageKind.DECIMAL: DamageWords("hold a number to which a spreadsheet added .0"),
        DamageKind.TRUTH: DamageWords("hold true or false where text is due"),
        DamageKind.DAY: DamageWords("hold a day that a spreadsheet may have made of text"),
        DamageKind.SERIAL: DamageWords("hold a date as a number"),
        DamageKind.UNLIKELY_DAY: DamageWords("hold a day that is hardly anybody's birthday"),
        DamageKind.HEADING: DamageWords("repeat their heading"),
        DamageKind.TOTAL: DamageWords("look like a line of totals"),
    }
)


@dataclass(frozen=True, slots=True)
class Damage:
    """What is wrong with a cell, in a sentence; `likely` is the probable original (None: can't be told)."""

    kind: DamageKind
    what: str
    likely: str | None = None

    @property
    def never(self) -> bool:
        """True if it can't be meant."""
        return KINDS[self.kind].never

    @property
    def fix(self) -> str:
        """What to do about it."""
        if self.likely:
            return f"If “{self.likely}” is meant, write that."
        if self.likely == "":
            return "If nothing is meant, leave the cell empty."
        return "Fetch the value anew from where it came."


@dataclass(frozen=True, slots=True)
class _Cell:
    """A cell being looked at: what its column means, its text, and the attribute's type."""

    target: str
    text: str
    data_type: str


NAMES = frozenset({"username", "sub"})
_UNTOUCHED = frozenset(
    {"password", "temporary_password", "note", "action", "enabled", "delivery", "phone_number"}
)
_ADDRESSES = frozenset({"website", "picture", "profile"})

_PLAIN = re.compile(r"[A-Za-z@][A-Za-z0-9 @._+'’,;:=|/()äöüÄÖÜßéèáàåøæñçÅØÆÉ-]*\Z")
_ORDINARY = re.compile(r"[A-Za-z0-9 @._+,/():;=~*!$%^{}|<>-]+\Z")
_FORMULA = re.compile(
    r"#(?:[A-Z][A-Z0-9_]{0,15}[!?]|¡[A-ZÁÉÍÓÚ/]+!|N/?[A-Z]+|DIV/0!?|[A-ZÀ-Ý/0-9]{2,14}[!?])\Z"
)
_NARROW = re.compile(r"#{2,}\Z")
_SCIENTIFIC = re.compile(r"[+-]?\d(?:[.,]\d+)?E[+-]?\d{1,3}\Z", re.IGNORECASE)
_DECIMAL = re.compile(r"(\d+)[.,]0+\Z")
_TRUTH = frozenset(
    word.upper() for word in (SPREADSHEET_YES | SPREADSHEET_NO) - {"ne", "ano", "sand", "sann"}
)
_MONTHS = (
    "jan|feb|mar|mär|mrz|apr|may|mai|maj|jun|jul|aug|sep|sept|oct|okt|nov|dec|dez|"
    "janv|févr|avr|juin|juil|août|déc"
)
_MONTH_STARTS = frozenset(month[:3] for month in _MONTHS.split("|"))
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_DAY = re.compile(rf"(?:\d{{1,2}}[-. ](?:{_MONTHS})\.?|(?:{_MONTHS})\.?[-. ]\d{{2}})\Z", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{2,6}|#x[0-9a-f]{2,6}|amp|lt|gt|quot|apos|nbsp|[a-z]{3,8});", re.IGNORECASE)
_QUESTION = re.compile(r"[^\W\d_]\?+[^\W\d_]|\?{2,}|^\?[^\W\d_]{2}|[^\W\d_]{2}\?$")
_WORDS_FOR_NOTHING = (
    "null none nan undefined n/a n.a. nil (null) (none) (blank) <null> <none> not_available k.a. n.v."
)
_EMPTY = frozenset(_WORDS_FOR_NOTHING.split())
_WORDS = _EMPTY | {word.casefold() for word in _TRUTH}
_DASHES = "-‐‑‒–—―−_"
_SERIAL = re.compile(r"\d{1,8}(?:\.\d+)?\Z")
_EPOCH = date(1899, 12, 30)
_WORDS_FOR_TOTALS = (
    "total totals totaal totale totalt sum summe gesamt gesamtsumme insgesamt summa somme suma yhteensä "
    "razem celkem итого toplam"
)
TOTALS = frozenset(_WORDS_FOR_TOTALS.split())
OLDEST = 1900


def damage(target: str, text: str, heading: str = "", data_type: str = "String") -> Damage | None:
    """What a spreadsheet or an export did to a cell of this column, None when nothing shows.

    `heading` is in small letters; `data_type` is that of the attribute (String, Number, Boolean, DateTime).
    """
    if target in _UNTOUCHED:
        return _broken(text) if target == "phone_number" and "#" in text else None
    word = text.casefold()
    if word == heading:
        return Damage(DamageKind.HEADING, f"“{text}” is the heading of its column.")
    if word not in _WORDS and _PLAIN.match(text) and not (word[:3] in _MONTH_STARTS and _DAY.match(text)):
        return None  # most cells
    if target == "birthdate" and _ISO_DAY.match(text) and str(OLDEST) <= text <= _today():
        return None
    cell = _Cell(target, text, data_type)
    for check in _OF_ORDINARY if _ORDINARY.match(text) else _CHECKS:
        found = check(cell)
        if found is not None:
            return found
    return None


def _today() -> str:
    return time.strftime("%Y-%m-%d", time.gmtime())


def _broken(text: str) -> Damage | None:
    if _FORMULA.match(text):
        return Damage(DamageKind.FORMULA, f"“{text}” is the error of a spreadsheet's formula and no value.")
    if _NARROW.match(text):
        return Damage(
            DamageKind.NARROW, "The column was too narrow to show the value, and only # was copied."
        )
    if "\ufffd" in text:
        return Damage(DamageKind.LOST, f"“{text}” has lost letters: � stands where they were.")
    if re.fullmatch(r"\[object \w+\]", text):
        return Damage(DamageKind.OBJECT, f"“{text}” is a program's word for a value that it didn't write.")
    return None


def _never(cell: _Cell) -> Damage | None:
    return _broken(cell.text)


def _quoted(cell: _Cell) -> Damage | None:
    inner = bare(cell.text)
    if (
        cell.target == "email"
        or cell.text[0] not in QUOTES
        or cell.text[-1] not in QUOTES
        or inner == cell.text
        or not inner
    ):
        return None
    kind = DamageKind.QUOTED_NAME if cell.target in NAMES else DamageKind.QUOTED
    return Damage(kind, f"The value stands in quotation marks: {cell.text}.", inner)


def _nothing(cell: _Cell) -> Damage | None:
    word = cell.text.casefold()
    if word in _EMPTY:
        return Damage(DamageKind.EMPTY, f"“{cell.text}” is a word that exports write for “nothing”.", "")
    if not cell.text.strip(_DASHES + " "):
        return Damage(DamageKind.DASH, f"“{cell.text}” is only a dash.", "")
    return None


def _encoded(cell: _Cell) -> Damage | None:
    if not cell.text.isascii():
        fixed = ftfy.fix_encoding(cell.text)
        if fixed != cell.text:
            return Damage(DamageKind.MOJIBAKE, f"“{cell.text}” was read in a wrong encoding before.", fixed)
    if _ENTITY.search(cell.text) and cell.target not in _ADDRESSES:
        plain = html.unescape(cell.text)
        if plain != cell.text:
            return Damage(DamageKind.ENTITY, f"“{cell.text}” holds signs of a web page.", plain)
    if (
        "?" in cell.text
        and cell.target not in _ADDRESSES
        and "://" not in cell.text
        and _QUESTION.search(cell.text)
    ):
        return Damage(DamageKind.QUESTION, f"In “{cell.text}” question marks may stand where letters were.")
    return None


def _hidden(cell: _Cell) -> Damage | None:
    """Marks that nobody sees, named; those that join letters and emoji belong there."""
    for place, char in enumerate(cell.text):
        kind = _kind_of_mark(char, cell.text, place)
        if kind is not None and not _is_mojibake(cell.text):
            code = f"U+{ord(char):04X}"
            name = unicodedata.name(char, "control character").lower()
            return Damage(
                kind, f"There is an invisible {name} ({code}) at place {place + 1}.", _without(cell.text)
            )
    return None


def _is_mojibake(text: str) -> bool:
    """Whether control characters in it are letters that were read in a wrong encoding."""
    visible = "".join(char for char in text if not "\x80" <= char <= "\x9f")
    return not visible.isascii() and ftfy.fix_encoding(text) != text


def _kind_of_mark(char: str, text: str, place: int) -> DamageKind | None:
    if char in " \n\r\t" or char.isalnum():
        return None
    category = unicodedata.category(char)
    if category in ("Cc", "Zl", "Zp"):
        return DamageKind.BREAK
    if category == "Zs":
        return DamageKind.SPACE
    if category != "Cf" or (char in "\u200c\u200d" and 0 < place < len(text) - 1 and _joins(text, place)):
        return None
    return DamageKind.INVISIBLE


def _joins(text: str, place: int) -> bool:
    """Whether a joiner stands between letters or signs that it joins, as in Persian and in emoji."""
    return not (text[place - 1].isascii() or text[place + 1].isascii())


def _without(text: str) -> str:
    kept = []
    for place, char in enumerate(text):
        kind = _kind_of_mark(char, text, place)
        kept.append(char if kind is None else "" if kind is DamageKind.INVISIBLE else " ")
    return " ".join("".join(kept).split()) if kept else ""


def _number(cell: _Cell) -> Damage | None:
    if cell.data_type == "DateTime":
        return _date_time(cell.text)
    if cell.data_type != "String" or cell.target == "birthdate":
        return None
    if _SCIENTIFIC.match(cell.text):
        return Damage(
            DamageKind.SCIENTIFIC,
            f"A spreadsheet has turned the value into {cell.text}, and digits are lost.",
        )
    if match := _DECIMAL.match(cell.text):
        what = f"A spreadsheet has made a number with decimals of it: {cell.text}."
        return Damage(DamageKind.DECIMAL, what, match[1])
    if cell.text.upper() in _TRUTH and cell.text.isupper():
        return Damage(DamageKind.TRUTH, f"“{cell.text}” is a spreadsheet's word for true or false.")
    if _DAY.match(cell.text):
        return Damage(
            DamageKind.DAY, f"“{cell.text}” is a day that a spreadsheet may have made of something else."
        )
    return None


def _date_time(text: str) -> Damage | None:
    """Numbers that are too small for seconds since 1970: days of a spreadsheet, years, dates run together."""
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
        likely = (_EPOCH + timedelta(days=int(number))).isoformat()
    elif number >= 100_000_000:
        return None
    return Damage(
        DamageKind.SERIAL, f"“{text}” is a date as a spreadsheet counts, or no time at all.", likely
    )


def _birthdate(cell: _Cell) -> Damage | None:
    if cell.target != "birthdate":
        return None
    if re.fullmatch(r"\d{5}(\.\d+)?", cell.text):
        return _date_time(cell.text)
    try:
        day = date.fromisoformat(cell.text)
    except ValueError:
        return None
    if day > datetime.now(UTC).date():
        return Damage(DamageKind.UNLIKELY_DAY, f"{cell.text} lies in the future.")
    if day.year < OLDEST:
        return Damage(DamageKind.UNLIKELY_DAY, f"{cell.text} is before {OLDEST}.")
    return None


def told(kind: DamageKind, count: int) -> str:
    """“14 cells look like mojibake”."""
    verb, _, rest = KINDS[kind].what.partition(" ")
    if count == 1:
        verb = "has" if verb == "have" else f"{verb}s"
    return f"{counted(count, 'cell')} {verb} {rest}"


def count_by_kind(problems: Iterable[Problem]) -> dict[DamageKind, int]:
    """How many cells of each kind keep their rows back, in the order of the table."""
    found = Counter(problem.kind for problem in problems if problem.kind and problem.is_error)
    return {kind: found[kind] for kind in DamageKind if kind in found}


_OF_ORDINARY: tuple[Callable[[_Cell], Damage | None], ...] = (_nothing, _number, _birthdate)
"""What can be wrong with a cell of ordinary letters, digits and signs."""

_CHECKS: tuple[Callable[[_Cell], Damage | None], ...] = (
    _never,
    _nothing,
    _quoted,
    _hidden,
    _encoded,
    _number,
    _birthdate,
)
