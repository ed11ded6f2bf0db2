"""`setup`: the first steps at a terminal, by questions or from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.command_line.options import carried_out

app = typer.Typer()


@app.command("setup")
@carried_out
def setup_command(
    file: Annotated[
        Path | None, typer.Option("--from", help="A TOML file that says it all: docs/setup.md shows one.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only say what the file would change: exit code 2 if anything.")
    ] = False,
    test: Annotated[bool, typer.Option(help="Test the connections afterwards.")] = True,
) -> None:
    """Connect to AWS, add its user pools and their applications: asked here, or from a file."""
