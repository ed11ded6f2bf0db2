"""Marks in a text that nobody sees: without width, of direction, control characters, odd blanks."""

from __future__ import annotations

import unicodedata

from services.bulk.cells.damage import DamageKind

_UNSEEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Characters without a shape that count as letters or signs."""


_WIDE_BLANK = "\u3000"
"""The blank that Japanese and Chinese keyboards write."""


def kind_of_mark(char: str, text: str, place: int, lines: bool) -> DamageKind | None:
    """What kind of damage a character of `text` is, None for one that belongs there.

    `lines`: whether a line break in the middle is one of these marks too.
    """
    if char in _UNSEEN:
        return DamageKind.INVISIBLE
    if char in "\n\r\t":
        return DamageKind.BREAK if lines else None
    if char == " " or char.isalnum():
        return None
    category = unicodedata.category(char)
    if category in ("Cc", "Zl", "Zp"):
        return DamageKind.BREAK
    if category == "Zs":
        return None if char == _WIDE_BLANK and _between_wide(text, place) else DamageKind.SPACE
    if "\ufe00" <= char <= "\ufe0f":  # they choose the shape of a sign, and letters have one
        return DamageKind.INVISIBLE if place == 0 or text[place - 1].isalpha() else None
    if category != "Cf" or (char in "\u200c\u200d" and 0 < place < len(text) - 1 and _joins(text, place)):
        return None
    return DamageKind.INVISIBLE


def _joins(text: str, place: int) -> bool:
    """Whether a joiner stands between letters or signs that it joins, as in Persian and in emoji."""
    return not (text[place - 1].isascii() or text[place + 1].isascii())


def _between_wide(text: str, place: int) -> bool:
    """Whether letters of Chinese, Japanese or Korean stand on both sides, which are as wide as the blank."""
    sides = text[place - 1 : place], text[place + 1 : place + 2]
    return all(side and unicodedata.east_asian_width(side) == "W" for side in sides)


def without_marks(text: str, lines: bool) -> str:
    """The text without these marks, with a blank for those that stand for one."""
    kept = []
    for place, char in enumerate(text):
        kind = kind_of_mark(char, text, place, lines)
        kept.append(char if kind is None else "" if kind is DamageKind.INVISIBLE else " ")
    return " ".join("".join(kept).split()) if kept else ""
