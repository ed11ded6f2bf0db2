"""`doctor`: the check-up of a pool and its app clients. Reads settings only."""

from __future__ import annotations

from typing import Annotated

import typer

from console.command_line.options import EndpointOption, PoolIdOption, PoolOption, RegionOption, carried_out
from services.login.severity import AdviceSeverity

HELP = (
    "Check the settings of a user pool and its app clients. Changes nothing.\n\n"
    "Ends with 0 when everything is as it should be; 1 after an error; 2 when something is to be mended (of "
    "the severity of --fail-on, or graver); 3 when nothing is, as far as could be checked, and some couldn't "
    "be."
)
app = typer.Typer()


@app.command("doctor", help=HELP)
@carried_out
def doctor(
    pool: PoolOption = "",
    region: RegionOption = "",
    pool_id: PoolIdOption = "",
    endpoint_url: EndpointOption = "",
    fail_on: Annotated[
        AdviceSeverity,
        typer.Option("--fail-on", help="The least severity that ends with 2.", case_sensitive=False),
    ] = AdviceSeverity.LOW,
    everything: Annotated[bool, typer.Option("--all", help="Show also what is as it should be.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Print what is to be mended, gravest first."""
