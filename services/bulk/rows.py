"""Rows of a file → what they ask, with every problem that can be seen without the pool's people.

Problems of attribute values carry the attribute's name, because a value that the person has
already is no problem of this file: `services.bulk.plan` drops those.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from services.bulk.cells.aws_dates import aws_date, may_be_day_first, written_day_first
from services.bulk.cells.cell_text import NOTHING, CellText, cell_text, enabled_or_not, media_of, split_groups
from services.bulk.cells.damage import Damage, DamageKind
from services.bulk.cells.damage_checks import Check, check_of, damage, holds_entity
from services.bulk.columns import ColumnMap
from services.bulk.files.csv_file import CsvTable, FileRow
from services.bulk.files.no_person import begins_oddly, is_no_person
from services.bulk.last_days import NO_LAST_DAY, read_last_day, today_in
from services.bulk.model import PlanOptions, Problem, ProblemSeverity, Row
from services.bulk.row_actions import (
    ADD_TO_GROUPS,
    CLEAR_ATTRIBUTES,
    CREATE,
    GROUP_ACTIONS,
    LEAVER,
    REMOVE_FROM_GROUPS,
    WRITING,
    RowAction,
    action_of,
    row_actions,
    row_columns,
)
from services.bulk.row_shape import faults_of
from services.bulk.usernames import UsernamePattern
from services.cognito import passwords, phones
from services.cognito.attributes import AttributeRule, rules_for, title_of
from services.cognito.models import UserPool
from services.cognito.written import address_in, nfc

LONGEST_NOTE = 1_000
REMEMBERED = 1_000
"""Values of a column that are remembered as fine: most columns hold few different ones."""
_GROUP_TARGETS = frozenset({"groups", "all_groups"})
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
        "last_day",
    }
)


def read_rows(
    table: CsvTable, columns: ColumnMap, pool: UserPool, options: PlanOptions
) -> Iterator[tuple[Row, list[Problem]]]:
    """Every filled row of the file in its order, with all its problems. Nothing is kept in memory."""
    reader = RowReader(columns, pool, options, aws_dialect=table.aws_dialect)
    if table.aws_dialect:
        reader.learn_days(table.rows())
    for record in table.rows():
        yield reader.read(record)


class _Look(NamedTuple):
    """How the cells of a column are looked at: what it means, where it stands, its check, None for none, and
    cells in which nothing was found."""

    target: str
    at: int
    check: Check | None
    sound: dict[str, CellText]


@dataclass(slots=True)
class _RowBeingRead:
    """A row being read: values so far, and problems with the cell they belong to."""

    number: int
    heading: Callable[[str], str]
    problems: list[Problem] = field(default_factory=list)
    read: dict[str, CellText] = field(default_factory=dict)
    damaged: set[str] = field(default_factory=set)

    def problem(
        self,
        target: str,
        what: str,
        fix: str,
        *,
        attribute: str = "",
        severity: ProblemSeverity = ProblemSeverity.ERROR,
        kind: str = "",
        repairable: bool = False,
    ) -> None:
        heading = self.heading(target) if target else ""
        self.problems.append(Problem(self.number, heading, what, fix, severity, attribute, kind, repairable))

    def text(self, target: str) -> str:
        return nfc(self.cell(target).text)

    def cell(self, target: str) -> CellText:
        return self.read.get(target, NOTHING)


class RowReader:
    """Reads rows of one file for one pool; compiled once, used for every row."""

    def __init__(
        self, columns: ColumnMap, pool: UserPool, options: PlanOptions, *, aws_dialect: bool = False
    ) -> None:
        self._aws = aws_dialect
        self._columns = columns
        self._width = len(columns.columns)
        self._used = columns.used
        own = row_columns()
        self._own = [name for name in self._used if name in own]
        self._choices = {name for name in self._own if own[name].choices}
        self._attributes = [name for name in self._used if name not in _CONTROL_TARGETS and name not in own]
        self._plain_attributes = frozenset(self._attributes) - {"email", "phone_number"}
        self._types = {
            attribute.name: attribute.data_type
            for attribute in pool.schema
            if attribute.name in self._attributes
        }
        self._looked_at = self._looks(self._used.keys() - self._plain_attributes)
        self._looked_at_writing = self._looks(self._used.keys())
        self._sound_groups: set[str] = set()
        self._pool = pool
        self._rules = rules_for(pool)
        self._judged = [(self._rule_of(name), dict[str, str]()) for name in self._attributes]
        self._has_passwords = any(name in self._used for name in PASSWORD_TARGETS)
        self._policy = pool.policy
        self._options = options
        self._pattern = UsernamePattern(options.usernames, pool) if options.usernames else None
        self._day_first = ""
        self._today = today_in(options.zone)

    def _looks(self, checked: AbstractSet[str]) -> list[_Look]:
        """How each column's cells are looked at; those without a choice of their own are `checked`."""
        return [
            _Look(name, at, self._check_of(name) if name in checked - self._choices else None, {})
            for name, at in self._used.items()
        ]

    def _check_of(self, name: str) -> Check:
        check = check_of(name, self._columns.heading_of(name).casefold(), self._types.get(name, "String"))
        if name == "email":
            return lambda text: check(address_in(text))
        if name == "birthdate" and self._aws:
            return lambda text: check(aws_date(text))
        if name in _GROUP_TARGETS:  # of several groups each name is looked at for itself
            return lambda text: check(text) if len(split_groups(text)) < 2 or holds_entity(text) else None
        return check

    def _rule_of(self, name: str) -> AttributeRule:
        rule = self._rules.of(name)
        if self._aws and name == "birthdate":
            return rule._replace(tidy=lambda text: rule.tidy(aws_date(text)))
        return rule

    def learn_days(self, records: Iterable[FileRow]) -> None:
        """Note whether birthdates of AWS's dialect show that a spreadsheet has put their day first."""
        if (at := self._used.get("birthdate")) is not None:
            self._day_first = written_day_first(record.cells[at] for record in records)

    def read(self, record: FileRow) -> tuple[Row, list[Problem]]:
        """What one row asks, and everything wrong with it."""
        draft = _RowBeingRead(record.number, self._columns.heading_of)
        action = self._read_cells(record, draft)
        attributes, clear = self._values(action, draft)
        groups, whole = self._groups(action, draft)
        temporary, permanent = self._passwords(draft) if self._has_passwords else ("", "")
        row = Row(
            number=record.number,
            action=action,
            sub=draft.text("sub"),
            username=draft.text("username"),
            email=attributes.get("email", ""),
            phone_number=attributes.get("phone_number", ""),
            attributes=attributes,
            clear=clear,
            groups=groups,
            whole_memberships=whole,
            enabled=self._enabled(draft) if "enabled" in self._used else None,
            delivery=self._delivery(draft) if "delivery" in self._used else None,
            note=draft.text("note")[:LONGEST_NOTE] if "note" in self._used else "",
            temporary_password=temporary,
            password=permanent,
            cells=self._without_passwords(record.cells),
            values={name: draft.text(name) for name in self._own},
            last_day=self._last_day(action, draft) if "last_day" in self._used else None,
        )
        row = self._named(row)
        self._identity(row, draft)
        self._shape(record, draft)
        self._total(record, draft)
        return row, draft.problems

    def _named(self, row: Row) -> Row:
        """A row that only the username made of it can tell; others are told by address or number."""
        pattern = self._pattern
        if pattern is None or row.email or row.phone_number or not pattern.applies_to(row):
            return row
        return replace(row, username=pattern.username(row), username_made=True)

    def _shape(self, record: FileRow, draft: _RowBeingRead) -> None:
        for fault in faults_of(record, self._width, draft.cell("username").text):
            accepted = fault.kind in self._options.accept
            severity = ProblemSeverity.WARNING if accepted else ProblemSeverity.ERROR
            draft.problem(
                fault.target,
                fault.what,
                fault.fix,
                severity=severity,
                kind=fault.kind,
                attribute=fault.target,
            )

    def _total(self, record: FileRow, draft: _RowBeingRead) -> None:
        """A line of totals below the list looks like one more person."""
        if not begins_oddly(record.cells[0]) and any(record.cells[1:]):
            return  # most rows
        filled = [cell for cell in map(str.strip, record.cells) if cell]
        if filled and is_no_person(filled, self._width):
            accepted = DamageKind.TOTAL in self._options.accept
            if not accepted:
                draft.problems.clear()  # what its cells hold is nobody's
            draft.problem(
                "",
                f"The row begins with “{_short(filled[0])}”, as totals and the ends of reports do.",
                "Leave it out, if it is no person.",
                severity=ProblemSeverity.WARNING if accepted else ProblemSeverity.ERROR,
                kind=DamageKind.TOTAL,
            )

    def _read_cells(self, record: FileRow, draft: _RowBeingRead) -> RowAction:
        """Note what each cell says, damage looked for; the answer is the row's action."""
        raw = record.cells
        if (at := self._used.get("action")) is not None and raw[at]:
            draft.read["action"] = cell_text(raw[at])
        action = self._action(draft)
        read = draft.read
        for target, at, check, sound in self._looked_at_writing if action in WRITING else self._looked_at:
            written = raw[at]
            if not written:
                continue
            cell = sound.get(written)
            if cell is None:
                cell = cell_text(written)
                if check is not None and cell.text and (found := check(cell.text)) is not None:
                    cell = self._settled(target, cell, found, draft)
                elif len(sound) < REMEMBERED:
                    sound[written] = cell
            read[target] = cell
        return action

    def _settled(self, target: str, cell: CellText, found: Damage, draft: _RowBeingRead) -> CellText:
        """A damaged cell as it is to be taken: as it stands, or put right where that was chosen."""
        name = target if target in self._types or target == "username" else ""
        repaired = found.kind in self._options.repair and found.likely is not None and not found.never
        if repaired:
            what = f"{found.what} Put right: {f'“{found.likely}”' if found.likely else 'empty'}."
            draft.problem(target, what, "", severity=ProblemSeverity.WARNING, kind=found.kind)
            return CellText(found.likely or "")
        accepted = found.kind in self._options.accept and not found.never
        if not accepted:
            draft.damaged.add(target)
        draft.problem(
            target,
            found.what,
            found.fix,
            attribute=name,
            severity=ProblemSeverity.WARNING if accepted else ProblemSeverity.ERROR,
            kind=found.kind,
            repairable=found.likely is not None,
        )
        return cell

    def _without_passwords(self, raw: tuple[str, ...]) -> tuple[str, ...]:
        """The row's cells as they are kept for reports: passwords have a safer place of their own."""
        if not self._has_passwords:
            return raw
        hidden = {self._used[name] for name in PASSWORD_TARGETS if name in self._used}
        return tuple("" if i in hidden else cell for i, cell in enumerate(raw))

    def _action(self, draft: _RowBeingRead) -> RowAction:
        cell = draft.read.get("action")
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

    def _values(self, action: RowAction, draft: _RowBeingRead) -> tuple[dict[str, str], tuple[str, ...]]:
        values: dict[str, str] = {}
        clear: list[str] = []
        judged = action in WRITING
        read = draft.read
        for rule, fine in self._judged:
            name = rule.name
            if (cell := read.get(name)) is None:
                continue
            if cell.clear:
                clear.append(name)
            elif (known := fine.get(cell.text)) is not None:
                values[name] = known
            elif name == "phone_number" and cell.text:
                values[name] = self._number(cell.text, draft)
            elif cell.text:
                value = values[name] = rule.tidy(cell.text)
                if name in draft.damaged or not (judged or name == "email"):
                    continue  # one complaint about a cell is enough
                if self._is_fine(rule, cell.text, value, draft) and len(fine) < REMEMBERED:
                    fine[cell.text] = value
        if action == CLEAR_ATTRIBUTES and not clear:
            draft.problem("", "The row names nothing to clear.", "Write - in the cells to be cleared.")
        return values, tuple(clear)

    def _number(self, text: str, draft: _RowBeingRead) -> str:
        """A phone number as Cognito keeps it; the text itself, with its problem, where it is none."""
        phone = phones.read(text, self._pool.phone_region)
        if not phone.problem or "phone_number" in draft.damaged:
            return phone.number or text
        what, fix = what_and_fix("phone_number", text, phone.problem)
        likely = bool(phone.likely) and phones.there_is(phone.likely)
        if likely and DamageKind.PHONE in self._options.repair:
            warning = ProblemSeverity.WARNING
            done = f"{what} Put right: {phone.likely}."
            draft.problem("phone_number", done, "", severity=warning, kind=DamageKind.PHONE)
            return phone.likely
        kind = DamageKind.PHONE if likely else ""
        draft.problem("phone_number", what, fix, attribute="phone_number", kind=kind, repairable=likely)
        return text

    def _is_fine(self, rule: AttributeRule, cell: str, value: str, draft: _RowBeingRead) -> bool:
        """Whether nothing is wrong with a value; what is, is noted."""
        name, wrong = rule.name, rule.problems(value)
        either_way = bool(self._day_first) and name == "birthdate" and may_be_day_first(cell)
        if either_way:
            what = f"“{cell}” may be meant day first: so is “{self._day_first}” of the same file."
            draft.problem(name, what, "Write all birthdates as year-month-day.", attribute=name)
        for text in wrong:
            what, fix = what_and_fix(name, value, text)
            draft.problem(name, what, fix, attribute=name)
        return not wrong and not either_way

    def _groups(self, action: RowAction, draft: _RowBeingRead) -> tuple[tuple[str, ...] | None, bool]:
        exact = draft.read.get("all_groups")
        target = "all_groups" if exact else "groups"
        cell = exact or draft.read.get("groups")
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
        if len(names) > 1:
            names = tuple(filter(None, (self._group(target, name, draft) for name in names)))
        return names, (bool(exact) or cell.clear) and action in WRITING

    def _group(self, target: str, name: str, draft: _RowBeingRead) -> str:
        """One of several names of groups, empty where it isn't to count."""
        if name in self._sound_groups:
            return name
        found = damage(target, name)
        if found is not None:
            return self._settled(target, CellText(name), found, draft).text
        self._sound_groups.add(name)
        return name

    def _enabled(self, draft: _RowBeingRead) -> bool | None:
        cell = draft.cell("enabled")
        if not cell:
            return None
        found = enabled_or_not(cell.text)
        if found is None:
            draft.problem(
                "enabled", f"“{_short(cell.text or '-')}” is neither true nor false.", "Write true or false."
            )
        return found

    def _last_day(self, action: RowAction, draft: _RowBeingRead) -> date | None:
        """When somebody is to be seen off; None for now, which is also what a day that is over can mean."""
        cell = draft.cell("last_day")
        if not cell.text:
            if action == LEAVER:
                self._settled("last_day", cell, NO_LAST_DAY, draft)
            return None
        if action != LEAVER:
            draft.problem(
                "last_day",
                f"A last day is for leavers, and the row asks for {action}.",
                "Choose leavers for the file, write leaver as the row's action, or set the column to "
                "“not used”.",
            )
            return None
        found = read_last_day(cell.text, self._today)
        if not isinstance(found, Damage):
            return found
        settled = self._settled("last_day", cell, found, draft)
        if found.kind is DamageKind.PAST_DAY or "last_day" in draft.damaged:
            return None
        again = read_last_day(settled.text, self._today)
        if isinstance(again, Damage):
            draft.problem("last_day", again.what, again.fix)
            return None
        return again

    def _delivery(self, draft: _RowBeingRead) -> tuple[str, ...] | None:
        cell = draft.cell("delivery")
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

    def _passwords(self, draft: _RowBeingRead) -> tuple[str, str]:
        found = []
        for target in PASSWORD_TARGETS:
            cell = draft.cell(target)
            if cell.clear:
                draft.problem(
                    target, "A password can't be cleared.", "Leave the cell empty, or write a password."
                )
            if cell.text and target not in draft.damaged:
                for text in passwords.password_problems(cell.text, self._policy):
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

    def _identity(self, row: Row, draft: _RowBeingRead) -> None:
        if not (row.sub or row.username or row.email or row.phone_number):
            draft.problem(
                "",
                "The row doesn't say who is meant.",
                "Fill in username, email, phone_number or sub.",
            )
        for target in ("username", "sub"):
            if (cell := draft.read.get(target)) is not None and cell.clear:
                draft.problem(
                    target, f"The {target} can't be cleared.", "Leave the cell empty, or say who is meant."
                )


def what_and_fix(name: str, value: str, text: str) -> tuple[str, str]:
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
