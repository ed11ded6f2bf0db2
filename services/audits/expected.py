"""A snapshot against a list of how it should be: missing, extra, different.

    wishes = from_table(read_file(data, "list.csv"), columns, pool)      # person → groups
    wishes = from_names(["ann@example.com", "bo"], "billing")           # one group and its people
    found = against(snapshot, wishes)

A list says something about the groups that it names (or about all, if asked), and about the people
on it (or about everybody, if asked). Whatever it doesn't speak of is no difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd
import pyarrow as pa

from services.audits.compare import GROUPS_OF
from services.audits.differences import (
    COLUMNS,
    MEMBER,
    OUTSIDE,
    DifferenceKind,
    Differences,
    lines_of,
    together,
)
from services.audits.people import people_sql
from services.audits.tables import statement_of
from services.bulk.columns import ColumnMap
from services.bulk.files.csv_file import CsvTable
from services.bulk.identity import names_in, whom
from services.bulk.model import PlanOptions, Problem, Row
from services.bulk.plan import check_file
from services.bulk.row_actions import UPDATE
from services.cognito.group_rules import provider_of
from services.cognito.models import User, UserPool
from services.cognito.people import loose_key
from services.directory.identify import Index, WrittenAs, written
from services.directory.lookup import TablesSource
from services.directory.people import storable
from services.directory.pool import PoolTables
from services.errors import InvalidValue


@dataclass(frozen=True)
class ExpectedList:
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
) -> ExpectedList:
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
    return ExpectedList(
        table.name or "List",
        tuple(_with_group(row, group) for row in rows),
        tuple(sorted(named, key=str.casefold)),
        whole,
        everybody,
        tuple(problems),
        tuple(notes),
    )


def from_names(texts: Sequence[str], group: str, *, title: str = "") -> ExpectedList:
    """One group that should hold exactly these people, each named by address, username, phone or sub."""
    rows = tuple(_named(number, text, group) for number, text in enumerate(texts, start=1))
    return ExpectedList(title or f"Members of {group}", rows, (group,))


def _named(number: int, text: str, group: str) -> Row:
    # `who` is looked up under every kind of name; the others are for whoever has to be created
    asked = written(text, "")
    if asked.writing is WrittenAs.ADDRESS and not asked.problem:
        return Row(number, who=text, email=asked.shown, attributes={"email": asked.shown}, groups=(group,))
    return Row(number, who=text, username=asked.shown, groups=(group,))


def _with_group(row: Row, group: str) -> Row:
    if not group or group in (row.groups or ()):
        return row
    return replace(row, groups=(*(row.groups or ()), group))


@dataclass
class _Expected:
    """What the list's rows about one person say, put together."""

    row: Row
    groups: set[str] = field(default_factory=set)
    whole: bool = False
    advice: str = ""


def against(snapshot: PoolTables, wishes: ExpectedList) -> Differences:
    """What differs between the pool as read and the list."""
    return _Comparison(snapshot, wishes).differences()


class _Comparison:
    """The pool's tables with the list beside them: `listed` (`sub`, `whole`: all of their groups are
    named), `perhaps` (`sub` of people whom a row may mean), `wanted_groups` (`sub`, `"group"`) and
    `wanted_values` (`sub`, `what`, `value`).

    Each of its questions answers lines as `services.audits.differences.COLUMNS`.
    """

    def __init__(self, snapshot: PoolTables, wishes: ExpectedList) -> None:
        self._snapshot, self._wishes = snapshot, wishes
        self._people = people_sql(snapshot)
        self._lines: list[dict[str, str]] = []
        self._newcomers: dict[tuple[str, str], Row] = {}
        self._perhaps: set[str] = set()

    def differences(self) -> Differences:
        expected = self._expected()
        with self._snapshot.cursor() as self._tables:
            self._register(expected)
            parts = [self._missing(), self._extra(), self._values(), self._others()]
            if self._wishes.everybody:
                parts.append(self._other_people())
        for problem in self._wishes.problems:
            remark = f"Row {problem.row}: {problem.what} {problem.fix}".strip()
            self._lines.append({"kind": DifferenceKind.UNCLEAR, "what": problem.column, "remark": remark})
        lines = together([lines_of(self._lines), *parts])
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

    def _expected(self) -> dict[str, _Expected]:
        """What the list says of each person found, by sub; the others become lines."""
        rows, pool = self._wishes.rows, self._snapshot.about.pool
        source = TablesSource(self._snapshot)
        index = Index(pool, source.holders([list(names_in(row, pool)) for row in rows]))
        found: dict[str, _Expected] = {}
        missing: dict[str, _Expected] = {}
        for row in rows:
            answer = whom(row, index)
            if len(answer.users) > 1:
                self._unclear(row, answer.users)
                continue
            if answer.person:
                person = found.setdefault(answer.person.sub, _Expected(row))
            else:
                person = missing.setdefault(loose_key(row.label), _Expected(row, advice=answer.advice))
            person.groups |= set(row.groups or ())
            person.whole |= row.whole_memberships
        for person in missing.values():
            self._absent(person)
        return found

    def _unclear(self, row: Row, users: Sequence[User]) -> None:
        self._perhaps |= {user.sub for user in users}
        who = ", ".join(f"{user.label} ({user.username})" for user in users[:4])
        more = f" and {len(users) - 4} more" if len(users) > 4 else ""
        remark = f"Row {row.number} fits {len(users)} people: {who}{more}."
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

    def _register(self, expected: Mapping[str, _Expected]) -> None:
        """Load the list into the pool's engine as tables, so that queries can compare both."""
        whole = [(sub, person.whole or self._wishes.all_groups) for sub, person in expected.items()]
        groups = [(sub, name) for sub, person in expected.items() for name in person.groups]
        values = [(sub, *said) for sub, person in expected.items() for said in _said(person.row)]
        for name, columns, rows in (
            ("listed", ("sub", "whole"), whole),
            ("perhaps", ("sub",), [(sub,) for sub in self._perhaps]),
            ("wanted_groups", ("sub", "group"), groups),
            ("wanted_values", ("sub", "what", "value"), values),
        ):
            self._tables.register(name, _table(columns, rows))

    def _missing(self) -> pd.DataFrame:
        """Groups that the list gives people who aren't in them."""
        found = self._ask(
            '"group" AS what FROM wanted_groups w ANTI JOIN memberships m USING (sub, "group") '
            f"JOIN {self._people} p USING (sub)",
            {},
        )
        listed = self._snapshot.group_names
        unread = found["what"].isin(
            self._snapshot.completeness.unread_among([*listed, *self._wishes.groups], listed)
        )
        found["kind"], found["before"], found["after"] = str(DifferenceKind.MISSING), OUTSIDE, MEMBER
        found.loc[~found["what"].isin(listed), "remark"] = "There is no such group."
        found.loc[unread, "remark"] = "Not all members of this group could be read."
        found.loc[unread, "kind"], found.loc[unread, "before"] = str(DifferenceKind.UNTOLD), "?"
        return found

    def _extra(self) -> pd.DataFrame:
        """Groups of people on the list that it doesn't give them, as far as it speaks of these groups."""
        automatic = [name for name in self._snapshot.group_names if self._is_automatic(name)]
        return self._ask(
            f'"group" AS what FROM memberships m ANTI JOIN wanted_groups w USING (sub, "group") '
            f"JOIN listed l USING (sub) JOIN {self._people} p USING (sub) "
            'WHERE if(whole, NOT list_contains($automatic, "group"), list_contains($named, "group"))',
            {"automatic": automatic, "named": list(self._wishes.groups)},
            kind=DifferenceKind.EXTRA,
            before=MEMBER,
            after=OUTSIDE,
        )

    def _is_automatic(self, group: str) -> bool:
        return bool(provider_of(group, self._snapshot.about.pool.id))

    def _values(self) -> pd.DataFrame:
        """Values of people on the list that differ from what it says."""
        whats = self._tables.execute("SELECT DISTINCT what FROM wanted_values ORDER BY what").fetchall()
        parts = []
        for (what,) in whats:
            now = _ENABLED if what == "enabled" else f"coalesce({self._snapshot.column(what)}, '')"
            found = self._ask(
                f"before, value AS after FROM wanted_values w JOIN {self._people} p USING (sub) "
                f"JOIN (SELECT sub, {now} AS before FROM users) u USING (sub) WHERE w.what = $asked",
                {"asked": what},
                kind=DifferenceKind.DIFFERENT,
                what=what,
            )
            compared = [
                found[side].map(loose_key if what == "email" else str) for side in ("before", "after")
            ]
            parts.append(found[compared[0] != compared[1]])
        return together(parts)

    def _others(self) -> pd.DataFrame:
        """People who aren't on the list, in a group that it speaks of."""
        return self._ask(
            f'"group" AS what FROM memberships m JOIN {self._people} p USING (sub) {_NOT_LISTED} '
            'WHERE list_contains($named, "group")',
            {"named": list(self._wishes.groups)},
            kind=DifferenceKind.EXTRA,
            before=MEMBER,
            after=OUTSIDE,
            remark=self._not_listed(),
        )

    def _other_people(self) -> pd.DataFrame:
        """People who aren't on the list."""
        return self._ask(
            f"{GROUPS_OF.format(memberships='memberships')} AS before FROM {self._people} p {_NOT_LISTED}",
            {},
            kind=DifferenceKind.EXTRA_PERSON,
            what="person",
            remark=self._not_listed(),
        )

    def _not_listed(self) -> str:
        lost = len(self._wishes.problems)
        return f"Not on the list, but {lost} cells of it can't be read." if lost else "Not on the list."

    def _ask(self, sql: str, values: Mapping[str, Any], **same: str) -> pd.DataFrame:
        """Lines about people `p`. `same` stands in each; `values` fill the query's `$name`s."""
        person = "p.sub, p.username, p.label AS person, p.name"
        found = self._tables.execute(f"SELECT {person}, {sql} ORDER BY p.row", values).df()
        told = {name: str(text) for name, text in same.items()}
        return found.assign(**told).reindex(columns=COLUMNS).astype(object).fillna("")


_NOT_LISTED = "ANTI JOIN listed l USING (sub) ANTI JOIN perhaps o USING (sub)"
_ENABLED = "CASE WHEN coalesce(enabled, false) THEN 'enabled' ELSE 'disabled' END"


def _said(row: Row) -> Iterator[tuple[str, str]]:
    """What a row says of a person's values, by attribute."""
    yield from row.attributes.items()
    yield from ((name, "") for name in row.clear)
    if row.enabled is not None:
        yield "enabled", "enabled" if row.enabled else "disabled"


def _table(columns: Sequence[str], rows: Sequence[tuple[str | bool, ...]]) -> pa.Table:
    """Rows of texts, and of yes or no under `whole`, as a table."""
    kinds = [pa.bool_() if name == "whole" else pa.string() for name in columns]
    cells = [[storable(cell) if isinstance(cell, str) else cell for cell in row] for row in rows]
    arrays = [pa.array([row[at] for row in cells], kind) for at, kind in enumerate(kinds)]
    return pa.table(arrays, list(columns))
