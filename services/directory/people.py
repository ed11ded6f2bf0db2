"""A person with their groups, a page of people, and names without accents and case."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.cognito.models import User


@dataclass(frozen=True, slots=True)
class Person:
    """A user and the names of their groups, sorted; `groups` is None when they could not be read."""

    user: User
    groups: tuple[str, ...] | None = ()


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of a large pool; `token` is empty after the last.

    `missing` says in sentences what could not be read and why. `read_at` is aware, in UTC.
    """

    people: tuple[Person, ...]
    token: str
    read_at: datetime
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonView:
    """One person, as read at `read_at` (aware, UTC). `missing` as in `PeoplePage`."""

    person: Person
    read_at: datetime
    missing: tuple[str, ...] = ()


def folded(text: str) -> str:
    """`text` without accents and case: "Łukasz Ångström" finds "angstrom"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char)).translate(_LONE_LETTERS)


def storable(text: str) -> str:
    """Text as tables hold it: lone surrogates, which they can't, as question marks."""
    return text.encode("utf-8", "replace").decode()


# Letters whose stroke or ligature Unicode doesn't take apart.
_LONE_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)


def sorted_names(names: Iterable[str]) -> tuple[str, ...]:
    """Group names without repeats, in reading order."""
    return tuple(sorted(set(names), key=lambda name: (name.casefold(), name)))
