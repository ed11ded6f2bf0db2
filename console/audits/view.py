"""The audits page: on top which snapshot, below it a tab for each way to look at it."""

from __future__ import annotations

import importlib
import importlib.util

import streamlit as st

from console.context import Context
from console.feedback import guarded
from console.snapshots import snapshot_bar

TABS = {
    "Findings": "console.audits.findings",
    "Matrix": "console.audits.matrix",
    "Access by application": "console.audits.access",
    "Compare": "console.audits.compare",
    "Reviews": "console.audits.reviews",
}
"""Each tab has a module of its own with `show(ctx, snapshot)`; only that of the open tab is loaded."""


def show(ctx: Context) -> None:
    """The whole page below its title."""
    snapshot = snapshot_bar(ctx)
    if snapshot is None:
        return
    titles = [title for title, module in TABS.items() if importlib.util.find_spec(module) is not None]
    for title, tab in zip(titles, st.tabs(titles, key="tab", bind="query-params"), strict=True):
        with tab, guarded():
            if tab.open:
                importlib.import_module(TABS[title]).show(ctx, snapshot)
