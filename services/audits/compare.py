"""Two snapshots of one pool: who joined and left, which memberships, attributes and states changed.

    found = compare(older, newer)
    found.lines[found.lines["kind"] == DifferenceKind.GAINED]

Nobody has "left" because a page of the newer snapshot failed, and no group is "lost" because its
members could not be read: such lines are of the kind `UNTOLD` and say why.
"""

from __future__ import annotations

from datetime import tzinfo
from types import TracebackType
from typing import Any

import pandas as pd

from services.audits.differences import (
    COLUMNS,
    MEMBER,
    OUTSIDE,
    DifferenceKind,
    Differences,
    lines_of,
    together,
)
from services.audits.people import people_sql, status_title
from services.audits.tables import told_time
from services.directory.pool import PoolTables
from services.errors import InvalidValue
from services.words import file_time

UNREAD_PEOPLE = "People may be missing from the {which} snapshot."
UNREAD_MEMBERS = "Not all members of this group could be read for the {which} snapshot."


def compare(older: PoolTables, newer: PoolTables) -> Differences:
    """Everything that differs. Raises `InvalidValue` for snapshots of different pools."""
    if older.about.pool_key != newer.about.pool_key:
        raise InvalidValue(
            f"These are snapshots of different pools: {older.about.pool_name} and {newer.about.pool_name}.",
            "Choose two of the same pool.",
        )
    with _Pair(older, newer) as both:
        parts = [
            both.joined(),
            both.left(),
            both.memberships(DifferenceKind.GAINED),
            both.memberships(DifferenceKind.LOST),
            both.attributes(),
            both.states(),
            both.enabled(),
            _groups(older, newer),
        ]
    title = f"{file_time(older.about.taken_at)} → {file_time(newer.about.taken_at)}"
    complete = older.completeness.complete and newer.completeness.complete
    return Differences(title, _twins(together(parts)), statements(older, newer), complete)


def statements(older: PoolTables, newer: PoolTables, zone: tzinfo | None = None) -> tuple[str, ...]:
    """How far each of the two can be trusted."""
    return tuple(
        f"{which} snapshot, {told_time(snapshot.about.taken_at, zone)}: {snapshot.completeness.sentence}"
        for which, snapshot in (("Older", older), ("Newer", newer))
    )


class _Pair:
    """Two snapshots in one engine: the tables of the newer one, and `older_users`, `older_memberships`.

    Each of its questions answers lines as `services.audits.differences.COLUMNS`.
    """

    def __init__(self, older: PoolTables, newer: PoolTables) -> None:
        self._older, self._newer = older, newer
        self._tables = newer.cursor()
        for name, columns in (("users", "* EXCLUDE (text)"), ("memberships", "*")):
            self._tables.register(f"older_{name}", older.arrow(f"SELECT {columns} FROM {name}"))
        self._old = people_sql(older, "older_users")
        self._new = people_sql(newer)

    def __enter__(self) -> _Pair:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tables.close()

    def joined(self) -> pd.DataFrame:
        """People who are in the newer one only."""
        found = self._lines(
            f"SELECT $kind AS kind, sub, username, label AS person, name, 'person' AS what, '' AS before, "
            f"{GROUPS_OF.format(memberships='memberships')} AS after, '' AS remark, "
            "created > $taken AS sure "
            f"FROM {self._new} p ANTI JOIN older_users USING (sub)",
            kind=str(DifferenceKind.JOINED),
            taken=self._older.about.taken_at,
        )
        # whoever was created after the older reading began can't have been overlooked by it
        unsure = found.pop("sure") != True  # noqa: E712 - null is neither
        if not self._older.completeness.all_people:
            found.loc[unsure, "kind"] = str(DifferenceKind.UNTOLD)
            found.loc[unsure, "remark"] = (
                f"Joined, or only not seen before. {UNREAD_PEOPLE.format(which='older')}"
            )
        return found

    def left(self) -> pd.DataFrame:
        """People who are in the older one only."""
        known = self._newer.completeness.all_people
        return self._lines(
            f"SELECT $kind AS kind, sub, username, label AS person, name, 'person' AS what, "
            f"{GROUPS_OF.format(memberships='older_memberships')} AS before, '' AS after, $remark AS remark "
            f"FROM {self._old} p ANTI JOIN users USING (sub)",
            kind=str(DifferenceKind.LEFT if known else DifferenceKind.UNTOLD),
            remark="" if known else f"Left, or only not seen now. {UNREAD_PEOPLE.format(which='newer')}",
        )

    def memberships(self, kind: DifferenceKind) -> pd.DataFrame:
        """Groups gained, or lost, by people who are in both snapshots."""
        gained = kind is DifferenceKind.GAINED
        lacking, which = (self._older, "older") if gained else (self._newer, "newer")
        there, gone = ("memberships", "older_memberships")[:: 1 if gained else -1]
        every = {*self._older.group_names, *self._newer.group_names}
        found = self._lines(
            f'SELECT $kind AS kind, sub, username, label AS person, name, "group" AS what, '
            "$before AS before, $after AS after, '' AS remark "
            f'FROM (SELECT sub, "group" FROM {there} ANTI JOIN {gone} USING (sub, "group")) '
            f"JOIN {self._new} p USING (sub) SEMI JOIN older_users USING (sub)",
            kind=str(kind),
            before=OUTSIDE if gained else MEMBER,
            after=MEMBER if gained else OUTSIDE,
        )
        unsure = found["what"].isin(lacking.completeness.unread_among(every, lacking.group_names))
        found.loc[unsure, "kind"] = str(DifferenceKind.UNTOLD)
        found.loc[unsure, "before" if gained else "after"] = "?"
        found.loc[unsure, "remark"] = (
            f"{'Gained, or in it before' if gained else 'Lost, or still in it'}. "
            + UNREAD_MEMBERS.format(which=which)
        )
        return found

    def attributes(self) -> pd.DataFrame:
        """Values that changed; no value and an empty one are the same."""
        every = sorted({*self._older.attributes, *self._newer.attributes})
        if not every:
            return lines_of([])
        values = [
            (name, *(_value(pool, name, alias) for pool, alias in ((self._older, "o"), (self._newer, "n"))))
            for name in every
        ]
        named = {f"name{number}": name for number, name in enumerate(every)}
        listed = ", ".join(
            f"{{'what': $name{number}, 'before': {before}, 'after': {after}}}"
            for number, (_, before, after) in enumerate(values)
        )
        return self._lines(
            f"SELECT $kind AS kind, sub, username, label AS person, name, c.what, c.before, c.after, "
            "'' AS remark FROM ("
            f"SELECT n.row, unnest(list_filter([{listed}], lambda x: x.before <> x.after)) AS c "
            "FROM older_users o JOIN users n USING (sub) "
            f"WHERE {' OR '.join(f'{before} <> {after}' for _, before, after in values)}) "
            f"JOIN {self._new} p USING (row)",
            kind=str(DifferenceKind.ATTRIBUTE),
            **named,
        )

    def states(self) -> pd.DataFrame:
        """AWS's statuses that changed."""
        found = self._facts(DifferenceKind.STATUS, "status", "status")
        for side in ("before", "after"):
            found[side] = found[side].map(status_title)
        return found

    def enabled(self) -> pd.DataFrame:
        """Who was enabled or disabled."""
        return self._facts(DifferenceKind.ENABLED, "enabled", "if({}, 'enabled', 'disabled')")

    def _facts(self, kind: DifferenceKind, what: str, words: str) -> pd.DataFrame:
        """People of whom one column differs."""
        before, after = (
            words.format(f"{alias}.{what}") if "{}" in words else f"{alias}.{words}" for alias in ("o", "n")
        )
        return self._lines(
            f"SELECT $kind AS kind, n.sub, n.username, n.label AS person, n.name, $what AS what, "
            f"{before} AS before, {after} AS after, '' AS remark "
            f"FROM {self._old} o JOIN {self._new} n USING (sub) WHERE o.{what} <> n.{what}",
            kind=str(kind),
            what=what,
        )

    def _lines(self, sql: str, **values: Any) -> pd.DataFrame:
        found = self._tables.execute(sql, values).df()
        return found.astype(dict.fromkeys(COLUMNS, object))


GROUPS_OF = (
    'coalesce((SELECT string_agg("group", \'; \' ORDER BY casefolded("group")) '
    "FROM {memberships} m WHERE m.sub = p.sub), '')"
)
"""The groups of a person `p`, in reading order."""


def _value(pool: PoolTables, attribute: str, alias: str) -> str:
    """The value of an attribute of somebody in the table called `alias`; "" where there is none."""
    column = pool.column(attribute)
    return f"coalesce({alias}.{column}, '')" if column.startswith('"') else "''"


_GROUP_FACTS = ("description", "precedence", "role_arn")


def _groups(older: PoolTables, newer: PoolTables) -> pd.DataFrame:
    old, new = _group_facts(older), _group_facts(newer)
    lines = []
    for name in sorted(old.keys() | new.keys(), key=str.casefold):
        if name not in old:
            lines.append(_one_sided(name, DifferenceKind.GROUP_NEW, older, "older"))
        elif name not in new:
            lines.append(_one_sided(name, DifferenceKind.GROUP_GONE, newer, "newer"))
        else:
            lines += [
                {"kind": DifferenceKind.GROUP_CHANGED, "what": f"{name}: {fact}", "before": was, "after": now}
                for fact, was, now in zip(_GROUP_FACTS, old[name], new[name], strict=True)
                if was != now
            ]
    return lines_of([{**line, "kind": str(line["kind"])} for line in lines])


def _one_sided(name: str, kind: DifferenceKind, lacking: PoolTables, which: str) -> dict[str, str]:
    if lacking.completeness.all_groups:
        return {"kind": kind, "what": name}
    remark = f"{kind.capitalize()}, or only not seen. Groups may be missing from the {which} snapshot."
    return {"kind": DifferenceKind.UNTOLD, "what": name, "remark": remark}


def _group_facts(pool: PoolTables) -> dict[str, tuple[str, ...]]:
    facts = pool.rows("SELECT name, description, precedence, role_arn FROM groups")
    return {name: tuple("" if value is None else str(value) for value in found) for name, *found in facts}


def _twins(lines: pd.DataFrame) -> pd.DataFrame:
    """Say of somebody who left and joined under the same username that it may be one person."""
    left = lines[lines["kind"] == str(DifferenceKind.LEFT)]
    joined = lines[lines["kind"] == str(DifferenceKind.JOINED)]
    same = set(left["username"]) & set(joined["username"])
    if same:
        for part, word in ((left, "deleted and created anew"), (joined, "created anew after a deletion")):
            hit = part.index[part["username"].isin(same)]
            lines.loc[hit, "remark"] = f"Same username on both sides: {word}."
    return lines
