"""Where the keyboard goes on after what was done, asked of the script alone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.browser

SCRIPT = Path(__file__).resolve().parents[2] / "console" / "assets" / "return.js"
PAGE = """
<div data-testid="stApp" data-test-script-state="notRunning">
    <button id="opener">Close…</button> <button id="other">Other</button> <button id="next">Next</button>
</div>
<dialog open><button id="pressed">Close</button></dialog>
"""
GO_ON = """async (script) => {
    const address = URL.createObjectURL(new Blob([script], {type: "text/javascript"}));
    const {default: goOn} = await import(address);
    document.querySelector("#pressed").focus();
    goOn({data: {name: "test", turn: 1, places: ["#gone", "#next"]}});
    document.querySelector("dialog").remove();
    document.querySelector("#opener").focus();
}"""

BOTH = """async (script) => {
    const address = URL.createObjectURL(new Blob([script], {type: "text/javascript"}));
    const {default: goOn} = await import(address);
    document.activeElement.blur();
    goOn({data: {name: "told", turn: 1, places: ["#opener"], general: true}});
    goOn({data: {name: "own", turn: 1, places: ["#other"]}});
    goOn({data: {name: "told too", turn: 1, places: ["#opener"], general: true}});
}"""


@pytest.fixture
def page(visitor: BrowserContext) -> Page:
    """A page whose dialog has just closed and given the keyboard back to the button that opened it."""
    opened = visitor.new_page()
    opened.clock.install()
    opened.set_content(PAGE)
    opened.evaluate(GO_ON, SCRIPT.read_text())
    return opened


def test_where_the_opener_goes_a_moment_after_its_dialog_the_keyboard_goes_on_all_the_same(
    page: Page,
) -> None:
    page.evaluate("() => setTimeout(() => document.querySelector('#opener').remove(), 300)")
    page.clock.run_for(1_000)
    expect(page.locator("#next:focus")).to_be_visible()


def test_whoever_has_gone_on_by_keyboard_is_left_where_they_are(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.locator("#other:focus")).to_be_visible()
    page.evaluate("() => document.querySelector('#other').remove()")
    page.clock.run_for(10_000)
    expect(page.locator("#next:focus")).to_have_count(0)


def test_what_has_a_place_of_its_own_comes_before_what_is_told_of_it_whoever_is_first(page: Page) -> None:
    page.evaluate(BOTH, SCRIPT.read_text())
    page.clock.run_for(1_000)
    expect(page.locator("#other:focus")).to_be_visible()
    page.clock.run_for(10_000)
    expect(page.locator("#other:focus")).to_be_visible()
