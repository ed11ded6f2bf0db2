"""`activity`: prove that the activity log is as the console wrote it."""

from __future__ import annotations

from dataclasses import asdict

import typer

from console.commands import showing
from services.activity_report import log_words
from services.store.engine import open_store


def verify(*, mark: str, as_json: bool) -> None:
    """Carry out `verify`."""
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
