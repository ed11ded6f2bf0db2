"""`providers`: the identity providers of a pool, and whether they work. Reads only."""

from __future__ import annotations

from typing import Annotated

import typer

from console.command_line.options import EndpointOption, PoolIdOption, PoolOption, RegionOption, carried_out

app = typer.Typer(help="The identity providers of a pool, and whether they work.", no_args_is_help=True)


@app.command("list")
@carried_out
def list_providers(
    pool: PoolOption = "",
    region: RegionOption = "",
    pool_id: PoolIdOption = "",
    endpoint_url: EndpointOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Name every provider with its kind, and the app clients that offer it."""


@app.command()
@carried_out
def check(
    name: Annotated[str, typer.Argument(help="One of them; without it all are checked.")] = "",
    pool: PoolOption = "",
    region: RegionOption = "",
    pool_id: PoolIdOption = "",
    endpoint_url: EndpointOption = "",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Ask each provider what it says of itself, and compare that and its mapping with the pool.

    Ends with 0 when all is well; 1 after an error; 2 when something is to be mended; 3 when some couldn't be
    checked.
    """
