"""Searching on the users page: further filters, saved searches, pasted lists, files of what was found."""

from __future__ import annotations

from datetime import datetime, tzinfo

import pytest

from console import context
from console.users import found, table
from console.users.table import shown_people
from console.widgets import bulk_order
from services.access.sessions import live_operator
from services.directory.saved_searches import save_search
from services.directory.search import search
from services.directory.search_query import parse
from services.store.store import Store
from tests.console.users.conftest import by_key, shown, unfold
from tests.console.users.test_users_page import select, submit
from tests.console.users.test_users_page import table as people
from tests.fixtures.console import OpenPage

pytestmark = pytest.mark.usefixtures("pools")


def usernames(page) -> set[str]:
    return set(people(page)["username"])


def click(page, label: str):
    return (
        next(
            button
            for button in page.button
            if button.label.replace("\\", "").replace("\N{WORD JOINER}", "") == label
        )
        .click()
        .run()
    )


def test_further_filters_narrow_and_are_taken_away_one_by_one(open_as: OpenPage, cognito) -> None:
    page = unfold(open_as("ada", "users", pool="staff"), "users-more-staff")
    page.selectbox(key="users-app-staff").set_value("Billing desk").run()
    members = cognito.members(cognito.staff, "billing")
    assert usernames(page) == members
    page.multiselect(key="users-without-staff").set_value(["auditors"]).run()
    assert usernames(page) == members - cognito.members(cognito.staff, "auditors")
    assert page.query_params["without"] == "auditors"
    click(page, "Not in auditors")
    assert usernames(page) == members
    click(page, "May sign in to Billing desk")
    assert len(people(page)) == 90
    assert page.query_params == {"pool": "staff"}


def test_files_are_worked_out_for_those_who_open_the_export(
    open_as: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    monkeypatch.setattr(table, "fits_workbook", lambda *_: not asked.append("files"))
    page = open_as("max", "users", pool="staff")
    assert not asked
    unfold(page, "users-export-open")
    assert asked


def test_a_run_reads_its_session_once(open_as: OpenPage, monkeypatch: pytest.MonkeyPatch) -> None:
    read = []
    monkeypatch.setattr(context, "live_operator", lambda *given: read.append(1) or live_operator(*given))
    page = open_as("max", "users", pool="staff")
    assert len(read) == 1
    unfold(page, "users-export-open")
    assert len(read) == 2


class Noon(datetime):
    """A clock that stands still."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        return datetime(2026, 11, 27, 12, tzinfo=tz)


def test_what_was_found_serves_until_something_else_is_asked(
    open_as: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_as("ada", "users", pool="staff")
    asked = []
    monkeypatch.setattr(found, "search", lambda *given: asked.append(given) or search(*given))
    monkeypatch.setattr(found, "shown_people", lambda *given: asked.append(given) or shown_people(*given))
    monkeypatch.setattr(found, "datetime", Noon)
    page.run()
    first = len(asked)
    page.run()
    assert len(asked) == first
    page.text_input(key="users-search-staff").set_value("billing").run()
    assert len(asked) > first


def test_an_attribute_may_be_asked_for_and_stands_sealed_in_the_address(open_as: OpenPage) -> None:
    page = unfold(open_as("ada", "users", pool="staff"), "users-more-staff")
    page.selectbox(key="users-attribute0-staff").set_value("custom:department")
    page.text_input(key="users-value0-staff").set_value("CUSTOMER").run()
    some = usernames(page)
    assert 0 < len(some) < 90
    sealed = page.query_params["find"]
    assert page.query_params == {"pool": "staff", "find": sealed}
    assert usernames(open_as("ada", "users", pool="staff", find=sealed)) == some
    page.selectbox(key="users-how0-staff").set_value("filled").run()
    assert some < usernames(page)
    page.selectbox(key="users-attribute0-staff").set_value("").run()
    page.button(key="users-condition-staff").click().run()
    page.selectbox(key="users-attribute1-staff").set_value("family_name")
    page.selectbox(key="users-how1-staff").set_value("=")
    page.text_input(key="users-value1-staff").set_value("Li").run()
    assert usernames(page) == {"bo.li"}


def test_a_domain_and_days_may_be_asked_for(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff", created="..2000-01-01")
    assert "Nobody fits" in shown(page)
    assert page.query_params["created"] == "..2000-01-01"
    click(page, "Created until 1 Jan 2000")
    unfold(page, "users-more-staff")
    page.text_input(key="users-domain-staff").set_value("nowhere.example").run()
    assert "Nobody fits" in shown(page)
    assert "nowhere" not in str(page.query_params)


def test_a_search_is_saved_and_its_link_shows_the_same(open_as: OpenPage, pools: Store) -> None:
    page = open_as("sam", "users", pool="staff")
    page.text_input(key="users-search-staff").set_value("sorensen audit").run()
    unfold(page, "users-saved-staff")
    page.text_input(key="users-save-name-staff").set_value("Kirsten's audit")
    submit(page, "Save")
    (saved,) = pools.saved_searches.of_pool(pools.pools.by_name("staff").id)
    assert page.query_params == {"pool": "staff", "search": saved.id}
    assert any(f"search={saved.id}" in block.value for block in page.code)
    other = open_as("ada", "users", pool="staff", search=saved.id)
    assert usernames(other) == {"kirsten"}
    assert other.text_input(key="users-search-staff").value == "sorensen audit"
    other.text_input(key="users-search-staff").set_value("ann").run()
    assert set(other.query_params) == {"pool", "find"}, "another search isn't the saved one"
    unfold(other, "users-saved-staff")
    other.button(key=f"users-saved-{saved.id}-staff").click().run()
    assert usernames(other) == {"kirsten"}
    assert f"users-unsave-{saved.id}-staff" not in {button.key for button in other.button}, "sam saved it"
    page.button(key=f"users-unsave-{saved.id}-staff").click().run()
    assert pools.saved_searches.of_pool(pools.pools.by_name("staff").id) == ()


def test_a_link_to_a_search_that_is_gone_says_so_and_shows_everybody(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff", search="gone")
    assert "not there any more" in shown(page)
    assert len(people(page)) == 90


def test_every_part_of_a_saved_search_comes_back(open_as: OpenPage, pools: Store) -> None:
    query = parse(
        'ann status:active is:enabled group:billing group:auditors -group:training app:"Billing desk" '
        "created:2020-01-01..2030-01-01 changed:2020-01-01.. domain:brightwater.example no:custom:x email~a"
    )
    staff = pools.pools.by_name("staff")
    page = open_as("ada", "users", pool="staff")
    saved = save_search(pools, staff, lambda: _ada(pools), "all", query)
    unfold(page, "users-saved-staff")
    page.button(key=f"users-saved-{saved.id}-staff").click().run()
    assert not page.exception
    assert page.query_params == {"pool": "staff", "search": saved.id}, "the widgets say the same query"


def _ada(store: Store):
    from services.roles import Actor, Origin  # noqa: PLC0415

    ada = next(operator for operator in store.operators.list() if operator.username == "ada")
    return Actor(ada.id, "ada", ada.role, Origin.BROWSER)


def test_a_pasted_list_becomes_what_the_table_shows(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff")
    page.text_area(key="users-pasted-staff").set_value(
        "bo.li\nnobody@example.org; TOBY.ashworth@brightwater.example"
    )
    submit(page, "Look them up")
    assert usernames(page) == {"bo.li", "toby.ashworth"}
    assert "2 found · 1 not found" in shown(page)
    assert "nobody@example.org" in {block.value for block in page.code}
    page.selectbox(key="users-account-staff").set_value("disabled").run()
    assert usernames(page) == {"toby.ashworth"}
    assert page.query_params == {"pool": "staff", "account": "disabled"}
    page.button(key="users-drop-staff").click().run()
    assert "From your list" not in shown(page)


def test_an_entry_that_fits_several_takes_nobody_until_they_are_chosen(open_as: OpenPage) -> None:
    page = open_as("ada", "users", pool="staff")
    page.text_area(key="users-pasted-staff").set_value("k.sorensen@brightwater.example, bo.li")
    submit(page, "Look them up")
    assert "1 entry fits several people" in shown(page)
    assert usernames(page) == {"bo.li"}
    page.session_state["users-list-part-staff"] = "several"
    page.run()
    assert len(usernames(page)) > 1
    assert "bo.li" not in usernames(page)


def test_all_found_are_selected_across_pages_and_planned(
    open_as: OpenPage, monkeypatch: pytest.MonkeyPatch, pools: Store, cognito
) -> None:
    monkeypatch.setattr("console.users.found.MOST_ROWS", 5)
    monkeypatch.setattr(table, "MOST_ROWS", 5)
    page = open_as("max", "users", pool="staff", group="billing")
    members = cognito.members(cognito.staff, "billing")
    assert len(people(page)) == 5
    by_key(page.checkbox, "users-all-staff").check().run()
    assert f"{len(members)} selected" in shown(page).replace("*", "")
    page.button(key="users-bulk-sign_out").click().run()
    by_key(page.text_input, "bulk-reason").set_value("keys changed")
    submit(page, "Preview")
    figures = {metric.label: int(metric.value) for metric in page.metric if metric.label != "Takes about"}
    assert sum(figures.values()) == len(members)
    assert pools.jobs.list() == ()


def test_a_tick_for_all_does_not_pass_on_to_another_search(
    open_as: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.users.found.MOST_ROWS", 5)
    page = open_as("max", "users", pool="staff", group="billing")
    by_key(page.checkbox, "users-all-staff").check().run()
    page.selectbox(key="users-group-staff").set_value("in:auditors").run()
    assert "None selected" in shown(page)


def test_more_than_a_plan_holds_is_refused_before_it_is_made(
    open_as: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_order, "MOST_AT_ONCE", 1)
    page = open_as("max", "users", pool="staff")
    select(page, "bo.li", "toby.ashworth")
    assert page.button(key="users-bulk-disable").disabled


@pytest.mark.parametrize(
    ("action", "label"),
    [
        ("resend_invite", "Send invitation again"),
        ("set_password", "Set temporary password"),
        ("sign_out", "Sign out"),
    ],
)
def test_invitations_passwords_and_sessions_are_seen_to_for_several(
    open_as: OpenPage, action: str, label: str
) -> None:
    page = unfold(open_as("max", "users", pool="staff"), "users-bulk-more")
    select(page, "ann.lindqvist", "bo.li")
    button = page.button(key=f"users-bulk-{action}")
    assert button.label == f"{label}…"
    button.click().run()
    by_key(page.text_input, "bulk-reason").set_value("begin on Monday")
    submit(page, "Preview")
    figures = {metric.label: int(metric.value) for metric in page.metric if metric.label != "Takes about"}
    assert sum(figures.values()) == 2
