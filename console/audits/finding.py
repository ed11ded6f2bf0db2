"""What one rule found: why it matters, who is concerned, and what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from console.audits import fixing
from console.audits.address import close_rule
from console.audits.asking import keep_sign_ins
from console.audits.fixing import Order
from console.audits.places import fingerprint
from console.audits.words import badge
from console.context import Context
from console.feedback import guarded
from console.navigation import PAGES
from console.widgets import dialog
from console.widgets.words import DAY, md, moments, time_column
from services.audits.audit import Audit, counted, frame, refs
from services.audits.rule import About, Result, SignIn, State
from services.audits.rules.dormant import Dormant
from services.audits.sign_ins import MOST, last_sign_ins
from services.roles import Permission

ROWS = 100
"""Findings shown at once."""

OPEN = "Open"


def show_rule(ctx: Context, made: Audit, result: Result) -> None:
    """Everything about one rule."""
    st.button(
        "All rules", icon=":material/arrow_back:", key="audits-back", type="tertiary", on_click=close_rule
    )
    rule = result.rule
    with st.container(horizontal=True, vertical_alignment="center"):
        st.header(md(rule.title), anchor=False, width="content")
        badge(result)
        st.markdown(f"**{md(counted(result))}**", width="content")
    st.markdown(f"{md(rule.why)}  \n**What to do:** {md(rule.advice)}")
    if result.remark:
        st.markdown(f":material/info: {md(result.remark)}")
    if result.reasons:
        start = "There may be more. " if result.state is State.FOUND else ""
        st.warning(f"{start}{md(' '.join(result.reasons))}", icon=":material/warning:")
    if not len(result.findings):
        if result.state is State.CLEAN:
            st.markdown("Nobody and nothing was found.")
        return
    first, last = _place(result)
    page = frame(result, made.snapshot, slice(first, last))
    bar = st.container()
    chosen = _table(ctx, result, page, first)
    with bar:
        _bar(ctx, made, result, chosen)
    with st.container(horizontal_alignment="center"):
        if len(result.findings) > ROWS:
            st.pagination(-(-len(result.findings) // ROWS), key=_page_key(result))


def _page_key(result: Result) -> str:
    return f"audits-page-{result.rule.id}-{len(result.findings)}"


def _place(result: Result) -> tuple[int, int]:
    page = int(st.session_state.get(_page_key(result)) or 1)
    return (page - 1) * ROWS, page * ROWS


def _table(ctx: Context, result: Result, page: pd.DataFrame, first: int) -> list[str]:
    """The findings of this page; the subs of those selected."""
    people = bool(result.subs)
    # Selection and clicks are told by place: another list is another table.
    shown = fingerprint(ctx.pool.name, result.rule.id, first, list(page["sub"]), list(page["groups"]))
    key = f"audits-table-{shown}"
    table = st.dataframe(
        _columns(result, page, people),
        key=key,
        hide_index=True,
        lazy=False,
        alt=f"Findings of the rule {result.rule.title}",
        placeholder="",
        height=min(37 + 35 * len(page), 37 + 35 * 16),
        column_config={
            OPEN: st.column_config.ButtonColumn(
                "", type="tertiary", pinned=True, width=60, key=f"{key}-open"
            ),
            "Who": st.column_config.TextColumn(width="medium"),
            "What was found": st.column_config.TextColumn(width="large"),
            "Groups": st.column_config.ListColumn(width="medium"),
            "Group": st.column_config.ListColumn(width="medium"),
            "When": time_column("When", format=DAY),
            "Changed": time_column("Changed", format=DAY),
        },
        on_select="rerun",
        # The grid's buttons don't hear the keyboard; where nobody is chosen, selecting a row opens it.
        selection_mode="multi-row" if people else "single-row",
    )
    clicked = st.session_state.get(f"{key}-open")
    if clicked is not None and clicked["row"] < len(page):
        _open(ctx, page.iloc[clicked["row"]])
    rows = [row for row in table["selection"]["rows"] if row < len(page)]
    if rows and not people:
        _open(ctx, page.iloc[rows[0]])
    return [sub for sub in dict.fromkeys(page["sub"].iloc[rows]) if sub]


def _columns(result: Result, page: pd.DataFrame, people: bool) -> pd.DataFrame:
    """The columns that say something."""
    columns: dict[str, Any] = {OPEN: [OPEN] * len(page)}
    if people:
        columns["Who"] = page["label"]
        columns["Name"] = page["name"]
        columns["Status"] = [
            status if enabled or not status else f"{status}, disabled"
            for status, enabled in zip(page["status"], page["enabled"], strict=True)
        ]
    columns["Application"] = page["application"]
    title = "Groups" if people or result.rule.about is not About.GROUPS else "Group"
    columns[title] = [list(names) for names in page["groups"]]
    columns["What was found"] = page["detail"]
    columns["When"] = moments(page["since"])
    if people:
        columns["Changed"] = moments(page["changed"])
    kept = {name: values for name, values in columns.items() if name in (OPEN, "Changed") or _says(values)}
    if "When" in kept and kept["When"].equals(kept.get("Changed")):
        del kept["When"]
    return pd.DataFrame(kept)


def _says(values: Any) -> bool:
    return any(len(one) if isinstance(one, list | str) else not pd.isna(one) for one in values)


def _open(ctx: Context, row: Any) -> None:
    """Leave for the person, the group, or the applications."""
    pool = ctx.pool.name
    if row["sub"]:
        st.switch_page(PAGES["user"], query_params={"id": row["sub"], "pool": pool})
    if row["application"] and ctx.may(Permission.CONFIGURE):
        st.switch_page(PAGES["configuration"], query_params={"tab": "Applications"})
    if row["groups"]:
        st.switch_page(PAGES["group"], query_params={"name": row["groups"][0], "pool": pool})
    st.switch_page(PAGES["groups"], query_params={"pool": pool})


def _bar(ctx: Context, made: Audit, result: Result, selected: Sequence[str]) -> None:
    """How many are chosen, and what can be done with them."""
    everybody = result.subs
    if not everybody or not result.rule.fixes:
        return
    with st.container(horizontal=True, vertical_alignment="center", key="audits-fixes", gap="small"):
        place = st.container(width="content")
        chosen = list(selected)
        # Other findings, another box: a tick never passes on to those of the next snapshot.
        key = f"audits-all-{fingerprint(result.rule.id, len(everybody), everybody[0], everybody[-1])}"
        if st.checkbox(f"All {len(everybody):,}", key=key):
            chosen = everybody
        place.markdown(f"**{len(chosen):,} chosen**" if chosen else "Nobody chosen")
        for fix in result.rule.fixes:
            why_not = ctx.why_not(Permission.BULK) or ctx.why_not(fix.kind.permission)
            st.button(
                f"{fix.title}…",
                key=f"audits-fix-{fix.kind.row_action}",
                icon=":material/build:",
                disabled=bool(why_not) or not chosen,
                help=why_not or "Makes a plan and shows it. Nothing is changed before you start it.",
                on_click=dialog.open_dialog,
                args=(fixing.NAME, Order(result, fix, tuple(chosen), made.snapshot)),
            )
        if isinstance(result.rule, Dormant):
            _sign_ins(ctx, made, chosen)


def _sign_ins(ctx: Context, made: Audit, chosen: Sequence[str]) -> None:
    """Look up when the people chosen last signed in, where the pool records it."""
    pressed = st.button(
        "Look up sign-ins",
        icon=":material/manage_search:",
        key="audits-sign-ins",
        disabled=not chosen or len(chosen) > MOST,
        help=f"For at most {MOST} people at once, where the pool keeps them (threat protection, Plus plan).",
    )
    if not pressed:
        return
    bar = st.progress(0.0, text="Looking up sign-ins …")
    found: dict[str, SignIn] | None = None
    with guarded():
        found = last_sign_ins(
            ctx.pool_session.gateway,
            refs(made.snapshot, chosen),
            lambda done, of: bar.progress(done / of, text=f"Looking up sign-ins: {done:,} of {of:,}"),
        )
    bar.empty()
    if found is not None:
        keep_sign_ins(made.snapshot.about.pool_key, found)
        st.rerun()
