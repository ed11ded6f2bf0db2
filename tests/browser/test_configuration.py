"""Configuration in a real browser: by the keyboard, with secrets that leave no trace, out and in again."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.cognito import ACCESS_KEY, Cognito
from tests.fixtures.console import ConsoleServer, SignIn, choose, run_server

pytestmark = pytest.mark.browser

SECRET = "wJalrXUtnFEMIbPxRfiCYEXAMPLE"
WORDS = "correct horse battery staple"


def fill(page: Page, name: str, value: str, leave_by: str = "Tab") -> None:
    """Type as a person does, and leave the field by a key."""
    page.get_by_role("textbox", name=name, exact=True).click()
    page.keyboard.type(value)
    page.keyboard.press(leave_by)


@pytest.fixture(scope="module")
def console_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleServer]:
    """A console of this file's own: nothing is configured in it."""
    with run_server(tmp_path_factory.mktemp("configuration")) as server:
        yield server


@pytest.fixture
def connected(sign_in: SignIn, cognito: Cognito) -> Page:
    """A tab in which ann has just added and tested a connection."""
    page = sign_in("ann", "/configuration")
    page.get_by_role("button", name="Add a connection").click()
    fill(page, "Name", "Embedded")
    region = page.get_by_role("combobox", name="Region")
    region.fill(cognito.region)
    choose(region, page.get_by_role("option", name=cognito.region))
    fill(page, "Endpoint (blank for AWS)", cognito.url)
    page.get_by_text("Access keys", exact=True).click()
    fill(page, "Access key id", ACCESS_KEY)
    # by Enter: left by Tab, to its eye, a secret field sends what is in it some time later
    fill(page, "Secret access key", SECRET, leave_by="Enter")
    page.get_by_role("button", name="Save and test").click()
    page.get_by_text("is saved, and its test passed").wait_for()
    return page


def test_a_connection_by_keyboard_a_pool_from_the_list_and_a_round_trip_of_the_file(
    connected: Page, console_server: ConsoleServer, cognito: Cognito, tmp_path: Path
) -> None:
    page, store = connected, console_server.store
    (connection,) = store.connections.list()
    stored = store.connections.secret(connection.id)
    assert stored is not None
    assert stored.secret_access_key == SECRET
    expect(page.get_by_text("Test passed just now")).to_be_visible()
    assert SECRET not in page.content()

    page.get_by_role("tab", name="Pools").click()
    page.get_by_role("button", name="Add a pool").click()
    pool = page.get_by_role("combobox", name="User pool")
    pool.fill(cognito.staff)
    choose(pool, page.get_by_role("option", name=cognito.staff).first)
    short_name = page.get_by_role("textbox", name="Short name")
    expect(short_name).not_to_have_value("")
    short_name.fill("staff")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("The pool staff is saved.").wait_for()

    page.get_by_role("tab", name="Encryption and backup").click()
    page.get_by_text("Encrypted under a passphrase").click()
    fill(page, "Passphrase", WORDS)
    fill(page, "The same again", WORDS)
    with page.expect_download() as download:
        page.get_by_role("button", name="Export with encrypted secrets").click()
    file = tmp_path / "configuration.json"
    download.value.save_as(file)
    assert [pool["name"] for pool in json.loads(file.read_bytes())["pools"]] == ["staff"]
    assert SECRET.encode() not in file.read_bytes()

    store.pools.delete(store.pools.by_name("staff").id)
    page.locator("input[type=file]").set_input_files(file)
    fill(page, "The file's passphrase", WORDS)
    page.get_by_role("button", name="Open").click()
    page.get_by_role("button", name="Import: add 1").click()
    page.get_by_text("Imported: 1 added.").wait_for()
    assert store.pools.by_name("staff").pool_id == cognito.staff

    page.goto(f"{console_server.url}/activity")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export these lines as CSV").click()
    with download.value.path().open(encoding="utf-8-sig", newline="") as log:
        actions = [row["action"] for row in csv.DictReader(log)]
    assert actions[:2] == ["import_configuration", "export_configuration"]
    for path in Path(str(store.database.engine.url.database)).parent.iterdir():
        if path.is_file():
            assert SECRET.encode() not in path.read_bytes(), path.name
            assert WORDS.encode() not in path.read_bytes(), path.name


def test_the_tab_that_an_address_names_is_in_sight_in_a_narrow_window(sign_in: SignIn) -> None:
    page = sign_in("ann", "/configuration")
    page.set_viewport_size({"width": 800, "height": 900})
    try:
        page.goto(f"{page.url.partition('?')[0]}?tab=Encryption and backup")
        named = page.get_by_role("tab", name="Encryption and backup")
        expect(named).to_have_attribute("aria-selected", "true")
        expect(named).to_be_in_viewport(ratio=0.95)
    finally:
        page.set_viewport_size({"width": 1440, "height": 900})
