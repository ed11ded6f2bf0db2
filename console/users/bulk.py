"""Changing several people at once: what is selected, a preview of what will happen, then a job."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property

import pandas as pd
import streamlit as st

from console.context import Context
from console.feedback import done, show_error
from console.navigation import PAGES
from console.widgets import dialog
from console.widgets.dialog import Opened
from console.widgets.words import md
from services import words
from services.bulk.control import start
from services.bulk.model import Plan, Verdict, sentence
from services.bulk.plan import plan_for_people
from services.bulk.row_actions import RowAction
from services.bulk.runner import runner_for
from services.bulk.saved import save_plan
from services.cognito.actions import (
    AddToGroup,
    DeleteUser,
    DisableUser,
    EnableUser,
    PersonChange,
    RemoveFromGroup,
    SignOutUser,
)
from services.cognito.models import PersonRef, User
from services.directory.orders import Rows
from services.directory.people import Person
from services.directory.pool import PoolTables
from services.directory.search import refs_at
from services.pool_session import target_of
from services.roles import Permission
from services.store.jobs import Job
from services.words import duration

NAME = "bulk"


CHOICES: tuple[type[PersonChange], ...] = (
    EnableUser,
    DisableUser,
    AddToGroup,
    RemoveFromGroup,
    SignOutUser,
    DeleteUser,
)
"""What can be done with several people, in the order in which it is offered."""

MOST_AT_ONCE = 100_000
"""A plan is put together in memory; more people than this are done in several goes."""

MOST_SHOWN = 1_000


@dataclass(frozen=True)
class Everybody:
    """All people that a search found, however many."""

    tables: PoolTables
    rows: Rows

    def __len__(self) -> int:
        return len(self.rows)

    @cached_property
    def fingerprint(self) -> str:
        """Another text as soon as other people, or the same in another order, are meant."""
        made = hashlib.sha256(self.rows.tobytes())
        made.update(f"{self.tables.about.id} {self.tables.about.taken_at} {len(self.tables)}".encode())
        return made.hexdigest()[:16]

    def references(self) -> list[PersonRef]:
        """All of them, as a plan takes them."""
        return refs_at(self.tables, self.rows)

    def labels(self, count: int) -> list[str]:
        """What the first of them are called."""
        return [one.label for one in refs_at(self.tables, self.rows[:count])]


@dataclass
class Order:
    """What was chosen for whom, and the plan once it is made."""

    choice: type[PersonChange]
    people: tuple[User, ...] | Everybody
    groups: tuple[str, ...] = ()
    reason: str = ""
    settled: bool = False
    plan: Plan | None = field(default=None, repr=False)


def bar(ctx: Context, selected: Sequence[Person], everybody: Everybody | None = None) -> None:
    """How many are selected and what can be done with them; nothing for roles that may do nothing to several.

    `everybody`: all who were found, offered when they don't fit on one page of the table.
    """
    if not ctx.may(Permission.BULK):
        return
    with st.container(horizontal=True, vertical_alignment="center", key="users-bulk", gap="small"):
        place = st.container(width="content")
        people: tuple[User, ...] | Everybody = tuple(person.user for person in selected)
        # Other people, another box: a tick never passes on to those of the next search.
        if everybody is not None and st.checkbox(
            f"All {len(everybody):,} found", key=f"users-all-{ctx.pool.name}-{everybody.fingerprint}"
        ):
            people = everybody
        place.markdown(f"**{len(people):,} selected**" if len(people) else "None selected")
        too_many = len(people) > MOST_AT_ONCE
        for choice in CHOICES:
            if ctx.may(choice.permission):
                st.button(
                    choice.verb_for_many(),
                    icon=choice.icon(),
                    key=f"users-bulk-{choice.row_action}",
                    disabled=not len(people) or too_many,
                    help=f"At most {MOST_AT_ONCE:,} people at once; search for fewer." if too_many else None,
                    on_click=dialog.open_dialog,
                    args=(NAME, Order(choice, people)),
                )


def show(ctx: Context, opened: Opened) -> None:
    """The dialog: first what exactly, then the preview."""
    order: Order = opened.subject
    if opened.once.answer is not None:
        _leave(opened.once.answer, ctx)
    dialog.show_dialog(_title(order), lambda: _body(ctx, opened))


def _title(order: Order) -> str:
    return f"{order.choice.verb_for_many()}: {words.people(len(order.people))}"


def _body(ctx: Context, opened: Opened) -> None:
    order: Order = opened.subject
    if opened.once.answer is not None:
        _leave(opened.once.answer, ctx)
    if order.settled and order.plan is None:
        opened.try_out(lambda: _plan(ctx, order))
        order.settled = order.plan is not None
    if opened.error is not None:
        show_error(opened.error)
    if order.plan is None:
        _ask(ctx, opened, order)
    else:
        _preview(ctx, opened, order, order.plan)


def _ask(ctx: Context, opened: Opened, order: Order) -> None:
    st.text(_names(order.people))
    with st.form(opened.key("form"), border=False, enter_to_submit=False):
        if order.choice.asks_group:
            names = sorted((group.name for group in ctx.pool_session.directory.groups()), key=str.casefold)
            st.multiselect("Groups", names, key=opened.key("groups"), placeholder="Choose")
        label = "Reason" if order.choice.wants_reason() else "Note"
        optional = "" if order.choice.wants_reason() else ", optional"
        st.text_input(f"{label} (for the activity log{optional})", key=opened.key("reason"), max_chars=300)
        for text in opened.problems:
            st.error(text, icon=":material/error:")
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.form_submit_button("Cancel"):
                _close()
            st.form_submit_button("Preview", type="primary", on_click=_settle, args=(opened,))


def _names(people: tuple[User, ...] | Everybody) -> str:
    first = people.labels(10) if isinstance(people, Everybody) else [user.label for user in people[:10]]
    shown = ", ".join(first)
    return f"{shown} and {len(people) - 10:,} more" if len(people) > 10 else shown


def _settle(opened: Opened) -> None:
    """Take what was entered. Runs as a callback."""
    order: Order = opened.subject
    groups, reason = tuple(opened.value("groups", ())), opened.value("reason").strip()
    opened.problems = []
    if order.choice.asks_group and not groups:
        opened.problems.append("Choose at least one group.")
    if order.choice.wants_reason() and not reason:
        opened.problems.append("Give a reason.")
    if not opened.problems and not order.settled:
        order.groups, order.reason, order.settled = groups, reason, True


def _plan(ctx: Context, order: Order) -> None:
    """Compare with the pool as it is now; nothing is changed."""
    bar = st.progress(0.0, text="Comparing with the pool …")

    def show_progress(sentence: str, fraction: float | None) -> None:
        bar.progress(min(1.0, fraction or 0.0), text=md(sentence))

    plan = plan_for_people(
        ctx.pool_session.gateway,
        order.people.references() if isinstance(order.people, Everybody) else order.people,
        RowAction.of(order.choice),
        groups=order.groups,
        title=", ".join((_title(order), *order.groups)),
        pool_name=ctx.pool.name,
        progress=show_progress,
    )
    bar.empty()
    order.plan = replace(plan, rows=tuple(replace(row, note=order.reason) for row in plan.rows))


def _preview(ctx: Context, opened: Opened, order: Order, plan: Plan) -> None:
    totals = plan.totals
    with st.container(horizontal=True):
        st.metric("Will be changed", f"{totals.waiting:,}", border=True)
        st.metric("Already so", f"{totals.unchanged:,}", border=True)
        st.metric("Can't be done", f"{totals.invalid:,}", border=True)
        st.metric("Takes about", duration(totals.seconds), border=True)
    if totals.waiting:
        counted = (
            f"{words.people(totals.billed)} count as active for this month's AWS bill, if they don't already."
        )
        st.markdown(counted if totals.billed else "Nobody counts as active for AWS's bill because of this.")
    if totals.irreversible:
        st.warning("This can't be undone.", icon=":material/warning:")
    _rows(plan)
    with st.form(opened.key("go"), border=False, enter_to_submit=False):
        typed = order.choice.ends_person
        if typed:
            st.text_input(
                f"To confirm, type the number of people who will be deleted: {totals.waiting}",
                key=opened.key("count"),
                autocomplete="off",
            )
        for text in opened.problems:
            st.error(text, icon=":material/error:")
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.form_submit_button("Cancel"):
                _close()
            st.form_submit_button(
                f"{order.choice.verb_for_many()}: {words.people(totals.waiting)}",
                type="primary",
                disabled=not totals.waiting,
                on_click=_start,
                args=(ctx, opened),
            )


def _rows(plan: Plan) -> None:
    titles = {Verdict.CHANGE: "Change", Verdict.UNCHANGED: "Already so", Verdict.INVALID: "Can't be done"}
    lines = []
    if len(plan.rows) > MOST_SHOWN:
        st.markdown(f"The first {MOST_SHOWN:,} of {len(plan.rows):,}; the job's page shows all.")
    for row in plan.rows[:MOST_SHOWN]:
        problems = " ".join(f"{problem.what} {problem.fix}".strip() for problem in row.problems)
        steps = sentence([step.change.wanted for step in row.steps])
        lines.append((row.label, titles.get(row.verdict, str(row.verdict)), steps or problems or row.remark))
    st.dataframe(
        pd.DataFrame(lines, columns=["Person", "Result", "What will happen"], dtype="str"),
        hide_index=True,
        alt="What will happen to each person",
        height=min(37 + 35 * len(lines), 320),
        column_config={"What will happen": st.column_config.TextColumn(width="large")},
    )


def _start(ctx: Context, opened: Opened) -> None:
    """Start the job once. Runs as a callback."""
    order: Order = opened.subject
    plan = order.plan
    if plan is None:
        return
    opened.problems = []
    if order.choice.ends_person and opened.value("count").strip() != str(plan.totals.waiting):
        opened.problems = ["That is not the number of people."]
        return
    store, who, target = ctx.store, ctx.who, asdict(target_of(ctx.pool))

    def go() -> Job:
        actor = who()
        actor.require(Permission.BULK)
        actor.require(order.choice.permission)
        saved = save_plan(store, plan, target=target, actor=actor)
        job = start(store, saved.id, actor, order.reason)
        runner_for(store).wake()
        return job

    opened.attempt(go)


def _leave(job: Job, ctx: Context) -> None:
    """Close, and go to the job's page."""
    dialog.close_dialog()
    if "job" in PAGES:
        st.switch_page(PAGES["job"], query_params={"id": job.id, "pool": ctx.pool.name})
    done(f"{job.title}: the job has started.")
    st.rerun()


def _close() -> None:
    dialog.close_dialog()
    st.rerun()
