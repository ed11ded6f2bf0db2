"""What a single cell says: nothing, "clear it", or a value, in the forms that people type."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import NamedTuple

from services.cognito.written import yes_or_no
from services.csv_safe import CLEAR, restore

_ENABLED = frozenset({"enabled", "active", "aktiv"})
_DISABLED = frozenset({"disabled", "inactive", "inaktiv"})
_MEDIA = {
    "email": "EMAIL",
    "e-mail": "EMAIL",
    "mail": "EMAIL",
    "sms": "SMS",
    "text": "SMS",
    "phone": "SMS",
}
_NO_MESSAGE = frozenset({"none", "no", "suppress", "false", "n"})
_AS_TEXT = re.compile(r'="((?:[^"]|"")*)"\Z')


class CellText(NamedTuple):
    """A cell as it was meant: `clear` for the mark that empties a value, else the value's text."""

    text: str = ""
    clear: bool = False

    def __bool__(self) -> bool:
        return self.clear or bool(self.text)


NOTHING = CellText()
CLEARED = CellText(clear=True)


def cell_text(raw: str) -> CellText:
    """Empty leaves alone, a lone hyphen clears, anything else is the value (formula-safe cells restored)."""
    if raw[:1].isalnum():
        return CellText(raw.strip())  # most cells
    if not raw:
        return NOTHING
    if raw.strip() == CLEAR:
        return CLEARED
    # restored before spaces at its end go: they may be all that an apostrophe was put before
    text = restore(raw.lstrip()).strip()
    if text.startswith('="') and (as_text := _AS_TEXT.match(text)):
        text = as_text[1].replace('""', '"').strip()  # how reports keep zeros in front: ="00123"
    return CellText(text) if text else NOTHING


def enabled_or_not(text: str) -> bool | None:
    """True, False, or None when the text says neither: yes and no in any language, and the states."""
    word = text.casefold()
    return True if word in _ENABLED else False if word in _DISABLED else yes_or_no(text)


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


_BETWEEN_GROUPS = re.compile(r"[;\r\n]")
_NUMBERED = re.compile(r"\d+;#[^;#]+(?:;#\d+;#[^;#]+)*\Z")
"""A list as SharePoint writes it: each name behind its number."""


_QUOTED_NAME = re.compile(r"(['\"])([^'\"]*)\1")
_PYTHON_LIST = re.compile(r"\[\s*(['\"])[^'\"]*\1(?:\s*,\s*(['\"])[^'\"]*\2)*\s*,?\s*\]")


@lru_cache(maxsize=1024)  # most people are in the same few groups
def split_groups(text: str) -> tuple[str, ...]:
    r"""Group names from one cell: separated by ; or a line break; `\;` is a semicolon in a name."""
    if text.startswith("[") and (listed := _json_list(text)) is not None:
        return tuple(dict.fromkeys(listed))
    if _NUMBERED.match(text):
        listed = [name.strip() for name in text.split(";#")[1::2]]
        return tuple(dict.fromkeys(filter(None, listed)))
    if "\\" not in text:  # most cells
        names = _BETWEEN_GROUPS.split(text)
        return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))
    names = []
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


def _json_list(text: str) -> list[str] | None:
    """The names of a list as programs write it: ["billing", "support"], ['billing', 'support']."""
    try:
        listed = json.loads(text)
    except ValueError:
        listed = [match[2] for match in _QUOTED_NAME.finditer(text)] if _PYTHON_LIST.fullmatch(text) else None
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        return None
    return [name.strip() for name in listed if name.strip()]
