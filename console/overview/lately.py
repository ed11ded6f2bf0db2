"""What is going on and what was done lately: running jobs, and the newest lines of the log."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.navigation import PAGES
from console.overview.table import show_rows
from console.widgets.words import minute
from services.activity_report import RESULT_TITLES, ActivityReader, title_of
from services.store.jobs import JobState

LINES = 10
GOING = (JobState.QUEUED, JobState.RUNNING, JobState.PAUSED, JobState.STOPPING)
STATE_WORDS = {
    JobState.QUEUED: "Waiting",
    JobState.RUNNING: "Running",
    JobState.PAUSED: "Paused",
    JobState.STOPPING: "Stopping",
}


def show_jobs(ctx: Context) -> None:
    """The jobs of this pool that aren't over."""
    st.header("Running jobs", anchor=False)
    jobs = ctx.store.jobs.list(states=GOING, pool_name=ctx.pool.name)
    if not jobs:
        st.markdown("None.")
        return
    show_rows(
        {
            "Job": [job.title for job in jobs],
            "State": [STATE_WORDS[job.state] for job in jobs],
            "Rows": [job.total_rows for job in jobs],
            "By": [job.started_by_name or job.created_by_name for job in jobs],
            "Since": [minute(job.started_at or job.created_at) for job in jobs],
        },
        about="Jobs of this pool that are not over",
        page="job",
        opens="Job",
        queries=[{"id": job.id, "pool": ctx.pool.name} for job in jobs],
    )
    if "jobs" in PAGES:
        st.page_link(PAGES["jobs"], label="Jobs", icon=":material/work_history:")


def show_activity(ctx: Context) -> None:
    """The newest lines of the log about this pool."""
    st.header("Done lately", anchor=False)
    lines = ActivityReader(ctx.store, ctx.who).page({"pool": ctx.pool.name}, limit=LINES)
    if not lines:
        st.markdown("Nothing yet. What operators change in this pool is listed here, newest first.")
        return
    show_rows(
        {
            "When": [minute(line.at) for line in lines],
            "Operator": [line.operator_name for line in lines],
            "What": [title_of(line.action) for line in lines],
            "Whom": [line.target_name for line in lines],
            "Result": [RESULT_TITLES[line.result] for line in lines],
        },
        about="The newest lines of the activity log about this pool",
        page="activity",
        opens="What",
        queries=[{"id": line.id, "pool": ctx.pool.name} for line in lines],
    )
    if "activity" in PAGES:
        st.page_link(
            PAGES["activity"],
            label="The whole log",
            icon=":material/history:",
            query_params={"pool": ctx.pool.name},
        )
