"""The users page of a large pool: searched in the newest snapshot; page by page until there is one."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.snapshots import snapshot_bar
from console.users import found, paged
from services.directory.listing import Directory
from services.directory.search_index import index_of


def show(ctx: Context, directory: Directory) -> None:
    """Everything but the dialogs."""
    snapshot = snapshot_bar(ctx)
    if snapshot is None:
        paged.show(ctx, directory)
        return
    with st.spinner("Preparing the search …", show_time=True):
        index_of(snapshot)
    found.show(ctx, snapshot)
