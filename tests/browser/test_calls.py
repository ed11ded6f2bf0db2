"""Support calls in a real browser, from the call to what holds afterwards: a lost phone, a stolen laptop."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import httpx
import pytest
from playwright.sync_api import Page, expect

from demo.people import PASSWORD
from demo.pools import BILLING_DESK
from tests.fixtures.cognito import Cognito
from tests.fixtures.console import ConsoleServer, SignIn, drawn, known_pool, until_shown

pytestmark = pytest.mark.browser
MEGAN, ROLF = "megan.hughes", "rolf.vogt"


@pytest.fixture(scope="module", autouse=True)
def staff(console_server: ConsoleServer, cognito: Cognito) -> Iterator[None]:
    """The console knows the embedded Cognito's staff."""
    with known_pool(console_server.store, cognito, cognito.staff, "staff"):
        yield


def call(page: Page, said: str, name: str) -> None:
    """Find the person by what the caller says, misheard or not, and open them with the Enter key."""
    drawn(page)
    box = page.get_by_role("dialog").get_by_role("searchbox", name="What to find")
    until_shown(lambda: page.keyboard.press("Control+k"), box)
    expect(box).to_be_focused()
    page.keyboard.type(said)
    expect(page.get_by_role("dialog").get_by_role("button", name=name)).to_be_visible()  # while typing
    until_shown(lambda: page.keyboard.press("Enter"), page.get_by_role("heading", name=name, exact=True))


def ask(page: Page, section: str, shown: str) -> None:
    """Press the button of a section of the tab Security until what it shows is there."""
    tab = page.get_by_role("tab", name="Security")
    button = page.locator(f".st-key-user-{section}-show button")
    until_shown(tab.click, page.locator(f".st-key-user-{section}-section"))
    drawn(page)
    until_shown(lambda: button.click() if button.count() else None, page.get_by_text(shown).first)
    drawn(page)


def confirm(page: Page, name: str, reason: str, button: str) -> None:
    """Type what the dialog wants typed, and press its button."""
    asked = page.get_by_role("dialog")
    asked.get_by_role("textbox", name="To confirm").fill(f"{name}@brightwater.example")
    asked.get_by_role("textbox", name="Reason").fill(reason)
    asked.get_by_role("textbox", name="Ticket").fill("OPS-1")
    asked.get_by_role("button", name=button).click()


def signs_in(page: Page, cognito: Cognito, console_server: ConsoleServer, who: str) -> Page:
    """Another browser, after this person has given name and password to the pool's own login pages."""
    callback = f"{console_server.url}/oauth/v2/callback"
    cognito.change_client(cognito.staff, BILLING_DESK.own_id, CallbackURLs=[callback])
    about = httpx.get(f"{cognito.url}/{cognito.staff}/.well-known/openid-configuration").json()
    asked = {"response_type": "code", "scope": "openid", "client_id": BILLING_DESK.own_id}
    browser = page.context.browser
    assert browser is not None
    theirs = browser.new_context(ignore_https_errors=True).new_page()
    theirs.goto(f"{about['authorization_endpoint']}?{urlencode(asked | {'redirect_uri': callback})}")
    theirs.locator("#username").fill(who)
    theirs.locator("#password").fill(PASSWORD)
    theirs.get_by_role("button", name="Sign in", exact=True).click()
    return theirs


def test_a_lost_phone_from_the_call_to_the_next_sign_in(
    sign_in: SignIn, cognito: Cognito, console_server: ConsoleServer
) -> None:
    page = sign_in("sam", "/overview?pool=staff")
    expect(signs_in(page, cognito, console_server, MEGAN).locator("#code")).to_be_visible()
    call(page, "megan huges", "Megan Hughes")
    expect(page.get_by_text("You can say:").first).to_be_visible()
    expect(page).to_have_title("Megan Hughes · Cognito Ops Console")
    ask(page, "factors", "They are asked for the authenticator app")
    dialog = page.get_by_role("dialog")
    until_shown(page.locator(".st-key-user-lost-app button").click, dialog)
    expect(dialog).to_contain_text("Afterwards: They have none: the password alone lets them in.")
    confirm(page, MEGAN, "lost the phone", "Remove the app")
    corner = page.locator(".st-key-console-done")
    expect(corner).to_contain_text("no longer counts")
    expect(page.get_by_text("They have none: the password alone lets them in.").first).to_be_visible()
    expect(page.get_by_text("The code you entered last was wrong")).to_have_count(0)  # it was, before
    found = cognito.client().admin_get_user(UserPoolId=cognito.staff, Username=MEGAN)
    assert "SOFTWARE_TOKEN_MFA" not in found.get("UserMFASettingList", [])
    theirs = signs_in(page, cognito, console_server, MEGAN)  # by name and password alone
    expect(theirs).to_have_url(re.compile(f"^{re.escape(console_server.url)}/"))
    (line,) = console_server.store.activity.search(action="remove_authenticator")
    assert (line.result, line.reason, line.ticket) == ("done", "lost the phone", "OPS-1")


def test_a_stolen_laptop_is_forgotten_and_signed_out(
    sign_in: SignIn, cognito: Cognito, console_server: ConsoleServer
) -> None:
    client, pool = cognito.client(), cognito.staff
    page = sign_in("sam", "/overview?pool=staff")
    call(page, "vogt rolf", "Rolf Vogt")
    ask(page, "sessions", "a session that ended leaves no trace.")
    ask(page, "devices", "Forget all")
    dialog = page.get_by_role("dialog")
    until_shown(page.locator(".st-key-user-forget-all button").click, dialog)
    dialog.get_by_role("button", name="Forget them").click()
    expect(page.locator(".st-key-console-done")).to_contain_text("are forgotten")
    drawn(page)
    until_shown(page.locator(".st-key-user-sign_out_user button").click, dialog)
    confirm(page, ROLF, "laptop stolen", "Sign out everywhere")
    expect(page.locator(".st-key-console-done")).to_contain_text("signed out everywhere")
    assert client.admin_list_devices(UserPoolId=pool, Username=ROLF)["Devices"] == []
    tokens = [
        session
        for session in client.admin_list_user_sessions(UserPoolId=pool, Username=ROLF)["Sessions"]
        if session["SessionType"] == "TOKEN"
    ]
    assert tokens == []
    done = {line.action for line in console_server.store.activity.search()}
    assert {"forget_devices", "sign_out_user"} <= done
