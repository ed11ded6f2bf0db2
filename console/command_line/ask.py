"""`ask`: a question of one's own about a pool, in SQL. Changes nothing."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from console.command_line.options import (
    READ_SHARE,
    USUAL_AGE,
    EndpointOption,
    MaxAgeOption,
    PoolIdOption,
    PoolOption,
    ReadShareOption,
    RegionOption,
    carried_out,
)


class AnswerFormat(StrEnum):
    """How the answer is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    XLSX = "xlsx"


app = typer.Typer()


@app.command("ask")
@carried_out
def ask_command(
    question: Annotated[
        str,
        typer.Argument(help="One SELECT, in quotation marks; or a file ending in .sql; or -."),
    ] = "",
    pool: PoolOption = "",
    region: RegionOption = "",
    pool_id: PoolIdOption = "",
    endpoint_url: EndpointOption = "",
    snapshot: Annotated[
        str, typer.Option("--snapshot", help="Ask this one: its id, a day (2026-11-23), newest or previous.")
    ] = "",
    older: Annotated[
        str, typer.Option("--older", help="Compare with this one: older_users, older_memberships …")
    ] = "",
    oldest: MaxAgeOption = USUAL_AGE,
    share: ReadShareOption = READ_SHARE,
    format: Annotated[
        AnswerFormat, typer.Option("--format", help="table for people; csv, json or xlsx for programs.")
    ] = AnswerFormat.TABLE,
    output: Annotated[Path | None, typer.Option(help="Write to this file instead of the terminal.")] = None,
    rows: Annotated[int, typer.Option(help="In a table: show at most so many rows.", min=0)] = 50,
    seconds: Annotated[float, typer.Option(help="Stop after so many seconds.", min=1, max=3600)] = 20.0,
    columns: Annotated[
        bool, typer.Option("--columns", help="List the tables and columns, and stop.")
    ] = False,
    ready: Annotated[bool, typer.Option("--ready", help="List questions to start from.")] = False,
) -> None:
    """Ask a pool a question of your own: one SELECT. It reaches no file, no network, no setting.

    A snapshot that is at most an hour old is asked (--max-age), or the one
    named with --snapshot; else the pool is read first.

    Ends with 0 when the answer is whole; 3 when something wasn't read or there are more rows; 1 when it
    wasn't answered.
    """
