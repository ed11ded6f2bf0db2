"""`erase`: what the console keeps about one person, found and erased."""

from __future__ import annotations

import typer

from console.commands import showing
from services.access.sessions import terminal_actor
from services.store.engine import open_store
from services.traces import erase_traces, find_traces
from services.words import counted


def erase_command(*, names: list[str], pool: str, yes: bool, reason: str) -> None:
    """Carry out `erase`."""
    who = terminal_actor()
    with open_store(create=False) as store:
        record = store.pools.by_name(pool)
        found = find_traces(store, who, record, names)
        typer.echo("Found, to be erased:")
        for kind, number in found.counts.items():
            typer.echo(f"  {kind}: {number:,}")
        typer.echo("Stays:")
        for sentence in found.stays:
            typer.echo(showing.plain(f"  {sentence}"))
        total = sum(found.counts.values())
        if not total:
            typer.echo("Nothing is to be erased.")
            return
        if not yes:
            typer.confirm(f"Erase {counted(total, 'trace')} for good?", abort=True)
        erase_traces(store, who, record, found, {"reason": reason})
    typer.echo(f"Erased {counted(total, 'trace')}; the activity log says so, without the name.")
