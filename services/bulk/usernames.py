"""Usernames made for new people, in pools with plain usernames, from a pattern: `{first}.{last}`.

Letters become plain ones (anyascii: Łukasz → lukasz), whoever comes second gets a number. Nothing is made
before the preview has shown it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count

from services.bulk.full_names import split_name
from services.bulk.model import Row
from services.bulk.row_actions import CREATING
from services.cognito.models import UserPool
from services.cognito.people import (
    NameKind,
    UsernameKind,
    loose_key,
    name_key,
    sign_in_attributes,
    username_kind,
)
from services.errors import InvalidValue

PATTERNS: Mapping[str, str] = {
    "{first}.{last}": "ann.ek",
    "{f}{last}": "aek",
    "{first}{l}": "anne",
    "{mail}": "the part of the e-mail address before the @",
}
"""Patterns that are offered, with what they make of Ann Ek."""

_PLACE = re.compile(r"\{([^{}]*)\}")
_WORDS = {
    "first": "first name",
    "last": "last name",
    "f": "first name",
    "l": "last name",
    "mail": "e-mail address",
}
_OF_NAMES = frozenset({"first", "last", "f", "l"})
_KEPT = re.compile(r"[^a-z0-9._-]+")


def plain_username(text: str) -> str:
    """A text as a part of a username: small plain letters, digits, and `. _ -` between them."""
    from anyascii import anyascii  # noqa: PLC0415 - only where usernames are made

    return _KEPT.sub("", str(anyascii(text)).lower()).strip("._-")


def is_of_names(pattern: str) -> bool:
    """Whether a pattern names first or last name."""
    return not _OF_NAMES.isdisjoint(_PLACE.findall(pattern))


class UsernamePattern:
    """Makes the username of a new person from what a row says."""

    def __init__(self, pattern: str, pool: UserPool) -> None:
        """Raises `InvalidValue` for a pattern that names nothing, or what this pool doesn't have."""
        self._pattern = pattern
        self._pool = pool
        self._places: list[str] = _PLACE.findall(pattern)
        if not self._places or username_kind(pool) is not UsernameKind.NAME:
            raise InvalidValue(
                f"“{pattern}” makes no usernames here.",
                "Use a pattern such as {first}.{last}, in a pool with plain usernames.",
                field="usernames",
            )
        self._attributes: dict[str, str] = {}
        for place in self._places:
            if place in _WORDS:
                continue
            known = next((name for name in (place, f"custom:{place}") if pool.attribute(name)), None)
            if known is None:
                raise InvalidValue(
                    f"“{{{place}}}” in the pattern is nothing that a person has in this pool.",
                    "Use {first}, {last}, {f}, {l}, {mail}, or an attribute in braces.",
                    field="usernames",
                )
            self._attributes[place] = known

    def applies_to(self, row: Row) -> bool:
        """Whether the row may need a username that it doesn't have."""
        return row.action in CREATING and not (row.username or row.sub or row.who)

    def username(self, row: Row) -> str:
        """The username, without a number; empty when the row lacks something that the pattern names."""
        if self.lacking(row):
            return ""
        return _PLACE.sub(lambda found: plain_username(self._value(found[1], row)), self._pattern).strip(
            "._-"
        )

    def lacking(self, row: Row) -> str:
        """What the row lacks, in words; empty when nothing."""
        for place in self._places:
            if not plain_username(self._value(place, row)):
                return _WORDS.get(place, place)
        return ""

    def _value(self, place: str, row: Row) -> str:
        if place in self._attributes:
            return row.attributes.get(self._attributes[place], "")
        if place == "mail":
            return row.email.partition("@")[0]
        first, last = split_name(row.attributes)
        name = first if place in ("first", "f") else last
        return plain_username(name)[:1] if place in ("f", "l") else name


class UsernameGiver:
    """Gives each new person of a file a username that nobody has, in the pool or in the file."""

    def __init__(self, pattern: UsernamePattern, pool: UserPool, like: Callable[[str], set[str]]) -> None:
        """`like` answers the names in the pool that begin as its argument does and that are taken."""
        self._pattern = pattern
        self._pool = pool
        self._like = like
        self._taken: set[str] = set()
        self._given: dict[str, str] = {}
        self._known: dict[str, set[str]] = {}
        self._counted: dict[str, int] = {}

    def reserve(self, username: str, preferred: str) -> None:
        """A username that stands in the file, and a preferred one: taken where people sign in with it."""
        self._taken.add(self._key(username))
        if NameKind.PREFERRED in sign_in_attributes(self._pool):
            self._taken.add(self._key(preferred))

    def named(self, row: Row) -> Row:
        """The row of somebody new with their username; rows of one person get the same one."""
        wanted = self._pattern.username(row)
        if not wanted:
            return row
        person = loose_key(row.email or row.phone_number)
        username = self._given.get(person) or self._free(wanted)
        self._given[person] = username
        self._taken.add(self._key(username))
        return replace(row, username=username)

    def _free(self, wanted: str) -> str:
        if wanted not in self._known:
            self._known[wanted] = {self._key(name) for name in self._like(wanted)}
        known = self._known[wanted]
        for number in count(self._counted.get(wanted, 1)):  # what was taken before still is
            name = wanted if number == 1 else f"{wanted}{number}"
            if (key := self._key(name)) not in known and key not in self._taken:
                break
        self._counted[wanted] = number
        return name

    def _key(self, username: str) -> str:
        return name_key(NameKind.USERNAME, username, self._pool)
