"""`search`: people by any word, attribute, group or status."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from console.commands import showing
from console.commands.exit_codes import Exit
from console.commands.export import FormatOption, OutputOption, deliver, format_of
from console.commands.where import EndpointOption, PoolIdOption, PoolOption, RegionOption, Where
from console.commands.which_snapshot import ReadOption, ShareDefault, ShareOption, snapshot_for
from services.cognito.status import status_line
from services.directory.export import about_of, users_table
from services.directory.filtering import Order
from services.directory.identify import MOST_IN_SNAPSHOT, Resolution, look_up
from services.directory.lookup import TablesSource
from services.directory.people import Person
from services.directory.pool import PoolTables
from services.directory.search import Found, Terms, search
from services.directory.search_query import HELP, parse
from services.errors import FileRejected, InvalidValue
from services.pool_session import Target
from services.store.engine import open_store
from services.store.store import Store

app = typer.Typer()


@app.command(
    "search", help=f"Find people by any word, attribute, group or status.\n\n{HELP}", no_args_is_help=True
)
def find(
    query: Annotated[str, typer.Argument(help="What to search for, in one pair of quotation marks.")] = "",
    pool: PoolOption = "",
    region: RegionOption = "",
    pool_id: PoolIdOption = "",
    endpoint_url: EndpointOption = "",
    among: Annotated[
        Path | None,
        typer.Option("--list", help="Only people whom this file names: e-mails, usernames, user IDs."),
    ] = None,
    order: Annotated[str, typer.Option(help=f"One of {', '.join(Order)}.")] = "name",
    limit: Annotated[int, typer.Option(help="Show at most so many; files hold all.", min=0)] = 50,
    format: FormatOption = "",
    output: OutputOption = None,
    read: ReadOption = False,
    share: ShareOption = ShareDefault,
) -> None:
    """Ends with 0; with 3 when the answer may be wrong because something could not be read."""
    wanted, sorted_by, written_as = parse(query), _order(order), format_of(format, output)
    with open_store() as store:
        target = Where(pool, region, pool_id, endpoint_url).target(store)
        tables = snapshot_for(store, target, read=read, share=share)
        listed = None if among is None else _looked_up(tables, among)
        only = None if listed is None else [user.sub for user in listed.people]
        terms = Terms(datetime.now(UTC), _applications(store, target), only)
    found = search(tables, wanted, sorted_by, terms)
    if written_as is None:
        _show(tables, found, limit)
    else:
        table = users_table(tables, found.rows)
        selection = f"{len(found):,} of {found.total:,} people" + (f", found by: {wanted}" if wanted else "")
        deliver(table, about_of(tables, "Users", selection), written_as, output)
    for line in (*_not_found(listed), *found.doubts):
        typer.echo(showing.plain(line), err=True)
    sure = tables.completeness.complete and not found.doubts
    raise typer.Exit(Exit.OK if sure else Exit.SOME_FAILED)


def _order(name: str) -> Order:
    if name not in set(Order):
        raise InvalidValue(f"“{name}” is no order.", f"Use one of: {', '.join(Order)}.")
    return Order(name)


def _looked_up(tables: PoolTables, among: Path) -> Resolution:
    return look_up(TablesSource(tables), _text(among), most=MOST_IN_SNAPSHOT)


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise FileRejected(f"{file} can't be read: {error.strerror}.", "Check the path.") from None


def _applications(store: Store, target: Target) -> dict[str, tuple[str, ...]]:
    """The applications of the pool, where it is one that is set up here."""
    record = next((one for one in store.pools.list() if one.name == target.pool_name), None)
    if record is None:
        return {}
    return {one.name: one.allowed_groups for one in store.applications.list(record.id)}


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


def _show(tables: PoolTables, found: Found, limit: int) -> None:
    people = tables.people(found.rows[:limit])
    policy, now = tables.about.pool.policy, datetime.now(UTC)

    def cells(one: Person) -> tuple[str, ...]:
        user = one.user
        groups = "?" if one.groups is None else ", ".join(one.groups)
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
