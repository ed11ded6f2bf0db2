"""Text that came from elsewhere, made safe for elements that read Markdown."""

from __future__ import annotations

import re

_SPECIAL = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&@^=\"'/])")

_SPECIAL_IN_LABEL = re.compile(r"([\\`*_{}\[\]<>#|~$:&])")


def md(text: object) -> str:
    """Return `text` so that Markdown shows it as it is: no link, picture, colour, heading or formula.

    For every name, e-mail address, error text and the like in `st.write`, labels, captions,
    toasts, help texts … Line breaks and tabs become spaces, other control characters U+FFFD.
    """
    return _SPECIAL.sub(r"\\\1", _printable(text))


def label(text: object) -> str:
    """`md` for the label of a widget, leaving alone what has no meaning inside one line.

    Screen readers are told a label as it is written, so "E-mail" must not become "E\\-mail".
    """
    return _SPECIAL_IN_LABEL.sub(r"\\\1", _printable(text))


def _printable(text: object) -> str:
    return "".join(
        char if char.isprintable() else " " if char in "\r\n\t" else "\N{REPLACEMENT CHARACTER}"
        for char in str(text)
    )
