"""What waits for somebody before a new file: drafts, running jobs, temporary passwords to hand over."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.navigation import PAGES
from console.onboarding.draft import go_to_step, throw_away
from console.widgets.plan import LIVE, how_far, state_words
from console.widgets.words import day, label, md, minute
from services.bulk import handover, report
from services.bulk.drafts import FileDraft, drafts_of, kept_until
from services.store.jobs import Job, JobState
from services.words import counted

SHOWN = 20


def show_waiting(ctx: Context) -> None:
    """A line for each draft, job and hand-over that waits, with a button to go on with it."""
    mine = drafts_of(ctx.store, ctx.pool, ctx.who)
    jobs = ctx.store.jobs.list(limit=SHOWN, states=[*LIVE, JobState.PAUSED], pool_name=ctx.pool.name)
    passwords = handover.jobs_with_passwords(ctx.store, ctx.pool.name, SHOWN)
    if not (mine or jobs or passwords):
        return
    st.markdown("**Waiting for you**" if mine or passwords else "**Under way**")
    for draft in mine:
        _draft(ctx, draft)
    for job in jobs:
        _job(
            job,
            f"{state_words(job.state, job.control)}: {how_far(report.progress(ctx.store, job.id))}",
            "See the job",
        )
    for job, count in passwords:
        text = f"{counted(count, 'temporary password')} to hand over"
        if job.finished_at:
            text += f", kept until {day(job.finished_at + handover.PASSWORDS_KEPT)}"
        _job(job, text, "Hand over")


def _draft(ctx: Context, draft: FileDraft) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        rows = counted(draft.rows, "row") if draft.rows else "how to read it is still open"
        st.markdown(
            f":material/draft: **{md(draft.name)}**: {rows}. Left {minute(draft.changed_at)}, "
            f"kept until {day(kept_until(ctx.store, draft))}.",
            width="stretch",
        )
        st.button(
            "Go on",
            type="primary",
            key=f"onboarding-open-{draft.id}",
            help=f"Go on with {label(draft.name)} where you left it.",
            on_click=go_to_step,
            args=(ctx, draft.id),
        )
        st.button(
            "Throw away",
            key=f"onboarding-forget-{draft.id}",
            help="The file and what you changed are forgotten here. Nothing was sent.",
            on_click=throw_away,
            args=(ctx, draft.id, draft.name),
        )


def _job(job: Job, text: str, way: str) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/work_history: **{md(job.title)}**: {md(text)}.", width="stretch")
        st.page_link(PAGES["job"], label=way, query_params={"id": job.id})
