"""An audit in a real browser: from the finding to the fix, and then it is clean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.cognito import Cognito
from tests.fixtures.console import ConsoleServer, SignIn, known_pool

pytestmark = pytest.mark.browser


@pytest.fixture
def leavers(console_server: ConsoleServer, cognito: Cognito, empty_pool: Callable[..., str]) -> Iterator[str]:
    """The id of a pool of three people, two of whom are disabled and still in groups."""
    pool_id, client = empty_pool(PoolName="Leavers"), cognito.client()
    for name in ("billing", "stores"):
        client.create_group(UserPoolId=pool_id, GroupName=name)
    for name in ("ann", "bo", "cy"):
        client.admin_create_user(
            UserPoolId=pool_id,
            Username=name,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": f"{name}@example.com"}],
        )
        client.admin_add_user_to_group(UserPoolId=pool_id, Username=name, GroupName="billing")
    client.admin_add_user_to_group(UserPoolId=pool_id, Username="bo", GroupName="stores")
    for name in ("bo", "cy"):
        client.admin_disable_user(UserPoolId=pool_id, Username=name)
    with known_pool(console_server.store, cognito, pool_id, "leavers"):
        yield pool_id


def test_audit_then_finding_then_fix_then_clean(sign_in: SignIn, cognito: Cognito, leavers: str) -> None:
    page = sign_in("max", "/audits?pool=leavers")
    read = page.get_by_role("button", name="Read the pool now")
    read.focus()
    page.keyboard.press("Enter")
    # it has gone when the pool is read, and the keyboard goes on at what took its place
    expect(page.get_by_role("button", name="Read again").and_(page.locator(":focus"))).to_be_visible()
    page.get_by_text("3 people · 2 groups · 4 memberships").wait_for()
    card(page, "disabled_member").click()
    page.get_by_text("Whoever enables the account again").wait_for()
    expect(page).to_have_url(re.compile("rule=disabled_member"))
    page.mouse.move(0, 0)  # what was drawn under it shows its tooltip, over the table
    page.get_by_text("All 2", exact=True).click()
    page.get_by_text("2 chosen").wait_for()
    page.get_by_role("button", name="Take them out of these groups").click()
    dialog = page.get_by_test_id("stDialog")
    dialog.get_by_text("bo@example.com, cy@example.com").wait_for()
    dialog.get_by_role("button", name="Preview").click()
    action = dialog.get_by_role("button", name="Take them out of these groups: 2 people")
    action.wait_for()
    assert cognito.members(leavers, "billing") == {"ann", "bo", "cy"}
    action.click()
    page.get_by_text("Finished").first.wait_for()
    assert cognito.members(leavers, "billing") == {"ann"}
    assert cognito.members(leavers, "stores") == set()
    page.get_by_test_id("stSidebar").get_by_role("link", name="Audits").click()
    page.get_by_role("button", name="Read again").click()
    page.get_by_text("3 people · 2 groups · 1 membership").wait_for()
    page.get_by_role("heading", name="Nothing found").wait_for()
    expect(card(page, "disabled_member")).to_have_count(0)
    expect(page.get_by_text("Disabled, but still in groups")).to_be_visible()


def card(page: Page, rule: str):
    """The button of a rule's card."""
    return page.locator(f".st-key-audits-open-{rule} button")
