"""`search` and `export`: people by any word, attribute, group or status; a pool as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.command_line.options import (
    READ_SHARE,
    MaxAgeOption,
    ReadOption,
    ReadShareOption,
    Where,
    carried_out,
)
from services.directory.file_format import Format
from services.directory.people_order import PeopleOrder
from services.directory.search_query import HELP

app = typer.Typer()
FormatOption = Annotated[
    str, typer.Option("--format", help=f"{', '.join(Format)}; otherwise as the file's name ends.")
]
OutputOption = Annotated[Path | None, typer.Option("--output", "-o", help="The file to write.")]


@app.command(
    "search", help=f"Find people by any word, attribute, group or status.\n\n{HELP}", no_args_is_help=True
)
@carried_out
def search_command(
    query: Annotated[str, typer.Argument(help="What to search for, in one pair of quotation marks.")] = "",
    *,
    where: Where,
    among: Annotated[
        Path | None,
        typer.Option("--list", help="Only people whom this file names: e-mails, usernames, user IDs."),
    ] = None,
    order: Annotated[str, typer.Option(help=f"One of {', '.join(PeopleOrder)}.")] = "name",
    limit: Annotated[int, typer.Option(help="Show at most so many; files hold all.", min=0)] = 50,
    format: FormatOption = "",
    output: OutputOption = None,
    read: ReadOption = False,
    oldest: MaxAgeOption = "",
    share: ReadShareOption = READ_SHARE,
) -> None:
    """Works on a snapshot that is at most an hour old, and else reads the pool (--max-age).

    Ends with 0; with 3 when the answer may be wrong because something could not be read."""


@app.command()
@carried_out
def export(
    what: Annotated[str, typer.Argument(help="users, groups or memberships.")],
    *,
    where: Where,
    query: Annotated[str, typer.Option("--query", help="Only these people, as for `search`.")] = "",
    format: FormatOption = "",
    output: OutputOption = None,
    read: ReadOption = False,
    oldest: MaxAgeOption = "",
    share: ReadShareOption = READ_SHARE,
) -> None:
    """Write users, groups or memberships to a file (CSV to the terminal if nothing else is asked).

    Each file says which pool, when it was read, and whether anything is missing. Ends with 0; with 3
    when something is.
    """
