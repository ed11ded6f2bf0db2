"""Groups: what there is, how many are in each, and which applications accept them."""

from __future__ import annotations

import streamlit as st

from console import batch
from console.feedback import guarded
from console.groups.forms import CREATE, show_create
from console.groups.table import find_group, show_board
from console.page import open_page
from console.snapshots import pool_bar
from console.widgets import dialog
from services.directory.groups import Groups
from services.roles import Permission

ctx = open_page(
    "Groups",
    "People get into applications through groups. Open a group to see its members, add or remove people.",
)
with guarded():
    batch.run_waiting(ctx)
    tables = pool_bar(ctx)
    groups = Groups(ctx.pool_session.directory, ctx.store.applications.list(ctx.pool.id), tables)
    why_not = ctx.why_not(Permission.GROUP_CREATE)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        wanted = find_group()
        st.space("stretch")
        st.button(
            "New group…",
            icon=":material/group_add:",
            type="primary",
            disabled=bool(why_not),
            help=why_not or None,
            on_click=dialog.open_dialog,
            args=(CREATE,),
        )
    if (opened := dialog.opened(CREATE)) and not why_not:
        show_create(ctx, groups, opened)
    show_board(ctx, groups, wanted)
