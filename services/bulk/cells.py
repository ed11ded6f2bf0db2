"""What a single cell says: nothing, "clear it", or a value, in the forms that people type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from services.csv_safe import CLEAR, restore
from services.csv_safe import join_groups as join_groups

_YES = frozenset({"true", "yes", "y", "1", "x", "enabled", "active", "ja"})
_NO = frozenset({"false", "no", "n", "0", "disabled", "inactive", "nein"})
_MEDIA = {
    "email": "EMAIL",
    "e-mail": "EMAIL",
    "mail": "EMAIL",
    "sms": "SMS",
    "text": "SMS",
    "phone": "SMS",
}
_NO_MESSAGE = frozenset({"none", "no", "suppress", "false", "n"})
_AWS_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})\Z")


@dataclass(frozen=True, slots=True)
class CellText:
    """A cell as it was meant: `clear` for the mark that empties a value, else the value's text."""

    text: str = ""
    clear: bool = False

    def __bool__(self) -> bool:
        return self.clear or bool(self.text)


NOTHING = CellText()
CLEARED = CellText(clear=True)


def cell_text(raw: str) -> CellText:
    """Empty leaves alone, a lone hyphen clears, anything else is the value (formula-safe cells restored)."""
    if raw.strip() == CLEAR:
        return CLEARED
    # restored before spaces at its end go: they may be all that an apostrophe was put before
    text = restore(raw.lstrip()).strip()
    return CellText(text) if text else NOTHING


def yes_or_no(text: str) -> bool | None:
    """True, False, or None when the text says neither."""
    word = text.casefold()
    return True if word in _YES else False if word in _NO else None


def media_of(text: str) -> tuple[str, ...] | None:
    """EMAIL and/or SMS as Cognito calls them; () for no message; None when the text says neither."""
    if text.casefold() in _NO_MESSAGE:
        return ()
    if text.casefold() == "both":
        return ("EMAIL", "SMS")
    found = []
    for word in re.split(r"[+,;/&\s]+", text.casefold()):
        if word not in _MEDIA:
            return None
        found.append(_MEDIA[word])
    return tuple(dict.fromkeys(found))


def split_groups(text: str) -> tuple[str, ...]:
    r"""Group names from one cell: separated by ; or a line break; `\;` is a semicolon in a name."""
    names: list[str] = []
    current: list[str] = []
    marks = iter(text)
    for mark in marks:
        if mark == "\\":
            following = next(marks, "")
            current.append(following if following in (";", "\\") else f"\\{following}")
        elif mark in ";\r\n":
            names.append("".join(current))
            current = []
        else:
            current.append(mark)
    names.append("".join(current))
    return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))


def aws_date(text: str) -> str:
    """AWS's import files write dates of birth as mm/dd/yyyy: the same date as Cognito keeps it."""
    match = _AWS_DATE.match(text)
    if not match:
        return text
    month, day, year = (int(part) for part in match.groups())
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return text
