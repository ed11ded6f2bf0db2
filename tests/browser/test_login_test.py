"""A whole sign-in through the hosted login page, from the button to the role, in a real browser."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from demo.install import install_pools
from demo.people import PASSWORD as PERSONS_PASSWORD
from tests.fixtures.cognito import Cognito
from tests.fixtures.console import ConsoleServer, SignIn

pytestmark = pytest.mark.browser

WHO, CLIENT = "rolf.vogt", "7h2brightwaterbillingdesk1"


@pytest.fixture(scope="module", autouse=True)
def staff(console_server: ConsoleServer, cognito: Cognito) -> Iterator[None]:
    """The console knows the demo's pools; their app client accepts its address; Rolf is in billing."""
    store = console_server.store
    install_pools(store, cognito.url)
    client = cognito.client()
    cognito.change_client(cognito.staff, CLIENT, CallbackURLs=[f"{console_server.url}/oauth/v2/callback"])
    client.admin_add_user_to_group(UserPoolId=cognito.staff, Username=WHO, GroupName="billing")
    yield
    for application in store.applications.list():
        store.applications.delete(application.id)
    for pool in store.pools.list():
        store.pools.delete(pool.id)
    for connection in store.connections.list():
        store.connections.delete(connection.id)


class Watch:
    """Every address that a tab asks for or shows."""

    def __init__(self, page: Page) -> None:
        self.asked: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))

    def values(self, name: str) -> set[str]:
        found = (re.search(rf"[?&]{name}=([^&]+)", url) for url in self.asked)
        return {match[1] for match in found if match}


def go_through_the_login_page(page: Page) -> None:
    page.get_by_role("button", name="Start the sign-in").click()
    page.locator("#username").fill(WHO)
    page.locator("#password").fill(PERSONS_PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def history(page: Page) -> list[str]:
    """The addresses behind the back button."""
    session = page.context.new_cdp_session(page)
    entries = session.send("Page.getNavigationHistory")["entries"]
    return [f"{entry['url']} {entry['userTypedURL']}" for entry in entries]


def test_a_sign_in_ends_in_green_links_and_the_role_and_leaves_no_secret(
    sign_in: SignIn, console_server: ConsoleServer
) -> None:
    page = sign_in("sam", "/login_test?pool=staff")
    watch = Watch(page)
    go_through_the_login_page(page)
    page.get_by_text("gets into Billing desk as clerk").wait_for()
    expect(page).to_have_url(re.compile(r"/login_test\?.*test="))
    chain = page.locator('[class*="st-key-chainline-result"]')
    expect(chain.get_by_text("passed", exact=True)).to_have_count(10)
    expect(page.get_by_text("clerk, through billing")).to_be_visible()

    secrets = watch.values("code") | {PERSONS_PASSWORD}
    (state,) = watch.values("state")
    assert len(secrets) == 2
    page.get_by_role("tab", name="Try more").click()
    page.get_by_text("Show the tokens themselves").click()
    page.get_by_test_id("stCode").filter(has_text="eyJ").first.wait_for()
    shown = page.get_by_test_id("stCode").all_inner_texts()
    secrets |= {text.strip() for text in shown if text.strip().startswith("eyJ")}
    assert len(secrets) == 4
    visited = "\n".join(history(page))
    # the login page's own address has the state, which is used up by now; none of ours has
    assert not [url for url in history(page) if url.startswith(console_server.url) and state in url]
    stored = _database(console_server)
    for secret in secrets | {state}:
        assert secret not in visited or secret == state
        assert secret not in console_server.output
        assert secret not in stored
    assert not any("eyJ" in url for url in watch.asked)


def test_an_answer_that_comes_twice_or_to_another_browser_is_refused(
    sign_in: SignIn, console_server: ConsoleServer, browser
) -> None:
    page = sign_in("max", "/login_test?pool=staff")
    watch = Watch(page)
    go_through_the_login_page(page)
    page.get_by_text("gets into Billing desk").wait_for()
    answer = next(url for url in watch.asked if "/oauth/v2/callback?" in url)
    page.goto(answer)
    expect(page.get_by_role("heading", name="The answer was not taken")).to_be_visible()
    expect(page.get_by_text("was taken already")).to_be_visible()
    assert "code=" not in page.url
    stranger = browser.new_page()
    stranger.goto(answer)
    expect(stranger.get_by_text("was taken already")).to_be_visible()
    stranger.close()


def test_the_routes_tell_strangers_nothing(console_server: ConsoleServer) -> None:
    with httpx.Client(base_url=console_server.url, follow_redirects=True, trust_env=False) as stranger:
        refused = stranger.get("/oauth/v2/callback?code=x&state=made-up")
        assert "Nothing in this console waits for this answer" in refused.text
        assert "made-up" not in str(refused.url) + refused.text
        assert refused.headers["cache-control"] == "no-store"
        assert stranger.get("/oauth/v2/start?test=1").status_code == 401
        assert stranger.post("/oauth/v2/callback").status_code == 401
        hostile = stranger.get('/oauth/v2/result?test="><script>&pool="><script>')
        assert "<script>" not in hostile.text


def _database(server: ConsoleServer) -> str:
    folder = Path(server.log).parent
    raw = b"".join(path.read_bytes() for path in folder.glob("console.db*"))
    with sqlite3.connect(folder / "console.db") as connection:
        rows = connection.execute("SELECT * FROM login_tests").fetchall()
    return raw.decode("latin-1") + json.dumps(rows, default=str)
