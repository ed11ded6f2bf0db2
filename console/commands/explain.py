"""`explain`: why a user can't sign in to an application. Reads only, and bills nobody unless asked to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from console.commands import showing
from console.commands.options import (
    ApplicationOption,
    EndpointOption,
    PoolIdOption,
    PoolOption,
    RegionOption,
    Where,
    application_and_pool,
    gateway_to,
)
from services.access.sessions import terminal_actor
from services.directory.invitations import InvitationLog
from services.directory.listing import directory_for
from services.login.chain import LinkState, as_data
from services.login.explain import CHECKS, EXIT_CODES, LOOK, NOT_ALL_CHECKED, exit_code, explain
from services.login.explain_facts import Explanation, find_person, gather
from services.login.sign_in_flow import SignInFlow
from services.roles import Permission
from services.store.engine import open_store

HELP = (
    "Say why a user can't sign in to an application. Changes nothing.\n\n"
    "The first line is the likeliest cause, as it can be read to whoever called.\n\n"
    "Ends with 0 when nothing stands in the way; 1 after an error; "
    f"{LOOK} when nothing blocks but something is worth a look; {NOT_ALL_CHECKED} when nothing that could be "
    "checked blocks, and some of it couldn't be. Otherwise the code names the link that blocks:\n\n"
    + ", ".join(f"{EXIT_CODES[key]} {key}" for key, _ in CHECKS)
    + "."
)

app = typer.Typer()


@app.command("explain", help=HELP)
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
    terminal_actor()().require(Permission.READ)
    with open_store() as store:
        where = Where(pool, region, pool_id, endpoint_url)
        chosen, target = application_and_pool(store, application, where)
        invitations = InvitationLog(store, target.pool_id, target.pool_name)
        directory = directory_for(gateway_to(store, target), invitations)
        facts = gather(
            directory, find_person(directory, user), chosen, flow=flow, second_factors=second_factors
        )
        answer = explain(facts)
    if as_json:
        showing.print_json(_data(answer))
    else:
        for line in _lines(answer, everything):
            typer.echo(line)
    raise typer.Exit(exit_code(answer))


def _lines(answer: Explanation, everything: bool) -> Iterable[str]:
    yield showing.plain(answer.sentence)
    yield ""
    yield from showing.chain_lines(
        link for link in answer.links if everything or link.state is not LinkState.NOT_APPLICABLE
    )


def _data(answer: Explanation) -> dict[str, Any]:
    user, chosen = answer.facts.user, answer.facts.application
    links = as_data(answer.links)
    return {
        "sentence": answer.sentence,
        "cause": answer.cause.link.key if answer.cause else "",
        "exit_code": exit_code(answer),
        "user": {"username": user.username, "sub": user.sub, "label": user.label} if user else None,
        "application": chosen.name if chosen else "",
        "flow": str(answer.facts.flow),
        "checks": [
            {
                **link,
                "checked": not check.unknown,
                "reply": check.reply,
                "fixes": [fix.label for fix in check.fixes],
            }
            for link, check in zip(links, answer.checks, strict=True)
        ],
    }
