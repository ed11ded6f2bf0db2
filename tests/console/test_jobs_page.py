"""The Jobs page: older jobs, and whether jobs go on by themselves."""

from __future__ import annotations

from datetime import timedelta

from services.bulk.control import resumes_by_itself, set_resumes_by_itself
from services.roles import Actor, Origin, Role
from services.store.columns import utc_now
from services.store.jobs import JobControl, JobRow, JobState, NewJob
from services.store.store import Store
from tests.fixtures.console import OpenPage
from tests.fixtures.tables import order_of, tables


def make_jobs(store: Store, count: int) -> None:
    for number in range(count):
        store.jobs.create(
            NewJob(
                kind="csv",
                title=f"file {number:02}.csv",
                pool_name="staff",
                target={},
                created_by="op",
                created_by_name="max",
                origin="browser",
            )
        )


def test_an_empty_list_says_how_a_job_is_made(open_as: OpenPage) -> None:
    assert open_as("ada", "jobs").info[0].value == "No job yet."  # who can make none isn't told how
    assert "Bring a file in on the Onboarding page" in open_as("max", "jobs").info[0].value


def test_jobs_are_sorted_by_how_long_they_took(open_as: OpenPage, console_store: Store) -> None:
    make_jobs(console_store, 3)
    began = utc_now()
    for job, minutes in zip(console_store.jobs.list(), (2, 10), strict=False):
        ended = began + timedelta(minutes=minutes)
        console_store.jobs.update(job.id, state=JobState.FINISHED, started_at=began, finished_at=ended)
    (table,) = tables(open_as("ada", "jobs"))
    assert list(table.value["Took"]) == ["2 min 0 s", "10 min 0 s", ""]
    assert order_of(table, "Took") == [120, 600, None]


def test_jobs_of_long_ago_are_reached_page_by_page(open_as: OpenPage, console_store: Store) -> None:
    make_jobs(console_store, 30)
    app = open_as("ada", "jobs")
    assert not app.exception
    assert list(tables(app)[0].value["What"])[:2] == ["file 29.csv", "file 28.csv"]
    app = next(button for button in app.button if button.label == "Older jobs").click().run()
    assert list(tables(app)[0].value["What"]) == [f"file {n:02}.csv" for n in range(4, -1, -1)]
    app = next(button for button in app.button if button.label == "Newer jobs").click().run()
    assert tables(app)[0].value["What"].iloc[0] == "file 29.csv"


def test_an_administrator_chooses_whether_jobs_go_on_by_themselves(
    open_as: OpenPage, console_store: Store
) -> None:
    app = open_as("ann", "jobs")
    app.toggle[0].set_value(False).run()
    assert not resumes_by_itself(console_store)
    (line,) = console_store.activity.search(action="change_setting", limit=2)
    assert (line.operator_name, dict(line.after)) == ("ann", {"on": False})


def test_others_see_no_such_switch(open_as: OpenPage) -> None:
    assert not open_as("max", "jobs").toggle


def test_the_page_of_a_job_bears_its_name(open_as: OpenPage, console_store: Store) -> None:
    make_jobs(console_store, 1)
    (job,) = console_store.jobs.list()
    page = open_as("ada", "job", id=job.id)
    assert [title.value for title in page.title] == [r"file 00\.csv"]


def test_a_job_that_paused_by_itself_says_so_with_its_reason_and_how_it_goes_on(
    open_as: OpenPage, console_store: Store
) -> None:
    make_jobs(console_store, 1)
    (job,) = console_store.jobs.list()
    why = "The temporary credentials have expired."
    console_store.jobs.update(job.id, state=JobState.PAUSED, started_at=utc_now(), reason=why)
    page = open_as("max", "job", id=job.id)
    assert not page.exception
    told = page.info[0].value.replace("\\", "")
    assert told == f"{why} The job goes on by itself as soon as that is over."
    assert tables(open_as("max", "jobs"))[0].value["State"].tolist() == ["Paused by itself"]
    set_resumes_by_itself(console_store, False, Actor("op", "ann", Role.ADMIN, Origin.BROWSER))
    assert "Press “Go on”" in open_as("max", "job", id=job.id).info[0].value
    console_store.jobs.update(job.id, control=JobControl.PAUSE, reason="Paused by max.")
    assert open_as("max", "job", id=job.id).info[0].value.replace("\\", "") == "Paused by max."


def test_of_a_job_under_way_the_bar_comes_first_and_its_rows_a_second_later(
    open_as: OpenPage, console_store: Store
) -> None:
    make_jobs(console_store, 1)
    (job,) = console_store.jobs.list()
    row = JobRow(1, "", {"label": "jo", "action": "upsert", "verdict": "create", "steps": []})
    console_store.jobs.add_rows(job.id, [row], [], {})
    lease = utc_now() + timedelta(hours=1)
    console_store.jobs.update(
        job.id, state=JobState.RUNNING, started_at=utc_now(), lease_owner="another/1/x", lease_until=lease
    )
    app = open_as("max", "job", id=job.id)
    assert not app.exception
    assert "0 of 1 row carried out" in app.get("progress")[0].proto.text
    assert not tables(app)
    assert tables(app.run())[0].value["Person"].tolist() == ["jo"]
    console_store.jobs.update(job.id, state=JobState.FINISHED)
    assert tables(open_as("max", "job", id=job.id))
