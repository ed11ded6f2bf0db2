"""One job, live: how far it is, what it does, what became of each row, and its files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pandas as pd
import streamlit as st

from console import context
from console.context import Context
from console.feedback import done, guarded, show_error
from console.jobs.passwords import show_passwords, show_taking
from console.navigation import PAGES
from console.page import name_page
from console.theme import side_by_side
from console.widgets import dialog
from console.widgets.downloads import XLSX, download
from console.widgets.plan import (
    COLOURS,
    LIVE,
    RESULTS,
    button_text,
    deletion_warning,
    deletions,
    how_far,
    show_cost,
    show_plan_rows,
    show_sentence,
    state_words,
)
from console.widgets.table import Column, show_table
from console.widgets.words import md, minute
from services.bulk import control, report
from services.bulk.control import goes_on_by_itself, resumes_by_itself
from services.bulk.model import JobProgress, PlanTotals, RowResult
from services.bulk.report import outcomes, report_html
from services.bulk.runner import LOOK_FOR_JOBS, RUN_JOB
from services.bulk.saved import file_source_of, iter_row_plans, save_plan, totals_in
from services.bulk.to_fix import ending_of, job_rows_to_fix
from services.errors import ConsoleError
from services.gateways import PoolAddress, gateway_for
from services.roles import Actor, Origin, Permission
from services.store.activity import Why
from services.store.jobs import Job, JobControl, JobState
from services.store.store import Store
from services.undo import plan_undo
from services.words import counted, people
from services.work.desk import submit, work_for

RENEW, RENEW_RESTING = timedelta(seconds=1), timedelta(seconds=5)
"""How often the page looks at a job under way, and at one that rests and will go on by itself."""


def show_job(ctx: Context, job_id: str) -> None:
    """Show a job. Raises `RecordNotFound` when there is none of that id."""
    job = ctx.store.jobs.get(job_id)
    name_page(job.title)
    state = job.state
    rests = state is JobState.PAUSED and job.control is JobControl.RUN

    @st.fragment(run_every=RENEW if state in LIVE else RENEW_RESTING if rests else None)
    def watch() -> None:
        context.require_live()
        with guarded():
            job = ctx.store.jobs.get(job_id)
            if job.state is not state:
                st.rerun()  # a full run gives the timer the pace of the new state
            _show(ctx, job)

    watch()
    show_taking(ctx, job)


def _show(ctx: Context, job: Job) -> None:
    now = report.progress(ctx.store, job.id)
    _head(job, now)
    if job.state is JobState.PLANNED:
        _plan(ctx, job)
        return
    st.progress(now.fraction, text=how_far(now))
    if now.reason:
        st.info(md(f"{now.reason} {_how_on(ctx, job, now)}".strip()), icon=":material/info:")
    if job.state is JobState.QUEUED and not work_for(ctx.store).is_attended():
        st.warning(
            "No process is there that runs jobs, so this one waits. "
            "Whoever runs the console starts one with `python -m console worker`.",
            icon=":material/hourglass_empty:",
        )
    _figures(now)
    show_controls(ctx, job)
    if job.state in OVER:
        show_passwords(ctx, job)
    show_downloads(ctx, job, failed=sum(now.results.get(result, 0) for result in report.TO_FIX))
    if _rows_now(job):
        show_outcomes(ctx, job.id, now.results)
        _pace(ctx, job)


def _how_on(ctx: Context, job: Job, now: JobProgress) -> str:
    """How a job goes on that paused by itself; empty for any other."""
    if now.state is not JobState.PAUSED or now.control is not JobControl.RUN:
        return ""
    if job.state is not JobState.PAUSED or (goes_on_by_itself(job) and resumes_by_itself(ctx.store)):
        return "The job goes on by itself as soon as that is over."
    if job.origin == Origin.TERMINAL:
        return f"Go on with it in a terminal: python -m console resume {job.id}"
    return "Press “Go on” when that is over."


def _rows_now(job: Job) -> bool:
    """Whether the rows are shown: of a job under way only from its second look on, a second later.

    A table takes the browser longer than all the rest, which is to be there at once.
    """
    seen = st.session_state.setdefault(f"_job-seen-{job.id}", False)
    st.session_state[f"_job-seen-{job.id}"] = True
    return seen or job.state not in LIVE


def _head(job: Job, now: JobProgress) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(state_words(now.state, now.control), color=COLOURS.get(now.state, "gray"))
        st.markdown(md(_whose(job)), width="content")


def _whose(job: Job) -> str:
    told = [f"user pool {job.pool_name}", f"planned by {job.created_by_name} on {minute(job.created_at)}"]
    if job.started_at:
        told.append(f"started by {job.started_by_name} on {minute(job.started_at)}")
    return " · ".join(told)


def _plan(ctx: Context, job: Job) -> None:
    """Show what a plan that nobody has started yet would do."""
    totals = totals_in(job)
    show_sentence(totals)
    for remark in job.options.get("remarks", ()):
        st.info(md(remark), icon=":material/info:")
    show_controls(ctx, job)
    left, right = side_by_side("plan", (5, 2))
    with right:
        show_cost(totals)
    with left:
        key = f"_job-plan-after-{job.id}"
        turn = turn_pages(key)
        rows = list(iter_row_plans(ctx.store, job.id, after=turn[-1], limit=PAGE + 1))
        show_plan_rows(rows[:PAGE])
        show_turning(key, turn, rows[:PAGE][-1].row if rows else 0, more=len(rows) > PAGE)


def _figures(now: JobProgress) -> None:
    shown = [result for result in RowResult if now.results.get(result)]
    if not shown:
        return
    with st.container(horizontal=True):
        for result in shown:
            st.metric(RESULTS[result], f"{now.results[result]:,}", border=True, width=160)


def _pace(ctx: Context, job: Job) -> None:
    """Requests a second by quota, for whoever wants to see them: every step's time is read for it."""
    if not st.toggle("Show requests a second, by quota", key=f"job-pace-{job.id}"):
        return
    points = report.rate_over_time(ctx.store, job.id)
    if len(points) < 2:
        st.markdown("Nothing to draw yet: the job was too short or has not begun.")
        return
    frame = pd.DataFrame(
        {
            "Time": [point.at for point in points],
            "Quota": [point.category for point in points],
            "Requests a second": [point.per_second for point in points],
        }
    )
    kinds = {"Time": "temporal", "Requests a second": "quantitative", "Quota": "nominal"}
    part = {name: {"field": name, "type": kind} for name, kind in kinds.items()}
    spec = {
        "title": "Requests a second, by quota",
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": part["Time"],
            "y": part["Requests a second"],
            "color": part["Quota"],
            "tooltip": list(part.values()),
        },
    }
    st.vega_lite_chart(frame, spec)


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
    if job.state is JobState.PLANNED and not (deletions(totals_in(job)) or ctx.why_not(Permission.BULK)):
        dialog.ask_note(_start_key(job), "optional")
    with st.container(horizontal=True):
        if job.state is JobState.PLANNED:
            _planned(ctx, job)
        if job.state in _BEGINS:
            _control_button(
                ctx, job, "Go on", ":material/play_arrow:", control.resume, "What is done is not done again."
            )
        if job.state in _GOES:
            _control_button(
                ctx, job, "Pause", ":material/pause:", control.pause, "What is being sent ends first."
            )
        if job.state in (*_GOES, JobState.PAUSED):
            stop = "Rows that have not begun end as “not attempted”. You can go on later."
            _control_button(ctx, job, "Stop", ":material/stop:", control.stop, stop)
        if job.state in _CAN_BE_UNDONE and job.total_steps and not goes_on_by_itself(job):
            _undo_button(ctx, job)


def _planned(ctx: Context, job: Job) -> None:
    """Start, with the number of people typed when some are deleted; or throw the plan away."""
    totals = totals_in(job)
    if deletions(totals):
        _start_deleting(ctx, job, totals)
    else:
        _start_button(ctx, job, button_text(totals))
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


def _start_key(job: Job) -> Callable[[str], str]:
    """The keys of the fields for why a plan is started."""
    return lambda part: f"job-start-{part}-{job.id}"


def _start_button(ctx: Context, job: Job, text: str) -> None:
    """The button of a plan that deletes nobody; why it is carried out stands above."""
    why_not, key = ctx.why_not(Permission.BULK), _start_key(job)
    st.button(
        text,
        icon=":material/play_arrow:",
        type="primary",
        disabled=bool(why_not),
        help=why_not or None,
        key=f"job-start-{job.id}",
        on_click=_ask_job,
        args=(ctx, job.id, lambda store, id, actor: control.start(store, id, actor, dialog.noted(key))),
    )


def _start_deleting(ctx: Context, job: Job, totals: PlanTotals) -> None:
    """The button of a plan that deletes people: it asks for their number first."""
    why_not = ctx.why_not(Permission.USER_DELETE)
    pressed = st.button(
        f"{button_text(totals)}…",
        icon=":material/play_arrow:",
        type="primary",
        disabled=bool(why_not),
        help=why_not or None,
        key=f"job-start-{job.id}",
    )
    store, who, deleted = ctx.store, ctx.who, deletions(totals)

    def begin(why: Why) -> None:
        control.start(store, job.id, who(), why)
        submit(store, RUN_JOB, job_id=job.id)

    dialog.confirm(
        pressed,
        f"Delete {people(deleted)}",
        deletion_warning(deleted),
        typed=str(deleted),
        typed_what="number of people",
        action=begin,
        button=f"Delete {deleted:,}",
        key=f"job-delete-{job.id}",
    )


def _undo_button(ctx: Context, job: Job) -> None:
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
        gateway = gateway_for(ctx.store, PoolAddress(**job.target), actor.name)
        plan = plan_undo(ctx.store, gateway, job.id)
        saved = save_plan(ctx.store, plan, target=job.target, actor=actor, undo_of=job.id)
        st.switch_page(PAGES["job"], query_params={"id": saved.id})


def _control_button(ctx: Context, job: Job, label: str, icon: str, ask: Ask, help: str) -> None:
    why_not = ctx.why_not(Permission.BULK)
    st.button(
        label,
        icon=icon,
        disabled=bool(why_not),
        help=why_not or help or None,
        key=f"job-{ask.__name__}-{job.id}",
        on_click=_ask_job,
        args=(ctx, job.id, ask),
    )


def _ask_job(ctx: Context, job_id: str, ask: Ask) -> None:
    """Runs before the page: the right is checked by the service, an error is shown by the next run."""
    try:
        ask(ctx.store, job_id, ctx.who())
        submit(ctx.store, LOOK_FOR_JOBS)
    except ConsoleError as error:
        st.session_state[_FAILED] = error


OVER = (JobState.FINISHED, JobState.STOPPED, JobState.FAILED, JobState.PAUSED)


def show_downloads(ctx: Context, job: Job, *, failed: int) -> None:
    """Results, the rows to fix, and a report to print."""
    if job.state not in OVER:
        return
    store, who, name = ctx.store, ctx.who, f"{job.pool_name}-{job.id[:8]}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        download(
            "All results",
            f"{name}-results.csv",
            lambda: report.results_csv(store, job.id).data,
            pool=job.pool_name,
            key=f"job-results-{job.id}",
        )
        if failed:
            ending = ending_of(file_source_of(job))
            download(
                f"{counted(failed, 'row')} to fix",
                f"{name}-to-fix{ending}",
                lambda: job_rows_to_fix(store, job.id, who()),
                pool=job.pool_name,
                key=f"job-failed-{job.id}",
                mime=XLSX if ending == ".xlsx" else "text/csv",
                help="Correct them and upload the file again: what is done already is recognised.",
            )
        download(
            "Report",
            f"{name}-report.html",
            lambda: report_html(store, job.id, who().name),
            pool=job.pool_name,
            key=f"job-report-{job.id}",
            mime="text/html",
            help="Who, when, how many and every row, as a page to print.",
        )
        if st.button(
            "Cells that look like formulas",
            icon=":material/function:",
            key=f"job-safe-{job.id}",
            type="tertiary",
            help="Says which cells of the results a spreadsheet would have run as a formula.",
        ):
            st.markdown(md(report.results_csv(store, job.id).statement))


PAGE = 100


def show_outcomes(ctx: Context, job_id: str, results: Mapping[str, int]) -> None:
    """A filter by outcome and the table; pages go by row number, so no row is read twice."""
    present = [result for result in RowResult if results.get(result)]
    chosen = st.segmented_control(
        "Show",
        present,
        format_func=lambda result: f"{RESULTS[result]} ({results.get(result, 0):,})",
        key=f"job-show-{job_id}",
        label_visibility="collapsed",
    )
    key = f"_job-after-{job_id}-{chosen}"
    trail = turn_pages(key)
    rows = list(outcomes(ctx.store, job_id, after=trail[-1], limit=PAGE + 1, result=chosen))
    shown = rows[:PAGE]
    cells: dict[str, list[Any]] = {
        "Row": [row.row for row in shown],
        "Person": [row.label for row in shown],
        "Outcome": [RESULTS[row.result] for row in shown],
        "What happened": [row.message for row in shown],
        "Note": [row.note for row in shown],
    }
    if not any(cells["Note"]):
        del cells["Note"]
    show_table(
        cells,
        "Outcome of each row",
        columns={"What happened": Column(width=250)},
    )
    show_turning(key, trail, shown[-1].row if shown else 0, more=len(rows) > PAGE)


def turn_pages(key: str) -> list[int]:
    """The row numbers behind which the pages looked at so far begin; the last one is shown now."""
    trail: list[int] = st.session_state.setdefault(key, [0])
    return trail


def show_turning(key: str, trail: list[int], last_row: int, *, more: bool) -> None:
    """Buttons to turn pages, where there is more than one."""
    if len(trail) < 2 and not more:
        return
    with st.container(horizontal=True):
        first = len(trail) < 2
        st.button("Earlier rows", disabled=first, on_click=_back, args=(trail,), key=f"{key}-back")
        st.button("Later rows", disabled=not more, on_click=trail.append, args=(last_row,), key=f"{key}-on")


def _back(trail: list[int]) -> None:
    trail.pop()
