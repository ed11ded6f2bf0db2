"""The users page of a small pool, which is read whole when somebody looks."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.users import found
from console.widgets.words import md
from services.directory.listing import Directory
from services.directory.pool import PoolTables
from services.words import ago

_REFRESH = "_users_refresh"


def read(directory: Directory) -> PoolTables | None:
    """Everybody, read now if need be while a bar shows how far; None for a large pool."""
    refresh = bool(st.session_state.pop(_REFRESH, False))
    place = st.empty()

    def show_progress(done: int, expected: int) -> None:
        place.progress(min(1.0, done / expected), text=f"Reading people: {done:,} of about {expected:,}")

    with st.spinner("Reading the people and groups of this pool …", show_time=True):
        tables = directory.tables(refresh=refresh, progress=show_progress)
    place.empty()
    return tables


def ask_for_refresh() -> None:
    """Have the next run read the pool again; for callbacks."""
    st.session_state[_REFRESH] = True


def show(ctx: Context, tables: PoolTables) -> None:
    """Everything but the dialogs."""

    def reading() -> None:
        st.markdown(f"read {md(ago(tables.about.taken_at))}", width="content")
        st.button(
            "Read again",
            icon=":material/refresh:",
            type="tertiary",
            on_click=ask_for_refresh,
            help="Changes made here show at once. This brings in what was changed elsewhere.",
        )

    found.show(ctx, tables, reading)
