"""The people of a pool with their groups, as read at one time."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from services.cognito.models import Group, User


@dataclass(frozen=True, slots=True)
class Person:
    """A user and the names of their groups, sorted; `groups` is None when they could not be read."""

    user: User
    groups: tuple[str, ...] | None = ()


@dataclass(frozen=True)
class People:
    """Everybody in a small pool.

    `memberships` maps a sub to the sorted names of the groups that person is in (nobody without a
    group is in it). `read_at` is aware, in UTC. `missing` says in sentences what could not be read
    and why; while it is empty, this is the whole pool. `unread_groups` names the groups whose members
    are not known.
    """

    users: tuple[User, ...]
    groups: tuple[Group, ...]
    memberships: Mapping[str, tuple[str, ...]]
    read_at: datetime
    missing: tuple[str, ...] = ()
    groups_known: bool = True
    unread_groups: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.users)

    @property
    def complete(self) -> bool:
        """True if nothing is known to be missing."""
        return not self.missing

    @cached_property
    def by_sub(self) -> dict[str, User]:
        """Everybody by their sub."""
        return {user.sub: user for user in self.users}

    def groups_of(self, sub: str) -> tuple[str, ...] | None:
        """Names of the groups of one person, sorted; None when memberships could not be read."""
        return self.memberships.get(sub, ()) if self.groups_known else None

    def person(self, sub: str) -> Person | None:
        """One person by sub, or None."""
        user = self.by_sub.get(sub)
        return None if user is None else Person(user, self.groups_of(sub))

    def everybody(self) -> Iterator[Person]:
        """All people, in the pool's own order."""
        return (Person(user, self.groups_of(user.sub)) for user in self.users)

    def members(self, group: str) -> tuple[User, ...]:
        """The people in one group."""
        return tuple(user for user in self.users if group in self.memberships.get(user.sub, ()))

    def group_sizes(self) -> dict[str, int]:
        """Number of members of every group, empty ones included."""
        counts = Counter(name for names in self.memberships.values() for name in names)
        return {group.name: counts[group.name] for group in self.groups}

    def statuses(self) -> Counter[str]:
        """Number of people by status (AWS's term)."""
        return Counter(str(user.status) for user in self.users)

    def attribute_names(self) -> list[str]:
        """Every attribute that somebody has, sorted."""
        return sorted({name for user in self.users for name in user.attributes})


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """One page of a large pool; `token` is empty after the last. `missing` as in `People`."""

    people: tuple[Person, ...]
    token: str
    read_at: datetime
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """One person, as read at `read_at` (aware, UTC). `missing` as in `People`."""

    person: Person
    read_at: datetime
    missing: tuple[str, ...] = ()


def folded(text: str) -> str:
    """`text` without accents and case: "Łukasz Ångström" finds "angstrom"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(one for one in decomposed if not unicodedata.combining(one)).translate(_LONE_LETTERS)


# Letters whose stroke or ligature Unicode doesn't take apart.
_LONE_LETTERS = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
)


def sorted_names(names: Iterable[str]) -> tuple[str, ...]:
    """Group names without repeats, in reading order."""
    return tuple(sorted(set(names), key=str.casefold))
