"""`plan` and `apply`: what a file would change, and carrying it out, in the foreground."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.command_line.file_options import FileOptions, RowOptions
from console.command_line.options import (
    JsonOption,
    NoteOptions,
    PasswordsOption,
    ResultsOption,
    Where,
    YesOption,
    carried_out,
)

app = typer.Typer()


@app.command()
@carried_out
def plan(
    file: Annotated[Path, typer.Argument(help="The file (CSV, text or workbook), or - for standard input.")],
    where: Where,
    reading: FileOptions,
    treatment: RowOptions,
    rows: Annotated[int, typer.Option(help="Show at most so many rows.", min=0)] = 50,
    save: Annotated[
        bool, typer.Option("--save", help="Keep the plan, to be applied later by its id.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Show what a CSV file would change in a user pool. Changes nothing.

    Ends with 0 when there is nothing to do, 2 when changes are waiting, 1 when rows have errors.
    """


@app.command()
@carried_out
def apply(
    file: Annotated[
        Path,
        typer.Argument(help="The file (text or workbook), - for standard input, or a saved plan's id."),
    ],
    where: Where,
    reading: FileOptions,
    treatment: RowOptions,
    said: NoteOptions,
    leavers_as: Annotated[
        str,
        typer.Option("--as", help="The operator as whom leavers are seen off on their last day."),
    ] = "",
    yes: YesOption = False,
    results: ResultsOption = None,
    passwords: PasswordsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Carry out a CSV file on a user pool, after showing what it will do.

    Ends with 0 when every row is done, 3 when some aren't, 1 when it couldn't be carried out,
    4 when it was paused.
    """
