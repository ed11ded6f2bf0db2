"""What the tabs of the audits page share: file names, and tables that come page by page."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

import pandas as pd
import streamlit as st

from console.context import Context
from console.csv_export import download
from console.navigation import PAGES
from services.audits.tables import About, Table, as_csv, as_xlsx
from services.directory.snapshot import Snapshot
from services.roles import Permission

PAGE_ROWS = 50
OPEN = "Open"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def file_name(ctx: Context, snapshot: Snapshot, what: str, ending: str) -> str:
    """“staff-matrix-2026-11-23.csv”: pool, what it is, when it was read; and if anything is missing."""
    pool = re.sub(r"[^\w.-]+", "_", ctx.pool.name).strip("_.")[:60] or "pool"
    warning = "" if snapshot.completeness.complete else "-INCOMPLETE"
    return f"{pool}-{what}-{snapshot.about.taken_at:%Y-%m-%d}{warning}.{ending}"


def fingerprint(*parts: object) -> str:
    """A short name for a list and its filters, so that ticks never pass on to the next one."""
    return sha256(repr(parts).encode()).hexdigest()[:12]


def turn(rows: int, key: str) -> tuple[int, int]:
    """Show the page numbers of a table of so many rows; first and last row of the page chosen.

    Call it where the numbers shall stand; the table may stand above, in a container made before.
    """
    pages = max(1, -(-rows // PAGE_ROWS))
    page = 1
    if pages > 1:
        with st.container(horizontal_alignment="center"):
            page = st.pagination(pages, key=f"{key}-page")
    return (page - 1) * PAGE_ROWS, page * PAGE_ROWS


def open_column(key: str) -> dict[str, Any]:
    """The configuration of a first column of buttons, for the table `key`; see `with_buttons`."""
    button = st.column_config.ButtonColumn("", type="tertiary", pinned=True, width=60, key=f"{key}-open")
    return {OPEN: button}


def with_buttons(page: pd.DataFrame, subs: Sequence[str]) -> pd.DataFrame:
    """The table with a button before each line that means a person."""
    return pd.concat([pd.Series([OPEN if sub else "" for sub in subs], page.index, name=OPEN), page], axis=1)


def follow(ctx: Context, key: str, subs: Sequence[str], chosen: Sequence[int] = ()) -> None:
    """Leave for the person whose button was pressed, or whose row was `chosen` (buttons hear no keyboard)."""
    clicked = st.session_state.get(f"{key}-open")
    for row in ([clicked["row"]] if clicked is not None else []) + list(chosen):
        if row < len(subs) and subs[row]:
            st.switch_page(PAGES["user"], query_params={"id": subs[row], "pool": ctx.pool.name})


def downloads(
    ctx: Context,
    snapshot: Snapshot,
    what: str,
    csv: Callable[[], Table],
    tables: Callable[[], Sequence[Table]],
    head: Callable[[], About],
    *,
    key: str,
) -> None:
    """A CSV and a workbook, each with the statement of completeness; made when they are pressed."""
    why_not = ctx.why_not(Permission.EXPORT)
    for label, ending, mime, build in (
        ("CSV", "csv", "text/csv", lambda: as_csv(csv(), head())),
        ("Excel", "xlsx", XLSX, lambda: as_xlsx(tables(), head())),
    ):
        download(
            label,
            file_name(ctx, snapshot, what, ending),
            build,
            key=f"{key}-{ending}",
            mime=mime,
            help=why_not or "With the time of reading and the statement of completeness.",
            disabled=bool(why_not),
        )
