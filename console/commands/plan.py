"""`plan` and `apply`: what a file would change, and carrying it out, in the foreground."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import typer

from console.command_line.file_options import FileOptions, RowOptions
from console.command_line.options import NoteOptions, Where
from console.commands import plan_text, showing
from console.commands.files_given import columns_of, plan_options, table_of
from console.commands.named import gateway_to, target_named, why_of
from console.commands.running import OutputFile, run_to_end
from console.commands.showing import Exit
from services.access.sessions import terminal_actor
from services.bulk import control
from services.bulk.last_days import last_days
from services.bulk.model import Plan, PlanOptions
from services.bulk.plan import plan_file
from services.bulk.saved import options_of, save_plan, totals_in
from services.errors import ConsoleError, InvalidValue, RecordNotFound
from services.gateways import PoolAddress
from services.note_rules import NoteRules
from services.store.engine import open_store
from services.store.jobs import Job, JobState
from services.store.pools import PoolRecord
from services.store.store import Store
from services.words import calendar_day, counted, listed, people


def plan(
    *,
    file: Path,
    where: Where,
    reading: FileOptions,
    treatment: RowOptions,
    rows: int,
    save: bool,
    as_json: bool,
) -> None:
    """Carry out `plan`."""
    with open_store() as store:
        target = target_named(store, where)
        options = plan_options(treatment)
        made = _plan_of(store, target, file, reading, options)
        if save and made.totals.later:
            raise InvalidValue(
                "Leavers with a last day can't wait in a saved plan; nothing was saved.",
                "Carry the file out with apply --as OPERATOR, or set the column with --column HEADING=.",
            )
        saved = save_plan(store, made, target=asdict(target), actor=terminal_actor()()).id if save else ""
    if as_json:
        showing.print_json({**plan_text.plan_json(made), "plan": saved})
    else:
        for line in plan_text.plan_lines(made, rows):
            typer.echo(line)
        if saved:
            typer.echo(f"Saved. Carry it out with: python -m console apply {saved}")
    raise typer.Exit(plan_text.exit_of_plan(made.totals))


def apply(
    *,
    file: Path,
    where: Where,
    reading: FileOptions,
    treatment: RowOptions,
    said: NoteOptions,
    leavers_as: str,
    yes: bool,
    results: Path | None,
    passwords: Path | None,
    as_json: bool,
) -> None:
    """Carry out `apply`."""
    with open_store() as store:
        NoteRules.stored(store).require(why_of(said))
        job = _saved(store, file)
        made = None
        if job is None:
            target = target_named(store, where)
            made = _plan_of(store, target, file, reading, plan_options(treatment))
            if not as_json:
                for line in plan_text.plan_lines(made, most=20):
                    typer.echo(line)
        # before anything is planned or kept: a file that can't be written stops all of it
        outputs = OutputFile(results), OutputFile(passwords, secret=True)
        try:
            if made is not None:
                planned = _last_days(store, made, target, leavers_as, said, yes)
                if planned and not made.totals.waiting:
                    raise typer.Exit(Exit.OK)
                job = save_plan(store, made, target=asdict(target), actor=terminal_actor()())
            assert job is not None  # noqa: S101 - saved before, or just now
            _confirm(job, yes)
        except (typer.Exit, ConsoleError):
            for output in outputs:
                output.discard()
            raise
        control.start(store, job.id, terminal_actor()(), why_of(said))
        code = run_to_end(store, store.jobs.get(job.id), *outputs, as_json=as_json)
    raise typer.Exit(code)


def _last_days(
    store: Store, made: Plan, target: PoolAddress, name: str, said: NoteOptions, yes: bool
) -> bool:
    """Plan the leavers whose last day is to come; whether there were any.

    Raises `InvalidValue` when it isn't said as whom, before anything is changed.
    """
    days = last_days(made.rows)
    if not days:
        return False
    operator = store.operators.by_username(name) if name else None
    if operator is None:
        raise InvalidValue(
            f"{people(made.totals.later)} leave on a day to come, and it isn't said as which operator they "
            "are seen off then. Nothing was changed.",
            "Say it with --as OPERATOR.",
        )
    pool = _set_up(store, target)
    told = listed([f"{people(len(day.rows))} on {calendar_day(day.day)}" for day in days])
    if not yes and not (sys.stdin.isatty() and typer.confirm(f"See off {told}?")):
        typer.echo("Nothing was changed: add --yes to carry it out without being asked.", err=True)
        raise typer.Exit(Exit.ERROR)
    from services.schedule.leavers import Leavers  # noqa: PLC0415 - they load all that can be scheduled

    Leavers(store, terminal_actor()).plan(pool, days, made.options, made.title, why_of(said), operator)
    typer.echo(f"Planned: {told} ({made.options.zone or 'UTC'}).", err=True)
    return True


def _set_up(store: Store, target: PoolAddress) -> PoolRecord:
    try:
        return store.pools.by_name(target.pool_name)
    except RecordNotFound:
        raise InvalidValue(
            "Nobody can be seen off later in a user pool that isn't set up in the console. "
            "Nothing was changed.",
            "Set it up on the page Configuration, and name it with --pool.",
        ) from None


def _plan_of(
    store: Store, target: PoolAddress, file: Path, reading: FileOptions, options: PlanOptions
) -> Plan:
    gateway = gateway_to(store, target)
    table = table_of(file, reading)
    columns = columns_of(table, reading, gateway.describe_pool())
    return plan_file(
        gateway, table, columns, options, pool_name=target.pool_name, progress=showing.show_reading
    )


def _saved(store: Store, file: Path) -> Job | None:
    """The saved plan of this id, None when a file is meant."""
    name = str(file)
    if name == "-" or file.exists() or not (len(name) == 32 and name.isalnum()):
        return None
    try:
        job = store.jobs.get(name)
    except RecordNotFound:
        raise InvalidValue(f"There is neither a file nor a saved plan called {name}.") from None
    if job.state is not JobState.PLANNED:
        raise InvalidValue(f"The plan {name} was started before.", "See it with: python -m console jobs")
    for line in plan_text.totals_lines(totals_in(job), options_of(job).share):
        typer.echo(line, err=True)
    return job


def _confirm(job: Job, yes: bool) -> None:
    waiting = totals_in(job).waiting
    if yes or not waiting:
        return
    if not sys.stdin.isatty():
        typer.echo("Nothing was changed: add --yes to carry it out without being asked.", err=True)
        raise typer.Exit(Exit.ERROR)
    if not typer.confirm(f"Carry out {counted(waiting, 'row')} on {job.pool_name}?"):
        typer.echo(f"Nothing was changed. The plan is kept: python -m console apply {job.id}", err=True)
        raise typer.Exit(Exit.ERROR)
