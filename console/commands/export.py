"""`export`: users, groups or memberships of a pool as a file."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer

from console.commands.exit_codes import Exit
from console.commands.where import EndpointOption, PoolIdOption, PoolOption, RegionOption, Where
from console.commands.which_snapshot import ReadOption, ShareDefault, ShareOption, snapshot_for
from services.directory.export import about_of, groups_table, memberships_table, users_table
from services.directory.export_files import ExportAbout, Format, write
from services.directory.filtering import Order
from services.directory.pool import PoolTables
from services.directory.search import Terms, search
from services.directory.search_query import parse
from services.errors import InvalidValue
from services.store.engine import open_store

FormatOption = Annotated[
    str, typer.Option("--format", help=f"{', '.join(Format)}; otherwise as the file's name ends.")
]
OutputOption = Annotated[Path | None, typer.Option("--output", "-o", help="The file to write.")]
WHAT = ("users", "groups", "memberships")
_BINARY = (Format.XLSX, Format.PARQUET)

app = typer.Typer()


@app.command()
def export(
    what: Annotated[str, typer.Argument(help="users, groups or memberships.")],
    pool: PoolOption = "",
    region: RegionOption = "",
    pool_id: PoolIdOption = "",
    endpoint_url: EndpointOption = "",
    query: Annotated[str, typer.Option("--query", help="Only these people, as for `search`.")] = "",
    format: FormatOption = "",
    output: OutputOption = None,
    read: ReadOption = False,
    share: ShareOption = ShareDefault,
) -> None:
    """Write users, groups or memberships to a file (CSV to the terminal if nothing else is asked).

    Each file says which pool, when it was read, and whether anything is missing. Ends with 0; with 3
    when something is.
    """
    if what not in WHAT:
        raise InvalidValue(f"“{what}” can't be exported.", f"Use one of: {', '.join(WHAT)}.")
    if query and what == "groups":
        raise InvalidValue("--query chooses people, not groups.", "Leave it out.")
    written_as = format_of(format, output) or Format.CSV
    with open_store() as store:
        target = Where(pool, region, pool_id, endpoint_url).target(store)
        tables = snapshot_for(store, target, read=read, share=share)
        record = next((one for one in store.pools.list() if one.name == target.pool_name), None)
        known = store.applications.list(record.id) if record else ()
    terms = Terms(datetime.now(UTC), {one.name: one.allowed_groups for one in known})
    table, doubts = _table(what, tables, query, terms)
    deliver(table, about_of(tables, what.capitalize(), query), written_as, output)
    for line in doubts:
        typer.echo(line, err=True)
    sure = tables.completeness.complete and not doubts
    raise typer.Exit(Exit.OK if sure else Exit.SOME_FAILED)


def _table(what: str, tables: PoolTables, query: str, terms: Terms) -> tuple[pa.Table, tuple[str, ...]]:
    if what == "groups":
        return groups_table(tables), ()
    found = search(tables, parse(query), Order.NAME, terms)
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


def deliver(table: pa.Table, about: ExportAbout, format: Format, output: Path | None) -> None:
    """Write the file, or to standard output; then say what it holds, beside it."""
    data = write(table, about, format)
    if output is None:
        sys.stdout.write(data.decode("utf-8-sig"))
        return
    try:
        output.write_bytes(data)
    except OSError as error:
        raise InvalidValue(f"{output} can't be written: {error.strerror}.", "Choose another place.") from None
    typer.echo(f"{output}: {table.num_rows:,} lines. {about.sentence}", err=True)
