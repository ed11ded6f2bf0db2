"""A store with the demo's pools and applications, and tests begun by the cast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from demo.install import install_pools
from services.access.sessions import browser_actor
from services.login.hosted import HostedTests
from services.login.hosted_flow import Flow
from services.login.tokens import KEYS
from services.store.operators import Operator
from services.store.store import Store
from tests.fixtures.cognito import Cognito
from tests.fixtures.console import sign_in_as

CALLBACK = "http://localhost:8501/oauth/v2/callback"


@dataclass
class World:
    """Begins tests as one of the cast, each in a session of its own."""

    store: Store
    cast: dict[str, Operator]

    def of(self, who: str) -> tuple[HostedTests, str]:
        session_id, _ = sign_in_as(self.store, self.cast[who])
        return HostedTests(self.store, browser_actor(self.store, session_id), session_id), session_id

    def flow(self, application: str = "Billing desk", **changes: Any) -> Flow:
        found = next(known for known in self.store.applications.list() if known.name == application)
        pool = self.store.pools.get(found.pool_record_id)
        flow = Flow(
            pool_record_id=pool.id,
            pool_name=pool.name,
            application_id=found.id,
            application=found.name,
            client_id=found.client_id,
            discovery_url=found.discovery_url,
            redirect_uri=CALLBACK,
            auth_method="client_secret_basic" if found.has_secret else "none",
            allowed_groups=found.allowed_groups,
            group_roles=found.group_roles,
        )
        return replace(flow, **changes)


@pytest.fixture
def world(store: Store, cast: dict[str, Operator], cognito: Cognito) -> World:
    install_pools(store, cognito.url)
    KEYS.forget()
    return World(store, cast)


Change = Callable[..., None]


@pytest.fixture
def change_client(cognito: Cognito) -> Change:
    """Changes an app client's settings directly; the tests of a module put them back themselves."""

    def change(client_id: str, **settings: Any) -> None:
        cognito.change_client(cognito.staff, client_id, **settings)

    return change
