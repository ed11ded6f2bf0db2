"""The page Schedule: planning work, and what came of it."""

from __future__ import annotations

from typing import Any

import pytest

from demo.install import install_pools
from services.roles import Actor, Origin
from services.schedule.planning import NewSchedule, PlannedWork
from services.schedule.tasks import ExportTable, RunAudit, ScheduledTask
from services.schedule.timing import parse
from services.store.columns import utc_now
from services.store.schedules import RunResult, Schedule
from services.store.store import Store
from tests.fixtures.cognito import Cognito
from tests.fixtures.console import OpenPage
from tests.fixtures.tables import tables


@pytest.fixture(autouse=True)
def pools(console_store: Store, cognito: Cognito) -> None:
    """The demo's pools."""
    install_pools(console_store, cognito.url)


def labelled(elements: Any, label: str) -> Any:
    return next(element for element in elements if element.label == label)


def plan(store: Store, name: str = "ada", task: ScheduledTask | None = None) -> Schedule:
    operator = store.operators.by_username(name)
    assert operator is not None
    actor = Actor(operator.id, operator.username, operator.role, Origin.BROWSER)
    new = NewSchedule("Nightly export", task or ExportTable(), parse("every day at 05:00"), "UTC", operator)
    return PlannedWork(store, lambda: actor).add(store.pools.by_name("customers"), new)


def test_an_empty_page_says_what_is_worth_planning(open_as: OpenPage) -> None:
    assert "read the pool every night" in open_as("ada", "schedule").info[0].value


def test_work_is_planned_in_the_dialog_and_stands_in_the_list(
    open_as: OpenPage, console_store: Store
) -> None:
    app = open_as("max", "schedule")
    app = labelled(app.button, "New schedule…").click().run()
    labelled(app.selectbox, "What").select("audit").run()
    labelled(app.text_input, "Name *").input("Nightly audit")
    labelled(app.text_input, "When *").input("every weekday at 06:30")
    app = labelled(app.button, "Save").click().run()
    assert not app.exception
    (saved,) = console_store.schedules.list()
    assert (saved.name, saved.task, saved.timing, saved.operator_name) == (
        "Nightly audit",
        "audit",
        "30 6 * * 1-5",
        "max",
    )
    assert list(tables(app)[0].value["Name"]) == ["Nightly audit"]
    assert "At 06:30 on Monday through Friday" in tables(app)[0].value["When"].iloc[0]


def test_a_time_that_is_not_understood_is_said_in_the_dialog_which_stays(
    open_as: OpenPage, console_store: Store
) -> None:
    app = open_as("max", "schedule")
    app = labelled(app.button, "New schedule…").click().run()
    labelled(app.text_input, "Name *").input("Nightly")
    labelled(app.text_input, "When *").input("when I like")
    app = labelled(app.button, "Save").click().run()
    assert any("understood as a time" in error.value for error in app.error)
    assert labelled(app.text_input, "Name *").value == "Nightly"
    assert console_store.schedules.list() == ()


def test_what_support_may_not_do_is_not_offered(open_as: OpenPage) -> None:
    app = open_as("sam", "schedule")
    app = labelled(app.button, "New schedule…").click().run()
    assert "Start a saved plan" not in labelled(app.selectbox, "What").options


def test_the_list_says_what_came_of_it(open_as: OpenPage, console_store: Store) -> None:
    saved = plan(console_store)
    run = console_store.schedule_runs.begin(saved.id, utc_now(), 0)
    console_store.schedule_runs.end(run, RunResult.ATTENTION, "Something.", filename="a.csv", data=b"a")
    table = tables(open_as("sam", "schedule"))[0].value
    assert list(table["Outcome"]) == ["Look at it"]
    assert list(table["Does"]) == ["Export users as CSV"]
    assert list(table["Runs as"]) == ["ada"]


def test_what_an_audit_found_leads_to_the_findings_as_they_are_now(
    open_as: OpenPage, console_store: Store
) -> None:
    saved = plan(console_store, task=RunAudit())
    run = console_store.schedule_runs.begin(saved.id, utc_now(), 0)
    console_store.schedule_runs.end(run, RunResult.ATTENTION, "Something.", filename="a.html", data=b"a")
    app = open_as("sam", "schedule", schedule=saved.id)
    assert "Findings as they are now" in [link.label for link in app.get("page_link")]
