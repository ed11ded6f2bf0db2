"""The table of people: one page of rows, to open and to select."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from console.navigation import PAGES
from console.users.fields import Column
from console.widgets.words import DAY, moments, time_column
from services.directory.people import Person

MOST_ROWS = 200
"""Rows sent to the browser at once."""

OPEN = "Open"
WIDTHS = {"name": 160, "email": 195, "username": 115, "status": 150}
"""Pixels; other columns take what their cells need."""


def show_table(
    people: Sequence[Person], columns: Sequence[Column], *, pool: str, selectable: bool
) -> tuple[Person, ...]:
    """Show people (at most `MOST_ROWS`) and return those selected. A row's button opens that person.

    Where several can't be `selectable`, selecting one opens them: the grid's buttons don't hear the
    keyboard, but Shift+Space selects a row. Rows are selected by their place, so the table is another
    one for Streamlit as soon as other people, or the same in another order, are in it.
    """
    shown = people[:MOST_ROWS]
    key = "users-table-" + fingerprint(pool, shown)
    options: dict[str, Any] = {
        "key": key,
        "hide_index": True,
        "height": min(37 + 35 * len(shown), 600),
        "column_config": _configuration(columns, f"{key}-open"),
        "lazy": False,
        "placeholder": "",
        "alt": "People in this user pool",
        "on_select": "rerun",
        "selection_mode": "multi-row" if selectable else "single-row",
    }
    table = st.dataframe(frame(shown, columns), **options)
    clicked = st.session_state.get(f"{key}-open")
    if clicked is not None and clicked["row"] < len(shown):
        open_person(shown[clicked["row"]], pool)
    selected = tuple(shown[row] for row in table["selection"]["rows"] if row < len(shown))
    if selected and not selectable:
        open_person(selected[0], pool)
    return selected


def open_person(person: Person, pool: str) -> None:
    """Go to the person's page."""
    st.switch_page(PAGES["user"], query_params={"id": person.user.sub, "pool": pool})


def frame(people: Sequence[Person], columns: Sequence[Column]) -> pd.DataFrame:
    """The rows as a data frame; column names are those of `columns`, times in the operator's zone."""
    data: dict[str, object] = {OPEN: [OPEN] * len(people)}
    for column in columns:
        values = [column.value(person) for person in people]
        if column.kind == "time":
            data[column.name] = moments(values)
        elif column.kind == "text":
            data[column.name] = pd.Series(values, dtype="str")
        else:
            data[column.name] = pd.Series(values, dtype=object if column.kind == "list" else "bool")
    return pd.DataFrame(data)


def _configuration(columns: Sequence[Column], open_key: str) -> dict[str, object]:
    config = st.column_config
    made: dict[str, object] = {
        OPEN: config.ButtonColumn("", type="tertiary", pinned=True, width=55, key=open_key)
    }
    for column in columns:
        match column.kind:
            case "check":
                made[column.name] = config.CheckboxColumn(column.title, width=65)
            case "list":
                made[column.name] = config.ListColumn(column.title, width=180)
            case "time":
                made[column.name] = time_column(column.title, format=DAY, width=95)
            case _:
                made[column.name] = config.TextColumn(column.title, width=WIDTHS.get(column.name))
    return made


def fingerprint(pool: str, people: Sequence[Person]) -> str:
    """Another text as soon as other people, or the same in another order, are meant."""
    text = "\n".join((pool, *(person.user.sub for person in people)))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
