"""A company's provider added, offered and tried in a real browser, to the person and the link."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from demo.install import install_pools
from demo.pools import COMPANY_CLIENT, COMPANY_FOLDER, COMPANY_SECRET
from tests.fixtures.cognito import Cognito
from tests.fixtures.console import ConsoleServer, SignIn, choose, drawn, until_shown

pytestmark = pytest.mark.browser

CLIENT = "7h2brightwaterbillingdesk1"


@pytest.fixture(scope="module", autouse=True)
def staff(console_server: ConsoleServer, cognito: Cognito) -> Iterator[None]:
    """The console knows the demo's pools; their app client accepts its address."""
    store = console_server.store
    install_pools(store, cognito.url)
    cognito.change_client(cognito.staff, CLIENT, CallbackURLs=[f"{console_server.url}/oauth/v2/callback"])
    yield
    for application in store.applications.list():
        store.applications.delete(application.id)
    for pool in store.pools.list():
        store.pools.delete(pool.id)
    for connection in store.connections.list():
        store.connections.delete(connection.id)


def fill(page: Page, name: str, value: str) -> None:
    field = page.get_by_role("textbox", name=name, exact=True)
    field.fill(value)
    field.press("Enter")
    drawn(page)


def test_a_provider_is_added_offered_and_tried(
    sign_in: SignIn, console_server: ConsoleServer, cognito: Cognito
) -> None:
    page = sign_in("ann", "/configuration?pool=staff&tab=Identity+providers")
    page.get_by_role("button", name="Add an identity provider").click()
    fill(page, "Name", "Company")
    fill(page, "Issuer, or address of its description", cognito.url + COMPANY_FOLDER)
    fill(page, "Client ID that the provider gave the pool", COMPANY_CLIENT)
    fill(page, "Client secret", COMPANY_SECRET)
    expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
    page.get_by_role("button", name="Try it out").click()
    expect(page.get_by_text("It is the one that is meant")).to_be_visible()
    expect(page.get_by_text("Register this at the provider")).to_be_visible()
    expect(
        page.get_by_test_id("stCode").filter(has_text=re.compile("^https://.+/idpresponse$"))
    ).to_be_visible()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("The identity provider Company is added.").wait_for()
    drawn(page)  # until then the form is still there
    assert COMPANY_SECRET not in page.content()

    page.get_by_text("Which app clients offer Company").click()
    dialog = page.get_by_role("dialog")
    until_shown(page.get_by_role("button", name="Offer it").first.click, dialog)
    expect(dialog.get_by_text("Then: COGNITO, Okta, Company")).to_be_visible()
    dialog.get_by_role("button", name="Offer Company").click()
    page.get_by_text("is done, and the app client was read again").wait_for()

    card = page.locator("[class*='st-key-provider-Company']")
    card.get_by_role("link", name="Try it at Billing desk").click()
    page.get_by_role("button", name="Start the sign-in").click()
    page.get_by_role("button", name="Nadia Haddad").click()
    page.get_by_text("Came through the identity provider").wait_for()
    expect(page.get_by_text("that provider's own. No other account is linked with it.")).to_be_visible()
    page.get_by_role("link", name="Their page").click()
    page.get_by_text("Nadia").first.wait_for()

    actions = [line.action for line in console_server.store.activity.search(limit=20)]
    assert {"create_provider", "update_app_client", "login_test"} <= set(actions)

    page.goto(f"{console_server.url}/configuration?pool=staff&tab=Identity+providers")
    drawn(page)
    scopes = page.get_by_role("textbox", name="What it is asked for (scopes)", exact=True)
    until_shown(card.get_by_role("button", name="Change").click, scopes)
    fill(page, "What it is asked for (scopes)", "openid email")
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("The identity provider Company is changed, and was read again.").wait_for()
    until_shown(card.get_by_role("button", name="Delete…").click, dialog)
    expect(dialog).to_contain_text("billing-desk")  # which offers it
    dialog.get_by_role("textbox", name="To confirm").fill("Company")
    dialog.get_by_role("textbox", name="Reason").fill("the contract ended")
    dialog.get_by_role("button", name="Delete", exact=False).last.click()
    page.get_by_text("The identity provider Company is deleted.").first.wait_for()
    left = [
        entry["ProviderName"]
        for entry in cognito.client().list_identity_providers(UserPoolId=cognito.staff)["Providers"]
    ]
    assert left == ["Okta"]
    (line,) = console_server.store.activity.search(action="delete_provider")
    assert (line.result, line.reason) == ("done", "the contract ended")


def test_a_colleague_who_was_linked_signs_in_for_the_first_time_as_the_person_they_were(
    sign_in: SignIn, console_server: ConsoleServer, cognito: Cognito
) -> None:
    kirsten = next(user for user in cognito.users(cognito.staff) if user["Username"] == "kirsten")
    sub = next(pair["Value"] for pair in kirsten["Attributes"] if pair["Name"] == "sub")
    page = sign_in("max", f"/user?pool=staff&id={sub}&tab=Security")
    dialog = page.get_by_role("dialog")
    until_shown(page.locator(".st-key-user-link button").click, dialog.get_by_text("before that account"))
    # the pool's only provider is chosen already, unless another test has added one
    provider = dialog.get_by_role("combobox", name="Provider")
    if provider.input_value() != "Okta":
        choose(provider, page.get_by_role("option", name="Okta"))
    dialog.get_by_role("textbox", name="ID of the account at the provider").fill(
        "nadia.haddad@brightwater.example"
    )
    dialog.get_by_role("textbox", name="Reason").fill("moves to the company sign-in")
    dialog.get_by_role("button", name="Link", exact=True).click()
    corner = page.locator(".st-key-console-done")
    expect(corner).to_contain_text("can sign in through that provider")
    corner.get_by_role("link", name="See it in the log").click()
    expect(page.locator(".st-key-activity-line")).to_contain_text("moves to the company sign-in")

    page.goto(f"{console_server.url}/login_test?pool=staff&application=Billing+desk")
    page.get_by_role("button", name="Start the sign-in").click()
    page.get_by_role("link", name="Sign in with the company account").click()
    page.get_by_role("button", name="Nadia Haddad").click()
    page.get_by_text("Came through the identity provider").wait_for()
    page.get_by_role("link", name="Their page").click()
    expect(page).to_have_url(re.compile(f"id={sub}"))
    (line,) = console_server.store.activity.search(action="link_identity")
    assert (line.result, line.target_id, line.reason) == ("done", sub, "moves to the company sign-in")
