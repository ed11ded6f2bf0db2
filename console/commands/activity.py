"""`activity`: prove that the activity log is as the console wrote it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from console.commands import showing
from services.activity_report import log_words
from services.store.engine import open_store

app = typer.Typer(help="The activity log.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keep `verify` a command of its own."""


@app.command()
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
    with open_store(create=False) as store:
        found = store.activity.chain.check()
        kept = not mark or store.activity.chain.has(mark)
    if as_json:
        showing.print_json(asdict(found) | {"intact": found.intact and kept, "mark": found.mark})
    else:
        for line in log_words(found):
            typer.echo(showing.plain(line))
        if not kept:
            typer.echo(showing.plain(f"BROKEN: the end {mark} is not in the log any more: it was set back."))
        typer.echo(f"Mark of its end, to be kept elsewhere: {found.mark}")
    if not (found.intact and kept):
        raise typer.Exit(2)
