"""Passkeys with an authenticator of Chromium's own, and a second factor asked again, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from services.roles import Role
from services.store.operators import Operator
from tests.fixtures.console import ConsoleServer, SignIn, fill_sign_in
from tests.fixtures.store import PASSWORD, set_up_factor

pytestmark = pytest.mark.browser


@pytest.fixture
def ann(console_server: ConsoleServer) -> Iterator[Operator]:
    """The administrator, without a second factor again in the end."""
    operator = console_server.cast["ann"]
    yield operator
    console_server.store.factors.remove(operator.id)


@pytest.fixture
def sam(console_server: ConsoleServer) -> Iterator[Operator]:
    operator = console_server.cast["sam"]
    yield operator
    console_server.store.factors.remove(operator.id)


def with_authenticator(page: Page) -> Page:
    """The tab has an authenticator that checks its person, as a laptop with a fingerprint reader."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return page


def signed_in(page: Page, name: str) -> None:
    expect(page.get_by_test_id("stSidebar").get_by_text(name, exact=True)).to_be_visible()


def show_it(page: Page) -> None:
    """Press the button of the page on which the browser asks."""
    expect(page.get_by_role("heading", name="Sign in with a passkey")).to_be_visible()
    page.get_by_role("button", name="Use a passkey").click()


def test_a_passkey_is_added_asked_after_the_password_and_enough_alone(
    sign_in: SignIn, console_server: ConsoleServer, sam: Operator
) -> None:
    page = with_authenticator(sign_in("sam", "/account"))
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_label("What you call it").fill("Laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.get_by_role("link", name="I have noted them").click()
    expect(page.get_by_text("Laptop · added")).to_be_visible()
    page.get_by_role("button", name="Sign out", exact=True).click()

    fill_sign_in(page, "sam", PASSWORD)
    page.get_by_role("button", name="Use a passkey").click()
    show_it(page)
    signed_in(page, "Sam")
    page.goto(f"{console_server.url}/account")
    expect(page.get_by_text(re.compile("Laptop · added .* · used"))).to_be_visible()
    page.get_by_role("button", name="Sign out", exact=True).click()

    page.get_by_role("button", name="Sign in with a passkey").click()
    show_it(page)
    signed_in(page, "Sam")
    assert [text for text in said if "Content Security Policy" in text] == []
    newest = console_server.store.sessions.list_live(sam.id)[0]
    assert newest.proved_at is not None


def test_a_browser_without_the_passkey_is_told_so(
    sign_in: SignIn, console_server: ConsoleServer, sam: Operator
) -> None:
    page = with_authenticator(sign_in("sam", "/account"))
    page.goto(f"{console_server.url}/new-passkey")
    page.get_by_label("What you call it").fill("Laptop")
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("link", name="I have noted them").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    other = with_authenticator(page.context.new_page())
    other.goto(f"{console_server.url}/sign-in")
    other.get_by_role("button", name="Sign in with a passkey").click()
    show_it(other)
    expect(other.get_by_text("No passkey was given")).to_be_visible()


def test_before_something_dangerous_it_is_asked_in_another_tab_and_the_dialog_keeps_what_was_typed(
    sign_in: SignIn, console_server: ConsoleServer, ann: Operator
) -> None:
    page = sign_in("ann", "/operators")
    codes = set_up_factor(console_server.store, ann)
    page.get_by_role("button", name="Add operator").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox", name="Operator name").fill("kim")
    dialog.get_by_role("textbox", name="Full name").fill("Kim Ek")
    dialog.get_by_role("button", name="Add operator").click()
    expect(dialog.get_by_text("your second factor is asked again")).to_be_visible()
    assert console_server.store.operators.by_username("kim") is None
    with page.context.expect_page() as opened:
        dialog.get_by_role("link", name="Show that it is you").click()
    tab = opened.value
    tab.get_by_label("Code").fill(codes[0])
    tab.get_by_role("button", name="Go on").click()
    expect(tab.get_by_role("heading", name="It is you")).to_be_visible()
    tab.close()
    expect(dialog.get_by_role("textbox", name="Full name")).to_have_value("Kim Ek")
    dialog.get_by_role("button", name="Add operator").click()
    expect(page.get_by_text("It is shown only now")).to_be_visible()
    added = console_server.store.operators.by_username("kim")
    assert added is not None
    console_server.store.operators.delete(added.id)


def test_a_tab_that_nobody_touches_shows_what_the_new_role_may(
    sign_in: SignIn, console_server: ConsoleServer
) -> None:
    page = sign_in("max", "/account")
    expect(page.get_by_test_id("stSidebar").get_by_text("manager", exact=True)).to_be_visible()
    links = page.get_by_test_id("stSidebarNavLink")
    expect(links.filter(has_text="Onboarding")).to_be_visible()
    max_ = console_server.cast["max"]
    console_server.store.operators.update(max_.id, role=Role.AUDITOR)
    expect(page.get_by_test_id("stSidebar").get_by_text("auditor", exact=True)).to_be_visible()
    expect(links.filter(has_text="Onboarding")).to_have_count(0)
    console_server.store.operators.update(max_.id, role=Role.MANAGER)
