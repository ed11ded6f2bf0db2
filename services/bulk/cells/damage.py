"""The kinds of damage that a spreadsheet or a bad export does to a cell: one table, each with its words.

What can't be meant (an error of a formula, letters that are lost) is an error. Anything else may be
meant after all: it keeps the row back until somebody accepts the kind, as it stands or put right.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from services.bulk.model import Problem
from services.words import counted

NAMES = frozenset({"username", "sub"})
GROUPS = frozenset({"groups", "all_groups"})
PARTS_OF_NAMES = frozenset({"name", "given_name", "family_name", "middle_name"})
PEOPLE = PARTS_OF_NAMES | {"username", "nickname", "preferred_username", "email"}
"""Columns whose values are names of people."""


@dataclass(frozen=True, slots=True)
class ColumnCell:
    """A cell being looked at: what its column means, its text, and the attribute's type."""

    target: str
    text: str
    data_type: str


class DamageKind(StrEnum):
    """The kinds of damage; the values are what a terminal takes (`--accept`, `--repair`)."""

    FORMULA = "formula-error"
    NARROW = "too-narrow"
    LOST = "lost-letters"
    OBJECT = "object"
    QUOTED_NAME = "quoted-username"
    QUOTED = "quotation-marks"
    MOJIBAKE = "mojibake"
    LOOK_ALIKE = "look-alike"
    TWIN = "similar-username"
    NAMESAKE = "namesake"
    QUESTION = "question-marks"
    ENTITY = "html"
    ESCAPED = "escaped"
    EMPTY = "placeholder"
    ODD_SIGN = "odd-sign"
    DASH = "dash"
    INVISIBLE = "invisible"
    BREAK = "control-character"
    SPACE = "hard-space"
    SCIENTIFIC = "scientific"
    DECIMAL = "decimal"
    TRUTH = "truth-value"
    DAY = "day-for-text"
    SERIAL = "serial-date"
    WRITTEN_DAY = "other-date"
    UNLIKELY_DAY = "unlikely-date"
    NO_DAY = "no-day"
    PAST_DAY = "past-day"
    MISSING_DAY = "missing-day"
    FULL_NAME = "full-name"
    UNFIT = "unfit-value"
    PHONE = "phone-number"
    HEADING = "heading"
    TOTAL = "total"
    SHORT = "short-row"


@dataclass(frozen=True, slots=True)
class DamageWords:
    """A kind in words: `what` after "14 cells" (a verb first), or after another `noun`, whether it can never
    be meant, and whether the value can be `taken` as it stands, or else be put right only."""

    what: str
    never: bool = False
    noun: str = "cell"
    taken: bool = True


KINDS: Mapping[DamageKind, DamageWords] = MappingProxyType(
    {
        DamageKind.FORMULA: DamageWords("hold the error of a formula", never=True),
        DamageKind.NARROW: DamageWords("hold signs for a column that was too narrow", never=True),
        DamageKind.LOST: DamageWords("have lost letters", never=True),
        DamageKind.OBJECT: DamageWords("hold a program's word instead of a value", never=True),
        DamageKind.QUOTED_NAME: DamageWords("hold a username in quotation marks", never=True),
        DamageKind.QUOTED: DamageWords("have quotation marks round the value"),
        DamageKind.MOJIBAKE: DamageWords("have garbled letters (mojibake)"),
        DamageKind.LOOK_ALIKE: DamageWords("mix letters that look alike but are others"),
        DamageKind.TWIN: DamageWords("hold a username that is easily taken for another one"),
        DamageKind.NAMESAKE: DamageWords("may mean somebody new of the same name", noun="row"),
        DamageKind.QUESTION: DamageWords("have question marks where letters may have been"),
        DamageKind.ENTITY: DamageWords("hold signs of a web page"),
        DamageKind.ESCAPED: DamageWords("hold letters written as codes"),
        DamageKind.EMPTY: DamageWords("hold a word for “nothing”"),
        DamageKind.ODD_SIGN: DamageWords("hold a sign that hardly belongs there"),
        DamageKind.DASH: DamageWords("hold only a dash or another sign"),
        DamageKind.INVISIBLE: DamageWords("hold invisible characters"),
        DamageKind.BREAK: DamageWords("hold a line break or control character in the middle"),
        DamageKind.SPACE: DamageWords("hold blanks that aren't ordinary ones"),
        DamageKind.SCIENTIFIC: DamageWords("hold a number of which a spreadsheet dropped digits"),
        DamageKind.DECIMAL: DamageWords("hold a number to which a spreadsheet added decimals or marks"),
        DamageKind.TRUTH: DamageWords("hold true or false where text is due"),
        DamageKind.DAY: DamageWords("hold a day that a spreadsheet may have made of text"),
        DamageKind.SERIAL: DamageWords("hold a date as a number"),
        DamageKind.WRITTEN_DAY: DamageWords("hold a date that isn't written year-month-day"),
        DamageKind.UNLIKELY_DAY: DamageWords("hold a day that is hardly anybody's birthday"),
        DamageKind.NO_DAY: DamageWords("hold no last day that is beyond doubt", never=True),
        DamageKind.PAST_DAY: DamageWords("hold a last day that is over"),
        DamageKind.MISSING_DAY: DamageWords("hold no last day, in a list of leavers that has them"),
        DamageKind.FULL_NAME: DamageWords("hold a full name whose last name may begin elsewhere"),
        DamageKind.UNFIT: DamageWords("hold a value that the attribute hardly has"),
        DamageKind.PHONE: DamageWords("hold a phone number with something too many or missing", taken=False),
        DamageKind.HEADING: DamageWords("repeat their heading"),
        DamageKind.TOTAL: DamageWords(
            "look like a line of totals, a caption or the end of a report", noun="row"
        ),
        DamageKind.SHORT: DamageWords("end before the last column", noun="row"),
    }
)


@dataclass(frozen=True, slots=True)
class Damage:
    """What is wrong with a cell, in a sentence; `likely` is the probable original (None: can't be told).

    `advice` says what to do about it, where that is something of its own.
    """

    kind: DamageKind
    what: str
    likely: str | None = None
    advice: str = ""

    @property
    def never(self) -> bool:
        """True if nobody can have meant what the cell says."""
        return KINDS[self.kind].never

    @property
    def fix(self) -> str:
        """What the operator can do about the cell, as a sentence."""
        if self.advice:
            return self.advice
        if self.likely:
            return f"If “{self.likely}” is meant, write that."
        if self.likely == "":
            return "If nothing is meant, leave the cell empty."
        return "Fetch the value anew from where it came."


def cells_in_words(kind: DamageKind, count: int) -> str:
    """How many cells, or rows, have this damage, in words: “14 cells repeat their heading”."""
    verb, _, rest = KINDS[kind].what.partition(" ")
    if count == 1:
        verb = "has" if verb == "have" else f"{verb}s"
    return f"{counted(count, KINDS[kind].noun)} {verb} {rest}"


def count_by_kind(problems: Iterable[Problem]) -> dict[DamageKind, int]:
    """How many cells of each kind keep their rows back, in the order of the table."""
    found = Counter(problem.kind for problem in problems if problem.kind and problem.is_error)
    return {kind: found[kind] for kind in DamageKind if kind in found}
