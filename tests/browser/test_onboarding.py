"""Onboarding in a real browser: 100 mixed rows in, the right people in the right groups."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from services.bulk.model import RowResult
from services.bulk.report import outcomes
from services.csv_safe import write_csv
from services.store.jobs import Job, JobState
from services.store.store import Store
from tests.fixtures.cognito import Cognito
from tests.fixtures.console import (
    ConsoleServer,
    SignIn,
    drawn,
    fill_sign_in,
    known_pool,
    run_server,
    until_shown,
)
from tests.fixtures.store import PASSWORD

pytestmark = pytest.mark.browser

HEADER = ["User name", "E-mail", "First name", "Last name", "Groups"]
NEW, EXISTING, INVALID = 70, 20, 10


def make_pool(cognito: Cognito) -> str:
    """A pool with two groups and 20 people, the first 10 of them in billing already."""
    client = cognito.client()
    pool_id = str(client.create_user_pool(PoolName="Onboarding")["UserPool"]["Id"])
    for group in ("billing", "auditors"):
        client.create_group(UserPoolId=pool_id, GroupName=group)
    for number in range(EXISTING):
        client.admin_create_user(
            UserPoolId=pool_id,
            Username=f"old{number:02}",
            MessageAction="SUPPRESS",
            UserAttributes=[
                {"Name": "email", "Value": f"old{number:02}@example.com"},
                {"Name": "given_name", "Value": "Old"},
                {"Name": "family_name", "Value": f"No. {number}"},
            ],
        )
        if number < 10:
            client.admin_add_user_to_group(
                UserPoolId=pool_id, Username=f"old{number:02}", GroupName="billing"
            )
    return pool_id


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


@pytest.fixture(scope="module")
def pool(cognito: Cognito, console_server: ConsoleServer) -> Iterator[str]:
    """The pool, known to the running console."""
    pool_id = make_pool(cognito)
    with known_pool(console_server.store, cognito, pool_id, "staff"):
        yield pool_id


def test_a_hundred_mixed_rows_end_as_the_preview_said(
    sign_in: SignIn, pool: str, cognito: Cognito, console_server: ConsoleServer, tmp_path: Path
) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(write_csv(HEADER, mixed_rows()))
    page = sign_in("max", "/onboarding?pool=staff")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    expect(metric(page, "To fix")).to_have_text(str(INVALID))
    page.get_by_role("button", name="Go on to the preview").click()
    page.get_by_role("button", name="Create 70 and change 10").click()
    expect(metric(page, "Done")).to_have_text("80")
    expect(metric(page, "Already right")).to_have_text("10")
    expect(metric(page, "Can't be done")).to_have_text(str(INVALID))

    billing, auditors = cognito.members(pool, "billing"), cognito.members(pool, "auditors")
    new = {f"new{n:02}" for n in range(NEW)}
    assert billing == new | {f"old{n:02}" for n in range(EXISTING)}
    assert auditors == new
    people = {user["Username"]: attributes(user) for user in cognito.users(pool)}
    assert len(people) == NEW + EXISTING
    assert people["new00"]["given_name"] == "@SUM(1+1)"
    job = job_of(console_server.store, "people.csv")
    assert len(list(outcomes(console_server.store, job.id))) == 100


def test_in_a_narrow_window_what_stands_beside_stands_below(sign_in: SignIn, pool: str) -> None:
    page = sign_in("max", "/onboarding?pool=staff")
    for width, below in ((800, True), (1440, False)):
        page.set_viewport_size({"width": width, "height": 900})
        upload, template = page.get_by_test_id("stFileUploader"), page.get_by_text("No file yet?")
        expect(template).to_be_visible()
        upper, lower = upload.bounding_box(), template.bounding_box()
        assert upper is not None
        assert lower is not None
        assert (lower["y"] >= upper["y"] + upper["height"]) is below


def test_the_job_goes_on_when_the_tab_is_closed_and_is_found_again(
    sign_in: SignIn, pool: str, cognito: Cognito, console_server: ConsoleServer, tmp_path: Path
) -> None:
    file = tmp_path / "more.csv"
    rows = [[f"more{n:03}", f"more{n:03}@example.com", "More", "People", "billing"] for n in range(150)]
    file.write_bytes(write_csv(HEADER, rows))
    page = sign_in("max", "/onboarding?pool=staff")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("button", name="Go on to the preview").click()
    page.get_by_role("button", name="Create 150").click()
    expect(page.get_by_text("started by max")).to_be_visible()
    browser = page.context
    page.close()
    job = wait_until_over(console_server.store, "more.csv")
    assert console_server.store.jobs.count_outcomes(job.id) == {str(RowResult.DONE): 150}
    again = browser.new_page()
    again.goto(f"{console_server.url}/jobs")
    expect(again.get_by_test_id("stDataFrame")).to_be_visible()
    again.goto(f"{console_server.url}/job?id={job.id}")
    expect(metric(again, "Done")).to_have_text("150")


def test_killing_the_console_in_the_middle_loses_no_outcome(
    visitor: BrowserContext, cognito: Cognito, tmp_path: Path
) -> None:
    rows = [[f"kill{n:03}", f"kill{n:03}@example.com", "K", "L", "billing"] for n in range(200)]
    file = tmp_path / "kill.csv"
    file.write_bytes(write_csv(HEADER, rows))
    pool_id = make_pool(cognito)
    with run_server(tmp_path) as server, known_pool(server.store, cognito, pool_id, "staff"):
        page = visitor.new_page()
        page.goto(f"{server.url}/onboarding?pool=staff")
        fill_sign_in(page, "max", PASSWORD)
        page.locator("input[type=file]").set_input_files(file)
        page.get_by_role("button", name="Check the file").click()
        page.get_by_role("button", name="Go on to the preview").click()
        page.get_by_role("button", name="Create 200").click()
        wait_for_outcomes(server.store, "kill.csv", 20)
        server.kill()
        page.close()
        server.restart()
        job = wait_until_over(server.store, "kill.csv")
        assert server.store.jobs.count_outcomes(job.id) == {str(RowResult.DONE): 200}
        assert [outcome.row for outcome in outcomes(server.store, job.id)] == list(range(2, 202))
        names = [user["Username"] for user in cognito.users(pool_id)]
        assert len(names) == len(set(names)) == 200 + EXISTING
        assert {name for name in names if name.startswith("kill")} <= cognito.members(pool_id, "billing")


def test_a_draft_survives_reload_back_and_another_browser(
    sign_in: SignIn, pool: str, browser: Browser, console_server: ConsoleServer, tmp_path: Path
) -> None:
    file = tmp_path / "drafted.csv"
    rows = [["dra1", "not-an-address", "D", "X", "billing"], ["dra2", "dra2@example.com", "D", "X", ""]]
    file.write_bytes(write_csv(HEADER, rows))
    page = sign_in("max", "/onboarding?pool=staff")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_text("Create groups that don't exist yet").click()
    page.get_by_role("button", name="Check the file").click()
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


def workbook(*rows: list[str]) -> bytes:
    out, book = io.BytesIO(), openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "Starters"
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def test_a_workbook_goes_from_upload_to_result_with_many_rows_fixed_at_once(
    sign_in: SignIn, pool: str, cognito: Cognito, console_server: ConsoleServer, tmp_path: Path
) -> None:
    people = [[f"xls{n}", f"xls{n}@exmaple", "Ex", "Cel", "billing"] for n in range(5)]
    file = tmp_path / "starters.xlsx"
    file.write_bytes(
        workbook(["Starters of May"], HEADER, *people, ["xls9", "xls9@example.com", "#N/A", "C", ""])
    )
    page = sign_in("max", "/onboarding?pool=staff")
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("6 rows, 5 columns, sheet “Starters”")).to_be_visible()
    page.get_by_role("button", name="Check the file").click()
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
    assert {f"xls{n}" for n in range(5)} <= cognito.members(pool, "billing")


def write_cell(page: Page, row: int, text: str) -> None:
    """Type into the first column of the file in the grid of rows with problems (the cells are painted)."""
    expect(page.get_by_text("Rows to look at")).to_be_visible()
    before = 100 + 60 + 200 + 400  # the widths of the columns in front of it

    def write() -> None:
        grid = page.get_by_test_id("stDataFrame").last
        drawn(page)
        grid.scroll_into_view_if_needed()
        box = grid.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + before + 30, box["y"] + 35 + 35 * row + 17)
        page.keyboard.press("Enter")
        page.locator("#portal").get_by_role("textbox").fill(text)
        page.keyboard.press("Enter")

    until_shown(write, page.get_by_text("Cells were changed since the last check."))


def attributes(user: dict[str, Any]) -> dict[str, str]:
    return {attribute["Name"]: attribute["Value"] for attribute in user["Attributes"]}


def metric(page: Page, label: str) -> Locator:
    """The figure of the metric with this label."""
    metric = page.get_by_test_id("stMetric").filter(
        has=page.get_by_test_id("stMetricLabel").get_by_text(re.compile(f"^{re.escape(label)}$"))
    )
    return metric.get_by_test_id(
        "stMetricValue"
    ).last  # while the page is drawn anew, the old one stands before it


def job_of(store: Store, title: str) -> Job:
    """The job made of this file."""
    (job,) = (job for job in store.jobs.list() if job.title == title)
    return job


def wait_until_over(store: Store, title: str, seconds: float = 240) -> Job:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        job = job_of(store, title)
        if job.state in (JobState.FINISHED, JobState.FAILED, JobState.STOPPED):
            return job
        time.sleep(0.2)
    raise AssertionError(f"The job did not end: {job}")


def wait_for_outcomes(store: Store, title: str, count: int, seconds: float = 240) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        jobs = [job for job in store.jobs.list() if job.title == title]
        if jobs and store.jobs.count_outcomes(jobs[0].id).get(str(RowResult.DONE), 0) >= count:
            return
        time.sleep(0.02)
    raise AssertionError("The job made no headway.")


def test_pause_go_on_stop_and_undo(
    sign_in: SignIn, pool: str, cognito: Cognito, console_server: ConsoleServer, tmp_path: Path
) -> None:
    before = {user["Username"] for user in cognito.users(pool)}
    file = tmp_path / "control.csv"
    rows = [[f"ctl{n:03}", f"ctl{n:03}@example.com", "C", "D", "auditors"] for n in range(200)]
    file.write_bytes(write_csv(HEADER, rows))
    page = sign_in("max", "/onboarding?pool=staff")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("button", name="Go on to the preview").click()
    page.get_by_role("button", name="Create 200").click()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused by max.")).to_be_visible()
    page.get_by_role("button", name="Go on").click()
    wait_for_outcomes(console_server.store, "control.csv", 1)
    page.get_by_role("button", name="Stop").click()
    expect(metric(page, "Not attempted")).to_be_visible()
    job = wait_until_over(console_server.store, "control.csv")
    assert sum(console_server.store.jobs.count_outcomes(job.id).values()) == 200
    # the page itself has to see the end first: it is drawn anew then
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)
    drawn(page)
    delete = page.get_by_role("button", name=re.compile("^Delete [0-9]+…$"))
    until_shown(page.get_by_role("button", name="Undo").click, delete)
    count = "".join(filter(str.isdigit, delete.inner_text()))
    delete.click()
    page.get_by_role("dialog").get_by_role("textbox").first.fill(count)
    page.get_by_role("dialog").get_by_label("Reason").fill("Wrong file")
    page.get_by_role("dialog").get_by_role("button", name=f"Delete {count}").click()
    wait_until_over(console_server.store, "Undo: control.csv")
    assert {user["Username"] for user in cognito.users(pool)} == before


def test_a_row_is_fixed_in_place_and_the_result_found_again(
    sign_in: SignIn, pool: str, cognito: Cognito, console_server: ConsoleServer, tmp_path: Path
) -> None:
    file = tmp_path / "fix.csv"
    rows = [["fix1", "not-an-address", "F", "X", ""], ["fix 2", "fix2@example.com", "F", "X", "billing"]]
    file.write_bytes(write_csv(HEADER, rows))
    page = sign_in("max", "/onboarding?pool=staff")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Check the file").click()
    write_cell(page, 1, "fix2")
    checked = page.get_by_text("Type into the cells to correct them.")
    until_shown(page.get_by_role("button", name="Check again").click, checked)
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
    assert "fix2" in cognito.members(pool, "billing")


def test_groups_to_be_created_stand_in_the_button_and_are_ticked_off(
    sign_in: SignIn, pool: str, cognito: Cognito, tmp_path: Path
) -> None:
    file = tmp_path / "groups.csv"
    rows = [
        ["gala", "gala@example.com", "Gala", "Ek", "fresh-team; second-team"],
        ["gus", "gus@example.com", "Gus", "Li", "fresh-team"],
    ]
    file.write_bytes(write_csv(HEADER, rows))
    page = sign_in("max", "/onboarding?pool=staff")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_text("Create groups that don't exist yet").click()
    drawn(page)  # a click while the page is drawn anew is lost
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("button", name="Go on to the preview").click()
    expect(page.get_by_role("button", name="Create 2 people and 2 groups")).to_be_visible()
    page.get_by_text("second-team", exact=True).first.click()
    page.get_by_role("button", name="Create 2 people and 1 group").click()
    expect(metric(page, "Done")).to_have_text("2")
    assert cognito.members(pool, "fresh-team") == {"gala", "gus"}
    names = [group["GroupName"] for group in cognito.client().list_groups(UserPoolId=pool)["Groups"]]
    assert "second-team" not in names
