"""One job, live or over; ?id= says which."""

from __future__ import annotations

import streamlit as st

from console.feedback import guarded
from console.jobs.view import show_job
from console.navigation import PAGES
from console.page import open_page

ctx = open_page(
    "Job",
    "A file or a selection of people being carried out, row by row.",
    needs_pool=False,
    about_a_pool=False,
)
with guarded():
    st.page_link(PAGES["jobs"], label="All jobs", icon=":material/arrow_back:")
    job_id = st.query_params.get("id", "")
    if job_id:
        show_job(ctx, job_id)
    else:
        st.info("The address names no job. Choose one from the list.", icon=":material/info:")
