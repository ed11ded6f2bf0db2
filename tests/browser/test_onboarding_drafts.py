"""Drafts in a real browser: they survive reloads, and rows are fixed in place."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from services.csv_safe import write_csv
from tests.browser.onboarding import (
    HEADER,
    check_file,
    metric,
    wait_until_over,
    write_cell,
)
from tests.fixtures.cognito import Cognito
from tests.fixtures.console import (
    ConsoleServer,
    SignIn,
    drawn,
    fill_sign_in,
    until_shown,
)
from tests.fixtures.store import PASSWORD

pytestmark = pytest.mark.browser


def test_a_draft_survives_reload_back_and_another_browser(
    sign_in: SignIn, pool_id: str, browser: Browser, console_server: ConsoleServer, tmp_path: Path
) -> None:
    file = tmp_path / "drafted.csv"
    rows = [["dra1", "not-an-address", "D", "X", "billing"], ["dra2", "dra2@example.com", "D", "X", ""]]
    file.write_bytes(write_csv(HEADER, rows))
    page = sign_in("max", "/onboarding?pool=staff")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_text("Create groups that don't exist yet").click()
    drawn(page)  # a click while the page is drawn anew is lost
    check_file(page)
    write_cell(page, 0, "dra1@example.com")

    page.reload()
    expect(metric(page, "Ready")).to_have_text("2")
    page.go_back()
    expect(page.get_by_role("checkbox", name="Create groups that don't exist yet")).to_be_checked()
    page.go_forward()
    expect(metric(page, "Ready")).to_have_text("2")

    elsewhere = browser.new_page()
    elsewhere.goto(f"{console_server.url}/onboarding?pool=staff")
    fill_sign_in(elsewhere, "max", PASSWORD)
    elsewhere.get_by_role("button", name="Go on", exact=True).click()
    expect(metric(elsewhere, "Ready")).to_have_text("2")
    elsewhere.get_by_role("button", name="1 File").click()
    elsewhere.get_by_role("button", name="Throw this draft away").click()
    expect(elsewhere.get_by_text("Nothing was sent.").first).to_be_visible()
    page.get_by_role("button", name="2 Columns").click()
    expect(page.get_by_text("This draft is not there")).to_be_visible()
    elsewhere.close()


def test_a_row_is_fixed_in_place_and_the_result_found_again(
    sign_in: SignIn, pool_id: str, cognito: Cognito, console_server: ConsoleServer, tmp_path: Path
) -> None:
    file = tmp_path / "fix.csv"
    rows = [["fix1", "not-an-address", "F", "X", ""], ["fix 2", "fix2@example.com", "F", "X", "billing"]]
    file.write_bytes(write_csv(HEADER, rows))
    page = sign_in("max", "/onboarding?pool=staff")
    page.locator("input[type=file]").set_input_files(file)
    check_file(page)
    write_cell(page, 1, "fix2")
    checked = page.get_by_text("Type into the cells to correct them.")
    # while the page is drawn anew, the old button stands before it
    until_shown(page.get_by_role("button", name="Check again").last.click, checked)
    expect(metric(page, "Ready")).to_have_text("1")
    page.get_by_role("button", name="Leave these rows out").click()
    expect(metric(page, "Rows")).to_have_text("1")
    page.get_by_role("button", name="Go on to the preview").click()
    page.get_by_role("button", name="Create 1", exact=True).click()
    expect(page.get_by_text("started by max")).to_be_visible()
    tab = page.context.new_page()
    page.close()
    job = wait_until_over(console_server.store, "fix.csv")
    tab.goto(f"{console_server.url}/job?id={job.id}")
    expect(metric(tab, "Done")).to_have_text("1")
    assert "fix2" in cognito.members(pool_id, "billing")
