"""Schedule: what begins by itself, when, as whom, and what came of it."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from console import context
from console.feedback import guarded
from console.page import open_page
from console.schedule.form import show_form
from console.schedule.table import is_live, show_schedules

ctx = open_page(
    "Schedule",
    "What is done by itself in this user pool: when, as whom, and what came of it.",
)


@st.fragment(run_every=timedelta(seconds=2) if is_live(ctx) else None)
def watch() -> None:
    """The list renews itself while something runs."""
    context.require_live()
    with guarded():
        show_schedules(ctx)


with guarded():
    show_form(ctx)
    watch()
