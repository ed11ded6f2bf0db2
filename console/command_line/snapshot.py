"""`snapshot`: reads a whole pool and keeps what it found, or lists what is kept."""

from __future__ import annotations

from typing import Annotated

import typer

from console.command_line.options import EndpointOption, PoolIdOption, PoolOption, RegionOption, carried_out
from services.cognito.quotas import JOB_SHARE

app = typer.Typer()


@app.command()
@carried_out
def snapshot(
    pool: PoolOption = "",
    region: RegionOption = "",
    pool_id: PoolIdOption = "",
    endpoint_url: EndpointOption = "",
    share: Annotated[
        float, typer.Option("--share", help="Share of AWS's request quota, above 0 to 1.", min=0.01, max=1.0)
    ] = JOB_SHARE,
    listing: Annotated[
        bool, typer.Option("--list", help="List the snapshots kept of the pool; read nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Read a whole user pool (people, groups, memberships) and keep it. Changes nothing, bills nobody.

    Ends with 0 when everything was read, 3 when something is missing (it is said what), 1 when
    nothing was kept. Ctrl-C stops.
    """
