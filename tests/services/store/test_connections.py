"""Connections keep their secrets sealed, and keep them when nothing new is typed."""

from dataclasses import replace

import pytest

from services.errors import InvalidValue, NameTaken, RecordNotFound, SealBroken
from services.store.connections import NO_KEYS, Connection, ConnectionSecret, CredentialKind, TestStep
from services.store.pools import PoolRecord

SECRET = ConnectionSecret("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI", "session-token")


@pytest.fixture
def aws(store):
    return store.connections.add(
        Connection(
            name=" AWS main ",
            region="eu-north-1",
            kind=CredentialKind.SESSION,
            account="123456789012",
            secret=SECRET,
        )
    )


def test_a_connection_comes_back_as_it_was_stored(store, aws):
    assert store.connections.get(aws.id) == aws
    assert store.connections.list() == (aws,)
    assert (aws.name, aws.kind, aws.account) == ("AWS main", CredentialKind.SESSION, "123456789012")
    assert aws.access_key_hint == "MPLE"
    assert aws.last_test is None
    assert store.connections.secret(aws.id) == SECRET


def test_a_secret_is_in_no_repr(aws):
    shown = repr(SECRET) + repr(aws) + repr(Connection("n", "r", CredentialKind.STATIC, secret=SECRET))
    assert "wJalrXUtnFEMI" not in shown
    assert "AKIAIOSFODNN7" not in shown


def test_names_are_unique_whatever_their_case(store, aws):
    with pytest.raises(NameTaken, match="aws MAIN"):
        store.connections.add(Connection("aws MAIN", "eu-west-1", CredentialKind.DEFAULT))
    other = store.connections.add(Connection("other", "eu-west-1", CredentialKind.DEFAULT))
    with pytest.raises(NameTaken):
        store.connections.update(replace(other, name="AWS main"))
    assert store.connections.get(other.id) == other


def test_an_update_without_a_secret_keeps_the_stored_one(store, aws):
    changed = store.connections.update(replace(aws, name="renamed", region="eu-west-1"))
    assert (changed.name, changed.region) == ("renamed", "eu-west-1")
    assert changed.changed_at > aws.changed_at
    assert changed.access_key_hint == "MPLE"
    assert store.connections.secret(aws.id) == SECRET


def test_a_secret_can_be_replaced_and_forgotten(store, aws):
    newer = ConnectionSecret("AKIA000000000000WXYZ", "other")
    assert store.connections.update(replace(aws, secret=newer)).access_key_hint == "WXYZ"
    assert store.connections.secret(aws.id) == newer
    assert store.connections.update(replace(aws, secret=NO_KEYS)).access_key_hint == ""
    assert store.connections.secret(aws.id) is None


@pytest.mark.parametrize("kind", [CredentialKind.PROFILE, CredentialKind.DEFAULT])
def test_a_kind_without_keys_drops_the_stored_ones(store, aws, kind):
    store.connections.update(replace(aws, kind=kind))
    assert store.connections.secret(aws.id) is None


def test_a_role_may_keep_the_keys_it_is_assumed_with(store, aws):
    store.connections.update(replace(aws, kind=CredentialKind.ROLE, role_arn="arn:aws:iam::1:role/x"))
    assert store.connections.secret(aws.id) == SECRET


def test_a_test_result_is_kept_until_the_connection_changes(store, aws):
    steps = (TestStep("Identity", True, "You are x."), TestStep("List pools", None))
    store.connections.save_test(aws.id, steps)
    tested = store.connections.get(aws.id)
    assert tested.last_test == steps
    assert tested.tested_at is not None
    assert tested.changed_at == aws.changed_at
    assert store.connections.update(replace(aws, region="us-east-1")).last_test is None


def test_a_secret_copied_from_another_row_does_not_open(store, aws):
    thief = store.connections.add(
        Connection("thief", "r", CredentialKind.STATIC, secret=ConnectionSecret("a", "b"))
    )
    with store.database.write() as connection:
        connection.exec_driver_sql(
            "UPDATE connections SET secret = (SELECT secret FROM connections WHERE id = ?) WHERE id = ?",
            (aws.id, thief.id),
        )
    with pytest.raises(SealBroken):
        store.connections.secret(thief.id)
    assert store.connections.secret(aws.id) == SECRET


def test_a_connection_with_pools_is_not_deleted(store, aws):
    pool = store.pools.add(PoolRecord(aws.id, "eu-north-1_a", "staff"))
    with pytest.raises(InvalidValue, match="staff"):
        store.connections.delete(aws.id)
    store.pools.delete(pool.id)
    store.connections.delete(aws.id)
    assert store.connections.list() == ()


def test_what_is_gone_is_said_to_be_gone(store):
    for call in (
        store.connections.get,
        store.connections.delete,
        store.connections.secret,
        lambda id: store.connections.update(Connection("x", "eu-west-1", CredentialKind.DEFAULT, id=id)),
        lambda id: store.connections.save_test(id, ()),
    ):
        with pytest.raises(RecordNotFound):
            call("nothing")
