"""What programs do to text on the way to a paste, undone before tokens are looked for in it.

Broad signs of East Asian keyboards, e-mails in quoted-printable (RFC 2045), numbers before lines, marks of
Markdown that are escaped, and cookies in pieces: a browser keeps 4,096 characters of one (RFC 6265), so
libraries cut longer ones into `name.0`, `name.1` … Nothing here knows what a token says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_BROAD = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    0x3000: " ",
    0x3002: ".",
    0xFF61: ".",
    0x2024: ".",
}
_SOFT_END, _BYTE = re.compile(r"=[ \t]*\r?\n"), re.compile(r"=([2-7][0-9A-F])")
_NUMBER = re.compile(r"[ \t]*(\d{1,6})(?:[:|.)\]][ \t]*|[ \t]+(?:[|:][ \t]*)?)(?=\S|$)")
_ESCAPED_MARK = re.compile(r"\\([_.~*-])")
_PIECE = re.compile(
    r"""(?<![\w.$-])(?!e[yw])(?P<name>[\w.$-]{1,120}?)[._-](?P<number>\d{1,2})"""
    r"""["']?[ ]*[=:\t][ ]*["']?(?P<value>[\w.+/=-]+)["']?"""
)
_WORTH_MISSING = 60
"""Characters: a shorter value whose name ends with a number is no piece of a cookie."""


@dataclass(frozen=True, slots=True)
class JoinedText:
    """A text in which cookies are whole again. `missing`: the name of one that lacks a piece, and which."""

    text: str
    missing: tuple[str, int] | None = None


def made_plain(text: str) -> str:
    """The text without what was put into it on the way."""
    text = text.translate(_BROAD)
    if "=3D" in text:
        # the line ends that are left are true ones: nothing goes on after them
        ended = _SOFT_END.sub("", text).replace("\n", "\n\n")
        text = _BYTE.sub(lambda byte: chr(int(byte[1], 16)), ended)
    return _ESCAPED_MARK.sub(r"\1", _without_numbers(text))


def _without_numbers(text: str) -> str:
    """Lines without the numbers before them, where these count up by one."""
    lines = text.split("\n")
    found = [_NUMBER.match(line) for line in lines]
    numbers = [int(number[1]) if number else None for number in found]
    for place, number in enumerate(found):
        if number is None:
            continue
        counted = int(number[1])
        before = numbers[place - 1] if place else None
        after = numbers[place + 1] if place + 1 < len(lines) else None
        if before == counted - 1 or after == counted + 1:
            lines[place] = lines[place][number.end() :]
    return "\n".join(lines)


def joined(text: str) -> JoinedText:
    """The text with cookies that came in pieces put together, where the first piece stood."""
    pieces: dict[str, dict[int, re.Match[str]]] = {}
    for match in _PIECE.finditer(text):
        pieces.setdefault(match["name"], {}).setdefault(int(match["number"]), match)
    instead: dict[int, tuple[int, str]] = {}
    missing = None
    for name, parts in pieces.items():
        lacking = _lacking(parts)
        if lacking is None and len(parts) == 1:
            continue
        if lacking is not None and max(len(part["value"]) for part in parts.values()) < _WORTH_MISSING:
            continue
        whole = "" if lacking is not None else _whole(name, parts)
        missing = missing or (None if lacking is None else (name, lacking))
        first = min(part.start() for part in parts.values())
        instead |= {part.start(): (part.end(), "") for part in parts.values()}
        instead[first] = (instead[first][0], whole)
    return JoinedText(_replaced(text, instead), missing)


def _lacking(parts: dict[int, re.Match[str]]) -> int | None:
    """The first number that isn't there; None when none lacks. They count from 0, with some from 1."""
    from_one = 0 not in parts and 1 in parts and parts[1]["value"].startswith(("ey", "ew"))
    first = 1 if from_one else 0
    return next((number for number in range(first, max(parts) + 1) if number not in parts), None)


def _whole(name: str, parts: dict[int, re.Match[str]]) -> str:
    value = "".join(parts[number]["value"] for number in sorted(parts))
    return f"{name}={value.removeprefix('base64-')}"


def _replaced(text: str, instead: dict[int, tuple[int, str]]) -> str:
    """The text with other words from each start to its end."""
    shown, place = [], 0
    for start in sorted(instead):
        end, words = instead[start]
        shown += [text[place:start], words]
        place = end
    return "".join([*shown, text[place:]])
