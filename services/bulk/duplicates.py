"""The same person twice in one file."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from services.bulk.model import Heading, Problem, ProblemSeverity, Row
from services.bulk.row_actions import ADD_TO_GROUPS, REMOVE_FROM_GROUPS, SYNCING, UPDATE, UPSERT, WRITING
from services.cognito.actions import LinkIdentity
from services.cognito.identities import LinkedIdentity
from services.cognito.models import PersonRef, User, UserPool
from services.cognito.people import NameKind, loose_key, name_key, sign_in_attributes
from services.directory.identify import WORDS

_ADDITIVE = frozenset({ADD_TO_GROUPS, REMOVE_FROM_GROUPS})
_BY_MEMBERSHIP = frozenset({UPSERT, UPDATE}) | SYNCING
"""What a list with a line for each membership may ask."""


@dataclass(slots=True)
class _Seen:
    first: Row
    groups: set[str] = field(default_factory=set)


class Duplicates:
    """Remembers whom the rows so far mean, and says when a later one means somebody again.

    Several rows of one person are fine when they only add to, or remove from, different groups; or when
    they are alike but for the group, as in a list with a line for each membership.
    """

    def __init__(self, pool: UserPool, heading: Heading) -> None:
        self._pool = pool
        self._heading = heading
        self._unique = frozenset(sign_in_attributes(pool))
        self._seen: dict[tuple[str, str], _Seen] = {}
        self._contacts: dict[tuple[str, str], int] = {}
        self._aliases: dict[str, tuple[NameKind, int]] = {}
        self._accounts: dict[LinkedIdentity, int] = {}
        self._more: set[int] = set()
        self.joins: dict[int, int] = {}
        """Rows whose groups are planned with an earlier row of the same person → that row: of people who
        aren't there yet, and where all lines together list the groups that the person should be in."""
        self.contradicted: dict[int, int] = {}
        """Rows that a later row of the same person contradicts → the later one."""

    def check(self, row: Row, user: User | None) -> list[Problem]:
        """The problems of `row` because of earlier rows."""
        keys = self._keys(row, user)
        earlier = next(((key, self._seen[key]) for key in keys if key in self._seen), None)
        if earlier is not None:
            (kind, _), seen = earlier
            groups = set(row.groups or ())
            if _only_other_groups(row, seen.first, user) and not groups & seen.groups:
                seen.groups |= groups
                if user is None or lists_all_groups(row):
                    self.joins[row.number] = seen.first.number
                else:
                    self._more.add(row.number)
                return []
            if _asked(row) != _asked(seen.first):
                self.contradicted.setdefault(seen.first.number, row.number)
            return [
                Problem(
                    row.number,
                    self._heading(kind) if kind != "person" else "",
                    f"Row {seen.first.number} is the same person ({row.label}).",
                    "Put everything in one row, or drop one of the two.",
                )
            ]
        seen = _Seen(row, set(row.groups or ()))
        for key in keys:
            self._seen[key] = seen
        return [*self._same_contact(row, user), *self._same_alias(row, user), *self._same_account(row)]

    def again(self, row: Row) -> Row:
        """`row` as it is to be planned after `check`: when an earlier one asks everything but its groups,
        only these are left to do."""
        more = row.number in self._more and row.action in WRITING
        return replace(row, action=ADD_TO_GROUPS) if more else row

    def _keys(self, row: Row, user: User | None) -> list[tuple[str, str]]:
        """What no other row may have: the person, or a new person's names, and a new sign-in address."""
        keys = [("person", user.sub)] if user else []
        if row.username and user is None:
            keys.append(("username", name_key(NameKind.USERNAME, row.username, self._pool)))
        for name, value in (("email", row.email), ("phone_number", row.phone_number)):
            is_new = user is None or loose_key(value) != loose_key(user.attributes.get(name, ""))
            who = name in self._unique or (user is None and not row.username)
            if value and is_new and who:
                keys.append((name, loose_key(value)))
        return keys

    def _same_contact(self, row: Row, user: User | None) -> list[Problem]:
        """What codes and invitations go to, where another row has it too."""
        found: list[Problem] = []
        if user is not None:
            return found
        contacts = (
            ("email", "e-mail address", row.email),
            ("phone_number", "phone number", row.phone_number),
        )
        for name, words, value in contacts:
            first = self._contacts.setdefault((name, loose_key(value)), row.number) if value else row.number
            if first != row.number:
                what = f"Row {first} has the same {words}."
                fix = "Check that these are two people and not one."
                found.append(Problem(row.number, self._heading(name), what, fix, ProblemSeverity.WARNING))
        return found

    def _same_alias(self, row: Row, user: User | None) -> list[Problem]:
        """A preferred username that people sign in with is unique, among the file's usernames too."""
        found: list[Problem] = []
        if NameKind.PREFERRED not in self._unique or row.action not in WRITING:
            return found
        named = [(NameKind.PREFERRED, row.attributes.get(NameKind.PREFERRED, ""))]
        if user is None:
            named.append((NameKind.USERNAME, row.username))
        for kind, value in named:
            if not value:
                continue
            key = name_key(NameKind.PREFERRED, value, self._pool)
            other, number = self._aliases.setdefault(key, (kind, row.number))
            if number != row.number and NameKind.PREFERRED in (kind, other):
                what = f"Row {number} has “{value}” as {WORDS[other]}, and people sign in with both."
                found.append(Problem(row.number, self._heading(kind), what, "Choose another one."))
        return found

    def _same_account(self, row: Row) -> list[Problem]:
        """An account at a provider leads to one person."""
        if row.action.kind is not LinkIdentity:
            return []
        account = LinkIdentity(PersonRef("", "", "")).entered(row.values).identity
        first = self._accounts.setdefault(account, row.number)
        if first == row.number or not account.user_id:
            return []
        what = f"Row {first} links the same account with somebody else."
        fix = "Find out whose it is, and drop the other row."
        return [Problem(row.number, self._heading("provider_user_id"), what, fix)]


def _only_other_groups(row: Row, first: Row, user: User | None) -> bool:
    """Whether `row` asks nothing about its person, beyond groups, that `first` doesn't ask already."""
    if row.action in _ADDITIVE:
        return first.action in _ADDITIVE
    return (
        (user is not None or _names(row) == _names(first))
        and row.action == first.action
        and row.action in _BY_MEMBERSHIP
        and bool(row.groups and first.groups)
        and row.whole_memberships == first.whole_memberships
        and not (row.password or row.temporary_password)
        and (_attributes(row), row.clear, row.enabled) == (_attributes(first), first.clear, first.enabled)
    )


def _names(row: Row) -> tuple[str, ...]:
    """What a row calls its person, in whatever letter case: the rows were found to mean the same one."""
    return tuple(map(loose_key, (row.sub, row.username, row.email, row.phone_number)))


def lists_all_groups(row: Row) -> bool:
    """Whether what a row doesn't list is taken from its person."""
    return row.whole_memberships or row.action in SYNCING


def _attributes(row: Row) -> dict[str, str]:
    """A row's attributes, in which an address in two spellings is one address."""
    alike = ("email", "phone_number")
    return {name: loose_key(value) if name in alike else value for name, value in row.attributes.items()}


def _asked(row: Row) -> tuple[object, ...]:
    """What a row asks for its person."""
    groups = None if row.groups is None else frozenset(row.groups)
    return (row.action, _attributes(row), row.clear, row.enabled, groups, row.whole_memberships, row.last_day)
