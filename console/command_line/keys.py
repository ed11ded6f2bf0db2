"""`keys`: make encryption keys, and change the one that the database is encrypted with."""

from __future__ import annotations

from typing import Annotated

import typer

from console.command_line.options import carried_out

app = typer.Typer(help="Encryption keys of the console's database.", no_args_is_help=True)


@app.command("new")
@carried_out
def print_new_key() -> None:
    """Print a new key. Nothing is stored and nothing is changed."""


@app.command("rotate")
@carried_out
def rotate_keys(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    keep_old: Annotated[
        bool,
        typer.Option("--keep-old", help="Leave the old key in the key file, behind the new one."),
    ] = False,
) -> None:
    """Encrypt everything stored with a new key. The console must be stopped.

    With a key file: a new key is made, and the old one is removed at the end. With
    CONSOLE_ENCRYPTION_KEYS: put the new key in front yourself, rotate, then remove the old one.
    """
