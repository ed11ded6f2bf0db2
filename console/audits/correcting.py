"""Differences that were ticked become a plan: what it will do, a reason, then the job's page."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field

import streamlit as st

from console.context import Context
from console.feedback import done, show_error
from console.navigation import PAGES
from console.widgets import dialog
from console.widgets.dialog import Opened
from console.widgets.words import md
from services.audits.corrections import WORDS, Corrections, corrections, plans
from services.audits.differences import Differences, Kind
from services.bulk.model import Plan
from services.bulk.saved import save_plan
from services.pool_session import target_of
from services.roles import Permission
from services.store.jobs import Job

NAME = "audits-correct"


@dataclass
class Order:
    """What was ticked, and the plans once they are made."""

    differences: Differences = field(repr=False)
    chosen: tuple[int, ...]
    reason: str = ""
    settled: bool = False
    plans: tuple[Plan, ...] = field(default=(), repr=False)


def button(ctx: Context, found: Differences, chosen: list[int], key: str) -> None:
    """The button that opens the dialog; off, with the reason, where it makes no sense."""
    why_not = ctx.why_not(Permission.BULK) or ("" if chosen else "Tick differences first, at the left.")
    st.button(
        f"Plan to set {len(chosen):,} right…" if chosen else "Plan to set right…",
        icon=":material/build:",
        key=key,
        disabled=bool(why_not),
        help=why_not or None,
        on_click=dialog.open_dialog,
        args=(NAME, Order(found, tuple(chosen))),
    )


def show(ctx: Context) -> None:
    """Draw the dialog if it is open."""
    opened = dialog.opened(NAME)
    if opened is None:
        return
    if opened.once.answer is not None:
        _leave(ctx, opened.once.answer)
    dialog.show_dialog("Set differences right", lambda: _body(ctx, opened))


def _body(ctx: Context, opened: Opened) -> None:
    order: Order = opened.subject
    if order.settled and not order.plans:
        opened.try_out(lambda: _plan(ctx, order))
        order.settled = bool(order.plans)
        if order.plans:
            _save(ctx, opened, order)
    if opened.once.answer is not None:
        _leave(ctx, opened.once.answer)
    if opened.error is not None:
        show_error(opened.error)
    _ask(opened, order)


def _ask(opened: Opened, order: Order) -> None:
    lines = order.differences.lines.loc[list(order.chosen)]
    counts = Counter(Kind(kind) for kind in lines["kind"])
    said = [
        f"- **{counts[kind]:,}** × {kind}: {WORDS[kind]}" for kind in Kind if kind in WORDS and counts[kind]
    ]
    st.markdown("\n".join(said) or "None of these can be set right by a plan.")
    for kind, why in corrections(order.differences, order.chosen).impossible:
        st.warning(
            f"{counts[Kind(kind)]:,} × {md(kind)} stay as they are. {md(why)}", icon=":material/block:"
        )
    st.markdown(
        "Everybody is compared with the pool as it is now. You see each step, and start it, on the next "
        "page; nothing is changed before."
    )
    with st.form(opened.key("form"), border=False, enter_to_submit=False):
        st.text_input("Reason (for the plan and the activity log)", key=opened.key("reason"), max_chars=300)
        for text in opened.problems:
            st.error(text, icon=":material/error:")
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.form_submit_button("Cancel"):
                dialog.close_dialog()
                st.rerun()
            st.form_submit_button(
                "Make the plan", type="primary", disabled=not said, on_click=_settle, args=(opened,)
            )


def _settle(opened: Opened) -> None:
    """Take what was entered. Runs as a callback."""
    order: Order = opened.subject
    reason = opened.value("reason").strip()
    opened.problems = [] if reason else ["Give a reason."]
    if reason and not order.settled:
        order.reason, order.settled = reason, True


def _plan(ctx: Context, order: Order) -> None:
    """Compare with the pool as it is now; nothing is changed."""
    made: Corrections = corrections(order.differences, order.chosen, order.reason)
    bar = st.progress(0.0, text="Comparing with the pool …")

    def show_progress(sentence: str, fraction: float | None) -> None:
        bar.progress(min(1.0, fraction or 0.0), text=md(sentence))

    order.plans = plans(ctx.pool_session.gateway, made, pool_name=ctx.pool.name, progress=show_progress)
    bar.empty()


def _save(ctx: Context, opened: Opened, order: Order) -> None:
    store, who, target = ctx.store, ctx.who, asdict(target_of(ctx.pool))

    def go() -> list[Job]:
        return [save_plan(store, plan, target=target, actor=who()) for plan in order.plans]

    opened.attempt(go)


def _leave(ctx: Context, jobs: list[Job]) -> None:
    """Close, and go to the plan; with two of them, to the list they stand in."""
    dialog.close_dialog()
    if len(jobs) == 1 and "job" in PAGES:
        st.switch_page(PAGES["job"], query_params={"id": jobs[0].id, "pool": ctx.pool.name})
    done(
        f"{len(jobs)} plans are saved: one for groups, one for people. Open each in the list to look at it "
        "and to start it."
    )
    if "jobs" in PAGES:
        st.switch_page(PAGES["jobs"], query_params={"pool": ctx.pool.name})
    st.rerun()
