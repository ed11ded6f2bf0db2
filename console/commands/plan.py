"""`plan`: what a CSV file would change. Nothing is sent but reads that bill nobody."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from console.commands import exit_codes, showing
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
from console.commands.where import EndpointOption, PoolIdOption, PoolOption, RegionOption, Where, gateway_to
from services.access.sessions import terminal_actor
from services.bulk.saved import save_plan
from services.store.engine import open_store

app = typer.Typer()


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
    raise typer.Exit(exit_codes.of_plan(made.totals))
