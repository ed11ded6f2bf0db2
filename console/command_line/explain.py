"""`explain`: why a user can't sign in to an application. Reads only, and bills nobody unless asked to."""

from __future__ import annotations

from typing import Annotated

import typer

from console.command_line.options import (
    ApplicationOption,
    EndpointOption,
    PoolIdOption,
    PoolOption,
    RegionOption,
    carried_out,
)
from services.login.exit_codes import EXIT_CODES, LOOK, NOT_ALL_CHECKED
from services.login.sign_in_flow import SignInFlow

HELP = (
    "Say why a user can't sign in to an application. Changes nothing.\n\n"
    "The first line is the likeliest cause, as it can be read to whoever called.\n\n"
    "Ends with 0 when nothing stands in the way; 1 after an error; "
    f"{LOOK} when nothing blocks but something is worth a look; {NOT_ALL_CHECKED} when nothing that could be "
    "checked blocks, and some of it couldn't be. Otherwise the code names the link that blocks:\n\n"
    + ", ".join(f"{code} {key}" for key, code in EXIT_CODES.items())
    + "."
)
app = typer.Typer()


@app.command("explain", help=HELP)
@carried_out
def explain_command(
    user: Annotated[str, typer.Argument(help="What they type to sign in: username, e-mail address …")],
    application: ApplicationOption = "",
    pool: PoolOption = "",
    region: RegionOption = "",
    pool_id: PoolIdOption = "",
    endpoint_url: EndpointOption = "",
    flow: Annotated[
        SignInFlow, typer.Option("--flow", help="How the application signs people in.", case_sensitive=False)
    ] = SignInFlow.HOSTED,
    second_factors: Annotated[
        bool,
        typer.Option(
            "--second-factors", help="Look at their second factors: AWS counts them as active for it."
        ),
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="Show also what needn't be looked at.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Print the likeliest cause, then every check."""
