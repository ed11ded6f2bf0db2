"""Users and the page about one, in a real browser: what AppTest can't show."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from tests.browser.tables import ROW, open_row, tick
from tests.fixtures.cognito import Cognito
from tests.fixtures.console import ACTED_MS, ConsoleServer, SignIn, choose, drawn, known_pool

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", autouse=True)
def staff(console_server: ConsoleServer, cognito: Cognito) -> Iterator[None]:
    """The console knows the embedded Cognito's staff."""
    with known_pool(console_server.store, cognito, cognito.staff, "staff"):
        yield


def search(page: Page, words: str, count: str) -> None:
    """Type into the search box, after everybody has been shown, and wait for the count."""
    box = page.get_by_placeholder("Name, e-mail, group")
    box.fill("")
    page.get_by_text(re.compile("^90 people")).wait_for()
    box.fill(words)
    page.get_by_text(count).wait_for()
    drawn(page)


def where(thing: Locator) -> FloatRect:
    """The place of something on the screen, once it stays there."""
    until = time.monotonic() + ACTED_MS / 1000
    while True:
        thing.wait_for()
        box = thing.bounding_box()
        if box is not None:
            return box
        assert time.monotonic() < until, "it comes and goes"


def test_a_person_is_found_and_opened_and_the_way_back_keeps_the_search(sign_in: SignIn) -> None:
    page = sign_in("sam", "/users?pool=staff")
    search(page, "ann.lindqvist", "1 of 90 people")
    open_row(page, 1)
    page.get_by_text("ann.lindqvist (username)").wait_for()
    assert "lindqvist" not in page.url
    page.get_by_role("link", name="All users").click()
    page.get_by_text("1 of 90 people").wait_for()
    expect(page.get_by_placeholder("Name, e-mail, group")).to_have_value("ann.lindqvist")


def test_a_selection_stays_with_the_people_it_was_made_on(sign_in: SignIn) -> None:
    page = sign_in("max", "/users?pool=staff")
    page.get_by_text("90 people", exact=True).wait_for()
    tick(page, 2)
    page.get_by_text("1 selected").wait_for()
    search(page, "billing", "of 90 people")
    expect(page.get_by_text("None selected")).to_be_visible()


def test_three_quick_clicks_are_one_change(
    sign_in: SignIn, console_server: ConsoleServer, cognito: Cognito
) -> None:
    page = sign_in("sam", "/users?pool=staff")
    search(page, "toby.ashworth", "1 of 90 people")
    open_row(page, 1)
    page.get_by_role("heading", name="Toby Ashworth").wait_for()
    page.get_by_role("button", name=re.compile("^Enable")).first.click()
    button = page.get_by_test_id("stDialog").get_by_role("button", name="Enable")
    box = where(button)
    for _ in range(3):
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.get_by_text("is enabled and can sign in again").first.wait_for()
    assert len(console_server.store.activity.search(action="enable_user")) == 1
    shown = cognito.client().admin_get_user(UserPoolId=cognito.staff, Username="toby.ashworth")
    assert shown["Enabled"]


def test_hostile_people_load_nothing_and_run_nothing(sign_in: SignIn) -> None:
    page = sign_in("sam", "/users?pool=staff")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(f"a dialog: {dialog.message}"))
    for words, name in (("[link]", "[link](x)"), ("script.kid", "script.kid"), ("<b>bold", "<b>bold</b>")):
        search(page, words, "1 of 90 people")
        open_row(page, 1)
        page.get_by_text(f"{name} (username)").wait_for()
        page.get_by_role("button", name="Set password").click()
        page.get_by_text("The present password stops working at once").wait_for()
        page.get_by_role("button", name="Cancel").click()
        page.get_by_role("link", name="All users").click()
    strangers = [
        url for url in asked if not url.startswith(("http://localhost", "ws://localhost", "data:", "blob:"))
    ]
    assert strangers == []


def test_what_is_shown_is_exported_safely(sign_in: SignIn, tmp_path: Path) -> None:
    page = sign_in("ada", "/users?pool=staff")
    search(page, "SUM", "of 90 people")
    with page.expect_download() as download:
        page.get_by_role("button", name="Export").click()
        page.get_by_test_id("stPopoverBody").get_by_role("button", name="CSV").click()
    path = tmp_path / "people.csv"
    download.value.save_as(path)
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    assert rows
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "@", "-"))]


def test_people_are_found_selected_and_added_to_a_group(sign_in: SignIn, cognito: Cognito) -> None:
    page = sign_in("max", "/users?pool=staff")
    before = cognito.members(cognito.staff, "training")
    search(page, "k.sorensen", "4 of 90 people")
    for row in (1, 2):
        tick(page, row)
        page.get_by_text(f"{row} selected").wait_for()
    # as little room as the box for all who were found leaves on a screen of 1440 pixels
    page.set_viewport_size({"width": 1310, "height": 900})
    bar = page.locator(".st-key-users-bulk")
    first, last = (where(bar.get_by_role("button", name=name).first)["y"] for name in ("Enable", "More"))
    assert first == last  # one line, down to the last
    page.get_by_role("button", name="Add to group").click()
    dialog = page.get_by_test_id("stDialog")
    box = dialog.get_by_role("combobox", name="Groups")
    box.click()
    page.keyboard.type("training")
    choose(box, page.get_by_role("option").filter(has_text=re.compile("^training$")))
    page.keyboard.press("Escape")
    dialog.get_by_role("button", name="Preview").click()
    dialog.get_by_role("button", name="Add to group: 2 people").click()
    page.get_by_text("Add to group: 2 people, training").first.wait_for()
    page.get_by_text("Finished").first.wait_for()
    new = cognito.members(cognito.staff, "training") - before
    assert new < {"k.sorensen", "k.sorensen.old", "k.sorensen.test", "kirsten"}
    assert len(new) == 2
    page.get_by_role("link", name="Users").click()
    search(page, "k.sorensen training", "2 of 90 people")


def test_what_a_diagnosis_is_about_is_read_in_a_narrow_window(sign_in: SignIn, cognito: Cognito) -> None:
    someone = next(user for user in cognito.users(cognito.staff) if user["Username"] == "rolf.vogt")
    sub = next(pair["Value"] for pair in someone["Attributes"] if pair["Name"] == "sub")
    page = sign_in("sam", f"/user?pool=staff&id={sub}")
    page.set_viewport_size({"width": 800, "height": 900})
    card = page.locator(".st-key-user-why")
    expect(card.get_by_text("You can say:")).to_be_visible()
    frame = where(card)
    for name in ("Application", "How it signs people in"):
        box = card.get_by_role("combobox", name=name)
        place = where(box)
        assert frame["x"] < place["x"]
        assert place["x"] + place["width"] < frame["x"] + frame["width"]
        assert box.evaluate("box => box.scrollWidth <= box.clientWidth")  # what it says isn't cut off


def test_disabling_somebody_leaves_the_tabs_where_they_are(sign_in: SignIn, cognito: Cognito) -> None:
    someone = next(user for user in cognito.users(cognito.staff) if user["Username"] == "rolf.vogt")
    sub = next(pair["Value"] for pair in someone["Attributes"] if pair["Name"] == "sub")
    page = sign_in("sam", f"/user?pool=staff&id={sub}")
    tabs = page.get_by_role("tablist").last
    expect(page.locator(".st-key-user-disable_user button")).to_be_visible()
    drawn(page)
    before = where(tabs)["y"]
    cognito.client().admin_disable_user(UserPoolId=cognito.staff, Username="rolf.vogt")
    try:
        page.get_by_role("button", name="Read again").click()
        expect(page.get_by_text("Your account has been switched off")).to_be_visible()
        drawn(page)
        # what is recommended changes with the account, and may take a line more or less
        assert abs(where(tabs)["y"] - before) < ROW
    finally:
        cognito.client().admin_enable_user(UserPoolId=cognito.staff, Username="rolf.vogt")


def test_whoever_opens_somebody_by_keyboard_is_soon_at_what_can_be_done(
    sign_in: SignIn, cognito: Cognito
) -> None:
    page = sign_in("sam", "/users?pool=staff")
    page.keyboard.press("Control+k")
    dialog, has_the_keyboard = page.get_by_role("dialog"), page.locator(":focus")
    dialog.get_by_role("searchbox").fill("megan.hughes")
    dialog.get_by_role("button", name="megan.hughes").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Disable…")).to_be_visible()
    expect(page.get_by_test_id("stMain").and_(has_the_keyboard)).to_be_visible()
    skip = page.get_by_role("link", name="Skip to what you can do")
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(skip.and_(has_the_keyboard)).to_be_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator(".st-key-user-actions button").first.and_(has_the_keyboard)).to_be_visible()


def test_after_what_was_done_by_keyboard_alone_the_keyboard_goes_on_where_it_was(
    sign_in: SignIn, cognito: Cognito
) -> None:
    someone = next(user for user in cognito.users(cognito.staff) if user["Username"] == "rolf.vogt")
    sub = next(pair["Value"] for pair in someone["Attributes"] if pair["Name"] == "sub")
    page = sign_in("sam", f"/user?pool=staff&id={sub}")
    dialog, has_the_keyboard = page.get_by_role("dialog"), page.locator(":focus")
    forget = page.locator(".st-key-user-forget_devices button")
    forget.focus()
    before = where(page.get_by_role("tablist").last)["y"]
    page.keyboard.press("Enter")
    dialog.get_by_role("button", name="Forget them").focus()
    page.keyboard.press("Enter")
    expect(forget.and_(has_the_keyboard)).to_be_visible()
    expect(page.locator(".st-key-console-done")).to_be_visible()
    assert where(page.get_by_role("tablist").last)["y"] == before, "nothing moves for what is told"
    page.get_by_role("button", name="Disable…").focus()
    page.keyboard.press("Enter")
    address = "rolf.vogt@brightwater.example"
    dialog.get_by_label("To confirm").fill(address)
    dialog.get_by_label("Reason").fill("A test")
    try:
        dialog.get_by_role("button", name="Disable").focus()
        page.keyboard.press("Enter")
        # “Disable…” has gone with what it was for
        expect(page.get_by_role("button", name="Close").and_(has_the_keyboard)).to_be_visible()
    finally:
        cognito.client().admin_enable_user(UserPoolId=cognito.staff, Username="rolf.vogt")
