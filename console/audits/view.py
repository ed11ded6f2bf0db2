"""The audits page: on top which snapshot, below it a tab for each way to look at it."""

from __future__ import annotations

import streamlit as st

from console.audits.access import show_access
from console.audits.ask import QUESTION, show_ask
from console.audits.compare import show_compare
from console.audits.findings import show_findings_tab
from console.audits.matrix import show_matrix
from console.audits.review import PARAMETER as CAMPAIGN
from console.audits.reviews import show_reviews
from console.context import Context
from console.feedback import guarded
from console.snapshots import snapshot_bar
from console.widgets.bulk_dialog import show_bulk_dialog
from services.directory.pool import PoolTables

ASK, REVIEWS = "Ask", "Reviews"
TABS = {
    "Findings": show_findings_tab,
    "Matrix": show_matrix,
    "Access by application": show_access,
    "Compare": show_compare,
    ASK: show_ask,
    REVIEWS: show_reviews,
}
"""What shows each tab, when it is open."""


def show_audits(ctx: Context) -> None:
    """The whole page below its title."""
    snapshot = snapshot_bar(ctx)
    if snapshot is None:
        _without_snapshot(ctx)
    else:
        _tabs(ctx, snapshot)
    show_bulk_dialog(ctx)


def _tabs(ctx: Context, snapshot: PoolTables) -> None:
    # a link to one review, or to one question, need not name its tab
    named = REVIEWS if CAMPAIGN in st.query_params else ASK if QUESTION in st.query_params else ""
    first = named or next(iter(TABS))
    shown = st.tabs(list(TABS), default=first, key="tab", bind="query-params")
    for title, tab in zip(TABS, shown, strict=True):
        with tab, guarded():
            if tab.open:
                TABS[title](ctx, snapshot)


def _without_snapshot(ctx: Context) -> None:
    """Reviews that run go on: what they are about was frozen when they started."""
    if ctx.store.campaigns.of_pool(ctx.pool.name):
        st.divider()
        show_reviews(ctx, None)
