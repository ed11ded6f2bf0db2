"""Applications: allowed groups, roles by group, and a sealed client secret."""

from dataclasses import replace

import pytest

from services.errors import NameTaken, RecordNotFound
from services.store.applications import Application
from services.store.connections import Connection, CredentialKind
from services.store.pools import PoolRecord


@pytest.fixture
def pool(store):
    connection = store.connections.add(Connection("aws", "eu-north-1", CredentialKind.DEFAULT))
    return store.pools.add(PoolRecord(connection.id, "eu-north-1_abc", "staff"))


@pytest.fixture
def billing(store, pool):
    return store.applications.add(
        Application(
            pool.id,
            "Billing",
            "client-1",
            application_url="https://billing.example.com/",
            discovery_url="https://idp/.well-known/openid-configuration",
            allowed_groups=("billing", "auditors"),
            group_roles={"billing": "User", "auditors": "Reader"},
            secret="client-secret",
        )
    )


def test_an_application_comes_back_as_it_was_stored(store, pool, billing):
    assert store.applications.get(billing.id) == billing
    assert store.applications.list(pool.id) == store.applications.list() == (billing,)
    assert billing.allowed_groups == ("billing", "auditors")
    assert billing.group_roles == {"billing": "User", "auditors": "Reader"}
    assert billing.has_secret
    assert store.applications.secret(billing.id) == "client-secret"
    assert billing.callback_url == "https://billing.example.com/oauth/v2/callback"


def test_without_an_address_there_is_no_callback(store, pool):
    assert store.applications.add(Application(pool.id, "x", "c")).callback_url == ""


def test_the_secret_stays_unless_another_or_an_empty_one_is_given(store, billing):
    billing = store.applications.update(replace(billing, name="Bills", allowed_groups=("billing",)))
    assert billing.has_secret
    assert store.applications.secret(billing.id) == "client-secret"
    store.applications.update(replace(billing, secret="newer"))
    assert store.applications.secret(billing.id) == "newer"
    assert not store.applications.update(replace(billing, secret="")).has_secret
    assert store.applications.secret(billing.id) == ""
    assert store.applications.get(billing.id).allowed_groups == ("billing",)


def test_names_are_unique_within_a_pool_only(store, pool, billing):
    with pytest.raises(NameTaken):
        store.applications.add(Application(pool.id, "BILLING", "c"))
    other = store.pools.add(PoolRecord(pool.connection_id, "eu-north-1_b", "b"))
    same = store.applications.add(Application(other.id, "Billing", "c"))
    assert store.applications.list(other.id) == (same,)


def test_the_secret_is_in_no_repr(billing):
    assert "client-secret" not in repr(billing) + repr(Application("p", "n", "c", secret="client-secret"))


def test_what_is_gone_is_said_to_be_gone(store):
    for call in (
        store.applications.get,
        store.applications.delete,
        store.applications.secret,
        lambda id: store.applications.update(Application("pool", "x", "c", id=id)),
    ):
        with pytest.raises(RecordNotFound):
            call("nothing")
