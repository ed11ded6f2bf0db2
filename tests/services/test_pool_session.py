"""Opening a pool as one operator."""

from __future__ import annotations

from typing import Any

import pytest

from services.cognito.actions import DisableUser
from services.errors import SessionEnded
from services.pool_session import open_pool_session
from services.roles import Actor, Origin, Role
from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.pools import PoolRecord
from services.store.store import Store
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito

STATIC: dict[str, Any] = {"region": "eu-west-1", "kind": CredentialKind.STATIC}


def ann(role: Role = Role.ADMIN) -> Actor:
    return Actor("op-1", "Ann Admin", role, Origin.BROWSER)


def test_a_pool_session_changes_the_pool_and_writes_it_down(store: Store, cognito: Cognito) -> None:
    keys = ConnectionSecret(ACCESS_KEY, SECRET_KEY)
    made = store.connections.add(Connection(name="Main", endpoint_url=cognito.url, secret=keys, **STATIC))
    pool = store.pools.add(PoolRecord(made.id, cognito.staff, "staff", region=cognito.region))
    pool_session = open_pool_session(store, pool, ann)
    person = next(user for user in pool_session.gateway.iter_users() if user.enabled)
    seen = pool_session.directory.person(person.sub)
    assert seen is not None
    pool_session.changes.perform(DisableUser(person.ref))
    (line,) = store.activity.search()
    assert (line.pool, line.operator_name) == ("staff", "Ann Admin")
    patched = pool_session.directory.person(person.sub)
    assert patched is not None
    assert patched.person is not None
    assert patched.person.user.enabled is False


def test_without_a_live_session_no_pool_session_opens(
    store: Store,
) -> None:
    made = store.connections.add(
        Connection(name="Main", secret=ConnectionSecret("AKIAFAKE", "key"), **STATIC)
    )
    pool = store.pools.add(PoolRecord(made.id, "eu-west-1_Abc123456", "staff"))

    def ended() -> Actor:
        raise SessionEnded("Your session has ended.")

    with pytest.raises(SessionEnded):
        open_pool_session(store, pool, ended)
