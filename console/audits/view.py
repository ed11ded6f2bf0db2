"""The audits page: on top which snapshot, below it a tab for each way to look at it."""

from __future__ import annotations

import importlib
import importlib.util

import streamlit as st

from console.audits.reviews_words import PARAMETER as CAMPAIGN
from console.context import Context
from console.feedback import guarded
from console.snapshots import snapshot_bar
from services.directory.pool_key import pool_key_of
from services.directory.snapshots import Snapshots

REVIEWS = "Reviews"
TABS = {
    "Findings": "console.audits.findings",
    "Matrix": "console.audits.matrix",
    "Access by application": "console.audits.access",
    "Compare": "console.audits.compare",
    REVIEWS: "console.audits.reviews",
}
"""Each tab has a module of its own with `show(ctx, snapshot)`; only that of the open tab is loaded."""


def show(ctx: Context) -> None:
    """The whole page below its title."""
    snapshot_bar(ctx)
    snapshot = Snapshots(ctx.store).view(pool_key_of(ctx.pool_session.gateway))
    if snapshot is None:
        _without_snapshot(ctx)
        return
    titles = [title for title, module in TABS.items() if importlib.util.find_spec(module) is not None]
    # a link to one review need not name its tab
    first = REVIEWS if CAMPAIGN in st.query_params and REVIEWS in titles else titles[0]
    shown = st.tabs(titles, default=first, key="tab", bind="query-params")
    for title, tab in zip(titles, shown, strict=True):
        with tab, guarded():
            if tab.open:
                importlib.import_module(TABS[title]).show(ctx, snapshot)


def _without_snapshot(ctx: Context) -> None:
    """Reviews that run go on: what they are about was frozen when they started."""
    if ctx.store.campaigns.of_pool(ctx.pool.name):
        st.divider()
        importlib.import_module(TABS[REVIEWS]).show(ctx, None)
