"""Groups in a real browser: a pasted list is resolved, shown, and then added."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fixtures.cognito import Cognito
from tests.fixtures.console import ConsoleServer, SignIn, choose, drawn, known_pool

pytestmark = pytest.mark.browser


@pytest.fixture
def staff(console_server: ConsoleServer, cognito: Cognito, empty_pool: Any) -> Iterator[str]:
    """The id of a pool with two people who share an address, one more, and two groups."""
    pool_id, client = empty_pool(PoolName="Staff"), cognito.client()
    for name, email in (("ann", "ann@example.com"), ("twin", "ann@example.com"), ("bo", "bo@example.com")):
        client.admin_create_user(
            UserPoolId=pool_id,
            Username=name,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": email}],
        )
    for group in ("billing", "auditors"):
        client.create_group(UserPoolId=pool_id, GroupName=group)
    with known_pool(console_server.store, cognito, pool_id, "staff"):
        yield str(pool_id)


def test_a_pasted_list_becomes_members_and_can_be_undone(
    sign_in: SignIn, cognito: Cognito, staff: str
) -> None:
    page = sign_in("sam", "/group?pool=staff&name=billing")
    page.get_by_text("Paste a list").click()
    page.get_by_role("textbox", name=re.compile("E-mail addresses")).fill("bo; ann@example.com\nnobody")
    page.get_by_role("button", name="Look them up").click()
    page.get_by_text("Not found: 1").wait_for()
    assert cognito.members(staff, "billing") == set()
    drawn(page)
    choose(
        page.get_by_role("combobox", name="Whom do you mean?"),
        page.get_by_role("option", name=re.compile("twin")),
    )
    page.get_by_role("button", name="Add 2 people to billing").click()
    page.get_by_text("2 added").wait_for()
    assert cognito.members(staff, "billing") == {"bo", "twin"}
    page.get_by_role("button", name="Undo for 2 people").click()
    page.get_by_text("2 taken out again").wait_for()
    assert cognito.members(staff, "billing") == set()
