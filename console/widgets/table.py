"""The one kind of table: rows to look at, rows that lead on, rows to tick.

Streamlit's own grid is drawn on a canvas: it cuts cells without saying so, its buttons don't hear the
keyboard, and what it shows can't be found, marked or printed by the browser. So tables are a component
(assets/table.js), a table of HTML. Where cells are edited, the grid stays.

A click and a tick are told by the row's place. So a table whose rows can be chosen is another table for
Streamlit as soon as other rows, or the same in another order, are in it: its key holds a print of what
identifies them, and no tick ever passes on to the next list.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from hashlib import sha256
from itertools import count
from math import isfinite
from types import NoneType
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
import streamlit as st
from streamlit.errors import StreamlitDuplicateElementKey

from console.widgets.component import component
from console.widgets.words import zone
from services import words

PAGE_ROWS = 50
Cells = Mapping[str, Any] | pd.DataFrame
"""The cells of a table, column by column; audits answer with frames."""
Ticks = Literal["", "one", "many"]
"""How many rows can be ticked."""
Kind = Literal["text", "number", "check", "list", "minute", "day", "share"]
"""What the cells of a column hold: a "minute" and a "day" are moments, a "share" is from 0 to 1."""
_NAME = 145
"""Pixels that the names keep in a table whose rows lead on."""
_MOST_EXACT = 2**53
"""Greater integers aren't exact in a browser."""


@dataclass(frozen=True)
class Column:
    """How a column is shown.

    `title`: None for its name among the cells. `kind`: None for what its cells tell. `width`: pixels
    that it keeps where the table finds no room for all that is in it. `help` is told over the
    heading. A `pinned` column stays in view in a table that is wider than its place. `turned`: the
    heading reads from below to above, over narrow cells. `more` is told over each cell. `order`: what
    the rows are sorted by instead of the text of their cells, as “2 minutes ago”; None comes last.
    """

    title: str | None = None
    kind: Kind | None = None
    width: int | None = None
    help: str = ""
    right: bool = False
    pinned: bool = False
    turned: bool = False
    more: Sequence[str] = ()
    order: Sequence[float | None] = ()


@dataclass(frozen=True)
class ToldCells:
    """Cells of `rows` rows as the browser is told them (JSON), for a list that many runs show; see `told`."""

    rows: int
    text: str


@dataclass(frozen=True)
class Picked:
    """What was done in a table: the place of the row that was `opened` by its name, and those ticked."""

    opened: int | None = None
    ticked: tuple[int, ...] = field(default=())


def fingerprint(*parts: object) -> str:
    """A short print of what a list holds and how it was found, for keys."""
    return sha256(repr(parts).encode("utf-8", "replace")).hexdigest()[:16]


def by_column(cells: Cells) -> dict[str, Any]:
    """The values of each column, by its name."""
    return {str(name): values for name, values in cells.items()}


def told(cells: Cells, columns: Mapping[str, Column] | None = None, *, opens: str = "") -> ToldCells:
    """The cells as the browser is told them, with times where the reader is. `opens` as in `pick`."""
    given = columns or {}
    sent = [_column(name, values, given.get(name, Column())) for name, values in by_column(cells).items()]
    for column in sent:
        if column["name"] == opens:
            column["width"] = column["width"] or _NAME
    return ToldCells(len(sent[0]["values"]) if sent else 0, _json(sent))


def show_table(
    cells: Cells,
    alt: str,
    *,
    columns: Mapping[str, Column] | None = None,
    rows: int = 16,
    width: Literal["stretch", "content"] = "stretch",
) -> None:
    """Show rows to look at. `alt` says to those who can't see them what they are.

    At most `rows` rows are seen without scrolling.
    """
    sent, table = told(cells, columns), {"alt": alt, "rows": rows, "wide": width == "stretch"}
    for number in count():
        try:
            _mount(f"table-{fingerprint(alt, number)}", sent, table)
            return
        except StreamlitDuplicateElementKey:
            continue  # one that is said to be the same stands above


def pick(
    cells: Cells | ToldCells,
    alt: str,
    *,
    name: str,
    identity: object,
    opens: str = "",
    links: Sequence[str] = (),
    ticks: Ticks = "",
    columns: Mapping[str, Column] | None = None,
    rows: int = 16,
) -> Picked:
    """Show rows that lead on or can be ticked, and return what was done with them.

    `name` is the table's own, `identity` what its rows are (their ids, in order). The cells of the
    column `opens` are buttons, or links where `links` has the address of each row, for another tab;
    an empty cell or address leads nowhere.
    """
    key = f"{name}-{fingerprint(identity)}"
    sent = cells if isinstance(cells, ToldCells) else told(cells, columns, opens=opens)
    table = {
        "alt": alt,
        "rows": rows,
        "wide": True,
        "opens": opens,
        "links": list(links),
        "ticks": ticks,
    }
    before = st.session_state.get(key) or {}
    shown = _mount(key, sent, table, before.get("ticked") or [])
    opened, ticked = shown.get("opened"), shown.get("ticked") or []
    return Picked(
        opened if opens and opened is not None and 0 <= opened < sent.rows else None,
        tuple(row for row in ticked if 0 <= row < sent.rows) if ticks else (),
    )


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


def _mount(
    key: str, sent: ToldCells, table: Mapping[str, Any], ticked: Sequence[int] = ()
) -> Mapping[str, Any]:
    """Mount the table, and return what was done in it.

    As bytes: Streamlit would go through every cell once more for what it sends.
    """
    given = f'{{"columns":{sent.text},"table":{_json(table)},"ticked":{_json(ticked)}}}'
    mounted = component("table", script="table.js", style="table.css", isolated=False)
    shown: Mapping[str, Any] = mounted(
        key=key,
        data=given.encode(),
        on_opened_change=_nothing,
        on_ticked_change=_nothing,
    )
    return shown


def _nothing() -> None:
    """What is done in a table is read where it is shown."""


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _column(name: str, values: Iterable[Any], column: Column) -> dict[str, Any]:
    plain = _listed(values)
    if not _PLAIN.issuperset(map(type, plain)):
        plain = [_plain(value) for value in plain]
    kind = column.kind or _kind(set(map(type, plain)) - {NoneType})
    return {
        "name": name,
        "title": name if column.title is None else column.title,
        "kind": kind,
        "width": column.width,
        "help": column.help,
        "right": column.right or kind == "number",
        "pinned": column.pinned,
        "turned": column.turned,
        "more": list(column.more),
        "order": list(column.order),
        "values": _told_values(plain, kind),
    }


def _listed(values: Iterable[Any]) -> list[Any]:
    if isinstance(values, pd.Series):
        return values.tolist()
    return values.to_pylist() if isinstance(values, pa.Array | pa.ChunkedArray) else list(values)


def _plain(value: Any) -> Any:
    """`value` as Python has it; None for each of the ways to say that there is none."""
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and value != value):
        return None
    return value.tolist() if hasattr(value, "dtype") else value


def _kind(types: Iterable[type]) -> Kind:
    """What cells of these types are; of several kinds they are text."""
    kinds = {_KINDS.get(of) or _kind_of(of) for of in types}
    return kinds.pop() if len(kinds) == 1 else "text"


_KINDS: Mapping[type, Kind] = {str: "text", int: "number", float: "number", bool: "check", datetime: "minute"}
_PLAIN = frozenset({str, int, bool, datetime, list, NoneType})


def _kind_of(of: type) -> Kind:
    if issubclass(of, date):  # and what is made of it, as pandas's
        return "minute" if issubclass(of, datetime) else "day"
    return "list" if issubclass(of, list | tuple) else "text"


def _told_values(values: Iterable[Any], kind: Kind) -> list[Any]:
    """The values as the browser is told them; of a moment how it is ordered, shown, and told more exactly."""
    tell: Callable[[Any], Any] = str
    match kind:
        case "minute" | "day":
            here, shown = zone(), words.minute if kind == "minute" else words.day

            def tell(moment: date) -> list[Any]:
                if not isinstance(moment, datetime):
                    return [moment.toordinal(), words.calendar_day(moment), ""]
                at = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
                try:
                    return [at.timestamp(), shown(at, here), words.minute(at)]
                except OverflowError:  # no time of the calendar where the reader is
                    return [at.timestamp(), str(at.replace(tzinfo=None)), ""]

        case "list":

            def tell(parts: Iterable[Any]) -> list[str]:
                return ["" if part is None else str(part) for part in parts]

        case "number":

            def tell(number: Any) -> Any:
                exact = isfinite(number) if isinstance(number, float) else abs(number) < _MOST_EXACT
                return number if exact else str(number)

        case "check":
            tell = bool
        case "share":
            tell = float
    return [None if value is None else tell(value) for value in values]
