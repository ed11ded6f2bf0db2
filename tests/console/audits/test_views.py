"""Matrix, access and compare as operators meet them, on snapshots kept in a real store."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from console.web import identity
from services.audits.matrix import GroupMatch
from services.directory.filtering import STATE_TITLES
from services.directory.snapshot import Completeness
from services.directory.snapshots import Snapshots, forget_opened
from services.roles import Actor, Origin, Role
from services.store.activity import ActivityResult, NewActivity
from services.store.applications import Application
from services.store.columns import utc_now
from services.store.connections import Connection, CredentialKind
from services.store.operators import Operator
from services.store.pools import PoolRecord
from services.store.store import Store
from tests.fixtures.console import sign_in_as
from tests.fixtures.tables import tables
from tests.services.audits.made_pools import World, person, world

MAX = Actor("max", "Max", Role.SUPPORT, Origin.BROWSER)

KEY = "|eu-west-1|eu-west-1_Made"
SCRIPT = """
import streamlit as st
from console.audits.access import show_access
from console.audits.compare import show_compare
from console.audits.matrix import show_matrix
from console.page import open_page
from services.directory.snapshots import Snapshots
from tests.fixtures.tables import tables

ctx = open_page("Audits", "For a test.")
snapshot = Snapshots(ctx.store).now("|eu-west-1|eu-west-1_Made")
tabs = {"matrix": show_matrix, "access": show_access, "compare": show_compare}
tabs[st.query_params["tab"]](ctx, snapshot)
"""


@pytest.fixture
def kept(console_store: Store) -> Iterator[Callable[..., str]]:
    """Keeps a snapshot of a made pool as the console does; its id."""
    forget_opened()
    connection = console_store.connections.add(
        Connection(name="C", region="eu-west-1", account="", kind=CredentialKind.DEFAULT)
    )
    record = console_store.pools.add(PoolRecord(connection.id, "eu-west-1_Made", "made"))
    console_store.applications.add(
        Application(
            record.id, "Portal", "client", allowed_groups=("billing",), group_roles={"billing": "clerk"}
        )
    )
    console_store.applications.add(Application(record.id, "Empty", "client"))

    def keep(made: World, days_ago: int, completeness: Completeness | None = None) -> str:
        taken = utc_now() - timedelta(days=days_ago)
        snapshot = made.read(taken, completeness, id=f"snapshot-{days_ago}")
        return Snapshots(console_store).save(snapshot).id

    yield keep
    forget_opened()


Open = Callable[..., AppTest]


@pytest.fixture
def tab(console_store: Store, cast: dict[str, Operator], tmp_path: Path) -> Open:
    """`tab("ada", "matrix")`: one tab, run once, signed in as one of the cast."""
    script = tmp_path / "page.py"
    script.write_text(SCRIPT)

    def open_one(who: str, name: str) -> AppTest:
        app = AppTest.from_file(str(script), default_timeout=60)
        app.user = {"session": identity.stamp(sign_in_as(console_store, cast[who])[0])}
        app.query_params["tab"] = name
        return app.run()

    return open_one


def texts(app: AppTest) -> str:
    """Everything that stands on the page as text."""
    shown = [*app.markdown, *app.info, *app.warning, *app.error, *app.success]
    return "\n".join(str(element.value).replace("\\", "").replace("\N{WORD JOINER}", "") for element in shown)


def open_again(page: AppTest, tmp_path: Path, console_store: Store, who: Operator) -> AppTest:
    """The address of a page, opened by somebody else."""
    app = AppTest.from_file(str(tmp_path / "page.py"), default_timeout=60)
    app.user = {"session": identity.stamp(sign_in_as(console_store, who)[0])}
    app.query_params.update(page.query_params)
    return app.run()


def choose(app: AppTest, key: str, value: Any) -> AppTest:
    app.session_state[key] = value
    return app.run()


def small() -> World:
    made = world({1: ("billing", "Ops"), 2: ("billing",), 3: ()})
    made.people["sub-2"] = person(2, enabled=False)
    return made


def test_the_matrix_shows_marks_and_is_filtered(tab: Open, kept: Callable[..., str]) -> None:
    kept(small(), 1)
    app = tab("ada", "matrix")
    assert not app.exception
    table = tables(app)[0].value
    assert table.shape == (3, 8)
    assert list(table["group 0"]) == ["✓", "✓", ""]
    # who it is, then the groups, then what else is known
    assert list(table.columns)[:3] == ["Name", "Person", "group 0"]
    assert list(table.columns)[-1] == "Groups"
    assert tables(app)[0].sent["ticks"] == ""  # nothing is done with people here
    assert "3** people" in texts(app)
    app.multiselect(key="matrix-groups").set_value(["Ops"]).run()
    app.selectbox(key="matrix-held").set_value(GroupMatch.ALL).run()
    assert not app.exception
    assert list(tables(app)[0].value["Username"]) == ["p1"]
    app.text_input(key="matrix-text").set_value("nobody").run()
    assert "Nobody fits" in texts(app)


def test_a_group_stands_over_its_column_as_it_is_called(tab: Open, kept: Callable[..., str]) -> None:
    kept(world({1: ("büro/süd&ost_*",)}), 1)
    assert headings(tab("ada", "matrix")) == {"büro/süd&ost_*": False}


def headings(app: AppTest) -> dict[str, bool]:
    """What stands over the columns of groups, and whether it is turned."""
    columns = tables(app)[0].sent["columns"]
    return {column["title"]: column["turned"] for column in columns if column["name"].startswith("group")}


def test_headings_are_turned_where_many_groups_or_long_names_find_no_room(
    tab: Open, kept: Callable[..., str]
) -> None:
    alike = [f"regional office for supply contracts, number {number}" for number in range(3)]
    names = ("billing", *alike, "🌊")
    kept(world({1: names}), 1)
    app = tab("ada", "matrix")
    assert not app.exception
    assert headings(app) == dict.fromkeys(sorted(names), True)


def test_what_is_looked_for_and_how_it_is_seen_stand_in_the_address(
    tab: Open, kept: Callable[..., str], tmp_path: Path, console_store: Store, cast: dict[str, Operator]
) -> None:
    kept(small(), 1)
    app = tab("ada", "matrix")
    app.text_input(key="matrix-text").set_value("p2@example").run()
    assert "p2@" not in app.query_params["matrix_find"]
    choose(app, "matrix-view", "Group sizes")
    # what a browser adds for lists
    app.query_params.update(
        {
            "matrix-groups": "billing",
            "matrix-held": "In none of them",
            "matrix-status": "Active",
            "matrix-enabled": "Disabled",
        }
    )
    colleague = open_again(app, tmp_path, console_store, cast["sam"])
    assert not colleague.exception
    assert colleague.text_input(key="matrix-text").value == "p2@example"
    assert colleague.multiselect(key="matrix-groups").value == ["billing"]
    assert colleague.selectbox(key="matrix-held").value == GroupMatch.NONE
    assert [STATE_TITLES[state] for state in colleague.multiselect(key="matrix-status").value] == ["Active"]
    assert colleague.selectbox(key="matrix-enabled").value == "Disabled"
    assert "Nobody fits" in texts(colleague)


@pytest.mark.parametrize("view", ["Group sizes", "Status by group", "Overlap", "Combinations"])
def test_every_picture_is_drawn(tab: Open, kept: Callable[..., str], view: str) -> None:
    kept(small(), 1)
    app = choose(tab("ada", "matrix"), "matrix-view", view)
    assert not app.exception
    assert app.get("arrow_vega_lite_chart") or app.get("vega_lite_chart")


def test_what_was_read_is_not_repeated_in_a_picture_on_the_page_in_black_on_a_dark_page(
    tab: Open, kept: Callable[..., str]
) -> None:
    kept(small(), 1)
    app = choose(tab("ada", "matrix"), "matrix-view", "Overlap")
    (chart,) = app.get("vega_lite_chart") or app.get("arrow_vega_lite_chart")
    assert json.loads(chart.proto.spec)["title"]["subtitle"] == []


def test_a_group_that_was_not_read_is_spoken_of(tab: Open, kept: Callable[..., str]) -> None:
    kept(small(), 1, Completeness(("Ops failed.",), unread_groups=frozenset({"Ops"})))
    app = tab("ada", "matrix")
    assert "Not all members could be read of Ops" in texts(app)
    assert "?" in set(tables(app)[0].value["group 1"])


def test_access_says_who_gets_in_and_as_what(tab: Open, kept: Callable[..., str]) -> None:
    kept(small(), 1)
    app = tab("ada", "access")
    assert not app.exception
    apps = tables(app)[0].value.set_index("Application")
    assert apps.loc["Portal", ["Can sign in", "In its groups, but can't"]].tolist() == [1, 1]
    app = choose(app, "access-application", "Portal")
    people = tables(app)[1].value.set_index("Person")
    shown = people.loc["p1@example.com", ["Can sign in", "Through group", "As role"]]
    assert shown.tolist() == ["Yes", "billing", "clerk"]
    assert people.loc["p2@example.com", "Why"] == "The account is disabled."
    assert tables(app)[1].sent["ticks"] == ""  # nothing is done with people here
    columns = list(tables(app)[1].value.columns)
    assert columns.index("Why") < columns.index("Username"), "a narrow window shows the first columns"


def test_one_person_is_told_why_not(tab: Open, kept: Callable[..., str]) -> None:
    kept(small(), 1)
    app = choose(tab("sam", "access"), "access-view", "One person")
    app.text_input(key="access-person-text").set_value("p3").run()
    assert not app.exception
    said = texts(app)
    assert "0 of 2" in said
    assert "They are not in billing." in said
    assert "No allowed groups are set up" in said


def test_a_single_snapshot_asks_for_another(tab: Open, kept: Callable[..., str]) -> None:
    kept(small(), 1)
    said = texts(tab("ada", "compare"))
    assert "only one snapshot" in said
    assert "every night by the Schedule page" in said


def later() -> World:
    made = small()
    made.held["sub-3"] = {"billing"}
    made.people["sub-1"] = person(
        1, attributes={"email": "p1@example.com", "name": "[Ann](http://x.example)"}
    )
    return made


def test_when_the_two_were_read_is_said_as_everywhere_on_pages(tab: Open, kept: Callable[..., str]) -> None:
    kept(small(), 2)
    kept(small(), 1)
    said = texts(tab("ada", "compare"))
    assert re.search(r"Older snapshot, \d+ [A-Z][a-z]{2} \d{4}, \d\d:\d\d: Complete", said)
    assert not re.search(r"\d{4}-\d\d-\d\d", said)


def test_two_dates_are_compared_with_who_did_it(
    tab: Open, kept: Callable[..., str], console_store: Store
) -> None:
    kept(small(), 2)
    kept(later(), 0)
    new = NewActivity(MAX, "add_to_group", "made", "user", "sub-3", "p3")
    line = console_store.activity.record(new, ActivityResult.DONE, {"member": True, "group": "billing"})
    assert line
    app = tab("ada", "compare")
    assert not app.exception
    lines = tables(app)[0].value.set_index("kind")
    assert lines.loc["group gained", ["person", "what"]].tolist() == ["p3@example.com", "billing"]
    assert lines.loc["attribute changed", "after"] == "[Ann](http://x.example)"
    assert "Complete: all users" in texts(app)
    assert next(button for button in app.button if button.label == "Set right…").disabled


def test_nobody_left_where_something_is_missing(tab: Open, kept: Callable[..., str]) -> None:
    kept(small(), 2)
    kept(world({1: ("billing", "Ops")}), 0, Completeness(("Page 2 failed.",), users_known=False))
    app = tab("ada", "compare")
    said = texts(app)
    assert "2 lines can't be told" in said
    assert "No difference is certain." in said
    assert set(tables(app)[0].value["kind"]) == {"can't be told"}


def test_no_difference_is_no_proof_where_something_is_missing(tab: Open, kept: Callable[..., str]) -> None:
    kept(small(), 2)
    kept(small(), 0, Completeness(("Page 2 failed.",), users_known=False))
    app = tab("ada", "compare")
    assert not app.success
    assert "No differences in what was read, but not everything was." in texts(app)


def test_a_list_in_a_file_is_compared(tab: Open, kept: Callable[..., str]) -> None:
    kept(small(), 1)
    app = choose(tab("max", "compare"), "compare-view", "Against a list")
    assert not app.exception
    app.file_uploader[0].set_value(("list.csv", b"username,groups\np3,billing\n", "text/csv")).run()
    assert not app.exception
    found = set(tables(app)[0].value[["kind", "person", "what"]].itertuples(index=False, name=None))
    assert found == {
        ("membership missing", "p3@example.com", "billing"),
        ("membership extra", "p1@example.com", "billing"),
        ("membership extra", "p2@example.com", "billing"),
    }


def test_a_file_that_is_no_list_gets_a_sentence(tab: Open, kept: Callable[..., str]) -> None:
    kept(small(), 1)
    app = choose(tab("max", "compare"), "compare-view", "Against a list")
    app.file_uploader[0].set_value(("list.csv", b"PK\x03\x04 zip", "text/csv")).run()
    assert not app.exception
    assert "is an Excel workbook" in texts(app)


def test_how_a_list_is_read_is_chosen_where_it_is_not_sure(tab: Open, kept: Callable[..., str]) -> None:
    kept(small(), 1)
    app = choose(tab("max", "compare"), "compare-view", "Against a list")
    data = "username;name;groups\np3;Łukasz Żółć;billing\n".encode("cp1250")
    app.file_uploader[0].set_value(("list.csv", data, "text/csv")).run()
    assert "Łukasz" in " ".join(shown.value for shown in app.code)
    assert not tables(app)
    next(button for button in app.button if button.label == "Read as Windows-1250").click().run()
    assert not app.exception
    assert "membership missing" in set(tables(app)[0].value["kind"])


def test_a_pasted_list_is_compared_with_one_group(tab: Open, kept: Callable[..., str]) -> None:
    kept(small(), 1)
    app = choose(tab("max", "compare"), "compare-view", "Against a list")
    app = choose(app, "expect-how", "One group, pasted list")
    app.selectbox(key="expect-one").set_value("Ops")
    app.text_area(key="expect-names").set_value("p1@example.com\np3")
    next(button for button in app.button if button.label == "Compare").click().run()
    assert not app.exception
    assert tables(app)[0].value["person"].tolist() == ["p3@example.com"]


def test_access_says_where_more_people_may_get_in(tab: Open, kept: Callable[..., str]) -> None:
    kept(small(), 1, Completeness(("Page 2 failed.",), users_known=False))
    app = tab("ada", "access")
    said = texts(choose(app, "access-application", "Portal"))
    assert "At least 1 person can sign in" in said
    assert "People may be missing from this snapshot" in said


def test_a_list_is_compared_anew_when_it_is_read_otherwise(tab: Open, kept: Callable[..., str]) -> None:
    kept(small(), 1)
    app = choose(tab("max", "compare"), "compare-view", "Against a list")
    app.file_uploader[0].set_value(("list.csv", b"username,groups\np3,billing\n", "text/csv")).run()
    assert len(tables(app)[0].value) == 3
    app.session_state["expect-everybody"] = True
    app.run()
    assert "person extra" in set(tables(app)[0].value["kind"])
    assert len(tables(app)[0].value) == 5
