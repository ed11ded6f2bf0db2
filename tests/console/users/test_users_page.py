"""The users page of a pool that is loaded whole."""

from __future__ import annotations

import csv
import io
import time
from typing import Any
from urllib.parse import parse_qsl

import pytest

from console.users import table as table_module
from console.users.table import PeopleColumn, columns_for
from services.directory.file_format import Format
from services.store.jobs import JobState
from services.store.store import Store
from tests.console.users.conftest import by_key, keys, shown, unfold
from tests.fixtures.console import OpenPage
from tests.fixtures.tables import open_row, tables, tick

pytestmark = pytest.mark.usefixtures("pools")


def element(page):
    return next(frame for frame in tables(page) if frame.key.startswith("users-table"))


def table(page):
    return element(page).value


def test_everybody_is_listed_with_groups_and_status_in_plain_words(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff")
    assert not page.exception
    first = list(table(page).columns)[:4]
    assert first == ["name", "email", "status", "username"]  # a narrow window shows the first three
    rows = table(page).set_index("username")
    assert list(rows.columns) == [
        "name",
        "email",
        "status",
        "enabled",
        "groups",
        "created",
        "changed",
    ]
    assert rows.loc["bo.li", "groups"] == ["billing"]
    assert rows.loc["bo.li", "status"].startswith("Invited, expires in")
    assert rows.loc["ann.lindqvist", "status"] == "Invitation expired"
    assert rows.loc["toby.ashworth", "status"] == "Disabled"
    assert not rows.loc["toby.ashworth", "enabled"]
    assert len(rows) == 90
    assert "90 people" in shown(page)


def test_in_an_email_pool_the_username_is_left_out(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="customers")
    assert "username" not in tables(page)[0].value.columns


def test_the_search_box_narrows_and_the_count_says_of_how_many(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff")
    page.text_input(key="users-search-staff").set_value("sorensen audit").run()
    assert list(table(page)["username"]) == ["kirsten"]
    assert "1 of 90 people" in shown(page)


def test_what_is_searched_for_stands_sealed_in_the_address(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff")
    page.text_input(key="users-search-staff").set_value("lindqvist")
    page.selectbox(key="users-account-staff").set_value("enabled").run()
    sealed = page.query_params["find"]
    assert page.query_params == {"pool": "staff", "account": "enabled", "find": sealed}
    assert "lindqvist" not in sealed
    found = list(table(page)["username"])
    page.run()
    assert page.query_params["find"] == sealed, "the same words leave the address alone"
    colleague = open_as("sam", "users", pool="staff", account="enabled", find=sealed)
    assert colleague.text_input(key="users-search-staff").value == "lindqvist"
    assert list(table(colleague)["username"]) == found


def test_going_back_takes_the_words_away_again(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff")
    page.text_input(key="users-search-staff").set_value("lindqvist").run()
    first = page.query_params["find"]
    page.text_input(key="users-search-staff").set_value("sorensen").run()
    page.query_params["find"] = first
    page.run()
    assert page.text_input(key="users-search-staff").value == "lindqvist"
    del page.query_params["find"]
    page.run()
    assert page.text_input(key="users-search-staff").value == ""
    assert len(table(page)) == 90


def test_whoever_types_on_before_the_browser_knows_the_address_loses_no_letter(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff")
    page.text_input(key="users-search-staff").set_value("lind").run()
    page.text_input(key="users-search-staff").set_value("lindq")
    del page.query_params["find"]
    page.run()
    assert page.text_input(key="users-search-staff").value == "lindq"


def test_words_in_an_address_that_was_altered_are_left_out_and_that_is_said(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff")
    page.text_input(key="users-search-staff").set_value("lindqvist").run()
    altered = page.query_params["find"][:-6] + "AAAA=="
    page = open_as("ada", "users", pool="staff", find=altered, account="disabled")
    assert "altered or cut off" in shown(page)
    assert page.selectbox(key="users-account-staff").value == "disabled"
    assert page.text_input(key="users-search-staff").value == ""
    assert page.query_params == {"pool": "staff", "account": "disabled"}


def test_a_link_with_filters_shows_the_same_people(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff", status="reset", group="field-engineers", sort="newest")
    assert list(table(page)["username"]) == ["chidi.okafor"]
    assert page.selectbox(key="users-group-staff").value == "in:field-engineers"


def test_a_link_with_nonsense_shows_everybody(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff", status="x", group="<b>", sort="y", account="z")
    assert not page.exception
    assert len(table(page)) == 90


def test_counts_by_status_filter_by_a_click(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff")
    pills = next(group for group in page.get("button_group") if group.key == "users-status-staff")
    labels = [option.replace("\\", "").replace("\N{WORD JOINER}", "") for option in pills.options]
    expired = next(label for label in labels if label.startswith("Invitation expired"))
    count = int(expired.rsplit(" ", 1)[1])
    page.session_state["users-status-staff"] = ["expired"]
    page.run()
    assert all("invitation expired" in text.lower() for text in table(page)["status"])
    assert len(table(page)) == count
    assert page.query_params["status"] == "expired"


def test_people_in_no_group(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff")
    page.selectbox(key="users-group-staff").set_value("none").run()
    assert all(len(groups) == 0 for groups in table(page)["groups"])


def test_nobody_fits_says_what_to_do(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff")
    page.text_input(key="users-search-staff").set_value("nobody is called that").run()
    assert "Nobody fits" in shown(page)
    assert "0 of 90 people" in shown(page)
    next(button for button in page.button if button.label == "Show everybody").click().run()
    assert len(table(page)) == 90


def test_any_attribute_can_be_a_column(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff")
    page.multiselect(key="users-columns-staff").set_value(["username", "custom:department"]).run()
    assert list(table(page).columns) == ["username", "custom:department"]


def test_hostile_names_are_shown_as_they_are(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff")
    assert "<script>alert(1)</script> <img src=x onerror=alert(2)>" in set(table(page)["name"])


@pytest.mark.parametrize(("who", "may_create", "may_bulk"), [("ada", 0, 0), ("sam", 1, 0), ("max", 1, 1)])
def test_each_role_sees_what_it_may_do(open_as: OpenPage, who: str, may_create: int, may_bulk: int) -> None:
    page = unfold(open_as(who, "users", pool="staff"), "users-bulk-more")
    present = keys(page.button)
    assert ("users-new" in present) == bool(may_create)
    assert ("users-bulk-delete" in present) == bool(may_bulk)


def test_a_click_on_a_name_opens_that_person(open_as: OpenPage) -> None:
    page = open_as("max", "users", pool="staff")
    row = list(table(page)["username"]).index("bo.li")
    open_row(page, element(page), row)
    page.run()
    assert page.query_params["pool"] == "staff"
    assert "bo.li (username)" in shown(page)


def select(page, *usernames: str) -> None:
    names = list(table(page)["username"])
    rows = [names.index(name) for name in usernames]
    tick(page, element(page), *rows)
    page.run()


def test_each_name_is_a_link_to_its_person(open_as: OpenPage) -> None:
    shown_people = element(open_as("max", "users", pool="staff"))
    links = shown_people.sent["links"]
    assert len(set(links)) == len(shown_people.value)
    row = list(shown_people.value["username"]).index("bo.li")
    page, _, query = links[row].partition("?")
    assert "bo.li (username)" in shown(open_as("max", page, **dict(parse_qsl(query))))


@pytest.mark.parametrize("who", ["ada", "sam", "max", "ann"])
def test_ticking_selects_for_every_role_and_opens_nobody(open_as: OpenPage, who: str) -> None:
    page = open_as(who, "users", pool="staff")
    assert "None selected" in shown(page)
    select(page, "bo.li")
    assert "1 selected" in shown(page)
    assert "bo.li (username)" not in shown(page)


@pytest.mark.parametrize("who", ["ada", "sam", "max"])
def test_those_who_are_ticked_can_be_exported_alone(
    open_as: OpenPage, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    made: dict[str, Any] = {}
    build = table_module._builder
    keep = lambda *given: made.__setitem__(given[-1], build(*given)) or made[given[-1]]  # noqa: E731
    monkeypatch.setattr(table_module, "_builder", keep)
    page = open_as(who, "users", pool="staff")
    everybody = len(table(page))
    select(page, "bo.li", "rolf.vogt")
    unfold(page, "users-export-open")
    assert page.radio(key="users-export-people").options == ["The 2 ticked", f"All {everybody} found"]
    assert "**2 people**" in shown(page)
    names = [line["username"] for line in read_csv(made[Format.CSV]())]
    assert sorted(names) == ["bo.li", "rolf.vogt"]
    page.radio(key="users-export-people").set_value(f"All {everybody} found").run()
    assert len(read_csv(made[Format.CSV]())) == everybody


def read_csv(file: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.decode("utf-8-sig"), newline="")))


def test_whoever_has_no_name_is_opened_by_what_they_go_by(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff")
    assert all(table(page)["name"])


def test_a_selection_does_not_slide_to_other_people(open_as: OpenPage) -> None:
    page = open_as("max", "users", pool="staff")
    select(page, "bo.li")
    assert "1 selected" in shown(page)
    page.selectbox(key="users-sort-staff").set_value("newest").run()
    assert "None selected" in shown(page)


def test_several_are_changed_by_a_job_after_a_preview(open_as: OpenPage, pools: Store, asked) -> None:
    page = open_as("max", "users", pool="staff")
    select(page, "bo.li", "toby.ashworth")
    page.button(key="users-bulk-disable").click().run()
    submit(page, "Preview")
    assert "Give a reason." in shown(page)
    by_key(page.text_input, "bulk-reason").set_value("contract ended")
    submit(page, "Preview")
    figures = {metric.label: metric.value for metric in page.metric}
    assert figures["Will be changed"] == "1"
    assert pools.jobs.list() == ()
    submit(page, "Disable: 1 person")
    (job,) = pools.jobs.list()
    assert job.title == "Disable: 2 people"
    assert job.pool_name == "staff"
    end = time.monotonic() + 30
    while pools.jobs.get(job.id).state is not JobState.FINISHED and time.monotonic() < end:
        time.sleep(0.1)
    assert [row.outcome for row in pools.jobs.rows(job.id)] == ["done", "unchanged"]
    assert asked("bo.li")["enabled"] is False
    (line,) = pools.activity.search(action="disable_user")
    assert (line.operator_name, line.reason) == ("max", "contract ended")


def submit(page, label: str) -> None:
    next(button for button in page.button if button.label == label).click().run()


def test_several_who_leave_are_seen_off_by_one_plan_and_parts_can_be_left_out(
    open_as: OpenPage, pools: Store, asked
) -> None:
    before = asked("kirsten")["groups"]
    assert before
    page = unfold(open_as("max", "users", pool="staff"), "users-bulk-more")
    select(page, "kirsten", "ext/agency-7")
    page.button(key="users-bulk-leaver").click().run()
    for box in ("sign-out", "disable", "groups"):
        by_key(page.checkbox, f"bulk-{box}-").uncheck()
    by_key(page.text_input, "bulk-reason").set_value("left in May")
    submit(page, "Preview")
    assert "Leave at least one box ticked" in shown(page)
    by_key(page.checkbox, "bulk-disable-").check()
    submit(page, "Preview")
    submit(page, "Offboard: 2 people")
    (job,) = pools.jobs.list()
    assert job.title == "Offboard: 2 people"
    end = time.monotonic() + 30
    while pools.jobs.get(job.id).state is not JobState.FINISHED and time.monotonic() < end:
        time.sleep(0.1)
    assert not asked("kirsten")["enabled"]
    assert asked("kirsten")["groups"] == before


def test_deleting_several_wants_their_number(open_as: OpenPage, pools: Store) -> None:
    page = unfold(open_as("max", "users", pool="staff"), "users-bulk-more")
    select(page, "toby.ashworth", "rolf.vogt")
    page.button(key="users-bulk-delete").click().run()
    by_key(page.text_input, "bulk-reason").set_value("gone")
    submit(page, "Preview")
    figures = {metric.label: metric.value for metric in page.metric}
    assert figures["Will be changed"] == "1", "Rolf is enabled and has to be disabled first"
    assert figures["Can't be done"] == "1"
    by_key(page.text_input, "bulk-count").set_value("2")
    submit(page, "Delete: 1 person")
    assert "That is not the number of people. Nothing was done." in shown(page)
    assert pools.jobs.list() == ()


def test_a_column_is_added_in_one_place(open_as: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    def with_initials(*args: Any) -> dict[str, PeopleColumn]:
        made = columns_for(*args)
        return {
            "initials": PeopleColumn("initials", "Initials", lambda person: person.user.name[:1], usual=True)
        } | made

    monkeypatch.setattr("console.users.found.columns_for", with_initials)
    page = open_as("ada", "users", pool="staff")
    assert "Initials" in page.multiselect(key="users-columns-staff").options
    assert set(table(page)["initials"]) > {"A", "B"}


def test_aws_s_word_for_a_status_is_told_over_it(open_as: OpenPage) -> None:
    sent = element(open_as("max", "users", pool="staff")).sent["columns"]
    status = next(column for column in sent if column["name"] == "status")
    told = dict(zip(status["values"], status["more"], strict=True))
    assert "Cognito calls the status CONFIRMED; the account is enabled." in told["Active"]


def test_times_are_each_reader_s_own_though_the_cells_are_kept(open_as: OpenPage) -> None:
    def created(zone: str) -> str:
        page = open_as("max", "users", pool="staff")
        page.context = {"timezone": zone}
        sent = next(column for column in element(page.run()).sent["columns"] if column["name"] == "created")
        return str(sent["values"][0])

    assert len({created(zone) for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago")}) == 2, "25 hours apart"
