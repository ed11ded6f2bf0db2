"""The users page of a pool whose people are known: search, filters, the table, what can be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import streamlit as st

from console.context import Context
from console.users import bulk, create, export, filters, more, pasting, saved
from console.users.filters import Choice
from console.users.more import Keys
from console.users.table import MOST_ROWS, Column, choose_columns, columns_for, users_table
from console.widgets.words import md
from services.directory.pool import PoolTables
from services.directory.search import Found, Terms, search


def show(ctx: Context, tables: PoolTables, reading: Callable[[], None] | None = None) -> None:
    """Everything but the dialogs.

    `reading` shows how old the data is, beside the count; without it a line above has said that, and
    whether anything is missing.
    """
    pool, now = tables.about.pool, datetime.now(UTC)
    if not len(tables):
        _nobody(ctx, tables, reading)
        return
    keys = Keys(ctx.pool.name)
    applications = {one.name: one.allowed_groups for one in ctx.store.applications.list(ctx.pool.id)}
    choice = _ask(ctx, keys, tables, list(applications))
    only = pasting.banner(keys)
    found = search(tables, choice.query, choice.order, Terms(now, applications, only))
    filters.state_row(keys, found.by_state, choice.query.states)
    more.marks(keys)
    filters.remember(choice, saved.present(keys, choice))
    for sentence in (*(tables.completeness.missing if reading else ()), *found.doubts):
        st.warning(md(sentence), icon=":material/warning:")
    columns = columns_for(pool, tables.attributes, now)
    with st.container(horizontal=True, vertical_alignment="center"):
        _count(tables, found)
        if reading is not None:
            reading()
        st.space("stretch")
        pasting.button(keys, tables)
        saved.button(ctx, keys, choice)
        chosen = choose_columns(ctx, columns)
        export.button(ctx, tables, found.rows, chosen, _selection(found, choice), key="users-export")
        create.button(ctx)
    if not len(found):
        st.markdown("Nobody fits. Shorten the search, or ask for less.")
        st.button("Show everybody", on_click=filters.clear, args=(keys,))
        return
    _table(ctx, tables, found, chosen)


def _ask(ctx: Context, keys: Keys, tables: PoolTables, applications: list[str]) -> Choice:
    """The search box and all filters."""
    groups = tables.group_names
    saved.follow(ctx, keys, list(groups), applications)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choice = filters.filter_row(keys, groups)
        query = more.button(keys, choice.query, groups, applications, tables.attributes)
    return Choice(query, choice.order)


def _nobody(ctx: Context, tables: PoolTables, reading: Callable[[], None] | None) -> None:
    for sentence in tables.completeness.missing if reading else ():
        st.warning(md(sentence), icon=":material/warning:")
    st.info(
        "Nobody is in this pool yet. Create a user, or upload a list on the Onboarding page.",
        icon=":material/info:",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        create.button(ctx)
        if reading is not None:
            reading()


def _count(tables: PoolTables, found: Found) -> None:
    """Honest numbers: how many of how many."""
    total, shown = len(tables), len(found)
    count = f"{total:,} people" if shown == total else f"{shown:,} of {total:,} people"
    in_part = "" if tables.completeness.complete else ", as far as they could be read"
    st.markdown(f"**{count}**{in_part}", width="content")


def _selection(found: Found, choice: Choice) -> str:
    """Who is in an export, in words."""
    asked = f", found by: {choice.query}" if choice.query else ""
    return f"{len(found):,} of {found.total:,} people{asked}"


def _table(ctx: Context, tables: PoolTables, found: Found, columns: Sequence[Column]) -> None:
    pages = -(-len(found) // MOST_ROWS)
    everybody = bulk.Everybody(tables, found.rows)
    bar = st.container()
    body = st.container()
    page = 1
    if pages > 1:
        with st.container(horizontal_alignment="center"):
            key = f"users-page-{ctx.pool.name}-{pages}-{everybody.fingerprint}"
            page = st.pagination(pages, key=key, persist_state="session")
    rows = found.rows[(page - 1) * MOST_ROWS : page * MOST_ROWS]
    people = tables.people(rows)
    with body:
        selected = users_table(ctx, people, columns)
    with bar:
        bulk.bar(ctx, selected, everybody=everybody if pages > 1 else None)
