"""`diff`: what changed between two snapshots, or how the pool differs from a list. Reads no pool."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from console.commands import showing
from console.commands.file_options import FileOptions
from console.commands.options import Where, gateway_to, with_option_sets
from console.commands.showing import Exit
from services.access.sessions import terminal_actor
from services.audits.compare import compare
from services.audits.corrections import corrections
from services.audits.differences import DifferenceKind, Differences, attributed, pool_names
from services.audits.expected import against, from_table
from services.audits.tables import ExportHead, about, as_csv, as_xlsx
from services.directory.pool import PoolTables
from services.directory.snapshots import SnapshotLine, Snapshots
from services.errors import InvalidValue, NotConfigured, RecordNotFound
from services.store.engine import open_store
from services.store.store import Store

NEWEST, PREVIOUS = "newest", "previous"
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


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
@with_option_sets
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
    with open_store() as store:
        target = where.target(store)
        kept = KeptSnapshots(store, gateway_to(store, target).pool_key)
        older, by = kept.open(a), terminal_actor()().name
        if _is_file(b):
            table = reading.table(Path(b))
            columns = reading.columns(table, older.about.pool)
            wishes = from_table(table, columns, older.about.pool, **asdict(listed))
            found = against(older, wishes)
            head = about("Compare with a list", older, made_by=by, list=found.title)
        else:
            newer = kept.open(b)
            found = compare(older, newer)
            names = {target.pool_name, older.about.pool_name, *pool_names(store, older.about.pool.id)}
            found = attributed(store, found, sorted(names), older.about.taken_at, newer.about.finished_at)
            head = about("Compare two dates", older, newer, made_by=by)
    _write(found, head, format, output, rows)
    if fixes is not None:
        _write_fixes(found, fixes)
    raise typer.Exit(_exit(found))


class KeptSnapshots:
    """The snapshots of one pool, found by whatever a person types."""

    def __init__(self, store: Store, pool_key: str) -> None:
        self._snapshots = Snapshots(store)
        self._lines: tuple[SnapshotLine, ...] = self._snapshots.list(pool_key)

    def open(self, named: str) -> PoolTables:
        """The snapshot meant. Raises `NotConfigured` without any, `RecordNotFound` for an unknown one."""
        if not self._lines:
            raise NotConfigured(
                "No snapshot of this pool is kept.", "Take one: python -m console snapshot --pool NAME"
            )
        return self._snapshots.tables(self._id(named))

    def _id(self, named: str) -> str:
        word = named.casefold()
        if word == NEWEST:
            return self._lines[0].id
        if word == PREVIOUS:
            if len(self._lines) < 2:
                raise RecordNotFound("Only one snapshot of this pool is kept.", "Take another one later.")
            return self._lines[1].id
        if _DAY.match(named):
            return self._on(named)
        fitting = [line.id for line in self._lines if line.id.casefold().startswith(word)]
        if len(fitting) == 1:
            return fitting[0]
        what = "Several snapshots begin" if fitting else "No snapshot of this pool begins"
        raise RecordNotFound(
            f"{what} with “{showing.plain(named)}”.",
            "Give a full id (snapshot --list shows them), a day such as 2026-11-23, newest or previous.",
        )

    def _on(self, day: str) -> str:
        """The last snapshot taken on or before the end of that day (UTC)."""
        try:
            end = datetime.combine(datetime.fromisoformat(day), time.min, UTC) + timedelta(days=1)
        except ValueError:
            raise InvalidValue(f"{day} is no day.", "Write it as year-month-day: 2026-11-23.") from None
        found = next((line.id for line in self._lines if line.taken_at < end), None)
        if found is None:
            oldest = f"{self._lines[-1].taken_at:%Y-%m-%d}"
            raise RecordNotFound(f"No snapshot is as old as {day}.", f"The oldest is of {oldest}.")
        return found


def _is_file(named: str) -> bool:
    return named == "-" or Path(named).suffix.casefold() in (".csv", ".txt", ".tsv") or Path(named).is_file()


def _write(found: Differences, head: ExportHead, format: DiffFormat, output: Path | None, rows: int) -> None:
    match format:
        case DiffFormat.CSV:
            data = as_csv(found.table(), head)
        case DiffFormat.XLSX:
            if output is None:
                raise InvalidValue("A workbook can't be shown on a terminal.", "Add --output FILE.xlsx.")
            data = as_xlsx((found.summary(), found.table()), head)
        case DiffFormat.JSON:
            data = (showing.as_json(_json(found)) + "\n").encode()
        case _:
            data = ("\n".join(_lines(found, rows)) + "\n").encode()
    showing.write(data, output)
    if output is not None:
        typer.echo(f"Written to {output}.", err=True)


def _lines(found: Differences, most: int) -> list[str]:
    said = [showing.plain(text) for text in found.statements] + [""]
    for line in found.lines.head(most).to_dict("records"):
        what = f"{line['kind']}: {line['person'] or line['what']}"
        if line["person"] and line["what"] != "person":
            what += f", {line['what']}"
        if line["before"] or line["after"]:
            what += f" ({line['before'] or '–'} → {line['after'] or '–'})"
        for extra in (line.get("by"), line["remark"]):
            what += f" [{extra}]" if extra else ""
        said.append(showing.plain(what))
    if len(found.lines) > most:
        said.append(f"… and {len(found.lines) - most:,} more lines (--rows {len(found.lines)} shows them)")
    counts = ", ".join(f"{kind} {count:,}" for kind, count in found.counts.items())
    return [*said, "", counts or f"No differences{'' if found.complete else ' in what was read'}."]


def _json(found: Differences) -> dict[str, Any]:
    lines = found.lines.assign(at=found.lines["at"].astype(str)) if "at" in found.lines else found.lines
    return {
        "title": found.title,
        "complete": found.complete,
        "statements": list(found.statements),
        "counts": {str(kind): count for kind, count in found.counts.items()},
        "differences": [
            {str(name): "" if cell == "NaT" else cell for name, cell in line.items()}
            for line in lines.to_dict("records")
        ],
    }


def _write_fixes(found: Differences, folder: Path) -> None:
    made = corrections(found, note=f"diff: {found.title}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in made.files:
            (folder / file.name).write_bytes(file.data)
            typer.echo(f"{folder / file.name}: {file.rows:,} rows for `apply`.", err=True)
    except OSError as error:
        raise InvalidValue(f"{folder} can't be written: {error.strerror}.", "Check the path.") from None
    for kind, why in made.impossible:
        typer.echo(f"Not in the files: {kind}. {why}", err=True)


def _exit(found: Differences) -> Exit:
    if len(found):
        return Exit.CHANGES
    return Exit.OK if found.complete and DifferenceKind.UNTOLD not in found.counts else Exit.SOME_FAILED
