"""Groups: what there is, how many are in each, and which applications accept them."""

from __future__ import annotations

import streamlit as st

from console import batch
from console.feedback import guarded
from console.groups.forms import create_dialog
from console.groups.table import go_if_opened, show_board
from console.page import open_page
from services.access.permissions import Permission
from services.directory.groups import Groups

ctx = open_page(
    "Groups",
    "People get into applications through groups. Open a group to see its members, add or remove people.",
)
go_if_opened(ctx)
with guarded():
    batch.run_waiting(ctx)
    groups = Groups(ctx.desk.directory, ctx.store.applications.list(ctx.pool.id))
    why_not = ctx.why_not(Permission.GROUP_CREATE)
    if st.button(
        "New group", icon=":material/group_add:", type="primary", disabled=bool(why_not), help=why_not or None
    ):
        create_dialog(ctx, [group.name for group in ctx.desk.directory.groups()])
    show_board(ctx, groups)
