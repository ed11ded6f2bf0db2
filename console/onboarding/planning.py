"""Comparing the file with the pool, with progress on the page."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.feedback import guarded
from console.onboarding.draft import UploadDraft, go
from console.widgets.words import md
from services.bulk.plan import plan_file


def plan_now(ctx: Context, draft: UploadDraft) -> None:
    """Make the plan and go to the check; an error is shown and leaves the draft as it was."""
    draft.settle()
    with guarded():
        bar = st.progress(0.0, text="Checking the rows…")

        def progress(what: str, fraction: float | None) -> None:
            bar.progress(min(1.0, max(0.0, fraction or 0.0)), text=md(what))

        draft.plan = plan_file(
            ctx.pool_session.gateway,
            draft.table,
            draft.columns,
            draft.options,
            pool_name=ctx.pool.name,
            progress=progress,
        )
        bar.empty()
        draft.stale = False
        draft.job_id = ""
        go(ctx, 3)
        st.rerun()
