"""Users: everybody in the pool; find a person, open them, create one, or change several at once."""

from __future__ import annotations

from console.feedback import guarded
from console.page import open_page
from console.users import create, loaded, searched
from console.widgets import bulk_dialog, dialog
from services.roles import Permission

ctx = open_page("Users", "Everybody in this user pool. Find a person, open them, or change several at once.")

with guarded():
    directory = ctx.pool_session.directory
    tables = loaded.read(directory)
    if tables is None:
        searched.show(ctx, directory)
    else:
        loaded.show(ctx, tables)

with guarded():
    if (opened := dialog.opened(create.NAME)) and ctx.may(Permission.USER_CREATE):
        create.show(ctx, opened)
    bulk_dialog.show(ctx)
