"""A review campaign in a real browser: from its start to the plan and the signed report."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from services.access.sessions import terminal_actor
from services.audits.reviews.campaigns import Reviews
from services.audits.reviews.start import NewReview
from services.directory.snapshot_task import SnapshotTask
from services.directory.snapshots import Snapshots
from services.pool_session import open_pool_session
from services.store.campaign_records import Decision
from tests.fixtures.cognito import Cognito
from tests.fixtures.console import SHOWN_MS, ConsoleServer, SignIn, choose, drawn, known_pool, until_shown

pytestmark = pytest.mark.browser


@pytest.fixture
def desk_pool(
    console_server: ConsoleServer, cognito: Cognito, empty_pool: Callable[..., str]
) -> Iterator[str]:
    """The id of a pool of four people in billing: bo is disabled, and Max the operator is one of them."""
    pool_id, client = empty_pool(PoolName="Desk"), cognito.client()
    client.create_group(UserPoolId=pool_id, GroupName="billing")
    for name in ("ann", "bo", "cy", "max"):
        client.admin_create_user(
            UserPoolId=pool_id,
            Username=name,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": f"{name}@example.com"}],
        )
        client.admin_add_user_to_group(UserPoolId=pool_id, Username=name, GroupName="billing")
    client.admin_disable_user(UserPoolId=pool_id, Username="bo")
    with known_pool(console_server.store, cognito, pool_id, "desk"):
        yield pool_id


def pick(page: Page, box: str, *options: str) -> None:
    """Choose several from a list, and close it."""
    listed = page.get_by_role("combobox", name=re.compile(box))
    chosen = page.get_by_test_id("stMultiSelect").filter(has=listed)
    for option in options:
        named = re.compile(option)
        until_shown(
            partial(choose, listed, page.get_by_role("option", name=named)), chosen.get_by_text(named)
        )
        drawn(page)
    page.keyboard.press("Escape")


def test_a_campaign_from_start_to_report(
    sign_in: SignIn, console_server: ConsoleServer, cognito: Cognito, desk_pool: str, tmp_path: Path
) -> None:
    page = sign_in("max", "/audits?pool=desk&tab=Reviews")
    page.get_by_role("button", name="Read the pool now").click()
    page.get_by_role("button", name="New review").click()
    page.get_by_label("Title").fill("Billing, autumn")
    pick(page, "Groups to review", "billing")
    pick(page, "Reviewers", "^max", "^ann")
    expect(page.get_by_label("Title")).to_have_value("Billing, autumn")
    start = page.get_by_role("button", name="Start the review of 4 memberships")
    until_shown(page.get_by_role("button", name="Preview").click, start)
    start.click()
    page.get_by_text("The review “Billing, autumn” has started").wait_for()

    store = console_server.store
    (campaign,) = store.campaigns.of_pool("desk")
    expect(page).to_have_url(re.compile(campaign.id))
    mine = store.campaigns.numbers(campaign.id, reviewer=console_server.cast["max"].id)
    people = [item.person or {} for item in store.campaigns.items_by_number(campaign.id, mine)]
    assert "max" not in [person["username"] for person in people]

    menu = page.get_by_test_id("stSidebarNav")
    expect(menu.get_by_role("link", name=f"Audits ({len(mine)})")).to_be_visible()

    page.get_by_text(f"All {len(mine)} that fit", exact=True).click()
    page.get_by_role("button", name=f"Revoke {len(mine)}").click()
    page.get_by_text("Say why it should be revoked").wait_for()
    page.get_by_label("Reason").fill("left the desk")
    drawn(page)
    page.get_by_role("button", name=f"Revoke {len(mine)}").click()
    page.get_by_text(f"{len(mine)} memberships will be revoked.").wait_for()
    assert store.campaigns.count(campaign.id, decision=Decision.REVOKE) == len(mine)

    expect(menu.get_by_role("link", name="Audits", exact=True)).to_be_visible()

    page.get_by_role("button", name="Close and sign off…").click()
    dialog = page.get_by_test_id("stDialog")
    dialog.get_by_label(re.compile("type the title")).fill("Billing, autumn")
    dialog.get_by_label(re.compile("^Reason")).fill("Talked through with the desk.")
    dialog.get_by_role("button", name="Close and sign off").click()
    page.get_by_text("is closed and signed off").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Report to print").click()
    path = tmp_path / "report.html"
    download.value.save_as(path)
    text = path.read_text(encoding="utf-8")
    for wanted in ("Signed off by max on", "left the desk", campaign.population_hash, "Talked through"):
        assert wanted in text

    page.reload()  # what was done is told in the corner where the button stands, until the next run
    page.get_by_role("button", name=f"Carry out {len(mine)} revocations").click()
    dialog = page.get_by_test_id("stDialog")
    dialog.get_by_role("button", name=re.compile("^Take out of these groups")).click()
    page.get_by_text("Finished").first.wait_for()
    gone = {person["username"] for person in people}
    assert cognito.members(desk_pool, "billing") == {"ann", "bo", "cy", "max"} - gone
    expect(page.get_by_text("Revoked in the review “Billing, autumn”").first).to_be_visible()


FOCUSED = """() => {
    const here = document.activeElement;
    if (here.closest('.console-table')) return 'the table';
    return here.getAttribute('aria-label') || here.innerText || '';
}"""


def tab_to(page: Page, wanted: str, key: str = "Tab") -> None:
    """Press Tab until what is wanted has the keyboard."""
    drawn(page)
    passed = []
    for _ in range(60):
        page.keyboard.press(key)
        passed.append(str(page.evaluate(FOCUSED)))
        if re.search(wanted, passed[-1]):
            return
    raise AssertionError(f"{wanted} isn't reached by {key}: {passed}")


def has_the_keyboard(page: Page, wanted: str) -> None:
    """Wait until what is wanted has the keyboard, without a key being pressed."""
    drawn(page)
    page.wait_for_function(f"wanted => new RegExp(wanted).test(({FOCUSED})())", arg=wanted, timeout=SHOWN_MS)


def tick_in_the_table(page: Page) -> None:
    tab_to(page, "the table")
    page.keyboard.press("Space")


def test_a_review_is_answered_and_signed_off_by_keyboard_alone(
    sign_in: SignIn, console_server: ConsoleServer, desk_pool: str
) -> None:
    store, cast = console_server.store, console_server.cast
    pool, who = store.pools.by_name("desk"), terminal_actor()
    gateway = open_pool_session(store, pool, who).gateway
    SnapshotTask(store, gateway, who, pool.name, 1.0).run(who)
    snapshot = Snapshots(store).now(gateway.pool_key)
    assert snapshot is not None
    wanted = NewReview(
        title="By keyboard",
        reviewer_ids=(cast["max"].id, cast["ann"].id),
        deadline=datetime.now(UTC) + timedelta(days=14),
        groups=("billing",),
    )
    campaign = Reviews(store, who).start(snapshot, wanted, pool)
    mine = store.campaigns.count(campaign.id, reviewer=cast["max"].id)

    page = sign_in("max", f"/audits?pool=desk&campaign={campaign.id}")
    page.get_by_text(f"All {mine} that fit").wait_for()
    until_shown(lambda: tick_in_the_table(page), page.get_by_role("button", name="Revoke 1"))
    tab_to(page, "^Reason", "Shift+Tab")
    page.keyboard.type("left the desk")
    tab_to(page, "Revoke 1")
    page.keyboard.press("Enter")
    page.get_by_text("1 membership will be revoked.").wait_for()
    has_the_keyboard(page, "^the table$")
    page.keyboard.press("Space")
    page.get_by_role("button", name="Keep 1").wait_for()
    tab_to(page, "Keep 1$", "Shift+Tab")
    page.keyboard.press("Enter")
    page.get_by_text("1 membership will be kept.").wait_for()
    has_the_keyboard(page, "1 membership will be kept")
    tab_to(page, "Close and sign off…")
    page.keyboard.press("Enter")
    dialog = page.get_by_test_id("stDialog")
    dialog.get_by_role("button", name="Cancel").wait_for()
    tab_to(page, "type the title")
    page.keyboard.type("By keyboard")
    tab_to(page, "^Reason")
    page.keyboard.type("Talked through with the desk.")
    tab_to(page, "Close and sign off$")
    page.keyboard.press("Enter")
    page.get_by_text("is closed and signed off").wait_for()
    has_the_keyboard(page, "^By keyboard")
    assert store.campaigns.get(campaign.id).closing["note"] == "Talked through with the desk."
    assert store.campaigns.count(campaign.id, decision=Decision.REVOKE) == 1
