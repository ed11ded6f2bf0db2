"""The files that people take away from a job."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from console.commands.plan_text import exit_of_job
from console.commands.showing import Exit
from services.bulk import control
from services.bulk.cells.damage import DamageKind
from services.bulk.handover import passwords_waiting
from services.bulk.report import (
    outcomes,
    progress,
    rate_over_time,
    report_html,
    results_csv,
)
from services.bulk.run import Run
from services.bulk.runner import run_here
from services.bulk.saved import RUN_BEGAN
from services.bulk.to_fix import job_rows_to_fix
from services.bulk.work import RowWork
from services.store.columns import utc_now
from services.store.jobs import JobRow, JobState, JobStep, StepState
from tests.services.bulk.conftest import Bulk

# The report of a job says everything and runs nothing.


def test_every_row_is_in_it_and_hostile_text_stays_text(staff: Bulk) -> None:
    hostile = "<script>alert(1)</script>"
    rows = (("bo.li", hostile, ""), ("nobody", "x", "update"), ("ann.lindqvist", "Annie", ""))
    job, _ = staff.run(staff.plan(("username", "nickname", "action"), *rows))
    page = report_html(staff.store, job.id, "ada").decode()
    for text in (
        "Changed nickname.",
        "nobody",
        "Not done",
        "Done, so already, or planned",
        "people.csv",
        job.id,
    ):
        assert text in page
    assert page.index("Not done") < page.index("nobody") < page.index("Done, so already, or planned")
    staff.store.jobs.update(job.id, reason=hostile)
    page = report_html(staff.store, job.id, "ada").decode()
    assert hostile not in page
    assert "&lt;script&gt;" in page


def test_it_says_where_the_pool_is_and_how_old_what_was_read_is(staff: Bulk) -> None:
    job, _ = staff.run(staff.plan(("username", "nickname"), ("bo.li", "Bo")))
    where = f"user pool {job.pool_name} ({staff.target.pool_id}) · read "
    page = report_html(staff.store, job.id, "ada").decode()
    assert f"Account not known, {staff.target.region} · {where}" in page
    assert re.search(r"UTC by [^·]+ · made [^·]+ UTC by ada, less than a minute after reading", page)
    staff.store.jobs.update(job.id, target={**job.target, "region": ""})  # then it is the connection's
    staff.store.connections.save_test(staff.target.connection_id, [], account="123456789012")
    page = report_html(staff.store, job.id, "ada").decode()
    assert f"Account 123456789012, {staff.target.region} · {where}" in page


def test_a_job_stopped_before_it_began_has_one_too(staff: Bulk) -> None:
    job = staff.start(staff.plan(("username", "nickname"), ("bo.li", "Late")))
    control.stop(staff.store, job.id, staff.who())
    assert "not attempted" in report_html(staff.store, job.id, "ada").decode()


NEW = ("username", "email", "given_name", "family_name", "groups", "phone_number")


def cells_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_results_hold_every_row_and_no_formula(staff: Bulk) -> None:
    job, _ = staff.run(
        staff.plan(
            (*NEW[:4], "note"),
            ("res.one", "res.one@example.com", "@Res", "One", "@ticket"),
            ("nobody here", "", "", "", ""),
            accept=(DamageKind.ODD_SIGN,),
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


def test_a_jobs_figures_add_up_wherever_they_stand(staff: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [(f"sum.{number:02}", f"sum.{number:02}@example.com", "Sum", "Up") for number in range(8)]
    known = ("ann.lindqvist", "", "", "")
    plan = staff.plan(NEW[:4], *rows, known, ("with space", "sum@example.com", "Sum", "Up"))
    job = staff.start(plan)
    before = progress(staff.store, job.id)
    assert before.results == {"waiting": 8, "unchanged": 1, "invalid": 1}
    assert (before.fraction, before.to_do, before.rows) == (0.0, plan.totals.waiting, 10)
    checked = Run._checked

    def stopped_after_three(self: Run, page: list[JobRow]) -> list[RowWork]:
        works = checked(self, page)[:3]
        return works

    with monkeypatch.context() as patch:
        patch.setattr(Run, "_checked", stopped_after_three)
        run_here(staff.store, job.id, terminal=staff.who)
    staff.store.jobs.update(job.id, state=JobState.PAUSED, finished_at=None)
    now = progress(staff.store, job.id)
    assert now.results == {"done": 3, "waiting": 5, "unchanged": 1, "invalid": 1}
    assert now.fraction == 3 / 8
    assert Counter(outcome.result for outcome in outcomes(staff.store, job.id)) == now.results
    assert len(list(outcomes(staff.store, job.id, result="waiting"))) == 5
    assert len(cells_of(job_rows_to_fix(staff.store, job.id))) == 1 + 1
    control.stop(staff.store, job.id, staff.who())
    now = progress(staff.store, job.id)
    assert now.results == {"done": 3, "not attempted": 5, "unchanged": 1, "invalid": 1}
    assert now.fraction == 3 / 8
    assert len(cells_of(job_rows_to_fix(staff.store, job.id))) == 1 + 6
    assert exit_of_job(staff.store.jobs.get(job.id), now) is Exit.SOME_FAILED
    again = control.resume(staff.store, job.id, staff.who())
    assert progress(staff.store, again.id).results["waiting"] == 5
    run_here(staff.store, job.id, terminal=staff.who)
    assert progress(staff.store, job.id).results == {"done": 8, "unchanged": 1, "invalid": 1}


def test_the_rate_of_a_job_that_goes_on_is_that_of_its_present_run(staff: Bulk) -> None:
    job = staff.start(staff.plan(("username", "nickname"), ("bo.li", "Rate")))
    ten_seconds_ago = utc_now() - timedelta(seconds=10)
    staff.store.jobs.update(
        job.id,
        state=JobState.RUNNING,
        started_at=utc_now() - timedelta(hours=2),
        totals={**job.totals, RUN_BEGAN: ten_seconds_ago.isoformat()},
    )
    done = JobStep(2, 0, "update_attributes", StepState.DONE, finished_at=utc_now())
    staff.store.jobs.close(job.id, steps=[done], rows=[])
    assert progress(staff.store, job.id).rate == pytest.approx(0.1, rel=0.2)


@pytest.mark.parametrize(
    ("state", "results", "changes", "code"),
    [
        (JobState.FINISHED, {"done": 3, "unchanged": 1}, 3, Exit.OK),
        (JobState.FINISHED, {"unchanged": 4}, 0, Exit.OK),
        (JobState.FINISHED, {"done": 3, "failed": 1}, 3, Exit.SOME_FAILED),
        (JobState.FINISHED, {"failed": 4}, 0, Exit.ERROR),
        (JobState.FINISHED, {"failed": 4}, 1, Exit.SOME_FAILED),
        (JobState.FINISHED, {"changed meanwhile": 2, "unchanged": 1, "invalid": 1}, 0, Exit.ERROR),
        (JobState.STOPPED, {"not attempted": 4}, 0, Exit.ERROR),
        (JobState.STOPPED, {"done": 1, "not attempted": 4}, 1, Exit.SOME_FAILED),
        (JobState.FAILED, {"failed": 10, "not attempted": 4}, 0, Exit.ERROR),
        (JobState.FAILED, {"done": 1, "not attempted": 4}, 1, Exit.SOME_FAILED),
        (JobState.PAUSED, {"done": 1, "waiting": 4}, 1, Exit.PAUSED),
    ],
)
def test_a_command_ends_with_the_code_of_what_was_done(
    state: JobState, results: dict[str, int], changes: int, code: Exit, staff: Bulk
) -> None:
    job = staff.save(staff.plan(("username", "nickname"), ("bo.li", "Code")))
    now = replace(progress(staff.store, job.id), results=results, changes=changes)
    assert exit_of_job(replace(job, state=state), now) is code
