"""A job that is stopped half-way, with failures: every place that counts its rows counts the same."""

from __future__ import annotations

import csv
import io
import re
import threading
import time
from collections import Counter

from console.commands.plan_text import exit_of_job
from console.commands.showing import Exit
from console.widgets.plan import RESULTS
from services.bulk import control
from services.bulk.files.csv_file import read_file
from services.bulk.model import RowResult, RowVerdict
from services.bulk.report import CARRIED_OUT, TO_FIX, outcomes, progress, report_html, results_csv
from services.bulk.runner import run_here
from services.bulk.to_fix import job_rows_to_fix
from services.store.jobs import JobState
from services.undo import plan_undo
from tests.fixtures.console import OpenPage
from tests.fixtures.tables import tables
from tests.services.bulk.conftest import Bulk

HEADER = ("username", "email", "given_name", "family_name")
ROWS = 60


def people(prefix: str, count: int) -> list[tuple[str, ...]]:
    return [(f"{prefix}.{n}", f"{prefix}.{n}@example.com", "N", str(n)) for n in range(count)]


def stopped_half_way(bulk: Bulk, name: str) -> str:
    """The id of a job with rows that are done, failed, invalid, already so, and not attempted.

    Whom it creates is called `name` and a number.
    """
    there = people(f"there.{name}", 3)
    bulk.apply(HEADER, *there)
    wrong = [("wrong.one", "no address", "W", "1"), ("wrong.two", "nor this", "W", "2")]
    plan = bulk.plan(HEADER, *there, *wrong, *people(name, ROWS))
    assert Counter(row.verdict for row in plan.rows) == {
        RowVerdict.UNCHANGED: plan.totals.unchanged,
        RowVerdict.INVALID: plan.totals.invalid,
        RowVerdict.CREATE: plan.totals.create,
    }
    assert (plan.totals.unchanged, plan.totals.invalid, plan.totals.create) == (3, 2, ROWS)
    # somebody else creates one of them meanwhile, with another address
    bulk.cognito.client().admin_create_user(
        UserPoolId=bulk.target.pool_id, Username=f"{name}.1", MessageAction="SUPPRESS"
    )
    bulk.gateway.client.pacer.set_quota("UserCreation", 10.0)
    job = bulk.start(plan)
    run = threading.Thread(target=run_here, args=(bulk.store, job.id), kwargs={"terminal": bulk.who})
    run.start()
    end = time.monotonic() + 60
    while progress(bulk.store, job.id).finished < 6 and time.monotonic() < end:
        time.sleep(0.05)
    control.stop(bulk.store, job.id, bulk.who())
    run.join(timeout=60)
    assert bulk.store.jobs.get(job.id).state is JobState.STOPPED
    return job.id


def test_preview_job_list_undo_and_files_agree(staff: Bulk) -> None:
    job_id = stopped_half_way(staff, "half")
    store = staff.store
    job, now = store.jobs.get(job_id), progress(store, job_id)
    listed = Counter(str(outcome.result) for outcome in outcomes(store, job_id))
    counts = {str(result): count for result, count in now.results.items() if count}
    assert counts == dict(listed)
    assert sum(counts.values()) == now.rows == job.total_rows == ROWS + 5
    assert (counts["unchanged"], counts["invalid"]) == (3, 2)
    assert counts["not attempted"] > 0
    bad = sum(counts.get(str(result), 0) for result in (RowResult.FAILED, RowResult.CHANGED))
    assert bad == 1, counts
    assert now.to_do == ROWS
    assert now.finished == sum(counts.get(str(result), 0) for result in CARRIED_OUT)
    assert now.finished + counts["not attempted"] == now.to_do

    results = csv.DictReader(io.StringIO(results_csv(store, job_id).data.decode("utf-8-sig")))
    assert Counter(row["outcome"] for row in results) == listed
    report = report_html(store, job_id, "ada").decode()
    for name, count in counts.items():
        assert re.search(
            rf"\b{count}\b[^<]*(<[^>]+>\s*)*[^<]*{name}|{name}[^<]*(<[^>]+>\s*)*{count}\b", report
        ), name
    to_fix = read_file(job_rows_to_fix(store, job_id, staff.who()), "fix.csv")
    assert to_fix.row_count == sum(counts.get(str(result), 0) for result in TO_FIX)

    undo = plan_undo(store, staff.gateway, job_id)
    assert undo.totals.waiting == counts["done"]
    made = {user["Username"] for user in staff.cognito.users(staff.cognito.staff)}
    assert sum(name.startswith("half.") for name in made) == counts["done"] + 1
    assert exit_of_job(job, now) is Exit.SOME_FAILED


def test_the_list_of_jobs_and_the_jobs_own_page_show_these_figures(staff: Bulk, open_as: OpenPage) -> None:
    job_id = stopped_half_way(staff, "listed")
    now = progress(staff.store, job_id)
    results = csv.DictReader(io.StringIO(results_csv(staff.store, job_id).data.decode("utf-8-sig")))
    counts = Counter(row["outcome"] for row in results)

    (listed,) = tables(open_as("max", "jobs"))[0].value.to_dict("records")[:1]
    assert listed["State"] == "Stopped"
    assert (listed["Rows"], listed["Done"], listed["Waiting"]) == (ROWS + 5, counts["done"], 0)
    assert listed["Not done"] == ROWS + 5 - counts["done"] - counts["unchanged"]
    assert listed["Progress"] == now.fraction == now.finished / ROWS

    page = open_as("max", "job", id=job_id)
    assert not page.exception
    shown = {metric.label: metric.value for metric in page.metric}
    titles = {RESULTS[result]: str(count) for result, count in now.results.items() if count}
    assert titles.items() <= shown.items()
    assert sum(counts.values()) == sum(int(count) for count in titles.values())
    assert f"{now.finished} of {ROWS} rows carried out" in page.get("progress")[0].proto.text
    people = tables(page.run())[0].value
    assert Counter(people["Outcome"]) == Counter(
        {RESULTS[result]: n for result, n in now.results.items() if n}
    )
