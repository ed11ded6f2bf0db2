"""The Reviews tab of the audits page: the list, a new one, or the one that the address names."""

from __future__ import annotations

import streamlit as st

from console.audits.reviews_list import show_list
from console.audits.reviews_new import show_new
from console.audits.reviews_one import show_one
from console.audits.reviews_words import NEW, PARAMETER, go_to
from console.context import Context
from console.feedback import guarded
from services.directory.pool import PoolTables
from services.roles import Permission


def show(ctx: Context, snapshot: PoolTables | None) -> None:
    """Show the tab. Without a snapshot no review can be started; those that run go on."""
    wanted = st.query_params.get(PARAMETER, "")
    if wanted:
        st.button("All reviews", icon=":material/arrow_back:", type="tertiary", on_click=go_to, args=("",))
    with guarded():
        if wanted == NEW and ctx.may(Permission.REVIEW):
            show_new(ctx, snapshot)
        elif wanted and wanted != NEW:
            show_one(ctx, wanted)
        else:
            show_list(ctx, snapshot)
