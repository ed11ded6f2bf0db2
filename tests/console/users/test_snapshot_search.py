"""The users page of a large pool once it was read: searched in the newest snapshot."""

from __future__ import annotations

import pytest

from services.access.sessions import terminal_actor
from services.cognito.actions import DisableUser
from services.directory import listing
from services.directory.snapshot_task import SnapshotTask
from services.directory.snapshots import forget_opened
from services.pool_session import open_pool_session
from services.store.store import Store
from tests.console.users.conftest import shown
from tests.console.users.test_users_page import table
from tests.fixtures.console import OpenPage


@pytest.fixture(autouse=True)
def read(pools: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten people are many already, and the pool was read."""
    forget_opened()
    monkeypatch.setattr(listing, "WHOLE_POOL_UP_TO", 10)
    pool = pools.pools.by_name("staff")
    gateway = open_pool_session(pools, pool, terminal_actor()).gateway
    SnapshotTask(pools, gateway, terminal_actor(), "staff", 1.0).run(terminal_actor())


def test_any_word_is_found_and_the_age_is_said(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff")
    assert not page.exception
    assert "Directory read just now" in shown(page)
    page.text_input(key="users-search-staff").set_value("sorensen audit").run()
    assert list(table(page)["username"]) == ["kirsten"]
    assert "1 of 90 people" in shown(page)
    assert list(table(page)["groups"][0]) == ["auditors"]


def test_a_change_made_here_shows_at_once(open_as: OpenPage, pools: Store) -> None:
    page = open_as("sam", "users", pool="staff")
    page.text_input(key="users-search-staff").set_value("bo.li").run()
    (person,) = table(page)["enabled"]
    assert person
    pool_session = open_pool_session(pools, pools.pools.by_name("staff"), terminal_actor())
    user = pool_session.gateway.find_user(username="bo.li")
    assert user is not None
    pool_session.changes.perform(DisableUser(user.ref), reason="left")
    page.run()
    assert list(table(page)["enabled"]) == [False]
    assert "1 person changed here since" in shown(page)
