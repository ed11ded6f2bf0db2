"""Whom a row means: one person of the pool, nobody, or a problem that names everybody who fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from services.bulk.model import CREATING, WRITING, Problem, Row, Severity
from services.bulk.reading import People
from services.cognito.models import User, UserPool
from services.cognito.people import UsernameKind, sign_in_attributes, username_kind

Heading = Callable[[str], str]
"""Target → the heading of its column in the file."""


@dataclass(slots=True)
class Found:
    """The person a row means (None: nobody yet) and what is wrong with how it says so."""

    user: User | None = None
    problems: list[Problem] = field(default_factory=list)


class Resolver:
    """Finds the person of each row among the people that were read."""

    def __init__(self, people: People, pool: UserPool, heading: Heading) -> None:
        self._people = people
        self._pool = pool
        self._heading = heading
        self._unique = frozenset(sign_in_attributes(pool))
        self._kind = username_kind(pool)

    def find(self, row: Row) -> Found:
        """Whom `row` means: by sub, else username, else e-mail, else phone number."""
        found = Found()
        if row.sub:
            self._by_sub(row, found)
        elif row.username:
            self._by_username(row, found)
        elif row.email:
            self._by_email(row, found)
        elif row.phone_number:
            self._one_of(row, "phone_number", self._people.with_phone(row.phone_number), found)
        if not found.problems:
            self._taken(row, found)
        return found

    def _problem(
        self,
        row: Row,
        target: str,
        what: str,
        fix: str,
        found: Found,
        severity: Severity = Severity.ERROR,
    ) -> None:
        found.problems.append(Problem(row.number, self._heading(target), what, fix, severity))

    def _by_sub(self, row: Row, found: Found) -> None:
        found.user = self._people.with_sub(row.sub)
        if found.user is None:
            self._problem(
                row,
                "sub",
                "Nobody in this pool has this sub.",
                "Is it the right pool? Correct the sub.",
                found,
            )
        elif row.username:
            other = self._person_named(row.username)
            if other is not None and other.sub != found.user.sub:
                self._two(row, "username", [found.user, other], "The sub and the username", found)

    def _by_username(self, row: Row, found: Found) -> None:
        found.user = self._person_named(row.username)
        if found.user is not None:
            return
        holders = self._people.with_email(row.email) if row.email else []
        if self._kind is not UsernameKind.NAME:
            named = self._people.with_email(row.username) or self._people.with_phone(row.username)
            if len(named) == 1:
                found.user = named[0]
            elif named:
                self._two(row, "username", named, "The username", found)
            elif row.action in CREATING and row.username not in (row.email, row.phone_number):
                self._problem(
                    row,
                    "username",
                    f"Nobody has the username “{row.username}”; in this pool Cognito makes usernames itself.",
                    f"Leave the username empty; the {self._kind} says who is meant.",
                    found,
                )
        elif holders and row.action not in CREATING:
            names = _named(holders)
            self._problem(
                row,
                "username",
                f"Nobody has the username “{row.username}”; the e-mail address belongs to {names}.",
                "Correct the username, or leave it empty to mean the person with this e-mail address.",
                found,
            )

    def _person_named(self, username: str) -> User | None:
        return self._people.with_username(username)

    def _by_email(self, row: Row, found: Found) -> None:
        holders = self._people.with_email(row.email)
        if self._pool.case_sensitive and "email" in self._unique and holders:
            same = [user for user in holders if user.email == row.email]
            if not same:
                self._problem(
                    row,
                    "email",
                    f"There is no {row.email}, but {_named(holders)} differs only in capital letters, "
                    "and this pool tells them apart.",
                    f"Write it as {holders[0].email}.",
                    found,
                )
                return
            holders = same
        self._one_of(row, "email", holders, found)

    def _one_of(self, row: Row, target: str, holders: list[User], found: Found) -> None:
        if len(holders) == 1:
            found.user = holders[0]
        elif holders:
            self._two(row, target, holders, f"{len(holders)} people have this {_word(target)}:", found)

    def _two(self, row: Row, target: str, users: list[User], subject: str, found: Found) -> None:
        names = " and ".join(f"{user.label} (sub {user.sub})" for user in users[:4])
        more = f" and {len(users) - 4} more" if len(users) > 4 else ""
        means = "" if subject.endswith(":") else " mean different people:"
        found.user = None
        self._problem(
            row, target, f"{subject}{means} {names}{more}.", "Put the right sub in a column “sub”.", found
        )

    def _taken(self, row: Row, found: Found) -> None:
        """An address or number that somebody else has already."""
        for target, value, holders in (
            ("email", row.email, self._people.with_email(row.email) if row.email else []),
            (
                "phone_number",
                row.phone_number,
                self._people.with_phone(row.phone_number) if row.phone_number else [],
            ),
        ):
            mine = found.user.sub if found.user else ""
            others = [user for user in holders if user.sub != mine]
            has_it = found.user is not None and any(user.sub == mine for user in holders)
            if not others and not has_it and value and found.user is not None and row.action not in WRITING:
                self._not_theirs(row, target, value, found)
            if not others or has_it:
                continue
            if found.user is not None and row.action not in WRITING:
                # the address isn't to be written, so it can only say who is meant
                who = "sub" if row.sub else "username"
                pair = [found.user, *others]
                self._two(row, target, pair, f"The {who} and the {_word(target)}", found)
                return
            unique = target in self._unique
            self._problem(
                row,
                target,
                f"{value} is the {_word(target)} of {_named(others)} already"
                + (", and people sign in with it." if unique else "."),
                "Correct it, or change that person first."
                if unique
                else "Check that these are two people and not one.",
                found,
                Severity.ERROR if unique else Severity.WARNING,
            )

    def _not_theirs(self, row: Row, target: str, value: str, found: Found) -> None:
        """An address that is nobody's, beside a sub or username, in a row that doesn't write it."""
        assert found.user is not None  # noqa: S101 - the caller looked
        theirs = found.user.attributes.get(target)
        self._problem(
            row,
            target,
            f"The {_word(target)} {value} isn't that of {found.user.label}"
            + (f", which is {theirs}." if theirs else ", who has none."),
            "Is it the right person? This action doesn't change it.",
            found,
            Severity.WARNING,
        )


def _named(users: list[User]) -> str:
    names = [f"{user.label} (username {user.username})" for user in users[:3]]
    return " and ".join(names) + (f" and {len(users) - 3} more" if len(users) > 3 else "")


def _word(target: str) -> str:
    return {"email": "e-mail address", "phone_number": "phone number"}[target]
