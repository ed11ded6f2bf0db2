"""`native-import`: very many new people by AWS's own import job, or just the file for it."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import typer

from console.command_line.file_options import FileOptions
from console.command_line.native_import import ImportOptions
from console.command_line.options import NoteOptions, Where
from console.commands.files_given import columns_of, table_of
from console.commands.named import gateway_to, target_named, why_of
from console.commands.running import OutputFile
from console.commands.showing import Exit, plain, show_reading
from services.access.sessions import terminal_actor
from services.bulk.columns import ColumnMap
from services.bulk.files.csv_file import CsvTable
from services.bulk.model import Plan, PlanOptions, RowVerdict
from services.bulk.native import (
    MOST_ROWS,
    STATES,
    NativeFile,
    begin,
    follow_up,
    has_groups,
    native_file,
    stop_import,
    watch,
)
from services.bulk.plan import plan_file
from services.bulk.saved import save_plan
from services.changes import ChangePath
from services.cognito.gateway import CognitoGateway
from services.cognito.imports import ImportJob, ImportState
from services.csv_safe import write_csv
from services.errors import ConsoleError, InvalidValue, NotAvailable
from services.gateways import PoolAddress
from services.note_rules import NoteRules
from services.store.activity import Why
from services.store.engine import open_store
from services.store.store import Store

SHOWN = 20


def native_import(
    *,
    where: Where,
    reading: FileOptions,
    wanted: ImportOptions,
    said: NoteOptions,
    file: Path | None,
    job: str,
    end: bool,
) -> None:
    """Carry out `native-import`."""
    if (file is None) == (not job):
        raise InvalidValue("Give a file, or --job with the id of an import begun before.")
    with open_store() as store:
        target = target_named(store, where)
        gateway = gateway_to(store, target)
        rules = NoteRules.stored(store)
        changes = ChangePath(gateway, store.activity, terminal_actor(), target.pool_name, rules=lambda: rules)
        if end or (file is not None and wanted.file_only is None):
            rules.require(why_of(said))
        if file is None:
            code = _go_on(changes, job, why_of(said), end=end, follow=wanted.follow)
        else:
            table = table_of(file, reading)
            source = table, columns_of(table, reading, gateway.describe_pool())
            code = _imported(store, target, changes, source, wanted, why_of(said))
    raise typer.Exit(code)


def _imported(
    store: Store,
    target: PoolAddress,
    changes: ChangePath,
    source: tuple[CsvTable, ColumnMap],
    wanted: ImportOptions,
    why: Why,
) -> Exit:
    """Begin the import of a file, or write AWS's file for it; the exit code."""
    file_only, lines = wanted.file_only, OutputFile(wanted.lines)
    output = OutputFile(file_only)
    table, columns = source
    options = PlanOptions(mark_verified=wanted.mark_verified)
    plan, made = _made(changes.gateway, table, columns, options, alone=file_only is not None)
    _say(plan, made)
    output.write(made.data)
    lines.write(write_csv(("line", "row", "who"), [(n.line, n.row, n.label) for n in made.lines]))
    if file_only is not None:
        typer.echo(f"{file_only} is for AWS only, not for a spreadsheet: its cells aren't neutralised.")
        return _code(plan, made)
    _confirm(made, target, wanted.yes)
    begun = begin(
        changes, made, wanted.logs_role, name=table.name, told=lambda text: _note(f"{text}…"), **why
    )
    typer.echo(f"The import {begun.name} ({begun.id}) has begun.")
    code = Exit.OK
    if wanted.follow:
        code = _after(store, target, changes, begun, made, (table, columns, options))
    else:
        _say_what_follows(begun, has_groups(table, columns, made))
    return code if code in (Exit.ERROR, Exit.PAUSED) else max(code, _code(plan, made))


def _made(
    gateway: CognitoGateway, table: CsvTable, columns: ColumnMap, options: PlanOptions, *, alone: bool
) -> tuple[Plan, NativeFile]:
    """The plan and AWS's file for its new people.

    Where AWS can't be asked for its columns only a file on its own can be made.
    """
    try:
        header = gateway.import_header()
    except NotAvailable:
        if not alone:
            raise
        header = ()
        _note(
            "The Cognito behind this connection has no import jobs; the columns are made from the "
            "pool's attributes."
        )
    plan = plan_file(gateway, table, columns, options, progress=show_reading, most=MOST_ROWS)
    file = native_file(
        plan,
        gateway.describe_pool(),
        header=header,
        mark_verified=options.mark_verified,
        heading=columns.heading_of,
    )
    return plan, file


def _say(plan: Plan, made: NativeFile) -> None:
    wrong = [problem for row in plan.rows if row.verdict is RowVerdict.INVALID for problem in row.errors]
    reasons = sorted([*wrong, *made.left_out], key=lambda problem: problem.row)
    for problem in reasons[:SHOWN]:
        where = f" [{plain(problem.column)}]" if problem.column else ""
        typer.echo(f"! row {problem.row}: {plain(problem.what)}{where} {plain(problem.fix)}")
    if len(reasons) > SHOWN:
        typer.echo(f"… and {len(reasons) - SHOWN:,} more reasons (all of them: plan FILE --json)")
    for text in (*made.remarks, *made.obstacles):
        typer.echo(plain(text))
    totals = plan.totals
    typer.echo(
        f"{made.people:,} people in AWS's file, {made.rows_left_out:,} new people left out; "
        f"rows with mistakes: {totals.invalid:,}; there already: {totals.change + totals.unchanged:,}."
    )


def _confirm(made: NativeFile, target: PoolAddress, yes: bool) -> None:
    if yes or not made.can_start:
        return
    if not sys.stdin.isatty():
        _note("Nothing was sent: add --yes to import without being asked.")
        raise typer.Exit(Exit.ERROR)
    if not typer.confirm(f"Import {made.people:,} people into {target.pool_name}? It can't be undone."):
        _note("Nothing was sent.")
        raise typer.Exit(Exit.ERROR)


def _after(
    store: Store,
    target: PoolAddress,
    changes: ChangePath,
    begun: ImportJob,
    made: NativeFile,
    source: tuple[CsvTable, ColumnMap, PlanOptions],
) -> Exit:
    """Wait for the end, and plan the groups; the exit code of these."""
    table, columns, options = source
    ended = _watched(changes.gateway, begun.id)
    if ended is None:
        return Exit.PAUSED
    code = _code_of(ended)
    if not ended.imported or not has_groups(table, columns, made):
        return code
    try:
        plan = follow_up(changes.gateway, table, columns, made, options, pool_name=target.pool_name)
        saved = save_plan(store, plan, target=asdict(target), actor=terminal_actor()())
    except ConsoleError as error:
        _note(f"The import has ended; its groups couldn't be planned. {error}")
        return max(code, Exit.SOME_FAILED)
    typer.echo(
        f"Put {plan.totals.change:,} people into their groups with: python -m console apply {saved.id}"
    )
    return code


def _say_what_follows(begun: ImportJob, grouped: bool) -> None:
    typer.echo(f"Watch it with: --job {begun.id} --watch")
    if grouped:
        typer.echo("Afterwards `apply` the same file: who is there already only gets the groups.")


def _go_on(changes: ChangePath, job_id: str, why: Why, *, end: bool, follow: bool) -> Exit:
    job = changes.gateway.describe_import_job(job_id)
    if end:
        stop_import(changes, job, **why)
        job = changes.gateway.describe_import_job(job_id)
    if not follow:
        typer.echo(_line(job))
        return Exit.OK
    ended = _watched(changes.gateway, job_id)
    return Exit.PAUSED if ended is None else _code_of(ended)


def _watched(gateway: CognitoGateway, job_id: str) -> ImportJob | None:
    """The import at its end, None when nobody wanted to wait for it."""
    shown, job = "", None
    try:
        for job in watch(gateway, job_id):
            if _line(job) != shown:
                shown = _line(job)
                typer.echo(shown)
    except KeyboardInterrupt:
        typer.echo(f"The import goes on in AWS. Watch it again with: --job {job_id} --watch")
        return None
    if job is not None and job.state is not ImportState.SUCCEEDED:
        typer.echo(STATES[job.state].meaning)
    return job


def _line(job: ImportJob) -> str:
    counts = f"{job.imported:,} imported, {job.skipped:,} skipped, {job.failed:,} failed"
    said = f" AWS says: {plain(job.message)}" if job.message else ""
    return f"{plain(job.name)}: {STATES[job.state].title}. {counts}.{said}"


def _code(plan: Plan, made: NativeFile) -> Exit:
    if not made.can_start:
        return Exit.ERROR
    return Exit.SOME_FAILED if made.left_out or plan.totals.invalid else Exit.OK


def _code_of(ended: ImportJob) -> Exit:
    if ended.state is not ImportState.SUCCEEDED:
        return Exit.SOME_FAILED if ended.imported else Exit.ERROR
    return Exit.SOME_FAILED if ended.failed or ended.skipped else Exit.OK


def _note(text: str) -> None:
    typer.echo(text, err=True)
