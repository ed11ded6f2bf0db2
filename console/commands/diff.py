"""`diff`: what changed between two snapshots, or how the pool differs from a list. Reads no pool."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from console.command_line.diff import DiffFormat, ListOptions
from console.command_line.file_options import FileOptions
from console.command_line.options import Where
from console.commands import showing
from console.commands.files_given import columns_of, table_of
from console.commands.kept import KeptSnapshots
from console.commands.named import gateway_to, target_named
from console.commands.showing import Exit
from services.access.sessions import terminal_actor
from services.audits.compare import compare
from services.audits.corrections import corrections
from services.audits.differences import DifferenceKind, Differences, attributed
from services.audits.expected import against, from_table
from services.audits.log_lines import pool_names
from services.audits.tables import ExportHead, about, as_csv, as_xlsx
from services.errors import InvalidValue
from services.store.engine import open_store
from services.store.store import Store


def diff(
    *,
    a: str,
    where: Where,
    reading: FileOptions,
    listed: ListOptions,
    b: str,
    format: DiffFormat,
    output: Path | None,
    fixes: Path | None,
    rows: int,
) -> None:
    """Carry out `diff`."""
    with open_store() as store:
        target = target_named(store, where)
        kept = KeptSnapshots(store, gateway_to(store, target).pool_key)
        older, by = kept.open(a), terminal_actor()().name
        if _is_file(b):
            table = table_of(Path(b), reading)
            columns = columns_of(table, reading, older.about.pool)
            wishes = from_table(table, columns, older.about.pool, **asdict(listed))
            found = against(older, wishes)
            head = about("Compare with a list", older, made_by=by, list=found.title)
        else:
            newer = kept.open(b)
            found = compare(older, newer)
            names = {target.pool_name, older.about.pool_name, *pool_names(store, older.about.pool.id)}
            found = attributed(store, found, sorted(names), older.about.taken_at, newer.about.finished_at)
            head = about("Compare two dates", older, newer, made_by=by)
        _write(store, target.pool_name, found, head, format, output, rows)
        if fixes is not None:
            _write_fixes(store, target.pool_name, found, fixes)
    raise typer.Exit(_exit(found))


def _is_file(named: str) -> bool:
    return named == "-" or Path(named).suffix.casefold() in (".csv", ".txt", ".tsv") or Path(named).is_file()


def _write(
    store: Store,
    pool: str,
    found: Differences,
    head: ExportHead,
    format: DiffFormat,
    output: Path | None,
    rows: int,
) -> None:
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
    if format is DiffFormat.TABLE and output is None:
        showing.write(data, None)
    else:
        showing.hand_out(store, pool, data, output, f"differences.{format}")
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


def _write_fixes(store: Store, pool: str, found: Differences, folder: Path) -> None:
    made = corrections(found, note=f"diff: {found.title}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file in made.files:
            showing.hand_out(store, pool, file.data, folder / file.name, "")
            typer.echo(f"{folder / file.name}: {file.rows:,} rows for `apply`.", err=True)
    except OSError as error:
        raise InvalidValue(f"{folder} can't be written: {error.strerror}.", "Check the path.") from None
    for kind, why in made.impossible:
        typer.echo(f"Not in the files: {kind}. {why}", err=True)


def _exit(found: Differences) -> Exit:
    if len(found):
        return Exit.CHANGES
    return Exit.OK if found.complete and DifferenceKind.UNTOLD not in found.counts else Exit.SOME_FAILED
