"""What tests do in the one kind of table."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

ROW = 35  # pixels, as in table.css


def table(page: Page, alt: str = "") -> Locator:
    """The first table of the page, or the one that says `alt`."""
    named = f'[aria-label="{alt}"]' if alt else ""
    return page.locator(f".console-table table{named}").first


def rows(page: Page, alt: str = "") -> Locator:
    """Its rows in sight, without the heading."""
    return table(page, alt).locator("tbody tr[data-row]")


def tick(page: Page, row: int, alt: str = "") -> None:
    """Tick a row; row 1 is the first."""
    rows(page, alt).nth(row - 1).get_by_role("checkbox").check()


def open_row(page: Page, row: int, alt: str = "") -> None:
    """Click on the name in a row; row 1 is the first."""
    rows(page, alt).nth(row - 1).locator("[data-opens]").click()


def names(page: Page, alt: str = "") -> list[str]:
    """Whom or what the rows in sight are about, in order, once they are there."""
    rows(page, alt).first.wait_for()
    return table(page, alt).locator("tbody [data-opens]").all_inner_texts()


def ticked(page: Page) -> list[str]:
    """The names in the rows that are ticked."""
    return page.locator('.console-table tr[aria-selected="true"] [data-opens]').all_inner_texts()


def expect_keyboard_at(page: Page, text: str) -> None:
    """Wait until the keyboard is at what says `text`: a name, a heading, or a box by its label."""
    here = page.locator(".console-table :focus")
    said = re.compile(f"^{re.escape(text)}$")
    expect(here.and_(page.get_by_text(said).or_(page.get_by_label(said)))).to_have_count(1)
