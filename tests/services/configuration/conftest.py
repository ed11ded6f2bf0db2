"""Acting as each of the cast, and services bound to the store."""

import pytest

from services.roles import Actor, Origin
from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.pools import PoolRecord
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY


@pytest.fixture
def acting(cast):
    """`acting("ann")`: the source of an actor, as pages hand it to services."""

    def source(name):
        operator = cast[name]
        return lambda: Actor(operator.id, operator.username, operator.role, Origin.BROWSER)

    return source


@pytest.fixture
def embedded(store, cognito):
    """A connection to the embedded Cognito."""
    return store.connections.add(
        Connection(
            name="Embedded",
            region=cognito.region,
            kind=CredentialKind.STATIC,
            endpoint_url=cognito.url,
            secret=ConnectionSecret(ACCESS_KEY, SECRET_KEY),
        )
    )


@pytest.fixture
def customers(store, embedded, cognito):
    """The embedded Cognito's pool of customers, configured."""
    return store.pools.add(PoolRecord(embedded.id, cognito.customers, "customers"))
