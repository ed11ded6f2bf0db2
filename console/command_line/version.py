"""`version`: which release this is, and which releases of what it stands on."""

from __future__ import annotations

import typer

from console.command_line.options import carried_out

app = typer.Typer()


@app.command("version")
@carried_out
def version_command() -> None:
    """Print the release, for a report of a fault. Opens nothing."""
