"""A question of one's own in a real browser: asked, drawn, saved, opened by its link, and made a plan."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.fixtures.cognito import Cognito
from tests.fixtures.console import ConsoleServer, SignIn, known_pool

pytestmark = pytest.mark.browser


@pytest.fixture
def people(console_server: ConsoleServer, cognito: Cognito, empty_pool: Callable[..., str]) -> Iterator[str]:
    """A pool of three people, one of whom has a hostile name."""
    pool_id, client = empty_pool(PoolName="Questions"), cognito.client()
    client.create_group(UserPoolId=pool_id, GroupName="billing")
    for name, called in (("ann", "Ann"), ("bo", "![x](http://evil.example/i.png)"), ("cy", "<b>Cy</b>")):
        client.admin_create_user(
            UserPoolId=pool_id,
            Username=name,
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": "email", "Value": f"{name}@example.com"},
                {"Name": "name", "Value": called},
            ],
        )
    client.admin_add_user_to_group(UserPoolId=pool_id, Username="ann", GroupName="billing")
    with known_pool(console_server.store, cognito, pool_id, "questions"):
        yield pool_id


def ask(page: Page, question: str) -> None:
    box = page.get_by_label("Question, one SELECT")
    box.fill(question)
    box.press("Control+Enter")
    page.get_by_role("button", name="Ask", exact=True).click()


def test_a_question_is_asked_drawn_saved_and_made_a_plan(
    sign_in: SignIn, cognito: Cognito, people: str
) -> None:
    page = sign_in("max", "/audits?pool=questions&tab=Ask")
    page.get_by_role("button", name="Read the pool now").click()
    page.get_by_text("3 people · 1 group · 1 membership").wait_for()
    page.get_by_role("tab", name="Ask").click()
    ask(page, "DELETE FROM users")
    page.get_by_text("Only SELECT can be asked here").wait_for()

    ask(page, "SELECT state, count(*) AS people FROM users GROUP BY state")
    page.get_by_text("1 row", exact=True).wait_for()
    page.get_by_role("radio", name="Chart").click()
    page.get_by_test_id("stVegaLiteChart").wait_for()
    page.get_by_role("radio", name="People, for a plan").click()
    page.get_by_text("This question names no column “sub”").wait_for()

    ask(page, "SELECT sub, label, name FROM users WHERE group_count = 0 ORDER BY label")
    page.get_by_text("2 rows", exact=True).wait_for()
    page.get_by_role("radio", name="People, for a plan").click()
    page.get_by_text("All 2", exact=True).click()
    page.get_by_text("2 chosen").wait_for()
    expect(page.locator("img[src*='evil.example']")).to_have_count(0)

    page.get_by_role("button", name="Save…", exact=True).click()
    page.get_by_label("Name", exact=True).fill("In no group")
    page.get_by_role("combobox", name="Ask it in every audit").click()
    page.get_by_role("option", name="As a rule: medium").click()
    page.get_by_test_id("stFormSubmitButton").get_by_role("button", name="Save").click()
    page.get_by_text("The question “In no group” is saved").wait_for()
    page.get_by_role("button", name="Saved questions").click()
    link = page.get_by_text(re.compile(r"ask=\w+")).first.inner_text()
    page.get_by_role("tab", name="Findings").click()
    page.get_by_text("Own question").wait_for()

    page.goto(link)
    expect(page.get_by_label("Question, one SELECT")).to_have_value(re.compile("group_count = 0"))
    page.get_by_role("button", name="Ask", exact=True).click()
    page.get_by_role("radio", name="People, for a plan").click()
    page.get_by_text("All 2", exact=True).click()
    page.get_by_role("button", name="Disable them").click()
    dialog = page.get_by_test_id("stDialog")
    dialog.get_by_text("bo@example.com, cy@example.com").wait_for()
    dialog.get_by_role("textbox", name=re.compile("Reason")).fill("nobody's account")
    dialog.get_by_role("button", name="Preview").click()
    dialog.get_by_text("Keep it as a plan for now").click()
    dialog.get_by_role("button", name="Disable them: 2 people").click()
    page.get_by_text("1 plan is kept and nothing is changed yet.").wait_for()
    assert all(user["Enabled"] for user in cognito.users(people))


def test_a_question_without_end_is_cancelled(sign_in: SignIn, people: str) -> None:
    page = sign_in("max", "/audits?pool=questions&tab=Ask")
    page.get_by_role("button", name="Read the pool now").click()
    page.get_by_text("3 people · 1 group · 1 membership").wait_for()
    page.get_by_role("tab", name="Ask").click()
    ask(page, "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_text("The question was cancelled. Nothing was changed.").wait_for()
