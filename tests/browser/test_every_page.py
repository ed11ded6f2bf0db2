"""Every page opens for every role that may open it, and a program that reads pages aloud can read it."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from console.navigation import pages_for
from demo.install import OPERATORS, DemoOperator
from services.roles import Role
from tests.browser.test_people import click_row
from tests.fixtures.console import ACTED_MS, SHOWN_MS, drawn, fill_sign_in, until_shown
from tests.fixtures.demo import free_port, running, words_until_ready

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals"),
]

NAMED = {"user": "&id=nobody", "group": "&name=billing", "job": "&id=none"}
"""What pages about one of many are opened with besides the pool."""
TABS = {
    "audits": ("Findings", "Matrix", "Access by application", "Compare", "Ask", "Reviews"),
    "configuration": (
        "Connections",
        "Pools",
        "Applications",
        "Identity providers",
        "Notes on actions",
        "Sign-in",
        "Encryption and backup",
        "Retention",
        "IAM policy",
    ),
}
(MANAGER,) = [operator for operator in OPERATORS if operator.role is Role.MANAGER]
NARROW, WIDE = {"width": 800, "height": 900}, {"width": 1440, "height": 900}
DIALOG_FITS = """() => {
    const dialog = document.querySelector('[role="dialog"]');
    const box = dialog.getBoundingClientRect();
    return box.left >= 0 && box.right <= innerWidth && dialog.scrollWidth - dialog.clientWidth <= 1;
}"""
IN_THEME = """(theme) =>
    getComputedStyle(document.querySelector('[data-testid="stApp"]')).colorScheme === theme"""
SETTLED = """() => {
    const moving = document.getAnimations().filter((each) => each instanceof CSSTransition);
    moving.forEach((each) => each.finish());
    return moving.length === 0;
}"""
"""Asked by the clock: a window that nobody looks at may draw no frame, and then nothing fades to its end."""
FITS = """() => {
    const main = document.querySelector('[data-testid="stMain"]');
    const cut = (said) => said.scrollWidth - said.clientWidth > 1;
    return !cut(main) && ![...main.querySelectorAll('button .stMarkdownEllipsis')].some(cut);
}"""
"""The page needs no scrolling to the side, and no button's words are cut off."""


@pytest.fixture(scope="module")
def demo_url(browser: Browser) -> Iterator[str]:
    """The demo, with its staff read for the audits."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        with running(Path(folder), port) as process:
            words_until_ready(process)
            url = f"http://localhost:{port}"
            with browser.new_context() as context:
                page = signed_in(context, url, MANAGER)
                opened(page, f"{url}/audits?pool=staff")
                page.get_by_role("button", name="Read the pool now").click()
                page.get_by_role("tab", name="Findings").wait_for(timeout=ACTED_MS)
            yield url


def addresses(role: Role) -> list[str]:
    """The address of every page that the role may open, and of every tab."""
    found = []
    for spec in pages_for(role):
        here = f"/{spec.name}?pool=staff{NAMED.get(spec.name, '')}"
        found += [f"{here}&tab={tab}".replace(" ", "+") for tab in TABS.get(spec.name, ())] or [here]
    return found


def signed_in(visitor: BrowserContext, url: str, operator: DemoOperator) -> Page:
    page = visitor.new_page()
    page.goto(f"{url}/account")
    fill_sign_in(page, operator.username, operator.password)
    page.get_by_test_id("stSidebar").get_by_role("button", name="Sign out").wait_for()
    return page


def opened(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_test_id("stSidebar").get_by_role("button", name="Sign out").wait_for()
    drawn(page)


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.username)
def test_every_page_opens_fits_a_narrow_window_and_can_be_read_aloud(
    visitor: BrowserContext, demo_url: str, operator: DemoOperator
) -> None:
    page = signed_in(visitor, demo_url, operator)
    heard = operator.role is Role.ADMIN  # who sees all that the others see
    page.set_viewport_size(WIDE if heard else NARROW)
    for address in addresses(operator.role):
        opened(page, demo_url + address)
        assert page.get_by_test_id("stException").count() == 0, address
        assert page.get_by_test_id("stMain").locator("h1").count() == 1, address
        if heard:
            assert faults_in_both_themes(page) == {}, address
            page.set_viewport_size(NARROW)
        page.wait_for_function(FITS, timeout=SHOWN_MS)
        page.set_viewport_size(WIDE if heard else NARROW)


def test_the_root_leads_on_to_the_overview_of_the_pool_that_its_address_names(
    visitor: BrowserContext, demo_url: str
) -> None:
    page = signed_in(visitor, demo_url, MANAGER)
    opened(page, f"{demo_url}/?pool=staff")
    expect(page).to_have_url(f"{demo_url}/overview?pool=staff")


def test_in_a_narrow_window_two_columns_stand_one_below_the_other(
    visitor: BrowserContext, demo_url: str
) -> None:
    page = signed_in(visitor, demo_url, MANAGER)
    page.set_viewport_size(NARROW)
    for address, right in (
        ("/login_test?pool=staff", page.get_by_role("heading", name="The chain")),
        ("/audits?pool=staff&tab=Ask", page.get_by_text("Tables and their columns")),
        ("/account", page.get_by_role("heading", name="Second factor")),
    ):
        opened(page, demo_url + address)
        left = page.get_by_test_id("stMain").get_by_role("textbox").last.bounding_box()
        below = right.bounding_box()
        assert left is not None
        assert below is not None
        assert below["y"] > left["y"], address


def test_what_is_chosen_can_be_read_in_the_dark(visitor: BrowserContext, demo_url: str) -> None:
    page = signed_in(visitor, demo_url, MANAGER)
    put_into(page, "dark")
    opened(page, f"{demo_url}/users?pool=staff")
    page.get_by_role("button", name=re.compile(r"^Active \d")).click()
    page.locator('button[aria-pressed="true"]').wait_for()
    # the chip is pressed before the run that it asks for has begun
    page.wait_for_url(re.compile(r"status=active"))
    drawn(page)
    assert faults(page) == {}
    opened(page, f"{demo_url}/audits?pool=staff&tab=Matrix")
    chosen = page.get_by_role("tab", selected=True).locator("p")
    assert chosen.evaluate("shown => getComputedStyle(shown).color") == "rgb(53, 181, 169)"  # 7:1
    page.get_by_role("button", name=re.compile("Details")).click()
    page.get_by_role("slider").wait_for()
    drawn(page)
    assert faults(page) == {}
    put_into(page, "light")


def put_into(page: Page, theme: str) -> None:
    """Have the page in the light or in the dark; it follows the browser a moment later."""
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.wait_for_function(IN_THEME, arg=theme, timeout=SHOWN_MS, polling=50)


def faults_in_both_themes(page: Page, part: str = "html") -> dict[str, list[str]]:
    """As `faults`, in the light and in the dark; only colours differ between the two."""
    put_into(page, "dark")
    dark = faults(page, part, {"runOnly": ["color-contrast", "link-in-text-block"]})
    put_into(page, "light")
    return dark | faults(page, part)


def faults(
    page: Page, part: str = "html", options: dict[str, list[str]] | None = None
) -> dict[str, list[str]]:
    """What would keep somebody from using the page by ear or by keyboard, with the first place of each."""
    page.wait_for_function(SETTLED, timeout=SHOWN_MS, polling=100)
    # Streamlit colours code, and makes its box scroll, as it likes; its upload field is a minor fault
    context = {"include": [[part]], "exclude": [["pre"]]}
    found = Axe().run(page, context=context, options=options).response["violations"]
    return {fault["id"]: fault["nodes"][0]["target"] for fault in found if fault["impact"] != "minor"}


DIALOGS = (
    ("/users?pool=staff", "New user"),
    ("/groups?pool=staff", "New group"),
    ("/group?pool=staff&name=billing", "Edit…"),
    ("/group?pool=staff&name=billing", "Delete…"),
    ("/schedule?pool=staff", "New schedule"),
    ("/audits?pool=staff&tab=Findings", "Settings"),
    ("/configuration?pool=staff&tab=Sign-in", "Remove…"),
    ("/configuration?pool=staff&tab=Retention", "Erase one person's traces…"),
)
FOCUSED = "() => document.activeElement.innerText"
TELLS_WHEN_KEYS_ARE_HEARD = """
    const add = window.addEventListener;
    window.addEventListener = function (name, ...more) {
        window.keysAreHeard ||= name === "keydown" && more[1] === true;
        return add.call(window, name, ...more);
    };
"""
"""A dialog is drawn before its own script has come that listens to Escape."""


@pytest.mark.parametrize(("address", "button"), DIALOGS, ids=lambda text: re.sub(r"\W+", "-", text))
def test_a_dialog_can_be_read_in_both_themes_and_is_left_by_escape(
    visitor: BrowserContext, demo_url: str, address: str, button: str
) -> None:
    (admin,) = [operator for operator in OPERATORS if operator.role is Role.ADMIN]
    page = signed_in(visitor, demo_url, admin)
    page.add_init_script(TELLS_WHEN_KEYS_ARE_HEARD)
    opened(page, demo_url + address)
    opener = page.get_by_test_id("stMain").get_by_role("button", name=re.compile(f"{re.escape(button)}$"))
    opener.first.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=re.compile("^(Cancel|Close)$")).wait_for()
    drawn(page)
    assert faults_in_both_themes(page) == {}
    assert dialog.evaluate("shown => shown.contains(document.activeElement)")
    page.wait_for_function("() => window.keysAreHeard", timeout=SHOWN_MS)
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    page.wait_for_function(f"name => ({FOCUSED})().includes(name)", arg=button, timeout=SHOWN_MS)


def test_escape_closes_a_list_of_choices_before_the_dialog_it_is_in(
    visitor: BrowserContext, demo_url: str
) -> None:
    page = signed_in(visitor, demo_url, MANAGER)
    page.add_init_script(TELLS_WHEN_KEYS_ARE_HEARD)
    opened(page, f"{demo_url}/users?pool=staff")
    page.get_by_role("button", name=re.compile("New user$")).click()
    dialog = page.get_by_role("dialog")
    page.wait_for_function("() => window.keysAreHeard", timeout=SHOWN_MS)
    dialog.get_by_role("combobox").first.click()
    page.get_by_role("listbox").wait_for()
    page.keyboard.press("Escape")
    page.locator('[role="listbox"]').wait_for(state="detached")
    assert dialog.is_visible()
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")


ABOUT_SEVERAL = {
    "/users?pool=staff&status=invited": (
        "Disable",
        "Add to group",
        "More: Set second factor",
        "More: Offboard",
    ),
    "/audits?pool=staff&rule=in_no_group": ("Add them to groups…", "Accept…", "Assign…", "Remark…"),
    "/group?pool=staff&name=billing": ("Remove 2 from the group…", "Protect…"),
}
"""Where people are ticked, and what is pressed then; some of it in a menu."""
DIALOG = '[role="dialog"]'


def test_dialogs_about_several_who_are_ticked_can_be_read_and_are_left_by_one_click(
    visitor: BrowserContext, demo_url: str
) -> None:
    page = signed_in(visitor, demo_url, MANAGER)
    for address, buttons in ABOUT_SEVERAL.items():
        page.set_viewport_size(WIDE)
        opened(page, demo_url + address)
        tick_two(page)
        for button in buttons:
            page.set_viewport_size(WIDE)
            press(page, button)
            page.locator(DIALOG).get_by_role("button", name="Cancel").wait_for()
            read_and_left(page, button)
    opened(page, f"{demo_url}/users?pool=staff&status=invited")
    only = page.get_by_role("button", name=re.compile(r"\bOpen "))
    until_shown(partial(click_row, page, 1, 18), only)
    only.click()
    page.get_by_role("tab", name="Profile").wait_for()
    page.set_viewport_size(NARROW)
    drawn(page)
    page.wait_for_function(FITS, timeout=SHOWN_MS)


def tick_two(page: Page) -> None:
    """Tick the first two of a table."""
    for row in (1, 2):
        said = page.get_by_text(re.compile(f"^({row} selected|{row} chosen|Remove {row} from the group…)$"))
        until_shown(partial(click_row, page, row, 18), said)


def press(page: Page, button: str) -> None:
    """Press a button of the page: "More: Offboard" is one in a menu."""
    menu, _, inside = button.rpartition(": ")
    main = page.get_by_test_id("stMain")
    if menu:
        main.get_by_role("button", name=re.compile(menu)).last.click()
        main = page.get_by_test_id("stPopoverBody")
    main.get_by_role("button", name=re.compile(f"{re.escape(inside)}$")).first.click()


def read_and_left(page: Page, what: str) -> None:
    """Look at the dialog in both themes and widths, and leave it."""
    drawn(page)
    assert faults_in_both_themes(page, DIALOG) == {}, what
    page.set_viewport_size(NARROW)
    page.wait_for_function(DIALOG_FITS, timeout=SHOWN_MS)
    assert page.get_by_test_id("stPopoverBody").count() == 0, "a menu lies over it"
    page.locator(DIALOG).get_by_role("button", name="Cancel").click()
    page.locator(DIALOG).wait_for(state="detached")
    drawn(page)


COVERED = """() => {
    const boxes = (found) => found.map((shown) => [shown.innerText, shown.getBoundingClientRect()]);
    const main = document.querySelector('[data-testid="stMain"]');
    const all = [...main.querySelectorAll('button, summary, input, a, [data-testid=stSelectbox]')];
    const hangs = boxes(all.filter((shown) => shown.closest('[data-testid="stElementToolbar"]')));
    const others = boxes(all.filter((shown) => !shown.closest('[data-testid="stElementToolbar"]')));
    const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    return others.filter(([, box]) => hangs.some(([, over]) => meet(box, over))).map(([text]) => text);
}"""


def test_what_hangs_over_the_corner_of_a_table_covers_nothing_that_can_be_pressed(
    visitor: BrowserContext, demo_url: str
) -> None:
    (support,) = [operator for operator in OPERATORS if operator.role is Role.SUPPORT]
    page = signed_in(visitor, demo_url, support)
    for there in ("users?", "activity?", "groups?", "group?name=billing&", "audits?tab=Matrix&"):
        address = f"{demo_url}/{there}pool=staff"
        opened(page, address)
        page.get_by_test_id("stDataFrame").first.hover()
        page.get_by_test_id("stElementToolbar").first.get_by_role("button").first.wait_for()
        assert page.evaluate(COVERED) == [], address


def test_what_hangs_over_the_rows_to_correct_covers_nothing_either(
    visitor: BrowserContext, demo_url: str
) -> None:
    (manager,) = [operator for operator in OPERATORS if operator.role is Role.MANAGER]
    page = signed_in(visitor, demo_url, manager)
    opened(page, f"{demo_url}/onboarding?pool=staff")
    file = {"name": "p.csv", "mimeType": "text/csv", "buffer": b"email,groups\nbo@x.example,nowhere\n"}
    page.locator("input[type=file]").set_input_files([file])  # type: ignore[list-item]
    page.get_by_role("button", name="Check the file").click()
    page.get_by_text("Rows to look at").wait_for()
    drawn(page)
    page.get_by_test_id("stDataFrame").first.hover()
    page.get_by_test_id("stElementToolbar").first.get_by_role("button").first.wait_for()
    assert page.evaluate(COVERED) == []
