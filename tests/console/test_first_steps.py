"""The list of first steps: for administrators, until all is done; and what AWS has, to be added."""

from __future__ import annotations

import re

import pytest
from streamlit.testing.v1 import AppTest

from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.pools import PoolRecord
from services.store.store import Store
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito
from tests.fixtures.console import OpenPage


@pytest.fixture
def connection(console_store: Store, cognito: Cognito) -> Connection:
    """A connection to the embedded Cognito, not tested yet."""
    secret = ConnectionSecret(ACCESS_KEY, SECRET_KEY)
    return console_store.connections.add(
        Connection("Embedded", cognito.region, CredentialKind.STATIC, endpoint_url=cognito.url, secret=secret)
    )


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click()
    return app.run()


def words(app: AppTest) -> str:
    return " ".join(element.value for element in [*app.header, *app.markdown, *app.info])


def test_an_empty_console_shows_an_administrator_the_way_and_others_whom_to_ask(open_as: OpenPage) -> None:
    page = open_as("ann", "users")
    assert "First steps: 1 of 5 done" in words(page)
    assert "Connect to AWS" in [button.label for button in page.button]
    assert "Ask an administrator" in words(open_as("sam", "users"))


def test_the_list_stands_on_the_overview_until_it_is_hidden(
    open_as: OpenPage, console_store: Store, connection: Connection, cognito: Cognito
) -> None:
    console_store.pools.add(PoolRecord(connection.id, cognito.staff, "staff"))
    page = open_as("ann", "overview")
    assert "First steps: 3 of 5 done" in words(page)
    assert "First steps" not in words(press(page, "Hide this list"))
    assert "First steps" not in words(open_as("sam", "overview"))


def test_after_the_test_every_pool_found_is_added_with_one_click(
    open_as: OpenPage, console_store: Store, connection: Connection, cognito: Cognito
) -> None:
    page = press(open_as("ann", "configuration"), "Test")
    found = next(box for box in page.multiselect if box.label == "User pools to add")
    assert not page.exception
    found.set_value([option for option in found.options if cognito.staff in option])
    press(page.run(), "Add 1 pool")
    assert [pool.pool_id for pool in console_store.pools.list()] == [cognito.staff]


def test_app_clients_are_proposed_as_applications(
    open_as: OpenPage, console_store: Store, connection: Connection, cognito: Cognito
) -> None:
    console_store.pools.add(PoolRecord(connection.id, cognito.staff, "staff"))
    page = open_as("ann", "configuration", tab="Applications")
    page = press(page, "Propose some from the app clients")
    assert not page.exception
    label = next(
        button.label for button in page.button if re.fullmatch(r"Add \d+ applications?", button.label)
    )
    press(page, label)
    assert not page.exception
    assert console_store.applications.list()
