"""Jobs: everything that runs or ran over many people."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from console import context
from console.feedback import guarded
from console.jobs.table import has_live, show_jobs, show_setting
from console.page import open_page

ctx = open_page(
    "Jobs",
    "What was done to many people at once: how far it is, who started it, and what became of every row.",
    needs_pool=False,
    about_a_pool=False,
)


@st.fragment(run_every=timedelta(seconds=2) if has_live(ctx) else None)
def watch() -> None:
    """The table renews itself while something runs."""
    context.require_live()
    with guarded():
        show_jobs(ctx)


with guarded():
    watch()
    show_setting(ctx)
