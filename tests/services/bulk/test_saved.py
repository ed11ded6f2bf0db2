"""A plan in the store is the plan that was made."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from services.bulk.model import Plan, PlanOptions
from services.bulk.saved import iter_row_plans, options_of, reading_in, save_plan, totals_in
from services.errors import StoreError
from services.store.jobs import JobRows, JobState
from tests.services.bulk.conftest import Bulk


def a_plan(staff: Bulk) -> Plan:
    return staff.plan(
        ("username", "email", "given_name", "family_name", "groups", "temporary_password"),
        ("kept.one", "kept.one@example.com", "Kept", "One", "billing;new-group", "Kept-Temp-Pass-1!"),
        ("ann.lindqvist", "", "Annika", "", "", ""),
        ("nobody here", "", "", "", "", ""),
        create_groups=True,
        share=0.25,
        delivery=(),
    )


def test_what_is_saved_comes_back(staff: Bulk) -> None:
    plan = a_plan(staff)
    job = staff.save(plan)
    assert (job.state, job.total_rows) == (JobState.PLANNED, 3)
    assert list(iter_row_plans(staff.store, job.id)) == list(plan.rows)
    assert totals_in(job) == plan.totals
    assert reading_in(job) == plan.reading
    assert options_of(job) == plan.options == replace(PlanOptions(), share=0.25, create_groups=True)
    assert staff.store.jobs.passwords(job.id)[2]["temporary"] == "Kept-Temp-Pass-1!"


def test_rows_are_read_page_by_page(staff: Bulk) -> None:
    job = staff.save(a_plan(staff))
    assert [row.row for row in iter_row_plans(staff.store, job.id, after=2, limit=1)] == [3]


def test_a_plan_that_could_not_be_saved_wholly_is_not_there(
    staff: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise StoreError("The disk is full.")

    monkeypatch.setattr(JobRows, "_write_passwords", full)
    before = staff.store.jobs.list(limit=1000)
    with pytest.raises(StoreError):
        save_plan(staff.store, a_plan(staff), target=asdict(staff.target), actor=staff.who())
    monkeypatch.undo()
    assert staff.store.jobs.list(limit=1000) == before
    assert staff.store.jobs.list(states=[JobState.SAVING]) == ()
