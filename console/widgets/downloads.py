"""Download buttons whose files are made when they are pressed, by a session that is still live."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st

from console import context
from console.context import Context
from services.audits.tables import ExportHead, Table, as_csv, as_xlsx
from services.directory import export
from services.directory.pool import PoolTables
from services.roles import Permission
from services.store.activity import taken_file

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def download(
    label: str,
    filename: str,
    build: Callable[[], bytes],
    *,
    pool: str = "",
    logged: bool = True,
    key: str | None = None,
    mime: str = "text/csv",
    help: str | None = None,
    icon: str | None = ":material/download:",
    disabled: bool = False,
    permission: Permission = Permission.EXPORT,
) -> None:
    """Show a download button. `build` returns the file and runs only when someone presses it.

    The activity log says who took which file, of the `pool` of that name, before it is sent. Let it not
    be `logged` only where the file says nothing about people, or `build` writes a line of its own.

    Streamlit calls `build` outside the page's script and for whoever knows the button's id, so the
    session, that it is the one asking, and its operator's `permission` are checked again just before;
    without them nothing is built or sent. `build` must not call Streamlit.
    """
    ctx = context.current_context()
    session_id, who = ctx.session.id, ctx.who

    def checked() -> bytes:
        context.require_asked_by(session_id)
        actor = who()
        actor.require(permission)
        file = build()
        if logged:
            ctx.store.activity.record(taken_file(actor, pool, filename), after={"bytes": len(file)})
        return file

    st.download_button(
        label, checked, filename, mime, key=key, help=help, icon=icon, disabled=disabled, on_click="ignore"
    )


def file_name(ctx: Context, snapshot: PoolTables, what: str, ending: str) -> str:
    """“matrix-staff-20261123-0926.csv”: as all files made of a reading, with the pool as it is called now."""
    return export.filename(replace(export.about_of(snapshot, what), pool=ctx.pool.name), ending)


def downloads(
    ctx: Context,
    snapshot: PoolTables,
    what: str,
    csv: Callable[[], Table],
    tables: Callable[[], Sequence[Table]],
    head: Callable[[], ExportHead],
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
            pool=ctx.pool.name,
            key=f"{key}-{ending}",
            mime=mime,
            help=why_not or "With the time of reading and the statement of completeness.",
            disabled=bool(why_not),
        )
