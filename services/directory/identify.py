"""Who is meant: from what people write to persons of a pool, the same at every door.

    answers = identify(source_for(directory), ["Ann Ek <ann@example.org>", "+49 (0)151 23456789"])
    answers[0].person, answers[1].reason

An e-mail address (also as `Name <address>` or `mailto:`), a phone number in any writing, a username, a
preferred username, a sub or `Provider_id` names one person, nobody, or several to choose from. Nothing
is guessed: near names are only said, and only such as are written in the same kind of way.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Protocol

from rapidfuzz import process
from rapidfuzz.distance import OSA

from services.cognito import phones
from services.cognito.models import User, UserPool
from services.cognito.people import NameKind, case_counts, loose_key, name_key, names_of
from services.cognito.written import QUOTES, address_in, bare, nfc
from services.errors import InvalidValue

MOST_ENTRIES = 1_000
"""Longer lists, to be asked for one by one, belong into a file for the onboarding page."""
MOST_IN_SNAPSHOT = 20_000
"""Entries of a list that is looked up in a snapshot."""

NEAR = 3
_ALIKE = 0.8
_NEAR_LOOKUPS = 20
_COMPARISONS = 2_000_000

WORDS = {
    NameKind.SUB: "user ID",
    NameKind.USERNAME: "username",
    NameKind.EMAIL: "e-mail address",
    NameKind.PHONE: "phone number",
    NameKind.PREFERRED: "preferred username",
    NameKind.IDENTITY: "account at another provider",
}
"""Every kind of name in words."""

Name = tuple[NameKind, str]
Progress = Callable[[int, int], object]
"""Called with how many entries are done and how many there are."""

_SUB = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)
_TWO = re.compile(r"@[^@]*[\s,;/|][^@]*@")


class WrittenAs(Enum):
    """The kinds of ways in which people write a name."""

    ADDRESS = auto()
    NUMBER = auto()
    ID = auto()
    WORD = auto()


@dataclass(frozen=True, slots=True)
class WrittenName:
    """What an entry may name. `shown` is the part that says who; `problem` why it can't be read."""

    text: str
    shown: str
    writing: WrittenAs
    names: tuple[Name, ...]
    problem: str = ""


def written(text: str, region: str) -> WrittenName:
    """What `text` may name. `region` is the country of phone numbers without a country code."""
    literal = nfc(text.strip())
    shown = nfc(address_in(literal))
    as_username = tuple((NameKind.USERNAME, name) for name in dict.fromkeys((shown, literal)) if name)
    if _TWO.search(shown):
        return WrittenName(
            text, shown, WrittenAs.ADDRESS, as_username, "It holds more than one e-mail address."
        )
    if "@" in shown:
        names = ((NameKind.EMAIL, shown), *as_username, (NameKind.PREFERRED, shown))
        return WrittenName(text, shown, WrittenAs.ADDRESS, names)
    if phones.looks_like_one(shown):
        return _number(text, shown, as_username, region)
    if _SUB.match(shown):
        return WrittenName(text, shown, WrittenAs.ID, (*as_username, (NameKind.SUB, shown.lower())))
    names = (*as_username, (NameKind.SUB, shown), (NameKind.PREFERRED, shown))
    if "_" in shown:
        names += ((NameKind.IDENTITY, shown),)
    if not any(char.isdigit() for char in shown):
        return WrittenName(text, shown, WrittenAs.WORD, names if shown else ())
    return _word_with_digits(text, shown, names, region)


def _number(text: str, shown: str, as_username: tuple[Name, ...], region: str) -> WrittenName:
    phone = phones.read(shown, region)
    # a number that is wrong may stand so in the pool; then it names whoever has it
    numbers = dict.fromkeys(number for number in (phone.number, shown) if number)
    names = (*((NameKind.PHONE, number) for number in numbers), *as_username, (NameKind.PREFERRED, shown))
    return WrittenName(text, shown, WrittenAs.NUMBER, names, phone.problem)


def _word_with_digits(text: str, shown: str, names: tuple[Name, ...], region: str) -> WrittenName:
    """What may be a number without its country code."""
    phone = phones.read(shown, region)
    if phone.number:
        names += ((NameKind.PHONE, phone.number),)
    lost = phone.problem if phone.likely or "spreadsheet" in phone.problem else ""
    return WrittenName(text, shown, WrittenAs.WORD, names, lost)


@dataclass(frozen=True, slots=True)
class NearName:
    """Somebody who isn't meant for sure: the name of theirs that looks like the one written."""

    name: str
    user: User


@dataclass(frozen=True, slots=True)
class Identification:
    """Whom one entry names: `users` holds one person, nobody, or several to choose from.

    `kind` is what the (first) person was found by. `near` and `reason` (sentences) help where it isn't
    one person; `case_only` says that those near differ in capital letters only, and the pool tells
    these apart; `problem` is what is wrong with the entry itself (a number without country code).
    """

    text: str
    users: tuple[User, ...] = ()
    kind: NameKind | None = None
    near: tuple[NearName, ...] = ()
    case_only: bool = False
    reason: str = ""
    problem: str = ""

    @property
    def advice(self) -> str:
        """The reason why nobody was found, where it helps to find who is meant; else empty."""
        return self.reason if not self.users and (self.near or self.problem) else ""

    @property
    def person(self) -> User | None:
        """The one who is meant without doubt."""
        return self.users[0] if len(self.users) == 1 else None


class Source(Protocol):
    """Where a pool's people are looked up."""

    @property
    def pool(self) -> UserPool:
        """The pool's settings."""

    @property
    def complete(self) -> bool:
        """False when people may be missing, so that "not found" may be wrong."""

    @property
    def everywhere(self) -> bool:
        """False when only some spellings of a name can be asked for."""

    def holders(self, wanted: Sequence[Sequence[Name]]) -> Iterable[User]:
        """Everybody who has one of these names in any case; others may come along."""

    def names(self) -> Names | None:
        """All names of the pool, to find near ones; None where the pool isn't read."""


@dataclass(frozen=True)
class Names:
    """Names of everybody: for each kind a value (or None) for each person, and who that is."""

    by_kind: dict[NameKind, Sequence[str | None]]
    user_at: Callable[[int], User]
    _keys: dict[WrittenAs, tuple[list[str], list[tuple[NameKind, int]]]] = field(default_factory=dict)

    def __len__(self) -> int:
        return max(map(len, self.by_kind.values()), default=0)

    def like(self, asked: WrittenName, most: int = NEAR) -> list[NearName]:
        """Names that look like the one written and are written in the same kind of way."""
        if asked.writing not in (WrittenAs.ADDRESS, WrittenAs.WORD):
            return []  # a number or an ID that differs in a digit is somebody else's
        keys, places = self._listed(asked.writing)
        front, domain = _parts(asked.shown)
        hits = process.extract(front, keys, scorer=OSA.normalized_similarity, score_cutoff=_ALIKE, limit=None)
        found: dict[str, NearName] = {}
        for key, _, index in hits:
            kind, place = places[index]
            value = self.by_kind[kind][place] or ""
            if _alike(front, key, domain, _parts(value)[1]):
                user = self.user_at(place)
                found.setdefault(user.sub, NearName(value, user))
            if len(found) == most:
                break
        return list(found.values())

    def _listed(self, writing: WrittenAs) -> tuple[list[str], list[tuple[NameKind, int]]]:
        if writing not in self._keys:
            keys: list[str] = []
            places: list[tuple[NameKind, int]] = []
            for kind, values in self.by_kind.items():
                for place, value in enumerate(values):
                    if value and ("@" in value) == (writing is WrittenAs.ADDRESS):
                        keys.append(_parts(value)[0])
                        places.append((kind, place))
            self._keys[writing] = keys, places
        return self._keys[writing]


def _parts(name: str) -> tuple[str, str]:
    front, _, domain = loose_key(name).partition("@")
    return front, domain


def _alike(front: str, other: str, domain: str, other_domain: str) -> bool:
    """Whether the fronts, which look alike, and their domains may be one person's with a slip in it."""
    numbers = [[char for char in name if char.isdigit()] for name in (front, other)]
    if all(numbers) and numbers[0] != numbers[1]:
        return False  # user0001 and user0002 are two people
    return domain == other_domain or OSA.normalized_similarity(domain, other_domain) >= _ALIKE


class Index:
    """People by everything that names them."""

    def __init__(self, pool: UserPool, users: Iterable[User] = ()) -> None:
        self.pool = pool
        self._by_key: dict[Name, dict[str, User]] = {}
        self._loose: dict[Name, dict[str, User]] = {}
        self._sharp = frozenset(kind for kind in NameKind if case_counts(kind, pool))
        self.by_sub: dict[str, User] = {}
        for user in users:
            self.add(user)

    def add(self, user: User) -> None:
        """Add a person with all their names."""
        self.by_sub[user.sub] = user
        for kind, value in names_of(user):
            key = name_key(kind, value, self.pool)
            self._by_key.setdefault((kind, key), {})[user.sub] = user
            if kind in self._sharp:
                self._loose.setdefault((kind, loose_key(value)), {})[user.sub] = user

    def holders(self, kind: NameKind, value: str) -> list[User]:
        """Everybody whom the pool takes to have this name."""
        return list(self._by_key.get((kind, name_key(kind, value, self.pool)), {}).values()) if value else []

    def in_any_case(self, kind: NameKind, value: str) -> list[User]:
        """Everybody with this name, capital letters or small."""
        where = self._loose if kind in self._sharp else self._by_key
        return list(where.get((kind, loose_key(value)), {}).values()) if value else []

    def answer(self, asked: WrittenName, kinds: Sequence[NameKind] = tuple(NameKind)) -> Identification:
        """Whom an entry names under `kinds`, in which the first that fits decides how it was found."""
        named = [(kind, value) for kind, value in asked.names if kind in kinds]
        found: dict[str, User] = {}
        by: dict[str, NameKind] = {}
        for kind, value in named:
            for user in self.holders(kind, value):
                found[user.sub] = user
                by.setdefault(user.sub, kind)
        users = tuple(found.values())
        if len(users) == 1:
            kind = by[users[0].sub]
            return Identification(asked.text, users, kind, reason=f"Found by {WORDS[kind]}.")
        if users:
            first = by[users[0].sub]
            return Identification(asked.text, users, first, reason=_several(users, by))
        case: dict[str, NearName] = {}
        for kind, value in named:
            for user in self.in_any_case(kind, value):
                case.setdefault(user.sub, NearName(_value(user, kind, value), user))
        near = tuple(case.values())
        reason = _nobody(asked, near, case_only=bool(near))
        return Identification(asked.text, (), None, near, bool(near), reason, asked.problem)


def _value(user: User, kind: NameKind, value: str) -> str:
    """The person's name of this kind as it is written, where `value` is only its key."""
    return next((own for of, own in names_of(user) if of is kind and loose_key(own) == loose_key(value)), "")


def _several(users: Sequence[User], by: dict[str, NameKind]) -> str:
    who = " and ".join(
        f"{user.label} (username {user.username}, by {WORDS[by[user.sub]]})" for user in users[:4]
    )
    more = f" and {len(users) - 4} more" if len(users) > 4 else ""
    return f"It fits {len(users)} people: {who}{more}."


def _nobody(asked: WrittenName, near: Sequence[NearName], *, case_only: bool) -> str:
    if case_only:
        names = " or ".join(dict.fromkeys(person.name for person in near))
        return f"{names} differs only in capital letters, and this pool tells them apart."
    if asked.problem:
        return asked.problem
    sought = {
        WrittenAs.ADDRESS: "Nobody has this address.",
        WrittenAs.NUMBER: "Nobody has this phone number.",
        WrittenAs.ID: "Nobody has this user ID.",
        WrittenAs.WORD: "Nobody has this as username, preferred username or user ID.",
    }[asked.writing]
    if not near:
        return sought
    return f"{sought} Much like it: {' or '.join(dict.fromkeys(person.name for person in near))}."


def identify(
    source: Source,
    texts: Sequence[str],
    *,
    near: bool = True,
    kinds: Sequence[NameKind] = tuple(NameKind),
) -> list[Identification]:
    """Whom each entry names. Raises the gateway's errors where the pool has to be asked.

    `near=False` spares the search for near names; only names of these `kinds` count.
    """
    asked = [written(text, source.pool.phone_region) for text in texts]
    index = Index(source.pool, source.holders([entry.names for entry in asked]))
    answers = [index.answer(entry, kinds) for entry in asked]
    return _with_near(source, asked, answers) if near else answers


def _with_near(
    source: Source, asked: Sequence[WrittenName], answers: list[Identification]
) -> list[Identification]:
    missing = [place for place, answer in enumerate(answers) if not answer.users and not answer.near]
    names = source.names() if missing else None
    if names is None:
        return answers
    most = max(1, min(_NEAR_LOOKUPS, _COMPARISONS // max(1, len(names))))
    for place in missing[:most]:
        near = tuple(names.like(asked[place]))
        if near:
            reason = _nobody(asked[place], near, case_only=False)
            answers[place] = replace(answers[place], near=near, reason=reason)
    return answers


def sharing(source: Source, user: User) -> list[User]:
    """Everybody else with the same username or e-mail address in some spelling."""
    own = [(kind, value) for kind, value in names_of(user) if kind in (NameKind.USERNAME, NameKind.EMAIL)]
    wanted = {(kind, loose_key(value)) for kind, value in own}
    return [
        other
        for other in source.holders([own])
        if other.sub != user.sub
        and any((kind, loose_key(value)) in wanted for kind, value in names_of(other))
    ]


# --- pasted lists ------------------------------------------------------------------------------

HOW_TO_LIST = "One per line, or with commas or semicolons between; a name that holds one itself in quotes"
"""What `split_list` understands, for people."""

_PARTS = re.compile(r"[;\t]+")
_CELL = re.compile(r'(?:^|(?<=[,;\t]))\s*"((?:[^"]|"")*)"\s*(?=[,;\t]|$)')
_QUOTED = re.compile(r'"[^"]*"')
_ADDRESS = re.compile(r"<\s*(?:mailto:)?([^<>\s]+@[^<>\s]+)\s*>")


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a list came to. `repeated` counts entries that name a person (or text) already in the list.

    `complete` is False when not everything could be read, so "not found" may be wrong.
    """

    entries: tuple[Identification, ...]
    repeated: int = 0
    complete: bool = True

    @property
    def people(self) -> tuple[User, ...]:
        """Everybody found without doubt, each once, in the order of the list."""
        found = {entry.person.sub: entry.person for entry in self.entries if entry.person is not None}
        return tuple(found.values())

    @property
    def missing(self) -> tuple[Identification, ...]:
        """Entries that name nobody."""
        return tuple(entry for entry in self.entries if not entry.users)

    @property
    def ambiguous(self) -> tuple[Identification, ...]:
        """Entries that name several people."""
        return tuple(entry for entry in self.entries if len(entry.users) > 1)


def look_up(
    source: Source,
    pasted: str,
    *,
    most: int = MOST_ENTRIES,
) -> Resolution:
    """Find the people that a pasted list names. Raises `InvalidValue` and the gateway's errors."""
    entries = split_list(pasted, most)
    different = list(dict.fromkeys(entries))
    found = identify(source, different)
    settled = [answer.person.sub for answer in found if answer.person is not None]
    repeated = len(entries) - len(different) + len(settled) - len(set(settled))
    return Resolution(tuple(found), repeated, source.complete)


def split_list(pasted: str, most: int = MOST_ENTRIES) -> list[str]:
    """The entries of a pasted list: one per line, or with commas, semicolons or tabs between.

    "Ann Ek <ann@example.com>", quotes and "mailto:" are understood; what stands in quotes as a cell of a
    CSV file does (a quote in it twice) is one entry. Raises `InvalidValue` for more than `most`.
    """
    entries: list[str] = []
    for line in pasted.splitlines():
        # what stands between quoted cells, and what is in one, by turns
        for place, text in enumerate(_CELL.split(line)):
            entries += _in_cell(text.replace('""', '"')) if place % 2 else _between(text)
    if len(entries) > most:
        raise InvalidValue(
            f"The list has {len(entries):,} entries; at most {most:,} can be pasted.",
            "For more, upload a CSV file on the Onboarding page.",
        )
    return entries


def _between(text: str) -> list[str]:
    return [entry for part in _PARTS.split(text) for entry in _with_names(part)]


def _in_cell(text: str) -> list[str]:
    """What a quoted cell names: whatever it holds, but for addresses with what people are called."""
    if "@" not in text:
        return [text.strip()] if bare(text) else []
    named = _TWO.search(text) or any(char.isspace() for char in text.strip())
    return _between(text) if named else [text.strip()]


def _with_names(part: str) -> list[str]:
    """The entries of "cy, Ann Ek <ann@example.com>, bo@example.com": all of it but what people are called."""
    entries: list[str] = []
    *before, rest = _ADDRESS.split(part)
    for words, address in zip(before[::2], before[1::2], strict=True):
        *others, name = _QUOTED.sub("", words).strip(" ,").split(",")
        if len(others) == 1 and _is_family_name(others[0]):
            others = []  # "Ek, Ann <…>", as mail programs write it
        entries += [text for piece in others for text in _entries_in(piece)]
        entries += [word for word in _entries_in(name) if "@" in word and word != address]
        entries.append(address)
    return entries + [text for piece in rest.split(",") for text in _entries_in(piece)]


def _is_family_name(text: str) -> bool:
    """Whether it is rather a name than something that one signs in with: "Ek", "von Essen", "O'Neil"."""
    words = re.split(r"[\s'’-]+", text.strip())
    return words[-1][:1].isupper() and all(word.isalpha() for word in words)


def _entries_in(part: str) -> list[str]:
    text = bare(part.strip().strip(f"{QUOTES}<>").strip())
    if not text:
        return []
    if "@" not in text:
        return [text]
    # "Ann Ek ann@example.com": only the address says who is meant
    return [address for word in text.split() if "@" in word and (address := address_in(word))] or [text]
