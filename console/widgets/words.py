"""Text from elsewhere made safe for Markdown, and times in the time zone of whoever looks.

Numbers, plurals and lengths of time are the same for everybody: `services.words`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from services import words

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&@^=\"'/])")

_SPECIAL_IN_LABEL = re.compile(r"([\\`*_{}\[\]<>#|~$:&]|(?<=:material)/)", re.IGNORECASE)

BILLED = "Counts this person as active for this month's AWS bill, if they don't already."
"""What asking AdminGetUser about somebody costs."""


def md(text: object) -> str:
    """Return `text` so that Markdown shows it as it is: no link, picture, colour, heading or formula.

    For every name, e-mail address, error text and the like in `st.write`, labels, captions,
    toasts, help texts … Line breaks and tabs become spaces, other control characters U+FFFD. Bare
    addresses get a mark of no width; `unmarked` takes it out of what somebody copied from there.
    """
    return _SPECIAL.sub(r"\\\1", _unlinked(printable(text)))


def label(text: object) -> str:
    """`md` for the label of a widget, leaving alone what has no meaning inside one line.

    Screen readers are told a label as it is written, so "E-mail" must not become "E\\-mail".
    """
    return _SPECIAL_IN_LABEL.sub(r"\\\1", _unlinked(printable(text)))


_JOINER = "\N{WORD JOINER}"
_LINKS_ITSELF = re.compile(r"(?<=@)|(?<=://)|(?<=www)(?=\.)", re.IGNORECASE)


def _unlinked(text: str) -> str:
    """`text` with a mark of no width where Markdown makes a link of a bare address, escaped or not."""
    return _LINKS_ITSELF.sub(_JOINER, text)


def unmarked(text: str) -> str:
    """`text` without the marks of `md` and `label`."""
    return text.replace(_JOINER, "")


def printable(text: object) -> str:
    """`text` in one line: line breaks and tabs become spaces, other control characters U+FFFD.

    Joiners stay between signs that they join, as in emoji and in Persian.
    """
    said = str(text)
    if said.isprintable():
        return said
    return "".join(
        char
        if char.isprintable() or (char in _JOINERS and _joins(said, place))
        else " "
        if char in "\r\n\t"
        else "\N{REPLACEMENT CHARACTER}"
        for place, char in enumerate(said)
    )


_JOINERS = "\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"


def _joins(text: str, place: int) -> bool:
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    return bool(before and after) and not (before.isascii() or after.isascii())


def zone() -> tzinfo:
    """The browser's time zone, or UTC while it isn't known."""
    name = st.context.timezone
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def day(moment: datetime) -> str:
    """The date where the reader is, as in "3 Mar 2025"; `moment` is aware."""
    return words.day(moment, zone())


def minute(moment: datetime) -> str:
    """Date and time where the reader is, as in "3 Mar 2025, 14:05"; `moment` is aware."""
    return words.minute(moment, zone())
