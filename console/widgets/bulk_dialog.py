"""The one way from a selection to a job: whom it is about, what is entered, the plan, then the job.

    args=(bulk_dialog.NAME, BulkOrder(...))       # on_click=dialog.open_dialog
    bulk_dialog.show(ctx)                     # once in every run of a page that has such buttons

Where the plan is looked through: in the dialog, which then starts it (`starts`), or on the page of the
job, where it can be filtered and started later. Nothing is changed before that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace

import pandas as pd
import streamlit as st

from console.context import Context
from console.feedback import done
from console.navigation import PAGES
from console.widgets import dialog
from console.widgets.dialog import Opened
from console.widgets.table import show_table
from console.widgets.words import md
from services import words
from services.bulk.control import start
from services.bulk.model import Plan, RowVerdict, sentence
from services.bulk.reading import Progress
from services.bulk.runner import runner_for
from services.bulk.saved import save_plan
from services.pool_session import target_of
from services.roles import Permission
from services.store.jobs import Job

NAME = "bulk"
MOST_SHOWN = 1_000

VERDICTS = {
    RowVerdict.CHANGE: "Change",
    RowVerdict.UNCHANGED: "Already so",
    RowVerdict.INVALID: "Can't be done",
}


@dataclass(frozen=True)
class Entered:
    """What the operator entered: groups where there is a choice, and why."""

    groups: tuple[str, ...] = ()
    reason: str = ""


@dataclass
class BulkOrder:
    """What is to be done with whom.

    `title` heads the dialog ("Disable: 3 people"), `whom` says in plain text who is meant, `about` in
    Markdown what will happen. `plan` compares with the pool and returns one plan or more (the pool as it
    is now is read; nothing is changed); `permission` is what carrying them out needs beside that for
    bulk work. `verb` names the button that starts the job. `groups` gives those to choose from.
    `counted`: people are lost for good, so their number has to be typed.
    """

    title: str
    verb: str
    plan: Callable[[Entered, Progress], Sequence[Plan]] = field(repr=False)
    permission: Permission
    whom: str = ""
    about: str = ""
    reason: dialog.Reason = "optional"
    groups: Callable[[], Sequence[str]] | None = field(default=None, repr=False)
    counted: bool = False
    starts: bool = True
    refused: str = ""
    """Why there is nothing to plan, as a sentence; "" where there is."""
    entered: Entered | None = None
    plans: tuple[Plan, ...] = field(default=(), repr=False)


def show_bulk_dialog(ctx: Context) -> None:
    """Draw the dialog if it is open, and leave for the job once there is one."""
    opened = dialog.opened(NAME)
    if opened is None or not ctx.may(Permission.BULK):
        return
    if opened.once.answer is not None:
        _leave(ctx, opened.once.answer, opened.subject)
    dialog.show_dialog(opened.subject.title, lambda: _body(ctx, opened))


def _body(ctx: Context, opened: Opened) -> None:
    order: BulkOrder = opened.subject
    if order.entered is not None and not order.plans:
        _compare(opened, order, order.entered)
        if order.plans and not order.starts:
            opened.attempt(_keeping(ctx, order))
    if opened.once.answer is not None:
        _leave(ctx, opened.once.answer, order)
    if order.plans and order.starts:
        _preview(ctx, opened, order, order.plans[0])
    else:
        _ask(opened, order)


def _ask(opened: Opened, order: BulkOrder) -> None:
    if order.whom:
        st.text(order.whom)
    if order.about:
        st.markdown(order.about)
    with dialog.form(
        opened,
        "Preview" if order.starts else "Make the plan",
        reason=order.reason,
        disabled=bool(order.refused),
        marked=order.groups is not None,
        on_action=_settle,
        args=(opened,),
    ):
        if order.refused:
            st.warning(md(order.refused), icon=":material/block:")
        if order.groups is not None:
            names = list(order.groups())
            st.multiselect(
                dialog.required("Groups"),
                names,
                default=names if len(names) == 1 else [],
                key=opened.key("groups"),
                placeholder="Choose",
            )


def _settle(opened: Opened) -> None:
    """Take what was entered. Runs as a callback."""
    order: BulkOrder = opened.subject
    groups, reason = tuple(opened.value("groups", ())), opened.value("reason").strip()
    opened.problems = []
    if order.groups is not None and not groups:
        opened.problems.append("Choose at least one group.")
    if order.reason == "required" and not reason:
        opened.problems.append("Give a reason.")
    if not opened.problems and order.entered is None:
        order.entered = Entered(groups, reason)


def _compare(opened: Opened, order: BulkOrder, entered: Entered) -> None:
    """Make the plans; where that fails, what was entered can be entered anew."""
    bar = st.progress(0.0, text="Comparing with the pool …")

    def show_progress(sentence: str, fraction: float | None) -> None:
        bar.progress(min(1.0, fraction or 0.0), text=md(sentence))

    def make() -> None:
        order.plans = tuple(_with_reason(plan, entered.reason) for plan in order.plan(entered, show_progress))

    opened.try_out(make)
    bar.empty()
    if not order.plans:
        order.entered = None


def _with_reason(plan: Plan, reason: str) -> Plan:
    return replace(plan, rows=tuple(replace(row, note=reason) for row in plan.rows)) if reason else plan


def _preview(ctx: Context, opened: Opened, order: BulkOrder, plan: Plan) -> None:
    totals = plan.totals
    with st.container(horizontal=True):
        st.metric("Will be changed", f"{totals.waiting:,}", border=True)
        st.metric("Already so", f"{totals.unchanged:,}", border=True)
        st.metric("Can't be done", f"{totals.invalid:,}", border=True)
        st.metric("Takes about", words.duration(totals.seconds), border=True)
    if totals.billed:
        st.markdown(
            f"{words.people(totals.billed)} count as active for this month's AWS bill, if they don't already."
        )
    elif totals.waiting:
        st.markdown("Nobody counts as active for AWS's bill because of this.")
    if totals.irreversible:
        st.warning("This can't be undone.", icon=":material/warning:")
    _rows(plan)
    with dialog.form(
        opened,
        f"{order.verb}: {words.people(totals.waiting)}",
        step="start",
        danger=bool(totals.irreversible) or order.reason == "required",
        disabled=not totals.waiting,
        marked=order.counted and bool(totals.waiting),
        on_action=_start,
        args=(ctx, opened),
    ):
        if order.counted and totals.waiting:
            st.text_input(
                dialog.required(
                    f"To confirm, type the number of people who will be deleted: {totals.waiting}"
                ),
                key=opened.key("count"),
                autocomplete="off",
            )


def _rows(plan: Plan) -> None:
    if len(plan.rows) > MOST_SHOWN:
        st.markdown(f"The first {MOST_SHOWN:,} of {len(plan.rows):,}; the job's page shows all.")
    lines = []
    for row in plan.rows[:MOST_SHOWN]:
        problems = " ".join(f"{problem.what} {problem.fix}".strip() for problem in row.problems)
        steps = sentence([step.change.wanted for step in row.steps])
        verdict = VERDICTS.get(row.verdict, str(row.verdict))
        lines.append((row.label, verdict, steps or problems or row.remark))
    show_table(
        pd.DataFrame(lines, columns=["Person", "Result", "What will happen"], dtype="str"),
        "What will happen to each person",
        rows=8,
        columns={"What will happen": st.column_config.TextColumn(width="large")},
    )


def _start(ctx: Context, opened: Opened) -> None:
    """Start the job once. Runs as a callback."""
    order: BulkOrder = opened.subject
    plan = order.plans[0]
    opened.problems = []
    if order.counted and opened.value("count").strip() != str(plan.totals.waiting):
        opened.problems = ["That is not the number of people."]
        return
    keep, store, who = _keeping(ctx, order), ctx.store, ctx.who
    reason = order.entered.reason if order.entered else ""

    def go() -> list[Job]:
        (saved,) = keep()
        job = start(store, saved.id, who(), reason)
        runner_for(store).wake()
        return [job]

    opened.attempt(go)


def _keeping(ctx: Context, order: BulkOrder) -> Callable[[], list[Job]]:
    """What keeps the plans, for somebody who may carry them out."""
    store, who, target, plans = ctx.store, ctx.who, asdict(target_of(ctx.pool)), order.plans

    def keep() -> list[Job]:
        actor = who()
        actor.require(Permission.BULK)
        actor.require(order.permission)
        return [save_plan(store, plan, target=target, actor=actor) for plan in plans]

    return keep


def _leave(ctx: Context, jobs: list[Job], order: BulkOrder) -> None:
    """Close, and go to the job; with several plans, to the list they stand in."""
    dialog.close_dialog()
    if len(jobs) > 1:
        done(f"{len(jobs)} plans are saved. Open each in the list to look at it and to start it.")
        st.switch_page(PAGES["jobs"], query_params={"pool": ctx.pool.name})
    if not order.starts:
        done("The plan is made and nothing is changed yet. Look it through, then start it.")
    st.switch_page(PAGES["job"], query_params={"id": jobs[0].id, "pool": ctx.pool.name})
