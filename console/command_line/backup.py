"""`backup` and `restore`: the console's database as one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.command_line.options import carried_out

app = typer.Typer()


@app.command("backup")
@carried_out
def backup_command(
    file: Annotated[Path, typer.Argument(help="A new file for the copy.")],
) -> None:
    """Copy the database into one file, consistent, while the console runs. The key is not in it."""


@app.command("restore")
@carried_out
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
