"""The schedules of the chosen pool, and below them the one that was chosen, with its runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from console.context import Context
from console.feedback import done, guarded
from console.navigation import PAGES
from console.schedule.form import FORM
from console.widgets import dialog
from console.widgets.downloads import download
from console.widgets.table import pick
from console.widgets.words import md, minute
from services.schedule import kinds
from services.schedule.planning import PlannedWork, ScheduleView, caught_up
from services.schedule.scheduler import LOOK_AT_SCHEDULES
from services.store.pools import PoolRecord
from services.store.schedules import RunResult, Schedule, ScheduleRun
from services.work.desk import submit

RESULTS = {
    RunResult.RUNNING: "Running",
    RunResult.DONE: "Done",
    RunResult.ATTENTION: "Look at it",
    RunResult.FAILED: "Failed",
}
COLOURS = {
    RunResult.RUNNING: "blue",
    RunResult.DONE: "green",
    RunResult.ATTENTION: "orange",
    RunResult.FAILED: "red",
}
PARAMETER = "schedule"
"""The part of the address that names the schedule that is shown."""
MIMES = {"html": "text/html", "json": "application/json", "csv": "text/csv"}


def is_live(ctx: Context) -> bool:
    """True while something of the chosen pool runs or is about to."""
    if ctx.pool_record is None:
        return False
    return any(
        plan.is_running or plan.record.owner for plan in PlannedWork(ctx.store, ctx.who).of_pool(ctx.pool)
    )


def show_schedules(ctx: Context) -> None:
    """The list; a click on a name shows what came of it below."""
    planned = PlannedWork(ctx.store, ctx.who).of_pool(ctx.pool)
    if not planned:
        st.info(
            "Nothing is done by itself yet. A good beginning: read the pool every night, then audit it.",
            icon=":material/info:",
        )
        return
    picked = pick(
        _cells(planned),
        "Work by schedule",
        name="schedules",
        identity=[plan.record.id for plan in planned],
        opens="Name",
    )
    if picked.opened is not None:
        st.query_params[PARAMETER] = planned[picked.opened].record.id
    chosen = next((plan for plan in planned if plan.record.id == st.query_params.get(PARAMETER)), None)
    if chosen is None:
        st.markdown("Choose a name to see what came of it, or to change it.")
        return
    _show_one(ctx, chosen)


def _cells(planned: Sequence[ScheduleView]) -> dict[str, Any]:
    return {
        "Name": [plan.record.name for plan in planned],
        "Does": [plan.task.words for plan in planned],
        "When": [f"{plan.timing.words} ({plan.record.zone})" for plan in planned],
        "Next": [plan.record.next_at for plan in planned],
        "Last": [plan.last.started_at if plan.last else None for plan in planned],
        "Outcome": [_outcome(plan) for plan in planned],
        "Runs as": [plan.record.operator_name for plan in planned],
    }


def _outcome(plan: ScheduleView) -> str:
    last = RESULTS[plan.last.result] if plan.last is not None else "Not yet"
    if plan.record.paused:
        return f"Paused · {last}"
    return f"Over · {last}" if plan.is_over else last


def _show_one(ctx: Context, plan: ScheduleView) -> None:
    record, schedules = plan.record, PlannedWork(ctx.store, ctx.who)
    st.header(md(record.name), anchor=False)
    st.markdown(md(f"{plan.task.words}. {plan.timing.words} ({record.zone}), as {record.operator_name}."))
    mine = schedules.may_change(record)
    why_not = "" if mine else f"It runs as {record.operator_name}; they or an administrator change it."
    with st.container(horizontal=True):
        _button(ctx, "Run now", ":material/play_arrow:", schedules.run_soon, record, why_not, "begins now.")
        if record.paused or plan.is_over:
            _button(ctx, "Go on", ":material/resume:", schedules.go_on, record, why_not, "comes again.")
        else:
            _button(ctx, "Pause", ":material/pause:", schedules.pause, record, why_not, "is paused.")
        st.button(
            "Change…",
            icon=":material/edit:",
            disabled=bool(why_not),
            help=why_not or None,
            on_click=dialog.open_dialog,
            args=(FORM, record),
            key=f"schedule-change-{record.id}",
        )
        pressed = st.button(
            "Delete…",
            icon=":material/delete:",
            disabled=bool(why_not),
            help=why_not or None,
            key=f"schedule-delete-{record.id}",
        )
    _confirm_deleting(ctx, schedules, record, pressed)
    for run in schedules.runs(record.id):
        _run(ctx, schedules, run, record)


def _button(
    ctx: Context,
    label: str,
    icon: str,
    act: Callable[[PoolRecord, str], None],
    record: Schedule,
    why_not: str,
    said: str,
) -> None:
    if not st.button(
        label,
        icon=icon,
        disabled=bool(why_not),
        help=why_not or None,
        key=f"schedule-{act.__name__}-{record.id}",
    ):
        return
    with guarded():
        act(ctx.pool, record.id)
        submit(ctx.store, LOOK_AT_SCHEDULES)
        done(f"“{record.name}” {said}")
        st.rerun()


def _confirm_deleting(ctx: Context, schedules: PlannedWork, record: Schedule, pressed: bool) -> None:
    dialog.confirm(
        pressed,
        f"Delete “{record.name}”",
        "It doesn't come again. What its runs said and the files they made are deleted with it; the "
        "activity log keeps that they took place.",
        typed=record.name,
        action=lambda _: schedules.remove(ctx.pool, record.id),
        then=lambda _: done(f"“{record.name}” is deleted."),
        button="Delete",
        key=f"schedule-deleting-{record.id}",
        needs_reason=False,
    )


def _run(ctx: Context, schedules: PlannedWork, run: ScheduleRun, record: Schedule) -> None:
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(RESULTS[run.result], color=COLOURS[run.result])  # type: ignore[arg-type]
            st.markdown(md(minute(run.started_at)), width="content")
            if late := caught_up(run):
                st.markdown(md(late), width="content")
        if run.said:
            st.markdown(md(run.said))
        with st.container(horizontal=True):
            if run.filename:
                ending = run.filename.rpartition(".")[2]
                download(
                    "Download",
                    run.filename,
                    lambda: schedules.file(run.id),
                    pool=ctx.pool.name,
                    key=f"schedule-file-{run.id}",
                    mime=MIMES.get(ending, "application/octet-stream"),
                    help=run.filename,
                )
            if record.task == kinds.AUDIT and run.filename:
                st.page_link(
                    PAGES["audits"], label="Findings as they are now", query_params={"pool": ctx.pool.name}
                )
            if run.job_id:
                st.page_link(PAGES["job"], label="The job", query_params={"id": run.job_id})
            if run.campaign_id:
                st.page_link(
                    PAGES["audits"],
                    label="The review",
                    query_params={"tab": "Reviews", "campaign": run.campaign_id},
                )
