"""What an operator can have a job do."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from console.context import Context
from console.feedback import show_error
from services.access.actor import Actor
from services.access.permissions import Permission
from services.bulk import control
from services.bulk.runner import runner_for
from services.errors import ConsoleError
from services.store.jobs import Job, JobState
from services.store.store import Store

_FAILED = "_console_job_error"
_BEGINS = (JobState.PAUSED, JobState.STOPPED, JobState.FAILED)


def show_controls(ctx: Context, job: Job) -> None:
    """The buttons that make sense in the job's state, with the reason where the role doesn't allow them."""
    error = st.session_state.pop(_FAILED, None)
    if isinstance(error, ConsoleError):
        show_error(error)
    why_not = ctx.why_not(Permission.BULK)
    buttons: list[tuple[str, str, Callable[[Store, str, Actor], object]]] = []
    if job.state is JobState.PLANNED:
        buttons += [("Start", ":material/play_arrow:", control.start)]
    if job.state in _BEGINS:
        buttons += [("Go on", ":material/play_arrow:", control.resume)]
    if job.state in (JobState.QUEUED, JobState.RUNNING):
        buttons += [("Pause", ":material/pause:", control.pause)]
    if job.state in (JobState.QUEUED, JobState.RUNNING, JobState.PAUSED):
        buttons += [("Stop", ":material/stop:", control.stop)]
    if not buttons:
        return
    with st.container(horizontal=True):
        for label, icon, action in buttons:
            st.button(
                label,
                icon=icon,
                disabled=bool(why_not),
                help=why_not or _help(label),
                key=f"job-{label}-{job.id}",
                on_click=_ask,
                args=(ctx, job.id, action),
            )


def _help(label: str) -> str | None:
    return {
        "Pause": "What is being sent ends first.",
        "Stop": "Rows that have not begun end as “not attempted”. You can go on later.",
        "Go on": "What is done is not done again.",
    }.get(label)


def _ask(ctx: Context, job_id: str, action: Callable[[Store, str, Actor], object]) -> None:
    """Runs before the page: the right is checked by the service, an error is shown by the next run."""
    try:
        action(ctx.store, job_id, ctx.who())
        runner_for(ctx.store).wake()
    except ConsoleError as error:
        st.session_state[_FAILED] = error
