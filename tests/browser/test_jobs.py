"""Jobs in a real browser: passwords handed over once, a large job under way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from services.access.sessions import terminal_actor
from services.bulk import control
from services.bulk.columns import recognise
from services.bulk.files.csv_file import read_file
from services.bulk.model import PlanOptions
from services.bulk.plan import plan_file
from services.bulk.runner import run_here
from services.bulk.saved import save_plan
from services.csv_safe import write_csv
from services.gateways import gateway_for, target_of
from services.store.columns import utc_now
from services.store.jobs import Job, JobRow, JobState, JobStep, NewJob, StepState
from services.store.store import Store
from tests.browser.tables import table
from tests.fixtures.cognito import Cognito
from tests.fixtures.console import ConsoleServer, SignIn, known_pool

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def store(cognito: Cognito, console_server: ConsoleServer) -> Iterator[Store]:
    """The console's store, which knows an empty pool as "jobs"."""
    pool_id = str(cognito.client().create_user_pool(PoolName="Jobs")["UserPool"]["Id"])
    with known_pool(console_server.store, cognito, pool_id, "jobs"):
        yield console_server.store


def planned(store: Store, name: str, *rows: Sequence[str]) -> Job:
    """A plan of a file with these people, saved."""
    target = target_of(store.pools.by_name("jobs"))
    gateway = gateway_for(store, target, "tester")
    table = read_file(write_csv(("username", "email", "name"), rows), name)
    columns = recognise(table.header, gateway.describe_pool())
    plan = plan_file(gateway, table, columns, PlanOptions(share=1.0), pool_name="jobs")
    return save_plan(store, plan, target=asdict(target), actor=terminal_actor()())


def carried_out(store: Store, name: str, *rows: Sequence[str]) -> Job:
    """The same, carried out to its end."""
    job = control.start(store, planned(store, name, *rows).id, terminal_actor()())
    return run_here(store, job.id, terminal=terminal_actor())


def test_temporary_passwords_are_handed_over_once(
    sign_in: SignIn, console_server: ConsoleServer, store: Store
) -> None:
    rows = [(f"hand{number}", f"hand{number}@example.com", f"Hand {number}") for number in range(7)]
    job = carried_out(store, "people.csv", *rows)
    page = sign_in("max", f"/job?id={job.id}")
    page.get_by_role("button", name="Hand over…").click()
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text("With the download they are erased here")
    asked.get_by_role("button", name="Cancel").click()
    expect(asked).to_have_count(0)
    assert store.jobs.passwords_left(job.id) == 7
    page.get_by_role("button", name="Hand over…").click()
    with page.expect_download() as download:
        asked.get_by_role("button", name="As a table").click()
    lines = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert len(lines) == 1 + 7
    assert "capital " in lines[1]
    expect(asked).to_contain_text("that max downloaded on")
    asked.get_by_role("button", name="Close").click()
    assert store.jobs.passwords_left(job.id) == 0
    again = page.context.request.get(download.value.url, headers={"Sec-Fetch-Mode": "navigate"})
    assert (again.status, again.body()) == (404, b"")
    page.goto(f"{console_server.url}/job?id={job.id}")
    expect(page.get_by_text("7 temporary passwords taken away by max on")).to_be_visible()
    expect(page.get_by_role("button", name="Hand over…")).to_have_count(0)
    page.get_by_role("button", name="Set new ones for these 7…").click()
    expect(page.get_by_text("New temporary passwords: people.csv")).to_be_visible()
    expect(page.get_by_role("button", name="Set temporary password for 7")).to_be_visible()


LARGE = 10_000


def under_way(store: Store, done: int) -> Job:
    """A job of 10,000 rows that some process runs, with `done` of them done."""
    target = target_of(store.pools.by_name("jobs"))
    new = NewJob("file", "large.csv", "jobs", asdict(target), "op", "max", "browser")
    job = store.jobs.create(new)
    actions = ("create_user", "add_to_group")
    for first in range(1, LARGE + 1, 1000):
        numbers = range(first, first + 1000)
        payloads = {
            number: {
                "label": f"large{number}@example.com",
                "action": "upsert",
                "verdict": "create",
                "steps": [{"change": {"action": action}, "before": {}, "after": {}} for action in actions],
            }
            for number in numbers
        }
        rows = [
            JobRow(number, "done" if number <= done else "", payloads[number], message="Created.")
            for number in numbers
        ]
        steps = [
            JobStep(number, place, action, StepState.DONE if number <= done else StepState.WAITING)
            for number in numbers
            for place, action in enumerate(actions)
        ]
        store.jobs.add_rows(job.id, rows, steps, {})
    lease = utc_now() + timedelta(hours=1)
    store.jobs.update(
        job.id, state=JobState.RUNNING, started_at=utc_now(), lease_owner="another/1/x", lease_until=lease
    )
    return store.jobs.get(job.id)


def test_a_large_job_under_way_is_there_at_once_and_stays_live(
    sign_in: SignIn, console_server: ConsoleServer, store: Store
) -> None:
    job = under_way(store, done=2_500)
    page = sign_in("max", "/jobs")
    expect(table(page)).to_be_visible()
    page.goto(f"{console_server.url}/job?id={job.id}")
    bar = page.get_by_test_id("stProgress")
    expect(bar).to_contain_text("2,500 of 10,000 rows carried out")
    ended = [JobRow(number, "done") for number in range(2_501, 3_001)]
    store.jobs.close(job.id, steps=[], rows=ended)
    expect(bar).to_contain_text("3,000 of 10,000 rows carried out")
    expect(page.get_by_text("Waiting", exact=True)).to_be_visible()
    store.jobs.delete(job.id)
