"""What one rule found: why it matters, who is concerned, and what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import streamlit as st

from console.audits.address import close_rule
from console.audits.asking import keep_sign_ins
from console.audits.words import badge
from console.context import Context
from console.feedback import guarded
from console.navigation import PAGES
from console.widgets import dialog
from console.widgets.bulk_dialog import NAME, Entered, Order
from console.widgets.people_table import people_table
from console.widgets.table import fingerprint, pick
from console.widgets.words import DAY, md, moments, time_column
from services.audits.audit import Audit, counted, frame, refs
from services.audits.fixes import choices, fix_plan
from services.audits.rule import About, Choice, Fix, Result, SignIn, State
from services.audits.rules.dormant import Dormant
from services.audits.sign_ins import MOST, last_sign_ins
from services.bulk.model import Plan
from services.bulk.reading import Progress
from services.directory.pool import PoolTables
from services.roles import Permission
from services.words import named, people

NAMED = 10
ROWS = 100
"""Findings shown at once."""


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
    show_found(ctx, made.snapshot, result)


def _page_key(result: Result) -> str:
    return f"audits-page-{result.rule.id}-{len(result.findings)}"


def _place(result: Result) -> tuple[int, int]:
    page = int(st.session_state.get(_page_key(result)) or 1)
    return (page - 1) * ROWS, page * ROWS


def _table(ctx: Context, result: Result, page: pd.DataFrame, first: int) -> list[str]:
    """The findings of this page; the subs of those ticked."""
    people = bool(result.subs)
    shown = _columns(result, page, people)
    identity = (result.rule.id, first, list(page["groups"]))
    alt = f"Findings of the rule {result.rule.title}"
    columns = {
        "Who": st.column_config.TextColumn(width="medium"),
        "What was found": st.column_config.TextColumn(width="large"),
        "Groups": st.column_config.ListColumn(width="medium"),
        "When": time_column("When", format=DAY),
        "Changed": time_column("Changed", format=DAY),
    }
    if people:
        subs = list(page["sub"])
        ticked = people_table(
            ctx,
            shown,
            subs,
            name="audits-table",
            opens="Who",
            alt=alt,
            identity=identity,
            columns=columns,
        )
        return [sub for sub in dict.fromkeys(subs[row] for row in ticked) if sub]
    opens = str(shown.columns[0])
    picked = pick(
        shown.assign(**{opens: [_text(value) for value in shown[opens]]}),
        alt,
        name="audits-table",
        identity=(ctx.pool.name, *identity),
        opens=opens,
        ticks="one",
        columns=columns,
    )
    for row in (picked.opened, *picked.ticked):
        if row is not None:
            _open(ctx, page.iloc[row])
    return []


def _text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _columns(result: Result, page: pd.DataFrame, people: bool) -> pd.DataFrame:
    """The columns that say something."""
    columns: dict[str, Any] = {}
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
    kept = {name: values for name, values in columns.items() if name in ("Who", "Changed") or _says(values)}
    if "When" in kept and kept["When"].equals(kept.get("Changed")):
        del kept["When"]
    return pd.DataFrame(kept)


def _says(values: Any) -> bool:
    return any(len(one) if isinstance(one, list | str) else not pd.isna(one) for one in values)


def _open(ctx: Context, row: Any) -> None:
    """Leave for the group, or the applications."""
    pool = ctx.pool.name
    if row["application"] and ctx.may(Permission.CONFIGURE):
        st.switch_page(PAGES["configuration"], query_params={"tab": "Applications"})
    if row["groups"]:
        st.switch_page(PAGES["group"], query_params={"name": row["groups"][0], "pool": pool})
    st.switch_page(PAGES["groups"], query_params={"pool": pool})


def show_found(ctx: Context, snapshot: PoolTables, result: Result) -> None:
    """Who was found, with what can be done about them."""
    first, last = _place(result)
    page = frame(result, snapshot, slice(first, last))
    bar = st.container()
    chosen = _table(ctx, result, page, first)
    with bar:
        _bar(ctx, snapshot, result, chosen)
    with st.container(horizontal_alignment="center"):
        if len(result.findings) > ROWS:
            st.pagination(-(-len(result.findings) // ROWS), key=_page_key(result))


def _bar(ctx: Context, snapshot: PoolTables, result: Result, selected: Sequence[str]) -> None:
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
                args=(NAME, _order(ctx, snapshot, result, fix, tuple(chosen))),
            )
        if isinstance(result.rule, Dormant):
            _sign_ins(ctx, snapshot, chosen)


def _order(ctx: Context, snapshot: PoolTables, result: Result, fix: Fix, subs: tuple[str, ...]) -> Order:
    """What is asked and planned when a fix is pressed."""
    gateway, pool_name = ctx.pool_session.gateway, ctx.pool.name

    def plan(entered: Entered, progress: Progress) -> list[Plan]:
        return [
            fix_plan(
                gateway,
                snapshot,
                result,
                fix,
                subs,
                groups=entered.groups,
                reason=entered.reason,
                pool_name=pool_name,
                progress=progress,
            )
        ]

    return Order(
        title=f"{fix.title}: {people(len(subs))}",
        verb=fix.title,
        plan=plan,
        permission=fix.kind.permission,
        whom=named([one.label for one in refs(snapshot, subs[:NAMED])], NAMED, of=len(subs)),
        about="The people are compared with the pool as it is now. You see the plan before anything is "
        "changed.",
        reason="required" if fix.kind.wants_reason() else "optional",
        groups=(lambda: choices(result, fix, snapshot)) if fix.groups is Choice.CHOSEN else None,
        starts=False,
    )


def _sign_ins(ctx: Context, snapshot: PoolTables, chosen: Sequence[str]) -> None:
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
            refs(snapshot, chosen),
            lambda done, of: bar.progress(done / of, text=f"Looking up sign-ins: {done:,} of {of:,}"),
        )
    bar.empty()
    if found is not None:
        keep_sign_ins(snapshot.about.pool_key, found)
        st.rerun()
