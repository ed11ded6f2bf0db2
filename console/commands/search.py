"""`search` and `export`: people by any word, attribute, group or status; a pool as a file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import typer

from console.command_line.options import USUAL_AGE, Where
from console.commands import showing
from console.commands.named import applications_of, max_age, target_named
from console.commands.showing import Exit
from console.commands.snapshot import newest_tables
from services.cognito.status import status_line
from services.directory.export import (
    ExportAbout,
    about_of,
    groups_table,
    memberships_table,
    users_table,
    write,
)
from services.directory.file_format import Format
from services.directory.identify import MOST_IN_SNAPSHOT, Resolution, look_up
from services.directory.lookup import TablesSource
from services.directory.people import Person
from services.directory.people_order import PeopleOrder
from services.directory.pool import PoolTables
from services.directory.search import SearchResult, SearchTerms, search
from services.directory.search_query import parse
from services.errors import FileRejected, InvalidValue
from services.gateways import PoolAddress
from services.store.engine import open_store
from services.store.store import Store

WHAT = ("users", "groups", "memberships")
_BINARY = (Format.XLSX, Format.PARQUET)


def search_command(
    *,
    query: str,
    where: Where,
    among: Path | None,
    order: str,
    limit: int,
    format: str,
    output: Path | None,
    read: bool,
    oldest: str,
    share: float,
) -> None:
    """Carry out `search`."""
    wanted, sorted_by, written_as = parse(query), _order(order), format_of(format, output)
    with open_store() as store:
        target = target_named(store, where)
        tables = newest_tables(store, target, share, _oldest(read, oldest))
        listed = None if among is None else _looked_up(tables, among)
        only = None if listed is None else [user.sub for user in listed.people]
        terms = SearchTerms(datetime.now(UTC), _applications(store, target), only)
        found = search(tables, wanted, sorted_by, terms)
        if written_as is None:
            _show(tables, found, limit)
        else:
            table = users_table(tables, found.rows)
            selection = f"{len(found):,} of {found.total:,} people"
            selection += f", found by: {wanted}" if wanted else ""
            about = about_of(tables, "Users", selection)
            deliver(store, target.pool_name, table, about, written_as, output)
    for line in (*_not_found(listed), *found.doubts):
        typer.echo(showing.plain(line), err=True)
    sure = tables.completeness.complete and not found.doubts
    raise typer.Exit(Exit.OK if sure else Exit.SOME_FAILED)


def _order(name: str) -> PeopleOrder:
    if name not in set(PeopleOrder):
        raise InvalidValue(f"“{name}” is no order.", f"Use one of: {', '.join(PeopleOrder)}.")
    return PeopleOrder(name)


def _looked_up(tables: PoolTables, among: Path) -> Resolution:
    return look_up(TablesSource(tables), _text(among), most=MOST_IN_SNAPSHOT)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise FileRejected(f"{file} can't be read: {error.strerror}.", "Check the path.") from None


def _applications(store: Store, target: PoolAddress) -> dict[str, tuple[str, ...]]:
    """The groups that let in to each of the pool's applications, as far as they are set up here."""
    return {app.name: app.allowed_groups for app in applications_of(store, target)}


def _oldest(read: bool, text: str) -> timedelta:
    """How old a snapshot may be. Raises `InvalidValue`."""
    if read and text:
        raise InvalidValue("Give either --read or --max-age.", "--read is --max-age 0.")
    return timedelta(0) if read else max_age(text or USUAL_AGE)


def _not_found(listed: Resolution | None) -> Iterable[str]:
    if listed is None:
        return
    if listed.missing:
        yield f"Not found: {', '.join(entry.text for entry in listed.missing)}"
    for entry in listed.missing:
        if entry.advice:
            yield f"{entry.text}: {entry.advice}"
    for entry in listed.ambiguous:
        names = ", ".join(user.sub for user in entry.users)
        yield f"{entry.text} fits several people, so none was taken: {names}"


def _show(tables: PoolTables, found: SearchResult, limit: int) -> None:
    people = tables.people(found.rows[:limit])
    policy, now = tables.about.pool.policy, datetime.now(UTC)

    def cells(person: Person) -> tuple[str, ...]:
        user = person.user
        groups = "?" if person.groups is None else ", ".join(person.groups)
        return user.name, user.email, user.username, status_line(user, policy, now), groups

    for line in columns(("Name", "E-mail", "Username", "Status", "Groups"), map(cells, people)):
        typer.echo(line)
    if len(found) > limit:
        typer.echo(f"… and {len(found) - limit:,} more (--limit {len(found)} shows them)")
    typer.echo("")
    typer.echo(f"{len(found):,} of {found.total:,} people. {about_of(tables, 'Users').sentence}")


def columns(header: Sequence[str], rows: Iterable[Sequence[str]], widest: int = 48) -> list[str]:
    """Rows under a header, each column as wide as it needs."""
    shown = [list(header), *([_cut(showing.plain(cell), widest) for cell in row] for row in rows)]
    widths = [max(len(row[place]) for row in shown) for place in range(len(header))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in shown
    ]


def _cut(text: str, widest: int) -> str:
    return text if len(text) <= widest else f"{text[: widest - 1]}…"


def export(
    *,
    what: str,
    where: Where,
    query: str,
    format: str,
    output: Path | None,
    read: bool,
    oldest: str,
    share: float,
) -> None:
    """Carry out `export`."""
    if what not in WHAT:
        raise InvalidValue(f"“{what}” can't be exported.", f"Use one of: {', '.join(WHAT)}.")
    if query and what == "groups":
        raise InvalidValue("--query chooses people, not groups.", "Leave it out.")
    written_as = format_of(format, output) or Format.CSV
    with open_store() as store:
        target = target_named(store, where)
        tables = newest_tables(store, target, share, _oldest(read, oldest))
        terms = SearchTerms(datetime.now(UTC), _applications(store, target))
        table, doubts = _table(what, tables, query, terms)
        about = about_of(tables, what.capitalize(), query)
        deliver(store, target.pool_name, table, about, written_as, output)
    for line in doubts:
        typer.echo(line, err=True)
    sure = tables.completeness.complete and not doubts
    raise typer.Exit(Exit.OK if sure else Exit.SOME_FAILED)


def _table(what: str, tables: PoolTables, query: str, terms: SearchTerms) -> tuple[pa.Table, tuple[str, ...]]:
    if what == "groups":
        return groups_table(tables), ()
    found = search(tables, parse(query), PeopleOrder.NAME, terms)
    make = users_table if what == "users" else memberships_table
    return make(tables, found.rows), found.doubts


def format_of(name: str, output: Path | None) -> Format | None:
    """The format asked for by name, or by how the file's name ends; None when neither says one.

    Raises `InvalidValue`, also for a binary format without a file.
    """
    wanted = name.lower() or (output.suffix.lower().removeprefix(".") if output else "")
    if not wanted and output is None:
        return None
    if wanted not in set(Format):
        raise InvalidValue(
            f"“{wanted}” is no format." if wanted else "Which format?",
            f"Give --format with one of: {', '.join(Format)}.",
        )
    if output is None and Format(wanted) in _BINARY:
        raise InvalidValue(f"{wanted} can't be shown in a terminal.", "Give --output with a file.")
    return Format(wanted)


def deliver(
    store: Store, pool: str, table: pa.Table, about: ExportAbout, format: Format, output: Path | None
) -> None:
    """Write the file, or to standard output; then say what it holds, beside it."""
    data = write(table, about, format)
    showing.hand_out(store, pool, data, output, f"{about.what.lower()}.{format}")
    if output is not None:
        typer.echo(f"{output}: {table.num_rows:,} lines. {about.sentence}", err=True)
