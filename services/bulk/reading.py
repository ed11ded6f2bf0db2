"""What a plan has to know of the pool, read as cheaply as it can be.

Either the whole directory by page, or each person by name, whichever takes fewer calls; only people
that the file names are kept. Memberships come from the members of the groups named, or from the
groups of each person. Nothing here bills anybody: ListUsers and group reads only.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, takewhile
from typing import TypeVar

from services.bulk.model import Reading
from services.bulk.twins import likeness
from services.cognito.filters import UserFilter, exact, prefix
from services.cognito.gateway import CognitoGateway
from services.cognito.models import Group, User, UserPool
from services.cognito.people import NameKind, loose_key, names_of, sign_in_attributes
from services.directory.identify import Index, Name
from services.directory.lookup import questions
from services.words import counted

PAGE = 60
LOOKUPS_AT_ONCE = 8
# Nobody says how large a group is without reading it: one with a fifth of the people is taken as usual.
USUAL_GROUP = 0.2


@dataclass
class NamedPeople:
    """Whom the rows name: identities as written in the file."""

    names: set[Name] = field(default_factory=set)

    def add(self, *names: Name) -> None:
        """Note identities; empty ones don't count."""
        self.names.update((kind, value) for kind, value in names if value)

    @property
    def by_address(self) -> bool:
        """Whether somebody is named by an e-mail address."""
        return any(kind is NameKind.EMAIL for kind, _ in self.names)

    @property
    def count(self) -> int:
        """How many single look-ups would find everybody named."""
        return sum(kind is not NameKind.IDENTITY for kind, _ in self.names)


Question = TypeVar("Question")
Answer = TypeVar("Answer")
Progress = Callable[[str, float | None], None]
"""Hears a sentence and how far it is (0–1, None when that can't be told)."""


def no_progress(sentence: str, fraction: float | None) -> None:
    """A progress function for callers that show none."""


class People(Index):
    """The people that were read, found by any identity; and what is known of their groups."""

    def __init__(self, pool: UserPool) -> None:
        super().__init__(pool)
        self.groups: dict[str, Group] = {}
        self._members: dict[str, set[str]] = {}
        self._groups_of: dict[str, frozenset[str]] = {}

    def __len__(self) -> int:
        return len(self.by_sub)

    def __iter__(self) -> Iterator[User]:
        return iter(self.by_sub.values())

    def with_sub(self, sub: str) -> User | None:
        """The person with this sub."""
        return self.by_sub.get(sub)

    def with_username(self, username: str) -> User | None:
        """The person with this username (case counts where it does in the pool)."""
        return next(iter(self.holders(NameKind.USERNAME, username)), None)

    def learn_members(self, group: str, subs: set[str]) -> None:
        """Remember who is in a group."""
        self._members[group] = subs

    def learn_groups(self, user: User, groups: frozenset[str]) -> None:
        """Remember all groups of a person."""
        self._groups_of[user.sub] = groups

    def is_member(self, user: User, group: str) -> bool:
        """Whether the person is in the group. Only for groups, or people, that were read."""
        known = self._groups_of.get(user.sub)
        return group in known if known is not None else user.sub in self._members[group]

    def groups_of(self, user: User) -> frozenset[str]:
        """The person's groups, as far as they were read."""
        known = self._groups_of.get(user.sub)
        if known is not None:
            return known
        return frozenset(name for name, members in self._members.items() if user.sub in members)


class Reader:
    """Reads one pool for one plan (or for the check before a plan is carried out)."""

    def __init__(self, gateway: CognitoGateway, pool: UserPool, progress: Progress = no_progress) -> None:
        self._gateway = gateway
        self._pool = pool
        self._progress = progress
        self._names: list[str] | None = None
        self.calls = 0
        self.ways: list[str] = []
        self.reasons: list[str] = []

    @property
    def reading(self) -> Reading:
        """How the pool was read so far."""
        return Reading(" and ".join(self.ways) or "nothing", " ".join(self.reasons), self.calls)

    @property
    def quotas(self) -> dict[str, float]:
        """The account's quotas as known now, by category (requests a second)."""
        return {pace.category: pace.quota for pace in self._gateway.client.pacer.paces()}

    def people(self, wanted: NamedPeople, *, names_to_make: int = 0) -> People:
        """Everybody that `wanted` names, and the pool's groups. Raises the gateway's errors.

        `names_to_make`: how many usernames will be made, each of which costs `names_like` a call where the
        directory wasn't read as a whole.
        """
        people = People(self._pool)
        people.groups = {group.name: group for group in self._gateway.list_groups()}
        self.calls += math.ceil(max(1, len(people.groups)) / PAGE)
        single = wanted.count + names_to_make
        if not single:
            return people
        self._names = [] if names_to_make else None
        first = self._gateway.users_page(limit=PAGE)
        self.calls += 1
        pages = max(1, math.ceil(self._pool.estimated_users / PAGE))
        if not first.token:
            self._scan(wanted, people, first.users, pages=1, instead=single)
            self.reasons.append("All people fit on one page.")
        elif pages <= single and self._scan(
            wanted, people, self._gateway.iter_users(), pages=pages, instead=single
        ):
            self.reasons.append(
                f"Read the whole directory: {counted(pages, 'call')} instead of "
                f"{counted(single, 'call')} to look people up one by one."
            )
        elif wanted.by_address and self._heeds_case(first.users):
            self._scan(
                wanted, people, self._gateway.iter_users(), pages=pages, instead=single, to_the_end=True
            )
            self.reasons.append(
                "Read the whole directory: the Cognito behind this connection tells capital letters apart "
                "when it looks for e-mail addresses, so somebody could be missed."
            )
        else:
            self._names = None
            self._look_up(wanted, people)
            self.reasons.append(
                f"Looked up the people named: {counted(wanted.count, 'call')} instead of about "
                f"{counted(pages, 'call')} for the whole directory."
            )
        return people

    def _heeds_case(self, users: Iterable[User]) -> bool:
        """Whether looking for an e-mail address misses the same one in other capital letters.

        ListUsers ignores case there (API reference, ListUsers), but not every backend does, and an
        address that nobody seems to have would be created a second time. Tried on somebody known.
        """
        known = next((user for user in users if user.email.swapcase() != user.email), None)
        if known is None:
            return False
        self.calls += 1
        return all(user.sub != known.sub for user in self._find(exact("email", known.email.swapcase())))

    def _scan(
        self,
        wanted: NamedPeople,
        people: People,
        users: Iterable[User],
        *,
        pages: int,
        instead: int,
        to_the_end: bool = False,
    ) -> bool:
        """Read everybody, in about so many `pages`; False when the pool turns out far larger than its
        estimate said, and the single calls `instead` are fewer."""
        if self._names is not None:
            self._names.clear()
        keys = {(kind, loose_key(value)) for kind, value in wanted.names}
        alike = {likeness(value) for kind, value in wanted.names if kind is NameKind.USERNAME}
        seen = 0
        for seen, user in enumerate(users, start=1):
            if self._names is not None:
                self._names += self._taken_by(user)
            named = any((kind, loose_key(value)) in keys for kind, value in names_of(user))
            if named or likeness(user.username) in alike:
                people.add(user)
            if seen % (PAGE * 5) == 0:
                read = math.ceil(seen / PAGE)
                self._progress(f"Reading the directory: {seen:,} people", min(1.0, read / pages))
                if not to_the_end and read > 2 * pages and read > instead:
                    self.calls += read
                    return False
        self.calls += math.ceil(seen / PAGE) if pages > 1 else 0
        if self._names is not None:
            self._names.sort(key=str.casefold)
        self.ways.append("scan")
        return True

    def _look_up(self, wanted: NamedPeople, people: People) -> None:
        asked = questions(sorted(wanted.names))
        for done, found in enumerate(self._each(self._find, asked), start=1):
            for user in found:
                people.add(user)
            if done % 50 == 0:
                self._progress(f"Looking people up: {done:,} of {len(asked):,}", done / len(asked))
        self.calls += len(asked)
        self.ways.append("look-up")

    def _find(self, question: UserFilter) -> list[User]:
        return list(self._gateway.iter_users(question))

    def _taken_by(self, user: User) -> Iterator[str]:
        """The names of somebody that nobody else's username may be."""
        yield user.username
        if NameKind.PREFERRED in sign_in_attributes(self._pool):
            yield user.attributes.get(NameKind.PREFERRED, "")

    def names_like(self, start: str) -> set[str]:
        """The names that begin so and that nobody else's username may be: usernames, and preferred ones where
        people sign in with them. Raises the gateway's errors."""
        if self._names is not None:
            first = start.casefold()
            after = bisect_left(self._names, first, key=str.casefold)
            later = (self._names[place] for place in range(after, len(self._names)))
            return set(takewhile(lambda name: name.casefold().startswith(first), later))
        asked: list[tuple[str, Callable[[User], str]]] = [("username", lambda user: user.username)]
        if NameKind.PREFERRED in sign_in_attributes(self._pool):
            asked.append((NameKind.PREFERRED, lambda user: user.attributes.get(NameKind.PREFERRED, "")))
        self.calls += len(asked)
        return {read(user) for name, read in asked for user in self._gateway.iter_users(prefix(name, start))}

    def memberships(self, people: People, users: list[User], groups: set[str]) -> None:
        """Learn which of `users` are in which of `groups` (only groups that exist count)."""
        names = sorted(groups & people.groups.keys())
        if not names or not users:
            return
        size = math.ceil(USUAL_GROUP * self._pool.estimated_users / PAGE)
        by_group = len(names) * max(1, size)
        if by_group <= len(users):
            for name, members in zip(names, self._each(self._members_of, names), strict=True):
                people.learn_members(name, members)
                self.calls += max(1, math.ceil(len(members) / PAGE))
            self.reasons.append(f"Memberships were read from the members of {counted(len(names), 'group')}.")
        else:
            found = self._each(lambda user: self._gateway.groups_of(user.username), users)
            for done, (user, theirs) in enumerate(zip(users, found, strict=True), start=1):
                people.learn_groups(user, frozenset(group.name for group in theirs))
                if done % 50 == 0:
                    self._progress(f"Reading groups of {done:,} of {len(users):,} people", done / len(users))
            self.calls += len(users)
            self.reasons.append(f"Memberships were read person by person ({counted(len(users), 'call')}).")

    def _members_of(self, group: str) -> set[str]:
        return {user.sub for user in self._gateway.iter_members(group)}

    def _each(self, ask: Callable[[Question], Answer], questions: list[Question]) -> Iterator[Answer]:
        """The answers in order, a few asked at once; the limiter paces them."""
        with ThreadPoolExecutor(LOOKUPS_AT_ONCE, thread_name_prefix="plan") as pool:
            size = LOOKUPS_AT_ONCE * 8
            parts = (questions[start : start + size] for start in range(0, len(questions), size))
            yield from chain.from_iterable(pool.map(ask, part) for part in parts)
