"""Erasing what the console keeps about one person: found by every name, shown with what must stay, erased."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from console.context import Context
from console.widgets import dialog
from console.widgets.dialog import Opened
from console.widgets.words import md
from services.store.pools import PoolRecord
from services.traces import Traces, erase_traces, find_traces
from services.words import counted

_NAME = "erase-traces"


@dataclass
class TraceSearch:
    """What was found in which pool; nothing before the first look."""

    pool: PoolRecord | None = None
    found: Traces | None = None


def show_erasing(ctx: Context) -> None:
    """What it is for, and the button; the dialog while it is open."""
    st.header("One person's traces", anchor=False)
    st.markdown(
        "When somebody asks to be forgotten: what the console itself keeps about them is found by their "
        "names and erased. Nothing is changed in Cognito."
    )
    pools = ctx.store.pools.list()
    st.button(
        "Erase one person's traces…",
        icon=":material/person_remove:",
        key="erase-traces",
        disabled=not pools,
        help=None if pools else "There is no user pool yet.",
        on_click=dialog.open_dialog,
        args=(_NAME, TraceSearch()),
    )
    opened = dialog.opened(_NAME)
    if opened is not None:
        dialog.show_dialog("Erase one person's traces", lambda: _body(ctx, opened, pools))


def _body(ctx: Context, opened: Opened, pools: tuple[PoolRecord, ...]) -> None:
    looked: TraceSearch = opened.subject
    if opened.once.succeeded and looked.found is not None:
        _told(opened, looked.found)
    elif looked.found is None:
        _ask(ctx, opened, pools)
    else:
        _show(ctx, opened, looked.found)


def _ask(ctx: Context, opened: Opened, pools: tuple[PoolRecord, ...]) -> None:
    names = [pool.name for pool in pools]
    chosen = ctx.pool_record.name if ctx.pool_record is not None else names[0]
    with dialog.form(opened, "Look", marked=True, on_action=_look, args=(ctx, opened, pools)):
        st.selectbox("User pool", names, index=names.index(chosen), key=opened.key("pool"))
        st.text_area(
            dialog.required("Every name they are known by, one a line"),
            placeholder="5f0c0000-…\nann@example.com\n+4915112345678",
            help="Their sub, username, e-mail addresses and phone numbers, as the console shows them. Each "
            "is found where it stands by itself, in capital or small letters.",
            key=opened.key("names"),
            height=140,
        )
        st.markdown("Nothing is erased yet.")


def _look(ctx: Context, opened: Opened, pools: tuple[PoolRecord, ...]) -> None:
    """Find what there is. Runs as a callback."""
    pool = next(pool for pool in pools if pool.name == opened.value("pool", pools[0].name))
    names = str(opened.value("names")).splitlines()
    looked: TraceSearch = opened.subject

    def find() -> None:
        looked.pool, looked.found = pool, find_traces(ctx.store, ctx.who, pool, names)

    opened.try_out(find)


def _show(ctx: Context, opened: Opened, found: Traces) -> None:
    total = sum(found.counts.values())
    st.markdown("**Will be erased**" if total else "**Nothing was found that can be erased.**")
    for kind, number in found.counts.items():
        if number:
            st.markdown(f"- {kind}: {number:,}")
    st.markdown("**Stays**")
    for sentence in found.stays:
        st.markdown(f"- {md(sentence)}")
    if not total:
        if dialog.close_button(opened):
            st.rerun()
        return
    st.warning(
        "Lines of the log keep who did what and when, no longer to whom; what these jobs did to this person "
        "can't be undone any more. It can't be taken back.",
        icon=":material/warning:",
    )
    with dialog.form(
        opened,
        f"Erase {counted(total, 'trace')}",
        reason="required",
        danger=True,
        step="erase",
        on_action=_erase,
        args=(ctx, opened),
    ):
        st.markdown("The reason stays in the log: don't name the person in it.")


def _erase(ctx: Context, opened: Opened) -> None:
    """Erase what was shown, once. Runs as a callback."""
    looked: TraceSearch = opened.subject
    pool, found, why = looked.pool, looked.found, opened.why
    if pool is not None and found is not None:
        opened.attempt(lambda: erase_traces(ctx.store, ctx.who, pool, found, why))


def _told(opened: Opened, found: Traces) -> None:
    st.success(
        f"Erased {counted(sum(found.counts.values()), 'trace')}. The activity log says so, without the name.",
        icon=":material/check_circle:",
    )
    st.markdown("What stays, as it was said:")
    for sentence in found.stays:
        st.markdown(f"- {md(sentence)}")
    if dialog.close_button(opened):
        st.rerun()
