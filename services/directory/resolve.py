"""From a pasted list (e-mail addresses, usernames, phone numbers, subs) to people, nothing guessed.

Every entry comes out once: one person, nobody, or several persons to choose from. In a small pool
the answer comes from what the directory has read; in a large one each entry costs up to three
ListUsers requests, which bill nobody.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from services.cognito.filters import UserFilter, exact, prefix
from services.cognito.models import User
from services.cognito.people import same_name_key
from services.directory.groups import matching
from services.directory.listing import Directory
from services.directory.people import People, folded
from services.errors import ConsoleError, InvalidValue

if TYPE_CHECKING:
    from services.cognito.models import UserPool

MOST_ENTRIES = 1_000
"""Longer lists belong into a file for the onboarding page."""

AT_ONCE = 4
FOUND_AT_MOST = 50
_PARTS = re.compile(r"[;\t]+")
_QUOTED = re.compile(r'"[^"]*"')
_ADDRESS = re.compile(r"<\s*([^<>\s]+@[^<>\s]+)\s*>")
_NAMES = ("name", "given_name", "family_name")
_SEARCHED = ("email", "username", "name", "given_name", "family_name", "phone_number", "preferred_username")

Progress = Callable[[int, int], object]
"""Called with how many entries are done and how many there are."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the list and the people it names: one, none, or several."""

    text: str
    users: tuple[User, ...]


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a list came to. `repeated` counts entries that name a person (or text) already in the list.

    `complete` is False when the directory could not read everything, so "not found" may be wrong.
    """

    entries: tuple[Entry, ...]
    repeated: int = 0
    complete: bool = True

    @property
    def people(self) -> tuple[User, ...]:
        """Everybody found without doubt, each once, in the order of the list."""
        found = {one.users[0].sub: one.users[0] for one in self.entries if len(one.users) == 1}
        return tuple(found.values())

    @property
    def missing(self) -> tuple[str, ...]:
        """Entries that name nobody."""
        return tuple(one.text for one in self.entries if not one.users)

    @property
    def ambiguous(self) -> tuple[Entry, ...]:
        """Entries that name several people."""
        return tuple(one for one in self.entries if len(one.users) > 1)


def split_list(pasted: str, most: int = MOST_ENTRIES) -> list[str]:
    """The entries of a pasted list: one per line, or with commas, semicolons or tabs between.

    "Ann Ek <ann@example.com>", quotes and "mailto:" are understood. Raises `InvalidValue` for more
    than `most`.
    """
    entries: list[str] = []
    for line in pasted.splitlines():
        for part in _PARTS.split(line):
            entries += _with_names(part)
    if len(entries) > most:
        raise InvalidValue(
            f"The list has {len(entries):,} entries; at most {most:,} can be pasted.",
            "For more, upload a CSV file on the Onboarding page.",
        )
    return entries


def _with_names(part: str) -> list[str]:
    """The entries of "cy, Ann Ek <ann@example.com>, bo@example.com": all of it but what people are called."""
    entries: list[str] = []
    *before, rest = _ADDRESS.split(part)
    for words, address in zip(before[::2], before[1::2], strict=True):
        *others, name = _QUOTED.sub("", words).strip(" ,").split(",")
        if len(others) == 1 and _is_family_name(others[0]):
            others = []  # "Ek, Ann <…>", as mail programs write it
        entries += [text for one in others for text in _entries_in(one)]
        entries += [word for word in _entries_in(name) if "@" in word and word != address]
        entries.append(address)
    return entries + [text for one in rest.split(",") for text in _entries_in(one)]


def _is_family_name(text: str) -> bool:
    """Whether it is rather a name than something that one signs in with: "Ek", "von Essen", "O'Neil"."""
    words = re.split(r"[\s'’-]+", text.strip())
    return words[-1][:1].isupper() and all(word.isalpha() for word in words)


def _entries_in(part: str) -> list[str]:
    text = part.strip().strip("\"'<>“”").strip().removeprefix("mailto:")
    if not text:
        return []
    # "Ann Ek ann@example.com": only the address says who is meant
    addresses = [word for word in text.split() if "@" in word]
    return addresses or [text]


def resolve(directory: Directory, pasted: str, *, progress: Progress | None = None) -> Resolution:
    """Find the people that a pasted list names. Raises `InvalidValue` and the gateway's errors."""
    entries = split_list(pasted)
    different = list(dict.fromkeys(entries))
    pool = directory.gateway.describe_pool()
    people = directory.people()
    if people is not None:
        index = _index(people, pool)
        found = [Entry(text, _looked_up(index, text, pool)) for text in different]
    else:
        found = _asked(directory, different, pool, progress)
    settled = [one.users[0].sub for one in found if len(one.users) == 1]
    repeated = len(entries) - len(different) + len(settled) - len(set(settled))
    return Resolution(tuple(found), repeated, people is None or people.complete)


Key = tuple[str, str]
"""What a person is called and of which kind it is, so that a username never meets an address."""


def _keys(user: User, pool: UserPool) -> set[Key]:
    """Everything that names this person."""
    attributes = user.attributes
    named = {
        ("sub", user.sub),
        ("username", same_name_key(user.username, pool)),
        ("email", attributes.get("email", "").casefold()),
        ("preferred_username", attributes.get("preferred_username", "").casefold()),
        ("phone_number", attributes.get("phone_number", "")),
    }
    return {key for key in named if key[1]}


def _wanted(text: str, pool: UserPool) -> tuple[Key, ...]:
    return (
        ("sub", text),
        ("username", same_name_key(text, pool)),
        ("email", text.casefold()),
        ("preferred_username", text.casefold()),
        ("phone_number", text),
    )


def _index(people: People, pool: UserPool) -> dict[Key, list[User]]:
    index: dict[Key, list[User]] = {}
    for user in people.users:
        for key in _keys(user, pool):
            index.setdefault(key, []).append(user)
    return index


def _looked_up(index: dict[Key, list[User]], text: str, pool: UserPool) -> tuple[User, ...]:
    users = (user for key in _wanted(text, pool) for user in index.get(key, ()))
    return tuple({user.sub: user for user in users}.values())


def _asked(
    directory: Directory, texts: Sequence[str], pool: UserPool, progress: Progress | None
) -> list[Entry]:
    """Ask Cognito about each entry."""

    def ask(text: str) -> Entry | ConsoleError:
        try:
            return Entry(text, called(directory, text, pool))
        except ConsoleError as error:
            return error

    found: list[Entry] = []
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="resolve") as threads:
        for done, answer in enumerate(threads.map(ask, texts), start=1):
            if isinstance(answer, ConsoleError):
                threads.shutdown(cancel_futures=True)
                raise answer
            found.append(answer)
            if progress is not None:
                progress(done, len(texts))
    return found


def called(directory: Directory, text: str, pool: UserPool) -> tuple[User, ...]:
    """Everybody called `text`, asked of Cognito now. Raises the gateway's errors."""
    wanted = set(_wanted(text, pool))
    found: dict[str, User] = {}
    for one in _filters(text):
        users = directory.gateway.iter_users(one)
        found |= {user.sub: user for user in users if wanted & _keys(user, pool)}
    return tuple(found.values())


def _filters(text: str) -> list[UserFilter]:
    """The attributes worth asking for: what holds an @ is no sub and no phone number, and so on."""
    if "@" in text:
        names = ["email", "username", "preferred_username"]
    elif text.startswith("+"):
        names = ["phone_number", "username"]
    else:
        names = ["username", "sub", "preferred_username"]
    return _usable((exact, name, text) for name in names)


def _usable(wanted: Iterable[tuple[Callable[[str, str], UserFilter], str, str]]) -> list[UserFilter]:
    filters = []
    for make, name, value in wanted:
        try:
            filters.append(make(name, value))
        except InvalidValue:  # too long to search for, so nobody can be called that
            continue
    return filters


def candidates(directory: Directory, query: str, *, limit: int = FOUND_AT_MOST) -> tuple[list[User], bool]:
    """People to choose from for what is typed into a search box, and whether there are more.

    A small pool is searched for every word anywhere, names that begin so first; a large one for
    names, addresses and numbers that start with the query (ListUsers knows no other search).
    Raises the gateway's errors.
    """
    query = query.strip()
    if not query:
        return [], False
    people = directory.people()
    if people is not None:
        fitting = sorted(matching(people.users, query), key=_by_name)
        fitting.sort(key=lambda user: not _starts(user, query))
        return fitting[:limit], len(fitting) > limit
    users: dict[str, User] = {}
    more = False
    # Whether AWS heeds case here, its documents don't agree on: names are asked for as written too.
    wanted = [(prefix, name, query) for name in _SEARCHED]
    wanted += [(prefix, name, query.title()) for name in _NAMES if query.title() != query]
    for one in _usable(wanted):
        found = list(islice(directory.gateway.iter_users(one), limit + 1))
        users |= {user.sub: user for user in found}
        more = more or len(found) > limit
    ordered = sorted(users.values(), key=_by_name)
    return ordered[:limit], more or len(ordered) > limit


def _by_name(user: User) -> tuple[str, str]:
    return (user.name or user.label).casefold(), user.sub


def _starts(user: User, query: str) -> bool:
    """Whether a word of the person's name or address begins with what was typed first."""
    first = folded(query).split()[0]
    return any(word.startswith(first) for word in folded(f"{user.name} {user.label}").split())
