"""Differences as people meet them: numbers by kind, a table to tick, files, and the way to a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import pandas as pd
import streamlit as st

from console.context import Context
from console.widgets import dialog
from console.widgets.bulk_dialog import NAME, Entered, Order, show_bulk_dialog
from console.widgets.downloads import downloads
from console.widgets.people_table import people_table
from console.widgets.table import fingerprint, turn
from console.widgets.words import md, moments, time_column
from services.audits.corrections import WORDS, corrections, plans
from services.audits.differences import Differences, Kind
from services.audits.tables import About
from services.bulk.model import Plan
from services.bulk.reading import Progress
from services.directory.pool import PoolTables
from services.roles import Permission
from services.words import counted, plural

TITLES = {
    "kind": "Difference",
    "person": "Person",
    "name": "Name",
    "what": "What",
    "before": "Before",
    "after": "After",
    "by": "Changed by",
    "at": "Changed at",
    "remark": "Remark",
}


def show(
    ctx: Context,
    snapshot: PoolTables,
    found: Differences,
    head: Callable[[], About],
    *,
    key: str,
    sides: tuple[str, str] = ("Before", "After"),
) -> None:
    """All of it. `key` names the comparison; `sides` head the two columns of values."""
    _numbers(found)
    if found.lines.empty:
        return
    lines = _filtered(found, key)
    with st.container(horizontal=True, vertical_alignment="center"):
        count = len(lines)
        st.markdown(f"**{count:,}** {plural(count, 'line')} shown", width="content")
        ticked = st.container(width="content", horizontal=True, vertical_alignment="center")
        st.space("stretch")
        downloads(
            ctx, snapshot, "differences", found.table, lambda: (found.summary(), found.table()), head, key=key
        )
    if lines.empty:
        st.markdown("Nothing fits. Choose other kinds above, or shorten what you search for.")
        return
    chosen = _table(ctx, lines, key, sides)
    with ticked:
        if ctx.may(Permission.BULK):
            name = f"{key}-all-{fingerprint(list(lines.index))}"
            if st.checkbox(f"Tick all {len(lines):,}", key=name):
                chosen = lines.index.tolist()
        _plan_button(ctx, found, chosen, f"{key}-plan")
    show_bulk_dialog(ctx)


def _numbers(found: Differences) -> None:
    counts = found.counts
    untold = counts.get(Kind.UNTOLD, 0)
    if not len(found):
        if untold:
            st.info("No difference is certain.", icon=":material/help:")
        elif not found.complete:
            st.info("No differences in what was read, but not everything was.", icon=":material/help:")
        else:
            st.success("No differences.", icon=":material/check_circle:")
    if untold:
        what = counted(untold, "line")
        st.warning(
            f"{what} can't be told, because not everything was read. They are listed as “{Kind.UNTOLD}”, "
            "each with the reason, and count as no difference.",
            icon=":material/help:",
        )


def _filtered(found: Differences, key: str) -> pd.DataFrame:
    counts = found.counts
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kinds = st.pills(
            "Kinds",
            list(counts),
            selection_mode="multi",
            format_func=lambda kind: f"{kind} {counts[kind]:,}",
            key=f"{key}-kinds",
            label_visibility="collapsed",
        )
        st.space("stretch")
        text = st.text_input(
            "Find in differences",
            placeholder="Person, group, value",
            icon=":material/search:",
            key=f"{key}-text",
            width=260,
        )
    lines = found.of(*kinds) if kinds else found.lines
    for word in text.casefold().split():
        hit = pd.Series(False, index=lines.index)
        for name in ("person", "name", "username", "what", "before", "after"):
            hit |= lines[name].str.casefold().str.contains(word, regex=False).astype(bool)
        lines = lines[hit]
    return lines


def _table(ctx: Context, lines: pd.DataFrame, key: str, sides: tuple[str, str]) -> list[int]:
    """One page of the lines; the indexes of those ticked."""
    place = st.container()
    mark = fingerprint(list(lines.index))
    first, last = turn(len(lines), f"{key}-{mark}")
    page = lines.iloc[first:last]
    shown = page[[name for name in TITLES if name in page.columns and page[name].notna().any()]]
    shown = shown[[name for name in shown.columns if name in ("kind", "person") or (shown[name] != "").any()]]
    if "at" in shown.columns:
        shown = shown.assign(at=moments(shown["at"]))
    subs = page["sub"].tolist()
    titles = {**TITLES, "before": sides[0], "after": sides[1]}
    with place:
        rows = people_table(
            ctx,
            shown,
            subs,
            name=f"{key}-table",
            identity=(mark, first),
            opens="person",
            alt="Differences",
            rows=20,
            columns={
                name: time_column(title)
                if name == "at"
                else st.column_config.TextColumn(
                    title, width="medium" if name in ("person", "remark", "before", "after") else None
                )
                for name, title in titles.items()
            },
        )
    return [int(page.index[row]) for row in rows]


def _plan_button(ctx: Context, found: Differences, chosen: list[int], key: str) -> None:
    """The button that opens the dialog; off, with the reason, where it makes no sense."""
    why_not = ctx.why_not(Permission.BULK) or ("" if chosen else "Tick differences first, at the left.")
    st.button(
        f"Plan to set {len(chosen):,} right…" if chosen else "Plan to set right…",
        icon=":material/build:",
        key=key,
        disabled=bool(why_not),
        help=why_not or None,
        on_click=lambda: dialog.open_dialog(NAME, _order(ctx, found, tuple(chosen))),
    )


def _order(ctx: Context, found: Differences, chosen: tuple[int, ...]) -> Order:
    """What is asked and planned about the differences ticked."""
    gateway, pool_name = ctx.pool_session.gateway, ctx.pool.name
    counts = Counter(Kind(kind) for kind in found.lines.loc[list(chosen)]["kind"])
    said = [f"- **{counts[kind]:,}** × {kind}: {WORDS[kind]}" for kind in WORDS if counts[kind]]
    left = [
        f"- {counts[Kind(kind)]:,} × {md(kind)} stay as they are. {md(why)}"
        for kind, why in corrections(found, chosen).impossible
    ]
    how = (
        "Everybody is compared with the pool as it is now. You see each step, and start it, on the next "
        "page; nothing is changed before."
    )

    def plan(entered: Entered, progress: Progress) -> Sequence[Plan]:
        made = corrections(found, chosen, entered.reason)
        return plans(gateway, made, pool_name=pool_name, progress=progress)

    return Order(
        title="Set differences right",
        verb="Set right",
        plan=plan,
        permission=Permission.BULK,
        about="\n".join((*said, *left, "", how)),
        reason="required",
        starts=False,
        refused="" if said else "None of these can be set right by a plan.",
    )


def statements(found: Differences) -> None:
    """What the comparison rests on."""
    st.markdown("  \n".join(md(text) for text in found.statements))
