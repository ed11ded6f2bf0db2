"""Users: everybody in the pool; find a person, open them, create one, or change several at once."""

from __future__ import annotations

from console.feedback import guarded
from console.page import open_page
from console.snapshots import pool_bar
from console.users.create import CREATE, show_create
from console.users.found import show_found
from console.users.paged import show_paged
from console.widgets import dialog
from console.widgets.bulk_dialog import show_bulk_dialog
from services.roles import Permission

ctx = open_page("Users", "Everybody in this user pool. Find a person, open them, or change several at once.")

with guarded():
    tables = pool_bar(ctx)
    if tables is None:
        show_paged(ctx, ctx.pool_session.directory)
    else:
        show_found(ctx, tables)

with guarded():
    if (opened := dialog.opened(CREATE)) and ctx.may(Permission.USER_CREATE):
        show_create(ctx, opened)
    show_bulk_dialog(ctx)
