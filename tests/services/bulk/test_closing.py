"""A job that ends early: what is written about rows it had begun, and how they go on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from services.bulk import control
from services.bulk.model import Result
from services.bulk.reading import no_progress
from services.bulk.report import outcomes
from services.bulk.runner import _Keeper, run_here
from services.bulk.undo import plan_undo
from services.store.columns import utc_now
from services.store.jobs import Job, JobState, JobStep, StepState
from tests.services.bulk.conftest import Bulk, only, said

NEW = ("username", "email", "given_name", "family_name", "groups")


def left_behind(bulk: Bulk, job: Job, *states: StepState) -> None:
    """Make the journal say what a process wrote that was killed in the middle of row 2."""
    steps: list[JobStep] = [one for one in bulk.store.jobs.steps(job.id) if one.row == 2]
    sent = [
        replace(one, state=state, attempts=1, sent_at=utc_now() - timedelta(seconds=5))
        for one, state in zip(steps, states, strict=False)
    ]
    bulk.store.jobs.close(job.id, steps=sent, rows=[])
    bulk.store.jobs.update(job.id, state=JobState.RUNNING, started_at=utc_now())


def test_a_call_without_an_answer_is_not_called_done_when_its_job_is_stopped(staff: Bulk) -> None:
    job = staff.start(staff.plan(("username", "nickname"), ("bo.li", "Closed")))
    left_behind(staff, job, StepState.STARTED)
    control.stop(staff.store, job.id, staff.who())
    (one,) = outcomes(staff.store, job.id)
    assert one.result is Result.FAILED
    assert "Whether this took effect isn't known" in one.message


def test_it_is_looked_at_again_when_the_job_goes_on(staff: Bulk) -> None:
    job = staff.start(staff.plan(("username", "nickname"), ("bo.li", "Again")))
    left_behind(staff, job, StepState.STARTED)
    control.stop(staff.store, job.id, staff.who())
    control.resume(staff.store, job.id, staff.who())
    assert run_here(staff.store, job.id, terminal=staff.who).state is JobState.FINISHED
    (one,) = outcomes(staff.store, job.id)
    assert one.result is Result.DONE
    assert staff.user("bo.li").attributes["nickname"] == "Again"


def test_rows_stopped_half_way_are_finished_when_the_job_goes_on(staff: Bulk) -> None:
    job = staff.start(
        staff.plan(("username", "nickname", "groups"), ("bo.li", "Half", "billing;legacy-crm;training"))
    )
    left_behind(staff, job, StepState.DONE)
    control.stop(staff.store, job.id, staff.who())
    (one,) = outcomes(staff.store, job.id)
    assert one.result is Result.FAILED
    control.resume(staff.store, job.id, staff.who())
    run_here(staff.store, job.id, terminal=staff.who)
    (one,) = outcomes(staff.store, job.id)
    assert one.result is Result.DONE
    assert {"billing", "legacy-crm", "training"} <= staff.groups("bo.li")
    assert staff.user("bo.li").attributes.get("nickname") != "Half"  # done before: not sent again


def test_undo_lists_what_it_cannot_know(staff: Bulk) -> None:
    job, _ = staff.run(staff.plan(("username", "nickname"), ("bo.li", "Perhaps")))
    (step,) = staff.store.jobs.steps(job.id)
    staff.store.jobs.close(job.id, steps=[replace(step, state=StepState.UNKNOWN)], rows=[])
    plan = plan_undo(staff.store, staff.gateway, job.id)
    assert "whether this took effect isn't known: change nickname" in said(only(plan))


def test_a_job_stopped_just_before_it_begins_sends_nothing(staff: Bulk) -> None:
    job = staff.start(staff.plan(("username", "nickname"), ("bo.li", "Too late")))
    staff.store.jobs.take_lease(job.id, "me", timedelta(seconds=30))
    keeper = _Keeper(staff.store, staff.store.jobs.get(job.id), "me", staff.who, no_progress)
    control.stop(staff.store, job.id, staff.who())
    assert keeper.run().state is JobState.STOPPED
    assert staff.user("bo.li").attributes.get("nickname") != "Too late"
    assert not staff.store.jobs.get(job.id).lease_owner


def test_what_was_cut_off_after_a_failure_is_finished_when_the_job_goes_on(staff: Bulk) -> None:
    job = staff.start(staff.plan(("username", "nickname", "groups"), ("bo.li", "Failed", "on-call;training")))
    left_behind(staff, job, StepState.FAILED)
    control.stop(staff.store, job.id, staff.who())
    control.resume(staff.store, job.id, staff.who())
    run_here(staff.store, job.id, terminal=staff.who)
    (one,) = outcomes(staff.store, job.id)
    assert one.result is Result.FAILED  # its first step stays failed
    assert "Not tried" not in one.message
    assert {"on-call", "training"} <= staff.groups("bo.li")


def test_what_a_failure_ruled_out_stays_undone_when_the_job_goes_on(staff: Bulk) -> None:
    new = ("closing.one", "closing.one@example.com", "C", "One", "billing")
    job = staff.start(staff.plan(NEW, new))
    left_behind(staff, job, StepState.FAILED)
    control.stop(staff.store, job.id, staff.who())
    control.resume(staff.store, job.id, staff.who())
    run_here(staff.store, job.id, terminal=staff.who)
    assert {one.state for one in staff.store.jobs.steps(job.id)} == {StepState.FAILED, StepState.SKIPPED}
    assert staff.gateway.find_user(username="closing.one") is None
