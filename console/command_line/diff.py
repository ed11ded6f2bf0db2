"""`diff`: what changed between two snapshots, or how the pool differs from a list. Reads no pool."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from console.command_line.file_options import FileOptions
from console.command_line.options import Where, carried_out

NEWEST, PREVIOUS = "newest", "previous"


class DiffFormat(StrEnum):
    """How differences are written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    XLSX = "xlsx"


app = typer.Typer()


@dataclass(frozen=True, slots=True)
class ListOptions:
    """What a list says beyond its cells."""

    group: Annotated[str, typer.Option(help="With a list: everybody on it belongs in this group.")] = ""
    all_groups: Annotated[
        bool, typer.Option("--all-groups", help="With a list: it names every group of its people.")
    ] = False
    everybody: Annotated[
        bool, typer.Option("--everybody", help="With a list: it names everybody who should be in the pool.")
    ] = False


@app.command()
@carried_out
def diff(
    a: Annotated[str, typer.Argument(help="A snapshot: its id, a day (2026-11-23), newest or previous.")],
    where: Where,
    reading: FileOptions,
    listed: ListOptions,
    b: Annotated[
        str,
        typer.Argument(help="Another snapshot, or a file of how it should be (- for standard input)."),
    ] = NEWEST,
    format: Annotated[
        DiffFormat, typer.Option(help="table for people; csv, json or xlsx for programs.")
    ] = DiffFormat.TABLE,
    output: Annotated[Path | None, typer.Option(help="Write to this file instead of the terminal.")] = None,
    fixes: Annotated[
        Path | None,
        typer.Option(help="Also write CSV files into this folder that `apply` takes to set it right."),
    ] = None,
    rows: Annotated[int, typer.Option(help="Show at most so many lines in a table.", min=0)] = 50,
) -> None:
    """Compare two snapshots, or a snapshot with a list of people and groups. Changes nothing.

    Ends with 0 when nothing differs, 2 when something does, 3 when nothing certain differs but some of
    it can't be told or wasn't read, 1 when it couldn't be compared.
    """
