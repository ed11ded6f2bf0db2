"""New people who are hardly meant: captions between rows, numbers for names, names and addresses that look
like others'.

Looked at once it is known who is in the pool: whoever is there already is meant, whatever they are called.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from services.bulk.cells.damage import PARTS_OF_NAMES, DamageKind
from services.bulk.cells.mail_domains import MailDomains
from services.bulk.cells.odd_addresses import doubt_of
from services.bulk.files.footers import footer_rows
from services.bulk.full_names import FullName, is_split, parts_of
from services.bulk.identity import RowPerson
from services.bulk.model import CheckedRow, Heading, PlanOptions, Problem, ProblemSeverity, Row
from services.bulk.reading import People
from services.bulk.row_actions import CREATING
from services.bulk.twins import OTHER_LETTERS, are_twins, difference, likeness
from services.bulk.usernames import is_of_names, plain_username
from services.cognito.models import User
from services.cognito.people import same_name
from services.cognito.phones import there_is

_BETWEEN_NAMES = re.compile(r"[._-]")
_FEWEST_OTHERS = 3
_FEW_NUMBERS, _SOME = 5, 0.2
"""So many phone numbers, or such a share of them, are an exception."""
_USUAL = 0.6
"""The share of rows with more than one filled cell from which on one cell alone is no usual row."""


class Doubts:
    """Looks at the rows of one file that would make somebody."""

    def __init__(
        self, rows: Sequence[CheckedRow], people: People, options: PlanOptions, heading: Heading
    ) -> None:
        self._people = people
        self._options = options
        self._heading = heading
        others = [_filled(row) > 1 for row, _ in rows]
        self._usually_more = sum(others) >= max(_FEWEST_OTHERS, _USUAL * len(others))
        self._numbered = {name for name in PARTS_OF_NAMES if _are_numbers(name, rows)}
        self._footers = footer_rows([row for row, _ in rows])
        self._numbers_usual = not most_numbers_doubtful(row for row, _ in rows)
        self._domains = MailDomains(row.attributes.get("email", "") for row, _ in rows)
        self._seen: dict[str, list[Row]] = {}
        self._known: dict[str, list[User]] = {}
        for user in people:
            self._known.setdefault(likeness(user.username), []).append(user)

    def of(self, row: Row, person: RowPerson) -> list[Problem]:
        """What speaks against making somebody of this row; to be asked in the order of the rows."""
        if person.user is not None or row.action not in CREATING:
            self._note(row)
            return [*self._phone_number(row)]
        found = [
            *self._phone_number(row),
            *self._caption(row),
            *self._numbers(row),
            *self._domain(row),
            *self._look_alike(row),
            *self._full_name(row),
        ]
        self._note(row)
        return found

    def _note(self, row: Row) -> None:
        if row.username:
            self._seen.setdefault(likeness(row.username), []).append(row)

    def _caption(self, row: Row) -> Iterator[Problem]:
        alone = self._usually_more and _filled(row) == 1
        if not alone and row.number not in self._footers:
            return
        text = next(cell.strip() for cell in row.cells if cell.strip())[:60]
        if alone:
            what = f"“{text}” is all that the row holds, and others hold more: it may be no person."
        else:
            what = f"The row of “{text}” stands behind an empty one and holds less than the list: no person?"
        yield self._problem(row, "", what, "Leave it out, if it is no person.", DamageKind.TOTAL)

    def _numbers(self, row: Row) -> Iterator[Problem]:
        for name in sorted((PARTS_OF_NAMES - self._numbered) & row.attributes.keys()):
            if not any(map(str.isalpha, row.attributes[name])):
                number = any(map(str.isdigit, row.attributes[name]))
                is_what = "is a number" if number else "holds no letter"
                what = f"“{row.attributes[name]}” {is_what}, and a name is due."
                fix = "Leave the cell empty, or write the name."
                yield self._problem(row, name, what, fix, DamageKind.EMPTY, attribute=name)

    def _full_name(self, row: Row) -> Iterator[Problem]:
        made = not row.username and is_of_names(self._options.usernames)
        if not (self._options.split_names or made) or not is_split(row.attributes):
            return
        full = row.attributes["name"]
        parts = parts_of(full)
        turned = parts.sure and "," not in full and _is_turned(parts, row.attributes.get("email", ""))
        if parts.sure and not turned:
            return
        would_be = f"{parts.first} (first name) and {parts.last} (last name)"
        what = f"“{full}” would be {would_be}, and nothing says where the last name begins."
        if turned:
            what = f"“{full}” would be {would_be}, and the address has the two the other way round."
        fix = "Write it as “last name, first name”, or the two in columns of their own."
        yield self._problem(row, "name", what, fix, DamageKind.FULL_NAME, attribute="name")

    def _domain(self, row: Row) -> Iterator[Problem]:
        address = row.attributes.get("email", "")
        doubt = doubt_of(address)
        if meant := self._domains.meant(address):
            what = (
                f"{address} is not an address of {meant}, but close to one: a stranger may get what is sent."
            )
            doubt = what, "Correct the address, unless it is right."
        if doubt:
            yield Problem(row.number, self._heading("email"), *doubt, ProblemSeverity.WARNING, "email")

    def _phone_number(self, row: Row) -> Iterator[Problem]:
        number = row.phone_number
        if self._numbers_usual and number.startswith("+") and not there_is(number):
            what = f"There seems to be no such number as {number}: a digit may be missing or wrong."
            fix = "Correct it, unless it is right."
            heading = self._heading("phone_number")
            yield Problem(row.number, heading, what, fix, ProblemSeverity.WARNING, "phone_number")

    def _look_alike(self, row: Row) -> Iterator[Problem]:
        if not row.username:
            return
        alike = likeness(row.username)
        rows = ((f"of row {twin.number}", twin.username) for twin in self._seen.get(alike, ()))
        people = ((f"of {user.label}", user.username) for user in self._known.get(alike, ()))
        for whose, username in (*rows, *people):
            if not are_twins(row.username, username) or same_name(row.username, username, self._people.pool):
                continue
            said = difference(row.username, username)
            kind = DamageKind.LOOK_ALIKE if said == OTHER_LETTERS else DamageKind.TWIN
            what = f"“{row.username}” looks like “{username}”, the username {whose}, and has {said}."
            fix = f"Write {username}, if the same person is meant."
            yield self._problem(row, "username", what, fix, kind)
            return

    def _problem(
        self, row: Row, target: str, what: str, fix: str, kind: DamageKind, attribute: str = ""
    ) -> Problem:
        accepted = kind in self._options.accept
        severity = ProblemSeverity.WARNING if accepted else ProblemSeverity.ERROR
        column = self._heading(target) if target else ""
        return Problem(row.number, column, what, fix, severity, attribute, kind)


def most_numbers_doubtful(rows: Iterable[Row]) -> bool:
    """Whether numbers such as there are none are no exception in a file: then that is said once, of all."""
    numbers = [row.phone_number for row in rows if row.phone_number.startswith("+")]
    none_such = sum(not there_is(number) for number in numbers)
    return none_such > max(_FEW_NUMBERS, _SOME * len(numbers))


def told_of_numbers(rows: Iterable[Row]) -> tuple[str, ...]:
    """A remark where most numbers of a file are such as there are none."""
    if not most_numbers_doubtful(rows):
        return ()
    return (
        "Many phone numbers of the file seem to be none that there are: look whether digits are missing.",
    )


def namesake(row: Row, user: User, options: PlanOptions, heading: str) -> Problem:
    """The doubt about a row that would change somebody of whom it knows no more than a name: somebody new may
    be called the same."""
    accepted = DamageKind.NAMESAKE in options.accept
    return Problem(
        row.number,
        heading,
        f"{user.label} is called “{row.username}”, which was made of the names in the row; nothing else says "
        "whether it is the same person.",
        "If somebody new is meant, write an e-mail address or another username.",
        ProblemSeverity.WARNING if accepted else ProblemSeverity.ERROR,
        kind=DamageKind.NAMESAKE,
    )


def _is_turned(parts: FullName, address: str) -> bool:
    """Whether an address names the last name first, as where lists have it so: Nagy Sándor, sandor.nagy@…"""
    words = _BETWEEN_NAMES.split(address.partition("@")[0].casefold())
    return len(words) == 2 and words == [plain_username(parts.last), plain_username(parts.first)]


def with_doubts(
    rows: Sequence[CheckedRow],
    found: Iterable[RowPerson],
    people: People,
    options: PlanOptions,
    heading: Heading,
) -> list[CheckedRow]:
    """The rows of a file, in which what would make somebody who is hardly meant has a problem more.

    A kind of doubt that the row has a problem of already isn't said again.
    """
    doubts = Doubts(rows, people, options, heading)
    checked = []
    for (row, problems), person in zip(rows, found, strict=True):
        said = {problem.kind for problem in problems if problem.kind}
        wrong = {problem.attribute for problem in problems if problem.is_error and problem.attribute}
        more = [
            problem
            for problem in doubts.of(row, person)
            if (problem.kind not in said if problem.kind else problem.attribute not in wrong)
        ]
        checked.append((row, [*problems, *more] if more else problems))
    return checked


def _are_numbers(name: str, rows: Sequence[CheckedRow]) -> bool:
    """Whether most of the people in the file are called by numbers, as in trials."""
    given = [not any(map(str.isalpha, row.attributes[name])) for row, _ in rows if name in row.attributes]
    return sum(given) >= max(_FEWEST_OTHERS, _USUAL * len(given))


def _filled(row: Row) -> int:
    return sum(bool(cell.strip()) for cell in row.cells)
