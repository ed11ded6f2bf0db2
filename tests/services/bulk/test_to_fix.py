"""Rows to fix come back as their file was, and are taken again."""

from __future__ import annotations

import io

import openpyxl
import pytest

from services.bulk.columns import recognise
from services.bulk.files.csv_file import read_file
from services.bulk.model import Plan, PlanOptions, RowResult
from services.bulk.plan import plan_file
from services.bulk.to_fix import job_rows_to_fix, rows_to_fix
from services.csv_safe import restore
from services.roles import Actor, Origin
from services.store.operators import Operator
from services.undo import plan_undo
from tests.services.bulk.conftest import Bulk
from tests.services.bulk.test_report import NEW, cells_of


def test_failed_rows_come_back_ready_to_fix(staff: Bulk) -> None:
    rows = (
        ("fix.one", "fix.one@example.com", "Fix", "One", "no-such", "+4915112345678", "Temp-Pass-1234!"),
        ("fix.two", "fix.two@example.com", "Fix", "Two", "", "", ""),
    )
    job, _ = staff.run(staff.plan((*NEW, "temporary_password"), *rows))
    data = job_rows_to_fix(staff.store, job.id, staff.who())
    table = read_file(data.replace(b"no-such", b"billing"))
    assert table.row_count == 1
    columns = recognise(table.header, staff.gateway.describe_pool())
    assert [column.heading for column in columns.unused] == ["problem"]
    plan = plan_file(staff.gateway, table, columns, PlanOptions(share=1.0))
    _, done = staff.run(plan)
    assert [outcome.result for outcome in done] == [RowResult.DONE]
    assert staff.user("fix.one").attributes["phone_number"] == "+4915112345678"
    (record,) = table.rows()
    assert restore(record.cells[6]) == plan.secrets[2].temporary == "Temp-Pass-1234!"


@pytest.mark.parametrize("name", ["ada", "sam"])
def test_passwords_of_the_file_are_given_back_to_those_who_may_set_them(
    staff: Bulk, cast: dict[str, Operator], name: str
) -> None:
    row = ("see.one", "see.one@example.com", "See", "One", "no-such", "Temp-Pass-1234!", "Perm-Pass-1234!")
    header = (*NEW[:5], "temporary_password", "password")
    job, _ = staff.run(staff.plan(header, row))
    person = cast[name]
    seen = job_rows_to_fix(
        staff.store, job.id, Actor(person.id, person.username, person.role, Origin.BROWSER)
    )
    assert b"see.one" in seen
    assert (b"-Pass-1234!" in seen) is (name == "sam")
    assert b"-Pass-1234!" not in job_rows_to_fix(staff.store, job.id)


def test_people_created_before_the_failure_come_back_as_upsert(staff: Bulk) -> None:
    header = (*NEW[:5], "action")
    plan = staff.plan(header, ("part.one", "part.one@example.com", "Part", "One", "legacy-crm", "create"))
    staff.cognito.client().delete_group(UserPoolId=staff.target.pool_id, GroupName="legacy-crm")
    job, done = staff.run(plan)
    staff.cognito.client().create_group(UserPoolId=staff.target.pool_id, GroupName="legacy-crm")
    assert done[0].result is RowResult.FAILED
    assert done[0].message.startswith("Created. Failed: add to group legacy-crm.")
    data = job_rows_to_fix(staff.store, job.id)
    table = read_file(data)
    again = plan_file(
        staff.gateway,
        table,
        recognise(table.header, staff.gateway.describe_pool()),
        PlanOptions(share=1.0),
    )
    assert [step.change.action for step in again.rows[0].steps] == ["add_to_group"]


def test_rows_that_fail_again_come_back_again(staff: Bulk) -> None:
    job, _ = staff.run(staff.plan(("username", "email", "given_name"), ("", "", "Nobody")))
    again, _ = staff.run(staff.plan((), raw=job_rows_to_fix(staff.store, job.id)))
    header, *rows = cells_of(job_rows_to_fix(staff.store, again.id))
    assert header == ["username", "email", "given_name", "action", "problem"]
    assert rows[0][:4] == ["", "", "Nobody", "upsert"]


def test_cells_too_many_are_neither_cut_off_nor_moved_into_another_column(staff: Bulk) -> None:
    raw = b"username,email,given_name,family_name\nextra.one,extra.one@example.com,A, Inc.,delete\n"
    job, _ = staff.run(staff.plan((), raw=raw))
    data = job_rows_to_fix(staff.store, job.id)
    header, row = cells_of(data)
    assert row[header.index("action")] == "upsert"
    assert "cells, but there are" in staff.plan((), raw=data).rows[0].problems[0].what


def test_rows_of_an_undo_never_come_back_as_their_opposite(staff: Bulk) -> None:
    job, _ = staff.run(staff.plan(("username", "groups"), ("bo.li", "training;legacy-crm")))
    assert {"training", "legacy-crm"} <= staff.groups("bo.li")
    undo = staff.save(plan_undo(staff.store, staff.gateway, job.id))
    header, row = cells_of(job_rows_to_fix(staff.store, undo.id))
    assert row[header.index("groups")] == ""
    assert "Undo the job again" in row[header.index("problem")]


def plan_of(bulk: Bulk, data: bytes, name: str) -> Plan:
    table = read_file(data, name)
    columns = recognise(table.header, bulk.gateway.describe_pool())
    return plan_file(bulk.gateway, table, columns, PlanOptions(share=1.0))


def workbook(*rows: tuple[str, ...]) -> bytes:
    out, book = io.BytesIO(), openpyxl.Workbook()
    assert book.active is not None
    book.active.title = "People of May"
    for row in rows:
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def test_a_workbook_comes_back_as_a_workbook_with_zeros_and_signs_as_they_were(staff: Bulk) -> None:
    data = workbook(
        ("User name", "E-mail", "First name", "Last name", "Groups"),
        ("00123", "no-address", "+Ann", "Ek", "billing"),
        ("fine.one", "fine.one@example.com", "Fine", "Ek", ""),
    )
    plan = plan_of(staff, data, "may.xlsx")
    draft = rows_to_fix(plan, read_file(data, "may.xlsx"), staff.who)
    saved = job_rows_to_fix(staff.store, staff.save(plan).id, staff.who())
    assert draft.ending == ".xlsx"
    sheet = openpyxl.load_workbook(io.BytesIO(draft.build()))["People of May"]
    header, *rows = sheet.iter_rows(values_only=True)
    assert header == ("User name", "E-mail", "First name", "Last name", "Groups", "problem")
    assert [row[:5] for row in rows] == [("00123", "no-address", "+Ann", "Ek", "billing")]
    assert sheet["C2"].data_type == "s"
    assert "e-mail" in str(rows[0][5]).lower()
    again = read_file(saved, "to-fix.xlsx")
    assert again.header == ("User name", "E-mail", "First name", "Last name", "Groups", "action", "problem")
    assert next(again.rows()).cells[:5] == ("00123", "no-address", "+Ann", "Ek", "billing")


def test_a_text_comes_back_with_its_headings_and_delimiter(staff: Bulk) -> None:
    data = b"User name;E-mail;Groups\nx one;one@example.com;a,b\n"
    plan = plan_of(staff, data, "may.csv")
    draft = rows_to_fix(plan, read_file(data, "may.csv"), staff.who)
    assert draft.ending == ".csv"
    first, second, *_ = draft.build().decode("utf-8-sig").splitlines()
    assert first == "User name;E-mail;Groups;problem"
    assert second.startswith("x one;one@example.com;a,b;")
