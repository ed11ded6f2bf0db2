"""Pools hang on a connection and are found by their short name."""

from dataclasses import replace

import pytest

from services.errors import InvalidValue, NameTaken, RecordNotFound
from services.store.applications import Application
from services.store.connections import Connection, CredentialKind
from services.store.pools import PoolRecord


@pytest.fixture
def connection(store):
    return store.connections.add(Connection("aws", "eu-north-1", CredentialKind.DEFAULT))


@pytest.fixture
def staff(store, connection):
    return store.pools.add(PoolRecord(connection.id, " eu-north-1_abc ", "Staff"))


def test_a_pool_is_found_by_id_and_by_name_in_any_case(store, staff):
    assert staff.pool_id == "eu-north-1_abc"
    assert staff.region == ""
    assert store.pools.get(staff.id) == store.pools.by_name("STAFF ") == staff
    assert store.pools.list() == (staff,)


def test_short_names_are_unique(store, connection, staff):
    with pytest.raises(NameTaken, match="staff"):
        store.pools.add(PoolRecord(connection.id, "eu-north-1_b", "staff"))


def test_a_pool_can_be_changed(store, staff):
    changed = store.pools.update(replace(staff, name="people", region="us-east-1"))
    assert (changed.name, changed.region, changed.pool_id) == ("people", "us-east-1", "eu-north-1_abc")
    assert store.pools.by_name("people") == changed
    with pytest.raises(RecordNotFound):
        store.pools.by_name("Staff")


def test_a_pool_needs_a_connection_that_exists(store, staff):
    with pytest.raises(RecordNotFound):
        store.pools.add(PoolRecord("nothing", "x", "x"))
    with pytest.raises(RecordNotFound):
        store.pools.update(replace(staff, connection_id="nothing"))


def test_a_pool_with_applications_is_not_deleted(store, staff):
    application = store.applications.add(Application(staff.id, "Billing", "client"))
    with pytest.raises(InvalidValue, match="Billing"):
        store.pools.delete(staff.id)
    store.applications.delete(application.id)
    store.pools.delete(staff.id)
    update = lambda id: store.pools.update(replace(staff, id=id))  # noqa: E731
    for call in (store.pools.get, store.pools.delete, update):
        with pytest.raises(RecordNotFound):
            call(staff.id)
