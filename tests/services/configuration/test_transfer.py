"""A configuration goes out and comes in whole: shown first, then all of it or nothing."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from services.configuration import passphrase
from services.configuration.transfer import Effect, OnClash, TransferService
from services.errors import FileRejected, InvalidValue, NameTaken, NotPermitted
from services.roles import Role
from services.store.activity import ActivityResult
from services.store.applications import Application
from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.engine import open_store
from services.store.pools import PoolRecord
from services.store.sign_in_providers import SignInProvider
from services.store.vault import KeyRing, new_key

WORDS = "correct horse battery staple"
KEYS = ConnectionSecret("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMIsecret")
APP_SECRET = "cl1entsecretcl1ent"
PROVIDER_SECRET = "pr0vidersecretpr0vider"


@pytest.fixture(autouse=True)
def quick_passphrases(monkeypatch):
    """The lowest cost that a file may have: how slow guessing is stands in test_passphrase."""
    monkeypatch.setattr(passphrase, "COST", passphrase.LOWEST_COST)


@pytest.fixture
def service(store, acting):
    return TransferService(store, acting("ann"))


@pytest.fixture
def filled(store):
    """A store with one of everything."""
    connection = store.connections.add(
        Connection("Production", "eu-north-1", CredentialKind.STATIC, account="123456789012", secret=KEYS)
    )
    store.connections.add(
        Connection(
            "Role",
            "eu-west-1",
            CredentialKind.ROLE,
            role_arn="arn:aws:iam::123456789012:role/ops",
            external_id="ext",
            profile="base",
        )
    )
    pool = store.pools.add(PoolRecord(connection.id, "eu-north-1_abc", "customers"))
    store.applications.add(
        Application(
            pool.id,
            "Billing",
            "7abc",
            "https://billing.example.com",
            "https://cognito-idp.eu-north-1.amazonaws.com/eu-north-1_abc/.well-known/openid-configuration",
            ("billing", "auditors"),
            {"billing": "Clerk"},
            secret=APP_SECRET,
        )
    )
    store.sign_in_providers.add(
        SignInProvider(
            "Contoso",
            "https://login.contoso.example/v2.0/.well-known/openid-configuration",
            "console",
            role_rules=(("admins", "admin"), ("*", "auditor")),
            asks_again=False,
            secret=PROVIDER_SECRET,
        )
    )
    return store


@pytest.fixture
def elsewhere(tmp_path):
    """Another, empty console, as its administrator sees it."""
    with open_store(f"sqlite:///{tmp_path / 'other.db'}", KeyRing((new_key(),))) as other:
        yield other


def importing(store, acting, data, words=WORDS, on_clash=OnClash.KEEP):
    service = TransferService(store, acting("ann"))
    whole = service.read(data, words)
    plan = service.preview(whole, on_clash)
    return plan, lambda: service.apply(whole, on_clash, plan)


def everything(store):
    """All that is configured, secrets included, without ids and times."""

    def plain(record):
        return {
            name: getattr(record, name)
            for name in record.__dataclass_fields__
            if not name.endswith(("id", "_at"))
        }

    return (
        [
            (plain(connection), store.connections.secret(connection.id))
            for connection in store.connections.list()
        ],
        [(plain(pool), pool.pool_id) for pool in store.pools.list()],
        [
            (plain(application), application.client_id, store.applications.secret(application.id))
            for application in store.applications.list()
        ],
        [
            (plain(provider), provider.client_id, store.sign_in_providers.secret(provider.id))
            for provider in store.sign_in_providers.list()
        ],
    )


def effects(plan):
    return {f"{item.kind} {item.name}": item.effect for item in plan.items}


@pytest.mark.parametrize("who", ["ada", "sam", "max"])
def test_only_administrators_may(filled, acting, who):
    allowed = TransferService(filled, acting("ann"))
    data = allowed.export()
    whole = allowed.read(data, None)
    plan = allowed.preview(whole, OnClash.KEEP)
    service = TransferService(filled, acting(who))
    calls = (
        service.export,
        lambda: service.read(data, None),
        lambda: service.preview(whole, OnClash.KEEP),
        lambda: service.apply(whole, OnClash.KEEP, plan),
    )
    for call in calls:
        with pytest.raises(NotPermitted):
            call()


def test_it_arrives_elsewhere_as_it_was_secrets_included(filled, elsewhere, service, acting):
    plan, apply = importing(elsewhere, acting, service.export(WORDS, WORDS))
    assert set(effects(plan).values()) == {Effect.ADD}
    apply()
    assert everything(elsewhere) == everything(filled)


def test_without_secrets_it_says_what_to_enter_afterwards(filled, elsewhere, service, acting):
    plan, apply = importing(elsewhere, acting, service.export(), None)
    notes = {item.name: item.note for item in plan.items if item.note}
    assert set(notes) == {"Production", "Billing", "Contoso"}
    apply()
    production = next(
        connection for connection in elsewhere.connections.list() if connection.name == "Production"
    )
    assert elsewhere.connections.secret(production.id) is None
    assert production.kind is CredentialKind.STATIC


def test_no_secret_and_no_operator_stands_in_the_file(filled, service, cast):
    for data in (service.export(), service.export(WORDS)):
        for hidden in (
            b"wJalrXUtnFEMI",
            b"AKIAIOSFODNN7EXAMPLE",
            APP_SECRET.encode(),
            PROVIDER_SECRET.encode(),
            b"$2b$",
            b"Ann",
            b"operators",
        ):
            assert hidden not in data


def test_the_export_is_logged(filled, service):
    service.export(WORDS)
    (line,) = filled.activity.search(limit=1)
    assert line.action == "export_configuration"
    assert line.after == {"connections": 2, "pools": 1, "applications": 1, "secrets": "encrypted"}
    assert WORDS not in str(line)


def test_a_weak_or_mistyped_passphrase_makes_no_file(filled, service):
    for words, again, field in (("short", None, "passphrase"), (WORDS, "other", "passphrase_again")):
        with pytest.raises(InvalidValue) as caught:
            service.export(words, again)
        assert caught.value.field == field


def test_importing_what_is_here_already_does_nothing(filled, service, acting):
    before = everything(filled)
    for data, words in ((service.export(WORDS), WORDS), (service.export(), None)):
        for on_clash in OnClash:
            plan, apply = importing(filled, acting, data, words, on_clash)
            assert plan.does_nothing
            apply()
    assert everything(filled) == before


@pytest.fixture
def changed(filled, service):
    """The file of `filled`, and then every record changed here."""
    data = service.export(WORDS)
    production, role = filled.connections.list()
    filled.connections.update(
        replace(production, account="my-company", secret=replace(KEYS, secret_access_key="new"))
    )
    filled.connections.update(replace(role, external_id="other"))
    app = filled.applications.list()[0]
    filled.applications.update(replace(app, allowed_groups=("idle",), group_roles={}, secret="mine"))
    return data


def test_kept_means_that_nothing_here_changes(filled, changed, acting):
    before = everything(filled)
    plan, apply = importing(filled, acting, changed, on_clash=OnClash.KEEP)
    assert effects(plan)["connection Production"] is Effect.KEEP
    apply()
    assert everything(filled) == before


def test_replaced_means_that_it_is_as_in_the_file(filled, changed, elsewhere, acting):
    plan, apply = importing(filled, acting, changed, on_clash=OnClash.REPLACE)
    item = next(item for item in plan.items if item.name == "Production")
    assert (item.effect, item.before["account"], item.after["account"]) == (
        Effect.CHANGE,
        "my-company",
        "123456789012",
    )
    assert item.after["keys"] == "secret changed"
    assert "new" not in str(plan.items)
    apply()
    importing(elsewhere, acting, changed)[1]()
    assert everything(filled) == everything(elsewhere)


def test_beside_means_new_names_and_what_is_here_stays(filled, changed, acting):
    before = everything(filled)
    plan, apply = importing(filled, acting, changed, on_clash=OnClash.BESIDE)
    assert effects(plan)["connection Production (2)"] is Effect.ADD
    assert effects(plan)["pool customers-2"] is Effect.ADD
    assert effects(plan)["application Billing"] is Effect.ADD
    apply()
    after = everything(filled)
    assert all(all(value in new for value in old) for old, new in zip(before, after, strict=True))
    second = next(
        connection for connection in filled.connections.list() if connection.name == "Production (2)"
    )
    assert filled.connections.secret(second.id) == KEYS
    assert filled.pools.by_name("customers-2").connection_id == second.id
    importing(filled, acting, changed, on_clash=OnClash.BESIDE)[1]()
    assert any(connection.name == "Production (3)" for connection in filled.connections.list())


def test_a_pool_known_under_another_name_is_recognised(filled, service, acting):
    data = service.export(WORDS)
    filled.pools.update(replace(filled.pools.by_name("customers"), name="kunden"))
    plan, _ = importing(filled, acting, data, on_clash=OnClash.KEEP)
    assert effects(plan)["pool customers"] is Effect.KEEP
    assert effects(plan)["application Billing"] is Effect.SAME
    _, apply = importing(filled, acting, data, on_clash=OnClash.REPLACE)
    apply()
    assert [pool.name for pool in filled.pools.list()] == ["customers"]


def test_replacing_without_secrets_keeps_keys_but_not_for_another_endpoint(filled, service, acting):
    document = json.loads(service.export())
    document["connections"][0]["account"] = "my-company"
    data = json.dumps(document).encode()
    _, apply = importing(filled, acting, data, None, OnClash.REPLACE)
    apply()
    production = filled.connections.list()[0]
    assert (production.account, filled.connections.secret(production.id)) == ("my-company", KEYS)
    document["connections"][0]["endpoint_url"] = "https://elsewhere.example.com"
    plan, apply = importing(filled, acting, json.dumps(document).encode(), None, OnClash.REPLACE)
    assert plan.items[0].note
    apply()
    assert filled.connections.secret(production.id) is None


def test_a_provider_at_another_address_gets_no_stored_secret_and_its_operators_are_signed_out(
    filled, service, acting
):
    there = filled.sign_in_providers.list()[0]
    kim = filled.operators.add(
        username="kim", name="", email="", role=Role.ADMIN, provider_id=there.id, subject="kim"
    )
    hour = timedelta(hours=1)
    session, _ = filled.sessions.create(kim.id, "192.0.2.1", "Firefox", hour, hour)
    document = json.loads(service.export())
    document["sign_in_providers"][0]["discovery_url"] = (
        "https://elsewhere.example/.well-known/openid-configuration"
    )
    plan, apply = importing(filled, acting, json.dumps(document).encode(), None, on_clash=OnClash.REPLACE)
    assert [item.note for item in plan.items if item.name == "Contoso"] == [
        "Its client secret is not in the file: enter it afterwards."
    ]
    apply()
    assert filled.sign_in_providers.get(there.id).discovery_url.startswith("https://elsewhere.example")
    assert filled.sign_in_providers.secret(there.id) == ""
    assert filled.sessions.get(session.id) is None


def test_a_provider_beside_another_of_its_name_gets_a_number(filled, service, acting):
    document = json.loads(service.export())
    document["sign_in_providers"][0]["claim"] = "roles"
    _, apply = importing(filled, acting, json.dumps(document).encode(), None, on_clash=OnClash.BESIDE)
    apply()
    assert [(known.name, known.claim) for known in filled.sign_in_providers.list()] == [
        ("Contoso", "groups"),
        ("Contoso (2)", "roles"),
    ]


def test_pools_stay_where_they_are_when_the_file_moves_their_connection(filled, service, acting):
    document = json.loads(service.export())
    document["connections"][0]["region"] = "us-west-2"
    document["pools"], document["applications"] = [], []
    importing(filled, acting, json.dumps(document).encode(), None, OnClash.REPLACE)[1]()
    assert filled.connections.list()[0].region == "us-west-2"
    assert filled.pools.by_name("customers").region == "eu-north-1"


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        ("connections", "region", "mars"),
        ("connections", "kind", "magic"),
        ("connections", "source", "magic"),
        ("connections", "endpoint_url", "http://evil.example.com"),
        ("connections", "name", "\u202eevil"),
        ("pools", "connection", "Nowhere"),
        ("pools", "pool_id", "../../etc"),
        ("pools", "name", "two words"),
        ("applications", "pool", "nowhere"),
        ("applications", "client_id", ""),
        ("applications", "application_url", "javascript:alert(1)"),
        ("applications", "allowed_groups", ["two words"]),
        ("sign_in_providers", "discovery_url", "http://evil.example.com"),
        ("sign_in_providers", "client_id", ""),
        ("sign_in_providers", "asks_second_factor", "no"),
        ("sign_in_providers", "role_rules", [["admins", "emperor"]]),
        ("sign_in_providers", "role_rules", ["admins"]),
        ("sign_in_providers", "role_rules", [["admins", "admin", "auditor"]]),
        ("sign_in_providers", "role_rules", []),
    ],
)
def test_one_unusable_value_refuses_the_file_and_says_where(
    filled, elsewhere, service, acting, kind, field, value
):
    document = json.loads(service.export())
    document[kind][0][field] = value
    with pytest.raises(FileRejected) as caught:
        importing(elsewhere, acting, json.dumps(document).encode(), None)
    assert "Nothing was changed" in caught.value.message
    assert everything(elsewhere) == ([], [], [], [])


def test_what_was_not_shown_is_not_done(filled, changed, service, acting):
    _, apply = importing(filled, acting, changed, on_clash=OnClash.REPLACE)
    filled.connections.update(replace(filled.connections.list()[0], account="999999999999"))
    before = everything(filled)
    with pytest.raises(InvalidValue, match="meanwhile"):
        apply()
    assert everything(filled) == before
    assert filled.activity.search(limit=1)[0].result is ActivityResult.FAILED


def test_a_failure_in_the_middle_leaves_nothing_behind(filled, elsewhere, service, acting, monkeypatch):
    _, apply = importing(elsewhere, acting, service.export(WORDS))

    def fails(new):
        raise NameTaken("taken")

    monkeypatch.setattr(elsewhere.applications, "add", fails)
    with pytest.raises(NameTaken):
        apply()
    assert everything(elsewhere) == ([], [], [], [])


def test_the_import_is_one_line_of_the_log_without_secrets(filled, changed, acting):
    _, apply = importing(filled, acting, changed, on_clash=OnClash.REPLACE)
    line = filled.activity.get(apply())
    assert (line.action, line.result) == ("import_configuration", ActivityResult.DONE)
    assert line.before["connection Production"]["account"] == "my-company"
    assert line.after["connection Production"]["account"] == "123456789012"
    for secret in ("wJalrXUtnFEMI", APP_SECRET, WORDS):
        assert secret not in str(line)


def test_a_file_of_an_earlier_release_is_imported_with_its_secrets(elsewhere, acting):
    data = Path(__file__).with_name("configuration_1.json").read_bytes()
    plan, apply = importing(elsewhere, acting, data)
    assert set(effects(plan)) == {
        "connection Production",
        "connection Role",
        "pool customers",
        "pool far",
        "application Billing",
    }
    assert set(effects(plan).values()) == {Effect.ADD}
    apply()
    production, role = elsewhere.connections.list()
    assert (production.region, production.account) == ("eu-north-1", "123456789012")
    assert elsewhere.connections.secret(production.id) == KEYS
    assert (role.kind, role.external_id, role.profile) == (CredentialKind.ROLE, "ext", "base")
    customers, far = elsewhere.pools.list()
    assert (customers.connection_id, customers.pool_id) == (production.id, "eu-north-1_abc")
    assert far.region == "eu-west-1"
    (billing,) = elsewhere.applications.list(customers.id)
    assert (billing.allowed_groups, billing.group_roles) == (("billing", "auditors"), {"billing": "Clerk"})
    assert elsewhere.applications.secret(billing.id) == APP_SECRET


def test_a_field_that_came_later_may_be_missing_but_no_other(filled, elsewhere, service, acting):
    document = json.loads(service.export())
    del document["applications"][0]["application_url"]
    importing(elsewhere, acting, json.dumps(document).encode(), None)[1]()
    assert elsewhere.applications.list()[0].application_url == ""
    del document["applications"][0]["client_id"]
    with pytest.raises(FileRejected, match="client_id"):
        importing(elsewhere, acting, json.dumps(document).encode(), None)
