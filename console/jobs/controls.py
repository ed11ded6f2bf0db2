"""What an operator can have a job do."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from console.context import Context
from console.feedback import done, guarded, show_error
from console.jobs.plan import button_text, deletion_warning, deletions, people
from console.navigation import PAGES
from console.widgets import dialog
from services.bulk import control
from services.bulk.runner import runner_for
from services.bulk.saved import save_plan, totals_in
from services.bulk.undo import plan_undo
from services.errors import ConsoleError
from services.pool_session import Target, gateway_for
from services.roles import Actor, Permission
from services.store.jobs import Job, JobState
from services.store.store import Store

Ask = Callable[[Store, str, Actor], object]
_FAILED = "_console_job_error"
_BEGINS = (JobState.PAUSED, JobState.STOPPED, JobState.FAILED)
_GOES = (JobState.QUEUED, JobState.RUNNING)
_CAN_BE_UNDONE = (JobState.FINISHED, JobState.STOPPED, JobState.FAILED, JobState.PAUSED)


def show_controls(ctx: Context, job: Job) -> None:
    """The buttons that make sense in the job's state, with the reason where the role doesn't allow them."""
    error = st.session_state.pop(_FAILED, None)
    if isinstance(error, ConsoleError):
        show_error(error)
    with st.container(horizontal=True):
        if job.state is JobState.PLANNED:
            _planned(ctx, job)
        if job.state in _BEGINS:
            _button(
                ctx, job, "Go on", ":material/play_arrow:", control.resume, "What is done is not done again."
            )
        if job.state in _GOES:
            _button(ctx, job, "Pause", ":material/pause:", control.pause, "What is being sent ends first.")
        if job.state in (*_GOES, JobState.PAUSED):
            stop = "Rows that have not begun end as “not attempted”. You can go on later."
            _button(ctx, job, "Stop", ":material/stop:", control.stop, stop)
        if job.state in _CAN_BE_UNDONE and job.total_steps:
            _undo(ctx, job)


def _planned(ctx: Context, job: Job) -> None:
    """Start, with the number of people typed when some are deleted; or throw the plan away."""
    totals = totals_in(job)
    deleted = deletions(totals)
    if not deleted:
        _button(ctx, job, button_text(totals), ":material/play_arrow:", control.start, "", primary=True)
    else:
        why_not = ctx.why_not(Permission.USER_DELETE)
        pressed = st.button(
            f"{button_text(totals)}…",
            icon=":material/play_arrow:",
            type="primary",
            disabled=bool(why_not),
            help=why_not or None,
            key=f"job-start-{job.id}",
        )
        store, who = ctx.store, ctx.who

        def begin(reason: str) -> None:
            control.start(store, job.id, who(), reason)
            runner_for(store).wake()

        dialog.confirm(
            pressed,
            f"Delete {deleted:,} {people(deleted)}",
            deletion_warning(deleted),
            typed=str(deleted),
            typed_what="number of people",
            action=begin,
            button=f"Delete {deleted:,}",
            key=f"job-delete-{job.id}",
        )
    why_not = ctx.why_not(Permission.BULK)
    if st.button(
        "Throw the plan away",
        icon=":material/delete:",
        disabled=bool(why_not),
        help=why_not or "Nothing has been sent; the plan is forgotten.",
        key=f"job-forget-{job.id}",
    ):
        with guarded():
            control.delete_plan(ctx.store, job.id, ctx.who())
            done("The plan was thrown away. Nothing was sent.")
            st.switch_page(PAGES["jobs"])


def _undo(ctx: Context, job: Job) -> None:
    """Plan the way back, and go to that plan: it is looked at and started like any other."""
    why_not = ctx.why_not(Permission.BULK)
    if not st.button(
        "Undo…",
        icon=":material/undo:",
        disabled=bool(why_not),
        help=why_not or "Makes a plan that takes this job back as far as Cognito can. Nothing is sent yet.",
        key=f"job-undo-{job.id}",
    ):
        return
    with guarded(), st.spinner("Comparing with the user pool as it is now…", show_time=True):
        actor = ctx.who()
        gateway = gateway_for(ctx.store, Target(**job.target), actor.name)
        plan = plan_undo(ctx.store, gateway, job.id)
        saved = save_plan(ctx.store, plan, target=job.target, actor=actor, undo_of=job.id)
        st.switch_page(PAGES["job"], query_params={"id": saved.id})


def _button(
    ctx: Context, job: Job, label: str, icon: str, ask: Ask, help: str, *, primary: bool = False
) -> None:
    why_not = ctx.why_not(Permission.BULK)
    st.button(
        label,
        icon=icon,
        type="primary" if primary else "secondary",
        disabled=bool(why_not),
        help=why_not or help or None,
        key=f"job-{ask.__name__}-{job.id}",
        on_click=_ask,
        args=(ctx, job.id, ask),
    )


def _ask(ctx: Context, job_id: str, ask: Ask) -> None:
    """Runs before the page: the right is checked by the service, an error is shown by the next run."""
    try:
        ask(ctx.store, job_id, ctx.who())
        runner_for(ctx.store).wake()
    except ConsoleError as error:
        st.session_state[_FAILED] = error
