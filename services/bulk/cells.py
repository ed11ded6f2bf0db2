"""What a single cell says: nothing, "clear it", or a value, in the forms that people type."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from services.bulk.model import Action
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
_ACTION_WORDS = {
    "add": Action.UPSERT,
    "set": Action.UPSERT,
    "new": Action.CREATE,
    "edit": Action.UPDATE,
    "change": Action.UPDATE,
    "modify": Action.UPDATE,
    "remove": Action.DELETE,
    "activate": Action.ENABLE,
    "deactivate": Action.DISABLE,
    "block": Action.DISABLE,
    "add_groups": Action.ADD_TO_GROUPS,
    "add_to_group": Action.ADD_TO_GROUPS,
    "remove_groups": Action.REMOVE_FROM_GROUPS,
    "remove_from_group": Action.REMOVE_FROM_GROUPS,
    "resend": Action.RESEND_INVITE,
    "resend_invitation": Action.RESEND_INVITE,
    "signout": Action.SIGN_OUT,
    "logout": Action.SIGN_OUT,
    "clear": Action.CLEAR_ATTRIBUTES,
    "sync_groups_add": Action.SYNC_GROUPS_ADD_ONLY,
    "sync_groups_remove": Action.SYNC_GROUPS_REMOVE_ONLY,
}
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


def action_of(text: str) -> Action | None:
    """The action that a cell names, tolerantly; None when it is none."""
    word = re.sub(r"[\s\-]+", "_", text.casefold())
    if word in _ACTION_WORDS:
        return _ACTION_WORDS[word]
    return Action(word) if word in Action._value2member_map_ else None


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
