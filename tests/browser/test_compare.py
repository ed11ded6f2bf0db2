"""Compare in a real browser: two dates, who did it, the file of it, and back to how it was."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from services.changes import ChangePath
from services.cognito.actions import AddToGroup
from services.cognito.gateway import CognitoGateway
from services.directory.scan import scan
from services.directory.snapshots import Snapshots
from services.roles import Actor, Origin, Role
from tests.fixtures.cognito import Cognito
from tests.fixtures.console import ConsoleServer, SignIn, known_pool

pytestmark = pytest.mark.browser


@pytest.fixture
def office(console_server: ConsoleServer, cognito: Cognito, empty_pool: Callable[..., str]) -> Iterator[str]:
    """The id of a pool that was read twice; in between Sam added Cy to billing, and Di came."""
    pool_id, client = empty_pool(PoolName="Office"), cognito.client()
    client.create_group(UserPoolId=pool_id, GroupName="billing")

    def create(name: str) -> None:
        email = [{"Name": "email", "Value": f"{name}@example.com"}]
        client.admin_create_user(
            UserPoolId=pool_id, Username=name, MessageAction="SUPPRESS", UserAttributes=email
        )

    for name in ("ann", "cy"):
        create(name)
    client.admin_add_user_to_group(UserPoolId=pool_id, Username="ann", GroupName="billing")
    store = console_server.store
    gateway = CognitoGateway(cognito.settings(), pool_id)
    kept, first = Snapshots(store), scan(gateway, pool_name="office")
    month = timedelta(days=30)
    about = first.about
    older = replace(about, taken_at=about.taken_at - month, finished_at=about.finished_at - month)
    kept.save(replace(first, about=older))
    cy = gateway.find_user(username="cy")
    assert cy is not None
    sam = Actor(console_server.cast["sam"].id, "Sam", Role.SUPPORT, Origin.BROWSER)
    ChangePath(gateway, store.activity, lambda: sam, "office").perform(AddToGroup(cy.ref, "billing"))
    create("di")
    kept.save(scan(gateway, pool_name="office"))
    with known_pool(store, cognito, pool_id, "office"):
        yield pool_id


def test_two_dates_show_what_changed_and_a_plan_puts_it_back(
    sign_in: SignIn, cognito: Cognito, office: str, tmp_path: Path
) -> None:
    page = sign_in("max", "/audits?pool=office&tab=Compare")
    page.get_by_text("Newer snapshot").wait_for()
    page.get_by_role("button", name="joined 1").wait_for()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="CSV").click()
    target = tmp_path / "compare.csv"
    waiting.value.save_as(target)
    rows = list(csv.DictReader(io.StringIO(target.read_text(encoding="utf-8-sig"))))
    facts = [(row["Difference"], row["Person"], row["What"], row["Changed by"]) for row in rows]
    assert facts == [
        ("joined", "di@example.com", "person", "not in this console's log"),
        ("group gained", "cy@example.com", "billing", "Sam"),
    ]
    assert all(row["Completeness"].count("Complete: all users") == 2 for row in rows)
    page.get_by_role("button", name="group gained 1").click()
    page.get_by_text("1 line shown").wait_for()
    page.get_by_text("Tick all 1").click()
    page.get_by_role("button", name="Set 1 right").click()
    dialog = page.get_by_test_id("stDialog")
    dialog.get_by_text("group gained: take out of the group").wait_for()
    dialog.get_by_label("Reason").fill("Not approved")
    dialog.get_by_role("button", name="Preview").click()
    action = dialog.get_by_role("button", name="Set right: 1 person")
    action.wait_for()
    assert cognito.members(office, "billing") == {"ann", "cy"}
    action.click()
    page.get_by_text("Finished").first.wait_for()
    assert cognito.members(office, "billing") == {"ann"}
