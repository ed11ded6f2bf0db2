"""The table of jobs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from console.context import Context
from console.feedback import done, guarded
from console.jobs.passwords import in_short
from console.navigation import PAGES
from console.widgets.plan import LIVE, state_words
from console.widgets.table import Column, pick
from services.bulk import report
from services.bulk.control import resumes_by_itself, set_resumes_by_itself
from services.bulk.model import JobProgress, RowResult
from services.roles import Permission
from services.store.jobs import Job
from services.words import duration

SHOWN = 25
_TRAIL = "_jobs-before"


def show_jobs(ctx: Context) -> None:
    """All jobs, newest first; a click on what it does opens one."""
    trail: list[str] = st.session_state.setdefault(_TRAIL, [""])
    jobs = ctx.store.jobs.list(limit=SHOWN + 1, before=trail[-1])
    if not jobs:
        how = " Bring a file in on the Onboarding page, or choose several people on the Users page."
        st.info(f"No job yet.{how if ctx.may(Permission.BULK) else ''}", icon=":material/info:")
        return
    shown = jobs[:SHOWN]
    now = [report.progress(ctx.store, job.id) for job in shown]
    took = [_took(progress) for progress in now]
    picked = pick(
        _cells(ctx, shown, now),
        "Jobs, newest first",
        name="jobs-table",
        identity=[job.id for job in shown],
        opens="What",
        rows=SHOWN,
        columns={"Progress": Column(kind="share"), "Took": Column(order=took)},
    )
    if picked.opened is not None:
        st.switch_page(PAGES["job"], query_params={"id": shown[picked.opened].id})
    more = len(jobs) > SHOWN
    if more or len(trail) > 1:
        with st.container(horizontal=True):
            st.button("Newer jobs", disabled=len(trail) < 2, on_click=_newer, args=(trail,))
            st.button("Older jobs", disabled=not more, on_click=trail.append, args=(shown[-1].id,))


def _newer(trail: list[str]) -> None:
    trail.pop()


def has_live(ctx: Context) -> bool:
    """True while any job may change by itself."""
    return bool(ctx.store.jobs.list(states=list(LIVE), limit=1))


def _took(progress: JobProgress) -> float | None:
    """How many seconds it took; None while it isn't over."""
    if progress.started_at and progress.finished_at:
        return (progress.finished_at - progress.started_at).total_seconds()
    return None


def _cells(ctx: Context, jobs: Sequence[Job], now: Sequence[JobProgress]) -> dict[str, Any]:
    took = ["" if seconds is None else duration(seconds) for seconds in map(_took, now)]
    cells: dict[str, list[Any]] = {
        "What": [job.title for job in jobs],
        "State": [state_words(progress.state, progress.control) for progress in now],
        "Progress": [progress.fraction for progress in now],
        "Passwords": [in_short(ctx.store, job) for job in jobs],
        "Rows": [progress.rows for progress in now],
        "Done": [progress.results.get(RowResult.DONE, 0) for progress in now],
        "Not done": [sum(progress.results.get(bad, 0) for bad in report.TO_FIX) for progress in now],
        "Waiting": [progress.results.get(RowResult.WAITING, 0) for progress in now],
        "User pool": [job.pool_name for job in jobs],
        "Took": took,
        "Planned by": [job.created_by_name for job in jobs],
        "Started by": [job.started_by_name for job in jobs],
        "Planned": [job.created_at for job in jobs],
    }
    if not any(cells["Passwords"]):
        del cells["Passwords"]
    return cells


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
