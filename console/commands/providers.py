"""`providers`: the identity providers of a pool, and whether they work. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import typer

from console.command_line.options import Where
from console.commands import showing
from console.commands.named import target_named
from services.access.sessions import terminal_actor
from services.errors import InvalidValue, NotConfigured
from services.federation.draft import draft_of, kind_of
from services.federation.providers import ListedProvider, PoolProviders, ProviderService
from services.login.chain import Link, Unknown, as_data, first_failure
from services.pool_session import open_session_at
from services.store.engine import open_store
from services.store.store import Store

GOOD, MEND, NOT_ALL_CHECKED = 0, 2, 3


def list_providers(*, pool: str, region: str, pool_id: str, endpoint_url: str, as_json: bool) -> None:
    """Carry out `list`."""
    with open_store() as store:
        service = _service(store, Where(pool, region, pool_id, endpoint_url))
        providers = _listed(service.pool_providers())
    if as_json:
        showing.print_json([_told(provider) for provider in providers])
        return
    for provider in providers:
        clients = ", ".join(client.name or client.id for client in provider.clients) or "no app client"
        typer.echo(showing.plain(f"{provider.name:32}  {provider.facts.kind:8}  offered by {clients}"))


def check(*, name: str, pool: str, region: str, pool_id: str, endpoint_url: str, as_json: bool) -> None:
    """Carry out `check`."""
    with open_store() as store:
        service = _service(store, Where(pool, region, pool_id, endpoint_url))
        listed = _listed(service.pool_providers())
        found = [provider for provider in listed if not name or provider.name == name]
        if name and not found:
            known = ", ".join(provider.name for provider in listed) or "none"
            raise InvalidValue(f"The pool has no identity provider “{name}”.", f"It has: {known}.")
        tried = [(provider, _tried(service, provider)) for provider in found]
    if as_json:
        showing.print_json([{**_told(provider), "checks": as_data(links)} for provider, links in tried])
    else:
        for provider, links in tried:
            for line in _lines(provider, links):
                typer.echo(line)
    raise typer.Exit(max((_code(provider, links) for provider, links in tried), key=_rank, default=GOOD))


def _service(store: Store, where: Where) -> ProviderService:
    return ProviderService(open_session_at(store, target_named(store, where), terminal_actor()))


def _listed(found: PoolProviders) -> tuple[ListedProvider, ...]:
    if found.unread is not None:
        raise NotConfigured(f"The identity providers: {found.unread.why}", found.unread.next_step)
    return found.providers


def _tried(service: ProviderService, provider: ListedProvider) -> tuple[Link, ...]:
    settings = provider.facts.settings
    if isinstance(settings, Unknown) or kind_of(settings.kind) is None:
        return ()
    return service.try_out(draft_of(settings))


def _code(provider: ListedProvider, links: tuple[Link, ...]) -> int:
    if first_failure(links) is not None or provider.advice:
        return MEND
    return GOOD if links else NOT_ALL_CHECKED


def _rank(code: int) -> int:
    return (GOOD, NOT_ALL_CHECKED, MEND).index(code)


def _lines(provider: ListedProvider, links: tuple[Link, ...]) -> Iterable[str]:
    yield showing.plain(f"{provider.name} ({provider.facts.kind})")
    settings = provider.facts.settings
    if isinstance(settings, Unknown):
        yield showing.plain(f"· {settings.sentence} {settings.next_step}")
    elif not links:
        yield "· Providers of this kind are only listed here."
    yield from showing.chain_lines(links)
    for advice in provider.advice:
        yield showing.plain(f"! {advice.title}: {advice.found} {advice.fix}")


def _told(provider: ListedProvider) -> dict[str, Any]:
    settings = provider.facts.settings
    known = {} if isinstance(settings, Unknown) else settings.mapping
    return {
        "name": provider.name,
        "kind": provider.facts.kind,
        "clients": [client.name or client.id for client in provider.clients],
        "mapping": dict(known),
        "advice": [
            {"key": advice.key, "severity": str(advice.severity), "found": advice.found, "fix": advice.fix}
            for advice in provider.advice
        ],
    }
