"""The one table of people: a click on the name opens the person, ticking selects, for every role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn
from urllib.parse import quote, urlencode

import streamlit as st

from console.context import Context
from console.navigation import PAGES
from console.widgets.table import Cells, Column, ToldCells, by_column, pick


def people_table(
    ctx: Context,
    cells: Cells | ToldCells,
    subs: Sequence[str],
    *,
    name: str,
    opens: str,
    alt: str,
    identity: object = (),
    columns: Mapping[str, Column] | None = None,
    rows: int = 16,
    ticks: bool = True,
) -> list[int]:
    """Show people, and return the places of those ticked.

    `subs` says whom each row of `cells` means ("" for nobody), `opens` is the column with their
    names, `name` the table's own, and `identity` whatever else makes it another table. A click on a
    name goes to that person; it is a link, for another tab. `ticks` is False where nothing can be done
    with those ticked.
    """
    there = f"user?{urlencode({'pool': ctx.pool.name})}&id="
    picked = pick(
        cells,
        alt,
        name=name,
        identity=(ctx.pool.name, list(subs), identity),
        opens=opens,
        links=[f"{there}{quote(sub)}" if sub else "" for sub in subs],
        ticks="many" if ticks else "",
        columns=columns,
        rows=rows,
    )
    if picked.opened is not None and subs[picked.opened]:
        open_person(ctx, subs[picked.opened])
    return list(picked.ticked)


def name_first(cells: Cells, address: str, name: str = "Name") -> dict[str, Any]:
    """The columns with people's names first, then `address`, which stands in for the nameless."""
    others = by_column(cells)
    names, known = others.pop(name), others.pop(address)
    named = [given or reached for given, reached in zip(names, known, strict=True)]
    return {name: named, address: known, **others}


def address_column(*, pinned: bool = False) -> Column:
    """The column with what operators recognise somebody by when names don't tell.

    `pinned`: it stays in view beside the name, in a table of many columns.
    """
    return Column("E-mail or username", width=140, pinned=pinned)


def open_person(ctx: Context, sub: str) -> NoReturn:
    """Go to the person's page."""
    st.switch_page(PAGES["user"], query_params={"id": sub, "pool": ctx.pool.name})
