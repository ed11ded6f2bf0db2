"""The files that people take away from a job."""

from __future__ import annotations

import csv
import io

from services.bulk import control
from services.bulk.handover import passwords_waiting
from services.bulk.report import (
    progress,
    rate_over_time,
    report_html,
    results_csv,
)
from services.store.jobs import JobState
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


def test_progress_and_pace_can_be_read_by_anybody(staff: Bulk) -> None:
    job, _ = staff.run(staff.plan(("username", "nickname"), ("ann.lindqvist", "Pace"), ("bo.li", "Pace")))
    now = progress(staff.store, job.id)
    assert (now.state, now.rows, now.finished, now.steps_done) == (JobState.FINISHED, 2, 2, 2)
    assert now.fraction == 1.0
    assert {point.category for point in rate_over_time(staff.store, job.id)} == {"UserUpdate"}


def test_a_plan_nobody_started_is_at_nought(staff: Bulk) -> None:
    job = staff.save(staff.plan(("username", "nickname"), ("ann.lindqvist", "Not yet"), ("nobody", "x")))
    assert progress(staff.store, job.id).finished == 0


def test_permanent_passwords_are_erased_once_they_are_set(staff: Bulk) -> None:
    plan = staff.plan(
        (*NEW[:4], "password"),
        ("perm.one", "perm.one@example.com", "P", "One", "Perm-Pass-1234!"),
        ("perm.two", "perm.two@example.com", "P", "Two", ""),
    )
    job, _ = staff.run(plan)
    assert list(staff.store.jobs.passwords(job.id)) == [3]
    assert passwords_waiting(staff.store, job.id) == 1
