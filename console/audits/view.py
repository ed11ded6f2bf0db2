"""The audits page: on top which snapshot, below it a tab for each way to look at it."""

from __future__ import annotations

import streamlit as st

from console.audits import access, ask, compare, findings, matrix, reviews
from console.audits.address import QUESTION
from console.audits.reviews_words import PARAMETER as CAMPAIGN
from console.context import Context
from console.feedback import guarded
from console.snapshots import snapshot_bar

ASK, REVIEWS = "Ask", "Reviews"
TABS = {
    "Findings": findings.show,
    "Matrix": matrix.show,
    "Access by application": access.show,
    "Compare": compare.show,
    ASK: ask.show,
    REVIEWS: reviews.show,
}
"""What shows each tab, when it is open."""


def show(ctx: Context) -> None:
    """The whole page below its title."""
    snapshot = snapshot_bar(ctx)
    if snapshot is None:
        _without_snapshot(ctx)
        return
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
        reviews.show(ctx, None)
