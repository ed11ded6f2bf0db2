"""Step 4: what will happen to whom, what it costs, and the one button that says exactly that."""

from __future__ import annotations

from dataclasses import asdict, replace

import pandas as pd
import streamlit as st

from console.confirm import confirm_dialog
from console.context import Context
from console.csv_export import download
from console.feedback import guarded
from console.jobs.words import duration
from console.onboarding.draft import Draft, go
from console.once import Once, once
from console.text import md
from services.bulk import describe
from services.bulk.control import start
from services.bulk.cost import totals_of
from services.bulk.model import Plan, PlanTotals, RowPlan, Verdict
from services.bulk.runner import runner_for
from services.bulk.saved import save_plan
from services.csv_safe import write_csv
from services.desk import target_of

PAGE = 100
WORDS = {
    Verdict.CREATE: "Created",
    Verdict.CHANGE: "Changed",
    Verdict.UNCHANGED: "Already right",
    Verdict.INVALID: "Can't be done",
}
SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)
HEADER = ("Row", "Person", "What happens", "Steps", "Before and after")


def show_preview(ctx: Context, draft: Draft) -> None:
    """The plan in a sentence, in rows and in figures."""
    plan = draft.plan
    if plan is None:
        return
    totals = plan.totals
    st.markdown(
        f"**{totals.create:,}** {_people(totals.create)} will be created, **{totals.change:,}** changed, "
        f"**{totals.unchanged:,}** already right, **{totals.invalid:,}** can't be done."
    )
    left, right = st.columns([5, 2], gap="large")
    with right:
        plan = _pace(draft, plan)
        _cost(plan.totals)
    with left:
        _rows(ctx, plan)
    _buttons(ctx, draft, plan)


def _people(count: int) -> str:
    return "person" if count == 1 else "people"


def _rows(ctx: Context, plan: Plan) -> None:
    counts = {verdict: sum(row.verdict is verdict for row in plan.rows) for verdict in Verdict}
    present = [verdict for verdict in Verdict if counts[verdict]]
    chosen = st.segmented_control(
        "Show",
        present,
        format_func=lambda one: f"{WORDS[one]} ({counts[one]:,})",
        key="onboarding-verdict",
        label_visibility="collapsed",
    )
    rows = [row for row in plan.rows if chosen is None or row.verdict is chosen]
    pages = -(-len(rows) // PAGE)
    number = st.pagination(pages, key=f"onboarding-preview-page-{chosen}") if pages > 1 else 1
    shown = rows[(number - 1) * PAGE : number * PAGE]
    frame = pd.DataFrame([_line(row) for row in shown], columns=list(HEADER))
    if not any(frame[HEADER[-1]]):
        frame = frame.drop(columns=HEADER[-1])
    st.dataframe(
        frame,
        hide_index=True,
        alt="What will happen, row by row",
        key=f"onboarding-preview-{plan.made_at.timestamp()}-{chosen}-{number}",
        column_config={
            "Row": st.column_config.NumberColumn(width="small"),
            "Steps": st.column_config.TextColumn(width="large"),
            "Before and after": st.column_config.TextColumn(width="large"),
        },
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"{len(rows):,} of {len(plan.rows):,} rows." + (f" {md(plan.reading.why)}"))
        download(
            "Download the plan",
            f"{ctx.pool.name}-plan.csv",
            lambda: write_csv(HEADER, [_line(row) for row in plan.rows]),
            key="onboarding-plan-csv",
        )


def _line(row: RowPlan) -> tuple[int, str, str, str, str]:
    if row.verdict is Verdict.INVALID:
        steps = " ".join(problem.what for problem in row.errors)
    else:
        steps = describe.sentence([describe.wanted(step.change) for step in row.steps]) or row.remark
    shown = () if row.verdict is Verdict.CREATE else row.steps
    differences = "; ".join(
        f"{what}: {before or '(empty)'} → {after or '(empty)'}"
        for step in shown
        for what, before, after in describe.difference(step)
    )
    return row.row, row.label, WORDS[row.verdict], steps, differences


def _pace(draft: Draft, plan: Plan) -> Plan:
    """The slider for the share of the quota; the plan with its time at that share."""
    share = st.select_slider(
        "Pace",
        SHARES,
        value=draft.options.share if draft.options.share in SHARES else 0.5,
        format_func=lambda one: f"{one:.0%} of the quota",
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
        totals=totals_of(plan.rows, plan.preparation, share),
    )
    return draft.plan


def _cost(totals: PlanTotals) -> None:
    st.metric("Time at this pace", duration(totals.seconds))
    st.metric(
        "People who count as active this month",
        f"{totals.billed:,}",
        help="AWS bills monthly active users: creating or changing someone makes them one.",
    )
    messages = totals.emails + totals.texts
    st.metric("Messages that Cognito sends", f"{messages:,}")
    if totals.emails > 50:
        st.warning(
            "Cognito's own sender delivers 50 e-mails a day for the whole account. "
            "Set up Amazon SES, or hand over temporary passwords instead.",
            icon=":material/warning:",
        )
    with st.expander("Requests by quota"):
        for name, count in sorted(totals.calls.items()):
            st.text(f"{name}: {count:,}")
    if totals.irreversible:
        st.warning(f"{totals.irreversible:,} steps can't be undone.", icon=":material/warning:")


def button_text(totals: PlanTotals) -> str:
    """What pressing it does: "Create 212 and change 37"."""
    parts = []
    if totals.create:
        parts.append(f"create {totals.create:,}")
    deleted = totals.actions.get("delete_user", 0)
    if totals.change - deleted > 0:
        parts.append(f"change {totals.change - deleted:,}")
    if deleted:
        parts.append(f"delete {deleted:,}")
    text = " and ".join(parts)
    return text[:1].upper() + text[1:] if text else "Nothing to do"


def _buttons(ctx: Context, draft: Draft, plan: Plan) -> None:
    totals = plan.totals
    deleted = totals.actions.get("delete_user", 0)
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(
            button_text(totals) + ("…" if deleted else ""),
            type="primary",
            disabled=not totals.waiting,
            icon=":material/play_arrow:",
            key="onboarding-apply",
        )
        saved = st.button(
            "Keep the plan for later",
            disabled=not totals.waiting,
            help="Another operator can look at it and start it from the Jobs page.",
            key="onboarding-keep",
        )
    if deleted:
        confirm_dialog(
            pressed,
            f"Delete {deleted:,} {_people(deleted)}",
            f"{deleted:,} {_people(deleted)} will be deleted. Cognito keeps nothing of them: "
            "this can't be undone.",
            typed=str(deleted),
            typed_what="number of people",
            action=lambda _: _apply(ctx, draft, plan, begin=True),
            button=f"Delete {deleted:,}",
            needs_reason=False,
            key="onboarding-delete",
        )
    elif pressed:
        _apply(ctx, draft, plan, begin=True)
    if saved:
        _apply(ctx, draft, plan, begin=False)


def _apply(ctx: Context, draft: Draft, plan: Plan, *, begin: bool) -> None:
    """Store the plan as a job, once however often the button was pressed, and start it."""
    store, target = ctx.store, asdict(target_of(ctx.pool))
    with guarded():
        kept: Once[str] = once(f"_onboarding-apply-{plan.made_at.timestamp()}")

        # every use of the session and of the store happens inside, where no click can interrupt it
        def work() -> str:
            actor = ctx.who()
            job = save_plan(store, plan, target=target, actor=actor)
            if begin:
                start(store, job.id, actor)
                runner_for(store).wake()
            return job.id

        draft.job_id = kept.run(work)
        go(ctx, 5)
        st.rerun()
