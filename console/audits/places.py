"""What the tabs of the audits page share: file names, and tables that come page by page."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from hashlib import sha256

import streamlit as st

from console.context import Context
from console.csv_export import download
from services.access.permissions import Permission
from services.audits.tables import About, Table, as_csv, as_xlsx
from services.directory.snapshot import Snapshot

PAGE_ROWS = 50
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
