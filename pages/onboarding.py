"""Onboarding: a file of people, checked, compared with the pool, previewed, carried out."""

from __future__ import annotations

import streamlit as st

from console.feedback import guarded
from console.jobs.view import show_job
from console.onboarding.check import show_check
from console.onboarding.columns import show_columns
from console.onboarding.file import current, discard, show_file, show_line
from console.onboarding.preview import show_preview
from console.page import open_page
from services.roles import Permission

ctx = open_page(
    "Onboarding",
    "Bring in or change many people from CSV or Excel. Nothing is sent before you have seen the preview.",
    permission=Permission.BULK,
)
with guarded():
    step = show_line(ctx)
    draft = current(ctx)
    if step == 1 or draft is None:
        show_file(ctx)
    elif step == 2:
        show_columns(ctx, draft)
    elif step == 3:
        show_check(ctx, draft)
    elif step == 4:
        show_preview(ctx, draft)
    else:
        show_job(ctx, draft.job_id)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button("Another file", icon=":material/upload_file:", on_click=discard, args=(ctx,))
            st.markdown("A running job goes on when you close the tab; find it again under **Jobs**.")
