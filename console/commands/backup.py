"""`backup` and `restore`: the console's database as one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.commands import showing
from services.access.sessions import terminal_actor
from services.store.backup import back_up, restore, settle
from services.store.engine import open_store
from services.store.vault import KEYS_VARIABLE

app = typer.Typer()


@app.command("backup")
def backup_command(
    file: Annotated[Path, typer.Argument(help="A new file for the copy.")],
) -> None:
    """Copy the database into one file, consistent, while the console runs. The key is not in it."""
    with open_store(create=False) as store:
        copied = back_up(store, file, terminal_actor())
        key = store.keys.file or f"the variable {KEYS_VARIABLE}"
    typer.echo(showing.plain(f"{file}: {copied.bytes:,} bytes, version {copied.version} of the database."))
    typer.echo(showing.plain(f"Keep the key apart from it: {key}. Without the key the copy can't be opened."))


@app.command("restore")
def restore_command(
    file: Annotated[Path, typer.Argument(help="What `backup` wrote.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Move a database that is there aside and take its place.")
    ] = False,
    settled: Annotated[
        bool,
        typer.Option("--settle", help="After pg_restore: only end sessions and pause jobs."),
    ] = False,
) -> None:
    """Put a backup in the place of the database. The console must be stopped, its key must be the same.

    Every session in it is ended, and every job that was under way waits until somebody resumes it.
    """
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
