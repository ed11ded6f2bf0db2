"""The way to a pool by its connection, and the gateways that the process keeps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.cognito.connection import (
    AssumedRole,
    ConnectionSettings,
    DefaultChain,
    Profile,
    StaticKeys,
)
from services.errors import InvalidValue, NotConfigured, RecordNotFound
from services.gateways import PoolAddress, gateway_for, settings_for, target_of
from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.pools import PoolRecord
from services.store.store import Store

SECRET = ConnectionSecret("AKIAFAKEFAKEFAKEFAKE", "secret-key", "session-token")
ROLE = "arn:aws:iam::111122223333:role/console"


@pytest.fixture
def connect(store: Store) -> Callable[..., Connection]:
    """Stores a connection; further fields of `Connection` can be given."""

    def make(kind: CredentialKind = CredentialKind.STATIC, **more: Any) -> Connection:
        given: dict[str, Any] = {"name": "Main", "region": "eu-west-1", "secret": SECRET} | more
        return store.connections.add(Connection(kind=kind, **given))

    return make


def target(connection: Connection, pool_id: str = "eu-west-1_Abc123456", **more: str) -> PoolAddress:
    return PoolAddress(region="", pool_id=pool_id, connection_id=connection.id, **more)


def credentials(store: Store, connection: Connection) -> object:
    return settings_for(store, target(connection), "Ann Admin").credentials


def test_a_connection_gives_its_region_endpoint_and_account(
    store: Store, connect: Callable[..., Connection]
) -> None:
    made = connect(endpoint_url="http://127.0.0.1:5000", account="111122223333")
    settings = settings_for(store, target(made), "Ann")
    assert (settings.region, settings.endpoint_url, settings.account) == (
        "eu-west-1",
        "http://127.0.0.1:5000",
        "111122223333",
    )


def test_a_pool_in_another_region_wins_over_its_connection(
    store: Store, connect: Callable[..., Connection]
) -> None:
    pool = store.pools.add(PoolRecord(connect().id, "us-east-1_X1", "us", region="us-east-1"))
    assert settings_for(store, target_of(pool), "Ann").region == "us-east-1"


def test_every_kind_of_credentials_is_understood(store: Store, connect: Callable[..., Connection]) -> None:
    keys = StaticKeys("AKIAFAKEFAKEFAKEFAKE", "secret-key", "session-token")
    assert credentials(store, connect(CredentialKind.SESSION, name="a")) == keys
    profile = connect(CredentialKind.PROFILE, name="b", profile="work", secret=None)
    assert credentials(store, profile) == Profile("work")
    assert credentials(store, connect(CredentialKind.DEFAULT, name="c", secret=None)) == DefaultChain()


@pytest.mark.parametrize(
    ("more", "source"),
    [
        ({}, StaticKeys("AKIAFAKEFAKEFAKEFAKE", "secret-key", "session-token")),
        ({"secret": None, "profile": "work"}, Profile("work")),
        ({"secret": None}, None),
    ],
)
def test_a_role_is_assumed_in_the_operators_name_from_whatever_there_is(
    store: Store, connect: Callable[..., Connection], more: dict[str, Any], source: object
) -> None:
    role = connect(CredentialKind.ROLE, role_arn=ROLE, external_id="ext", **more)
    assert credentials(store, role) == AssumedRole(ROLE, "ext", "Ann Admin", source)  # type: ignore[arg-type]


def test_without_a_connection_the_ordinary_environment_counts(store: Store) -> None:
    settings = settings_for(
        store, PoolAddress("eu-west-1", "eu-west-1_Abc123456", "http://127.0.0.1:1"), "Ann"
    )
    assert settings == ConnectionSettings("eu-west-1", "http://127.0.0.1:1")


def test_a_connection_without_keys_says_what_to_do(store: Store, connect: Callable[..., Connection]) -> None:
    with pytest.raises(NotConfigured, match="Main") as caught:
        settings_for(store, target(connect(secret=None)), "Ann")
    assert "Configuration" in caught.value.next_step


def test_a_connection_that_is_gone_is_said(store: Store, connect: Callable[..., Connection]) -> None:
    made = connect()
    store.connections.delete(made.id)
    with pytest.raises(RecordNotFound):
        gateway_for(store, target(made), "Ann")


def test_an_impossible_region_is_refused(store: Store) -> None:
    with pytest.raises(InvalidValue):
        gateway_for(store, PoolAddress("nowhere", "x"), "Ann")


def test_gateways_are_kept_until_the_connection_changes(
    store: Store, connect: Callable[..., Connection]
) -> None:
    made = connect()
    first = gateway_for(store, target(made), "Ann")
    assert gateway_for(store, target(made), "Bo") is first
    store.connections.update(replace(made, secret=ConnectionSecret("AKIAOTHEROTHEROTHER1", "other")))
    renewed = gateway_for(store, target(made), "Ann")
    assert renewed is not first
    assert renewed.settings.credentials == StaticKeys("AKIAOTHEROTHEROTHER1", "other")


def test_pools_of_one_connection_share_its_network_connections(
    store: Store, connect: Callable[..., Connection]
) -> None:
    made = connect()
    first = gateway_for(store, target(made, "eu-west-1_One12345"), "Ann")
    two = gateway_for(store, target(made, "eu-west-1_Two12345"), "Ann")
    assert first is not two
    assert first.client is two.client
    assert (first.pool_id, two.pool_id) == ("eu-west-1_One12345", "eu-west-1_Two12345")


def test_every_operator_assumes_a_role_for_themselves(
    store: Store, connect: Callable[..., Connection]
) -> None:
    role = connect(CredentialKind.ROLE, role_arn=ROLE)
    own = gateway_for(store, target(role), "Ann Admin")
    assert gateway_for(store, target(role), "Ann Admin") is own
    assert gateway_for(store, target(role), "Max Manager") is not own
