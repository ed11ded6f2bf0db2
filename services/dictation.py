"""Passwords that can be dictated: made in groups, without characters that look alike, and spelled out.

One way for people and operators alike.
"""

from __future__ import annotations

import secrets
import string

LETTERS = "acdefghjkmnprtuvwxy"
DIGITS = "34679"
"""Without 0 O q Q, 1 l i I, 2 z Z, 5 s S and 8 b B, which are taken for each other on paper."""

GROUP = 4
LENGTH = 4 * (GROUP + 1) - 1
"""Four groups with a hyphen between them: 15 characters out of 24 and a capital, 73 bits."""

_LETTER_NAMES = (
    "alfa bravo charlie delta echo foxtrot golf hotel india juliett kilo lima mike "
    "november oscar papa quebec romeo sierra tango uniform victor whiskey x-ray yankee zulu"
)
_DIGIT_NAMES = "zero one two three four five six seven eight nine"
_SIGN_NAMES = {
    "-": "hyphen",
    "_": "underscore",
    ".": "full stop",
    ",": "comma",
    ":": "colon",
    ";": "semicolon",
    "!": "exclamation mark",
    "?": "question mark",
    "@": "at sign",
    "#": "number sign",
    "$": "dollar sign",
    "%": "per cent sign",
    "^": "circumflex",
    "&": "ampersand",
    "*": "asterisk",
    "+": "plus",
    "=": "equals sign",
    "/": "slash",
    "\\": "backslash",
    "|": "vertical bar",
    "~": "tilde",
    "`": "backtick",
    "'": "apostrophe",
    '"': "quotation mark",
    "<": "less than",
    ">": "greater than",
    "(": "opening bracket",
    ")": "closing bracket",
    "[": "opening square bracket",
    "]": "closing square bracket",
    "{": "opening curly bracket",
    "}": "closing curly bracket",
}
_NAMES = {
    **dict(zip(string.ascii_lowercase, _LETTER_NAMES.split(), strict=True)),
    **dict(zip(string.digits, _DIGIT_NAMES.split(), strict=True)),
    **_SIGN_NAMES,
}


def dictatable(length: int = LENGTH) -> str:
    """A new random password of `length` characters (or one more): groups of four with hyphens between them.

    It begins with its one capital and ends with a letter, holds a digit, and no character
    stands twice in a row, so that it meets every policy and no spreadsheet takes it for something else.
    """
    size = length + (length % (GROUP + 1) == 0)  # or a hyphen would be its end
    while True:
        made = secrets.choice(LETTERS).upper()
        while len(made) < size:
            if (len(made) + 1) % (GROUP + 1) == 0:
                made += "-"
            else:
                made += secrets.choice([sign for sign in LETTERS + DIGITS if sign not in made[-1:].lower()])
        if any(sign in DIGITS for sign in made) and made[-1] in LETTERS:
            return made


def spelled(text: str) -> str:
    """How somebody says it aloud: "capital KILO, seven, mike, hyphen, …"; other signs stand as they are."""
    return ", ".join(_said(sign) for sign in text)


def _said(sign: str) -> str:
    if sign.isascii() and sign.isupper():
        return f"capital {_NAMES[sign.lower()].upper()}"
    return _NAMES.get(sign, sign)
