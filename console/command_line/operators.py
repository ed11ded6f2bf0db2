"""`operators`: who may sign in to the console, and the way back in when nobody can."""

from __future__ import annotations

from typing import Annotated

import typer

from console.command_line.options import carried_out
from services.roles import Role

app = typer.Typer(
    help="Who may sign in to the console, and the way back in when nobody can.", no_args_is_help=True
)
NameArgument = Annotated[str, typer.Argument(help="Name with which the operator signs in.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, for the activity log.")]


@app.command("list")
@carried_out
def list_operators(as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Name every operator with role, state and last sign-in."""


@app.command()
@carried_out
def add(
    name: NameArgument,
    role: Annotated[Role, typer.Option("--role", help="What they may do.")],
    full_name: Annotated[str, typer.Option("--full-name", help="As colleagues know them.")] = "",
    email: Annotated[str, typer.Option("--email", help="Where they can be reached.")] = "",
) -> None:
    """Add an operator and print the first password, which can't be read again."""


@app.command()
@carried_out
def reset(
    name: NameArgument,
    second_factor: Annotated[
        bool, typer.Option("--second-factor", help="Take their second factor away, too.")
    ] = False,
    reason: ReasonOption = "",
) -> None:
    """Give an operator a new password, print it, and sign them out everywhere."""


@app.command()
@carried_out
def disable(name: NameArgument, reason: ReasonOption = "") -> None:
    """Keep an operator out, ending their sessions at once. The last administrator can't be."""


@app.command()
@carried_out
def enable(name: NameArgument, reason: ReasonOption = "") -> None:
    """Let a disabled operator in again."""


@app.command()
@carried_out
def confirm(
    name: NameArgument,
    role: Annotated[Role, typer.Option("--role", help="What they may do from now on.")],
    reason: ReasonOption = "",
) -> None:
    """Let an operator in again whose record was changed past the console (ALTERED in the list)."""


@app.command()
@carried_out
def link(
    name: NameArgument,
    url: Annotated[
        str, typer.Option("--url", help="Address of the console.", envvar="CONSOLE_PUBLIC_URL")
    ] = "http://localhost:8501",
) -> None:
    """Print a link with which an operator chooses a new password: good once, for two hours."""
