"""The one kind of table: rows to look at, rows that lead on, rows to tick.

Streamlit tells a click and a tick by the row's place. So a table whose rows can be chosen is another
table for Streamlit as soon as other rows, or the same in another order, are in it: its key holds a
print of what identifies them, and no tick ever passes on to the next list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
import streamlit as st

PAGE_ROWS = 50
Cells = Mapping[str, Any] | pd.DataFrame
"""The cells of a table, column by column; audits answer with frames."""
Ticks = Literal["", "one", "many"]
"""How many rows can be ticked."""

# A grid's button shows text that begins like this as an icon or as a menu.
_NOT_A_LABEL = (":", "[")
_WORD_JOINER = "\N{WORD JOINER}"


@dataclass(frozen=True)
class Picked:
    """What was done in a table: the place of the row that was `opened` by its button, and those ticked."""

    opened: int | None = None
    ticked: tuple[int, ...] = field(default=())


def fingerprint(*parts: object) -> str:
    """A short print of what a list holds and how it was found, for keys."""
    return sha256(repr(parts).encode("utf-8", "replace")).hexdigest()[:16]


def by_column(cells: Cells) -> dict[str, Any]:
    """The values of each column, by its name."""
    return {str(name): values for name, values in cells.items()}


def show_table(
    cells: Cells,
    alt: str,
    *,
    columns: Mapping[str, Any] | None = None,
    rows: int = 16,
    width: Literal["stretch", "content"] = "stretch",
) -> None:
    """Show rows to look at. `alt` says to those who can't see them what they are.

    At most `rows` rows are seen without scrolling.
    """
    table = _arrow(cells)
    st.dataframe(
        table,
        hide_index=True,
        alt=alt,
        placeholder="",
        height=_height(len(table), rows),
        width=width,
        column_config=dict(columns or {}),
        lazy=False,
    )


def pick(
    cells: Cells,
    alt: str,
    *,
    name: str,
    identity: object,
    opens: str = "",
    ticks: Ticks = "",
    columns: Mapping[str, Any] | None = None,
    rows: int = 16,
) -> Picked:
    """Show rows that lead on or can be ticked, and return what was done with them.

    `name` is the table's own, `identity` what its rows are (their ids, in order). The cells of the
    column `opens` are buttons; an empty one leads nowhere. The grid's buttons don't hear the keyboard,
    so whatever opens has another way too: a ticked row (Shift+Space).
    """
    key = f"{name}-{fingerprint(identity)}"
    config = dict(columns or {})
    if opens:
        cells = {**by_column(cells), opens: list(map(button_label, cells[opens]))}
        config[opens] = _open_column(config.get(opens), opens, f"{key}-open")
    options: dict[str, Any] = {"on_select": "ignore"}
    if ticks:
        options = {"on_select": "rerun", "selection_mode": "multi-row" if ticks == "many" else "single-row"}
    table = _arrow(cells)
    shown: Any = st.dataframe(
        table,
        key=key,
        hide_index=True,
        alt=alt,
        placeholder="",
        height=_height(len(table), rows),
        column_config=config,
        lazy=False,
        **options,
    )
    clicked = st.session_state.get(f"{key}-open") if opens else None
    opened = clicked["row"] if clicked is not None and clicked["row"] < len(table) else None
    places = shown["selection"]["rows"] if ticks else ()
    return Picked(opened, tuple(row for row in places if row < len(table)))


def turn(rows: int, key: str, page_rows: int = PAGE_ROWS) -> tuple[int, int]:
    """Show the page numbers of a table of so many rows; first and last row of the page chosen.

    Call it where the numbers shall stand; the table may stand above, in a container made before.
    """
    pages = max(1, -(-rows // page_rows))
    page = 1
    if pages > 1:
        with st.container(horizontal_alignment="center"):
            page = st.pagination(pages, key=f"{key}-page")
    return (page - 1) * page_rows, page * page_rows


def button_label(text: object) -> str:
    """`text` as a grid's button shows it as it is, whatever it begins with."""
    label = str(text) if text is not None else ""
    return _WORD_JOINER + label if label.lstrip().startswith(_NOT_A_LABEL) else label


def _arrow(cells: Cells) -> pa.Table:
    """The cells as they are sent: from lists at once, a frame between would take a hundred times as long."""
    return pa.table({name: _column(values) for name, values in by_column(cells).items()})


def _column(values: Iterable[Any]) -> pa.Array:
    given = values if isinstance(values, pd.Series | pa.Array | pa.ChunkedArray) else list(values)
    try:
        return pa.array(given, from_pandas=True)
    except (pa.ArrowException, OverflowError):
        # of several kinds, or of none that Arrow has
        return pa.array([None if value is None else str(value) for value in given])


def _open_column(column: Any, title: str, key: str) -> Any:
    """A pinned column of buttons that look like text, with the title and width of `column`."""
    given = column or {}
    return st.column_config.ButtonColumn(
        given.get("label") or title,
        type="tertiary",
        alignment="left",
        pinned=True,
        width=given.get("width"),
        help="Click to open",
        key=key,
    )


def _height(count: int, rows: int) -> int | Literal["content"]:
    """As much as the rows need; pixels for as many as are seen at once where there are more."""
    return "content" if count <= rows else 37 + 35 * rows
