"""The files that people take away from a job."""

from __future__ import annotations

import csv
import io

import pytest

from services.bulk import control
from services.bulk.columns import recognise
from services.bulk.csv_file import read_file
from services.bulk.handover import passwords_waiting
from services.bulk.model import PlanOptions, RowResult
from services.bulk.plan import plan_file
from services.bulk.report import (
    failed_csv,
    progress,
    rate_over_time,
    report_html,
    results_csv,
)
from services.bulk.undo import plan_undo
from services.csv_safe import restore
from services.roles import Actor, Origin
from services.store.jobs import JobState
from services.store.operators import Operator
from tests.services.bulk.conftest import Bulk

# The report of a job says everything and runs nothing.


def test_every_row_is_in_it_and_hostile_text_stays_text(staff: Bulk) -> None:
    hostile = "<script>alert(1)</script>"
    rows = (("bo.li", hostile, ""), ("nobody", "x", "update"), ("ann.lindqvist", "Annie", ""))
    job, _ = staff.run(staff.plan(("username", "nickname", "action"), *rows))
    page = report_html(staff.store, job.id).decode()
    for text in ("Changed nickname.", "nobody", "Not done", "Done, or so already", "people.csv", job.id):
        assert text in page
    assert page.index("Not done") < page.index("nobody") < page.index("Done, or so already")
    staff.store.jobs.update(job.id, reason=hostile)
    page = report_html(staff.store, job.id).decode()
    assert hostile not in page
    assert "&lt;script&gt;" in page


def test_a_job_stopped_before_it_began_has_one_too(staff: Bulk) -> None:
    job = staff.start(staff.plan(("username", "nickname"), ("bo.li", "Late")))
    control.stop(staff.store, job.id, staff.who())
    assert "not attempted" in report_html(staff.store, job.id).decode()


NEW = ("username", "email", "given_name", "family_name", "groups", "phone_number")


def cells_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_results_hold_every_row_and_no_formula(staff: Bulk) -> None:
    job, _ = staff.run(
        staff.plan(
            (*NEW[:4], "note"),
            ("res.one", "res.one@example.com", "=1+1", "One", "@ticket"),
            ("nobody here", "", "", "", ""),
        )
    )
    header, *rows = cells_of(results_csv(staff.store, job.id).data)
    assert [row[header.index("outcome")] for row in rows] == ["done", "invalid"]
    assert rows[0][header.index("note")] == "'@ticket"
    assert not any(cell[:1] in "=+-@\t\r" for row in rows for cell in row if cell)


def test_failed_rows_come_back_ready_to_fix(staff: Bulk) -> None:
    rows = (
        ("fix.one", "fix.one@example.com", "Fix", "One", "no-such", "+4915112345678", "Temp-Pass-1234!"),
        ("fix.two", "fix.two@example.com", "Fix", "Two", "", "", ""),
    )
    job, _ = staff.run(staff.plan((*NEW, "temporary_password"), *rows))
    data = failed_csv(staff.store, job.id, staff.who()).data
    table = read_file(data.replace(b"no-such", b"billing"))
    assert table.row_count == 1
    columns = recognise(table.header, staff.gateway.describe_pool())
    assert [one.heading for one in columns.unused] == ["outcome", "message", "how to fix"]
    plan = plan_file(staff.gateway, table, columns, PlanOptions(share=1.0))
    _, done = staff.run(plan)
    assert [one.result for one in done] == [RowResult.DONE]
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
    one = cast[name]
    seen = failed_csv(staff.store, job.id, Actor(one.id, one.username, one.role, Origin.BROWSER)).data
    assert b"see.one" in seen
    assert (b"-Pass-1234!" in seen) is (name == "sam")
    assert b"-Pass-1234!" not in failed_csv(staff.store, job.id).data


def test_progress_and_pace_can_be_read_by_anybody(staff: Bulk) -> None:
    job, _ = staff.run(staff.plan(("username", "nickname"), ("ann.lindqvist", "Pace"), ("bo.li", "Pace")))
    now = progress(staff.store, job.id)
    assert (now.state, now.rows, now.finished, now.steps_done) == (JobState.FINISHED, 2, 2, 2)
    assert now.fraction == 1.0
    assert {point.category for point in rate_over_time(staff.store, job.id)} == {"UserUpdate"}


def test_a_plan_nobody_started_is_at_nought(staff: Bulk) -> None:
    job = staff.save(staff.plan(("username", "nickname"), ("ann.lindqvist", "Not yet"), ("nobody", "x")))
    assert progress(staff.store, job.id).finished == 0


def test_people_created_before_the_failure_come_back_as_upsert(staff: Bulk) -> None:
    header = (*NEW[:5], "action")
    plan = staff.plan(header, ("part.one", "part.one@example.com", "Part", "One", "legacy-crm", "create"))
    staff.cognito.client().delete_group(UserPoolId=staff.target.pool_id, GroupName="legacy-crm")
    job, done = staff.run(plan)
    staff.cognito.client().create_group(UserPoolId=staff.target.pool_id, GroupName="legacy-crm")
    assert done[0].result is RowResult.FAILED
    assert done[0].message.startswith("Created. Failed: add to group legacy-crm.")
    data = failed_csv(staff.store, job.id).data
    table = read_file(data)
    again = plan_file(
        staff.gateway,
        table,
        recognise(table.header, staff.gateway.describe_pool()),
        PlanOptions(share=1.0),
    )
    assert [step.change.action for step in again.rows[0].steps] == ["add_to_group"]


def test_permanent_passwords_are_erased_once_they_are_set(staff: Bulk) -> None:
    plan = staff.plan(
        (*NEW[:4], "password"),
        ("perm.one", "perm.one@example.com", "P", "One", "Perm-Pass-1234!"),
        ("perm.two", "perm.two@example.com", "P", "Two", ""),
    )
    job, _ = staff.run(plan)
    assert list(staff.store.jobs.passwords(job.id)) == [3]
    assert passwords_waiting(staff.store, job.id) == 1


def test_rows_that_fail_again_come_back_again(staff: Bulk) -> None:
    job, _ = staff.run(staff.plan(("username", "email", "given_name"), ("", "", "Nobody")))
    again, _ = staff.run(staff.plan((), raw=failed_csv(staff.store, job.id).data))
    header, *rows = cells_of(failed_csv(staff.store, again.id).data)
    assert header == ["username", "email", "given_name", "action", "outcome", "message", "how to fix"]
    assert rows[0][:4] == ["", "", "Nobody", "upsert"]


def test_cells_too_many_are_neither_cut_off_nor_moved_into_another_column(staff: Bulk) -> None:
    raw = b"username,email,given_name,family_name\nextra.one,extra.one@example.com,A, Inc.,delete\n"
    job, _ = staff.run(staff.plan((), raw=raw))
    data = failed_csv(staff.store, job.id).data
    header, row = cells_of(data)
    assert row[header.index("action")] == "upsert"
    assert "cells, but there are" in staff.plan((), raw=data).rows[0].problems[0].what


def test_rows_of_an_undo_never_come_back_as_their_opposite(staff: Bulk) -> None:
    job, _ = staff.run(staff.plan(("username", "groups"), ("bo.li", "training;legacy-crm")))
    assert {"training", "legacy-crm"} <= staff.groups("bo.li")
    undo = staff.save(plan_undo(staff.store, staff.gateway, job.id))
    header, row = cells_of(failed_csv(staff.store, undo.id).data)
    assert row[header.index("groups")] == ""
    assert "Undo the job again" in row[header.index("how to fix")]
