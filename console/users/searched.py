"""The users page of a large pool: searched in the newest snapshot; page by page until there is one."""

from __future__ import annotations

from console.context import Context
from console.snapshots import snapshot_bar
from console.users import found, paged
from services.directory.listing import Directory


def show(ctx: Context, directory: Directory) -> None:
    """Everything but the dialogs."""
    tables = snapshot_bar(ctx)
    if tables is None:
        paged.show(ctx, directory)
        return
    found.show(ctx, tables)
