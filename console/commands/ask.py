"""`ask`: a question of one's own about a pool, in SQL. Changes nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from console.commands import showing
from console.commands.diff import KeptSnapshots
from console.commands.options import (
    READ_SHARE,
    USUAL_AGE,
    EndpointOption,
    MaxAgeOption,
    PoolIdOption,
    PoolOption,
    ReadShareOption,
    RegionOption,
    Where,
    applications_of,
    gateway_to,
    max_age,
)
from console.commands.showing import Exit
from console.commands.snapshot import newest_tables
from services.access.sessions import terminal_actor
from services.audits.ask import TABLES, Answered, QuestionData, ask
from services.audits.differences import activity_of
from services.audits.questions import READY
from services.audits.tables import as_csv, as_xlsx
from services.directory.pool import PoolTables
from services.directory.sandbox import QueryLimits
from services.errors import FileRejected, InvalidValue
from services.pool_session import PoolAddress
from services.roles import Permission
from services.store.columns import utc_now
from services.store.engine import open_store
from services.store.store import Store

TITLE = "Question"
_WIDEST = 60


class AnswerFormat(StrEnum):
    """How the answer is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    XLSX = "xlsx"


app = typer.Typer()


@app.command("ask")
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
    if columns or ready:
        typer.echo("\n".join(_columns() if columns else _ready()))
        return
    terminal_actor()().require(Permission.READ)
    text = _text(question)
    with open_store() as store:
        target = Where(pool, region, pool_id, endpoint_url).target(store)
        kept = KeptSnapshots(store, gateway_to(store, target).pool_key)
        asked = kept.open(snapshot) if snapshot else newest_tables(store, target, share, max_age(oldest))
        ground = _ground(store, target, asked, kept.open(older) if older else None)
        answer = ask(ground, text, QueryLimits(seconds=seconds))
    _write(answer, format, output, rows)
    raise typer.Exit(Exit.OK if answer.complete else Exit.SOME_FAILED)


def _ground(store: Store, target: PoolAddress, asked: PoolTables, older: PoolTables | None) -> QuestionData:
    """What is asked: the pool, an older state of it, the applications, the pool's part of the log."""
    return QuestionData(
        asked,
        utc_now(),
        applications_of(store, target),
        activity_of(store, asked.about.pool.id, target.pool_name, asked.about.pool_name),
        older,
    )


def _text(question: str) -> str:
    """The question itself. Raises `FileRejected`, or `InvalidValue` when nothing is asked."""
    try:
        if question == "-":
            question = sys.stdin.read()
        elif question.casefold().endswith(".sql"):
            question = Path(question).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileRejected(f"{showing.plain(question)} can't be read: {error}.", "Check the path.") from None
    if not question.strip():
        raise InvalidValue("Nothing is asked.", "Give a SELECT; --columns lists what can be asked.")
    return question


def _columns() -> Iterator[str]:
    for table, listed in TABLES.items():
        yield f"{table}"
        yield from (f"    {column.name:20}{column.kind:11}{column.meaning}" for column in listed)
    yield "older_users, older_groups, older_memberships: as above, with --older"


def _ready() -> Iterator[str]:
    for ready in READY:
        yield f"-- {ready.title}"
        yield f"{ready.sql};\n"


def _write(answer: Answered, format: AnswerFormat, output: Path | None, rows: int) -> None:
    table = answer.table(TITLE)
    match format:
        case AnswerFormat.CSV:
            data = as_csv(table, answer.head(TITLE, terminal_actor()().name))
        case AnswerFormat.XLSX:
            if output is None:
                raise InvalidValue("A workbook can't be shown in a terminal.", "Give --output with a file.")
            data = as_xlsx([table], answer.head(TITLE, terminal_actor()().name))
        case AnswerFormat.JSON:
            data = showing.as_json(as_data(answer)).encode() + b"\n"
        case _:
            data = "\n".join((*answer_lines(answer, rows), "")).encode("utf-8", "replace")
    showing.write(data, output)


def as_data(answer: Answered) -> dict[str, Any]:
    """The answer as JSON-ready data."""
    table = answer.table(TITLE)
    return {
        "columns": list(table.header),
        "rows": [list(row) for row in table.rows()],
        "complete": answer.complete,
        "statement": answer.statement,
    }


def answer_lines(answer: Answered, most: int) -> Iterator[str]:
    """The answer for people at a terminal, its columns below each other."""
    table = answer.table(TITLE)
    body = [[_cell(cell) for cell in row] for row, _ in zip(table.rows(), range(most), strict=False)]
    shown = [[_cell(name) for name in table.header], *body]
    widths = [max(len(row[at]) for row in shown) for at in range(len(table.header))]
    for row in shown:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    if len(answer) > len(body):
        yield f"… and {len(answer) - len(body):,} more rows (--rows {len(answer)} shows them)"
    yield ""
    yield showing.plain(answer.statement)


def _cell(value: object) -> str:
    text = "" if value is None else showing.plain(str(value))
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"
