"""Pools get a short name, are looked at before they are stored, and don't stand twice."""

from dataclasses import replace

import pytest

from services.cognito.models import PoolSummary
from services.configuration.pools import PoolService, pool_meant, suggested_name
from services.errors import InvalidValue, NotPermitted
from services.store.applications import Application
from services.store.connections import Connection, CredentialKind
from services.store.pools import PoolRecord

AWS_POOL = "eu-west-1_AbCdEf123"


@pytest.fixture
def service(store, acting):
    return PoolService(store, acting("ann"))


@pytest.fixture
def aws(store):
    """A connection to AWS for which no credentials are found here."""
    return store.connections.add(
        Connection(name="AWS", region="eu-north-1", kind=CredentialKind.PROFILE, profile="none")
    )


def refused(field, call, *args):
    with pytest.raises(InvalidValue) as caught:
        call(*args)
    assert caught.value.field == field
    return caught.value


@pytest.mark.parametrize("who", ["ada", "sam", "max"])
def test_only_administrators_may(store, acting, customers, who):
    service = PoolService(store, acting(who))
    form = PoolRecord(customers.connection_id, customers.pool_id, "other")
    calls = (
        service.list,
        lambda: service.get(customers.id),
        lambda: service.add(form),
        lambda: service.change(customers.id, form),
        lambda: service.remove(customers.id),
    )
    for call in calls:
        with pytest.raises(NotPermitted):
            call()
    assert store.pools.list() == (customers,)


def test_one_from_the_live_list_is_stored_and_logged(store, service, embedded, cognito):
    form = PoolRecord(embedded.id, cognito.staff, " Staff ", region=cognito.region)
    saved = service.add(form)
    assert (saved.record.name, saved.record.pool_id, saved.record.region) == ("staff", cognito.staff, "")
    assert saved.warning == ""
    line = store.activity.get(saved.activity_id)
    assert (line.action, line.pool, line.after["connection"]) == ("add_pool", "staff", "Embedded")


def test_one_that_does_not_exist_is_refused(store, service, embedded, cognito):
    form = PoolRecord(embedded.id, f"{cognito.region}_nothere1", "typo")
    assert refused("pool_id", service.add, form).next_step
    assert store.pools.list() == ()


def test_one_that_cannot_be_looked_at_now_is_stored_with_a_warning(service, aws):
    saved = service.add(PoolRecord(aws.id, AWS_POOL, "far", region="eu-west-1"))
    assert saved.record.region == "eu-west-1"
    assert "none" in saved.warning


def test_on_aws_the_region_in_the_id_must_fit(service, aws):
    error = refused("region", service.add, PoolRecord(aws.id, AWS_POOL, "far"))
    assert "eu-west-1" in error.next_step


def test_names_are_unique_and_pools_stand_once(service, customers):
    form = PoolRecord(customers.connection_id, customers.pool_id, "other")
    assert "customers" in refused("pool_id", service.add, form).message
    refused("name", service.add, replace(form, name="CUSTOMERS", pool_id="x_1"))
    refused("name", service.add, replace(form, name="two words"))
    refused("pool_id", service.add, replace(form, pool_id="nothing"))


def test_a_new_name_is_logged_with_the_old_one(store, service, customers):
    saved = service.change(customers.id, PoolRecord(customers.connection_id, customers.pool_id, "kunden"))
    assert saved.record.name == "kunden"
    line = store.activity.get(saved.activity_id)
    assert (line.before, line.after) == ({"name": "customers"}, {"name": "kunden"})


def test_a_pool_does_not_become_another(service, customers, cognito):
    refused(
        "pool_id",
        service.change,
        customers.id,
        PoolRecord(customers.connection_id, cognito.staff, "customers"),
    )


def test_removing_is_refused_while_it_has_applications(store, service, customers):
    app = store.applications.add(Application(customers.id, "Billing", "abc"))
    with pytest.raises(InvalidValue, match="Billing"):
        service.remove(customers.id, "x")
    store.applications.delete(app.id)
    line = store.activity.get(service.remove(customers.id, "moved"))
    assert (line.reason, line.before["pool ID"]) == ("moved", customers.pool_id)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Customers (e-mail)", "customers-e-mail"),
        ("Ärzte & Öle", "arzte-ole"),
        ("日本", "pool"),
        ("", "pool"),
        ("x" * 50, "x" * 32),
    ],
)
def test_a_short_name_is_suggested(title, name):
    assert suggested_name(title) == name


def test_the_suggestion_is_free():
    assert suggested_name("Staff", ["staff", "STAFF-2"]) == "staff-3"


def test_found_pools_are_added_under_names_that_are_free(store, service, embedded, cognito):
    found = [PoolSummary(cognito.staff, "Our Staff"), PoolSummary(cognito.customers, "Our staff")]
    saved = service.add_found(embedded.id, found)
    assert [made.record.name for made in saved] == ["our-staff", "our-staff-2"]
    assert {pool.pool_id for pool in store.pools.list()} == {cognito.staff, cognito.customers}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("staff", "eu-north-1_b"),
        ("  STAFF ", "eu-north-1_b"),
        ("custom", "eu-north-1_a"),
        ("EU-NORTH-1_A", "eu-north-1_a"),
        ("eu-west-1_Other", "eu-west-1_Other"),
        # a part of several names, and nothing at all, mean none of them
        ("st", "st"),
        ("", ""),
    ],
)
def test_a_pool_is_meant_by_its_id_its_name_or_a_part_that_only_it_has(typed, meant):
    seen = [
        PoolSummary("eu-north-1_a", "Customers"),
        PoolSummary("eu-north-1_b", "Staff"),
        PoolSummary("eu-north-1_c", "Staff, old"),
    ]
    assert pool_meant(typed, seen) == meant
