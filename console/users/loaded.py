"""The users page of a pool that is loaded whole: counts, filters, the table, what can be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from console.context import Context
from console.csv_export import download
from console.session_table import ago
from console.text import md
from console.users import bulk, create, export, filters, picker
from console.users.fields import Column, columns_for
from console.users.table import MOST_ROWS, show_table
from services.access.permissions import Permission
from services.directory.filtering import Found, select
from services.directory.listing import Directory
from services.directory.people import People, Person

_REFRESH = "_users_refresh"


def read(directory: Directory) -> People | None:
    """Everybody, read now if need be while a bar shows how far; None for a large pool."""
    refresh = bool(st.session_state.pop(_REFRESH, False))
    place = st.empty()

    def show_progress(done: int, expected: int) -> None:
        place.progress(min(1.0, done / expected), text=f"Reading people: {done:,} of about {expected:,}")

    with st.spinner("Reading the people and groups of this pool …", show_time=True):
        people = directory.people(refresh=refresh, progress=show_progress)
    place.empty()
    return people


def ask_for_refresh() -> None:
    """Have the next run read the pool again; for callbacks."""
    st.session_state[_REFRESH] = True


def show(ctx: Context, directory: Directory, people: People) -> None:
    """Everything but the dialogs."""
    pool = directory.gateway.describe_pool()
    now = datetime.now(UTC)
    if not people.users:
        st.info(
            "Nobody is in this pool yet. Create a user, or upload a list on the Onboarding page.",
            icon=":material/info:",
        )
        create.button(ctx)
        return
    keys = filters.Keys(ctx.pool.name)
    choice = filters.filter_row(keys, people)
    found = select(people, choice.criteria, choice.order, pool.policy, now)
    filters.state_row(keys, found.by_state, choice.criteria.states)
    filters.remember(choice)
    for sentence in people.missing:
        st.warning(md(sentence), icon=":material/warning:")
    columns = columns_for(pool, people.attribute_names(), now)
    with st.container(horizontal=True, vertical_alignment="center"):
        _counts(people, found)
        st.space("stretch")
        chosen = picker.choose_columns(ctx, pool, columns)
        _export_button(ctx, found.people, chosen, complete=people.complete)
        create.button(ctx)
    if not found.people:
        st.markdown("Nobody fits. Shorten the search, or ask for less.")
        st.button("Show everybody", on_click=filters.clear, args=(keys,))
        return
    _table(ctx, found.people, chosen)


def _table(ctx: Context, people: Sequence[Person], columns: Sequence[Column]) -> None:
    pages = -(-len(people) // MOST_ROWS)
    bar = st.container()
    body = st.container()
    page = 1
    if pages > 1:
        with st.container(horizontal_alignment="center"):
            key = f"users-page-{ctx.pool.name}-{pages}-{people[0].user.sub}-{people[-1].user.sub}"
            page = st.pagination(pages, key=key, persist_state="session")
    rows = people[(page - 1) * MOST_ROWS : page * MOST_ROWS]
    may_select = ctx.may(Permission.BULK)
    with body:
        selected = show_table(rows, columns, pool=ctx.pool.name, selectable=may_select)
    if may_select:
        with bar:
            bulk.bar(ctx, selected, everybody=people if pages > 1 else ())


def _counts(people: People, found: Found) -> None:
    """Honest numbers: how many of how many, and how old they are."""
    total, shown = len(people), len(found.people)
    count = f"{total:,} people" if shown == total else f"{shown:,} of {total:,} people"
    in_part = "" if people.complete else ", as far as they could be read"
    st.markdown(f"**{count}**{in_part} · read {md(ago(people.read_at))}", width="content")
    st.button(
        "Read again",
        icon=":material/refresh:",
        type="tertiary",
        on_click=ask_for_refresh,
        help="Changes made here show at once. This brings in what was changed elsewhere.",
    )


def _export_button(
    ctx: Context, people: Sequence[Person], columns: Sequence[Column], *, complete: bool
) -> None:
    pool = ctx.desk.directory.gateway.describe_pool()
    download(
        f"Export {len(people):,} as CSV",
        export.filename(ctx.pool.name),
        lambda: export.build(people, columns, pool, complete=complete),
        key="users-export",
        disabled=not people or not ctx.may(Permission.EXPORT),
        help="All people shown by the filters, with the columns shown. It can be edited and uploaded again.",
    )
