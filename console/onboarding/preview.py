"""Step 4: what will happen to whom, what it costs, and the one button that says exactly that."""

from __future__ import annotations

from dataclasses import asdict, replace

import streamlit as st

from console.context import Context
from console.feedback import done, guarded, show_error
from console.navigation import PAGES
from console.onboarding.draft import UploadDraft, become
from console.onboarding.native import show_native
from console.theme import side_by_side
from console.widgets import dialog
from console.widgets.dialog import Once, once
from console.widgets.downloads import download
from console.widgets.plan import (
    HEADER,
    WORDS,
    button_text,
    deletion_warning,
    deletions,
    line_of,
    show_cost,
    show_plan_rows,
    show_sentence,
)
from console.widgets.words import label, md
from services.bulk.control import start
from services.bulk.last_days import last_days
from services.bulk.model import Plan, RowVerdict
from services.bulk.plan import plan_file, totals_of, without_groups
from services.bulk.remembered import remember
from services.bulk.runner import RUN_JOB
from services.bulk.saved import save_plan
from services.csv_safe import write_csv
from services.errors import ConsoleError
from services.gateways import target_of
from services.schedule.leavers import Leavers
from services.schedule.scheduler import LOOK_AT_SCHEDULES
from services.store.activity import Why
from services.words import calendar_day, listed, people
from services.work.desk import submit

PAGE = 100
SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)


def show_preview(ctx: Context, draft: UploadDraft) -> None:
    """The plan in a sentence, in rows and in figures."""
    plan = draft.plan
    if plan is None:
        return
    told = st.container()
    not_made = _groups(draft, plan)
    with told:
        show_sentence(without_groups(plan, not_made).totals)
        _last_days(plan)
    left, right = side_by_side("preview", (5, 2))
    with right:
        plan = without_groups(_pace(draft, plan), not_made)
        show_cost(plan.totals)
    with left:
        _rows(ctx, plan)
    _buttons(ctx, draft, plan)
    show_native(ctx, draft, plan)


def _last_days(plan: Plan) -> None:
    """Who leaves when: those are planned, and found on the Schedule page."""
    days = last_days(plan.rows)
    if days:
        told = listed([f"{people(len(day.rows))} on {calendar_day(day.day)}" for day in days])
        st.info(
            f"Seen off at the end of their last day ({md(plan.options.zone or 'UTC')}): {told}. "
            "The page Schedule shows them, and lets them be moved or taken back.",
            icon=":material/event_upcoming:",
        )


def _groups(draft: UploadDraft, plan: Plan) -> list[str]:
    """The groups that will be created, each to be ticked off; the answer is those that were."""
    if not plan.new_groups:
        return []
    st.markdown("**Groups that will be created.** Untick those that aren't to be: nobody joins them then.")
    not_made = []
    with st.container(horizontal=True):
        for name in plan.new_groups:
            made = name not in draft.options.leave_groups
            key = f"onboarding-group-{plan.made_at.timestamp()}-{name}"
            if not st.checkbox(label(name), value=made, key=key):
                not_made.append(name)
    draft.options = replace(draft.options, leave_groups=tuple(not_made))
    return not_made


def _rows(ctx: Context, plan: Plan) -> None:
    counts = {verdict: sum(row.verdict is verdict for row in plan.rows) for verdict in RowVerdict}
    present = [verdict for verdict in RowVerdict if counts[verdict]]
    chosen = st.segmented_control(
        "Show",
        present,
        format_func=lambda verdict: f"{WORDS[verdict]} ({counts[verdict]:,})",
        key="onboarding-verdict",
        label_visibility="collapsed",
    )
    rows = [row for row in plan.rows if chosen is None or row.verdict is chosen]
    pages = -(-len(rows) // PAGE)
    number = st.pagination(pages, key=f"onboarding-preview-page-{chosen}") if pages > 1 else 1
    shown = rows[(number - 1) * PAGE : number * PAGE]
    show_plan_rows(shown)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"{len(rows):,} of {len(plan.rows):,} rows.", width="content", help=md(plan.reading.why) or None
        )
        download(
            "Download the plan",
            f"{ctx.pool.name}-plan.csv",
            lambda: write_csv(HEADER, [line_of(row) for row in plan.rows]),
            pool=ctx.pool.name,
            key="onboarding-plan-csv",
        )


def _pace(draft: UploadDraft, plan: Plan) -> Plan:
    """The slider for the share of the quota; the plan with its time at that share."""
    share = st.select_slider(
        "Pace",
        SHARES,
        value=draft.options.share if draft.options.share in SHARES else 0.5,
        format_func=lambda part: f"{part:.0%} of the quota",
        key=f"onboarding-pace-{plan.made_at.timestamp()}",
        help="The applications' own sign-ins and sign-ups share the account's quota: leave room for them.",
    )
    if share == plan.options.share:
        return plan
    # the options in the draft stay in step, so that checking again keeps the pace
    draft.options = replace(draft.options, share=share)
    draft.plan = replace(
        plan,
        options=replace(plan.options, share=share),
        totals=totals_of(plan.rows, plan.preparation, share, plan.quotas),
    )
    return draft.plan


def _buttons(ctx: Context, draft: UploadDraft, plan: Plan) -> None:
    totals = plan.totals
    deleted, later = deletions(totals), bool(totals.later)
    if (totals.waiting or later) and not deleted:
        dialog.ask_note(_note_key, "optional")
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            button_text(totals) + ("…" if deleted else ""),
            type="primary",
            disabled=not (totals.waiting or later),
            icon=":material/play_arrow:",
            key="onboarding-apply",
        )
        saved = st.button(
            "Keep the plan for later",
            disabled=later or not totals.waiting,
            help="Leavers with a last day are planned now, or their rows left out."
            if later
            else "Another operator can look at it and start it from the Jobs page.",
            key="onboarding-keep",
        )
    if deleted:
        dialog.confirm(
            pressed,
            f"Delete {people(deleted)}",
            deletion_warning(deleted),
            typed=str(deleted),
            typed_what="number of people",
            action=lambda why: _save(ctx, plan, begin=True, why=why),
            then=lambda job_id: _show_result(ctx, draft, job_id),
            button=f"Delete {deleted:,}",
            key="onboarding-delete",
        )
    begin = pressed and not deleted
    why = dialog.noted(_note_key) if begin else Why()
    if begin and (missing := dialog.note_problems(why, "optional")):
        st.error(md(" ".join(missing)), icon=":material/error:")
    elif begin or saved:
        with guarded():
            _show_result(ctx, draft, _save(ctx, plan, begin=begin, why=why))


def _note_key(part: str) -> str:
    return f"onboarding-{part}"


def _save(ctx: Context, plan: Plan, *, begin: bool, why: Why) -> str:
    """Store the plan as a job and start it if it shall begin; returns its id, "" where nothing is done now.

    Whoever leaves on a last day is planned first. It happens once for each plan, however often a button
    is pressed.
    """
    store, who, target = ctx.store, ctx.who, asdict(target_of(ctx.pool))
    kept: Once[str] = once(f"_onboarding-apply-{plan.made_at.timestamp()}")

    # everything that must not be left half done stands in here, where no click can interrupt it
    def work() -> str:
        actor = who()
        Leavers(store, who).plan(ctx.pool, last_days(plan.rows), plan.options, plan.title, why)
        if not plan.totals.waiting:
            return ""  # nothing but leavers on their last day
        job = save_plan(store, plan, target=target, actor=actor)
        if begin:
            start(store, job.id, actor, why)
            submit(store, RUN_JOB, job_id=job.id)
        return job.id

    return kept.run(work)


def _show_result(ctx: Context, draft: UploadDraft, job_id: str) -> None:
    later = draft.plan.totals.later if draft.plan else 0
    if later:
        submit(ctx.store, LOOK_AT_SCHEDULES)
        done(f"{people(later)} will be seen off on their last day. The page Schedule shows when.")
    become(ctx, draft, job_id)
    if not job_id:
        st.switch_page(PAGES["schedule"], query_params={"pool": ctx.pool.name})
    st.rerun()


def make_plan(ctx: Context, draft: UploadDraft) -> bool:
    """Compare every row with the pool. Whether it could be done: an error is shown, the draft left alone."""
    bar = st.progress(0.0, text="Checking the rows…")

    def progress(what: str, fraction: float | None) -> None:
        bar.progress(min(1.0, max(0.0, fraction or 0.0)), text=md(what))

    try:
        draft.plan = plan_file(
            ctx.pool_session.gateway,
            draft.table,
            draft.columns,
            # which groups are left out is chosen when they are known
            replace(draft.options, leave_groups=()),
            pool_name=ctx.pool.name,
            progress=progress,
        )
    except ConsoleError as error:
        show_error(error)
        return False
    finally:
        bar.empty()
    remember(ctx.store, ctx.pool, ctx.who, draft.columns, draft.recognised)
    draft.checked, draft.stale = True, False
    return True
