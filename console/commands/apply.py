"""`apply`: carry out a CSV file, or a saved plan, in the foreground."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from console.commands import showing
from console.commands.exit_codes import Exit
from console.commands.planning import (
    AcceptOption,
    ActionOption,
    ColumnOption,
    CreateGroupsOption,
    DeleteEnabledOption,
    DelimiterOption,
    DeliveryOption,
    EncodingOption,
    HeaderRowOption,
    PhoneRegionOption,
    RepairOption,
    ScopeOption,
    ShareOption,
    SheetOption,
    VerifiedOption,
    choices_from,
    options_from,
    plan_from_file,
    with_damage,
)
from console.commands.running import OutputFile, run_to_end
from console.commands.where import EndpointOption, PoolIdOption, PoolOption, RegionOption, Where, gateway_to
from services.access.sessions import terminal_actor
from services.bulk import control
from services.bulk.csv_file import Choices
from services.bulk.model import PlanOptions
from services.bulk.saved import options_of, save_plan, totals_in
from services.errors import InvalidValue, RecordNotFound
from services.store.engine import open_store
from services.store.jobs import Job, JobState
from services.store.store import Store

app = typer.Typer()

YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]
ResultsOption = Annotated[
    Path | None, typer.Option("--results", help="Write every row's outcome to this CSV.")
]
PasswordsOption = Annotated[
    Path | None, typer.Option("--passwords", help="Write temporary passwords to this new CSV, once.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")]


@app.command()
def apply(
    file: Annotated[
        Path,
        typer.Argument(help="The file (text or workbook), - for standard input, or a saved plan's id."),
    ],
    pool: PoolOption = "",
    region: RegionOption = "",
    pool_id: PoolIdOption = "",
    endpoint_url: EndpointOption = "",
    share: ShareOption = 0.5,
    action: ActionOption = "upsert",
    column: ColumnOption = None,
    delivery: DeliveryOption = "none",
    create_groups: CreateGroupsOption = False,
    mark_verified: VerifiedOption = False,
    delete_enabled: DeleteEnabledOption = False,
    scope: ScopeOption = "",
    encoding: EncodingOption = "",
    delimiter: DelimiterOption = "",
    sheet: SheetOption = "",
    header_row: HeaderRowOption = None,
    accept: AcceptOption = None,
    repair: RepairOption = None,
    phone_region: PhoneRegionOption = "",
    yes: YesOption = False,
    results: ResultsOption = None,
    passwords: PasswordsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Carry out a CSV file on a user pool, after showing what it will do.

    Ends with 0 when every row is done, 3 when some aren't, 1 when it couldn't be carried out,
    4 when it was paused.
    """
    options = options_from(share, action, delivery, create_groups, mark_verified, delete_enabled, scope)
    options = with_damage(options, accept, repair, phone_region)
    choices = choices_from(encoding, delimiter, sheet, header_row)
    where = Where(pool, region, pool_id, endpoint_url)
    with open_store() as store:
        job = _saved(store, file)
        if job is None:
            job = _planned(store, file, column, (options, choices), where, quiet=as_json)
        _confirm(job, yes)
        outputs = OutputFile(results), OutputFile(passwords, secret=True)
        control.start(store, job.id, terminal_actor()())
        code = run_to_end(store, store.jobs.get(job.id), *outputs, as_json=as_json)
    raise typer.Exit(code)


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
    for line in showing.totals_lines(totals_in(job), options_of(job).share):
        typer.echo(line, err=True)
    return job


def _planned(
    store: Store,
    file: Path,
    columns: list[str] | None,
    chosen: tuple[PlanOptions, Choices],
    where: Where,
    *,
    quiet: bool,
) -> Job:
    target, (options, choices) = where.target(store), chosen
    made = plan_from_file(gateway_to(store, target), file, columns, options, target.pool_name, choices)
    if not quiet:
        for line in showing.plan_lines(made, most=20):
            typer.echo(line)
    return save_plan(store, made, target=asdict(target), actor=terminal_actor()())


def _confirm(job: Job, yes: bool) -> None:
    waiting = totals_in(job).waiting
    if yes or not waiting:
        return
    if not sys.stdin.isatty():
        typer.echo("Nothing was changed: add --yes to carry it out without being asked.", err=True)
        raise typer.Exit(Exit.ERROR)
    if not typer.confirm(f"Carry out {waiting:,} rows on {job.pool_name}?"):
        typer.echo(f"Nothing was changed. The plan is kept: python -m console apply {job.id}", err=True)
        raise typer.Exit(Exit.ERROR)
