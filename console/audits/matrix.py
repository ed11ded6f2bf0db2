"""User × group: the table, and pictures of how groups overlap."""

from __future__ import annotations

import streamlit as st

from console.context import Context
from console.widgets.address import keep_words
from console.widgets.downloads import download, downloads, file_name
from console.widgets.people_table import address_column, name_first, people_table
from console.widgets.table import PAGE_ROWS, Column, fingerprint, turn
from console.widgets.words import md, printable
from services.audits import charts
from services.audits.matrix import (
    PERSON,
    UNTOLD,
    GroupMatch,
    Matrix,
    MatrixFilter,
    combinations,
    combinations_table,
    group_sizes,
    largest,
    matrix_of,
    pairs,
    pairs_table,
    sizes_table,
    status_by_group,
    status_table,
)
from services.audits.tables import about, statement_of
from services.directory.filtering import STATE_TITLES
from services.directory.pool import PoolTables
from services.roles import Permission
from services.words import plural

MOST_COLUMNS = 40
"""Groups in the table on screen; files have all of them."""

MOST_BARS, MOST_PAIRS, MOST_COMBINATIONS = 40, 20, 25
TABLE, SIZES, STATUS, PAIRS, COMBINATIONS = (
    "Table",
    "Group sizes",
    "Status by group",
    "Overlap",
    "Combinations",
)
VIEWS = (TABLE, SIZES, STATUS, PAIRS, COMBINATIONS)
ENABLED = {"Enabled and disabled": None, "Enabled": True, "Disabled": False}


def show_matrix(ctx: Context, snapshot: PoolTables) -> None:
    """The tab “Matrix”: people by groups, group sizes, overlaps."""
    if not snapshot.group_names:
        st.info(
            "This pool has no groups, so there is nothing to set against its people.", icon=":material/info:"
        )
        return
    keep_words(ctx.store, "audits", "matrix-text", part="matrix")
    wanted = _filter(snapshot)
    matrix = matrix_of(snapshot, wanted)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(
            f"**{len(matrix):,}** {plural(len(matrix), 'person', 'people')} × "
            f"**{len(matrix.groups):,}** {plural(len(matrix.groups), 'group')}",
            width="content",
        )
        view = st.segmented_control(
            "View",
            VIEWS,
            default=TABLE,
            key="matrix-view",
            label_visibility="collapsed",
            required=True,
            bind="query-params",
        )
        st.space("stretch")
        _files(ctx, snapshot, matrix)
    if matrix.unread:
        names = ", ".join(md(name) for name in sorted(matrix.unread, key=str.casefold)[:10])
        st.warning(
            f"Not all members could be read of {names}: “{UNTOLD}” in the table means that it can't be told.",
            icon=":material/warning:",
        )
    if not len(matrix):
        st.markdown("Nobody fits. Shorten what you search for, or choose fewer filters.")
    elif view == TABLE:
        _table(ctx, matrix)
    else:
        _picture(ctx, snapshot, matrix, str(view))


def _filter(snapshot: PoolTables) -> MatrixFilter:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(
            "Find people",
            placeholder="Name, e-mail, username",
            icon=":material/search:",
            key="matrix-text",
            width=215,
        )
        groups = st.multiselect(
            "Groups",
            snapshot.group_names,
            key="matrix-groups",
            placeholder="All groups",
            width=260,
            bind="query-params",
        )
        held: GroupMatch | None = GroupMatch.EVERYBODY
        if groups:
            held = st.selectbox(
                "Show people",
                list(GroupMatch),
                format_func=lambda choice: choice.value.capitalize(),
                key="matrix-held",
                help="By the groups chosen at the left.",
                width=185,
                bind="query-params",
            )
        states = st.multiselect(
            "Status",
            list(STATE_TITLES),
            format_func=STATE_TITLES.__getitem__,
            key="matrix-status",
            placeholder="Every status",
            width=190,
            bind="query-params",
        )
        enabled = st.selectbox("Account", list(ENABLED), key="matrix-enabled", width=190, bind="query-params")
    return MatrixFilter(text, tuple(states), ENABLED[enabled], tuple(groups), held or GroupMatch.EVERYBODY)


def _files(ctx: Context, snapshot: PoolTables, matrix: Matrix) -> None:
    downloads(
        ctx,
        snapshot,
        "matrix",
        lambda: matrix.wide() if matrix.is_wide_possible else matrix.long(),
        lambda: (
            matrix.wide() if matrix.is_wide_possible else matrix.long(),
            sizes_table(matrix),
            status_table(matrix),
            pairs_table(matrix),
            combinations_table(matrix),
        ),
        lambda: about("User × group", snapshot, made_by=ctx.who().name, filter=matrix.filter.sentence),
        key="matrix",
    )


def _table(ctx: Context, matrix: Matrix) -> None:
    groups = matrix.groups
    if len(groups) > MOST_COLUMNS:
        groups = largest(matrix, MOST_COLUMNS)
        st.markdown(
            f"The {MOST_COLUMNS} largest of {len(matrix.groups):,} groups are shown; the files have all of "
            "them. Choose groups above to see others."
        )
    place = st.container()
    first, _ = turn(len(matrix), f"matrix-{fingerprint(matrix.filter)}")
    page, subs = matrix.page(first, PAGE_ROWS, groups), matrix.subs(first, PAGE_ROWS)
    # A group may be called "Name": columns of groups get names of their own, and titles for people.
    titles = {f"group {number}": name for number, name in enumerate(groups)}
    page.columns = [*PERSON, *titles]
    page["Enabled"] = page["Enabled"] == "yes"
    if matrix.pool.about.pool.username_attributes:
        page = page.drop(columns="Username")  # made by Cognito, and tells nobody anything
    # cut off, names that begin alike would all look the same
    turned = sum(8 * len(title) + 24 for title in groups) > ROOM
    config = {name: Column(printable(title), width=60, turned=turned) for name, title in titles.items()}
    shown = name_first(page.replace({"x": "✓"}) if titles else page, "Person")
    # who it is stays in view, the groups come next, and what else is known of people stands behind them
    about_people = [column for column in shown if column not in titles]
    shown = {name: shown[name] for name in (*about_people[:2], *titles, *about_people[2:])}
    with place:
        people_table(
            ctx,
            shown,
            subs,
            name="matrix-table",
            identity=groups,
            opens="Name",
            alt="People and the groups they are in",
            rows=20,
            ticks=False,
            columns={
                "Person": address_column(pinned=True),
                "Groups": Column("In groups", help="How many of these groups"),
                **config,
            },
        )


ROOM = 800
"""Pixels for the columns of groups beside the two that say who it is."""


def _picture(ctx: Context, snapshot: PoolTables, matrix: Matrix, view: str) -> None:
    chart, cut = _chart(matrix, view, ctx.pool.name)
    as_wide_as_it_is = view in (PAIRS, COMBINATIONS)
    with st.container(key="scrolls-sideways-matrix" if as_wide_as_it_is else None):
        st.altair_chart(chart, width="content" if as_wide_as_it_is else "stretch")
    with st.container(horizontal=True, vertical_alignment="center"):
        why_not = ctx.why_not(Permission.EXPORT)
        download(
            "Picture (SVG)",
            file_name(ctx, snapshot, view.lower().replace(" ", "-"), "svg"),
            lambda: charts.svg(_chart(matrix, view, ctx.pool.name, statement_of(snapshot))[0]),
            logged=False,
            key="matrix-svg",
            mime="image/svg+xml",
            help=why_not or "For a report; it can be enlarged without loss.",
            disabled=bool(why_not),
        )
        if cut:
            st.markdown(cut)


def _chart(matrix: Matrix, view: str, pool: str, said: str = "") -> tuple[charts.Chart, str]:
    """The picture, and a sentence when it doesn't show everything.

    `said`: what was read and whether all of it; the page says that on top, a file has to carry it.
    """
    if view == COMBINATIONS:
        found = combinations(matrix)
        cut = _cut(MOST_COMBINATIONS, len(found), "combinations")
        return charts.combination_chart(found[:MOST_COMBINATIONS], pool, said), cut
    sizes = group_sizes(matrix)
    if view == PAIRS:
        cut = _cut(MOST_PAIRS, len(sizes), "groups")
        return charts.overlap_chart(pairs(matrix, MOST_PAIRS), pool, said), cut
    cut = _cut(MOST_BARS, len(sizes), "groups")
    if view == SIZES:
        return charts.size_chart(sizes[:MOST_BARS], pool, said), cut
    order = [size.group for size in sizes[:MOST_BARS]]
    return charts.status_chart(status_by_group(matrix), order, pool, said), cut


def _cut(most: int, count: int, what: str) -> str:
    return f"The {most} largest of {count:,} {what}; the Excel file has all of them." if count > most else ""
