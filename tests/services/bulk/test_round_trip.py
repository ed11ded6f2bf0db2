"""What this console exports is understood when it comes back: the plan shows exactly the edits."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from console.users.table import columns_for
from services.bulk.cells.damage import KINDS
from services.bulk.columns import recognise
from services.bulk.files.csv_file import read_file
from services.bulk.handover import passwords_csv, take_passwords
from services.bulk.model import Plan, PlanOptions, RowResult, RowVerdict
from services.bulk.plan import plan_file
from services.bulk.report import results_csv
from services.csv_safe import join_groups, write_csv
from services.directory.export import about_of, memberships_table, users_table, write
from services.directory.file_format import Format
from services.directory.group_export import members_csv
from services.directory.listing import read_whole
from services.directory.pool import PoolTables
from services.directory.snapshot import Completeness
from services.errors import FileRejected
from services.store.store import Store
from tests.fixtures.cognito import Cognito
from tests.services.bulk.conftest import Bulk, bulk_on, said

Edit = Callable[[list[list[str]]], None]


def export(bulk: Bulk) -> bytes:
    """Everybody with every attribute and all groups, as the users page writes it."""
    users = list(bulk.gateway.iter_users())
    groups: dict[str, list[str]] = {user.sub: [] for user in users}
    for group in bulk.gateway.list_groups():
        for member in bulk.gateway.iter_members(group.name):
            groups[member.sub].append(group.name)
    names = sorted({name for user in users for name in user.attributes} - {"sub"})
    header = ["sub", "username", *names, "enabled", "status", "created", "all_groups"]
    return write_csv(
        header,
        (
            [
                user.sub,
                user.username,
                *(user.attributes.get(name) for name in names),
                user.enabled,
                str(user.status),
                user.created.isoformat(),
                join_groups(groups[user.sub]),
            ]
            for user in users
        ),
    )


def edited(data: bytes, edit: Edit) -> bytes:
    """The file as a spreadsheet saves it after somebody changed cells."""
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    edit(rows)
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=";").writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def plan_of(bulk: Bulk, data: bytes) -> Plan:
    table = read_file(data)
    return plan_file(
        bulk.gateway, table, recognise(table.header, bulk.gateway.describe_pool()), PlanOptions(share=1.0)
    )


def test_an_unchanged_export_changes_nothing(staff: Bulk, customers: Bulk) -> None:
    for bulk in (staff, customers):
        plan = plan_of(bulk, export(bulk))
        assert plan.totals.rows > 40
        different = [(row.label, said(row)) for row in plan.rows if row.verdict is not RowVerdict.UNCHANGED]
        assert different == []


def test_the_plan_shows_exactly_the_edits(staff: Bulk) -> None:
    ann = staff.user("ann.lindqvist")

    def edit(rows: list[list[str]]) -> None:
        header = rows[0]
        row = next(row for row in rows if row[header.index("username")] == "ann.lindqvist")
        row[header.index("given_name")] = "Annika"
        row[header.index("name")] = "-"
        row[header.index("all_groups")] = "training"

    plan = plan_of(staff, edited(export(staff), edit))
    changed = [row for row in plan.rows if row.verdict is not RowVerdict.UNCHANGED]
    assert [row.person and row.person.sub for row in changed] == [ann.sub]
    done = {step.change.wanted for step in changed[0].steps}
    others = staff.groups("ann.lindqvist") - {"training"}
    assert done >= {
        "change first name",
        "clear full name",
        *(f"remove from group {group}" for group in others),
    }
    assert not any(step.change.action == "create_user" for step in changed[0].steps)


def test_members_of_a_group_can_be_taken_back_and_moved(staff: Bulk) -> None:
    data = members_csv("billing", staff.gateway.iter_members("billing"))
    assert {row.verdict for row in plan_of(staff, data).rows} == {RowVerdict.UNCHANGED}
    moved = plan_of(staff, data.replace(b",billing,", b",legacy-crm,"))
    steps = {step.change.wanted for row in moved.rows for step in row.steps}
    assert steps == {"add to group legacy-crm"}


def tables_of_all(bulk: Bulk) -> PoolTables:
    users = list(bulk.gateway.iter_users())
    groups = {user.sub: bulk.groups(user.username) for user in users}
    known = bulk.gateway.list_groups()
    return read_whole(bulk.gateway, users, known, groups, Completeness(), datetime.now(UTC))


def memberships_file(bulk: Bulk) -> bytes:
    tables = tables_of_all(bulk)
    table = memberships_table(tables, tables.everybody())
    return write(table, about_of(tables, "Memberships"), Format.CSV)


def test_a_line_for_each_membership_changes_nothing(staff: Bulk) -> None:
    plan = plan_of(staff, memberships_file(staff))
    assert len({row.person for row in plan.rows}) < plan.totals.rows
    assert [(row.label, said(row)) for row in plan.rows if row.verdict is not RowVerdict.UNCHANGED] == []


def test_another_group_in_one_line_of_somebodys_memberships_is_the_only_change(staff: Bulk) -> None:
    def edit(rows: list[list[str]]) -> None:
        who, what = rows[0].index("username"), rows[0].index("groups")
        several = next(
            row
            for place, row in enumerate(rows[2:], start=2)
            if row[who] == rows[place - 1][who]
            and "legacy-crm" not in [other[what] for other in rows if other[who] == row[who]]
        )
        several[what] = "legacy-crm"

    plan = plan_of(staff, edited(memberships_file(staff), edit))
    (row,) = [row for row in plan.rows if row.verdict is not RowVerdict.UNCHANGED]
    assert [step.change.wanted for step in row.steps] == ["add to group legacy-crm"]


def test_a_person_twice_with_different_values_is_kept_back_in_both_rows(staff: Bulk) -> None:
    header = ["username", "given_name", "groups"]
    plan = staff.plan(header, ["ann.lindqvist", "Ann", "training"], ["ann.lindqvist", "Anna", "legacy-crm"])
    assert [row.verdict for row in plan.rows] == [RowVerdict.INVALID] * 2
    assert "Row 3 is the same person and asks something else." in said(plan.rows[0])
    header = ["username", "given_name", "groups", "email", "family_name"]
    first, second = ["new.one", "Nell", "training"], ["new.one", "Nelly", "legacy-crm"]
    plan = staff.plan(header, *([*row, "new.one@example.com", "One"] for row in (first, second)))
    assert [row.verdict for row in plan.rows] == [RowVerdict.INVALID] * 2
    twice = staff.plan(header, *[[*first, "new.one@example.com", "One"]] * 2)
    assert [row.verdict for row in twice.rows] == [RowVerdict.CREATE, RowVerdict.INVALID], "one line twice"


def test_an_edit_in_every_line_of_somebodys_memberships_is_made_once(staff: Bulk) -> None:
    header = ["username", "given_name", "groups"]
    rows = [["ann.lindqvist", "Annika", "training"], ["ann.lindqvist", "Annika", "legacy-crm"]]
    plan = staff.plan(header, *rows)
    assert [step.change.wanted for row in plan.rows for step in row.steps].count("change first name") == 1
    assert [outcome.result for outcome in staff.run(plan)[1]] == [RowResult.DONE, RowResult.DONE]
    assert staff.groups("ann.lindqvist") >= {"training", "legacy-crm"}


def test_values_with_spaces_before_a_sign_are_neither_cleared_nor_cut(staff: Bulk) -> None:
    odd = {"name": " -", "nickname": "-", "family_name": " '=x", "given_name": "=1 ", "profile": "\t=x"}
    asked = [{"Name": name, "Value": value} for name, value in odd.items()]
    staff.cognito.client().admin_create_user(
        UserPoolId=staff.target.pool_id, Username="odd.one", UserAttributes=asked, MessageAction="SUPPRESS"
    )
    tables = tables_of_all(staff)
    table = users_table(tables, tables.everybody())
    plan = plan_of(staff, write(table, about_of(tables, "Users"), Format.CSV))
    assert [row.label for row in plan.rows if row.verdict is not RowVerdict.UNCHANGED] == []


def test_what_the_users_page_really_writes_changes_nothing(staff: Bulk, customers: Bulk) -> None:
    for bulk in (staff, customers):
        users = list(bulk.gateway.iter_users())
        pool = bulk.gateway.describe_pool()
        tables = tables_of_all(bulk)
        names = list(columns_for(pool, tables.attributes, datetime.now(UTC)))
        table = users_table(tables, tables.everybody(), names)
        plan = plan_of(bulk, write(table, about_of(tables, "Users"), Format.CSV))
        assert plan.totals.rows == len(users)
        assert [row.label for row in plan.rows if row.verdict is not RowVerdict.UNCHANGED] == []


def test_a_workbook_that_is_exported_changes_nothing(staff: Bulk, customers: Bulk) -> None:
    for bulk in (staff, customers):
        pool, tables = bulk.gateway.describe_pool(), tables_of_all(bulk)
        names = list(columns_for(pool, tables.attributes, datetime.now(UTC)))
        table = users_table(tables, tables.everybody(), names)
        plan = plan_of(bulk, write(table, about_of(tables, "Users"), Format.XLSX))
        assert plan.totals.rows == len(tables.everybody())
        assert [row.label for row in plan.rows if row.verdict is not RowVerdict.UNCHANGED] == []


@pytest.mark.parametrize("format", [Format.CSV, Format.XLSX])
def test_names_of_groups_with_signs_come_back_as_they_are(
    format: Format, empty_pool: Callable[..., str], cognito: Cognito, store: Store, aws_environment: None
) -> None:
    pool_id, client = empty_pool(), cognito.client()
    client.admin_create_user(UserPoolId=pool_id, Username="ann", MessageAction="SUPPRESS")
    for group in ("a;b", "c,d", 'e"f', "g\\h", "i|j", "k/l", "<b>", "&amp;", "['m']", "1", "#n", "=o"):
        client.create_group(UserPoolId=pool_id, GroupName=group)
        client.admin_add_user_to_group(UserPoolId=pool_id, Username="ann", GroupName=group)
    bulk = bulk_on(store, cognito, pool_id)
    tables = tables_of_all(bulk)
    for table in (memberships_table(tables, tables.everybody()), users_table(tables, tables.everybody())):
        plan = plan_of(bulk, write(table, about_of(tables, "Users"), format))
        assert [said(row) for row in plan.rows if row.problems] == []
        assert {row.verdict for row in plan.rows} == {RowVerdict.UNCHANGED}


def test_results_and_passwords_of_a_run_ask_for_nothing_again(staff: Bulk) -> None:
    header = ("username", "email", "given_name", "family_name", "action")
    rows = [("ines.pena", "", "", "", "sign_out"), ("nell", "nell@example.com", "Nell", "Ek", "create")]
    job, _ = staff.run(staff.plan(header, *rows))
    handed = passwords_csv(take_passwords(staff.store, job.id, staff.who()))
    for file in (results_csv(staff.store, job.id), handed):
        assert {row.verdict for row in plan_of(staff, file.data).rows} == {RowVerdict.UNCHANGED}


@pytest.mark.parametrize("format", list(Format))
def test_every_format_of_an_export_changes_nothing_when_it_comes_back(
    staff: Bulk, customers: Bulk, format: Format
) -> None:
    odd = {"name": " -", "nickname": "-", "given_name": "=1 ", "family_name": "'=x", "profile": "None"}
    staff.cognito.client().admin_create_user(
        UserPoolId=staff.target.pool_id,
        Username=f"odd.{format}",
        UserAttributes=[{"Name": name, "Value": value} for name, value in odd.items()],
        MessageAction="SUPPRESS",
    )
    for bulk in (staff, customers):
        tables = tables_of_all(bulk)
        for table in (
            users_table(tables, tables.everybody()),
            memberships_table(tables, tables.everybody()),
        ):
            plan = plan_of(bulk, write(table, about_of(tables, "Users"), format))
            assert plan.totals.rows
            assert [
                (row.label, said(row)) for row in plan.rows if row.verdict is not RowVerdict.UNCHANGED
            ] == []


@pytest.mark.parametrize(
    "data",
    [b'{"rows": 5, "about": {}}', b'{"rows": [1], "about": {}}', b'{"rows": []}', b'{"rows": [', b"PAR1xxxx"],
)
def test_other_files_of_these_formats_are_refused(data: bytes) -> None:
    with pytest.raises(FileRejected, match=r"JSON|Parquet"):
        read_file(data)


@pytest.mark.parametrize("format", list(Format))
def test_an_export_of_another_pool_is_understood(
    staff: Bulk,
    format: Format,
    empty_pool: Callable[..., str],
    cognito: Cognito,
    store: Store,
) -> None:
    other = bulk_on(store, cognito, empty_pool())
    tables = tables_of_all(staff)
    file = write(users_table(tables, tables.everybody()), about_of(tables, "Users"), format)
    table = read_file(file)
    columns = recognise(table.header, other.gateway.describe_pool())
    meant = tuple(kind for kind, words in KINDS.items() if not words.never)
    options = PlanOptions(share=1.0, create_groups=True, accept=meant)
    plan = plan_file(other.gateway, table, columns, options)
    assert sum("of another user pool" in remark for remark in plan.remarks) == 1
    wrong = {said(row) for row in plan.rows if row.verdict is not RowVerdict.CREATE}
    assert not [text for text in wrong if "sub" in text]
    assert plan.totals.create > 0.8 * plan.totals.rows, wrong
    made = {step.change.username for row in plan.rows for step in row.steps if step.change.makes_person}
    assert "ann.lindqvist" in made


def test_an_export_of_another_pool_that_makes_usernames_itself_is_understood(
    customers: Bulk, empty_pool: Callable[..., str], cognito: Cognito, store: Store
) -> None:
    other = bulk_on(store, cognito, empty_pool(UsernameAttributes=["email"]))
    tables = tables_of_all(customers)
    file = write(users_table(tables, tables.everybody()), about_of(tables, "Users"), Format.CSV)
    table = read_file(file)
    columns = recognise(table.header, other.gateway.describe_pool())
    plan = plan_file(other.gateway, table, columns, PlanOptions(share=1.0, create_groups=True))
    assert sum("of another user pool" in remark for remark in plan.remarks) == 1
    made = {step.change.username for row in plan.rows for step in row.steps if step.change.makes_person}
    assert made
    assert all("@" in name for name in made)


def test_a_single_sub_that_nobody_has_is_still_a_problem(staff: Bulk) -> None:
    plan = staff.plan(("sub", "username"), ("11111111-2222-3333-4444-555555555555", "bo.li"))
    assert "Nobody in this pool has this sub" in said(plan.rows[0])
