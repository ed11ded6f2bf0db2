"""The one way from a selection to a job: whom it is about, what is entered, the plan, then the job.

    args=(bulk_dialog.NAME, BulkOrder(...))       # on_click=dialog.open_dialog
    show_bulk_dialog(ctx)                         # once in every run of a page that has such buttons

The plan is looked through in the dialog, which then starts it, or keeps it for somebody to start on the
page of the job. Nothing is changed before that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

import streamlit as st

from console.context import Context
from console.feedback import done
from console.navigation import PAGES
from console.widgets import dialog
from console.widgets.dialog import Opened
from console.widgets.group_choice import choose_groups, chosen_groups
from console.widgets.plan import WORDS, show_plan_rows
from console.widgets.words import md
from services import words
from services.bulk.control import start
from services.bulk.model import Plan, RowPlan, RowVerdict
from services.bulk.reading import Progress
from services.bulk.runner import RUN_JOB
from services.bulk.saved import save_plan
from services.cognito.actions import RowColumn
from services.gateways import target_of
from services.roles import Actor, Permission
from services.store.activity import Why
from services.store.jobs import Job, JobState
from services.work.desk import submit

NAME = "bulk"
MOST_SHOWN = 1_000


@dataclass(frozen=True)
class BulkEntries:
    """What the operator entered: groups where there is a choice, what the action asks for, which parts of
    it were left on, and why."""

    groups: tuple[str, ...] = ()
    why: Why = field(default_factory=Why)
    values: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[str, ...] = ()


@dataclass
class BulkOrder:
    """What is to be done with whom.

    `title` heads the dialog ("Disable: 3 people"), `whom` says in plain text who is meant, `about` in
    Markdown what will happen. `plan` compares with the pool and returns one plan or more (the pool as it
    is now is read; nothing is changed); `permission` is what carrying them out needs beside that for
    bulk work. `verb` names the button that starts the job. `groups` gives those to choose from.
    `asks` are what else has to be chosen; `parts` are what it is made of, by name with a title, each of
    which can be switched off.
    `counted`: people are lost for good, so their number has to be typed. `save` keeps a plan where more
    than the plan itself has to be kept.
    """

    title: str
    verb: str
    plan: Callable[[BulkEntries, Progress], Sequence[Plan]] = field(repr=False)
    permission: Permission
    whom: str = ""
    about: str = ""
    reason: dialog.Reason = "optional"
    groups: Callable[[], Sequence[str]] | None = field(default=None, repr=False)
    asks: tuple[RowColumn, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)
    counted: bool = False
    save: Callable[[Plan, Actor], Job] | None = field(default=None, repr=False)
    refused: str = ""
    """Why there is nothing to plan, as a sentence; "" where there is."""
    entered: BulkEntries | None = None
    plans: tuple[Plan, ...] = field(default=(), repr=False)
    jobs: list[Job] = field(default_factory=list, repr=False)
    """Those that the plans became, as far as they are kept."""

    def total(self, name: str) -> int:
        """A figure of the plans' totals, over all of them."""
        return sum(int(getattr(plan.totals, name)) for plan in self.plans)

    @property
    def rows(self) -> list[RowPlan]:
        """The rows of all plans."""
        return [row for plan in self.plans for row in plan.rows]

    @property
    def people(self) -> int:
        """How many people something will happen to."""
        waiting = (RowVerdict.CREATE, RowVerdict.CHANGE)
        return len({row.person or row.label for row in self.rows if row.verdict in waiting})


def show_bulk_dialog(ctx: Context) -> None:
    """Draw the dialog if it is open, and leave for the job once there is one."""
    opened = dialog.opened(NAME)
    if opened is None or not ctx.may(Permission.BULK):
        return
    if opened.once.answer is not None:
        _leave(ctx, opened.once.answer)
    dialog.show_dialog(opened.subject.title, lambda: _body(ctx, opened))


def _body(ctx: Context, opened: Opened) -> None:
    order: BulkOrder = opened.subject
    if order.entered is not None and not order.plans:
        _compare(opened, order, order.entered)
    if opened.once.answer is not None:
        _leave(ctx, opened.once.answer)
    if order.plans:
        _preview(ctx, opened, order)
    else:
        _ask(ctx, opened, order)


def _ask(ctx: Context, opened: Opened, order: BulkOrder) -> None:
    if order.whom:
        st.text(order.whom)
    if order.about:
        st.markdown(order.about)
    with dialog.form(
        opened,
        "Preview",
        reason=order.reason,
        disabled=bool(order.refused),
        marked=order.groups is not None or bool(order.asks),
        on_action=_settle,
        args=(opened,),
    ):
        if order.refused:
            st.warning(md(order.refused), icon=":material/block:")
        if order.groups is not None:
            names = list(order.groups())
            choose_groups(ctx, opened, names, preset=names if len(names) == 1 else ())
        for part, title in order.parts.items():
            st.checkbox(title, value=True, key=opened.key(part))
        for column in order.asks:
            st.selectbox(
                dialog.required(column.title.capitalize()),
                list(column.choices),
                index=None,
                format_func=column.choices.__getitem__,
                key=opened.key(column.name),
                placeholder="Choose",
            )


def _settle(opened: Opened) -> None:
    """Take what was entered. Runs as a callback."""
    order: BulkOrder = opened.subject
    groups = tuple(chosen_groups(opened)) if order.groups is not None else ()
    opened.problems = []
    if order.groups is not None and not groups:
        opened.problems.append("Choose at least one group.")
    values = {column.name: opened.value(column.name) or "" for column in order.asks}
    opened.problems += [f"Choose a {column.title}." for column in order.asks if not values[column.name]]
    parts = tuple(part for part in order.parts if opened.value(part))
    if order.parts and not parts:
        opened.problems.append("Leave at least one box ticked.")
    if not opened.problems and order.entered is None:
        order.entered = BulkEntries(groups, opened.why, values, parts)


def _compare(opened: Opened, order: BulkOrder, entered: BulkEntries) -> None:
    """Make the plans; where that fails, what was entered can be entered anew."""
    bar = st.progress(0.0, text="Comparing with the pool…")

    def show_progress(sentence: str, fraction: float | None) -> None:
        bar.progress(min(1.0, fraction or 0.0), text=md(sentence))

    def make() -> None:
        order.plans = tuple(_with_reason(plan, entered.why) for plan in order.plan(entered, show_progress))

    opened.try_out(make)
    bar.empty()
    if not order.plans:
        order.entered = None


def _with_reason(plan: Plan, why: Why) -> Plan:
    reason = why.get("reason", "")
    return replace(plan, rows=tuple(replace(row, note=reason) for row in plan.rows)) if reason else plan


def _preview(ctx: Context, opened: Opened, order: BulkOrder) -> None:
    waiting, irreversible = order.total("waiting"), order.total("irreversible")
    _figures(order)
    if irreversible:
        st.warning("This can't be undone.", icon=":material/warning:")
    if len(order.rows) > MOST_SHOWN:
        st.markdown(f"The first {MOST_SHOWN:,} of {len(order.rows):,}; the job's page shows all.")
    show_plan_rows(order.rows[:MOST_SHOWN], numbered=False, seen=8)
    with dialog.form(
        opened,
        f"{order.verb}: {words.people(order.people)}",
        step="start",
        danger=bool(irreversible) or order.reason == "required",
        disabled=not waiting,
        marked=order.counted and bool(waiting),
        on_action=_carry_out,
        args=(ctx, opened),
    ):
        if order.counted and waiting:
            st.text_input(
                dialog.required(f"To confirm, type the number of people who will be deleted: {waiting}"),
                key=opened.key("count"),
                autocomplete="off",
            )
        if waiting:
            st.checkbox(
                "Keep it as a plan for now",
                key=opened.key("later"),
                help="Nothing is changed. You or another operator can start it on the page Jobs.",
            )


def _figures(order: BulkOrder) -> None:
    with st.container(horizontal=True):
        if created := order.total("create"):
            st.metric("Will be created", f"{created:,}", border=True)
        st.metric("Will be changed", f"{order.total('change'):,}", border=True)
        st.metric(WORDS[RowVerdict.UNCHANGED], f"{order.total('unchanged'):,}", border=True)
        st.metric(WORDS[RowVerdict.INVALID], f"{order.total('invalid'):,}", border=True)
        seconds = sum(plan.totals.seconds for plan in order.plans)
        st.metric("Takes about", words.duration(seconds), border=True)
    billed, messages = order.total("billed"), order.total("emails") + order.total("texts")
    if billed:
        st.markdown(
            f"{words.people(billed)} count as active for this month's AWS bill, if they don't already."
        )
    elif order.total("waiting"):
        st.markdown("Nobody counts as active for AWS's bill because of this.")
    if messages:
        st.markdown(f"Cognito sends {words.counted(messages, 'message')}.")


def _carry_out(ctx: Context, opened: Opened) -> None:
    """Keep the plans and start them, once. Runs as a callback."""
    order: BulkOrder = opened.subject
    opened.problems = []
    if order.counted and opened.value("count").strip() != str(order.total("waiting")):
        opened.problems = ["That is not the number of people."]
        return
    later = bool(opened.value("later", False))
    store, who, target = ctx.store, ctx.who, asdict(target_of(ctx.pool))
    why = order.entered.why if order.entered else Why()

    def go() -> list[Job]:
        actor = who()
        actor.require(Permission.BULK)
        actor.require(order.permission)
        for plan in order.plans[len(order.jobs) :]:
            order.jobs.append(
                order.save(plan, actor) if order.save else save_plan(store, plan, target=target, actor=actor)
            )
        for place, job in enumerate(order.jobs):
            if not later and job.state is JobState.PLANNED:
                order.jobs[place] = start(store, job.id, actor, why)
                submit(store, RUN_JOB, job_id=job.id)
        return order.jobs

    opened.attempt(go)


def _leave(ctx: Context, jobs: list[Job]) -> None:
    """Close, and go to the job; with several, to the list they stand in."""
    dialog.close_dialog()
    kept = sum(job.state is JobState.PLANNED for job in jobs)
    if kept:
        done(f"{words.counted(kept, 'plan is', 'plans are')} kept and nothing is changed yet.")
    if len(jobs) > 1:
        st.switch_page(PAGES["jobs"], query_params={"pool": ctx.pool.name})
    st.switch_page(PAGES["job"], query_params={"id": jobs[0].id, "pool": ctx.pool.name})
