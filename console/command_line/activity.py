"""`activity`: prove that the activity log is as the console wrote it."""

from __future__ import annotations

from typing import Annotated

import typer

from console.command_line.options import carried_out

app = typer.Typer(help="The activity log.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `verify` a command of its own."""


@app.command()
@carried_out
def verify(
    mark: Annotated[
        str,
        typer.Option(
            "--mark", help="What an earlier check printed as the log's end: it must still be in it."
        ),
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Read the whole log and name every line that was altered, removed or moved; ends with 2 then.

    The console may run meanwhile. Keep the mark elsewhere: with it, a later check also finds a
    database that was set back as a whole.
    """
