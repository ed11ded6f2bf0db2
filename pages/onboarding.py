"""Onboarding: a file of people, checked, compared with the pool, previewed, carried out."""

from __future__ import annotations

import streamlit as st

from console.feedback import guarded
from console.jobs.view import show_job
from console.onboarding.check import show_check
from console.onboarding.columns import show_columns
from console.onboarding.draft import (
    CHECK,
    COLUMNS,
    JOB,
    PREVIEW,
    RESULT,
    UploadDraft,
    current_draft,
    keep,
    leave,
    step_of,
)
from console.onboarding.file import show_file, show_line
from console.onboarding.preview import make_plan, show_preview
from console.page import open_page
from services.roles import Permission

ctx = open_page(
    "Onboarding",
    "Bring in or change many people from CSV or Excel. Nothing is sent before you have seen the preview.",
    permission=Permission.BULK,
)
with guarded():
    draft = current_draft(ctx)
    step = step_of(draft)
    show_line(ctx, draft, step)
    if step == RESULT:
        show_job(ctx, st.query_params[JOB])
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("Another file", icon=":material/upload_file:", on_click=leave, args=(ctx,))
            st.markdown("A running job goes on when you close the tab; find it again under **Jobs**.")
    elif not isinstance(draft, UploadDraft) or step < COLUMNS:
        show_file(ctx, draft)
    elif step == COLUMNS:
        show_columns(ctx, draft)
    else:
        if draft.plan is None:  # opened anew: the pool may have changed since
            make_plan(ctx, draft)
        if step == CHECK:
            show_check(ctx, draft)
        elif step == PREVIEW:
            show_preview(ctx, draft)
    keep(ctx, draft)
