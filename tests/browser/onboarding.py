"""What the browser tests of onboarding share: a pool, and ways to read the page and the job."""

from __future__ import annotations

import re
import time
from itertools import count

from playwright.sync_api import Locator, Page, expect
from playwright.sync_api import TimeoutError as NotInTime

from console.onboarding.fixing import OUT, ROW
from services.bulk.model import RowResult
from services.store.jobs import Job, JobState
from services.store.store import Store
from tests.fixtures.cognito import Cognito
from tests.fixtures.console import LOST_MS, drawn, until_shown

HEADER = ["User name", "E-mail", "First name", "Last name", "Groups"]
EXISTING = 20


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


def metric(page: Page, label: str) -> Locator:
    """The figure of the metric with this label."""
    metric = page.get_by_test_id("stMetric").filter(
        has=page.get_by_test_id("stMetricLabel").get_by_text(re.compile(f"^{re.escape(label)}$"))
    )
    return metric.get_by_test_id(
        "stMetricValue"
    ).last  # while the page is drawn anew, the old one stands before it


def check_file(page: Page) -> None:
    """Press “Check the file”, until the step that shows what was found is there."""
    drawn(page)
    check = page.get_by_role("button", name="Check the file")
    until_shown(lambda: check.click() if check.is_visible() else None, metric(page, "Rows"))


def write_cell(page: Page, row: int, text: str) -> None:
    """Type into the first column of the file in the grid of rows with problems (the cells are painted)."""
    expect(page.get_by_text("Rows to look at")).to_be_visible()
    blanks = count()

    def write() -> None:
        grid = page.get_by_test_id("stDataFrame").last
        drawn(page)
        grid.scroll_into_view_if_needed()
        box = grid.bounding_box()
        assert box is not None
        cell = page.locator("#portal").get_by_role("textbox")

        def open_cell() -> None:
            # the column of row numbers stands still; how wide the later ones are depends on the font
            page.mouse.click(box["x"] + OUT + ROW / 2, box["y"] + 35 + 17)
            for _ in range(row):
                page.keyboard.press("ArrowDown")
            for _ in ("Person", "What is wrong", "the first of the file"):
                page.keyboard.press("ArrowRight")
            page.keyboard.press("Enter")

        until_shown(open_cell, cell)
        try:
            # where the page missed what was written, the same once more would be no change
            cell.fill(text + " " * next(blanks), timeout=LOST_MS)
        except NotInTime:  # a page that is drawn anew closes the cell: once more
            page.keyboard.press("Escape")
            return
        page.keyboard.press("Enter")

    until_shown(write, page.get_by_text("Cells were changed since the last check."))


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
