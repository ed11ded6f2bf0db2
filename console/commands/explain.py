"""`explain`: why a user can't sign in to an application. Reads only, and bills nobody unless asked to."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import typer

from console.command_line.options import Where
from console.commands import showing
from console.commands.named import application_and_pool, gateway_to
from services.access.sessions import terminal_actor
from services.directory.invitations import InvitationLog
from services.directory.listing import directory_for
from services.login.chain import LinkState, as_data
from services.login.explain import exit_code, explain
from services.login.explain_facts import Explanation, find_person, gather
from services.login.sign_in_flow import SignInFlow
from services.roles import Permission
from services.store.engine import open_store


def explain_command(
    *,
    user: str,
    application: str,
    pool: str,
    region: str,
    pool_id: str,
    endpoint_url: str,
    flow: SignInFlow,
    second_factors: bool,
    everything: bool,
    as_json: bool,
) -> None:
    """Carry out `explain`."""
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
