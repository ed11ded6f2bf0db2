"""The Jobs page: older jobs, and whether jobs go on by themselves."""

from __future__ import annotations

from services.bulk.control import resumes_by_itself
from services.store.jobs import NewJob
from services.store.store import Store
from tests.fixtures.console import OpenPage


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
    assert "No job yet" in open_as("ada", "jobs").info[0].value


def test_jobs_of_long_ago_are_reached_page_by_page(open_as: OpenPage, console_store: Store) -> None:
    make_jobs(console_store, 30)
    app = open_as("ada", "jobs")
    assert not app.exception
    assert list(app.dataframe[0].value["What"])[:2] == ["file 29.csv", "file 28.csv"]
    app = next(button for button in app.button if button.label == "Older jobs").click().run()
    assert list(app.dataframe[0].value["What"]) == [f"file {n:02}.csv" for n in range(4, -1, -1)]
    app = next(button for button in app.button if button.label == "Newer jobs").click().run()
    assert app.dataframe[0].value["What"].iloc[0] == "file 29.csv"


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
