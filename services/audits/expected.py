"""A snapshot against a list of how it should be: missing, extra, different.

    wishes = from_table(read_file(data, "list.csv"), columns, pool)      # person → groups
    wishes = from_names(["ann@example.com", "bo"], "billing")           # one group and its people
    found = against(snapshot, wishes)

A list says something about the groups that it names (or about all, if asked), and about the people
on it (or about everybody, if asked). Whatever it doesn't speak of is no difference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from services.audits.differences import MEMBER, OUTSIDE, DifferenceKind, Differences, lines_of, together
from services.audits.people import people_sql
from services.audits.tables import statement_of
from services.bulk.columns import ColumnMap
from services.bulk.csv_file import CsvTable
from services.bulk.identity import names_in, whom
from services.bulk.model import PlanOptions, Problem, Row
from services.bulk.plan import check_file
from services.bulk.row_actions import UPDATE
from services.cognito.group_rules import provider_of
from services.cognito.models import UserPool
from services.cognito.people import loose_key
from services.directory.identify import Index, Writing, written
from services.directory.lookup import TablesSource
from services.directory.pool import PoolTables
from services.errors import InvalidValue


@dataclass(frozen=True)
class Wishes:
    """What a list says: a row per person (several rows of one person add up), and what can't be read.

    `groups`: the groups that the list speaks of. `all_groups`: it names every group that its people
    should be in. `everybody`: it names everybody who should be in the pool.
    """

    title: str
    rows: tuple[Row, ...]
    groups: tuple[str, ...] = ()
    all_groups: bool = False
    everybody: bool = False
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def from_table(
    table: CsvTable,
    columns: ColumnMap,
    pool: UserPool,
    *,
    group: str = "",
    all_groups: bool = False,
    everybody: bool = False,
) -> Wishes:
    """The wishes of a file: its columns mean what they mean on the onboarding page.

    `group`: everybody on the list should be in it, and nobody else. Cells with problems, and rows that
    can't be read at all, are left out and said. Raises `InvalidValue` when no column says who is meant.
    """
    unsettled = columns.problems()
    if unsettled:
        raise InvalidValue(unsettled[0].what, unsettled[0].fix, field="columns")
    rows: list[Row] = []
    problems: list[Problem] = []
    for row, found in check_file(table, columns, pool, PlanOptions(action=UPDATE)):
        # the words of the list are compared, not written: only who is meant has to be right
        wrong = [row for row in found if row.is_error and not row.attribute]
        problems += wrong
        if all(row.column for row in wrong):  # one cell is wrong, and the rest can be read
            rows.append(row)
    named = {name for row in rows for name in row.groups or ()} | ({group} if group else set())
    whole = all_groups or columns.index_of("all_groups") is not None
    unused = [column.heading for column in columns.unused]
    notes = [*table.notes, *([f"Not used: {', '.join(unused)}."] if unused else [])]
    return Wishes(
        table.name or "List",
        tuple(_with_group(row, group) for row in rows),
        tuple(sorted(named, key=str.casefold)),
        whole,
        everybody,
        tuple(problems),
        tuple(notes),
    )


def from_names(texts: Sequence[str], group: str, *, title: str = "") -> Wishes:
    """One group that should hold exactly these people, each named by address, username, phone or sub."""
    rows = tuple(_named(number, text, group) for number, text in enumerate(texts, start=1))
    return Wishes(title or f"Members of {group}", rows, (group,))


def _named(number: int, text: str, group: str) -> Row:
    # `who` is looked up under every kind of name; the others are for whoever has to be created
    asked = written(text)
    if asked.writing is Writing.ADDRESS and not asked.problem:
        return Row(number, who=text, email=asked.shown, attributes={"email": asked.shown}, groups=(group,))
    return Row(number, who=text, username=asked.shown, groups=(group,))


def _with_group(row: Row, group: str) -> Row:
    if not group or group in (row.groups or ()):
        return row
    return replace(row, groups=(*(row.groups or ()), group))


@dataclass
class _Expected:
    """What all rows of one person say together."""

    row: Row
    groups: set[str] = field(default_factory=set)
    speaks_of_groups: bool = False
    whole: bool = False
    advice: str = ""


def against(snapshot: PoolTables, wishes: Wishes) -> Differences:
    """What differs between the pool as read and the list."""
    return _Comparison(snapshot, wishes).differences()


class _Comparison:
    def __init__(self, snapshot: PoolTables, wishes: Wishes) -> None:
        self._snapshot, self._wishes = snapshot, wishes
        people = snapshot.arrow(f"SELECT * FROM {people_sql(snapshot)} ORDER BY row")
        self._rows = people["row"].to_pylist()
        self._subs = people["sub"].to_pylist()
        self._usernames = people["username"].to_pylist()
        self._labels = people["label"].to_pylist()
        self._names = people["name"].to_pylist()
        self._enabled = people["enabled"].to_pylist()
        self._held = snapshot.groups_of(self._rows)
        self._lines: list[dict[str, str]] = []
        self._newcomers: dict[tuple[str, str], Row] = {}
        self._perhaps: set[int] = set()
        self._columns: dict[str, list[str | None]] = {}
        self._unread = snapshot.completeness.unread_among(
            [*snapshot.group_names, *wishes.groups], snapshot.group_names
        )
        self._existing = set(snapshot.group_names)
        self._automatic = {
            group for group in snapshot.group_names if provider_of(group, snapshot.about.pool.id)
        }

    def differences(self) -> Differences:
        expected = self._expected()
        for place, wanted in expected.items():
            self._groups_of(place, wanted)
            self._values_of(place, wanted.row)
        self._others(expected)
        for problem in self._wishes.problems:
            remark = f"Row {problem.row}: {problem.what} {problem.fix}".strip()
            self._lines.append({"kind": DifferenceKind.UNCLEAR, "what": problem.column, "remark": remark})
        lines = together([lines_of(self._lines)])
        missing = lines[lines["kind"] == str(DifferenceKind.NO_PERSON)]
        newcomers = {
            int(index): self._newcomers[username, person]
            for index, username, person in zip(
                missing.index, missing["username"], missing["person"], strict=True
            )
        }
        said = statement_of(self._snapshot)
        complete = self._snapshot.completeness.complete
        return Differences(self._wishes.title, lines, (said, *self._wishes.notes), complete, newcomers)

    def _expected(self) -> dict[int, _Expected]:
        """What the list says of each person found; the others become lines."""
        rows, pool = self._wishes.rows, self._snapshot.about.pool
        source = TablesSource(self._snapshot)
        index = Index(pool, source.holders([list(names_in(row, pool)) for row in rows]))
        place_of = {sub: place for place, sub in enumerate(self._subs)}
        found: dict[int, _Expected] = {}
        missing: dict[str, _Expected] = {}
        for row in rows:
            answer = whom(row, index)
            places = [place_of[user.sub] for user in answer.users]
            if len(places) > 1:
                self._unclear(row, places)
                continue
            if places:
                person = found.setdefault(places[0], _Expected(row))
            else:
                person = missing.setdefault(loose_key(row.label), _Expected(row, advice=answer.advice))
            person.groups |= set(row.groups or ())
            person.speaks_of_groups |= row.groups is not None
            person.whole |= row.whole_memberships
        for person in missing.values():
            self._absent(person)
        return found

    def _unclear(self, row: Row, places: list[int]) -> None:
        self._perhaps |= set(places)
        who = ", ".join(f"{self._labels[place]} ({self._usernames[place]})" for place in places[:4])
        more = f" and {len(places) - 4} more" if len(places) > 4 else ""
        remark = f"Row {row.number} fits {len(places)} people: {who}{more}."
        self._lines.append({"kind": DifferenceKind.UNCLEAR, "person": row.label, "remark": remark})

    def _absent(self, person: _Expected) -> None:
        row = person.row
        line = {
            "kind": DifferenceKind.NO_PERSON,
            "sub": row.sub,
            "username": row.username,
            "person": row.label,
            "name": row.attributes.get("name", ""),
            "what": "person",
            "after": "; ".join(sorted(person.groups, key=str.casefold)),
            "remark": person.advice,
        }
        if self._snapshot.completeness.all_people:
            self._newcomers[row.username, row.label] = replace(row, groups=tuple(sorted(person.groups)))
        else:
            line |= {
                "kind": DifferenceKind.UNTOLD,
                "remark": "Not found, but people may be missing from the snapshot.",
            }
        self._lines.append(line)

    def _line(
        self, place: int, kind: DifferenceKind, what: str, before: str, after: str, remark: str = ""
    ) -> None:
        self._lines.append(
            {
                "kind": kind,
                "sub": self._subs[place],
                "username": self._usernames[place],
                "person": self._labels[place],
                "name": self._names[place],
                "what": what,
                "before": before,
                "after": after,
                "remark": remark,
            }
        )

    def _groups_of(self, place: int, person: _Expected) -> None:
        held = set(self._of(place))
        for name in sorted(person.groups - held, key=str.casefold):
            if name in self._unread:
                why = "Not all members of this group could be read."
                self._line(place, DifferenceKind.UNTOLD, name, "?", MEMBER, why)
            else:
                gone = "" if name in self._existing else "There is no such group."
                self._line(place, DifferenceKind.MISSING, name, OUTSIDE, MEMBER, gone)
        whole = person.whole or self._wishes.all_groups
        scope = (held - self._automatic) if whole else set(self._wishes.groups)
        for name in sorted((held & scope) - person.groups, key=str.casefold):
            self._line(place, DifferenceKind.EXTRA, name, MEMBER, OUTSIDE)

    def _values_of(self, place: int, row: Row) -> None:
        for name, wanted in sorted(row.attributes.items()):
            now = self._value(place, name)
            same = loose_key(now) == loose_key(wanted) if name == "email" else now == wanted
            if not same:
                self._line(place, DifferenceKind.DIFFERENT, name, now, wanted)
        for name in row.clear:
            if now := self._value(place, name):
                self._line(place, DifferenceKind.DIFFERENT, name, now, "")
        if row.enabled is not None and row.enabled != self._enabled[place]:
            words = ("disabled", "enabled")
            self._line(place, DifferenceKind.DIFFERENT, "enabled", words[not row.enabled], words[row.enabled])

    def _value(self, place: int, name: str) -> str:
        if name not in self._columns:
            values = self._snapshot.arrow(
                f"SELECT {self._snapshot.column(name)} AS value FROM users ORDER BY row"
            )
            self._columns[name] = values["value"].to_pylist()
        return self._columns[name][place] or ""

    def _others(self, expected: dict[int, _Expected]) -> None:
        """People who aren't on the list: in a group that it speaks of, or at all."""
        listed = {*expected, *self._perhaps}
        others = [place for place in range(len(self._subs)) if place not in listed]
        lost = len(self._wishes.problems)
        why = f"Not on the list, but {lost} cells of it can't be read." if lost else "Not on the list."
        named = set(self._wishes.groups)
        for place in others:
            for name in self._of(place):
                if name in named:
                    self._line(place, DifferenceKind.EXTRA, name, MEMBER, OUTSIDE, why)
        if self._wishes.everybody:
            for place in others:
                self._line(place, DifferenceKind.EXTRA_PERSON, "person", "; ".join(self._of(place)), "", why)

    def _of(self, place: int) -> tuple[str, ...]:
        """The groups of somebody, in reading order."""
        return self._held.get(self._rows[place], ())
