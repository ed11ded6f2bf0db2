"""`check-token`: any token against the user pools that are set up here, every check with its reason."""

from __future__ import annotations

from typing import Annotated

import typer

from console.command_line.options import carried_out

app = typer.Typer()


@app.command()
@carried_out
def check_token(
    source: Annotated[str, typer.Argument(help="- reads the token from standard input.")] = "-",
    application: Annotated[
        str, typer.Option("--app", help="The application that it should be for, by name.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Write the result as JSON.")] = False,
) -> None:
    """Check tokens against the known user pools.

    They are read from standard input, so that they stay out of the shell's history and the list of
    processes, as they come: alone, in JSON, in a header, an address or a cookie. Nothing of them is kept or
    logged.

    Exit codes: 0 good; 1 couldn't be checked; 2 no token; 3 of no pool that is set up here; 4 good, but of
    an app client of no application here; 5 expired less than a minute ago; else the check that fails first
    (of the first token that isn't good): 10 duplicates, 11 header, 12 algorithm, 13 key id, 14 signature,
    15 issuer, 16 kind of token, 17 app client, 18 expiry, 19 not before, 20 clocks, 21 sign-in time,
    22 nonce, 23 at_hash, 24 scopes, 25 groups claim, 30 not in an allowed group.
    """
