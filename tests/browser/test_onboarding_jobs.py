"""The job of an onboarding in a real browser outlives tabs and the console, pauses, stops and is undone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from services.bulk.model import RowResult
from services.bulk.report import outcomes
from services.csv_safe import write_csv
from tests.browser.onboarding import (
    EXISTING,
    HEADER,
    check_file,
    make_pool,
    metric,
    wait_for_outcomes,
    wait_until_over,
)
from tests.browser.tables import table
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


def test_the_job_goes_on_when_the_tab_is_closed_and_is_found_again(
    sign_in: SignIn, pool_id: str, cognito: Cognito, console_server: ConsoleServer, tmp_path: Path
) -> None:
    file = tmp_path / "more.csv"
    rows = [[f"more{n:03}", f"more{n:03}@example.com", "More", "People", "billing"] for n in range(150)]
    file.write_bytes(write_csv(HEADER, rows))
    page = sign_in("max", "/onboarding?pool=staff")
    page.locator("input[type=file]").set_input_files(file)
    check_file(page)
    page.get_by_role("button", name="Go on to the preview").click()
    page.get_by_role("button", name="Create 150").click()
    expect(page.get_by_text("started by max")).to_be_visible()
    browser = page.context
    page.close()
    job = wait_until_over(console_server.store, "more.csv")
    assert console_server.store.jobs.count_outcomes(job.id) == {str(RowResult.DONE): 150}
    again = browser.new_page()
    again.goto(f"{console_server.url}/jobs")
    expect(table(again)).to_be_visible()
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
        check_file(page)
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


def test_pause_go_on_stop_and_undo(
    sign_in: SignIn, pool_id: str, cognito: Cognito, console_server: ConsoleServer, tmp_path: Path
) -> None:
    before = {user["Username"] for user in cognito.users(pool_id)}
    file = tmp_path / "control.csv"
    rows = [[f"ctl{n:03}", f"ctl{n:03}@example.com", "C", "D", "auditors"] for n in range(200)]
    file.write_bytes(write_csv(HEADER, rows))
    page = sign_in("max", "/onboarding?pool=staff")
    page.locator("input[type=file]").set_input_files(file)
    check_file(page)
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
    assert {user["Username"] for user in cognito.users(pool_id)} == before
