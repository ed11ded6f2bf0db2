"""`doctor`: the check-up of a pool and its app clients. Reads settings only."""

from __future__ import annotations

from collections.abc import Iterable

import typer

from console.command_line.options import Where
from console.commands import showing
from console.commands.named import gateway_to, target_named
from services.access.sessions import terminal_actor
from services.login.advice import Advice, CheckupVerdict
from services.login.checkup import CheckUp, as_data, check_up, read_facts
from services.login.severity import AdviceSeverity
from services.roles import Permission
from services.store.engine import open_store


def doctor(
    *,
    pool: str,
    region: str,
    pool_id: str,
    endpoint_url: str,
    fail_on: AdviceSeverity,
    everything: bool,
    as_json: bool,
) -> None:
    """Carry out `doctor`."""
    terminal_actor()().require(Permission.READ)
    with open_store() as store:
        target = target_named(store, Where(pool, region, pool_id, endpoint_url))
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
