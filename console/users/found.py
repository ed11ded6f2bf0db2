"""The users page of a pool whose people are known: search, table, pasted lists, searches kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

import streamlit as st

from console.context import Context
from console.feedback import done, guarded, show_error
from console.snapshots import kept
from console.users import filters
from console.users.create import create_button
from console.users.filters import ChosenFilters, FilterKeys, marks, more_button
from console.users.table import (
    MOST_ROWS,
    PeopleColumn,
    choose_columns,
    columns_for,
    export_button,
    show_users,
    shown_people,
)
from console.widgets import bulk_order
from console.widgets.address import FIND, Values, follow_address
from console.widgets.not_found import Missing, missing_of, show_missing
from console.widgets.table import fingerprint
from console.widgets.words import md, zone
from services.directory.identify import HOW_TO_LIST, MOST_IN_SNAPSHOT, Resolution, look_up
from services.directory.lookup import TablesSource
from services.directory.orders import Rows
from services.directory.pool import PoolTables
from services.directory.saved_searches import opened_search, save_search
from services.directory.search import SearchResult, SearchTerms, search
from services.errors import ConsoleError
from services.saved import LONGEST_NAME, forget, may_forget
from services.store.saved import SavedSearch
from services.words import plural


def show_found(ctx: Context, tables: PoolTables) -> None:
    """The search, the table and its buttons; the line above says how old the data is, and what it lacks."""
    # by the minute, so that what was found serves until something else is asked for or has changed
    pool, now = tables.about.pool, datetime.now(UTC).replace(second=0, microsecond=0)
    if not len(tables):
        _nobody(ctx)
        return
    keys = FilterKeys(ctx.pool.name)
    applications = {
        application.name: application.allowed_groups
        for application in ctx.store.applications.list(ctx.pool.id)
    }
    choice = _ask(ctx, keys, tables, list(applications))
    only = banner(keys)
    found = kept(
        "users_found",
        tables,
        (choice, applications, only, now),
        lambda: search(tables, choice.query, choice.order, SearchTerms(now, applications, only)),
    )
    filters.state_row(keys, found.by_state, choice.query.states)
    marks(keys)
    filters.remember(ctx.store, choice, present(keys, choice))
    for sentence in found.doubts:
        st.warning(md(sentence), icon=":material/warning:")
    columns = columns_for(pool, tables.attributes, now)
    with st.container(horizontal=True, vertical_alignment="center"):
        _count(tables, found)
        st.space("stretch")
        paste_button(keys, tables)
        saved_button(ctx, keys, choice)
        chosen = choose_columns(ctx, columns)
        files = st.container(width="content")
        create_button(ctx)
    ticked = found.rows[:0]
    if len(found):
        ticked = _table(ctx, tables, found, chosen, now)
    with files:
        who = _selection(found, choice)
        export_button(ctx, tables, found.rows, chosen, who, ticked=ticked, key="users-export")
    if not len(found):
        st.markdown("Nobody fits. Shorten the search, or ask for less.")
        st.button("Show everybody", on_click=filters.clear_filters, args=(keys,))


def _ask(ctx: Context, keys: FilterKeys, tables: PoolTables, applications: list[str]) -> ChosenFilters:
    """The search box and all filters."""
    groups = tables.group_names
    follow_saved(ctx, keys, list(groups), applications)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        choice = filters.filter_row(keys, groups)
        query = more_button(keys, choice.query, groups, applications, tables.attributes)
    return ChosenFilters(query, choice.order)


def _nobody(ctx: Context) -> None:
    st.info(
        "Nobody is in this pool yet. Create a user, or upload a list on the Onboarding page.",
        icon=":material/info:",
    )
    create_button(ctx)


def _count(tables: PoolTables, found: SearchResult) -> None:
    """Say how many of how many people are shown, and whether some could not be read."""
    total, shown = len(tables), len(found)
    count = f"{total:,} people" if shown == total else f"{shown:,} of {total:,} people"
    in_part = "" if tables.completeness.complete else ", as far as they could be read"
    st.markdown(f"**{count}**{in_part}", width="content")


def _selection(found: SearchResult, choice: ChosenFilters) -> str:
    """Who is in an export, in words."""
    asked = f", found by: {choice.query}" if choice.query else ""
    return f"{len(found):,} of {found.total:,} people{asked}"


def _table(
    ctx: Context,
    tables: PoolTables,
    found: SearchResult,
    columns: Sequence[PeopleColumn],
    now: datetime,
) -> Rows:
    """Show who was found, and what can be done with those ticked; returns them."""
    pages = -(-len(found) // MOST_ROWS)
    everybody = bulk_order.Everybody(tables, found.rows)
    bar = st.container()
    body = st.container()
    page = 1
    if pages > 1:
        with st.container(horizontal_alignment="center"):
            key = f"users-page-{ctx.pool.name}-{pages}-{everybody.fingerprint}"
            page = st.pagination(pages, key=key, persist_state="session")
    rows = found.rows[(page - 1) * MOST_ROWS : page * MOST_ROWS]
    shown = kept(
        "users_shown",
        tables,
        (fingerprint(rows.tolist(), [column.name for column in columns]), str(zone()), now),
        lambda: shown_people(tables.people(rows), columns),
    )
    with body:
        places = show_users(ctx, shown, columns)
    with bar:
        selected = [shown.people[place] for place in places]
        bulk_order.bar(ctx, selected, everybody=everybody if pages > 1 else None)
    return rows[places]


FOUND, SEVERAL = "found", "several"


@dataclass(frozen=True, slots=True)
class PastedPeople:
    """What a list came to: subs of those found, and of those among whom an entry can't choose."""

    found: tuple[str, ...]
    several: tuple[str, ...]
    ambiguous: int
    missing: tuple[Missing, ...]
    repeated: int
    complete: bool


def paste_button(keys: FilterKeys, tables: PoolTables) -> None:
    """Show the button with the box for a list behind it."""
    # another popover after each look-up: a new one is closed
    turn = st.session_state.get(keys.of("paste-turn"), 0)
    with st.popover("Paste a list…", icon=":material/content_paste_search:", key=keys.of(f"paste{turn}")):
        with st.form(keys.of("paste-form"), border=False, enter_to_submit=False):
            pasted = st.text_area(
                "E-mail addresses, usernames, phone numbers or user IDs",
                height=160,
                placeholder=HOW_TO_LIST,
                key=keys.of("pasted"),
            )
            pressed = st.form_submit_button("Look them up", icon=":material/person_search:")
        st.markdown("Looking up changes nothing. The table then shows those who were found.")
        if pressed:
            with guarded():
                found = look_up(TablesSource(tables), pasted or "", most=MOST_IN_SNAPSHOT)
                st.session_state[_key(keys)] = kept_listing(found) if found.entries else None
                st.session_state[keys.of("paste-turn")] = turn + 1
                st.rerun()


def kept_listing(found: Resolution) -> PastedPeople:
    """What is kept of a look-up: no names, and entries only where nobody was found."""
    several = dict.fromkeys(user.sub for entry in found.ambiguous for user in entry.users)
    return PastedPeople(
        tuple(user.sub for user in found.people),
        tuple(several),
        len(found.ambiguous),
        missing_of(found.missing),
        found.repeated,
        found.complete,
    )


def banner(keys: FilterKeys) -> tuple[str, ...] | None:
    """Show what the list came to; the subs that the table is to show, None without a list."""
    kept: PastedPeople | None = st.session_state.get(_key(keys))
    if kept is None:
        return None
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**From your list:** {_counts(kept)}", width="content")
            st.space("stretch")
            st.button(
                "Drop the list", icon=":material/close:", key=keys.of("drop"), on_click=_drop, args=(keys,)
            )
        if not kept.complete:
            st.warning(
                "Not everybody could be read, so somebody may be missing here.", icon=":material/warning:"
            )
        if kept.missing:
            with st.expander(f"Not found: {len(kept.missing):,}", icon=":material/person_off:"):
                show_missing(kept.missing)
        if not kept.several:
            return kept.found
        titles = {
            FOUND: f"The {len(kept.found):,} found",
            SEVERAL: f"The {len(kept.several):,} among whom to choose",
        }
        shown = st.segmented_control(
            "Show",
            list(titles),
            default=FOUND,
            required=True,
            format_func=lambda name: md(titles[name]),
            key=keys.of("list-part"),
            label_visibility="collapsed",
        )
    return kept.several if shown == SEVERAL else kept.found


def _counts(kept: PastedPeople) -> str:
    parts = [f"{len(kept.found):,} found", f"{len(kept.missing):,} not found"]
    if kept.ambiguous:
        fits = plural(kept.ambiguous, "entry fits", "entries fit")
        parts.append(f"{kept.ambiguous:,} {fits} several people")
    if kept.repeated:
        parts.append(f"{kept.repeated:,} repeated")
    return " · ".join(parts)


def _drop(keys: FilterKeys) -> None:
    st.session_state[_key(keys)] = None


def _key(keys: FilterKeys) -> str:
    return keys.of("list")


def follow_saved(ctx: Context, keys: FilterKeys, groups: list[str], applications: list[str]) -> None:
    """Take the filters, or the saved search, that a link names. Before the widgets are made."""

    def apply(values: Values) -> None:
        if "search" not in values:
            choice = filters.only_known(filters.from_address(ctx.store, values), groups, applications)
            filters.take(keys, choice.query, choice.order)
            return
        try:
            saved, query, order = opened_search(ctx.store, ctx.pool, values["search"][0])
        except ConsoleError as error:
            show_error(error)
            return
        _use(keys, saved, ChosenFilters(query, order))

    names = (*filters.IN_ADDRESS, "search", FIND)
    follow_address(filters.USERS, names, apply, typed=filters.typed(keys))


def present(keys: FilterKeys, choice: ChosenFilters) -> str:
    """The id of the saved search that is shown unchanged, or ""."""
    kept = st.session_state.get(_key_of_saved(keys))
    return kept[0] if kept is not None and kept[1] == (choice.query, choice.order) else ""


def saved_button(ctx: Context, keys: FilterKeys, choice: ChosenFilters) -> None:
    """Show the button with the saved searches behind it."""
    opened = st.popover("Saved searches", icon=":material/bookmark:", key=keys.of("saved"), on_change="rerun")
    if not opened.open:
        return
    listed = ctx.store.saved_searches.of_pool(ctx.pool.id)
    with opened:
        if not listed:
            st.markdown("None yet. A saved search is there for everybody who works on this pool.")
        for saved in listed:
            _line(ctx, keys, saved)
        shown = next((search for search in listed if search.id == present(keys, choice)), None)
        if shown is not None:
            st.markdown(f"Link to “{md(shown.name)}”, for colleagues who may use this console:")
            st.code(_link(ctx, shown), language=None, wrap_lines=True)
        else:
            _save(ctx, keys, choice)


def _line(ctx: Context, keys: FilterKeys, saved: SavedSearch) -> None:
    with st.container(horizontal=True, vertical_alignment="center"), guarded():
        _, query, order = opened_search(ctx.store, ctx.pool, saved.id)
        st.button(
            md(saved.name),
            key=keys.of(f"saved-{saved.id}"),
            on_click=_use,
            args=(keys, saved, ChosenFilters(query, order)),
            help=md(f"Saved by {saved.operator_name}"),
            width="stretch",
        )
        if may_forget(ctx.who(), saved) and st.button(
            "", icon=":material/delete:", key=keys.of(f"unsave-{saved.id}"), help=md(f"Delete {saved.name}")
        ):
            forget(ctx.store, ctx.store.saved_searches, ctx.who, ctx.pool, saved.id)
            done(f"The saved search “{saved.name}” is deleted.")
            st.rerun()


def _save(ctx: Context, keys: FilterKeys, choice: ChosenFilters) -> None:
    if not choice.query:
        st.markdown("To save one, search or filter first.")
        return
    with st.form(keys.of("save"), border=False, enter_to_submit=True):
        name = st.text_input("Save this search as", key=keys.of("save-name"), max_chars=LONGEST_NAME)
        pressed = st.form_submit_button("Save", icon=":material/bookmark_add:")
    if pressed:
        with guarded():
            saved = save_search(ctx.store, ctx.pool, ctx.who, name or "", choice.query, choice.order)
            st.session_state[_key_of_saved(keys)] = (saved.id, (choice.query, choice.order))
            done(f"The search “{saved.name}” is saved. Its link stands under “Saved searches”.")
            st.rerun()


def _use(keys: FilterKeys, saved: SavedSearch, choice: ChosenFilters) -> None:
    filters.take(keys, choice.query, choice.order)
    st.session_state[_key_of_saved(keys)] = (saved.id, (choice.query, choice.order))


def _key_of_saved(keys: FilterKeys) -> str:
    return keys.of("saved-now")


def _link(ctx: Context, saved: SavedSearch) -> str:
    here = urlsplit(st.context.url or "")
    start = f"{here.scheme}://{here.netloc}{here.path}" if here.netloc else "/users"
    return f"{start}?pool={quote(ctx.pool.name)}&search={saved.id}"
