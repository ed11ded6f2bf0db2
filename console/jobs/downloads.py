"""The files to take away from a job."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.widgets.downloads import download
from console.widgets.words import md
from services.bulk import report
from services.bulk.report import report_html, sheets
from services.roles import Permission
from services.store.jobs import Job, JobState
from services.words import counted

OVER = (JobState.FINISHED, JobState.STOPPED, JobState.FAILED, JobState.PAUSED)


def show_downloads(ctx: Context, job: Job, *, failed: int, passwords: int) -> None:
    """Results, the rows to fix, and once the temporary passwords."""
    if job.state not in OVER:
        return
    store, who, name = ctx.store, ctx.who, f"{job.pool_name}-{job.id[:8]}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        download(
            "All results",
            f"{name}-results.csv",
            lambda: report.results_csv(store, job.id).data,
            key=f"job-results-{job.id}",
        )
        if failed:
            download(
                f"{failed:,} rows to fix",
                f"{name}-to-fix.csv",
                lambda: report.failed_csv(store, job.id, who()).data,
                key=f"job-failed-{job.id}",
                help="Correct them and upload the file again: what is done already is recognised.",
            )
        download(
            "Report",
            f"{name}-report.html",
            lambda: report_html(store, job.id),
            key=f"job-report-{job.id}",
            mime="text/html",
            help="Who, when, how many and every row, as a page to print.",
        )
        if st.button(
            "Formula check",
            key=f"job-safe-{job.id}",
            type="tertiary",
            help="Says which cells of the results a spreadsheet would have run as a formula.",
        ):
            st.markdown(md(report.results_csv(store, job.id).statement))
    if passwords:
        _passwords(ctx, job, passwords, name)


def _passwords(ctx: Context, job: Job, count: int, name: str) -> None:
    store, who, why_not = ctx.store, ctx.who, ctx.why_not(Permission.USER_PASSWORD)
    people = counted(count, "temporary password")
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{people}** can be taken away **once**, as a table or as sheets to hand over. "
            "They are erased here with that.",
            width="stretch",
        )
        download(
            "As a table",
            f"{name}-passwords.csv",
            lambda: report.passwords_csv(report.take_passwords(store, job.id, who())).data,
            key=f"job-passwords-{job.id}",
            icon=":material/key:",
            disabled=bool(why_not),
            help=why_not or None,
        )
        download(
            "As sheets to print",
            f"{name}-sheets.html",
            lambda: sheets(report.take_passwords(store, job.id, who()), job.pool_name),
            key=f"job-sheets-{job.id}",
            mime="text/html",
            icon=":material/print:",
            disabled=bool(why_not),
            help=why_not or None,
        )
