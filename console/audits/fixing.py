"""From findings to a plan: who is meant, which groups, why; then the plan's own page."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

import streamlit as st

from console.context import Context
from console.feedback import done, show_error
from console.navigation import PAGES
from console.widgets import dialog
from console.widgets.dialog import Opened
from console.widgets.words import md
from services.audits.audit import refs
from services.audits.fixes import choices, fix_plan
from services.audits.rule import Choice, Fix, Result
from services.bulk.model import Plan
from services.bulk.saved import save_plan
from services.directory.snapshot import Snapshot
from services.pool_session import target_of
from services.roles import Permission
from services.store.jobs import Job
from services.words import named, people

NAME = "audit-fix"
_NAMED = 10


@dataclass
class Order:
    """What is to be done about whom, and what was entered."""

    result: Result
    fix: Fix
    subs: tuple[str, ...]
    snapshot: Snapshot = field(repr=False)
    groups: tuple[str, ...] = ()
    reason: str = ""
    settled: bool = False


def show(ctx: Context, opened: Opened) -> None:
    """The dialog; leaves for the plan once it is made."""
    order: Order = opened.subject
    if opened.once.answer is not None:
        _leave(opened.once.answer, ctx)
    dialog.show_dialog(_title(order), lambda: _body(ctx, opened))


def _title(order: Order) -> str:
    return f"{order.fix.title}: {people(len(order.subs))}"


def _body(ctx: Context, opened: Opened) -> None:
    order: Order = opened.subject
    if order.settled and opened.once.answer is None:
        _make(ctx, opened)
        order.settled = opened.once.answer is not None
    if opened.once.answer is not None:
        _leave(opened.once.answer, ctx)
    if opened.error is not None:
        show_error(opened.error)
    st.text(_names(order))
    st.markdown(
        "The people are compared with the pool as it is now. You see the plan before anything is changed."
    )
    with st.form(opened.key("form"), border=False, enter_to_submit=False):
        if order.fix.groups is Choice.CHOSEN:
            names = choices(order.result, order.fix, order.snapshot)
            st.multiselect(
                "Groups", names, default=_only(names), key=opened.key("groups"), placeholder="Choose"
            )
        optional = "" if order.fix.kind.wants_reason() else ", optional"
        title = "Note" if optional else "Reason"
        st.text_input(f"{title} (for the activity log{optional})", key=opened.key("reason"), max_chars=300)
        for text in opened.problems:
            st.error(md(text), icon=":material/error:")
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.form_submit_button("Cancel"):
                dialog.close_dialog()
                st.rerun()
            st.form_submit_button("Make the plan", type="primary", on_click=_settle, args=(opened,))


def _names(order: Order) -> str:
    return named([one.label for one in refs(order.snapshot, order.subs[:_NAMED])], _NAMED, of=len(order.subs))


def _only(names: list[str]) -> list[str]:
    return names if len(names) == 1 else []


def _settle(opened: Opened) -> None:
    """Take what was entered. Runs as a callback."""
    order: Order = opened.subject
    groups, reason = tuple(opened.value("groups", ())), opened.value("reason").strip()
    opened.problems = []
    if order.fix.groups is Choice.CHOSEN and not groups:
        opened.problems.append("Choose at least one group.")
    if order.fix.kind.wants_reason() and not reason:
        opened.problems.append("Give a reason.")
    if not opened.problems:
        order.groups, order.reason, order.settled = groups, reason, True


def _make(ctx: Context, opened: Opened) -> None:
    """Compare with the pool and keep the plan, once; nothing is changed."""
    order: Order = opened.subject
    bar = st.progress(0.0, text="Comparing with the pool …")
    plans: list[Plan] = []

    def show_progress(sentence: str, fraction: float | None) -> None:
        bar.progress(min(1.0, fraction or 0.0), text=md(sentence))

    def compare() -> None:
        plans.append(
            fix_plan(
                ctx.pool_session.gateway,
                order.snapshot,
                order.result,
                order.fix,
                order.subs,
                groups=order.groups,
                reason=order.reason,
                pool_name=ctx.pool.name,
                progress=show_progress,
            )
        )

    opened.try_out(compare)
    bar.empty()
    if not plans:
        return
    store, who, target = ctx.store, ctx.who, asdict(target_of(ctx.pool))

    def keep() -> Job:
        actor = who()
        actor.require(Permission.BULK)
        actor.require(order.fix.kind.permission)
        return save_plan(store, plans[0], target=target, actor=actor)

    opened.attempt(keep)


def _leave(job: Job, ctx: Context) -> None:
    """Close, and go to the plan."""
    dialog.close_dialog()
    done("The plan is made and nothing is changed yet. Look it through, then start it.")
    st.switch_page(PAGES["job"], query_params={"id": job.id, "pool": ctx.pool.name})
