"""`worker`: a process that runs jobs and all that comes by itself, beside consoles on PostgreSQL."""

from __future__ import annotations

from typing import Annotated

import typer

from console.command_line.options import carried_out
from services.work.task import AT_ONCE

app = typer.Typer()


@app.command()
@carried_out
def worker(
    at_once: Annotated[
        int, typer.Option(help="So many jobs and scheduled runs at once.", min=1, max=64)
    ] = AT_ONCE,
    public_url: Annotated[str, typer.Option(help="How people reach the console, for links in notices.")] = "",
) -> None:
    """Run jobs, schedules, notices and clean-up, beside consoles on PostgreSQL. Start as many as you like."""
