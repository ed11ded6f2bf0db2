"""Applications: app client, secret, callback, discovery, and the groups that open them."""

from dataclasses import replace

import pytest

from services.cognito.models import AppClient
from services.configuration.applications import (
    ApplicationService,
    callback_of,
    callback_problem,
    group_uses,
    pool_discovery_url,
    proposed_application,
)
from services.errors import ClientNotFound, InvalidValue, NotPermitted
from services.store.applications import Application
from services.store.pools import PoolRecord

FORM = Application(
    "",
    name="Billing",
    client_id="7abc",
    application_url="https://billing.example.com/",
    allowed_groups=("billing", "auditors"),
    group_roles={"billing": "Clerk"},
    secret="cl1entsecretcl1entsecret",
)
BLANK = replace(FORM, secret=None)


@pytest.fixture
def service(store, acting):
    return ApplicationService(store, acting("ann"))


@pytest.fixture
def client_with_secret(boto, cognito):
    made = boto.create_user_pool_client(UserPoolId=cognito.customers, ClientName="web", GenerateSecret=True)
    return made["UserPoolClient"]


@pytest.mark.parametrize("who", ["ada", "sam", "max"])
def test_only_administrators_may(store, acting, customers, who):
    made = ApplicationService(store, acting("ann")).add(replace(FORM, pool_record_id=customers.id)).record
    service = ApplicationService(store, acting(who))
    calls = (
        service.list,
        lambda: service.get(made.id),
        lambda: service.add(replace(FORM, pool_record_id=customers.id, name="Other")),
        lambda: service.change(made.id, BLANK),
        lambda: service.remove(made.id),
        lambda: service.clients(customers.id),
        lambda: service.client(customers.id, "x"),
        lambda: service.groups(customers.id),
        lambda: service.discovery_url(customers.id),
        lambda: service.change(made.id, BLANK, read_secret=True),
    )
    for call in calls:
        with pytest.raises(NotPermitted):
            call()
    assert store.applications.list() == (made,)


def test_it_is_stored_with_callback_and_discovery_and_logged_without_its_secret(
    store, service, customers, cognito
):
    saved = service.add(replace(FORM, pool_record_id=customers.id))
    made = saved.record
    assert made.callback_url == "https://billing.example.com/oauth/v2/callback"
    assert made.discovery_url == f"{cognito.url}/{cognito.customers}/.well-known/openid-configuration"
    assert (made.allowed_groups, made.group_roles) == (("billing", "auditors"), {"billing": "Clerk"})
    assert store.applications.secret(made.id) == FORM.secret
    line = store.activity.get(saved.activity_id)
    assert (line.pool, line.target_name, line.after["client secret"]) == ("customers", "Billing", "stored")
    assert FORM.secret not in str(line)
    assert FORM.secret not in repr(FORM)


def test_a_blank_secret_keeps_the_stored_one(store, service, customers):
    id = service.add(replace(FORM, pool_record_id=customers.id)).record.id
    saved = service.change(id, replace(BLANK, allowed_groups=("billing",)))
    assert store.applications.secret(id) == FORM.secret
    line = store.activity.get(saved.activity_id)
    assert line.after == {"allowed groups": ["billing"]}


def test_the_secret_of_one_client_is_not_kept_for_another(store, service, customers):
    id = service.add(replace(FORM, pool_record_id=customers.id)).record.id
    saved = service.change(id, replace(BLANK, client_id="other"))
    assert not saved.record.has_secret
    assert store.activity.get(saved.activity_id).after["client secret"] == "forgotten"


def test_a_secret_can_be_changed_or_forgotten(store, service, customers):
    id = service.add(replace(FORM, pool_record_id=customers.id)).record.id
    saved = service.change(id, replace(FORM, secret="another1another1"))
    assert store.activity.get(saved.activity_id).after == {"client secret": "secret changed"}
    service.change(id, replace(BLANK, secret=""))
    assert store.applications.secret(id) == ""


def test_the_secret_is_read_from_cognito_on_request(store, service, customers, client_with_secret):
    form = replace(BLANK, pool_record_id=customers.id, client_id=client_with_secret["ClientId"])
    saved = service.add(form, read_secret=True)
    secret = client_with_secret["ClientSecret"]
    assert store.applications.secret(saved.record.id) == secret
    assert secret not in str(store.activity.get(saved.activity_id))


def test_a_public_client_has_no_secret_to_read(store, service, customers, boto, cognito):
    made = boto.create_user_pool_client(UserPoolId=cognito.customers, ClientName="spa")["UserPoolClient"]
    with pytest.raises(InvalidValue) as caught:
        service.add(replace(BLANK, pool_record_id=customers.id, client_id=made["ClientId"]), read_secret=True)
    assert caught.value.field == "secret"
    with pytest.raises(ClientNotFound):
        service.add(replace(BLANK, pool_record_id=customers.id, client_id="nosuchclient"), read_secret=True)
    assert store.applications.list() == ()


@pytest.mark.parametrize(
    ("form", "field"),
    [
        (replace(FORM, name=""), "name"),
        (replace(FORM, name="BILLING"), "name"),
        (replace(FORM, name="x", client_id=""), "client_id"),
        (replace(FORM, name="x", secret="two words"), "secret"),
        (replace(FORM, name="x", application_url="http://billing.example.com"), "application_url"),
        (replace(FORM, name="x", discovery_url="https://example.com"), "discovery_url"),
        (replace(FORM, name="x", allowed_groups=("two words",)), "allowed_groups"),
        (replace(FORM, name="x", group_roles={"others": "Clerk"}), "group_roles"),
    ],
)
def test_what_is_not_usable_is_refused_at_its_field(store, service, customers, form, field):
    service.add(replace(FORM, pool_record_id=customers.id))
    with pytest.raises(InvalidValue) as caught:
        service.add(replace(form, pool_record_id=customers.id))
    assert caught.value.field == field
    assert len(store.applications.list()) == 1


def test_one_name_may_stand_in_two_pools(store, service, customers, embedded, cognito):
    staff = store.pools.add(PoolRecord(embedded.id, cognito.staff, "staff"))
    service.add(replace(FORM, pool_record_id=customers.id))
    service.add(replace(FORM, pool_record_id=staff.id))
    assert [application.name for application in service.list(staff.id)] == ["Billing"]
    assert len(service.list()) == 2


def test_removing_is_logged_with_what_it_was(store, service, customers):
    id = service.add(replace(FORM, pool_record_id=customers.id)).record.id
    line = store.activity.get(service.remove(id, "closed down"))
    assert (line.action, line.reason) == ("remove_application", "closed down")
    assert line.before["app client"] == "7abc"
    assert store.applications.list() == ()


def test_clients_and_groups_come_live_without_secrets(service, customers, client_with_secret):
    ids = {client.id for client in service.clients(customers.id)}
    assert client_with_secret["ClientId"] in ids
    assert client_with_secret["ClientSecret"] not in repr(
        service.client(customers.id, client_with_secret["ClientId"])
    )
    assert service.groups(customers.id)


@pytest.mark.parametrize(
    ("region", "endpoint", "start"),
    [
        ("eu-north-1", "", "https://cognito-idp.eu-north-1.amazonaws.com/P/"),
        ("cn-north-1", "", "https://cognito-idp.cn-north-1.amazonaws.com.cn/P/"),
        ("us-gov-west-1", "", "https://cognito-idp.us-gov-west-1.amazonaws.com/P/"),
        (
            "eu-north-1",
            "https://vpce-1.cognito-idp.eu-north-1.vpce.amazonaws.com",
            "https://cognito-idp.eu-north-1.",
        ),
        ("eu-north-1", "http://127.0.0.1:5000", "http://127.0.0.1:5000/P/"),
    ],
)
def test_the_discovery_address_follows_region_and_endpoint(region, endpoint, start):
    found = pool_discovery_url(region, endpoint, "P")
    assert found.startswith(start)
    assert found.endswith("/P/.well-known/openid-configuration")


def test_a_client_without_the_callback_is_warned_of():
    url = "https://app.example.com/"
    client = AppClient("1", "web", callback_urls=("https://app.example.com/oauth/v2/callback",))
    assert callback_of(url) == client.callback_urls[0]
    assert callback_problem(client, url) == ""
    assert callback_problem(client, "") == ""
    warning = callback_problem(replace(client, callback_urls=("https://app.example.com/",)), url)
    assert "https://app.example.com/oauth/v2/callback" in warning
    assert "web" in warning


def test_groups_of_several_applications_and_of_none_are_told(store, service, customers):
    service.add(replace(FORM, pool_record_id=customers.id))
    archive = replace(FORM, name="Archive", allowed_groups=("auditors", "gone"), group_roles={})
    service.add(replace(archive, pool_record_id=customers.id))
    uses = group_uses(service.list(customers.id), ["billing", "auditors", "idle"])
    told = {use.group: (use.applications, use.exists) for use in uses}
    assert told == {
        "auditors": (("Archive", "Billing"), True),
        "billing": (("Billing",), True),
        "gone": (("Archive",), False),
        "idle": ((), True),
    }
    assert (uses[0].group, uses[-1].group) == ("auditors", "idle")


@pytest.mark.parametrize(
    ("client", "url", "said", "usable"),
    [
        (
            AppClient(
                "1",
                "Portal",
                callback_urls=("http://localhost:3000/x", "https://p.example.com/oauth/v2/callback"),
            ),
            "https://p.example.com",
            "",
            True,
        ),
        (
            AppClient("1", "Shop", callback_urls=("http://localhost:3000/cb", "https://shop.example.com/cb")),
            "https://shop.example.com",
            "https://shop.example.com/cb",
            True,
        ),
        (AppClient("1", "App", callback_urls=("myapp://done",)), "", "mobile app", True),
        (AppClient("1", "Device"), "", "no callback URL", True),
        (
            AppClient(
                "1", "Nightly", oauth_flows=("client_credentials",), callback_urls=("https://x.example",)
            ),
            "https://x.example",
            "programs",
            False,
        ),
    ],
)
def test_an_app_client_proposes_an_application_by_its_callback_urls(client, url, said, usable):
    proposed = proposed_application(client, "pool")
    assert proposed.application.application_url == url
    assert said in proposed.note
    assert bool(proposed.note) == bool(said)
    assert proposed.usable is usable


def test_only_clients_without_an_application_are_proposed(service, customers, client_with_secret):
    proposed = {found.application.client_id: found for found in service.proposals(customers.id)}
    mine = proposed[client_with_secret["ClientId"]]
    service.add(mine.edited("Web", "https://web.example.com", ("billing",)))
    after = {found.application.client_id for found in service.proposals(customers.id)}
    assert after == set(proposed) - {client_with_secret["ClientId"]}
    (made,) = service.list(customers.id)
    assert (made.name, made.allowed_groups, made.has_secret) == ("Web", ("billing",), False)
