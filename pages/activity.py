"""Activity: what operators did, newest first."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from console.activity.proof import show_proof
from console.activity.table import choose, show_line, show_lines
from console.feedback import guarded
from console.navigation import PAGES
from console.page import open_page
from console.widgets.address import came_to
from console.widgets.downloads import download
from console.widgets.words import md
from services.activity_report import ActivityReader

ctx = open_page(
    "Activity",
    "What operators of this console did, newest first: to whom, when, and what changed.",
    needs_pool=False,
    about_a_pool=False,
)
reader = ActivityReader(ctx.store, ctx.who)
with guarded():
    show_proof(ctx.store.activity.chain)
    linked = st.query_params.get("id", "")
    if linked:
        came_to("")
        show_line(ctx, reader.line(linked))
        st.page_link(PAGES["activity"], label="Show the whole log", icon=":material/history:")
        st.stop()
    filters = choose(ctx)
    if filters.get("target"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown("Only what was done to one target.", width="content")
            st.page_link(PAGES["activity"], label="Show everything", icon=":material/close:")
    chosen = show_lines(reader, filters)
    if chosen is not None:
        show_line(ctx, chosen)
    else:
        st.markdown(md("Choose a line to see every value before and after."))
    download(
        "Export these lines as CSV",
        f"activity-{datetime.now(UTC):%Y-%m-%d}.csv",
        lambda: reader.csv(filters),
        key="activity-export",
    )
