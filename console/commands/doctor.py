"""`doctor`: the check-up of a pool and its app clients. Reads settings only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

from console.commands import showing
from console.commands.options import EndpointOption, PoolIdOption, PoolOption, RegionOption, Where, gateway_to
from services.access.sessions import terminal_actor
from services.login.advice import Advice, AdviceSeverity, CheckupVerdict
from services.login.checkup import CheckUp, as_data, check_up, read_facts
from services.roles import Permission
from services.store.engine import open_store

HELP = (
    "Check the settings of a user pool and its app clients. Changes nothing.\n\n"
    "Ends with 0 when everything is as it should be; 1 after an error; 2 when something is to be mended (of "
    "the severity of --fail-on, or graver); 3 when nothing is, as far as could be checked, and some couldn't "
    "be."
)

app = typer.Typer()


@app.command("doctor", help=HELP)
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
    terminal_actor()().require(Permission.READ)
    with open_store() as store:
        target = Where(pool, region, pool_id, endpoint_url).target(store)
        record = store.pools.by_name(pool) if pool else None
        applications = store.applications.list(record.id) if record else ()
        result = check_up(read_facts(gateway_to(store, target), applications))
    code = result.exit_code(fail_on)
    if as_json:
        showing.print_json({"pool": result.pool_name, "exit_code": int(code), "advice": as_data(result)})
    else:
        for line in _lines(result, everything):
            typer.echo(line)
    raise typer.Exit(code)


def _lines(result: CheckUp, everything: bool) -> Iterable[str]:
    counts = {verdict: len(result.of(verdict)) for verdict in CheckupVerdict}
    yield (
        f"{showing.plain(result.pool_name)}: {counts[CheckupVerdict.MEND]} to mend, "
        f"{counts[CheckupVerdict.GOOD]} good, {counts[CheckupVerdict.UNKNOWN]} not checked."
    )
    for advice in result.of(CheckupVerdict.MEND):
        yield f"\n✗ {str(advice.severity).upper()}  {_subject(advice)}{advice.title}"
        yield f"    Found: {showing.plain(advice.found)}"
        yield f"    To do: {showing.plain(advice.fix)}"
        yield f"    Where: {advice.setting.where}"
        yield f"    Why:   {advice.setting.why}"
    if counts[CheckupVerdict.UNKNOWN]:
        yield ""
    for advice in result.of(CheckupVerdict.UNKNOWN):
        yield f"· {_subject(advice)}{advice.title}: {showing.plain(advice.found)}"
    if not everything:
        return
    yield ""
    for verdict, mark in ((CheckupVerdict.GOOD, "✓"), (CheckupVerdict.NOT_APPLICABLE, "–")):
        for advice in result.of(verdict):
            yield f"{mark} {_subject(advice)}{advice.title}: {showing.plain(advice.found)}"


def _subject(advice: Advice) -> str:
    return f"{showing.plain(advice.subject)}: " if advice.subject else ""
