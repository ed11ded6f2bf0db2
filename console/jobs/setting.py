"""Whether jobs go on by themselves after the console was stopped in their middle."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.feedback import done, guarded
from services.bulk.control import resumes_by_itself, set_resumes_by_itself
from services.roles import Permission


def show_setting(ctx: Context) -> None:
    """The switch, for those who configure the console."""
    if not ctx.may(Permission.CONFIGURE):
        return
    now = resumes_by_itself(ctx.store)
    wanted = st.toggle(
        "Jobs go on by themselves when the console was stopped in their middle",
        value=now,
        key=f"jobs-by-themselves-{now}",
        help="Off: such a job waits on its page until somebody presses “Go on”.",
    )
    if wanted != now:
        with guarded():
            set_resumes_by_itself(ctx.store, wanted, ctx.who())
            done(
                "Jobs go on by themselves."
                if wanted
                else "Jobs wait for a click after the console was stopped."
            )
            st.rerun()
