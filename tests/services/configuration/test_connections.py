"""Connections are checked, stored sealed, logged without their secrets, and tested step by step."""

from dataclasses import replace

import pytest

from services.configuration.connections import ConnectionService
from services.errors import InvalidValue, NotPermitted, RecordNotFound, SessionEnded
from services.store.activity import ActivityResult
from services.store.connections import NO_KEYS, Connection, ConnectionSecret, CredentialKind
from services.store.pools import PoolRecord
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY

KEY_ID, SECRET, TOKEN = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "FwoGZXIvYXdzEBYa"
STATIC = Connection(
    name="Production",
    region="eu-north-1",
    kind=CredentialKind.STATIC,
    account="123456789012",
    secret=ConnectionSecret(KEY_ID, SECRET),
)
BLANK = replace(STATIC, secret=None)
ROLE = Connection(
    name="Role",
    region="eu-north-1",
    kind=CredentialKind.ROLE,
    role_arn="arn:aws:iam::123456789012:role/ops",
    external_id="ext-1",
)


def keyed(typed, **keys):
    """A connection with some of its keys typed differently."""
    return replace(typed, secret=replace(typed.secret or ConnectionSecret(), **keys))


@pytest.fixture
def service(store, acting):
    return ConnectionService(store, acting("ann"))


def lines(store):
    return store.activity.search(limit=50)


def refused(field, call, *args):
    with pytest.raises(InvalidValue) as caught:
        call(*args)
    assert caught.value.field == field
    return caught.value


@pytest.mark.parametrize("who", ["ada", "sam", "max"])
def test_only_administrators_may(store, acting, who):
    id = ConnectionService(store, acting("ann")).add(STATIC).record.id
    service = ConnectionService(store, acting(who))
    calls = (
        service.list,
        lambda: service.get(id),
        lambda: service.add(replace(STATIC, name="Other")),
        lambda: service.change(id, BLANK),
        lambda: service.remove(id),
        lambda: list(service.test(id)),
        lambda: service.live_pools(id),
        lambda: service.identity(id),
        lambda: service.source(store.connections.get(id)),
    )
    for call in calls:
        with pytest.raises(NotPermitted):
            call()
    assert [connection.name for connection in store.connections.list()] == ["Production"]
    assert len(lines(store)) == 1


def test_nothing_is_done_for_an_ended_session(store):
    def ended():
        raise SessionEnded("Signed out.")

    with pytest.raises(SessionEnded):
        ConnectionService(store, ended).add(STATIC)
    assert store.connections.list() == ()


def test_a_new_one_is_stored_with_its_secret_and_logged_without(store, service):
    saved = service.add(STATIC)
    stored = store.connections.secret(saved.record.id)
    assert (stored.access_key_id, stored.secret_access_key, stored.session_token) == (KEY_ID, SECRET, "")
    line = store.activity.get(saved.activity_id)
    assert (line.action, line.result, line.target_name) == (
        "add_connection",
        ActivityResult.DONE,
        "Production",
    )
    assert line.after["keys"] == "stored"
    assert SECRET not in str(line)
    assert KEY_ID not in str(line)


def test_blank_keys_keep_what_is_stored(store, service):
    id = service.add(STATIC).record.id
    saved = service.change(id, replace(BLANK, region="us-east-1"))
    assert store.connections.secret(id).secret_access_key == SECRET
    line = store.activity.get(saved.activity_id)
    assert (line.before, line.after) == ({"region": "eu-north-1"}, {"region": "us-east-1"})


def test_pools_stay_where_they_are_when_their_connection_moves(store, service):
    id = service.add(STATIC).record.id
    store.pools.add(PoolRecord(id, "eu-north-1_abc", "a"))
    store.pools.add(PoolRecord(id, "us-east-1_abc", "b"))
    service.change(id, replace(BLANK, region="us-east-1"))
    assert [pool.region for pool in store.pools.list()] == ["eu-north-1", ""]


def test_new_keys_are_logged_as_changed_only(store, service):
    id = service.add(STATIC).record.id
    saved = service.change(id, keyed(STATIC, access_key_id="AKIAZZZZZZZZZZZZZZZZ", secret_access_key="s2"))
    assert store.connections.secret(id).secret_access_key == "s2"
    assert store.activity.get(saved.activity_id).after == {"keys": "secret changed"}


def test_keys_go_when_the_kind_needs_none(store, service):
    id = service.add(STATIC).record.id
    saved = service.change(id, replace(BLANK, kind=CredentialKind.PROFILE, profile="ops"))
    assert store.connections.secret(id) is None
    assert saved.record.profile == "ops"
    assert store.activity.get(saved.activity_id).after["keys"] == "forgotten"


def test_a_role_can_be_taken_on_with_the_machine_a_profile_or_keys(store, service):
    plain = service.add(ROLE).record
    assert (plain.role_arn, plain.external_id, plain.profile) == (ROLE.role_arn, "ext-1", "")
    assert service.source(plain) is CredentialKind.DEFAULT
    by_profile = service.change(plain.id, replace(ROLE, profile="ops"), CredentialKind.PROFILE).record
    assert service.source(by_profile) is CredentialKind.PROFILE
    form = keyed(ROLE, access_key_id=KEY_ID, secret_access_key=SECRET)
    by_keys = service.change(plain.id, form, CredentialKind.STATIC).record
    assert service.source(by_keys) is CredentialKind.STATIC
    assert by_keys.profile == ""
    service.change(plain.id, ROLE)
    assert store.connections.secret(plain.id) is None
    refused("source", service.add, replace(ROLE, name="x"), CredentialKind.ROLE)


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (replace(STATIC, name=" "), "name"),
        (replace(STATIC, name="PRODUCTION "), "name"),
        (replace(STATIC, name="x", region=""), "region"),
        (replace(STATIC, name="x", account="12345"), "account"),
        (replace(STATIC, name="x", endpoint_url="http://example.com"), "endpoint_url"),
        (replace(BLANK, name="x"), "access_key_id"),
        (keyed(replace(STATIC, name="x"), access_key_id="short"), "access_key_id"),
        (keyed(replace(STATIC, name="x"), access_key_id="ASIAIOSFODNN7EXAMPLE"), "access_key_id"),
        (keyed(replace(STATIC, name="x"), secret_access_key=""), "secret_access_key"),
        (keyed(replace(STATIC, name="x"), secret_access_key="two words"), "secret_access_key"),
        (keyed(replace(STATIC, name="x"), access_key_id="", secret_access_key=SECRET), "access_key_id"),
        (replace(STATIC, name="x", kind=CredentialKind.SESSION), "session_token"),
        (keyed(replace(STATIC, name="x", kind=CredentialKind.SESSION), session_token=TOKEN), "access_key_id"),
        (replace(BLANK, name="x", kind=CredentialKind.PROFILE), "profile"),
        (replace(ROLE, name="x", role_arn="ops"), "role_arn"),
        (replace(ROLE, name="x", external_id="a b"), "external_id"),
    ],
)
def test_what_is_not_usable_is_refused_at_its_field(store, service, form, field):
    service.add(STATIC)
    error = refused(field, service.add, form)
    assert error.next_step
    assert SECRET not in str(error)
    assert len(store.connections.list()) == 1


@pytest.mark.parametrize(
    ("source", "field"), [(CredentialKind.PROFILE, "profile"), (CredentialKind.STATIC, "access_key_id")]
)
def test_what_a_role_is_taken_on_with_must_be_given(store, service, source, field):
    assert refused(field, service.add, ROLE, source).next_step
    assert store.connections.list() == ()


def test_lasting_keys_are_not_kept_for_a_kind_that_needs_a_token(service):
    id = service.add(STATIC).record.id
    refused("access_key_id", service.change, id, replace(BLANK, kind=CredentialKind.SESSION))


def test_another_endpoint_takes_any_key(service):
    moved = replace(STATIC, endpoint_url="http://127.0.0.1:5000", region="moon-east-1")
    form = keyed(moved, access_key_id="testing")
    assert service.add(form).record.access_key_hint == ""


def test_a_stray_blank_around_a_pasted_key_does_no_harm(store, service):
    form = keyed(STATIC, access_key_id=f" {KEY_ID}\n", secret_access_key=f"\t{SECRET} ")
    id = service.add(form).record.id
    assert store.connections.secret(id).secret_access_key == SECRET


def test_one_with_pools_is_not_removed_and_the_attempt_is_logged(store, service):
    id = service.add(STATIC).record.id
    store.pools.add(PoolRecord(id, "eu-north-1_a", "a"))
    with pytest.raises(InvalidValue, match="still has pools"):
        service.remove(id, "tidy")
    assert lines(store)[0].result is ActivityResult.FAILED
    store.pools.delete(store.pools.by_name("a").id)
    line = store.activity.get(service.remove(id, "tidy up"))
    assert (line.action, line.reason, line.before["name"]) == ("remove_connection", "tidy up", "Production")
    with pytest.raises(RecordNotFound):
        service.get(id)


def test_forms_show_no_secret():
    form = keyed(STATIC, session_token=TOKEN)
    assert not any(secret in repr(form) for secret in (KEY_ID, SECRET, TOKEN))


@pytest.fixture
def reachable(service, cognito):
    form = Connection(
        name="Embedded",
        region=cognito.region,
        kind=CredentialKind.STATIC,
        endpoint_url=cognito.url,
        secret=ConnectionSecret(ACCESS_KEY, SECRET_KEY),
    )
    return service.add(form).record


def test_a_test_goes_through_every_pool_and_is_kept(store, service, reachable, cognito):
    store.pools.add(PoolRecord(reachable.id, cognito.customers, "customers"))
    store.pools.add(PoolRecord(reachable.id, "eu-north-1_gone", "gone"))
    store.pools.add(PoolRecord(reachable.id, "x_1", "far", region="ap-south-1"))
    steps = list(service.test(reachable.id))
    by_title = {step.title: step.passed for step in steps}
    assert by_title[f"Read the pool {cognito.customers}"] is True
    assert by_title["Read the pool eu-north-1_gone"] is False
    assert by_title["Read the pool x_1"] is False
    assert steps[0].passed is True
    assert [step.title for step in steps].count(steps[0].title) == 1
    kept = store.connections.get(reachable.id)
    assert [step.title for step in kept.last_test] == [step.title for step in steps]
    assert all(step.sentence for step in kept.last_test)
    line = lines(store)[0]
    assert line.action == "test_connection"
    assert line.after[f"Read the pool {cognito.customers}"] == "passed"


def test_a_test_names_what_does_not_answer(store, service, reachable):
    service.change(
        reachable.id,
        Connection(
            name="Nobody", region="eu-north-1", kind=CredentialKind.STATIC, endpoint_url="http://127.0.0.1:9"
        ),
    )
    steps = list(service.test(reachable.id))
    failed = next(step for step in steps if step.passed is False)
    assert failed.sentence
    assert failed.next_step


def test_a_test_of_a_profile_that_does_not_exist_says_so(service):
    form = Connection(name="P", region="eu-north-1", kind=CredentialKind.PROFILE, profile="no-such")
    steps = list(service.test(service.add(form).record.id))
    assert steps[0].passed is False
    assert "no-such" in steps[0].sentence


def test_a_test_without_keys_says_what_to_do(store, service):
    id = service.add(STATIC).record.id
    store.connections.update(replace(store.connections.get(id), secret=NO_KEYS))
    (step,) = service.test(id)
    assert step.passed is False
    assert "access key" in step.sentence
    assert step.next_step


def test_a_test_that_is_not_read_to_its_end_saves_nothing(store, service, reachable):
    next(service.test(reachable.id))
    assert store.connections.get(reachable.id).last_test is None


def test_the_live_list_and_identity_come_from_the_endpoint(service, reachable, cognito):
    assert {cognito.customers, cognito.staff} <= {pool.id for pool in service.live_pools(reachable.id)}
    assert service.identity(reachable.id).account == "123456789012"


def test_a_test_takes_the_account_from_aws_and_leaves_one_that_somebody_typed(store, service, reachable):
    store.connections.update(replace(reachable, account=""))
    list(service.test(reachable.id))
    assert service.get(reachable.id).account == "123456789012"
    store.connections.update(replace(reachable, account="our-alias"))
    list(service.test(reachable.id))
    assert service.get(reachable.id).account == "our-alias"


def test_pools_to_add_are_those_that_are_not_here(store, service, reachable, cognito):
    assert {found.id for found in service.pools_to_add(reachable.id)} >= {cognito.staff, cognito.customers}
    store.pools.add(PoolRecord(reachable.id, cognito.staff, "staff"))
    found = {found.id for found in service.pools_to_add(reachable.id)}
    assert cognito.staff not in found
    assert cognito.customers in found
