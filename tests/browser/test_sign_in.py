"""Signing in and out in a real browser, and what is left of a session afterwards."""

from __future__ import annotations

import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from services.access.operators import forget_first_password, must_choose_password
from services.roles import Role
from services.store.columns import utc_now
from tests.fixtures.console import ConsoleServer, SignIn, fill_sign_in, run_server
from tests.fixtures.store import PASSWORD

pytestmark = pytest.mark.browser


def form(page: Page) -> None:
    expect(page.get_by_label("Operator name")).to_be_visible()


def session_cookie(context: BrowserContext) -> dict[str, object]:
    return next(
        dict(cookie) for cookie in context.cookies() if str(cookie["name"]).startswith("console_session")
    )


def status(url: str, cookie: str = "") -> int:
    request = urllib.request.Request(url, headers={"Cookie": cookie} if cookie else {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_the_page_first_asked_for_is_shown_after_signing_in_with_its_query(sign_in_by_form: SignIn) -> None:
    page = sign_in_by_form("ann", "/operators?text=a%20%26%20b&x=1")
    expect(page.get_by_role("heading", name="Operators")).to_be_visible()
    assert "text=a%20%26%20b&x=1" in page.url.replace("+", "%20")
    expect(page).to_have_title("Operators · Cognito Ops Console")


def test_name_role_and_sign_out_are_in_sight(sign_in: SignIn) -> None:
    side = sign_in("sam", "/account").get_by_test_id("stSidebar")
    for text in ("Sam", "support", "Your account"):
        expect(side.get_by_text(text, exact=True).first).to_be_visible()
    expect(side.get_by_role("link", name="Operators")).to_have_count(0)


def test_no_script_can_read_the_cookie(sign_in_by_form: SignIn, visitor: BrowserContext) -> None:
    page = sign_in_by_form("sam", "/account")
    cookie = session_cookie(visitor)
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["expires"]) == (True, "Strict", -1)
    assert "console_session" not in page.evaluate("document.cookie")


def test_a_wrong_password_is_answered_in_words(
    visitor: BrowserContext, console_server: ConsoleServer
) -> None:
    page = visitor.new_page()
    page.goto(console_server.url)
    fill_sign_in(page, "sam", "wrong")
    expect(page.get_by_text("That name and password don't belong together.")).to_be_visible()
    assert not any(str(cookie["name"]).startswith("console_session") for cookie in visitor.cookies())


def test_a_reload_keeps_one_signed_in_and_a_second_tab_is_too(
    sign_in: SignIn, visitor: BrowserContext
) -> None:
    page = sign_in("sam", "/account")
    page.reload()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()
    second = visitor.new_page()
    second.goto(page.url)
    expect(second.get_by_role("heading", name="Your account")).to_be_visible()


def test_signing_out_ends_every_tab_and_the_copied_cookie(
    sign_in: SignIn, visitor: BrowserContext, console_server: ConsoleServer
) -> None:
    page = sign_in("sam", "/account")
    other = visitor.new_page()
    other.goto(page.url)
    expect(other.get_by_role("heading", name="Your account")).to_be_visible()
    copied = f"{session_cookie(visitor)['name']}={session_cookie(visitor)['value']}"
    assert status(f"{console_server.url}/_stcore/anything", copied) == 200
    page.get_by_role("button", name="Sign out", exact=True).click()
    form(page)
    assert not any(str(cookie["name"]).startswith("console_session") for cookie in visitor.cookies())
    form(other)
    assert status(f"{console_server.url}/_stcore/anything", copied) == 401


def test_a_cookie_copied_before_signing_out_shows_another_browser_nothing(
    sign_in: SignIn, visitor: BrowserContext, console_server: ConsoleServer
) -> None:
    page = sign_in("sam", "/account")
    cookie = session_cookie(visitor)
    page.get_by_role("button", name="Sign out", exact=True).click()
    form(page)
    thief = page.context.browser
    assert thief is not None
    context = thief.new_context()
    context.add_cookies(
        [{"name": str(cookie["name"]), "value": str(cookie["value"]), "url": console_server.url}]
    )
    stolen = context.new_page()
    stolen.goto(f"{console_server.url}/account")
    form(stolen)
    context.close()


def test_a_revoked_session_loses_its_page_and_its_next_click_does_nothing(
    sign_in: SignIn, console_server: ConsoleServer
) -> None:
    page = sign_in("ann", "/operators")
    expect(page.get_by_role("button", name="Add operator")).to_be_visible()
    console_server.store.sessions.revoke_operator(console_server.cast["ann"].id)
    page.get_by_role("button", name="Add operator").click()
    form(page)
    expect(page.get_by_text("away for too long")).to_be_visible()
    assert "next=%2Foperators" in page.url


def test_an_open_tab_loses_what_another_role_may_not_without_a_click(
    sign_in: SignIn, console_server: ConsoleServer
) -> None:
    store, ann = console_server.store, console_server.cast["ann"]
    page = sign_in("ann", "/jobs")
    operators = page.get_by_test_id("stSidebar").get_by_role("link", name="Operators")
    expect(operators).to_be_visible()
    try:
        store.operators.update(ann.id, role=Role.AUDITOR)
        expect(operators).to_have_count(0)
        expect(page.get_by_test_id("stSidebar").get_by_text("auditor")).to_be_visible()
    finally:
        store.operators.update(ann.id, role=Role.ADMIN)


def test_a_revoked_session_gets_no_download(sign_in: SignIn, console_server: ConsoleServer) -> None:
    page = sign_in("ada", "/activity")
    button = page.get_by_test_id("stDownloadButton").get_by_role("button").first
    with page.expect_download() as expected:
        button.click()
    assert expected.value.failure() is None
    downloads: list[object] = []
    page.on("download", lambda download: downloads.append(download))
    console_server.store.sessions.revoke_operator(console_server.cast["ada"].id)
    button.click()
    form(page)
    assert downloads == []


def test_an_unattended_page_gives_way_to_the_form(sign_in: SignIn, console_server: ConsoleServer) -> None:
    page = sign_in("max", "/account")
    console_server.store.sessions.revoke_operator(console_server.cast["max"].id)
    form(page)


def test_signing_in_again_leads_back_to_where_one_was(sign_in: SignIn, console_server: ConsoleServer) -> None:
    page = sign_in("ada", "/account")
    console_server.store.sessions.revoke_operator(console_server.cast["ada"].id)
    form(page)
    fill_sign_in(page, "ada", PASSWORD)
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def test_a_link_from_another_site_finds_one_signed_in(sign_in: SignIn, visitor: BrowserContext) -> None:
    """The browser keeps the SameSite=Strict cookie back on such a first request."""
    page = sign_in("sam", "/account")
    target = page.url
    chat = visitor.new_page()
    chat.route(
        "http://chat.example/**",
        lambda route: route.fulfill(content_type="text/html", body=f"<a href='{target}?x=1'>go</a>"),
    )
    chat.goto("http://chat.example/")
    chat.get_by_text("go").click()
    expect(chat.get_by_role("heading", name="Your account")).to_be_visible()
    assert "x=1" in chat.url


def test_a_password_is_changed_by_keyboard_alone_past_the_eyes_of_its_fields(
    sign_in: SignIn, console_server: ConsoleServer
) -> None:
    store, sam = console_server.store, console_server.cast["sam"]
    before = store.operators.password_hash(sam.id)
    page = sign_in("sam", "/account")
    try:
        page.get_by_role("textbox", name="Current password").focus()
        page.keyboard.type(PASSWORD)
        _tab_past_the_eye_to(page, page.get_by_role("textbox", name="New password", exact=True))
        page.keyboard.type("violet tractor hums seventeen")
        _tab_past_the_eye_to(page, page.get_by_role("textbox", name="New password again"))
        expect(page.get_by_text(re.compile("^Hard to guess"))).to_be_visible()
        page.keyboard.type("violet tractor hums seventeen")
        page.keyboard.press("Enter")
        expect(page.get_by_text("Your password is changed")).to_be_visible()
    finally:
        store.operators.set_password_hash(sam.id, before)


def _tab_past_the_eye_to(page: Page, field: Locator) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Show password").and_(page.locator(":focus"))).to_be_visible()
    while not field.evaluate("field => field === document.activeElement"):
        page.keyboard.press("Tab")


def test_a_page_that_the_role_may_not_open_is_not_shown_and_says_who_may(sign_in: SignIn) -> None:
    page = sign_in("sam", "/account")
    for name, title, needed in (
        ("onboarding", "Onboarding", "manager or above"),
        ("configuration", "Configuration", "admin"),
        ("operators", "Operators", "admin"),
    ):
        page.goto(re.sub(r"/\w+$", f"/{name}", page.url))
        expect(page.get_by_role("heading", name=title)).to_be_visible()
        expect(page.get_by_text(f"Your role is support; this needs {needed}.")).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(page.get_by_test_id("stSidebarNav").get_by_role("link", name=title)).to_have_count(0)
    expect(page.get_by_role("button", name="Add operator")).to_have_count(0)
    expect(page.get_by_text("ann@example.com")).to_have_count(0)


def test_whoever_has_to_choose_a_password_first_is_led_there_from_any_page(
    sign_in: SignIn, console_server: ConsoleServer
) -> None:
    store, sam = console_server.store, console_server.cast["sam"]
    store.settings.set(f"operator.first_password:{sam.id}", utc_now().isoformat())
    assert must_choose_password(store, sam.id)
    try:
        page = sign_in("sam", "/users")
        expect(page.get_by_role("heading", name="Your account")).to_be_visible()
        expect(page.get_by_role("dialog")).to_have_count(0)
    finally:
        forget_first_password(store, sam.id)


def test_the_strict_policy_stops_nothing_of_ours_and_nothing_is_fetched_from_elsewhere(
    visitor: BrowserContext, console_server: ConsoleServer
) -> None:
    page = visitor.new_page()
    said: list[str] = []
    fetched: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(f"{console_server.url}/operators")
    fill_sign_in(page, "ann", PASSWORD)
    expect(page.get_by_role("heading", name="Operators")).to_be_visible()
    page.get_by_role("button", name="Add operator").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert [text for text in said if "Content Security Policy" in text] == []
    own = (console_server.url, "data:", "blob:")
    assert [url for url in fetched if not url.startswith(own)] == []


@pytest.fixture(scope="module")
def fresh_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleServer]:
    """A console that nobody has set up."""
    with run_server(Path(tmp_path_factory.mktemp("fresh")), with_cast=False) as server:
        yield server


def test_the_link_in_the_terminal_makes_the_first_administrator_once(
    visitor: BrowserContext, fresh_server: ConsoleServer
) -> None:
    found = re.search(r"http://localhost:\d+/set-up\?token=\S+", fresh_server.output)
    assert found is not None
    page = visitor.new_page()
    page.goto(found.group())
    page.get_by_role("textbox", name="Operator name").fill("kim")
    page.get_by_label("Full name").fill("Kim Ek")
    page.get_by_role("textbox", name="Password", exact=True).fill("bees fly home in may")
    page.get_by_role("textbox", name="Password again").fill("bees fly home in may")
    page.get_by_role("button", name="Make administrator and sign in").click()
    expect(page.get_by_test_id("stSidebar").get_by_text("Kim Ek")).to_be_visible()
    expect(page.get_by_test_id("stSidebar").get_by_text("admin", exact=True)).to_be_visible()
    _set_up_the_second_factor(page)
    again = visitor.new_page()
    again.goto(found.group())
    expect(again.get_by_text("not good (any more)")).to_be_visible()
    expect(again.get_by_role("button", name="Make administrator and sign in")).to_have_count(0)


def _set_up_the_second_factor(page: Page) -> None:
    """An administrator needs one: until then there is no other page, then every next sign-in asks for it."""
    navigation = page.get_by_test_id("stSidebarNavLink")
    expect(navigation).to_have_count(0)
    page.get_by_role("button", name="Set up an authenticator app").click()
    page.get_by_text("Type the secret instead").click()
    secret = page.get_by_test_id("stCode").inner_text().strip()
    shown = page.get_by_role("textbox", name="Code that the app shows")
    shown.fill(pyotp.TOTP(secret).now())
    shown.press("Enter")  # the button below still moves while the secret's box opens
    expect(page.get_by_text("Recovery codes")).to_be_visible()
    expect(page.get_by_test_id("stCode")).not_to_have_text(secret)  # which may still stand there
    code = page.get_by_test_id("stCode").inner_text().split()[0]
    page.get_by_role("button", name="I have noted them").click()
    expect(navigation.filter(has_text="Operators")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    fill_sign_in(page, "kim", "bees fly home in may")
    page.get_by_role("textbox", name="Code from your authenticator app").fill(code)
    page.get_by_role("button", name="Go on").click()
    expect(navigation.filter(has_text="Operators")).to_be_visible()
