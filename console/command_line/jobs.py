"""`jobs`, `resume`, `undo`: what was run, going on with it, taking it back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.command_line.options import (
    JsonOption,
    NoteOptions,
    PasswordsOption,
    ResultsOption,
    ShareOption,
    YesOption,
    carried_out,
)

app = typer.Typer()
JobArgument = Annotated[str, typer.Argument(help="Id of the job, or its beginning.")]


@app.command()
@carried_out
def jobs(
    job: Annotated[str, typer.Argument(help="Id of one job, or its beginning.")] = "",
    pause: Annotated[bool, typer.Option("--pause", help="Pause the job.")] = False,
    stop: Annotated[bool, typer.Option("--stop", help="Stop the job for good.")] = False,
    results: ResultsOption = None,
    failed: Annotated[
        Path | None,
        typer.Option("--failed", help="Write the rows that aren't done, ready to fix: a CSV, or .xlsx."),
    ] = None,
    passwords: PasswordsOption = None,
    limit: Annotated[int, typer.Option(help="List at most so many.", min=1)] = 20,
    as_json: JsonOption = False,
) -> None:
    """List jobs and how far they are; with an id, one job: its state and its files."""


@app.command()
@carried_out
def resume(
    job: JobArgument,
    results: ResultsOption = None,
    passwords: PasswordsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Go on with a job that is paused, stopped, given up, or was left behind by a process that died.

    What is done isn't done again. Ends as `apply` does.
    """


@app.command()
@carried_out
def undo(
    job: JobArgument,
    said: NoteOptions,
    plan_only: Annotated[bool, typer.Option("--plan", help="Only show what would be done.")] = False,
    share: ShareOption = 0.5,
    rows: Annotated[int, typer.Option(help="Show at most so many rows.", min=0)] = 50,
    yes: YesOption = False,
    results: ResultsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take back what a job did, as far as that can be; what can't is listed."""
