"""`backup` and `restore`: the console's database as one file, and back."""

from __future__ import annotations

from pathlib import Path

import typer

from console.commands import showing
from services.access.sessions import terminal_actor
from services.store.backup import back_up, restore, settle
from services.store.engine import open_store
from services.store.vault import KEYS_VARIABLE


def backup_command(*, file: Path) -> None:
    """Carry out `backup`."""
    with open_store(create=False) as store:
        copied = back_up(store, file, terminal_actor())
        key = store.keys.file or f"the variable {KEYS_VARIABLE}"
    typer.echo(showing.plain(f"{file}: {copied.bytes:,} bytes, version {copied.version} of the database."))
    typer.echo(showing.plain(f"Keep the key apart from it: {key}. Without the key the copy can't be opened."))


def restore_command(*, file: Path, replace: bool, settled: bool) -> None:
    """Carry out `restore`."""
    if settled:
        with open_store(create=False) as store:
            _say_paused(settle(store, terminal_actor(), file.name))
        typer.echo("Every session has ended. The console can be started.")
        return
    done = restore(file, terminal_actor(), replace=replace)
    typer.echo(showing.plain(f"Restored {done.bytes:,} bytes, version {done.version} of the database."))
    if done.moved_away:
        typer.echo(showing.plain(f"The database of before is {done.moved_away}."))
    _say_paused(done.paused)


def _say_paused(jobs: int) -> None:
    if jobs:
        typer.echo(f"Jobs that were under way are paused: {jobs:,}. Look at each before you resume it.")
