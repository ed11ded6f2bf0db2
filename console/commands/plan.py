"""`plan` and `apply`: what a file would change, and carrying it out, in the foreground."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from console.commands import showing
from console.commands.options import EndpointOption, PoolIdOption, PoolOption, RegionOption, Where, gateway_to
from console.commands.running import OutputFile, run_to_end
from console.commands.showing import Exit
from services.access.sessions import terminal_actor
from services.bulk import control
from services.bulk.columns import ColumnMap, recognise
from services.bulk.csv_file import DELIMITERS, Choices, CsvTable, read_file
from services.bulk.damage import DamageKind
from services.bulk.encoding import EncodingReading, encoding_named
from services.bulk.model import Plan, PlanOptions
from services.bulk.plan import plan_file
from services.bulk.row_actions import action_of, row_actions
from services.bulk.rows import media_of, split_groups
from services.bulk.saved import options_of, save_plan, totals_in
from services.cognito import phones
from services.cognito.gateway import CognitoGateway
from services.errors import FileRejected, InvalidValue, RecordNotFound
from services.store.engine import open_store
from services.store.jobs import Job, JobState
from services.store.store import Store

app = typer.Typer()

ShareOption = Annotated[
    float,
    typer.Option(help="Part of each AWS quota to use; production traffic needs the rest.", min=0.01, max=1.0),
]
ActionOption = Annotated[str, typer.Option(help="What rows without an action column ask.")]
ColumnOption = Annotated[
    list[str] | None, typer.Option("--column", help="Meaning of a column, as HEADING=MEANING; repeatable.")
]
DeliveryOption = Annotated[str, typer.Option(help="Invite new people by: none, email, sms, email+sms.")]
CreateGroupsOption = Annotated[bool, typer.Option("--create-groups", help="Create groups that are missing.")]
VerifiedOption = Annotated[
    bool, typer.Option("--mark-verified", help="Mark e-mail addresses and phone numbers as verified.")
]
DeleteEnabledOption = Annotated[
    bool, typer.Option("--delete-enabled", help="Delete people who aren't disabled, too.")
]
ScopeOption = Annotated[
    str, typer.Option("--scope", help="Further groups that sync_groups may touch, with ; between them.")
]
EncodingOption = Annotated[
    str, typer.Option("--encoding", help="Encoding of the file, such as UTF-8 or Windows-1252.")
]
DelimiterOption = Annotated[
    str,
    typer.Option("--delimiter", help="What stands between cells: comma, semicolon, tab or bar."),
]
SheetOption = Annotated[str, typer.Option("--sheet", help="Sheet of a workbook.")]
HeaderRowOption = Annotated[
    int | None, typer.Option("--header-row", help="Row with the headings, 0 for a file without.", min=0)
]
AcceptOption = Annotated[
    list[str] | None,
    typer.Option(
        "--accept", help="Take cells with this kind of damage as they stand, such as mojibake; repeatable."
    ),
]
RepairOption = Annotated[
    list[str] | None,
    typer.Option("--repair", help="Put cells with this kind of damage right where that can be; repeatable."),
]
PhoneRegionOption = Annotated[
    str, typer.Option("--phone-region", help="Country of phone numbers without country code, such as SE.")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]
ResultsOption = Annotated[
    Path | None, typer.Option("--results", help="Write every row's outcome to this CSV.")
]
PasswordsOption = Annotated[
    Path | None, typer.Option("--passwords", help="Write temporary passwords to this new CSV, once.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")]


def choices_from(encoding: str, delimiter: str, sheet: str, header_row: int | None) -> Choices:
    """How the file is to be read. Raises `InvalidValue` for words that mean nothing."""
    signs = {name: sign for sign, name in DELIMITERS.items()} | {"pipe": "|", "\\t": "\t"}
    sign = signs.get(delimiter.casefold(), delimiter)
    if sign and sign not in DELIMITERS:
        raise InvalidValue(f"“{delimiter}” can't separate cells.", "Use comma, semicolon, tab or bar.")
    return Choices(encoding_named(encoding) if encoding else "", sign, sheet, header_row)


def with_damage(
    options: PlanOptions, accept: list[str] | None, repair: list[str] | None, region: str
) -> PlanOptions:
    """`options` with the kinds of damage that are accepted or put right, and the country of phone numbers.

    Raises `InvalidValue` for words that mean nothing.
    """
    for kind in (*(accept or ()), *(repair or ())):
        if kind not in set(DamageKind):
            raise InvalidValue(f"“{kind}” is no kind of damage.", f"Use one of: {', '.join(DamageKind)}.")
    if region and not phones.is_region(region):
        raise InvalidValue(f"“{region}” is no country.", "Use two letters, such as SE.")
    return replace(options, accept=tuple(accept or ()), repair=tuple(repair or ()), region=region.upper())


def options_from(
    share: float,
    action: str,
    delivery: str,
    create_groups: bool,
    mark_verified: bool,
    delete_enabled: bool,
    scope: str,
) -> PlanOptions:
    """The options of a run. Raises `InvalidValue` for words that mean nothing."""
    wanted = action_of(action)
    if wanted is None:
        raise InvalidValue(f"“{action}” is no action.", f"Use one of: {', '.join(row_actions())}.")
    media = media_of(delivery)
    if media is None:
        raise InvalidValue(f"“{delivery}” is no way to invite.", "Use none, email, sms or email+sms.")
    return PlanOptions(
        share=share,
        action=wanted,
        delivery=media,
        create_groups=create_groups,
        mark_verified=mark_verified,
        delete_enabled=delete_enabled,
        scope=split_groups(scope),
    )


def plan_from_file(
    gateway: CognitoGateway,
    file: Path,
    columns: list[str] | None,
    options: PlanOptions,
    pool_name: str,
    choices: Choices | None = None,
) -> Plan:
    """Read a file (`-`: standard input) and plan it.

    Raises `FileRejected`, `InvalidValue` and the gateway's `CognitoError`s.
    """
    table, mapping = table_from_file(gateway, file, columns, choices)
    return plan_file(gateway, table, mapping, options, pool_name=pool_name, progress=show_reading)


def table_from_file(
    gateway: CognitoGateway, file: Path, columns: list[str] | None, choices: Choices | None = None
) -> tuple[CsvTable, ColumnMap]:
    """A file (`-`: standard input) as a table, and what its columns mean.

    Raises `FileRejected`, `InvalidValue` and the gateway's `CognitoError`s.
    """
    name = "standard input" if str(file) == "-" else file.name
    table = read_file(_bytes_of(file), name, choices)
    if table.readings:
        raise FileRejected(f"It isn't sure in which encoding {name} is.", _which(table.readings))
    return table, _assigned(recognise(table.header, gateway.describe_pool()), columns or [])


def _which(readings: Sequence[EncodingReading]) -> str:
    lines = [f"  --encoding {reading.encoding!r}: {' / '.join(reading.lines)}" for reading in readings]
    return "\n".join(["Choose the reading that looks right:", *map(showing.plain, lines)])


def show_reading(sentence: str, fraction: float | None) -> None:
    """Show on a terminal how far the pool has been read."""
    if sys.stderr.isatty():
        share = f" {fraction:.0%}" if fraction is not None else ""
        typer.echo(f"\r{sentence}{share}\033[K", nl=False, err=True)


def _bytes_of(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise FileRejected(f"{file} can't be read: {error.strerror}.", "Check the path.") from None


def _assigned(mapping: ColumnMap, wanted: list[str]) -> ColumnMap:
    known = {target.name for target in mapping.targets}
    for assignment in wanted:
        heading, _, target = assignment.rpartition("=")
        column = next((it for it in mapping.columns if it.heading == heading), None)
        if column is None:
            headings = ", ".join(it.heading for it in mapping.columns)
            raise InvalidValue(f"The file has no column “{heading}”.", f"Its columns: {headings}.")
        if target and target not in known:
            raise InvalidValue(
                f"A column can't mean “{target}”.", f"It can mean: {', '.join(sorted(known))}."
            )
        mapping = mapping.assign(column.index, target)
    return mapping


@app.command()
def plan(
    file: Annotated[Path, typer.Argument(help="The file (CSV, text or workbook), or - for standard input.")],
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
    rows: Annotated[int, typer.Option(help="Show at most so many rows.", min=0)] = 50,
    save: Annotated[
        bool, typer.Option("--save", help="Keep the plan, to be applied later by its id.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Show what a CSV file would change in a user pool. Changes nothing.

    Ends with 0 when there is nothing to do, 2 when changes are waiting, 1 when rows have errors.
    """
    options = options_from(share, action, delivery, create_groups, mark_verified, delete_enabled, scope)
    options = with_damage(options, accept, repair, phone_region)
    choices = choices_from(encoding, delimiter, sheet, header_row)
    with open_store() as store:
        target = Where(pool, region, pool_id, endpoint_url).target(store)
        made = plan_from_file(gateway_to(store, target), file, column, options, target.pool_name, choices)
        saved = save_plan(store, made, target=asdict(target), actor=terminal_actor()()).id if save else ""
    if as_json:
        showing.print_json({**showing.plan_json(made), "plan": saved})
    else:
        for line in showing.plan_lines(made, rows):
            typer.echo(line)
        if saved:
            typer.echo(f"Saved. Carry it out with: python -m console apply {saved}")
    raise typer.Exit(showing.exit_of_plan(made.totals))


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
