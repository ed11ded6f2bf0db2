"""The identity providers of one pool: listed with who offers them, tried out, added, changed, deleted.

Every change goes through the one path for changes; secrets that are typed are handed on and kept nowhere.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Unpack

from services.changes import Performed
from services.cognito.actions import CreateProvider, DeleteProvider, UpdateProvider
from services.cognito.filters import Match, UserFilter
from services.cognito.models import AppClient
from services.cognito.providers import ProviderSettings
from services.errors import CognitoError
from services.federation.draft import ProviderDraft, checked_draft
from services.federation.trial import try_out
from services.login.advice import Advice, CheckupVerdict, PoolFacts, ProviderFacts
from services.login.chain import Link, Unknown
from services.login.checkup import read_facts
from services.login.checkup_providers import GONE, WRITES, provider_advice
from services.pool_session import PoolSession
from services.roles import Permission
from services.store.activity import Why
from services.store.applications import Application
from services.web import origin_of

PEOPLE_COUNTED = 60
"""How many people of a provider are counted before "or more" is said: one page of a listing."""


@dataclass(frozen=True, slots=True)
class ListedProvider:
    """One provider, the app clients that offer it, and what is to be said about it, gravest first."""

    facts: ProviderFacts
    clients: tuple[AppClient, ...]
    advice: tuple[Advice, ...]

    @property
    def name(self) -> str:
        """The provider's name in the pool."""
        return self.facts.name


@dataclass(frozen=True, slots=True)
class PoolProviders:
    """All of a pool: its providers, and what is to be said about app clients that name others.

    `unread` says why the providers could not be listed; `clients_unread` the same of app clients.
    """

    pool: PoolFacts
    providers: tuple[ListedProvider, ...] = ()
    about_clients: tuple[Advice, ...] = ()
    unread: Unknown | None = None
    clients_unread: Unknown | None = None


@dataclass(frozen=True, slots=True)
class Consequences:
    """What deleting a provider breaks. `people` came through it, `more`: and others that weren't counted.

    `people` is None when nobody could be counted.
    """

    clients: tuple[str, ...]
    people: int | None
    more: bool = False


class ProviderService:
    """Works for whoever is acting in `session` at the moment of each call; every call needs CONFIGURE."""

    def __init__(self, session: PoolSession) -> None:
        self._session = session
        self._gateway = session.gateway

    def _require(self) -> None:
        self._session.changes.who().require(Permission.CONFIGURE)

    @property
    def home(self) -> str:
        """The origin of the connection's own endpoint, which may be called; "" on AWS."""
        settings = self._gateway.settings
        return "" if settings.is_aws else origin_of(settings.endpoint_url)

    def pool_providers(self, applications: Collection[Application] = ()) -> PoolProviders:
        """Everything about the pool's providers now. Raises the `CognitoError`s of the pool's settings."""
        self._require()
        facts = read_facts(self._gateway, applications)
        if isinstance(facts.providers, Unknown):
            return PoolProviders(facts, unread=facts.providers)
        mend = (found for found in provider_advice(facts) if found.verdict is CheckupVerdict.MEND)
        advice = sorted(mend, key=lambda found: found.severity.rank)
        of_clients = {GONE.key, WRITES.key}
        listed = tuple(
            ListedProvider(
                provider,
                tuple(client for client in facts.readable if provider.name in client.providers),
                tuple(
                    found
                    for found in advice
                    if found.subject == provider.name and found.key not in of_clients
                ),
            )
            for provider in facts.providers
        )
        return PoolProviders(
            facts,
            listed,
            tuple(found for found in advice if found.key in of_clients),
            clients_unread=facts.clients if isinstance(facts.clients, Unknown) else None,
        )

    def read(self, name: str) -> ProviderSettings:
        """One provider now, without its secret. Raises `ProviderNotFound`."""
        self._require()
        return self._gateway.describe_provider(name)

    def try_out(self, draft: ProviderDraft) -> tuple[Link, ...]:
        """Whether a draft would work, as far as that can be told. Raises the pool's `CognitoError`s."""
        self._require()
        pool = self._gateway.describe_pool()
        return try_out(draft, pool, self.home, self._gateway.settings.region)

    def add(self, draft: ProviderDraft, **why: Unpack[Why]) -> Performed:
        """Add a provider. Raises `InvalidValue` naming the field, and `CognitoError`s."""
        self._require()
        taken = [provider.name for provider in self._gateway.identity_providers()]
        wanted = checked_draft(draft, taken, new=True)
        change = CreateProvider(
            wanted.name,
            wanted.details(),
            dict(wanted.mapping),
            wanted.identifiers,
            secret=wanted.secrets,
            kind=wanted.kind.value,
        )
        return self._session.changes.perform(change, **why)

    def change(self, seen: ProviderSettings, draft: ProviderDraft, **why: Unpack[Why]) -> Performed:
        """Change a provider as it was `seen`.

        Raises `InvalidValue` naming the field, `ChangedMeanwhile`, and `CognitoError`s.
        """
        self._require()
        wanted = checked_draft(draft, (), new=False)
        change = UpdateProvider(
            seen.name,
            wanted.details(seen.details),
            dict(wanted.mapping),
            wanted.identifiers,
            secret=wanted.secrets,
            stamp=seen.stamp,
        )
        return self._session.changes.perform(change, **why)

    def consequences(self, listed: ListedProvider) -> Consequences:
        """What breaks when it is deleted."""
        self._require()
        clients = tuple(client.name or client.id for client in listed.clients)
        try:
            prefix = UserFilter("username", Match.PREFIX, f"{listed.name}_")
            page = self._gateway.users_page(prefix, limit=PEOPLE_COUNTED)
        except CognitoError:
            return Consequences(clients, None)
        return Consequences(clients, len(page.users), bool(page.token))

    def delete(self, name: str, **why: Unpack[Why]) -> Performed:
        """Delete a provider. Raises `ProviderNotFound` and other `CognitoError`s."""
        self._require()
        return self._session.changes.perform(DeleteProvider(name), **why)


def only_way_in(listed: ListedProvider) -> tuple[str, ...]:
    """App clients that offer nothing else: nobody gets into these once it is deleted."""
    return tuple(
        client.name or client.id for client in listed.clients if set(client.providers) <= {listed.name}
    )
