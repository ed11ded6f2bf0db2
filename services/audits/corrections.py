"""Differences that somebody chose → files for the bulk engine, and plans made from them.

Against a list, people become what the list says. Between two snapshots, what changed is put back as
it was before. Nothing is sent here: a plan is compared with the pool as it is now, and previewed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from services.audits.differences import DifferenceKind, Differences
from services.bulk.columns import recognise
from services.bulk.files.csv_file import read_file
from services.bulk.model import Plan, PlanOptions, Row
from services.bulk.plan import plan_file
from services.bulk.reading import Progress, no_progress
from services.bulk.row_actions import ADD_TO_GROUPS, CREATE, REMOVE_FROM_GROUPS, UPDATE, RowAction
from services.cognito.actions import DisableUser
from services.cognito.gateway import CognitoGateway
from services.csv_safe import CLEAR_CELL, Cell, join_groups, write_csv
from services.errors import InvalidValue

WHY_NOT: Mapping[DifferenceKind, str] = {
    DifferenceKind.LEFT: "Nobody gets their old sub back; create them anew on the onboarding page.",
    DifferenceKind.STATUS: "A status can't be set; see the actions on the person's page.",
    DifferenceKind.GROUP_NEW: "Groups are deleted on their own page.",
    DifferenceKind.GROUP_GONE: "Groups are created on the page Groups.",
    DifferenceKind.GROUP_CHANGED: "Groups are changed on their own page.",
    DifferenceKind.UNCLEAR: "First say in the list who is meant, best by a column “sub”.",
    DifferenceKind.UNTOLD: "First read the directory anew, so that it is complete.",
}
"""Kinds that no plan can set right, and what to do instead."""

WORDS: Mapping[DifferenceKind, str] = {
    DifferenceKind.JOINED: "disable the person",
    DifferenceKind.GAINED: "take out of the group",
    DifferenceKind.LOST: "put back into the group",
    DifferenceKind.ATTRIBUTE: "set the old value",
    DifferenceKind.ENABLED: "enable or disable as before",
    DifferenceKind.NO_PERSON: "create the person",
    DifferenceKind.MISSING: "add to the group",
    DifferenceKind.EXTRA_PERSON: "disable the person",
    DifferenceKind.EXTRA: "take out of the group",
    DifferenceKind.DIFFERENT: "set the value of the list",
}
"""What a plan does about each kind."""

_PEOPLE = (DifferenceKind.JOINED, DifferenceKind.EXTRA_PERSON)
_REMOVE = (DifferenceKind.GAINED, DifferenceKind.EXTRA)
_ADD = (DifferenceKind.LOST, DifferenceKind.MISSING)
_VALUES = (DifferenceKind.ATTRIBUTE, DifferenceKind.ENABLED, DifferenceKind.DIFFERENT)


@dataclass(frozen=True, slots=True)
class Correction:
    """A file that the onboarding page and `apply` take as well: `rows` people or memberships."""

    title: str
    name: str
    data: bytes
    rows: int


@dataclass(frozen=True, slots=True)
class Corrections:
    """What to do about the differences chosen, and those that nothing can be done about here."""

    files: tuple[Correction, ...]
    impossible: tuple[tuple[str, str], ...]


def corrections(found: Differences, chosen: Iterable[int] | None = None, note: str = "") -> Corrections:
    """The files that set right the lines `chosen` (indexes of `found.lines`; None: all of them).

    Memberships and people stand in files of their own, because one row can't both add and remove.
    """
    lines = found.lines if chosen is None else found.lines.loc[list(chosen)]
    present = {DifferenceKind(kind) for kind in lines["kind"]}
    impossible = tuple(
        (str(kind), WHY_NOT[kind]) for kind in DifferenceKind if kind in WHY_NOT and kind in present
    )
    files = []
    if membership := _memberships(lines, note):
        files.append(_file(f"Groups: {found.title}", "groups.csv", *membership))
    if people := _people(lines, found.newcomers, note):
        files.append(_file(f"People: {found.title}", "people.csv", *people))
    return Corrections(tuple(files), impossible)


def plans(
    gateway: CognitoGateway,
    wanted: Corrections,
    *,
    pool_name: str = "",
    options: PlanOptions | None = None,
    progress: Progress = no_progress,
) -> tuple[Plan, ...]:
    """The plans of the files, compared with the pool as it is now.

    Raises `InvalidValue` when there is nothing that a plan could do, and the gateway's errors.
    """
    if not wanted.files:
        why = " ".join(dict.fromkeys(text for _, text in wanted.impossible))
        raise InvalidValue("None of the differences chosen can be set right by a plan.", why)
    made = []
    for file in wanted.files:
        table = read_file(file.data, file.title)
        columns = recognise(table.header, gateway.describe_pool(), table.repeated, table.empty)
        made.append(plan_file(gateway, table, columns, options, pool_name=pool_name, progress=progress))
    return tuple(made)


def _are(lines: pd.DataFrame, kinds: Iterable[DifferenceKind]) -> pd.Series[bool]:
    return lines["kind"].isin([str(kind) for kind in kinds])


_Lines = tuple[tuple[str, ...], list[list[Cell]]]


def _file(title: str, name: str, header: tuple[str, ...], rows: list[list[Cell]]) -> Correction:
    return Correction(title, name, write_csv(header, rows), len(rows))


def _memberships(lines: pd.DataFrame, note: str) -> _Lines | None:
    """One row per person and direction, with all their groups."""
    wanted: dict[tuple[str, str, RowAction], list[str]] = {}
    for kinds, action in ((_REMOVE, REMOVE_FROM_GROUPS), (_ADD, ADD_TO_GROUPS)):
        for line in lines[_are(lines, kinds)].itertuples(index=False):
            wanted.setdefault((str(line.sub), str(line.username), action), []).append(str(line.what))
    if not wanted:
        return None
    rows: list[list[Cell]] = [
        [sub, username, str(action), join_groups(groups), note]
        for (sub, username, action), groups in wanted.items()
    ]
    return ("sub", "username", "action", "groups", "note"), rows


def _people(lines: pd.DataFrame, newcomers: Mapping[int, Row], note: str) -> _Lines | None:
    """One row per person: values to set, people to disable, people to create."""
    people: dict[str, dict[str, Cell]] = {}
    for cells in lines.to_dict("records"):
        line = {str(name): cell for name, cell in cells.items()}
        kind = DifferenceKind(str(line["kind"]))
        if kind in _VALUES or kind in _PEOPLE:
            row = people.setdefault(str(line["sub"]), _row(line, UPDATE, note))
            if kind in _PEOPLE:
                row["action"] = str(RowAction.of(DisableUser))
            else:
                row[str(line["what"])] = _value(kind, line)
    rows = [*people.values()]
    for index in lines.index[_are(lines, (DifferenceKind.NO_PERSON,))]:
        rows.append(_newcomer(newcomers[int(index)], note))
    if not rows:
        return None
    fixed = ("sub", "username", "action", "groups", "enabled", "note")
    named = {name for row in rows for name in row}
    header = tuple(column for column in fixed if column in named) + tuple(sorted(named - set(fixed)))
    return header, [[row.get(name, "") for name in header] for row in rows]


def _row(line: Mapping[str, object], action: RowAction, note: str) -> dict[str, Cell]:
    return {
        "sub": str(line["sub"]),
        "username": str(line["username"]),
        "action": str(action),
        "note": note,
    }


def _value(kind: DifferenceKind, line: Mapping[str, object]) -> Cell:
    """The text that the cell gets: the old value between snapshots, the list's value against a list."""
    wanted = str(line["after"] if kind is DifferenceKind.DIFFERENT else line["before"])
    if line["what"] == "enabled":
        return wanted == "enabled"
    return wanted or CLEAR_CELL


def _newcomer(row: Row, note: str) -> dict[str, Cell]:
    found: dict[str, Cell] = {
        "username": row.username,
        "action": str(CREATE),
        "groups": join_groups(row.groups or ()),
        "note": note,
        **row.attributes,
    }
    # the identity may stand apart from the attributes
    for name, value in (("email", row.email), ("phone_number", row.phone_number)):
        if value:
            found[name] = value
    return found


def left_out(found: Differences, chosen: Sequence[int]) -> int:
    """How many of the lines chosen no plan can set right."""
    return int(_are(found.lines.loc[list(chosen)], WHY_NOT).sum())
