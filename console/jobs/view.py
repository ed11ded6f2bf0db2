"""One job as it stands now: progress, figures, controls, outcomes, files. Renews itself while it runs."""

from __future__ import annotations

from datetime import timedelta

import altair as alt
import pandas as pd
import streamlit as st

from console import context
from console.context import Context
from console.feedback import guarded
from console.jobs.controls import show_controls
from console.jobs.downloads import OVER, show_downloads
from console.jobs.outcomes import PAGE, show_outcomes, show_turning, turn_pages
from console.jobs.plan import show_cost, show_rows, show_sentence
from console.jobs.words import COLOURS, LIVE, RESULTS, STATES, how_far
from console.widgets.words import md, minute
from services.bulk import report
from services.bulk.model import JobProgress, Result
from services.bulk.saved import iter_row_plans, totals_in
from services.store.jobs import Job, JobState

RENEW = timedelta(seconds=1)
RENEW_PASSWORDS = timedelta(seconds=5)
"""Passwords are taken in a download, which runs no script: the button goes with the next look."""


def show_job(ctx: Context, job_id: str) -> None:
    """Show a job. Raises `RecordNotFound` when there is none of that id."""
    state = ctx.store.jobs.get(job_id).state
    live = state in LIVE
    waiting = bool(not live and ctx.store.jobs.passwords_left(job_id))

    @st.fragment(run_every=RENEW if live else RENEW_PASSWORDS if waiting else None)
    def watch() -> None:
        context.require_live()
        with guarded():
            job = ctx.store.jobs.get(job_id)
            if job.state is not state:
                st.rerun()  # a full run gives the timer the pace of the new state
            _show(ctx, job)

    watch()


def _show(ctx: Context, job: Job) -> None:
    now = report.progress(ctx.store, job.id)
    _head(job)
    if job.state is JobState.PLANNED:
        _plan(ctx, job)
        return
    st.progress(now.fraction, text=how_far(now))
    if now.reason:
        st.info(md(now.reason), icon=":material/info:")
    _figures(now)
    show_controls(ctx, job)
    failed = sum(now.results.get(one, 0) for one in (Result.FAILED, Result.INVALID, Result.CHANGED))
    passwords = 0
    if job.state in OVER and ctx.store.jobs.passwords_left(job.id):
        passwords = report.passwords_waiting(ctx.store, job.id)
    show_downloads(ctx, job, failed=failed + now.results.get(Result.NOT_ATTEMPTED, 0), passwords=passwords)
    show_outcomes(ctx, job.id, now.results)
    _pace(ctx, job)


def _head(job: Job) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{md(job.title)}**", width="content")
        st.badge(STATES[job.state], color=COLOURS.get(job.state, "gray"))
    told = [f"user pool {job.pool_name}", f"planned by {job.created_by_name} on {minute(job.created_at)}"]
    if job.started_at:
        told.append(f"started by {job.started_by_name} on {minute(job.started_at)}")
    st.markdown(md(" · ".join(told)))


def _plan(ctx: Context, job: Job) -> None:
    """What a plan that nobody has started would do."""
    totals = totals_in(job)
    show_sentence(totals)
    for remark in job.options.get("remarks", ()):
        st.info(md(remark), icon=":material/info:")
    show_controls(ctx, job)
    left, right = st.columns([5, 2], gap="large")
    with right:
        show_cost(totals)
    with left:
        key = f"_job-plan-after-{job.id}"
        turn = turn_pages(key)
        rows = list(iter_row_plans(ctx.store, job.id, after=turn[-1], limit=PAGE + 1))
        show_rows(rows[:PAGE])
        show_turning(key, turn, rows[:PAGE][-1].row if rows else 0, more=len(rows) > PAGE)


def _figures(now: JobProgress) -> None:
    shown = [one for one in Result if now.results.get(one)]
    if not shown:
        return
    for place, one in zip(st.columns(len(shown)), shown, strict=True):
        place.metric(RESULTS[one], f"{now.results[one]:,}", border=True)


def _pace(ctx: Context, job: Job) -> None:
    """Requests a second by quota, once there is something to see."""
    with st.expander("Requests a second, by quota"):
        points = report.rate_over_time(ctx.store, job.id)
        if len(points) < 2:
            st.markdown("Nothing to draw yet: the job was too short or has not begun.")
            return
        frame = pd.DataFrame(
            {
                "Time": [one.at for one in points],
                "Quota": [one.category for one in points],
                "Requests a second": [one.per_second for one in points],
            }
        )
        st.altair_chart(
            alt.Chart(frame, title="Requests a second, by quota")
            .mark_line(point=True)
            .encode(x="Time:T", y="Requests a second:Q", color="Quota:N", tooltip=list(frame.columns))
        )
