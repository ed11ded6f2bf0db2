"""Onboarding in a real browser: 100 mixed rows in, the right people in the right groups."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import expect

from services.bulk.report import outcomes
from services.csv_safe import write_csv
from tests.browser.onboarding import (
    EXISTING,
    HEADER,
    check_file,
    job_of,
    metric,
)
from tests.fixtures.cognito import Cognito
from tests.fixtures.console import (
    ConsoleServer,
    SignIn,
    drawn,
)

pytestmark = pytest.mark.browser

NEW, INVALID = 70, 10


def mixed_rows() -> list[list[str]]:
    """New people (some with hostile names), people already there, and rows with mistakes."""
    names = ["@SUM(1+1)", "**Bo**", "[x](http://evil.example)", "Łucja", "O'Neil, Jr."]
    rows = [
        [f"new{n:02}", f"new{n:02}@example.com", names[n % len(names)], "New", "billing; auditors"]
        for n in range(NEW)
    ]
    rows += [[f"old{n:02}", f"old{n:02}@example.com", "Old", f"No. {n}", "billing"] for n in range(EXISTING)]
    rows += [["with space", "no-mail", "Ill", "Row", "nowhere"] for _ in range(INVALID)]
    return rows


def test_a_hundred_mixed_rows_end_as_the_preview_said(
    sign_in: SignIn, pool_id: str, cognito: Cognito, console_server: ConsoleServer, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(write_csv(HEADER, mixed_rows()))
    page = sign_in("max", "/onboarding?pool=staff")
    page.locator("input[type=file]").set_input_files(file)
    check_file(page)
    expect(page.get_by_text("42 cells hold a sign that hardly belongs there")).to_be_visible()
    page.locator(".st-key-onboarding-damage-odd-sign-leave button").click()
    expect(metric(page, "To fix")).to_have_text(str(INVALID))
    page.get_by_role("button", name="Go on to the preview").click()
    page.get_by_role("button", name="Create 70 and change 10").click()
    expect(metric(page, "Done")).to_have_text("80")
    expect(metric(page, "Already right")).to_have_text("10")
    expect(metric(page, "Can't be done")).to_have_text(str(INVALID))

    billing, auditors = (
        cognito.members(pool_id, "billing"),
        cognito.members(pool_id, "auditors"),
    )
    new = {f"new{n:02}" for n in range(NEW)}
    assert billing == new | {f"old{n:02}" for n in range(EXISTING)}
    assert auditors == new
    people = {user["Username"]: attributes(user) for user in cognito.users(pool_id)}
    assert len(people) == NEW + EXISTING
    assert people["new00"]["given_name"] == "@SUM(1+1)"
    job = job_of(console_server.store, "people.csv")
    assert len(list(outcomes(console_server.store, job.id))) == 100


def test_in_a_narrow_window_what_stands_beside_stands_below(sign_in: SignIn, pool_id: str) -> None:
    page = sign_in("max", "/onboarding?pool=staff")
    for width, below in ((800, True), (1440, False)):
        page.set_viewport_size({"width": width, "height": 900})
        upload, template = page.get_by_test_id("stFileUploader"), page.get_by_text("No file yet?")
        expect(template).to_be_visible()
        upper, lower = upload.bounding_box(), template.bounding_box()
        assert upper is not None
        assert lower is not None
        assert (lower["y"] >= upper["y"] + upper["height"]) is below


def workbook(*rows: list[str]) -> bytes:
    out, book = io.BytesIO(), openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "Starters"
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def test_a_workbook_goes_from_upload_to_result_with_many_rows_fixed_at_once(
    sign_in: SignIn, pool_id: str, cognito: Cognito, console_server: ConsoleServer, tmp_path: Path
) -> None:
    people = [[f"xls{n}", f"xls{n}@exmaple", "Ex", "Cel", "billing"] for n in range(5)]
    file = tmp_path / "starters.xlsx"
    file.write_bytes(
        workbook(["Starters of May"], HEADER, *people, ["xls9", "xls9@example.com", "#N/A", "C", ""])
    )
    page = sign_in("max", "/onboarding?pool=staff")
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("6 rows, 5 columns, sheet “Starters”")).to_be_visible()
    check_file(page)
    expect(page.get_by_text("5 rows:")).to_be_visible()
    expect(page.get_by_text("No row can be carried out yet")).to_be_visible()
    page.get_by_role("button", name="Fix all…").click()
    page.get_by_text("Replace a part of them").click()
    page.get_by_role("textbox", name="This part").fill("exmaple")
    page.get_by_role("textbox", name="becomes").fill("example.com")
    page.get_by_role("button", name="Change them and check again").click()
    expect(metric(page, "Ready")).to_have_text("5")
    with page.expect_download() as download:
        page.get_by_role("button", name="1 row to fix").click()
    assert download.value.suggested_filename == "staff-to-fix.xlsx"
    sheet = openpyxl.load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))["Starters"]
    assert [cell.value for cell in sheet[1]] == [*HEADER, "problem"]
    assert [cell.value for cell in sheet[2]][:3] == ["xls9", "xls9@example.com", "#N/A"]
    page.get_by_role("button", name="Go on to the preview").click()
    page.get_by_role("button", name="Create 5", exact=True).click()
    expect(metric(page, "Done")).to_have_text("5")
    assert {f"xls{n}" for n in range(5)} <= cognito.members(pool_id, "billing")


def test_groups_to_be_created_stand_in_the_button_and_are_ticked_off(
    sign_in: SignIn, pool_id: str, cognito: Cognito, tmp_path: Path
) -> None:
    file = tmp_path / "groups.csv"
    rows = [
        ["gala", "gala@example.com", "Gala", "Ek", "fresh-team; second-team"],
        ["gus", "gus@example.com", "Gus", "Li", "fresh-team"],
    ]
    file.write_bytes(write_csv(HEADER, rows))
    page = sign_in("max", "/onboarding?pool=staff")
    page.locator("input[type=file]").set_input_files(file)
    wanted = page.get_by_label("Create groups that don't exist yet")
    page.get_by_role("button", name="Check the file").wait_for()
    drawn(page)  # a click while the page is drawn anew is lost
    page.get_by_text("Create groups that don't exist yet").click()
    expect(wanted).to_be_checked()
    drawn(page)
    check_file(page)
    page.get_by_role("button", name="Go on to the preview").click()
    expect(page.get_by_role("button", name="Create 2 people and 2 groups")).to_be_visible()
    page.get_by_text("second-team", exact=True).first.click()
    page.get_by_role("button", name="Create 2 people and 1 group").click()
    expect(metric(page, "Done")).to_have_text("2")
    assert cognito.members(pool_id, "fresh-team") == {"gala", "gus"}
    names = [group["GroupName"] for group in cognito.client().list_groups(UserPoolId=pool_id)["Groups"]]
    assert "second-team" not in names


def attributes(user: dict[str, Any]) -> dict[str, str]:
    return {attribute["Name"]: attribute["Value"] for attribute in user["Attributes"]}
