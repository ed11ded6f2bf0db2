"""Signing in with a company account, in a real browser, at a provider written elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import oidc_provider_mock
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from services.roles import Role
from services.store.sign_in_providers import SignInProvider
from tests.fixtures.console import ConsoleServer, SignIn, drawn

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:authlib.oidc")


@pytest.fixture(scope="module")
def mock() -> Iterator[str]:
    with oidc_provider_mock.run_server_in_thread(require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def provider(console_server: ConsoleServer, mock: str) -> Iterator[SignInProvider]:
    """The console offers it; who came by it goes with it."""
    store = console_server.store
    rules = (("console-admins", "admin"), ("staff", "support"))
    made = store.sign_in_providers.add(
        SignInProvider(
            "Contoso",
            f"{mock}/.well-known/openid-configuration",
            "console",
            role_rules=rules,
            secret="s3cret-of-the-client",
        )
    )
    yield made
    for operator in store.operators.list():
        if operator.provider_id == made.id:
            store.operators.delete(operator.id)
    store.sign_in_providers.delete(made.id)


def is_known(mock: str, subject: str, **claims: Any) -> None:
    httpx.put(f"{mock}/users/{subject}", json=claims, trust_env=False).raise_for_status()


def sign_in_there(page: Page, subject: str) -> None:
    page.locator("input[name=sub]").fill(subject)
    page.get_by_role("button", name=re.compile("Authorize|Sign in|Continue")).first.click()


def test_one_signs_in_with_the_company_account_and_lands_where_one_wanted_to(
    visitor: BrowserContext, console_server: ConsoleServer, provider: SignInProvider, mock: str
) -> None:
    is_known(mock, "kim", email="kim@example.com", name="Kim Ek", groups=["staff"])
    page = visitor.new_page()
    page.goto(f"{console_server.url}/activity")
    page.get_by_role("button", name="Sign in with Contoso").click()
    sign_in_there(page, "kim")
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar.get_by_text("Kim Ek")).to_be_visible()
    expect(sidebar.get_by_text("support", exact=True)).to_be_visible()
    expect(page).to_have_url(re.compile("/activity"))
    operator = console_server.store.operators.by_username("kim@example.com")
    assert operator is not None
    assert operator.role == Role.SUPPORT
    sidebar.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in with Contoso")).to_be_visible()


def test_whoever_is_in_no_group_is_told_why_on_the_sign_in_page(
    visitor: BrowserContext, console_server: ConsoleServer, provider: SignInProvider, mock: str
) -> None:
    is_known(mock, "eve", email="eve@example.com", groups=["guests"])
    page = visitor.new_page()
    page.goto(console_server.url)
    page.get_by_role("button", name="Sign in with Contoso").click()
    sign_in_there(page, "eve")
    expect(page.get_by_text("None of your groups may use this console")).to_be_visible()
    expect(page.get_by_text("Ask an administrator of this console to add a rule")).to_be_visible()
    assert console_server.store.operators.by_username("eve@example.com") is None
    page.get_by_role("button", name="Sign in with Contoso").click()
    expect(page).to_have_url(re.compile("prompt=select_account"))


def test_an_answer_that_comes_twice_leads_back_to_the_sign_in(
    visitor: BrowserContext, console_server: ConsoleServer, provider: SignInProvider, mock: str
) -> None:
    is_known(mock, "kim", email="kim@example.com", name="Kim Ek", groups=["staff"])
    page = visitor.new_page()
    came_back: list[str] = []
    page.on("request", lambda request: came_back.append(request.url))
    page.goto(console_server.url)
    page.get_by_role("button", name="Sign in with Contoso").click()
    sign_in_there(page, "kim")
    page.get_by_test_id("stSidebar").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in with Contoso")).to_be_visible()
    page.goto(next(url for url in came_back if "/oauth/v2/callback?" in url))
    expect(page.get_by_text("Begin the sign-in or the login test anew.")).to_be_visible()
    page.get_by_role("link", name="To the console").click()
    expect(page.get_by_role("button", name="Sign in with Contoso")).to_be_visible()


def test_an_administrator_tries_a_provider_out_and_sees_each_link(
    sign_in: SignIn, console_server: ConsoleServer, provider: SignInProvider, mock: str
) -> None:
    is_known(mock, "eve", email="eve@example.com", groups=["guests"])
    page = sign_in("ann", "/configuration?tab=Sign-in")
    page.get_by_role("button", name="Change").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The provider Contoso is saved")).to_be_visible()
    page.get_by_role("button", name="Try it").click()
    sign_in_there(page, "eve")
    expect(page.get_by_text("How the sign-in went")).to_be_visible()
    expect(page.get_by_text("Token is genuine")).to_be_visible()
    expect(page.get_by_text("No role")).to_be_visible()
    expect(page.get_by_test_id("stSidebar").get_by_text("admin", exact=True)).to_be_visible()
    drawn(page)
    assert console_server.store.sign_in_providers.get(provider.id).role_rules == provider.role_rules
