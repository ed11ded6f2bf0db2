"""The one table of people: a click on the name opens the person, ticking selects, for every role."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import pandas as pd
import streamlit as st

from console.context import Context
from console.navigation import PAGES
from console.widgets.table import pick
from console.widgets.words import label


def people_table(
    ctx: Context,
    frame: pd.DataFrame,
    subs: Sequence[str],
    *,
    name: str,
    opens: str,
    alt: str,
    identity: object = (),
    columns: Mapping[str, Any] | None = None,
    rows: int = 16,
) -> list[int]:
    """Show people, and return the places of those ticked.

    `subs` says whom each row of `frame` means ("" for nobody), `opens` is the column with their
    names, `name` the table's own, and `identity` whatever else makes it another table. A click on a
    name goes to that person. With exactly one row ticked a button below does the same: the grid's
    own buttons don't hear the keyboard, and Shift+Space ticks a row.
    """
    picked = pick(
        frame,
        alt,
        name=name,
        identity=(ctx.pool.name, list(subs), identity),
        opens=opens,
        ticks="many",
        columns=columns,
        rows=rows,
    )
    if picked.opened is not None and subs[picked.opened]:
        open_person(ctx, subs[picked.opened])
    ticked = list(picked.ticked)
    if len(ticked) == 1 and subs[ticked[0]]:
        who = str(frame[opens].iloc[ticked[0]])
        if st.button(
            f"Open {label(who)}", icon=":material/person:", type="tertiary", key=f"{name}-open-ticked"
        ):
            open_person(ctx, subs[ticked[0]])
    return ticked


def name_first(frame: pd.DataFrame, address: str, name: str = "Name") -> pd.DataFrame:
    """The columns with people's names first, then `address`, which stands in for the nameless."""
    names = [given or known for given, known in zip(frame[name], frame[address], strict=True)]
    others = [column for column in frame.columns if column not in (name, address)]
    return frame.assign(**{name: names})[[name, address, *others]]


def address_column(*, pinned: bool = False, width: int = 215) -> Any:
    """The column with what operators recognise somebody by when names don't tell, of `width` pixels.

    `pinned`: it stays in view beside the name, in a table of many columns.
    """
    return st.column_config.TextColumn("E-mail or username", width=width, pinned=pinned or None)


def open_person(ctx: Context, sub: str) -> NoReturn:
    """Go to the person's page."""
    st.switch_page(PAGES["user"], query_params={"id": sub, "pool": ctx.pool.name})
