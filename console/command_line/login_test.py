"""`login-test`: sign in as a user through the API, answer what Cognito asks, name the link that fails."""

from __future__ import annotations

from typing import Annotated

import typer

from console.command_line.options import (
    ApplicationOption,
    EndpointOption,
    NoteOptions,
    PoolIdOption,
    PoolOption,
    RegionOption,
    carried_out,
)
from services.login.sign_in_flow import API_FLOWS, SignInFlow

HELP = (
    "Sign in as a user and name the link of the chain that fails.\n\n"
    "The password is asked for without showing it; where nobody types, it is the first line of standard "
    "input, and answers to Cognito's questions are the lines after it. A sign-in makes the person count as "
    "active this month, which AWS bills; five wrong passwords lock them out for a while. Tokens are checked "
    "and forgotten.\n\n"
    "Ends with 0 when they are in; 1 when it couldn't be tried; else the code names the link that fails: "
    "10 the client doesn't allow the flow, 11 client secret, 12 a person without a password here, "
    "13 password or the person's status, 14 a step after it, 16 token not signed by the pool, 17 not for "
    "this client, 18 not in time, 19 in no allowed group."
)
app = typer.Typer()
_API_FLOWS = f"[{'|'.join(API_FLOWS)}]"


def _api_flow(text: str) -> SignInFlow:
    """The flow of this name; the hosted login page needs a browser."""
    found = next((flow for flow in API_FLOWS if flow == text.lower()), None)
    if found is None:
        raise typer.BadParameter(f"{text!r} is not one of {', '.join(API_FLOWS)}.")
    return found


@app.command("login-test", help=HELP)
@carried_out
def login_test(
    user: Annotated[str, typer.Argument(help="What they type to sign in: username, e-mail address …")],
    said: NoteOptions,
    application: ApplicationOption = "",
    pool: PoolOption = "",
    region: RegionOption = "",
    pool_id: PoolIdOption = "",
    endpoint_url: EndpointOption = "",
    client_id: Annotated[
        str, typer.Option("--client-id", help="App client to sign in through, where --app names none.")
    ] = "",
    flow: Annotated[
        SignInFlow,
        typer.Option(
            "--flow", help="How the password is given to Cognito.", parser=_api_flow, metavar=_API_FLOWS
        ),
    ] = SignInFlow.SRP,
    no_input: Annotated[
        bool, typer.Option("--no-input", help="Answer nothing but the password; stop at the first question.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Print the chain of one sign-in."""
