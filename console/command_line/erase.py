"""`erase`: what the console keeps about one person, found and erased."""

from __future__ import annotations

from typing import Annotated

import typer

from console.command_line.options import PoolOption, carried_out

app = typer.Typer()


@app.command("erase")
@carried_out
def erase_command(
    names: Annotated[
        list[str],
        typer.Argument(help="Every name they are known by: sub, user name, e-mail address, phone number."),
    ],
    pool: PoolOption,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why, for the activity log.")] = "",
) -> None:
    """Say what the console keeps about one person and what must stay, ask, and erase the rest.

    Nothing is changed in Cognito. It can't be undone.
    """
