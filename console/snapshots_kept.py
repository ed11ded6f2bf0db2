"""The dialog with the snapshots that are kept of a pool: which there are, for how long, and throwing away."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from console.context import Context
from console.feedback import done, show_error
from console.widgets import dialog
from console.widgets.dialog import Opened
from console.widgets.table import show_table
from console.widgets.words import minute
from services.directory.keeping import MOST_DAYS, MOST_NEWEST, Keeping
from services.directory.snapshots import SnapshotLine, Snapshots
from services.roles import Permission

NAME = "snapshots-kept"


def show_kept_snapshots(ctx: Context, opened: Opened, pool_key: str) -> None:
    """The dialog."""
    dialog.show_dialog("Snapshots kept of this pool", lambda: _body(ctx, opened, pool_key), width="large")


def _body(ctx: Context, opened: Opened, pool_key: str) -> None:
    if opened.error is not None:
        show_error(opened.error)
    lines = Snapshots(ctx.store).list(pool_key)
    _table(lines)
    _keeping(ctx, opened)
    if ctx.may(Permission.CONFIGURE) and lines:
        _throw_away(ctx, opened, lines)
    if dialog.close_button(opened):
        st.rerun()


def _table(lines: tuple[SnapshotLine, ...]) -> None:
    if not lines:
        st.markdown("None yet.")
        return
    frame = pd.DataFrame(
        {
            "Read": [minute(line.taken_at) for line in lines],
            "By": [line.operator_name for line in lines],
            "Complete": ["Yes" if line.complete else "No" for line in lines],
            "People": [line.users for line in lines],
            "Groups": [line.groups for line in lines],
            "Memberships": [line.memberships for line in lines],
            "Size, MB": [round(line.bytes / 1e6, 1) for line in lines],
        }
    )
    show_table(frame, "Snapshots kept of this pool")


def _keeping(ctx: Context, opened: Opened) -> None:
    kept = Keeping.read(ctx.store)
    why_not = ctx.why_not(Permission.CONFIGURE)
    if why_not:
        st.markdown(
            f"The newest {kept.newest:,} of each pool are kept, for {kept.days:,} days at most. "
            "An administrator can change that."
        )
        return
    with (
        st.form(opened.key("form"), border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        newest = st.number_input(
            "Keep of each pool", 1, MOST_NEWEST, kept.newest, key=opened.key("newest"), width=160
        )
        days = st.number_input(
            "for at most (days)", 1, MOST_DAYS, kept.days, key=opened.key("days"), width=160
        )
        if st.form_submit_button("Save"):
            opened.try_out(lambda: Keeping(int(newest), int(days)).write(ctx.store, ctx.who))
            if opened.error is None:
                done("Saved how long snapshots are kept; it applies from the next snapshot on.")
            st.rerun()


def _throw_away(ctx: Context, opened: Opened, lines: tuple[SnapshotLine, ...]) -> None:
    names = {line.id: f"{minute(line.taken_at)} · {line.users:,} people" for line in lines}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Throw one away",
            list(names),
            index=None,
            format_func=names.__getitem__,
            key=opened.key("chosen"),
            placeholder="Choose a snapshot",
            width=320,
        )
        sure = st.checkbox("It can't be brought back", key=opened.key("sure"))
        if st.button("Throw away", key=opened.key("delete"), disabled=not (chosen and sure)):
            opened.try_out(lambda: Snapshots(ctx.store).delete(str(chosen), ctx.who))
            if opened.error is None:
                done("The snapshot was thrown away.")
                dialog.close_dialog()
            st.rerun()
