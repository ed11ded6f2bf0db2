"""The one kind of table in a real browser, on pages of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.table_page import HOSTILE
from tests.browser.tables import ROW, expect_keyboard_at, names, rows, table, tick, ticked
from tests.fixtures.console import STARTED, drawn
from tests.fixtures.demo import ROOT, free_port

pytestmark = pytest.mark.browser

Show = Callable[..., Page]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where Streamlit shows the page of tables."""
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", str(Path(__file__).with_name("table_page.py"))]
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [*command, "--server.port", str(port)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=output,
            stderr=output,
        )
        try:
            until_it_answers(f"http://localhost:{port}/_stcore/health")
            yield f"http://localhost:{port}"
        finally:
            process.kill()
            process.wait()


def until_it_answers(url: str) -> None:
    end = time.monotonic() + STARTED
    while True:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except (urllib.error.URLError, OSError):
            assert time.monotonic() < end
            time.sleep(0.1)
        else:
            return


@pytest.fixture
def show(visitor: BrowserContext, address: str) -> Show:
    """`show("people")`: that page of table_page.py."""

    def shown(what: str, page: Page | None = None) -> Page:
        page = page or visitor.new_page()
        page.goto(f"{address}/?show={what}")
        drawn(page)
        return page

    return shown


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def column(page: Page, heading: str) -> list[str]:
    """What the rows in sight say in a column."""
    headings = table(page).locator("thead th").all_inner_texts()
    place = headings.index(heading) + 1
    return table(page).locator(f"tbody tr[data-row] td:nth-child({place})").all_inner_texts()


def sort_by(page: Page, heading: str) -> None:
    table(page).get_by_role("button", name=heading, exact=True).click()


def test_the_tab_key_stops_once_in_a_table_and_arrows_move_in_it(show: Show) -> None:
    page = show("people")
    page.get_by_text("Slowly").click()
    drawn(page)
    page.get_by_text("Slowly").click()
    drawn(page)
    for keys, place in (
        ("Tab", "Person 1"),
        ("ArrowDown ArrowDown", "Person 3"),
        ("ArrowLeft", "Select Person 3"),
        ("ArrowLeft ArrowUp", "Select Person 2"),
        ("ArrowRight End", "Person 8"),
        ("ArrowDown Home", "Person 1"),
        ("ArrowUp", "Name"),
        ("ArrowRight ArrowRight", "Age"),
        ("ArrowDown PageDown", "Person 8"),
        ("PageUp", "Person 1"),
    ):
        press(page, *keys.split())
        expect_keyboard_at(page, place)
    press(page, "ArrowDown", "Tab")
    expect(page.get_by_role("button", name="Below")).to_be_focused()
    press(page, "Shift+Tab")
    expect_keyboard_at(page, "Person 2")


def test_enter_opens_whose_name_or_box_has_the_keyboard(show: Show) -> None:
    page = show("people")
    rows(page).nth(2).get_by_role("link").focus()
    press(page, "Enter")
    page.get_by_text("Opened: Person 3").wait_for()
    expect_keyboard_at(page, "Person 3")
    press(page, "ArrowDown", "ArrowLeft", "Enter")
    page.get_by_text("Opened: Person 4").wait_for()
    expect(page.get_by_text("Ticked: nobody")).to_be_visible()


def test_a_name_is_opened_in_another_tab_with_the_key_for_that(show: Show) -> None:
    page = show("people")
    with page.context.expect_page() as other:
        rows(page).nth(1).get_by_role("link").click(modifiers=["ControlOrMeta"])
    other.value.get_by_text("This is person 1").wait_for()
    expect(page.get_by_text("Opened: nobody")).to_be_visible()


def test_space_ticks_wherever_the_keyboard_is_in_a_row(show: Show) -> None:
    page = show("people")
    rows(page).nth(1).get_by_role("link").focus()
    press(page, "Space")
    page.get_by_text("Ticked: Person 2").wait_for()
    expect_keyboard_at(page, "Person 2")
    press(page, "ArrowDown", "ArrowLeft", "Space")
    page.get_by_text("Ticked: Person 2, Person 3").wait_for()
    expect_keyboard_at(page, "Select Person 3")
    press(page, "Space")
    page.get_by_text("Ticked: Person 2", exact=True).wait_for()


def test_shift_and_a_click_tick_all_from_the_last_to_this(show: Show) -> None:
    page = show("people")
    tick(page, 2)
    rows(page).nth(4).get_by_role("checkbox").click(modifiers=["Shift"])
    page.get_by_text("Ticked: Person 2, Person 3, Person 4, Person 5").wait_for()
    # beside the box, in its cell
    rows(page).nth(2).locator("td").first.click(modifiers=["Shift"], position={"x": 4, "y": 4})
    page.get_by_text("Ticked: Person 2", exact=True).wait_for()
    assert page.evaluate("String(getSelection())") == ""


def test_the_box_of_the_heading_ticks_all_and_tells_when_only_some_are(show: Show) -> None:
    page = show("people")
    every = table(page).get_by_role("checkbox", name="Select all rows")
    tick(page, 2)
    expect(every).to_be_checked(indeterminate=True)
    every.click()
    page.get_by_text("Ticked: Person 1, Person 2, Person 3").wait_for()
    expect(every).to_be_checked()
    every.click()
    page.get_by_text("Ticked: nobody").wait_for()
    expect(every).not_to_be_checked()


def test_headings_sort_by_what_is_meant_and_what_is_missing_comes_last(show: Show) -> None:
    page = show("people")
    was = names(page)
    sort_by(page, "Age")
    assert column(page, "Age") == ["0", "5", "15", "20", "25", "30", "35", ""]
    sort_by(page, "Age")
    assert column(page, "Age") == ["35", "30", "25", "20", "15", "5", "0", ""]
    expect(table(page).locator("th[aria-sort]")).to_have_attribute("aria-sort", "descending")
    sort_by(page, "Age")
    assert names(page) == was
    sort_by(page, "Seen")
    assert column(page, "Seen")[:2] == ["1 Mar 2026, 12:00", "21 Mar 2026, 12:00"]
    assert column(page, "Seen")[-1] == ""
    sort_by(page, "Groups")
    assert [bool(groups) for groups in column(page, "Groups")] == [True] * 3 + [False] * 5
    sort_by(page, "E-mail")
    assert column(page, "E-mail") == sorted(column(page, "E-mail"))


def test_what_is_told_in_words_is_sorted_by_what_it_means(show: Show) -> None:
    page = show("order")
    sort_by(page, "Seen")
    assert names(page) == ["Bo", "Ann", "Di", "Cy"]
    sort_by(page, "Seen")
    assert names(page) == ["Di", "Ann", "Bo", "Cy"]


def test_ticks_stay_with_their_people_in_another_order_and_other_cells(show: Show) -> None:
    page = show("people")
    tick(page, 1)
    page.get_by_text("Ticked: Person 1", exact=True).wait_for()
    sort_by(page, "Age")
    last = names(page)[-1]
    tick(page, 8)
    page.get_by_text(f"Ticked: Person 1, {last}").wait_for()
    page.get_by_text("Older").click()
    expect(rows(page).last.locator("td").nth(3)).to_have_text("")
    expect(rows(page).nth(6).locator("td").nth(3)).to_have_text("100")
    assert sorted(ticked(page)) == ["Person 1", last]
    rows(page).first.get_by_role("link").click()
    page.get_by_text(f"Opened: {names(page)[0]}").wait_for()


def test_ticks_outlive_another_run_and_go_with_the_list(show: Show) -> None:
    page = show("people")
    tick(page, 2)
    page.get_by_text("Ticked: Person 2").wait_for()
    page.get_by_role("button", name="Run again").click()
    drawn(page)
    assert ticked(page) == ["Person 2"]
    page.get_by_text("Others").click()
    page.get_by_role("link", name="Other 2").wait_for()
    page.get_by_text("Ticked: nobody").wait_for()
    assert ticked(page) == []
    page.get_by_text("Others").click()
    page.get_by_role("link", name="Person 2").wait_for()
    page.get_by_text("Ticked: nobody").wait_for()
    assert ticked(page) == []


def test_no_quick_tick_is_lost_while_the_page_is_drawn(show: Show) -> None:
    page = show("people")
    page.get_by_text("Slowly").click()
    for row in (1, 3, 4, 6):
        tick(page, row)
    page.get_by_text("Ticked: Person 1, Person 3, Person 4, Person 6").wait_for()
    drawn(page)
    assert ticked(page) == ["Person 1", "Person 3", "Person 4", "Person 6"]


def runs_on(page: Page) -> None:
    """Wait until the page, which runs again and again, has run twice more; a slow look may miss one."""
    now = "Number(/Run (\\d+)/.exec(document.body.innerText)[1])"
    run = page.evaluate(now)
    page.wait_for_function(f"{now} >= {run} + 2")


def test_the_keyboard_stays_where_it_is_in_a_table_that_changes(show: Show) -> None:
    page = show("live")
    sort_by(page, "Age")  # which changes all the time
    for role, name in (("link", "Person 3"), ("button", "E-mail")):
        table(page).get_by_role(role, name=name).focus()  # type: ignore[arg-type]
        runs_on(page)
        assert page.evaluate("document.activeElement.textContent") == name
    table(page).get_by_role("checkbox", name="Select Person 3").check()
    page.get_by_text("Ticked: Person 3").wait_for()
    assert ticked(page) == ["Person 3"]


def test_the_keyboard_stays_in_a_table_that_is_ended_before_it_is_shown_anew(show: Show) -> None:
    page = show("people")
    rows(page).first.wait_for()  # the component is there
    kept = page.evaluate(
        """async () => {
            const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
            const { default: show } = await import(loaded.find((name) => name.includes("/table.js")));
            const parentElement = document.createElement("div");
            document.querySelector(".stApp").append(parentElement);
            const column = { name: "Name", kind: "text", values: ["Ann"], more: [], order: [] };
            const table = { alt: "Again", rows: 5, wide: true, opens: "Name", links: [], ticks: "many" };
            const text = (ticked) => JSON.stringify({ columns: [column], table, ticked });
            const told = (ticked) => new TextEncoder().encode(text(ticked));
            const told_to = { parentElement, setStateValue() {}, setTriggerValue() {} };
            const end = show({ ...told_to, data: told([]) });
            const name = parentElement.querySelector("td button");
            name.focus();
            end();
            const after = show({ ...told_to, data: told([0]) });
            const kept = document.activeElement === name;
            parentElement.remove();
            after();
            return kept;
        }"""
    )
    assert kept


def test_a_table_that_changes_stays_scrolled_where_it_is(show: Show) -> None:
    page = show("live")
    page.set_viewport_size({"width": 500, "height": 900})
    box = page.locator(".console-table")
    rows(page).first.wait_for()
    box.evaluate("box => box.scrollTo(40, 70)")
    runs_on(page)
    assert box.evaluate("box => [box.scrollLeft, box.scrollTop]") == [40, 70]


def test_what_is_told_over_a_cell_comes_after_the_whole_of_one_that_is_cut_off(show: Show) -> None:
    page = show("told")
    cell = rows(page).nth(0).get_by_role("cell")
    expect(cell.nth(0)).to_have_attribute("title", "CONFIRMED")
    cell.nth(1).hover()
    expect(cell.nth(1)).to_have_attribute("title", f"{'long ' * 60}\nand more")


def test_what_is_cut_off_ends_in_dots_and_is_told_whole(show: Show) -> None:
    page = show("people")
    page.set_viewport_size({"width": 800, "height": 900})
    cell = rows(page).first.locator("td").nth(2)
    assert cell.evaluate("cell => cell.scrollWidth > cell.clientWidth")
    assert cell.evaluate("cell => getComputedStyle(cell).textOverflow") == "ellipsis"
    cell.hover()
    expect(cell).to_have_attribute("title", "person.0003@a-rather-long-domain-name.example")


def test_names_stay_in_view_where_a_table_is_moved_sideways(show: Show) -> None:
    page = show("people")
    page.set_viewport_size({"width": 500, "height": 900})
    box = page.locator(".console-table").first
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    name = rows(page).first.get_by_role("link")
    before = name.bounding_box()
    box.evaluate("box => { box.scrollLeft = box.scrollWidth; }")
    assert name.bounding_box() == before
    assert name.evaluate(AT_ITS_PLACE)


def test_where_two_columns_find_no_room_to_stay_in_view_the_name_stays(show: Show) -> None:
    page = show("pinned")
    name, address = rows(page).first.locator("td.pinned"), rows(page).first.locator("td").nth(2)
    rows(page).first.wait_for()
    expect(name).to_have_count(3)  # the box, the name, the address
    page.set_viewport_size({"width": 500, "height": 900})
    expect(name).to_have_count(2)
    before = rows(page).first.get_by_role("link").bounding_box()
    page.locator(".console-table").evaluate("box => { box.scrollLeft = box.scrollWidth; }")
    assert rows(page).first.get_by_role("link").bounding_box() == before
    assert address.evaluate("cell => cell.getBoundingClientRect().left") < 0


AT_ITS_PLACE = """(shown) => {
    const box = shown.getBoundingClientRect();
    return document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2) === shown;
}"""


def test_hostile_text_stays_text_in_its_own_cell(show: Show) -> None:
    page = show("hostile")
    title = page.title()
    expect(rows(page)).to_have_count(len(HOSTILE))
    assert [name.strip() for name in names(page)] == [" ".join(text.split()) for text in HOSTILE.values()]
    assert page.locator(".console-table :is(img, script)").count() == 0
    for row in rows(page).all():
        box = row.bounding_box()
        assert box is not None
        assert box["height"] == ROW
        row.locator("td").last.hover()
    expect(rows(page).nth(2).locator("td").last).to_have_attribute("title", HOSTILE["long"])
    rows(page).first.get_by_role("link").click()
    page.get_by_text("Opened: <img").wait_for()
    assert page.title() == title


def test_a_long_table_has_the_rows_in_sight_and_keys_and_wheel_reach_the_last(show: Show) -> None:
    page = show("many")
    rows(page).first.wait_for()
    assert rows(page).count() < 200
    rows(page).first.get_by_role("link").focus()
    press(page, "End")
    expect_keyboard_at(page, "Person 5000")
    assert rows(page).last.get_by_role("link").evaluate(AT_ITS_PLACE)
    press(page, "ArrowUp", "Space")
    page.get_by_text("Ticked: Person 4999", exact=True).wait_for()
    press(page, "Home", "ArrowDown")
    expect_keyboard_at(page, "Person 2")
    page.locator(".console-table").evaluate("box => { box.scrollTop = box.scrollHeight; }")
    expect(rows(page).last).to_contain_text("Person 5000")
    assert rows(page).count() < 200
    # who went away from where the keyboard is goes on from there
    expect_keyboard_at(page, "Person 2")
    press(page, "ArrowDown")
    expect_keyboard_at(page, "Person 3")
    assert page.locator(":focus").evaluate(AT_ITS_PLACE)


def test_what_the_keyboard_comes_to_is_in_the_window(show: Show) -> None:
    page = show("many")
    page.set_viewport_size({"width": 500, "height": 400})
    rows(page).first.get_by_role("link").focus()
    press(page, *["ArrowDown"] * 14)
    expect_keyboard_at(page, "Person 15")
    assert page.locator(":focus").evaluate(AT_ITS_PLACE)
    press(page, "Home", "ArrowUp", *["ArrowRight"] * 6)
    expect_keyboard_at(page, "Active")
    assert page.locator(":focus").evaluate(AT_ITS_PLACE)
    press(page, *["ArrowLeft"] * 4)
    expect_keyboard_at(page, "Age")
    assert page.locator(":focus").evaluate(AT_ITS_PLACE)


def test_a_table_is_laid_out_when_its_place_is_opened(show: Show) -> None:
    page = show("places")
    for opener, alt in (
        (page.get_by_role("tab", name="Second"), "In a tab"),
        (page.get_by_text("Expander"), "In an expander"),
        (page.get_by_role("button", name="Popover"), "In a popover"),
        (page.get_by_role("button", name="Dialog"), "In a dialog"),
    ):
        opener.click()
        drawn(page)
        expect(rows(page, alt).last).to_be_visible()
        widths = table(page, alt).locator("col").evaluate_all("all => all.map(col => col.offsetWidth)")
        assert len(widths) >= 7, alt
        assert min(widths) >= 39, alt
    tick(page, 2, "In a dialog")
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("Ticked: Person 2").wait_for()
    rows(page, "In a dialog").nth(3).get_by_role("link").click()
    dialog.get_by_text("Opened: Person 4").wait_for()


def test_a_table_in_a_dialog_has_the_colours_of_the_page(show: Show) -> None:
    page = show("places")
    page.emulate_media(color_scheme="dark")
    page.get_by_role("button", name="Dialog").click()
    name = rows(page, "In a dialog").first.get_by_role("link")
    for theme, colour in (("dark", "rgb(53, 181, 169)"), ("light", "rgb(11, 110, 102)")):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        expect(name).to_have_css("color", colour)


def test_a_table_is_laid_out_when_its_style_comes_late(show: Show, visitor: BrowserContext) -> None:
    page, held = visitor.new_page(), list[Route]()
    page.route("**/table.css", lambda route: held.append(route))
    show("people", page)
    page.locator(".console-table").wait_for(state="attached")
    expect(rows(page)).to_have_count(8)
    held[0].continue_()
    name = rows(page).first.get_by_role("link")
    name.wait_for()
    assert name.evaluate("name => name.scrollWidth <= name.clientWidth")


def test_a_table_that_has_gone_listens_no_longer(show: Show) -> None:
    page = show("people")
    for name in ("Other 1", "Person 1") * 2:
        page.get_by_text("Others").click()
        page.get_by_role("link", name=name).wait_for()
    devtools = page.context.new_cdp_session(page)
    window = devtools.send("Runtime.evaluate", {"expression": "window"})["result"]["objectId"]
    found = devtools.send("DOMDebugger.getEventListeners", {"objectId": window})["listeners"]
    assert [listener["type"] for listener in found].count("beforeprint") == 1
    assert page.locator(".console-table").count() == 1


def test_two_tables_that_are_said_to_be_the_same_are_both_shown(show: Show) -> None:
    page = show("plain")
    few = page.get_by_role("table", name="A few")
    expect(few).to_have_count(2)
    for number, count in enumerate((3, 4)):
        expect(few.nth(number).locator("tbody tr")).to_have_count(count)


def test_one_can_be_ticked_by_a_click_anywhere_in_its_row(show: Show) -> None:
    page = show("one")
    rows(page).nth(1).locator("td").nth(2).click()
    page.get_by_text("Ticked: Person 2").wait_for()
    rows(page).nth(4).locator("td").nth(2).click()
    page.get_by_text("Ticked: Person 5", exact=True).wait_for()
    rows(page).nth(4).get_by_role("checkbox").click()
    page.get_by_text("Ticked: nobody").wait_for()


def test_all_rows_are_printed_whole(show: Show) -> None:
    page = show("plain")
    assert table(page, "People to look at").get_attribute("role") is None
    rows(page).first.wait_for()
    assert rows(page).count() < 300
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert rows(page).count() == 300
    assert page.locator(".console-table").first.evaluate("box => box.scrollHeight - box.clientHeight") <= 1
    assert table(page).evaluate("table => table.offsetWidth <= table.closest('.stMain').clientWidth")
    cut = "cells => cells.filter(cell => cell.scrollWidth > cell.clientWidth).length"
    assert table(page).locator("tbody td").evaluate_all(cut) == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert rows(page).count() < 300
