"""Rows of a file → what they ask, with every problem that can be seen without the pool's people.

Problems of attribute values carry the attribute's name, because a value that the person has
already is no problem of this file: `services.bulk.plan` drops those.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

from services.bulk.columns import ColumnMap
from services.bulk.csv_file import CsvTable, Record
from services.bulk.model import PlanOptions, Problem, Row, Severity
from services.bulk.row_actions import (
    ADD_TO_GROUPS,
    CLEAR_ATTRIBUTES,
    CREATE,
    GROUP_ACTIONS,
    REMOVE_FROM_GROUPS,
    WRITING,
    RowAction,
    action_of,
    row_actions,
)
from services.cognito import passwords
from services.cognito.attributes import rules_for, title_of
from services.cognito.models import UserPool
from services.cognito.written import nfc
from services.csv_safe import CLEAR, restore
from services.csv_safe import join_groups as join_groups

# What a single cell says: nothing, "clear it", or a value, in the forms that people type.

_YES = frozenset({"true", "yes", "y", "1", "x", "enabled", "active", "ja"})
_NO = frozenset({"false", "no", "n", "0", "disabled", "inactive", "nein"})
_MEDIA = {
    "email": "EMAIL",
    "e-mail": "EMAIL",
    "mail": "EMAIL",
    "sms": "SMS",
    "text": "SMS",
    "phone": "SMS",
}
_NO_MESSAGE = frozenset({"none", "no", "suppress", "false", "n"})
_AWS_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})\Z")


@dataclass(frozen=True, slots=True)
class CellText:
    """A cell as it was meant: `clear` for the mark that empties a value, else the value's text."""

    text: str = ""
    clear: bool = False

    def __bool__(self) -> bool:
        return self.clear or bool(self.text)


NOTHING = CellText()
CLEARED = CellText(clear=True)


def cell_text(raw: str) -> CellText:
    """Empty leaves alone, a lone hyphen clears, anything else is the value (formula-safe cells restored)."""
    if raw.strip() == CLEAR:
        return CLEARED
    # restored before spaces at its end go: they may be all that an apostrophe was put before
    text = restore(raw.lstrip()).strip()
    return CellText(text) if text else NOTHING


def yes_or_no(text: str) -> bool | None:
    """True, False, or None when the text says neither."""
    word = text.casefold()
    return True if word in _YES else False if word in _NO else None


def media_of(text: str) -> tuple[str, ...] | None:
    """EMAIL and/or SMS as Cognito calls them; () for no message; None when the text says neither."""
    if text.casefold() in _NO_MESSAGE:
        return ()
    if text.casefold() == "both":
        return ("EMAIL", "SMS")
    found = []
    for word in re.split(r"[+,;/&\s]+", text.casefold()):
        if word not in _MEDIA:
            return None
        found.append(_MEDIA[word])
    return tuple(dict.fromkeys(found))


def split_groups(text: str) -> tuple[str, ...]:
    r"""Group names from one cell: separated by ; or a line break; `\;` is a semicolon in a name."""
    names: list[str] = []
    current: list[str] = []
    marks = iter(text)
    for mark in marks:
        if mark == "\\":
            following = next(marks, "")
            current.append(following if following in (";", "\\") else f"\\{following}")
        elif mark in ";\r\n":
            names.append("".join(current))
            current = []
        else:
            current.append(mark)
    names.append("".join(current))
    return tuple(dict.fromkeys(name.strip() for name in names if name.strip()))


def aws_date(text: str) -> str:
    """AWS's import files write dates of birth as mm/dd/yyyy: the same date as Cognito keeps it."""
    match = _AWS_DATE.match(text)
    if not match:
        return text
    month, day, year = (int(part) for part in match.groups())
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return text


LONGEST_NOTE = 1_000
PASSWORD_TARGETS = ("temporary_password", "password")
_CONTROL_TARGETS = frozenset(
    {
        "action",
        "username",
        "sub",
        "groups",
        "all_groups",
        "enabled",
        "temporary_password",
        "password",
        "delivery",
        "note",
    }
)


def read_rows(
    table: CsvTable, columns: ColumnMap, pool: UserPool, options: PlanOptions
) -> Iterator[tuple[Row, list[Problem]]]:
    """Every filled row of the file in its order, with all its problems. Nothing is kept in memory."""
    reader = RowReader(columns, pool, options, aws_dialect=table.aws_dialect)
    for record in table.rows():
        yield reader.read(record)


@dataclass
class _Reading:
    """A row being read: values so far, and problems with the cell they belong to."""

    number: int
    heading: Callable[[str], str]
    problems: list[Problem] = field(default_factory=list)

    def problem(
        self, target: str, what: str, fix: str, *, attribute: str = "", severity: Severity = Severity.ERROR
    ) -> None:
        heading = self.heading(target) if target else ""
        self.problems.append(Problem(self.number, heading, what, fix, severity, attribute))


class RowReader:
    """Reads rows of one file for one pool; compiled once, used for every row."""

    def __init__(
        self, columns: ColumnMap, pool: UserPool, options: PlanOptions, *, aws_dialect: bool = False
    ) -> None:
        self._columns = columns
        self._width = len(columns.columns)
        self._used = columns.used
        self._attributes = [
            (name, index) for name, index in self._used.items() if name not in _CONTROL_TARGETS
        ]
        self._rules = rules_for(pool)
        self._policy = pool.policy
        self._options = options
        self._aws = aws_dialect

    def read(self, record: Record) -> tuple[Row, list[Problem]]:
        """What one row asks, and everything wrong with it."""
        draft = _Reading(record.number, self._columns.heading_of)
        self._extra_cells(record, draft)
        action = self._action(record, draft)
        attributes, clear = self._values(record, action, draft)
        groups, whole = self._groups(record, action, draft)
        temporary, permanent = self._passwords(record, draft)
        row = Row(
            number=record.number,
            action=action,
            sub=self._text(record, "sub"),
            username=self._text(record, "username"),
            email=attributes.get("email", ""),
            phone_number=attributes.get("phone_number", ""),
            attributes=attributes,
            clear=clear,
            groups=groups,
            whole_memberships=whole,
            enabled=self._enabled(record, draft),
            delivery=self._delivery(record, draft),
            note=self._text(record, "note")[:LONGEST_NOTE],
            temporary_password=temporary,
            password=permanent,
            cells=self._without_passwords(record.cells),
        )
        self._identity(row, record, draft)
        return row, draft.problems

    def _cell(self, record: Record, target: str) -> CellText:
        index = self._used.get(target)
        return cell_text(record.cells[index]) if index is not None else NOTHING

    def _text(self, record: Record, target: str) -> str:
        return nfc(self._cell(record, target).text)

    def _without_passwords(self, raw: tuple[str, ...]) -> tuple[str, ...]:
        """The row's cells as they are kept for reports: passwords have a safer place of their own."""
        hidden = {self._used[name] for name in PASSWORD_TARGETS if name in self._used}
        return tuple("" if i in hidden else cell for i, cell in enumerate(raw)) if hidden else raw

    def _extra_cells(self, record: Record, draft: _Reading) -> None:
        if any(cell.strip() for cell in record.cells[self._width :]):
            draft.problem(
                "",
                f"The row has {len(record.cells)} cells, but there are {self._width} columns.",
                "Often a cell with a comma or semicolon isn't in quotation marks.",
            )

    def _action(self, record: Record, draft: _Reading) -> RowAction:
        cell = self._cell(record, "action")
        if not cell:
            return self._options.action
        found = action_of(cell.text)
        if found is None:
            draft.problem(
                "action",
                f"“{_short(cell.text or '-')}” is no action.",
                f"Use one of: {', '.join(row_actions())}.",
            )
        return found or self._options.action

    def _values(
        self, record: Record, action: RowAction, draft: _Reading
    ) -> tuple[dict[str, str], tuple[str, ...]]:
        values: dict[str, str] = {}
        clear: list[str] = []
        judged = action in WRITING
        for name, index in self._attributes:
            cell = cell_text(record.cells[index])
            if cell.clear:
                clear.append(name)
            elif cell.text:
                value = self._rules.tidy(name, self._dated(name, cell.text))
                values[name] = value
                if judged or name in ("email", "phone_number"):
                    self._judge(name, value, draft)
        if action == CLEAR_ATTRIBUTES and not clear:
            draft.problem("", "The row names nothing to clear.", "Write - in the cells to be cleared.")
        return values, tuple(clear)

    def _dated(self, name: str, text: str) -> str:
        return aws_date(text) if self._aws and name == "birthdate" else text

    def _judge(self, name: str, value: str, draft: _Reading) -> None:
        for text in self._rules.problems(name, value, creating=True):
            what, fix = explained(name, value, text)
            draft.problem(name, what, fix, attribute=name)

    def _groups(
        self, record: Record, action: RowAction, draft: _Reading
    ) -> tuple[tuple[str, ...] | None, bool]:
        exact = self._cell(record, "all_groups")
        target = "all_groups" if exact else "groups"
        cell = exact or self._cell(record, "groups")
        needed = action in GROUP_ACTIONS
        if not cell:
            if needed:
                draft.problem(
                    target, f"{action} needs group names.", "Fill in the groups, with ; between them."
                )
            return None, False
        if cell.clear and action in (ADD_TO_GROUPS, REMOVE_FROM_GROUPS, CREATE):
            draft.problem(target, f"- doesn't name a group for {action}.", "Write the names of the groups.")
        names = split_groups(nfc(cell.text))
        return names, (bool(exact) or cell.clear) and action in WRITING

    def _enabled(self, record: Record, draft: _Reading) -> bool | None:
        cell = self._cell(record, "enabled")
        if not cell:
            return None
        found = yes_or_no(cell.text)
        if found is None:
            draft.problem(
                "enabled", f"“{_short(cell.text or '-')}” is neither true nor false.", "Write true or false."
            )
        return found

    def _delivery(self, record: Record, draft: _Reading) -> tuple[str, ...] | None:
        cell = self._cell(record, "delivery")
        if not cell:
            return None
        found = () if cell.clear else media_of(cell.text)
        if found is None:
            draft.problem(
                "delivery",
                f"“{_short(cell.text)}” is no way to send an invitation.",
                "Write none, email, sms or email+sms.",
            )
        return found

    def _passwords(self, record: Record, draft: _Reading) -> tuple[str, str]:
        found = []
        for target in PASSWORD_TARGETS:
            cell = self._cell(record, target)
            if cell.clear:
                draft.problem(
                    target, "A password can't be cleared.", "Leave the cell empty, or write a password."
                )
            if cell.text:
                for text in passwords.problems(cell.text, self._policy):
                    what, fix = split_sentence(text)
                    draft.problem(target, what, fix or "Choose another password, or leave the cell empty.")
            found.append(cell.text)
        if all(found):
            draft.problem(
                "password",
                "The row has both a temporary and a permanent password.",
                "Leave one of the two cells empty.",
            )
        return found[0], found[1]

    def _identity(self, row: Row, record: Record, draft: _Reading) -> None:
        if not (row.sub or row.username or row.email or row.phone_number):
            draft.problem(
                "",
                "The row doesn't say who is meant.",
                "Fill in username, email, phone_number or sub.",
            )
        for target in ("username", "sub"):
            if self._cell(record, target).clear:
                draft.problem(
                    target, f"The {target} can't be cleared.", "Leave the cell empty, or say who is meant."
                )


def explained(name: str, value: str, text: str) -> tuple[str, str]:
    """A sentence about an attribute's value as (what is wrong, how to fix it)."""
    what, fix = split_sentence(text)
    if fix:
        return what, fix
    return f"“{_short(value)}” can't be used as {title_of(name).lower()}.", text


def split_sentence(text: str) -> tuple[str, str]:
    """“What; how.” or “What. How.” as two sentences; the second is empty when there is none."""
    for mark in ("; ", ". "):
        what, found, fix = text.partition(mark)
        if found:
            return f"{what}.", fix[:1].upper() + fix[1:]
    return text, ""


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"
