"""`ask`: a question of one's own about a pool, in SQL. Changes nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from console.command_line.ask import AnswerFormat
from console.command_line.options import Where
from console.commands import showing
from console.commands.kept import KeptSnapshots
from console.commands.named import applications_of, gateway_to, max_age, target_named
from console.commands.showing import Exit
from console.commands.snapshot import newest_tables
from services.access.sessions import terminal_actor
from services.audits.ask import TABLES, Answered, QuestionData, ask
from services.audits.log_lines import activity_of
from services.audits.questions import READY
from services.audits.tables import as_csv, as_xlsx
from services.directory.pool import PoolTables
from services.directory.sandbox import QueryLimits
from services.errors import FileRejected, InvalidValue
from services.gateways import PoolAddress
from services.roles import Permission
from services.store.columns import utc_now
from services.store.engine import open_store
from services.store.store import Store

TITLE = "Question"
_WIDEST = 60


def ask_command(
    *,
    question: str,
    pool: str,
    region: str,
    pool_id: str,
    endpoint_url: str,
    snapshot: str,
    older: str,
    oldest: str,
    share: float,
    format: AnswerFormat,
    output: Path | None,
    rows: int,
    seconds: float,
    columns: bool,
    ready: bool,
) -> None:
    """Carry out `ask`."""
    if columns or ready:
        typer.echo("\n".join(_columns() if columns else _ready()))
        return
    terminal_actor()().require(Permission.READ)
    text = _text(question)
    with open_store() as store:
        target = target_named(store, Where(pool, region, pool_id, endpoint_url))
        kept = KeptSnapshots(store, gateway_to(store, target).pool_key)
        asked = kept.open(snapshot) if snapshot else newest_tables(store, target, share, max_age(oldest))
        ground = _ground(store, target, asked, kept.open(older) if older else None)
        answer = ask(ground, text, QueryLimits(seconds=seconds))
        _write(store, target.pool_name, answer, format, output, rows)
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


def _write(
    store: Store, pool: str, answer: Answered, format: AnswerFormat, output: Path | None, rows: int
) -> None:
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
    if format is AnswerFormat.TABLE and output is None:
        showing.write(data, None)
    else:
        showing.hand_out(store, pool, data, output, f"answer.{format}")


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
