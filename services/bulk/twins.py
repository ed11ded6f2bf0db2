"""Usernames that are easily taken for one another: 00123 and the 123 that a spreadsheet makes of it, OLD and
old, CONTOSO\\old and old, and those whose letters only look alike.
"""

from __future__ import annotations

from collections.abc import Iterator

from services.bulk.cells.alphabets import as_latin
from services.cognito.people import loose_key

_DOMAIN = "\\"
_ZEROS_LOST = 2
"""So many zeros at most are put back where people are looked up one by one."""
OTHER_LETTERS = "other letters"
"""The difference that no eye sees."""


def likeness(username: str) -> str:
    """What usernames that are easily taken for one another have in common."""
    bare = _without_domain(username)
    return bare.lstrip("0") if _is_number(bare) else loose_key(as_latin(bare))


def are_twins(username: str, other: str) -> bool:
    """Whether two usernames are easily taken for one another: in two domains they are two people's."""
    first, second = (loose_key(name.rpartition(_DOMAIN)[0]) for name in (username, other))
    return likeness(username) == likeness(other) and (first == second or not (first and second))


def difference(username: str, other: str) -> str:
    """In what a username differs from its twin, after "and has"."""
    if loose_key(as_latin(username)) == loose_key(as_latin(other)):
        same = loose_key(username) == loose_key(other)
        return "other capital letters" if same else OTHER_LETTERS
    if _is_number(_without_domain(username)):
        return "more or fewer zeros in front, which spreadsheets drop"
    return "a domain in front, or none"


def likely_twins(username: str) -> Iterator[str]:
    """Usernames that `username` could be mistaken for, to be looked up one by one."""
    bare = _without_domain(username)
    shapes = {as_latin(username), bare}
    if _is_number(bare):
        plain = bare.lstrip("0")
        shapes |= {plain, *("0" * count + bare for count in range(1, _ZEROS_LOST + 1))}
    yield from sorted(shapes - {username, ""})


def _without_domain(username: str) -> str:
    return username.rpartition(_DOMAIN)[2] or username


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and bool(text.strip("0"))
