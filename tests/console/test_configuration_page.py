"""The Configuration page: forms, errors at their field, live lists, a test shown and kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from streamlit.testing.v1 import AppTest

from services.access.sessions import local_form_is_on, switch_local_form, terminal_actor
from services.configuration.transfer import TransferService
from services.retention import Retention
from services.roles import Actor, Origin, Role
from services.store.activity import ActivityResult, NewActivity
from services.store.applications import Application
from services.store.columns import utc_now
from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.pools import PoolRecord
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY
from tests.fixtures.tables import tables

HOSTILE = "Evil ![x](http://evil.example/i.png) <b>"


@pytest.fixture
def connection(store, cognito):
    return store.connections.add(
        Connection(
            name="Embedded",
            region=cognito.region,
            kind=CredentialKind.STATIC,
            account="123456789012",
            endpoint_url=cognito.url,
            secret=ConnectionSecret(ACCESS_KEY, SECRET_KEY),
        )
    )


@pytest.fixture
def pool(store, connection, cognito):
    return store.pools.add(PoolRecord(connection.id, cognito.customers, "customers"))


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click()
    return app.run()


def field(app: AppTest, label: str):
    return next(
        field
        for field in (*app.text_input, *app.selectbox, *app.radio, *app.multiselect)
        if field.label == label
    )


def type_in(app: AppTest, label: str, value: str) -> None:
    """Type a value that isn't in the list of a select box."""
    typed(app, label, value).set_value(value)
    app.run()


def typed(app: AppTest, label: str, value: str):
    """The select box, in which AppTest takes typed values only when they are in its list too."""
    box = field(app, label)
    box.options.append(value)
    return box


def errors(app: AppTest) -> str:
    return " ".join(message.value for message in app.error)


def successes(app: AppTest) -> str:
    return " ".join(message.value for message in app.success)


def texts(app: AppTest) -> str:
    return " ".join(paragraph.value for paragraph in app.markdown)


@pytest.mark.parametrize("who", ["ada", "sam", "max"])
def test_only_administrators_may_open_it(open_as, who):
    page = open_as(who, "configuration")
    assert r"this needs admin\." in errors(page)
    assert not page.tabs
    assert not page.main.button


def test_an_empty_console_says_what_to_do_first(open_as):
    page = open_as("ann", "configuration")
    assert not page.exception
    assert "No connection yet" in page.info[0].value
    assert "Add a connection first" in open_as("ann", "configuration", tab="Pools").info[0].value


def test_a_connection_is_added_tested_and_shown_without_its_secret(open_as, store, cognito):
    page = press(open_as("ann", "configuration"), "Add a connection…")
    press(page, "Save")
    assert "name is empty" in errors(page)
    field(page, "Name").set_value(HOSTILE)
    page.run()
    assert not page.error
    field(page, "Region").set_value(cognito.region)
    field(page, "Endpoint (blank for AWS)").set_value(cognito.url)
    field(page, "Credentials").set_value(CredentialKind.STATIC)
    page.run()
    field(page, "Access key id").set_value(ACCESS_KEY)
    field(page, "Secret access key").set_value(SECRET_KEY)
    press(page, "Save and test")
    assert not page.exception
    assert "its test passed" in successes(page)
    (made,) = store.connections.list()
    assert store.connections.secret(made.id).secret_access_key == SECRET_KEY
    assert all(step.passed for step in made.last_test)
    assert "passed" in texts(page)
    assert "![x](" not in texts(page)
    assert SECRET_KEY not in str(page.session_state)


def test_changing_one_keeps_its_secret_when_left_blank(open_as, store, connection):
    page = press(open_as("ann", "configuration"), "Change…")
    assert field(page, "Secret access key").value == ""
    assert "never shown again" in texts(page)
    field(page, "Name").set_value("Renamed")
    press(page, "Save")
    assert store.connections.get(connection.id).name == "Renamed"
    assert store.connections.secret(connection.id).secret_access_key == SECRET_KEY


def test_a_form_whose_record_is_gone_says_so_and_closes(open_as, store, connection):
    page = press(open_as("ann", "configuration"), "Change…")
    store.connections.delete(connection.id)
    press(page, "Save")
    assert "not there any more" in errors(page)
    page.run()
    assert "Add a connection…" in [button.label for button in page.button]


def test_cancel_keeps_nothing(open_as, store, connection):
    page = press(open_as("ann", "configuration"), "Change…")
    field(page, "Name").set_value("Renamed")
    press(page, "Cancel")
    assert store.connections.get(connection.id).name == "Embedded"


def test_a_failed_test_says_why_and_what_to_do(open_as, store, connection):
    store.connections.update(replace(connection, endpoint_url="http://127.0.0.1:9"))
    page = press(open_as("ann", "configuration"), "Test")
    assert "failed" in texts(page)
    assert "What to do:" in texts(page)


def test_a_connection_with_pools_is_not_removed(open_as, store, pool):
    page = press(open_as("ann", "configuration"), "Remove…")
    assert "customers" in page.warning[0].value


def test_removing_asks_for_the_name_and_a_reason(open_as, store, connection):
    page = press(open_as("ann", "configuration"), "Remove…")
    typed, reason = (
        field for field in page.text_input if "confirm" in field.label or "Reason" in field.label
    )
    typed.set_value("Embedded")
    reason.set_value("moved")
    press(page, "Remove")
    assert store.connections.list() == ()
    assert store.activity.search(limit=1)[0].reason == "moved"


def test_a_pool_is_picked_from_the_live_list_with_a_name_suggested(open_as, store, connection, cognito):
    page = press(open_as("ann", "configuration", tab="Pools"), "Add a pool…")
    picker = field(page, "User pool")
    assert any(cognito.staff in option for option in picker.options)
    picker.set_value(cognito.staff)
    page.run()
    assert field(page, "Short name").value
    field(page, "Short name").set_value("staff")
    press(page, "Save")
    assert "staff is saved" in successes(page)
    assert store.pools.by_name("staff").pool_id == cognito.staff


def test_a_pool_can_be_typed_when_the_list_cannot_be_read(open_as, store, connection, cognito):
    store.connections.update(replace(connection, endpoint_url="http://127.0.0.1:9"))
    page = press(open_as("ann", "configuration", tab="Pools"), "Add a pool…")
    assert "could not be read" in page.warning[0].value
    type_in(page, "User pool", cognito.staff)
    typed(page, "User pool", cognito.staff)
    field(page, "Short name").set_value("staff")
    press(page, "Save")
    assert store.pools.by_name("staff").pool_id == cognito.staff
    assert "could not be looked at" in successes(page)


def test_a_pool_that_does_not_exist_is_refused_at_its_field(open_as, store, connection, cognito):
    page = press(open_as("ann", "configuration", tab="Pools"), "Add a pool…")
    type_in(page, "User pool", f"{cognito.region}_nothere1")
    typed(page, "User pool", f"{cognito.region}_nothere1")
    field(page, "Short name").set_value("typo")
    press(page, "Save")
    assert errors(page)
    assert store.pools.list() == ()


@pytest.fixture
def client(boto, cognito):
    made = boto.create_user_pool_client(
        UserPoolId=cognito.customers,
        ClientName="web",
        GenerateSecret=True,
        CallbackURLs=["https://right.example.com/oauth/v2/callback"],
    )
    return made["UserPoolClient"]


def test_an_application_is_made_from_live_lists_and_warned_of_a_missing_callback(
    open_as, store, pool, client, cognito
):
    page = press(open_as("ann", "configuration", tab="Applications"), "Add an application…")
    field(page, "Name").set_value("Web shop")
    field(page, "App client").set_value(client["ClientId"])
    page.run()
    field(page, "Application URL").set_value("https://wrong.example.com")
    groups = field(page, "Allowed groups")
    chosen = groups.options[:2]
    groups.set_value(chosen)
    page.run()
    assert "redirect_mismatch" in page.warning[0].value.replace("\\", "").replace("\N{WORD JOINER}", "")
    assert "https://wrong.example.com/oauth/v2/callback" in [block.value for block in page.code]
    field(page, "Application URL").set_value("https://right.example.com")
    page.run()
    assert not page.warning
    assert "has a secret" in texts(page)
    page.text_input(
        key=next(field.key for field in page.text_input if f"role-{chosen[0]}-" in (field.key or ""))
    ).set_value("Clerk")
    press(page, "Save")
    (made,) = store.applications.list()
    assert (made.name, made.allowed_groups, made.group_roles) == (
        "Web shop",
        tuple(chosen),
        {chosen[0]: "Clerk"},
    )
    assert made.discovery_url.startswith(f"{cognito.url}/{cognito.customers}/")
    assert store.applications.secret(made.id) == client["ClientSecret"]
    assert client["ClientSecret"] not in str(page.session_state)
    assert client["ClientSecret"] not in texts(page)


def test_groups_of_none_and_missing_ones_are_told(open_as, store, pool):
    store.applications.add(Application(pool.id, "Old", "abc", allowed_groups=("long-gone",)))
    page = open_as("ann", "configuration", tab="Applications")
    table = tables(page)[0].value
    assert set(table[table["Number"] == 0]["In the pool"]) == {"yes"}
    assert "long" in page.warning[0].value


def test_the_policy_is_ready_to_copy(open_as, pool, cognito):
    page = open_as("ann", "configuration", tab="IAM policy")
    text = page.code[0].value
    assert f"arn:aws:cognito-idp:{cognito.region}:123456789012:userpool/{cognito.customers}" in text
    assert "AdminDeleteUser" in text
    field(page, "Who works through it").set_value("auditor")
    page.run()
    assert "AdminDeleteUser" not in page.code[0].value


def test_the_policy_says_what_it_still_needs(open_as):
    page = open_as("ann", "configuration", tab="IAM policy")
    assert "a region, an account ID, a pool" in page.info[0].value


def test_the_key_and_its_rotation_are_explained(open_as):
    page = open_as("ann", "configuration", tab="Encryption and backup")
    assert "python -m console keys rotate" in [block.value for block in page.code]
    assert not page.exception


def test_an_import_shows_what_it_will_do_and_does_it(open_as, store, pool, acting_admin):
    data = acting_admin.export()
    store.pools.delete(pool.id)
    page = open_as("ann", "configuration", tab="Encryption and backup")
    page.file_uploader[0].set_value(("configuration.json", data, "application/json"))
    page.run()
    assert list(tables(page)[0].value["What happens"]) == ["is here already", "will be added"]
    press(page, "Import: add 1")
    assert "1 added" in successes(page)
    assert store.pools.by_name("customers")


def test_an_import_with_secrets_asks_for_its_passphrase(open_as, pool, acting_admin):
    data = acting_admin.export("correct horse battery staple")
    page = open_as("ann", "configuration", tab="Encryption and backup")
    page.file_uploader[0].set_value(("configuration.json", data, "application/json"))
    page.run()
    assert not tables(page)
    field(page, "The file's passphrase").set_value("wrong")
    press(page, "Open")
    assert "does not open" in errors(page)
    field(page, "The file's passphrase").set_value("correct horse battery staple")
    press(page, "Open")
    assert len(tables(page)[0].value) == 2


def test_a_file_of_another_kind_is_refused(open_as):
    page = open_as("ann", "configuration", tab="Encryption and backup")
    page.file_uploader[0].set_value(("x.json", b"{}", "application/json"))
    page.run()
    assert "not a configuration" in errors(page)


@pytest.fixture
def acting_admin(store, cast):
    """The service for export and import, as the administrator."""
    ann = cast["ann"]
    return TransferService(store, lambda: Actor(ann.id, ann.username, ann.role, Origin.TERMINAL))


def test_how_long_things_are_kept_is_shown_and_changed(open_as, store):
    page = open_as("ann", "configuration", tab="Retention")
    assert not page.exception
    table = tables(page)[0].value
    assert all(table.columns)  # a column without a name is read aloud as nothing
    assert dict(zip(table["What"], table["Kept"], strict=True))["Uploaded files"] == "14 days"
    next(button for button in page.button if button.key == "retention-change").click()
    page.run()
    next(field for field in page.number_input if field.label.startswith("Uploaded files")).set_value(3)
    next(button for button in page.button if button.label == "Save").click()
    page.run()
    assert not page.exception
    assert Retention.read(store).draft_days == 3


@pytest.mark.parametrize(
    ("tab", "switches"), [("Applications", True), ("Pools", False), ("Retention", False)]
)
def test_only_tabs_about_one_pool_have_the_switch_for_pools(open_as, store, connection, tab, switches):
    store.pools.add(PoolRecord(connection.id, "eu-north-1_a", "staff"))
    page = open_as("ann", "configuration", tab=tab)
    assert any("staff" in box.options for box in page.selectbox if box.label == "User pool") is switches


def test_the_switch_for_pools_follows_a_link_to_another_tab_than_the_one_left_open(
    open_as, store, connection
):
    store.pools.add(PoolRecord(connection.id, "eu-north-1_a", "staff"))
    page = open_as("ann", "configuration", tab="Pools")
    page.switch_page("../pages/overview.py").run()
    page.query_params["tab"] = "Applications"
    page.switch_page("../pages/configuration.py").run()
    assert "Applications that people of **staff** sign in to" in " ".join(
        block.value for block in page.markdown
    )
    assert any("staff" in box.options for box in page.selectbox if box.label == "User pool")


def test_one_persons_traces_are_found_shown_with_what_stays_and_erased_with_a_reason(
    open_as, store, monkeypatch
):
    later = utc_now() + timedelta(hours=2)
    monkeypatch.setattr("services.traces.utc_now", lambda: later)
    connection = store.connections.add(Connection(name="c", region="eu-north-1", kind=CredentialKind.DEFAULT))
    store.pools.add(PoolRecord(connection.id, "eu-north-1_a", "staff"))
    about = NewActivity(
        Actor("o", "max", Role.MANAGER, Origin.BROWSER),
        "disable_user",
        pool="staff",
        target_name="gone@example.com",
    )
    store.activity.record(about, ActivityResult.DONE)
    page = open_as("ann", "configuration", tab="Retention")
    page = press(page, "Erase one person's traces…")
    page.text_area[0].set_value("x")
    page = press(page, "Look")
    assert "at least 4 characters" in page.error[0].value
    page.text_area[0].set_value("gone@example.com\n")
    page = press(page, "Look")
    said = " ".join(paragraph.value for paragraph in page.markdown)
    assert "Lines of the activity log: 1" in said
    assert "Backups" in said
    page = press(page, "Erase 1 trace")
    assert "reason" in page.error[0].value.casefold()
    page.text_input[0].set_value("Asked to be forgotten")
    page = press(page, "Erase 1 trace")
    assert "Erased 1 trace" in page.success[0].value
    assert not store.activity.search(text="gone@example.com")
    assert store.activity.chain.check().intact
    page = open_as("ann", "activity")
    assert any("Log intact ✓" in paragraph.value for paragraph in page.markdown)


def test_passwords_that_were_switched_off_can_be_switched_on_when_no_provider_is_left(open_as, store):
    switch_local_form(store, False, terminal_actor()())
    page = open_as("ann", "configuration", tab="Sign-in")
    (toggle,) = page.toggle
    toggle.set_value(True)
    page.run()
    assert "Operators may use their passwords" in successes(page)
    assert local_form_is_on(store)
    assert not open_as("ann", "configuration", tab="Sign-in").toggle
