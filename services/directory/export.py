"""Users, groups and memberships of a pool as tables to be written into files.

    table = users_table(pool, found.rows)
    file = write(table, about_of(pool, "Users", "312 of 12,431 people"), Format.XLSX)

Headings are AWS's names of attributes, so that a CSV can be edited and uploaded on the Onboarding page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from services.directory.export_files import ExportAbout
from services.directory.filtering import STATE_TITLES
from services.directory.orders import Rows
from services.directory.people import Person
from services.directory.pool import STATES, PoolTables
from services.directory.search import states_of
from services.directory.search_text import text_column
from services.directory.snapshot import Completeness
from services.directory.snapshot_rows import group_table
from services.directory.workbook import MOST_CELLS, MOST_ROWS

ALL_GROUPS, GROUPS = "all_groups", "groups"
FIXED = ("status", "aws_status", "enabled", "groups", "created", "changed")
NAMES = ("name", "given_name", "family_name")
NAME_ITSELF = "attribute:name"
"""The attribute; the column “name” shows what people are called, whichever of `NAMES` says it."""


Computed = Mapping[str, Callable[[Person], Any]]
"""Columns that no table of the pool has, and what to put there for a person."""


def users_table(
    pool: PoolTables,
    rows: Rows,
    names: Sequence[str] | None = None,
    now: datetime | None = None,
    computed: Computed | None = None,
) -> pa.Table:
    """One row per person: who they are (sub, username), then the columns of `names`; None means all.

    `names` are those of the users page's columns. `status` is in plain words, `aws_status` AWS's term.
    Memberships stand under `all_groups`, which means "exactly these", only when all are known. A name
    that is none of them and no attribute is looked for in `computed`, person by person.
    """
    if names is None:
        names = [*FIXED[:4], *_attributes(pool), *FIXED[4:]]
    part = pool.users(rows)
    columns: dict[str, Any] = {"sub": part["sub"]}
    if not pool.about.pool.username_attributes or "username" in names:
        columns["username"] = part["username"]
    for name in names:
        columns |= {
            key: value
            for key, value in _columns(pool, rows, part, name, now, computed or {}).items()
            if key not in columns
        }
    return pa.table(columns)


def fits_workbook(pool: PoolTables, rows: Rows, names: Sequence[str] | None = None) -> bool:
    """Whether a workbook surely holds what `users_table` makes of these."""
    if not len(rows):
        return True
    columns = users_table(pool, rows[:1], names).num_columns + len(NAMES)  # names that the first one lacks
    return len(rows) <= MOST_ROWS and len(rows) * columns <= MOST_CELLS


def groups_table(pool: PoolTables) -> pa.Table:
    """One row per group; `members` is null where not all members are known."""
    state = pool.completeness
    groups, sizes = group_table(pool.groups()), pool.group_sizes()
    members = [
        sizes[name] if state.groups_known and name not in state.unread_groups else None
        for name in groups["name"].to_pylist()
    ]
    return groups.append_column("members", pa.array(members, pa.int64()))


def memberships_table(pool: PoolTables, rows: Rows) -> pa.Table:
    """One row per person and group, people in the order of `rows`."""
    lists = pool.group_lists(rows)
    part = pool.users(np.repeat(rows, lists.value_lengths().to_numpy()))
    columns = {"sub": part["sub"], "username": part["username"]}
    for name in ("email", "phone_number", *NAMES):
        if name in part.column_names:
            columns[name] = part[name]
    columns[GROUPS] = lists.flatten()
    return pa.table(columns)


def about_of(pool: PoolTables, what: str, selection: str = "", by: str = "") -> ExportAbout:
    """What a file made of this pool says about itself."""
    source = pool.about
    return ExportAbout(
        what=what,
        pool=source.pool_name,
        pool_id=source.pool.id,
        taken_at=source.taken_at,
        made_at=datetime.now(UTC),
        complete=source.completeness.complete,
        statement=source.completeness.sentence,
        selection=selection,
        by=by,
        changed_here=len(pool.changed),
    )


def memberships_known(state: Completeness) -> bool:
    """Whether everybody's groups are known, so that a list of them can mean "exactly these"."""
    return state.groups_known and not state.unread_groups and state.complete


def _attributes(pool: PoolTables) -> list[str]:
    known = {"sub", "username", *FIXED}
    return [NAME_ITSELF if name == "name" else name for name in pool.attributes if name not in known]


def _columns(
    pool: PoolTables, rows: Rows, part: pa.Table, name: str, now: datetime | None, computed: Computed
) -> dict[str, Any]:
    """Headings and cells of one column of the users page."""
    match name:
        case "name":
            given = {one: text_column(part, one) for one in NAMES}
            return {one: cells for one, cells in given.items() if cells.null_count < len(rows)}
        case "status":
            titles = pa.array([STATE_TITLES[state] for state in STATES])
            return {"status": titles.take(pa.array(states_of(pool, rows, now or datetime.now(UTC))))}
        case "aws_status":
            return {"aws_status": part["status"]}
        case "groups":
            known = pool.completeness.groups_known
            lists = pool.group_lists(rows) if known else pa.nulls(len(rows), pa.list_(pa.string()))
            return {ALL_GROUPS if memberships_known(pool.completeness) else GROUPS: lists}
        case _:
            key = "name" if name == NAME_ITSELF else name
            if key in part.column_names:
                return {key: part[key]}
            if name in computed:
                return {name: pa.array([computed[name](person) for person in pool.people(rows)])}
            return {key: pa.nulls(len(rows), pa.string())}
