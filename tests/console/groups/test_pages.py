"""The pages about groups, signed in as each role, against an embedded Cognito."""

from __future__ import annotations

from typing import Any

import pytest
from moto.cognitoidp.models import cognitoidp_backends
from streamlit.testing.v1 import AppTest

from services.store.store import Store
from tests.fixtures.cognito import Cognito
from tests.fixtures.console import OpenPage
from tests.fixtures.tables import open_row, tables, tick

pytestmark = pytest.mark.usefixtures("pools")


def texts(app: AppTest) -> str:
    """Everything that stands on the page as text."""
    shown = [*app.markdown, *app.info, *app.warning, *app.error, *app.success, *app.text, *app.title]
    return "\n".join(str(element.value).replace("\\", "").replace("\N{WORD JOINER}", "") for element in shown)


def button(app: AppTest, label: str) -> Any:
    return next(
        widget
        for widget in app.button
        if widget.label.replace("\\", "").replace("\N{WORD JOINER}", "") == label
    )


def field(app: AppTest, label: str) -> Any:
    fields = [*app.text_input, *app.text_area, *app.number_input]
    return next(
        widget
        for widget in fields
        if widget.label.replace("\\", "").replace("\N{WORD JOINER}", "").startswith(label)
    )


def ticked(app: AppTest, rows: list[int]) -> AppTest:
    """Tick rows of the table."""
    tick(app, tables(app)[0], *rows)
    return app.run()


def open_adding(app: AppTest) -> AppTest:
    app.session_state["tab"] = "Add people"
    return app.run()


def test_the_table_says_how_many_are_in_each_group_and_what_it_opens(open_as: OpenPage, staff: str) -> None:
    app = open_as("ada", "groups", pool="staff")
    assert not app.exception
    table = tables(app)[0].value.set_index("Group")
    assert dict(table["Members"]) == {"billing": 60, "auditors": 3, "empty": 0, f"{staff}_Okta": 0}
    assert table.loc["billing", "Applications"] == "Portal, Refunds"
    assert table.loc["auditors", "Remarks"] == "gives an AWS role"
    assert table.loc[f"{staff}_Okta", "Remarks"] == "filled by Okta sign-in"
    assert "4 groups" in texts(app)


def test_an_auditor_may_look_but_not_change(open_as: OpenPage) -> None:
    app = open_as("ada", "groups", pool="staff")
    assert button(app, "New group…").disabled
    app = open_as("ada", "group", pool="staff", name="billing")
    assert button(app, "Edit…").disabled
    assert button(app, "Delete…").disabled
    assert list(tables(app)[0].value.columns) == ["Name", "E-mail", "Status", "Username"]
    assert "needs support" in texts(open_adding(app))


def test_a_group_is_found_by_its_application(open_as: OpenPage) -> None:
    app = open_as("ada", "groups", pool="staff")
    field(app, "Find a group").set_value("refunds").run()
    assert list(tables(app)[0].value["Group"]) == ["billing"]
    field(app, "Find a group").set_value("nothing like it").run()
    assert "No group fits" in texts(app)


def test_a_row_opens_the_group(open_as: OpenPage) -> None:
    app = open_as("ada", "groups", pool="staff")
    open_row(app, tables(app)[0], 1)
    app.run()
    assert app.query_params["name"] == "billing"
    assert "60 members" in texts(app)


def test_hostile_text_is_shown_as_it_is(open_as: OpenPage) -> None:
    app = open_as("ada", "group", pool="staff", name="billing")
    assert any(r"\[refunds\]\(http" in str(text.value) for text in app.markdown)


def test_a_group_that_is_gone_is_said(open_as: OpenPage) -> None:
    app = open_as("ada", "group", pool="staff", name="nope")
    assert "has the name that is in the address" in texts(app)


def test_a_new_group_is_made_and_opened(open_as: OpenPage, cognito: Cognito, staff: str) -> None:
    app = open_as("max", "groups", pool="staff")
    button(app, "New group…").click().run()
    field(app, "Name").set_value("two words")
    button(app, "Create group").click().run()
    assert "no spaces" in texts(app)
    field(app, "Name").set_value("dispatch")
    field(app, "Description").set_value("Plans the day")
    field(app, "Precedence").set_value(30)
    button(app, "Create group").click().run()
    assert app.query_params["name"] == "dispatch"
    assert "is created" in texts(app)
    made = cognito.client().get_group(UserPoolId=staff, GroupName="dispatch")["Group"]
    assert (made["Description"], made["Precedence"]) == ("Plans the day", 30)


def test_a_group_is_made_and_changed_with_what_has_to_be_said(
    open_as: OpenPage, console_store: Store, cognito: Cognito, staff: str
) -> None:
    console_store.settings.set("note_rules", {"reason_always": True, "ticket": "required"})
    app = open_as("max", "groups", pool="staff")
    button(app, "New group…").click().run()
    field(app, "Name").set_value("said")
    button(app, "Create group").click().run()
    assert "- Give a reason.\n- Give the ticket number." in texts(app)
    field(app, "Reason (for the activity log)").set_value("new team")
    field(app, "Ticket").set_value("OPS-1")
    button(app, "Create group").click().run()
    assert "is created" in texts(app)
    (line,) = console_store.activity.search(action="create_group", target="said")
    assert (line.reason, line.ticket) == ("new team", "OPS-1")
    cognito.client().delete_group(UserPoolId=staff, GroupName="said")


def test_editing_changes_description_and_precedence(open_as: OpenPage, cognito: Cognito, staff: str) -> None:
    app = open_as("max", "group", pool="staff", name="billing")
    button(app, "Edit…").click().run()
    button(app, "Save").click().run()
    assert "Nothing is changed" in texts(app)
    field(app, "Precedence").set_value(12)
    field(app, "Description").set_value("Invoices")
    button(app, "Save").click().run()
    made = cognito.client().get_group(UserPoolId=staff, GroupName="billing")["Group"]
    assert (made["Description"], made["Precedence"]) == ("Invoices", 12)
    assert "is changed" in texts(app)


def test_deleting_says_what_it_breaks_and_wants_name_and_reason(
    open_as: OpenPage, cognito: Cognito, staff: str, pools: Store
) -> None:
    app = open_as("max", "group", pool="staff", name="billing")
    button(app, "Delete…").click().run()
    shown = texts(app)
    assert "60 people leave billing" in shown
    assert "Refunds: nobody can sign in any more" in shown
    assert "Portal: 57 members can't sign in any more" in shown
    field(app, "To confirm").set_value("bill")
    button(app, "Delete the group").click().run()
    assert "not the name" in texts(app)
    assert "Give a reason" in texts(app)
    field(app, "To confirm").set_value("billing")
    field(app, "Reason").set_value("merged into finance")
    button(app, "Delete the group").click().run()
    assert "billing is deleted" in texts(app)
    names = {group["GroupName"] for group in cognito.client().list_groups(UserPoolId=staff)["Groups"]}
    assert "billing" not in names
    line = next(iter(pools.activity.search(action="delete_group")))
    assert line.reason == "merged into finance"


def test_ticked_members_are_removed_and_put_back(open_as: OpenPage, cognito: Cognito, staff: str) -> None:
    app = open_as("max", "group", pool="staff", name="auditors")
    ticked(app, [0, 2])
    button(app, "Remove 2 from the group…").click().run()
    assert "These 2 people leave" in texts(app)
    button(app, "Remove").click().run()
    assert cognito.members(staff, "auditors") == {"p01"}
    assert "2 removed" in texts(app)
    assert "1 member" in texts(app)
    button(app, "Undo for 2 people").click().run()
    assert cognito.members(staff, "auditors") == {"p00", "p01", "p02"}
    assert "2 put back" in texts(app)


def test_a_long_list_of_members_is_shown_by_the_page(open_as: OpenPage) -> None:
    app = open_as("ada", "group", pool="staff", name="billing")
    assert len(tables(app)[0].value) == 50
    assert "60 members" in texts(app)
    field(app, "Find a member").set_value("person 59").run()
    assert list(tables(app)[0].value["E-mail"]) == ["p59@example.com"]
    assert "1 fit" in texts(app)


def test_people_are_added_by_search(open_as: OpenPage, cognito: Cognito, staff: str) -> None:
    app = open_adding(open_as("sam", "group", pool="staff", name="empty"))
    field(app, "Whom").set_value("PERSON p1").run()
    assert len(tables(app)[0].value) == 10
    ticked(app, [0, 1])
    field(app, "Note for the activity log").set_value("stand-in").run()
    button(app, "Add 2 people to empty").click().run()
    assert cognito.members(staff, "empty") == {"p10", "p11"}
    assert "2 added" in texts(app)


def test_a_pasted_list_is_shown_before_anything_is_sent(
    open_as: OpenPage, cognito: Cognito, staff: str
) -> None:
    client = cognito.client()
    client.admin_create_user(
        UserPoolId=staff,
        Username="twin",
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": "p09@example.com"}],
    )
    app = open_adding(open_as("max", "group", pool="staff", name="auditors"))
    app.segmented_control[0].set_value("Paste a list").run()
    field(app, "E-mail addresses").set_value("p00@example.com; P05@example.com\np09@example.com\nnobody\np05")
    button(app, "Look them up").click().run()
    numbers = {figure.label: figure.value for figure in app.metric}
    assert numbers == {"Found": "2", "Already in the group": "1", "Not found": "1", "Several fit": "1"}
    assert [block.value for block in app.code][-1] == "nobody"
    assert "1 repeated entry" in texts(app)
    assert cognito.members(staff, "auditors") == {"p00", "p01", "p02"}
    which = next(choice for choice in app.selectbox if choice.label == "Whom do you mean?")
    which.select_index(1).run()
    button(app, "Add 2 people to auditors").click().run()
    members = cognito.members(staff, "auditors")
    assert "p05" in members
    assert len(members & {"p09", "twin"}) == 1
    assert "2 added" in texts(app)


def test_an_empty_group_says_what_to_do(open_as: OpenPage) -> None:
    assert "Nobody is in this group" in texts(open_as("ada", "group", pool="staff", name="empty"))
    assert "Type a part of a name" in texts(open_as("sam", "group", pool="staff", name="empty"))


def test_a_role_that_the_group_gives_is_shown_and_not_offered_for_change(open_as: OpenPage) -> None:
    app = open_as("max", "group", pool="staff", name="auditors")
    assert [block.value for block in app.code] == ["arn:aws:iam::123456789012:role/Auditor"]
    button(app, "Edit…").click().run()
    assert not any("arn" in widget.label.lower() for widget in app.text_input)


def test_many_people_are_added_by_a_job_after_a_preview(
    open_as: OpenPage, cognito: Cognito, staff: str, pools: Store
) -> None:
    app = open_adding(open_as("max", "group", pool="staff", name="empty"))
    app.segmented_control[0].set_value("Paste a list").run()
    field(app, "E-mail addresses").set_value("\n".join(f"p{number:02}" for number in range(30)))
    button(app, "Look them up").click().run()
    button(app, "Add 30 people to empty…").click().run()
    assert {figure.label: figure.value for figure in app.metric}["Will be changed"] == "30"
    assert cognito.members(staff, "empty") == set()
    assert list(pools.jobs.list()) == []


def test_support_is_told_that_many_people_need_a_manager(open_as: OpenPage) -> None:
    app = open_as("sam", "group", pool="staff", name="billing")
    ticked(app, list(range(30)))
    assert button(app, "Remove 30 from the group…").disabled
    assert "manager" in button(app, "Remove 30 from the group…").help


def test_whoever_can_only_be_looked_at_is_left_out_with_the_reason(
    open_as: OpenPage, cognito: Cognito, staff: str
) -> None:
    people = cognitoidp_backends["123456789012"][cognito.region].user_pools[staff].users
    people["p01"].status = "ARCHIVED"
    app = open_as("max", "group", pool="staff", name="auditors")
    ticked(app, [0, 1])
    button(app, "Remove 2 from the group…").click().run()
    assert "p01@example.com is left out" in texts(app)
    assert "This person leaves" in texts(app)
    button(app, "Remove").click().run()
    assert cognito.members(staff, "auditors") == {"p01", "p02"}


def test_adding_to_a_group_with_a_role_warns_of_it(open_as: OpenPage) -> None:
    app = open_adding(open_as("max", "group", pool="staff", name="auditors"))
    field(app, "Whom").set_value("p33").run()
    ticked(app, [0])
    assert "gives rights in AWS" in texts(app)
    assert "sign in to Portal" in texts(app)


def test_what_groups_are_looked_for_stands_in_the_address(open_as: OpenPage, staff: str) -> None:
    app = open_as("ada", "groups", pool="staff", **{"groups-find": "bill"})
    assert list(tables(app)[0].value["Group"]) == ["billing"]
