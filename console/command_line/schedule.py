"""`schedule`: what the console does by itself, from a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from console.command_line.options import PoolOption, carried_out
from services.schedule.kinds import OFFERED
from services.schedule.timing import HELP

app = typer.Typer(
    help="What the console does by itself: snapshots, audits, questions, exports, reviews, plans at a date.",
    no_args_is_help=True,
)
NameArgument = Annotated[str, typer.Argument(help="Name of the schedule.")]


@app.command("list")
@carried_out
def list_schedules(
    pool: PoolOption, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False
) -> None:
    """Name every schedule of a pool: what, when, as whom, the next time and the last outcome."""


@app.command()
@carried_out
def add(
    name: NameArgument,
    pool: PoolOption,
    do: Annotated[str, typer.Option("--do", help=f"One of {', '.join(OFFERED)}.")],
    when: Annotated[str, typer.Option("--when", help=HELP)],
    runs_as: Annotated[str, typer.Option("--as", help="The operator whom it acts for.")],
    zone: Annotated[str, typer.Option("--zone", help="Time zone, such as Europe/Berlin.")] = "UTC",
    option: Annotated[
        list[str] | None,
        typer.Option("--set", help="A field of the work, as in --set format=xlsx; repeatable."),
    ] = None,
) -> None:
    """Plan work. What it may hold is said when a field is wrong."""


@app.command()
@carried_out
def pause(name: NameArgument, pool: PoolOption) -> None:
    """Let a schedule rest."""


@app.command()
@carried_out
def resume(name: NameArgument, pool: PoolOption) -> None:
    """Let a schedule come again."""


@app.command()
@carried_out
def remove(name: NameArgument, pool: PoolOption) -> None:
    """Forget a schedule, its runs and their files."""


@app.command()
@carried_out
def run(
    name: NameArgument,
    pool: PoolOption,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write its file here, too.")] = None,
) -> None:
    """Do it now, here, and wait. Ends with 0; 2 when it wants somebody to look; 1 when it failed."""


@app.command()
@carried_out
def runs(
    name: NameArgument,
    pool: PoolOption,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Name the newest runs of a schedule and what came of them."""


@app.command()
@carried_out
def fetch(
    name: NameArgument,
    pool: PoolOption,
    output: Annotated[Path, typer.Option("--output", "-o", help="The file to write.")],
) -> None:
    """Write the newest file that a schedule made."""
