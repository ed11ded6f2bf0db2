"""What waits for whoever looks, and what happened since they were last here."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.overview.lately import show_leading_rows
from console.widgets.table import Column
from console.widgets.words import md
from services.activity_report import ActivityReader
from services.directory.overview import joined_since
from services.directory.pool import PoolTables
from services.store.activity import ActivityFilter
from services.to_do import to_do
from services.words import ago, counted, listed

MOST = 8


def show_to_do(ctx: Context) -> None:
    """A row for each thing that waits, which leads there; nothing when nothing does."""
    waiting = to_do(ctx.store, ctx.pool, ctx.who)
    if not waiting:
        return
    st.header(f"Waiting for you: {len(waiting):,}", anchor=False)
    shown = waiting[:MOST]
    show_leading_rows(
        {
            "What": [f"{found.kind}: {found.title}" for found in shown],
            "To do": [found.said for found in shown],
            "Until": [found.until for found in shown],
        },
        about="What waits for you in this pool, the most pressing first",
        page="to-do",
        opens="What",
        queries=[{**found.query, "pool": ctx.pool.name} for found in shown],
        pages=[found.page for found in shown],
        config={"Until": Column(kind="day")},
    )
    if len(waiting) > len(shown):
        st.markdown(f"The first {len(shown)} of {len(waiting):,}.")


def since_last_visit(ctx: Context, tables: PoolTables) -> None:
    """One line: what others did, and who joined, since this operator was last here; nothing for nothing."""
    since = ctx.store.sessions.last_visit(ctx.session)
    if since is None:
        return
    filters: ActivityFilter = {
        "pool": ctx.pool.name,
        "since": since,
        "not_by": ctx.operator.id,
        "steps": False,
    }
    changes = ActivityReader(ctx.store, ctx.who).count(filters)
    joined = joined_since(tables, since)
    said = [
        words
        for number, words in (
            (changes, f"{counted(changes, 'line')} in the log by others"),
            (joined, f"{counted(joined, 'person', 'people')} joined"),
        )
        if number
    ]
    if said:
        st.markdown(f"Since you were last here, {md(ago(since))}: {listed(said)}.")
