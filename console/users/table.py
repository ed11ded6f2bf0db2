"""The table of people on the users page: which columns there are, and which are chosen.

A column is one entry in `columns_for`: its title, its cells, its width, and whether it is shown until
somebody chooses others. The chooser, the table and the files of an export read it from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import streamlit as st

from console import context
from console.context import Context
from console.widgets.downloads import download
from console.widgets.people_table import people_table
from console.widgets.table import Column, Kind, ToldCells, told
from console.widgets.words import md
from services.cognito.attributes import title_of
from services.cognito.models import UserPool
from services.cognito.status import status_in_full, status_line
from services.directory.export import (
    MIME,
    Computed,
    ExportAbout,
    about_of,
    filename,
    fits_workbook,
    users_table,
    write,
)
from services.directory.file_format import Format
from services.directory.orders import Rows
from services.directory.people import Person
from services.directory.pool import PoolTables
from services.roles import Permission
from services.words import people

MOST_ROWS = 200
"""Rows sent to the browser at once."""

SEEN_ROWS = 16


@dataclass(frozen=True, slots=True)
class PeopleColumn:
    """One column. `value` answers with str, bool, list of str, datetime or None.

    `usual`: shown until somebody chooses others. `more`: what is told over a cell.
    """

    name: str
    title: str
    value: Callable[[Person], Any]
    kind: Kind = "text"
    usual: bool = False
    more: Callable[[Person], str] | None = None


def columns_for(
    pool: UserPool, attributes: Iterable[str], now: datetime | None = None
) -> dict[str, PeopleColumn]:
    """Every column by name, in the order in which they are offered. `attributes`: those that people have."""
    moment = now or datetime.now(UTC)
    policy, by_username = pool.policy, not pool.username_attributes
    fixed = (
        PeopleColumn("name", "Name", lambda person: person.user.name, usual=True),
        PeopleColumn("email", "E-mail", lambda person: person.user.email, usual=True),
        PeopleColumn(
            "status",
            "Status",
            lambda person: status_line(person.user, policy, moment),
            usual=True,
            more=lambda person: status_in_full(person.user),
        ),
        PeopleColumn("username", "Username", lambda person: person.user.username, usual=by_username),
        PeopleColumn("enabled", "Enabled", lambda person: person.user.enabled, kind="check", usual=True),
        PeopleColumn(
            "groups",
            "Groups",
            lambda person: None if person.groups is None else list(person.groups),
            kind="list",
            usual=True,
        ),
        PeopleColumn("created", "Created", lambda person: person.user.created, kind="day", usual=True),
        PeopleColumn("changed", "Changed", lambda person: person.user.changed, kind="day", usual=True),
        PeopleColumn("sub", "User ID (sub)", lambda person: person.user.sub),
    )
    found = {column.name: column for column in fixed}
    names = {attribute.name for attribute in pool.schema} | set(attributes)
    # The column "name" falls back to first and last name; the attribute itself has a column too.
    plain = sorted(names - {"email", "sub"}, key=lambda name: (":" in name, title_of(name).casefold()))
    for name in plain:
        key = "attribute:name" if name == "name" else name
        found[key] = PeopleColumn(key, _title(name), _attribute(name))
    return found


def choose_columns(ctx: Context, columns: Mapping[str, PeopleColumn]) -> list[PeopleColumn]:
    """Show the chooser and return the chosen columns in their usual order.

    The choice is kept for this tab, one for each pool.
    """
    usual = [name for name, column in columns.items() if column.usual]
    with st.popover("Columns", icon=":material/view_column:"):
        chosen = st.multiselect(
            "Columns of the table",
            list(columns),
            default=usual,
            key=f"users-columns-{ctx.pool.name}",
            format_func=lambda name: columns[name].title,
            placeholder="Choose at least one",
            persist_state="session",
        )
    return [column for name, column in columns.items() if name in (chosen or usual)]


@dataclass(frozen=True)
class ShownPeople:
    """The people on one page of the table, and their cells with times where the reader is."""

    people: tuple[Person, ...]
    cells: ToldCells


def shown_people(people: Sequence[Person], columns: Sequence[PeopleColumn]) -> ShownPeople:
    """People (at most `MOST_ROWS`) as `show_users` takes them.

    The first column of text, the name where it is shown, opens the person; where a name is missing
    it says what else they go by.
    """
    shown = tuple(people[:MOST_ROWS])
    opens = opening(columns)
    cells = {column.name: [column.value(person) for person in shown] for column in columns}
    names = cells.get(opens) or [""] * len(shown)
    labels = [text or person.user.label for text, person in zip(names, shown, strict=True)]
    kinds = {
        column.name: Column(
            column.title, column.kind, more=[column.more(person) for person in shown] if column.more else ()
        )
        for column in columns
    }
    return ShownPeople(shown, told({**cells, opens: labels}, kinds, opens=opens))


def opening(columns: Sequence[PeopleColumn]) -> str:
    """The column whose cells open a person."""
    return next((column.name for column in columns if column.kind == "text"), "name")


def show_users(ctx: Context, shown: ShownPeople, columns: Sequence[PeopleColumn]) -> list[int]:
    """Show people and return the places of those ticked."""
    return people_table(
        ctx,
        shown.cells,
        [person.user.sub for person in shown.people],
        name="users-table",
        opens=opening(columns),
        alt="People in this user pool",
        rows=SEEN_ROWS,
    )


def _attribute(name: str) -> Callable[[Person], str]:
    return lambda person: person.user.attributes.get(name, "")


def _title(name: str) -> str:
    """Custom attributes keep AWS's name beside ours, since two can read alike."""
    title = title_of(name)
    return f"{title} ({name})" if ":" in name else title


TITLES = {
    Format.CSV: "CSV",
    Format.XLSX: "Excel (XLSX)",
    Format.PARQUET: "Parquet",
    Format.JSON: "JSON",
}
SHOWN_COLUMNS, ALL_COLUMNS = "shown", "all"
MANY = 20_000


@st.fragment
def export_button(
    ctx: Context,
    tables: PoolTables,
    rows: Rows,
    columns: Sequence[PeopleColumn],
    selection: str,
    *,
    ticked: Rows,
    key: str,
) -> None:
    """Show the button with the four files behind it. `selection` says in words who `rows` are.

    Those `ticked` can be had alone.
    """
    context.require_live()
    opened = st.popover(
        "Export", icon=":material/download:", key=f"{key}-open", disabled=not len(rows), on_change="rerun"
    )
    if not opened.open:  # nothing is worked out for those who only look
        return
    with opened:
        if len(ticked) and _only_ticked(len(ticked), len(rows), key):
            rows, selection = ticked, f"{people(len(ticked))}, ticked"
        st.markdown(f"**{people(len(rows))}**. {md(tables.completeness.sentence)}")
        which = st.radio(
            "Columns",
            [SHOWN_COLUMNS, ALL_COLUMNS],
            format_func={SHOWN_COLUMNS: "Those shown", ALL_COLUMNS: "All attributes"}.__getitem__,
            horizontal=True,
            key=f"{key}-columns",
        )
        names = None if which == ALL_COLUMNS else [column.name for column in columns]
        schema = {attribute.name for attribute in tables.about.pool.schema}
        computed = {column.name: column.value for column in columns if column.name not in schema}
        about = replace(about_of(tables, "Users", selection, ctx.operator.username), pool=ctx.pool.name)
        fits = fits_workbook(tables, rows, names)
        with st.container(horizontal=True):
            for format, title in TITLES.items():
                download(
                    title,
                    filename(about, format),
                    _builder(tables, rows, names, computed, about, format),
                    pool=ctx.pool.name,
                    mime=MIME[format],
                    key=f"{key}-{format}",
                    icon=None,
                    disabled=not len(rows)
                    or not ctx.may(Permission.EXPORT)
                    or (format is Format.XLSX and not fits),
                )
        if not fits:
            st.markdown("This is too much for an Excel file: search for fewer people, or show fewer columns.")
        elif len(rows) > MANY:
            st.markdown("An Excel file of this size takes a while; the others come quickly.")
        st.markdown("The CSV can be edited and uploaded on the Onboarding page.")


def _only_ticked(ticked: int, found: int, key: str) -> bool:
    """Ask for whom the files are; those who are ticked, unless all are chosen."""
    alone, everybody = f"The {ticked:,} ticked", f"All {found:,} found"
    return st.radio("People", [alone, everybody], horizontal=True, key=f"{key}-people") == alone


def _builder(
    tables: PoolTables,
    rows: Rows,
    names: Sequence[str] | None,
    computed: Computed,
    about: ExportAbout,
    format: Format,
) -> Callable[[], bytes]:
    def build() -> bytes:
        table = users_table(tables, rows, names, computed=computed)
        return write(table, about, format)

    return build
