"""The overview shows how the pool stands, and only what can be had cheaply of a large one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from console.web.process import PROCESS
from console.web.settings import ConsoleSettings, DemoOperator
from demo.install import install_pools
from services.directory import listing
from services.directory.cache import forget_everything
from services.roles import Actor, Origin, Role
from services.store.activity import NewActivity
from services.store.jobs import JobState, NewJob
from services.store.operators import Operator
from services.store.store import Store
from tests.fixtures.cognito import SMALL_EMAIL_PEOPLE, SMALL_PEOPLE, Cognito
from tests.fixtures.console import OpenPage
from tests.fixtures.tables import order_of, tables

SAM = Actor("1", "Sam", Role.SUPPORT, Origin.BROWSER)


@pytest.fixture(autouse=True)
def _pools(console_store: Store, cognito: Cognito) -> None:
    forget_everything()
    install_pools(console_store, cognito.url)


def figures(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def words(app: AppTest) -> str:
    return "\n".join(message.value for message in [*app.markdown, *app.info, *app.header, *app.error])


def test_counts_what_cognito_has(open_as: OpenPage, cognito: Cognito) -> None:
    users = cognito.users(cognito.staff)
    boto = cognito.client()
    grouped: set[str] = set()
    for group in boto.list_groups(UserPoolId=cognito.staff, Limit=60)["Groups"]:
        grouped |= cognito.members(cognito.staff, group["GroupName"])
    app = open_as("ada", "overview", pool="staff")
    assert not app.exception
    shown = figures(app)
    assert shown["People"] == str(SMALL_PEOPLE) == str(len(users))
    assert shown["Disabled"] == str(sum(not user["Enabled"] for user in users))
    assert shown["In no group"] == str(SMALL_PEOPLE - len(grouped))


def test_each_pool_has_its_own_numbers(open_as: OpenPage) -> None:
    assert figures(open_as("ada", "overview", pool="customers"))["People"] == str(SMALL_EMAIL_PEOPLE)


def test_both_charts_are_drawn_and_described(open_as: OpenPage) -> None:
    app = open_as("ada", "overview", pool="staff")
    charts = [chart.proto.spec for chart in app.get("vega_lite_chart")]
    assert len(charts) == 2
    assert "People by status. Active: " in charts[0]
    assert "People by week, " in charts[1]


def test_names_whose_invitation_expires_soon(open_as: OpenPage) -> None:
    app = open_as("ada", "overview", pool="staff")
    (table,) = [table for table in tables(app) if "Name" in table.value]
    names = list(table.value["Name"])
    assert "Bo Li" in names
    assert "Ann Lindqvist" not in names
    assert table.sent["ticks"] == ""  # nothing is done with them here
    assert order_of(table, "Expires in") == list(range(len(names)))  # they stand in the order of time


def test_a_large_pool_is_not_read_whole(open_as: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "WHOLE_POOL_UP_TO", 10)
    app = open_as("ada", "overview", pool="staff")
    assert figures(app) == {"People (estimate)": str(SMALL_PEOPLE), "Groups": "15"}
    assert "only what Cognito tells at once" in words(app)
    assert not app.get("vega_lite_chart")


def test_lists_the_ten_newest_activities_of_the_pool(open_as: OpenPage, console_store: Store) -> None:
    for number in range(12):
        line = NewActivity(SAM, "disable_user", "staff", target_name=f"p{number}")
        console_store.activity.record(line)
    console_store.activity.record(NewActivity(SAM, "disable_user", "customers"))
    app = open_as("ada", "overview", pool="staff")
    (table,) = [table.value for table in tables(app) if "Whom" in table.value]
    assert list(table["Whom"]) == [f"p{number}" for number in range(11, 1, -1)]
    assert set(table["What"]) == {"Disabled a user"}


def test_lists_jobs_that_are_not_over(
    open_as: OpenPage, console_store: Store, cast: dict[str, Operator]
) -> None:
    for title, state in (("going", JobState.RUNNING), ("held", JobState.PAUSED), ("over", JobState.FINISHED)):
        new = NewJob("csv", title, "staff", {}, cast["max"].id, "Max", "browser", state=state)
        console_store.jobs.create(new)
    app = open_as("ada", "overview", pool="staff")
    (table,) = [table.value for table in tables(app) if "Job" in table.value]
    states = dict(zip(table["Job"], table["State"], strict=True))
    assert states == {"going": "Running", "held": "Paused by itself"}


def test_says_that_nothing_was_done_yet(open_as: OpenPage) -> None:
    said = words(open_as("ada", "overview", pool="staff"))
    assert "Nothing yet." in said
    assert "This is a demo" not in said


@pytest.mark.parametrize(
    ("who", "advice"), [("ada", "**max**"), ("sam", "**max**"), ("max", ""), ("ann", "")]
)
def test_the_demo_suggests_what_the_role_may_do(
    open_as: OpenPage, console_store: Store, who: str, advice: str
) -> None:
    PROCESS.use(console_store, ConsoleSettings(demo_operators=(DemoOperator("ada", "x", "auditor"),)))
    said = words(open_as(who, "overview", pool="staff"))
    assert "This is a demo" in said
    assert "Toby Ashworth" in said
    assert ("**max**" in said) == bool(advice)


def test_the_rest_is_shown_when_cognito_does_not_answer(open_as: OpenPage, console_store: Store) -> None:
    (connection,) = console_store.connections.list()
    console_store.connections.update(replace(connection, endpoint_url="http://127.0.0.1:9"))
    app = open_as("ada", "overview", pool="staff")
    assert app.error
    assert "Done lately" in [heading.value for heading in app.header]


def test_the_steps_of_a_job_are_one_line(open_as: OpenPage, console_store: Store) -> None:
    for number in range(3):
        line = NewActivity(SAM, "disable_user", "staff", target_name=f"p{number}", job_id="j")
        console_store.activity.record(line)
    console_store.activity.record(
        NewActivity(SAM, "start_job", "staff", target_kind="job", target_name="leavers.csv", job_id="j")
    )
    app = open_as("ada", "overview", pool="staff")
    (table,) = [table.value for table in tables(app) if "Whom" in table.value]
    assert list(table["Whom"]) == ["leavers.csv"]


def test_what_waits_stands_first_and_leads_there(
    open_as: OpenPage, console_store: Store, cast: dict[str, Operator]
) -> None:
    new = NewJob("csv", "new.csv", "staff", {}, cast["max"].id, "Max", "browser", state=JobState.PAUSED)
    console_store.jobs.create(new)
    app = open_as("max", "overview", pool="staff")
    assert "Waiting for you: 1" in words(app)
    (table,) = [table.value for table in tables(app) if "To do" in table.value]
    assert list(table["What"]) == ["Job: new.csv"]
    assert "Waiting for you" not in words(open_as("sam", "overview", pool="staff"))


def test_says_what_others_did_since_the_last_visit(
    open_as: OpenPage, console_store: Store, cast: dict[str, Operator]
) -> None:
    open_as("ada", "overview", pool="staff")
    console_store.activity.record(NewActivity(SAM, "disable_user", "staff", target_name="p"))
    assert "Since you were last here" in words(open_as("ada", "overview", pool="staff"))
