"""Text from elsewhere made safe for Markdown, and times in the time zone of whoever looks.

Numbers, plurals and lengths of time are the same for everybody: `services.words`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pandas as pd
import streamlit as st

from services import words

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&@^=\"'/])")

_SPECIAL_IN_LABEL = re.compile(r"([\\`*_{}\[\]<>#|~$:&])")

DAY, MINUTE = "D MMM YYYY", "D MMM YYYY, HH:mm"
"""`day` and `minute` for the columns of a table (see `moments`)."""


def md(text: object) -> str:
    """Return `text` so that Markdown shows it as it is: no link, picture, colour, heading or formula.

    For every name, e-mail address, error text and the like in `st.write`, labels, captions,
    toasts, help texts … Line breaks and tabs become spaces, other control characters U+FFFD.
    """
    return _SPECIAL.sub(r"\\\1", printable(text))


def label(text: object) -> str:
    """`md` for the label of a widget, leaving alone what has no meaning inside one line.

    Screen readers are told a label as it is written, so "E-mail" must not become "E\\-mail".
    """
    return _SPECIAL_IN_LABEL.sub(r"\\\1", printable(text))


_JOINER = "\N{WORD JOINER}"
_LINKS_ITSELF = re.compile(r"(?<=@)|(?<=://)|(?<=www\.)", re.IGNORECASE)


def unlinked(text: object) -> str:
    """`text` with a mark of no width where Markdown would make a link of a bare address by itself.

    For titles and labels, where nothing but Markdown can be shown; `joined` takes the marks out of what
    somebody copied from there.
    """
    return _LINKS_ITSELF.sub(_JOINER, printable(text))


def joined(text: str) -> str:
    """`text` without the marks of `unlinked`."""
    return text.replace(_JOINER, "")


def printable(text: object) -> str:
    """`text` in one line: line breaks and tabs become spaces, other control characters U+FFFD."""
    return "".join(
        char if char.isprintable() else " " if char in "\r\n\t" else "\N{REPLACEMENT CHARACTER}"
        for char in str(text)
    )


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


def moments(values: Iterable[Any]) -> pd.Series:
    """Moments (aware, or None) for a column of times, where the reader is; see `time_column`."""
    series = values if isinstance(values, pd.Series) else pd.Series(list(values), dtype=object)
    return pd.to_datetime(series, utc=True).dt.tz_convert(zone())


def time_column(title: str, *, format: str = MINUTE, **options: Any) -> Any:
    """The configuration of a column of `moments`, in the one format of times."""
    return st.column_config.DatetimeColumn(title, format=format, **options)
