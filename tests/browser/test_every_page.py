"""Every page opens for every role that may open it, and a program that reads pages aloud can read it."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from console.navigation import pages_for
from demo.install import OPERATORS, DemoOperator
from services.roles import Role
from tests.browser.tables import open_row, table, tick
from tests.fixtures.console import ACTED_MS, SHOWN_MS, drawn, fill_sign_in, inside
from tests.fixtures.demo import free_port, running, words_until_ready

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(os.name != "posix", reason="needs POSIX signals"),
]

NAMED = {"user": "&id={sub}", "group": "&name=billing", "job": "&id=none"}
"""What pages about one of many are opened with besides the pool."""
TABS = {
    "user": ("Profile", "Groups", "Security", "Timeline"),
    "audits": ("Findings", "Matrix", "Access by application", "Compare", "Ask", "Reviews"),
    "login_test": (
        "Login page",
        "Own form, server",
        "Why can’t they sign in?",
        "Pool check-up",
        "Check a token",
    ),
    "configuration": (
        "Connections",
        "Pools",
        "Applications",
        "Identity providers",
        "Notes on actions",
        "Reviews",
        "Sign-in",
        "Notices",
        "Retention",
        "Encryption and backup",
        "IAM policy",
    ),
}
(MANAGER,) = [operator for operator in OPERATORS if operator.role is Role.MANAGER]
(ADMIN,) = [operator for operator in OPERATORS if operator.role is Role.ADMIN]
AXE = Axe().axe_script
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
MOVES_INSIDE = """() => {
    const place = document.querySelector('.st-key-scrolls-sideways-matrix');
    return place.scrollWidth - place.clientWidth > 1;
}"""


@pytest.fixture(scope="module")
def demo_url(browser: Browser) -> Iterator[str]:
    """The demo, with its staff read for the audits."""
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        with running(Path(folder), port) as process:
            words_until_ready(process)
            url = f"http://localhost:{port}"
            with browser.new_context() as context:
                page = signed_in(context, f"{url}/audits?pool=staff", MANAGER)
                page.get_by_role("button", name="Read the pool now").click()
                page.get_by_role("tab", name="Findings").wait_for(timeout=ACTED_MS)
            yield url


Enter = Callable[[DemoOperator], "Page"]


@pytest.fixture(scope="module")
def sessions() -> dict[str, list[Any]]:
    """What a browser keeps of the sign-in of each operator, for all tests of this file."""
    return {}


@pytest.fixture
def enter(visitor: BrowserContext, demo_url: str, sessions: dict[str, list[Any]]) -> Enter:
    """`enter(MANAGER)`: a tab of a browser in which an operator of the demo is signed in."""

    def tab_of(operator: DemoOperator) -> Page:
        if kept := sessions.get(operator.username):
            visitor.add_cookies(kept)
            return visitor.new_page()
        page = signed_in(visitor, f"{demo_url}/account", operator)
        sessions[operator.username] = list(visitor.cookies(demo_url))
        return page

    return tab_of


def addresses(role: Role, sub: str) -> dict[str, tuple[str, ...]]:
    """The address of every page that the role may open, with its tabs. `sub`: whose page is opened."""
    return {
        f"/{spec.name}?pool=staff{NAMED.get(spec.name, '').format(sub=sub)}": TABS.get(spec.name, ())
        for spec in pages_for(role)
    }


def signed_in(visitor: BrowserContext, address: str, operator: DemoOperator) -> Page:
    page = visitor.new_page()
    page.goto(address)
    fill_sign_in(page, operator.username, operator.password)
    return inside(page)


def opened(page: Page, address: str) -> None:
    page.goto(address)
    inside(page)
    drawn(page)


@pytest.mark.parametrize("operator", OPERATORS, ids=lambda operator: operator.username)
def test_every_page_opens_fits_a_narrow_window_and_can_be_read_aloud(
    enter: Enter, demo_url: str, operator: DemoOperator
) -> None:
    page = enter(operator)
    opened(page, f"{demo_url}/users?pool=staff")
    for address, tabs in addresses(operator.role, sub_of_the_first(page)).items():
        opened(page, demo_url + address)
        looked_at(page, operator, address)
        for tab in tabs[1:]:
            page.get_by_role("tab", name=tab, exact=True).click()
            # the tab is chosen before the run that it asks for has begun
            page.wait_for_url(lambda there, tab=tab: asked_of(there).get("tab") == [tab])
            drawn(page)
            looked_at(page, operator, f"{address} {tab}")


def sub_of_the_first(page: Page) -> str:
    """The sub of the person in the first row of the people."""
    open_row(page, 1)
    page.wait_for_url(re.compile(r"/user\?"))
    (sub,) = asked_of(page.url)["id"]
    return sub


def asked_of(address: str) -> dict[str, list[str]]:
    """What an address asks for besides the page."""
    return parse_qs(urlsplit(address).query)


def looked_at(page: Page, operator: DemoOperator, where: str) -> None:
    """Nothing failed, nothing is cut off in a narrow window, and it can be read aloud."""
    assert page.get_by_test_id("stException").count() == 0, where
    assert page.get_by_test_id("stMain").locator("h1").count() == 1, where
    if operator.role is Role.ADMIN:  # who sees all that the others see
        page.set_viewport_size(WIDE)
        assert faults_in_both_themes(page) == {}, where
    page.set_viewport_size(NARROW)
    page.wait_for_function(FITS, timeout=SHOWN_MS)


def test_the_root_leads_on_to_the_overview_of_the_pool_that_its_address_names(
    enter: Enter, demo_url: str
) -> None:
    page = enter(MANAGER)
    opened(page, f"{demo_url}/?pool=staff")
    expect(page).to_have_url(f"{demo_url}/overview?pool=staff")


def test_in_a_narrow_window_two_columns_stand_one_below_the_other(enter: Enter, demo_url: str) -> None:
    page = enter(ADMIN)
    page.set_viewport_size(NARROW)
    field = page.get_by_test_id("stMain").get_by_role("textbox").last
    for address, above, below in (
        ("/login_test?pool=staff", field, page.get_by_role("heading", name="The chain")),
        ("/audits?pool=staff&tab=Ask", field, page.get_by_text("Tables and their columns")),
        ("/account", field, page.get_by_role("heading", name="Second factor")),
        (
            "/configuration?pool=staff&tab=IAM policy",
            page.get_by_label("Account ID"),
            page.get_by_text("Who works through it"),
        ),
    ):
        opened(page, demo_url + address)
        left, right = above.bounding_box(), below.bounding_box()
        assert left is not None
        assert right is not None
        assert right["y"] > left["y"], address
        assert right["x"] <= left["x"], address


def test_a_picture_wider_than_a_narrow_window_is_moved_in_its_own_place(enter: Enter, demo_url: str) -> None:
    page = enter(MANAGER)
    page.set_viewport_size(NARROW)
    for view in ("Overlap", "Combinations"):
        opened(page, f"{demo_url}/audits?pool=staff&tab=Matrix&matrix-view={view}")
        page.get_by_test_id("stVegaLiteChart").locator("svg, canvas").first.wait_for()
        page.wait_for_function(FITS, timeout=SHOWN_MS)
        page.wait_for_function(MOVES_INSIDE, timeout=SHOWN_MS)


def test_in_a_narrow_window_every_tab_is_seen(enter: Enter, demo_url: str) -> None:
    page = enter(ADMIN)
    page.set_viewport_size(NARROW)
    for there in ("configuration", "login_test", "audits"):
        opened(page, f"{demo_url}/{there}?pool=staff")
        tabs = page.get_by_test_id("stMain").get_by_role("tablist")
        assert tabs.evaluate("list => list.scrollWidth - list.clientWidth") <= 1, there


def test_what_is_chosen_can_be_read_in_the_dark(enter: Enter, demo_url: str) -> None:
    page = enter(MANAGER)
    opened(page, f"{demo_url}/users?pool=staff")
    put_into(page, "dark")
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
    dark = faults(page, part, ["color-contrast", "link-in-text-block"])
    put_into(page, "light")
    return dark | faults(page, part)


def faults(page: Page, part: str = "html", rules: Sequence[str] = ()) -> dict[str, list[str]]:
    """What would keep somebody from using the page by ear or by keyboard, with the first place of each.

    A page that is drawn anew just then is pale for a moment: a fault is what is there when looked at again.
    """
    return _faults_now(page, part, rules) and _faults_now(page, part, rules)


def _faults_now(page: Page, part: str, rules: Sequence[str]) -> dict[str, list[str]]:
    drawn(page)
    page.wait_for_function(SETTLED, timeout=SHOWN_MS, polling=100)
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE)
    # Streamlit colours code, and makes its box scroll, as it likes; its upload field is a minor fault
    context = {"include": [[part]], "exclude": [["pre"]]}
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    found = page.evaluate("([there, options]) => axe.run(there, options)", [context, options])["violations"]
    return {fault["id"]: fault["nodes"][0]["target"] for fault in found if fault["impact"] != "minor"}


DIALOGS = (
    ("/users?pool=staff", "New user…"),
    ("/groups?pool=staff", "New group…"),
    ("/group?pool=staff&name=billing", "Edit…"),
    ("/group?pool=staff&name=billing", "Delete…"),
    ("/schedule?pool=staff", "New schedule…"),
    ("/audits?pool=staff&tab=Findings", "Settings…"),
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
    enter: Enter, demo_url: str, address: str, button: str
) -> None:
    page = enter(ADMIN)
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


def test_escape_closes_a_list_of_choices_before_the_dialog_it_is_in(enter: Enter, demo_url: str) -> None:
    page = enter(MANAGER)
    page.add_init_script(TELLS_WHEN_KEYS_ARE_HEARD)
    opened(page, f"{demo_url}/users?pool=staff")
    page.get_by_role("button", name=re.compile("New user…$")).click()
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
        "Disable…",
        "Add to group…",
        "More: Set second factor…",
        "More: Offboard…",
    ),
    "/audits?pool=staff&rule=in_no_group": ("Add them to groups…", "Accept…", "Assign…", "Remark…"),
    "/group?pool=staff&name=billing": ("Remove 2 from the group…", "Protect…"),
}
"""Where people are ticked, and what is pressed then; some of it in a menu."""
DIALOG = '[role="dialog"]'


def test_dialogs_about_several_who_are_ticked_can_be_read_and_are_left_by_one_click(
    enter: Enter, demo_url: str
) -> None:
    page = enter(MANAGER)
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
    open_row(page, 1)
    page.get_by_role("tab", name="Profile").wait_for()
    page.set_viewport_size(NARROW)
    drawn(page)
    page.wait_for_function(FITS, timeout=SHOWN_MS)


def tick_two(page: Page) -> None:
    """Tick the first two of a table."""
    for row in (1, 2):
        said = page.get_by_text(re.compile(f"^({row} selected|{row} chosen|Remove {row} from the group…)$"))
        tick(page, row)
        said.wait_for()


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


def test_nothing_hangs_over_the_corner_of_a_table(enter: Enter, demo_url: str) -> None:
    (support,) = [operator for operator in OPERATORS if operator.role is Role.SUPPORT]
    page = enter(support)
    for there in ("users?", "activity?", "groups?", "group?name=billing&", "audits?tab=Matrix&"):
        address = f"{demo_url}/{there}pool=staff"
        opened(page, address)
        table(page).hover()
        assert page.get_by_test_id("stMain").get_by_test_id("stElementToolbar").count() == 0, address
        assert page.evaluate(COVERED) == [], address


def test_what_hangs_over_the_rows_to_correct_covers_nothing_that_can_be_pressed(
    enter: Enter, demo_url: str
) -> None:
    (manager,) = [operator for operator in OPERATORS if operator.role is Role.MANAGER]
    page = enter(manager)
    opened(page, f"{demo_url}/onboarding?pool=staff")
    file = {"name": "p.csv", "mimeType": "text/csv", "buffer": b"email,groups\nbo@x.example,nowhere\n"}
    page.locator("input[type=file]").set_input_files([file])  # type: ignore[list-item]
    page.get_by_role("button", name="Check the file").click()
    page.get_by_text("Rows to look at").wait_for()
    drawn(page)
    page.get_by_test_id("stDataFrame").first.hover()
    page.get_by_test_id("stElementToolbar").first.get_by_role("button").first.wait_for()
    assert page.evaluate(COVERED) == []
