"""One group: what it is for, who is in it, and which applications accept it."""

from __future__ import annotations

import streamlit as st

from console import batch
from console.context import Context
from console.feedback import guarded
from console.groups.adding import show_adding
from console.groups.forms import DELETE, EDIT, show_delete, show_edit
from console.groups.members import REMOVE, show_members, show_remove
from console.groups.protection import PROTECT, show_protect, show_protection
from console.navigation import PAGES
from console.page import name_page, open_page
from console.snapshots import pool_bar
from console.widgets import dialog
from console.widgets.bulk_dialog import show_bulk_dialog
from console.widgets.words import md
from services.directory.groups import GroupLine, Groups
from services.errors import GroupNotFound
from services.roles import Permission

NAME = st.query_params.get("name", "")
MEMBERS, ADD = "Members", "Add people"


def show_facts(line: GroupLine) -> None:
    """Description, precedence, applications, and what is special."""
    group = line.group
    st.markdown(md(group.description) if group.description else "No description.")
    with st.container(horizontal=True, vertical_alignment="center"):
        if line.members is not None:
            st.badge(f"{line.members_text} member{'' if line.members_text == '1' else 's'}", color="gray")
        st.badge(
            "No precedence" if group.precedence is None else f"Precedence {group.precedence}",
            color="gray",
            help="When someone is in several groups, the one with the lowest number counts.",
        )
        for application in line.applications:
            st.badge(f"Opens {md(application.name)}", color="blue", icon=":material/key:")
        if not line.applications:
            st.badge(
                "Used by no application",
                color="gray",
                help="Applications are set up on the Configuration page.",
            )
        if line.provider:
            st.badge(f"Filled by {md(line.provider)} sign-in", color="violet", icon=":material/sync:")
        if group.role_arn:
            st.badge("Gives an AWS role", color="orange", icon=":material/shield:")
    if group.role_arn:
        st.markdown("Members can act in AWS with this role. The role is changed in AWS only, not here.")
        st.code(group.role_arn, language=None)


def show_actions(ctx: Context) -> None:
    """Edit, protect and delete."""
    for label, icon, name, permission in (
        ("Edit", ":material/edit:", EDIT, Permission.GROUP_EDIT),
        ("Protect", ":material/shield:", PROTECT, Permission.GROUP_EDIT),
        ("Delete", ":material/delete:", DELETE, Permission.GROUP_DELETE),
    ):
        why_not = ctx.why_not(permission)
        st.button(
            f"{label}…",
            icon=icon,
            disabled=bool(why_not),
            help=why_not or None,
            on_click=dialog.open_dialog,
            args=(name, NAME),
        )


def show_dialogs(ctx: Context, groups: Groups, line: GroupLine) -> None:
    """Whichever dialog is open for this group."""
    if (opened := dialog.opened(EDIT)) and opened.subject == NAME and ctx.may(Permission.GROUP_EDIT):
        show_edit(ctx, line.group, opened)
    elif (opened := dialog.opened(PROTECT)) and opened.subject == NAME and ctx.may(Permission.GROUP_EDIT):
        show_protect(ctx, line.group, opened)
    elif (opened := dialog.opened(DELETE)) and opened.subject == NAME and ctx.may(Permission.GROUP_DELETE):
        show_delete(ctx, groups, line, opened)
    elif (
        (opened := dialog.opened(REMOVE))
        and opened.subject[0] == NAME
        and ctx.may(Permission.USER_MEMBERSHIP)
    ):
        show_remove(ctx, groups, line, opened)
    show_bulk_dialog(ctx)


ctx = open_page("Group", "One group: who is in it, and what it opens.")
with st.container(horizontal=True, vertical_alignment="center"):
    st.page_link(
        PAGES["groups"],
        label="All groups",
        icon=":material/arrow_back:",
        query_params={"pool": ctx.pool.name},
    )
    st.space("stretch")
    actions = st.container(horizontal=True, width="content")
if not NAME:
    st.info("Choose a group from the list of all groups.", icon=":material/info:")
    st.stop()
with guarded():
    batch.run_waiting(ctx)
    tables = pool_bar(ctx)
    groups = Groups(ctx.pool_session.directory, ctx.store.applications.list(ctx.pool.id), tables)
    try:
        line = groups.get(NAME)
    except GroupNotFound:
        st.error(
            f"No group of the pool {md(ctx.pool.name)} has the name that is in the address (any more). "
            "Go back to the list of groups.",
            icon=":material/error:",
        )
        st.stop()
    name_page(NAME)
    with actions:
        show_actions(ctx)
    show_facts(line)
    show_protection(ctx, line.group)
    start = ADD if line.members == 0 and ctx.may(Permission.USER_MEMBERSHIP) else MEMBERS
    members_tab, adding_tab = st.tabs(
        [MEMBERS, ADD], default=start, key="tab", bind="query-params", on_change="rerun"
    )
    if members_tab.open:
        with members_tab:
            show_members(ctx, groups, line)
    if adding_tab.open:
        with adding_tab:
            show_adding(ctx, groups, line)
    show_dialogs(ctx, groups, line)
