"""The table of groups, counting their members, and the table of people on the pages about groups."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

import streamlit as st

from console.context import Context
from console.navigation import PAGES
from console.widgets.group_choice import remarks
from console.widgets.people_table import people_table
from console.widgets.table import Column, pick
from console.widgets.words import md
from services.cognito.models import PasswordPolicy, User
from services.cognito.status import status_in_full, status_line
from services.directory.groups import COUNT_UP_TO, GroupBoard, GroupLine, Groups
from services.directory.people import folded
from services.words import ago, counted


def find_group() -> str:
    """The box for finding a group; returns what was typed."""
    return st.text_input(
        "Find a group",
        placeholder="Name, description or application",
        icon=":material/search:",
        key="groups-find",
        width=420,
        bind="query-params",
    )


def show_board(ctx: Context, groups: Groups, wanted: str) -> None:
    """The groups in which every word of `wanted` occurs: how many, how old, and the table."""
    board = _read(groups)
    if not board.lines:
        st.info(
            "This pool has no groups yet. Create one, add people to it, and let applications accept it.",
            icon=":material/info:",
        )
        return
    shown = [line for line in board.lines if _fits(line, wanted)]
    _how_many(board, len(shown))
    for sentence in board.missing if board.asked else ():  # else the line on top has said it
        st.warning(md(sentence), icon=":material/warning:")
    if shown:
        _table(ctx, shown)
    else:
        st.markdown("No group fits. Shorten what you typed.")


def _read(groups: Groups) -> GroupBoard:
    refresh = st.session_state.pop("_groups_refresh", False)
    counting = st.session_state.pop("_groups_count", False)
    if groups.tables is not None:
        return groups.board()
    if not counting:
        with st.spinner("Reading the groups…", show_time=True):
            return groups.board(refresh=refresh)
    bar = st.progress(0.0, text="Counting members…")
    board = groups.board(
        count=True,
        step=lambda done, of: bar.progress(done / of, text=f"Counting members: group {done + 1} of {of}"),
    )
    bar.empty()
    return board


def _fits(line: GroupLine, wanted: str) -> bool:
    text = folded(
        "\n".join((line.group.name, line.group.description, *(app.name for app in line.applications)))
    )
    return all(word in text for word in folded(wanted).split())


def _how_many(board: GroupBoard, shown: int) -> None:
    unused = sum(1 for line in board.lines if not line.applications)
    count = len(board.lines)
    parts = [f"**{counted(count, 'group')}**"]
    if shown != count:
        parts.append(f"{shown} shown")
    if any(line.applications for line in board.lines) and unused:
        parts.append(f"{unused} used by no application")
    if not board.asked:  # the line on top says how old it is
        st.markdown(" · ".join(parts))
        return
    parts.append(f"asked of Cognito {ago(board.read_at)}")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(" · ".join(parts), width="content")
        if st.button("Read again", icon=":material/refresh:", type="tertiary", key="groups-refresh"):
            st.session_state["_groups_refresh"] = True
            st.rerun()
        if not board.counted:
            pressed = st.button(
                "Count members",
                icon=":material/tag:",
                key="groups-count",
                help=f"Until the pool is read: on request, up to {COUNT_UP_TO} members of each group.",
            )
            if pressed:
                st.session_state["_groups_count"] = True
                st.rerun()


def _table(ctx: Context, lines: Sequence[GroupLine]) -> None:
    counted = any(line.members is not None for line in lines)
    exact = all(not line.more for line in lines)
    columns: dict[str, list[object]] = {
        "Group": [line.group.name for line in lines],
        "Members": [(line.members if exact else line.members_text) for line in lines],
        "Description": [line.group.description for line in lines],
        "Applications": [", ".join(app.name for app in line.applications) for line in lines],
        "Precedence": [line.group.precedence for line in lines],
        "Remarks": [remarks(line.group, line.provider) for line in lines],
    }
    if not counted:
        del columns["Members"]
    if not any(columns["Remarks"]):
        del columns["Remarks"]
    names = [line.group.name for line in lines]
    picked = pick(
        columns,
        "Groups of this pool",
        name="groups-table",
        identity=(ctx.pool.name, names),
        opens="Group",
        rows=18,
        columns={
            "Description": Column(width=180),
            "Members": Column(right=True),
            "Applications": Column(help="Applications that let members of this group sign in"),
            "Precedence": Column(
                width=90, help="When someone is in several groups, the one with the lowest number counts"
            ),
        },
    )
    if picked.opened is not None:
        go_to_group(ctx, names[picked.opened])


def go_to_group(ctx: Context, name: str) -> None:
    """Leave for a group's page."""
    st.switch_page(PAGES["group"], query_params={"pool": ctx.pool.name, "name": name})


def pick_people(
    ctx: Context,
    users: Sequence[User],
    policy: PasswordPolicy,
    *,
    name: str,
    alt: str,
    members: Collection[str] | None = None,
    rows: int = 11,
) -> list[User]:
    """Show people and return those ticked; see `people_table` for `name`, `alt` and `rows`.

    With `members` (subs) a column says who is in the group already.
    """
    cells = people_cells(users, policy)
    cells["Name"] = [user.name or user.label for user in users]
    if members is not None:
        there = ["yes" if user.sub in members else "" for user in users]
        cells = {"Name": cells.pop("Name"), "In this group": there, **cells}
    ticked = people_table(
        ctx,
        cells,
        [user.sub for user in users],
        name=name,
        opens="Name",
        alt=alt,
        rows=rows,
        columns={"Status": Column(more=[status_in_full(user) for user in users])},
    )
    return [users[row] for row in ticked]


def people_cells(users: Sequence[User], policy: PasswordPolicy) -> dict[str, list[str]]:
    """What is shown about people, what matters first: a narrow window shows the first columns."""
    now = datetime.now(UTC)
    named = [user.username if user.username != user.sub else "" for user in users]
    columns = {
        "Name": [user.name for user in users],
        "E-mail": [user.email for user in users],
        "Phone": [user.attributes.get("phone_number", "") for user in users],
        "Status": [status_line(user, policy, now) for user in users],
        "Username": named,
    }
    if not any(columns["Username"]):
        del columns["Username"]
    if all(columns["E-mail"]):  # a number is wanted only where it is what people go by
        del columns["Phone"]
    return columns
