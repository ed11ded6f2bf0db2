"""Whom a row means: one person of the pool, nobody, or a problem that names everybody who fits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from services.bulk.model import CheckedRow, Heading, Problem, ProblemSeverity, Row
from services.bulk.row_actions import CREATING, WRITING
from services.bulk.twins import likely_twins
from services.cognito.models import User, UserPool
from services.cognito.people import NameKind, UsernameKind, same_name, sign_in_attributes, username_kind
from services.directory.identify import WORDS, Identification, Index, Name, WrittenAs, WrittenName, written


def names_in(row: Row, pool: UserPool) -> Iterator[Name]:
    """Every name in the row that has to be looked up to tell whom it means, and who has its values."""
    if row.who:
        yield from written(row.who, pool.phone_region).names
    yield NameKind.SUB, row.sub.lower()
    if row.username:
        asked = written(row.username, pool.phone_region)
        wanted = _of_username(asked, pool)
        yield from (name for name in asked.names if name[0] in wanted)
        if row.action in CREATING:  # for whom it could be taken, to be told of
            yield from ((NameKind.USERNAME, twin) for twin in likely_twins(row.username))
    yield from ((NameKind.EMAIL, row.email), (NameKind.PHONE, row.phone_number))
    if alias := _alias(row, pool):
        yield from ((NameKind.PREFERRED, alias), (NameKind.USERNAME, alias))


def _alias(row: Row, pool: UserPool) -> str:
    """The preferred username that the row would set, where people sign in with it."""
    if row.action not in WRITING or NameKind.PREFERRED not in sign_in_attributes(pool):
        return ""
    return row.attributes.get(NameKind.PREFERRED, "")


def whom(row: Row, index: Index) -> Identification:
    """Whom a row means: by sub, else username, else e-mail address, else phone number.

    A cell that isn't what its column says may be another name of the person: in a column of usernames
    an e-mail address finds whoever has it.
    """
    region = index.pool.phone_region
    if row.who:
        return index.answer(written(row.who, region))
    if row.sub:
        return index.answer(written(row.sub, region), (NameKind.SUB,))
    if row.username:
        asked = written(row.username, region)
        first = index.answer(asked, (NameKind.USERNAME,))
        return first if first.users else _either(first, index.answer(asked, _of_username(asked, index.pool)))
    if row.email:
        asked = written(row.email, region)
        first = index.answer(asked, (NameKind.EMAIL,))
        return (
            first if first.users or first.near else _either(first, index.answer(asked, (NameKind.USERNAME,)))
        )
    return index.answer(written(row.phone_number, region), (NameKind.PHONE,))


def _either(first: Identification, second: Identification) -> Identification:
    return second if second.users else first


def _of_username(asked: WrittenName, pool: UserPool) -> tuple[NameKind, ...]:
    """What a cell in a column of usernames may name."""
    ids = (NameKind.SUB,) if asked.writing is WrittenAs.ID else ()
    aliases = (NameKind.PREFERRED,) if NameKind.PREFERRED in sign_in_attributes(pool) else ()
    return (NameKind.USERNAME, *ids, NameKind.EMAIL, NameKind.PHONE, NameKind.IDENTITY, *aliases)


def without_foreign_subs(rows: list[CheckedRow], index: Index) -> tuple[list[CheckedRow], tuple[str, ...]]:
    """The rows of a file that comes from another pool, without its subs; and what is to be said of it.

    That is so where several subs are given and nobody in this pool has any of them. Where this pool (or
    the other one) makes usernames itself, those say nothing either.
    """
    subs = {row.sub.lower() for row, _ in rows if row.sub}
    if len(subs) < 2 or any(index.holders(NameKind.SUB, sub) for sub in subs):
        return rows, ()
    named = username_kind(index.pool) is UsernameKind.NAME

    def known_here(row: Row) -> Row:
        made = row.username.lower() == row.sub.lower() or (not named and bool(row.email or row.phone_number))
        return replace(row, sub="", username="" if made else row.username)

    names = "subs" if named else "subs and usernames"
    said = f"The file is of another user pool: its {names} name nobody here and weren't used."
    return [(known_here(row) if row.sub else row, problems) for row, problems in rows], (said,)


@dataclass(slots=True)
class RowPerson:
    """The person a row means (None: nobody yet) and what is wrong with how it says so."""

    user: User | None = None
    problems: list[Problem] = field(default_factory=list)


class Identity:
    """Finds the person of each row among the people that were read."""

    def __init__(self, people: Index, pool: UserPool, heading: Heading) -> None:
        self._people = people
        self._pool = pool
        self._heading = heading
        self._unique = frozenset(sign_in_attributes(pool))
        self._kind = username_kind(pool)

    def find(self, row: Row) -> RowPerson:
        """Whom `row` means, and every problem with how it says so."""
        found = RowPerson()
        answer = whom(row, self._people)
        found.user = answer.person
        if row.sub:
            self._by_sub(row, found)
        elif row.username:
            self._by_username(row, answer, found)
        elif row.email and answer.case_only:
            self._other_case(row, answer, found)
        elif len(answer.users) > 1:
            target = "email" if row.email else "phone_number"
            count = len(answer.users)
            self._two(row, target, list(answer.users), f"{count} people have this {_word(target)}:", found)
        if not any(problem.is_error for problem in found.problems):
            self._taken(row, found)
            self._preferred(row, found)
        return found

    def _problem(
        self,
        row: Row,
        target: str,
        what: str,
        fix: str,
        found: RowPerson,
        severity: ProblemSeverity = ProblemSeverity.ERROR,
        attribute: str = "",
    ) -> None:
        found.problems.append(Problem(row.number, self._heading(target), what, fix, severity, attribute))

    def _by_sub(self, row: Row, found: RowPerson) -> None:
        if found.user is None:
            self._problem(
                row,
                "sub",
                "Nobody in this pool has this sub.",
                "Is it the right pool? Correct the sub.",
                found,
            )
        elif row.username:
            other = next(iter(self._people.holders(NameKind.USERNAME, row.username)), None)
            if other is not None and other.sub != found.user.sub:
                self._two(row, "username", [found.user, other], "The sub and the username", found)

    def _by_username(self, row: Row, answer: Identification, found: RowPerson) -> None:
        if len(answer.users) > 1:
            self._two(row, "username", list(answer.users), "The username", found)
            return
        if found.user is not None:
            if self._kind is UsernameKind.NAME and answer.kind is not NameKind.USERNAME:
                self._by_another_name(row, answer, found)
            return
        holders = self._people.in_any_case(NameKind.EMAIL, row.email)
        if self._kind is not UsernameKind.NAME:
            if row.action in CREATING and row.username not in (row.email, row.phone_number):
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

    def _by_another_name(self, row: Row, answer: Identification, found: RowPerson) -> None:
        """Not the username, but the address or number of somebody: the same person all the same."""
        assert found.user is not None  # noqa: S101 - the caller looked
        assert answer.kind is not None  # noqa: S101 - it was found by something
        self._problem(
            row,
            "username",
            f"Nobody has the username “{row.username}”; it is the {WORDS[answer.kind]} of {found.user.label} "
            f"(username {found.user.username}), who is taken to be meant.",
            "Write the username itself, if somebody else is meant.",
            found,
            ProblemSeverity.WARNING,
        )

    def _other_case(self, row: Row, answer: Identification, found: RowPerson) -> None:
        holders = [near.user for near in answer.near]
        self._problem(
            row,
            "email",
            f"There is no {row.email}, but {_named(holders)} differs only in capital letters, "
            "and this pool tells them apart.",
            f"Write it as {holders[0].email}.",
            found,
        )

    def _two(self, row: Row, target: str, users: list[User], subject: str, found: RowPerson) -> None:
        names = " and ".join(f"{user.label} (sub {user.sub})" for user in users[:4])
        more = f" and {len(users) - 4} more" if len(users) > 4 else ""
        means = "" if subject.endswith(":") else " mean different people:"
        found.user = None
        self._problem(
            row, target, f"{subject}{means} {names}{more}.", "Put the right sub in a column “sub”.", found
        )

    def _taken(self, row: Row, found: RowPerson) -> None:
        """An address or number that somebody else has already."""
        for target, value, holders in (
            ("email", row.email, self._people.in_any_case(NameKind.EMAIL, row.email)),
            ("phone_number", row.phone_number, self._people.holders(NameKind.PHONE, row.phone_number)),
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
                ProblemSeverity.ERROR if unique else ProblemSeverity.WARNING,
            )

    def _preferred(self, row: Row, found: RowPerson) -> None:
        """A preferred username that people sign in with is nobody else's, and nobody's username.

        Cognito answers such a row with an error about somebody else (aws/aws-sdk-net, issue 761).
        """
        alias = _alias(row, self._pool)
        if not alias:
            return
        target, title = str(NameKind.PREFERRED), WORDS[NameKind.PREFERRED]
        mine = found.user.sub if found.user else ""
        others = [user for user in self._people.holders(NameKind.PREFERRED, alias) if user.sub != mine]
        named = self._people.holders(NameKind.USERNAME, alias)
        own = row.username if found.user is None else ""
        what = ""
        if others:
            what = f"“{alias}” is the {title} of {_named(others)} already, and people sign in with it."
        elif named:
            what = f"“{alias}” is the username of {_named(named)}; a {title} can't be anybody's username."
        elif own and same_name(own, alias, self._pool):
            what = f"“{alias}” is the username in this row, too; a {title} can't be anybody's username."
        if what:
            self._problem(row, target, what, "Choose another one.", found, attribute=target)

    def _not_theirs(self, row: Row, target: str, value: str, found: RowPerson) -> None:
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
            ProblemSeverity.WARNING,
        )


def _named(users: list[User]) -> str:
    names = [f"{user.label} (username {user.username})" for user in users[:3]]
    return " and ".join(names) + (f" and {len(users) - 3} more" if len(users) > 3 else "")


def _word(target: str) -> str:
    return {"email": "e-mail address", "phone_number": "phone number"}[target]
