"""Pause, go on, stop; who may; what stops a job by itself; and who takes it up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import timedelta

import pytest

from services.access.sessions import terminal_actor
from services.bulk import control
from services.bulk.control import is_abandoned, is_dead, new_owner
from services.bulk.model import Plan, RowResult
from services.bulk.reading import no_progress
from services.bulk.report import outcomes, progress
from services.bulk.runner import _Keeper, look_for_jobs, run_here
from services.bulk.saved import save_plan
from services.errors import JobError, NotPermitted, RecordNotFound
from services.roles import Actor, Origin, Role
from services.store.activity import ActivityResult, NewActivity
from services.store.columns import utc_now
from services.store.jobs import Job, JobControl, JobState, JobStep, StepState
from services.store.operators import Operator
from services.store.store import Store
from services.undo import plan_undo
from services.work.desk import work_for
from services.work.task import WorkGround
from tests.services.bulk.conftest import Bulk, only, said

# A job that ends early: what is written about rows it had begun, and how they go on.

NEW = ("username", "email", "given_name", "family_name", "groups")


def left_behind(bulk: Bulk, job: Job, *states: StepState) -> None:
    """Make the journal say what a process wrote that was killed in the middle of row 2."""
    steps: list[JobStep] = [step for step in bulk.store.jobs.steps(job.id) if step.row == 2]
    sent = [
        replace(step, state=state, attempts=1, sent_at=utc_now() - timedelta(seconds=5))
        for step, state in zip(steps, states, strict=False)
    ]
    bulk.store.jobs.close(job.id, steps=sent, rows=[])
    bulk.store.jobs.update(job.id, state=JobState.RUNNING, started_at=utc_now())


def test_a_call_without_an_answer_is_not_called_done_when_its_job_is_stopped(staff: Bulk) -> None:
    job = staff.start(staff.plan(("username", "nickname"), ("bo.li", "Closed")))
    left_behind(staff, job, StepState.STARTED)
    control.stop(staff.store, job.id, staff.who())
    (outcome,) = outcomes(staff.store, job.id)
    assert outcome.result is RowResult.FAILED
    assert "Whether this took effect isn't known" in outcome.message


def test_it_is_looked_at_again_when_the_job_goes_on(staff: Bulk) -> None:
    job = staff.start(staff.plan(("username", "nickname"), ("bo.li", "Again")))
    left_behind(staff, job, StepState.STARTED)
    control.stop(staff.store, job.id, staff.who())
    control.resume(staff.store, job.id, staff.who())
    assert run_here(staff.store, job.id, terminal=staff.who).state is JobState.FINISHED
    (outcome,) = outcomes(staff.store, job.id)
    assert outcome.result is RowResult.DONE
    assert staff.user("bo.li").attributes["nickname"] == "Again"


def test_rows_stopped_half_way_are_finished_when_the_job_goes_on(staff: Bulk) -> None:
    job = staff.start(
        staff.plan(("username", "nickname", "groups"), ("bo.li", "Half", "billing;legacy-crm;training"))
    )
    left_behind(staff, job, StepState.DONE)
    control.stop(staff.store, job.id, staff.who())
    (outcome,) = outcomes(staff.store, job.id)
    assert outcome.result is RowResult.FAILED
    control.resume(staff.store, job.id, staff.who())
    run_here(staff.store, job.id, terminal=staff.who)
    (outcome,) = outcomes(staff.store, job.id)
    assert outcome.result is RowResult.DONE
    assert {"billing", "legacy-crm", "training"} <= staff.groups("bo.li")
    assert staff.user("bo.li").attributes.get("nickname") != "Half"  # done before: not sent again


def test_undo_lists_what_it_cannot_know(staff: Bulk) -> None:
    job, _ = staff.run(staff.plan(("username", "nickname"), ("bo.li", "Perhaps")))
    (step,) = staff.store.jobs.steps(job.id)
    staff.store.jobs.close(job.id, steps=[replace(step, state=StepState.UNKNOWN)], rows=[])
    plan = plan_undo(staff.store, staff.gateway, job.id)
    assert "whether this took effect isn't known: change nickname" in said(only(plan))


def test_a_job_that_would_go_on_by_itself_is_stopped_before_it_is_undone(
    staff: Bulk, cast: dict[str, Operator]
) -> None:
    plan = staff.plan(("username", "nickname"), ("bo.li", "Rests"))
    job = save_plan(staff.store, plan, target=asdict(staff.target), actor=actor(cast["max"]))
    control.start(staff.store, job.id, actor(cast["max"]))
    run_here(staff.store, job.id)
    staff.store.jobs.update(job.id, state=JobState.PAUSED)  # as without credentials, in mid-run
    with pytest.raises(JobError, match="Stop it first"):
        plan_undo(staff.store, staff.gateway, job.id)
    control.stop(staff.store, job.id, actor(cast["max"]))
    assert plan_undo(staff.store, staff.gateway, job.id).totals.change == 1


def test_undo_does_not_say_that_somebody_is_gone_whose_creation_got_no_answer(staff: Bulk) -> None:
    job, _ = staff.run(staff.plan(NEW, ("perhaps.made", "perhaps@example.com", "Per", "Haps", "")))
    (step,) = staff.store.jobs.steps(job.id)
    staff.store.jobs.close(job.id, steps=[replace(step, state=StepState.UNKNOWN, result=None)], rows=[])
    row = only(plan_undo(staff.store, staff.gateway, job.id))
    assert "whether this took effect isn't known: create the person" in said(row)
    assert "not in the pool" not in said(row)
    assert not row.steps


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
    (outcome,) = outcomes(staff.store, job.id)
    assert outcome.result is RowResult.FAILED  # its first step stays failed
    assert "Not tried" not in outcome.message
    assert {"on-call", "training"} <= staff.groups("bo.li")


def test_what_a_failure_ruled_out_stays_undone_when_the_job_goes_on(staff: Bulk) -> None:
    new = ("closing.one", "closing.one@example.com", "C", "One", "billing")
    job = staff.start(staff.plan(NEW, new))
    left_behind(staff, job, StepState.FAILED)
    control.stop(staff.store, job.id, staff.who())
    control.resume(staff.store, job.id, staff.who())
    run_here(staff.store, job.id, terminal=staff.who)
    assert {step.state for step in staff.store.jobs.steps(job.id)} == {StepState.FAILED, StepState.SKIPPED}
    assert staff.gateway.find_user(username="closing.one") is None


def actor(operator: Operator) -> Actor:
    return Actor(operator.id, operator.username, operator.role, Origin.BROWSER)


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
def slow(staff: Bulk) -> Bulk:
    """The staff pool, three changes a second: time to ask for a pause, on a busy machine too."""
    staff.gateway.client.pacer.set_quota("UserUpdate", 3.0)
    return staff


def nicknames(bulk: Bulk, count: int = 30) -> Plan:
    people = [user.username for user in bulk.gateway.iter_users() if str(user.status) == "CONFIRMED"]
    stamp = str(time.monotonic_ns())
    return bulk.plan(("username", "nickname"), *((name, stamp) for name in people[:count]))


@pytest.fixture
def in_background() -> Iterator[Callable[[Bulk, Job], threading.Thread]]:
    """Runs a job in a thread of its own."""
    threads = []

    def run(bulk: Bulk, job: Job) -> threading.Thread:
        thread = threading.Thread(target=run_here, args=(bulk.store, job.id), kwargs={"terminal": bulk.who})
        thread.start()
        threads.append(thread)
        return thread

    yield run
    for thread in threads:
        thread.join(30)


Background = Callable[[Bulk, Job], threading.Thread]


def test_a_paused_job_goes_on_where_it_was(slow: Bulk, in_background: Background) -> None:
    job = slow.start(nicknames(slow))
    thread = in_background(slow, job)
    wait_until(lambda: progress(slow.store, job.id).finished >= 3)
    control.pause(slow.store, job.id, slow.who())
    thread.join(20)
    now = progress(slow.store, job.id)
    assert now.state is JobState.PAUSED
    assert 3 <= now.finished < now.rows
    assert "Paused by" in now.reason
    control.resume(slow.store, job.id, slow.who())
    slow.gateway.client.pacer.set_quota("UserUpdate", 1_000.0)
    assert run_here(slow.store, job.id, terminal=slow.who).state is JobState.FINISHED
    assert progress(slow.store, job.id).results == {"done": now.rows}
    # nothing was sent twice: one line in the log for each row
    assert slow.store.activity.count(job_id=job.id, action="update_attributes") == now.rows


def test_a_stopped_job_accounts_for_every_row(slow: Bulk, in_background: Background) -> None:
    job = slow.start(nicknames(slow))
    thread = in_background(slow, job)
    wait_until(lambda: progress(slow.store, job.id).finished >= 2)
    control.stop(slow.store, job.id, slow.who())
    thread.join(20)
    ends = [outcome.result for outcome in outcomes(slow.store, job.id)]
    assert set(ends) == {RowResult.DONE, RowResult.NOT_ATTEMPTED}
    assert len(ends) == job.total_rows
    assert progress(slow.store, job.id).state is JobState.STOPPED


def test_a_stopped_job_can_be_taken_up_again(slow: Bulk) -> None:
    job = slow.start(nicknames(slow, 5))
    control.stop(slow.store, job.id, slow.who())
    assert {outcome.result for outcome in outcomes(slow.store, job.id)} == {RowResult.NOT_ATTEMPTED}
    control.resume(slow.store, job.id, slow.who())
    assert run_here(slow.store, job.id, terminal=slow.who).state is JobState.FINISHED
    assert {outcome.result for outcome in outcomes(slow.store, job.id)} == {RowResult.DONE}


def test_only_one_process_runs_a_job(slow: Bulk) -> None:
    job = slow.start(nicknames(slow, 2))
    assert slow.store.jobs.take_lease(job.id, "elsewhere/1/abc", timedelta(seconds=30))
    with pytest.raises(JobError, match="Another process"):
        run_here(slow.store, job.id, terminal=slow.who)


def test_a_job_whose_holder_died_is_taken_up(slow: Bulk) -> None:
    job = slow.start(nicknames(slow, 2))
    dead = new_owner().split("/")
    owner = f"{dead[0]}/999999999/{dead[2]}"
    assert is_dead(owner)
    assert not is_dead(new_owner())
    assert not is_dead("another-machine/999999999/x")
    slow.store.jobs.take_lease(job.id, owner, timedelta(seconds=30))
    slow.store.jobs.update(job.id, state=JobState.RUNNING)
    assert is_abandoned(slow.store.jobs.get(job.id))
    assert run_here(slow.store, job.id, terminal=slow.who).state is JobState.FINISHED


def test_who_lost_the_lease_writes_nothing_more(slow: Bulk, in_background: Background) -> None:
    job = slow.start(nicknames(slow))
    thread = in_background(slow, job)
    wait_until(lambda: progress(slow.store, job.id).finished >= 2)
    slow.store.jobs.update(job.id, lease_owner="elsewhere/1/abc")
    thread.join(20)
    finished = progress(slow.store, job.id).finished
    time.sleep(0.5)
    assert progress(slow.store, job.id).finished == finished
    assert slow.store.jobs.get(job.id).lease_owner == "elsewhere/1/abc"


@pytest.mark.parametrize("name", ["ada", "sam"])
def test_whoever_may_not_bulk_may_not_start(staff: Bulk, cast: dict[str, Operator], name: str) -> None:
    job = staff.save(nicknames(staff, 1))
    for act in (control.start, control.pause, control.stop, control.resume, control.delete_plan):
        with pytest.raises(NotPermitted):
            act(staff.store, job.id, actor(cast[name]))
    assert staff.store.jobs.get(job.id).state is JobState.PLANNED


def test_a_plan_thrown_away_stands_in_the_log(staff: Bulk, cast: dict[str, Operator]) -> None:
    job = staff.save(nicknames(staff, 1))
    control.delete_plan(staff.store, job.id, actor(cast["max"]))
    with pytest.raises(RecordNotFound):
        control.start(staff.store, job.id, actor(cast["max"]))
    line = next(staff.store.activity.iter_all(job_id=job.id))
    assert (line.action, line.operator_name, line.target_name) == ("delete_plan", "max", job.title)


def test_one_plans_and_another_applies_and_both_are_named(staff: Bulk, cast: dict[str, Operator]) -> None:
    planner, applier = actor(cast["max"]), actor(cast["ann"])
    job = save_plan(staff.store, nicknames(staff, 2), target=asdict(staff.target), actor=planner)
    control.start(staff.store, job.id, applier)
    run_here(staff.store, job.id)
    lines = list(staff.store.activity.iter_all(job_id=job.id))
    assert {(line.action, line.operator_name) for line in lines} == {
        ("save_plan", "max"),
        ("start_job", "ann"),
        ("update_attributes", "ann"),
    }
    started = next(line for line in lines if line.action == "start_job")
    assert started.after["planned_by"] == "max"


def test_an_operator_who_is_disabled_stops_acting(
    slow: Bulk, cast: dict[str, Operator], in_background: Background
) -> None:
    job = save_plan(slow.store, nicknames(slow), target=asdict(slow.target), actor=actor(cast["max"]))
    control.start(slow.store, job.id, actor(cast["max"]))
    thread = threading.Thread(target=run_here, args=(slow.store, job.id))
    thread.start()
    wait_until(lambda: progress(slow.store, job.id).finished >= 2)
    slow.store.operators.update(cast["max"].id, disabled=True)
    thread.join(20)
    now = progress(slow.store, job.id)
    assert now.state is JobState.FAILED
    assert "max may not act any more" in now.reason
    assert now.results["not attempted"] > 0
    assert now.finished + now.results["not attempted"] == now.rows == now.to_do


def test_an_operator_who_is_demoted_stops_acting(slow: Bulk, cast: dict[str, Operator]) -> None:
    plan = slow.plan(("username", "action"), ("ann.lindqvist", "delete"), delete_enabled=True)
    job = save_plan(slow.store, plan, target=asdict(slow.target), actor=actor(cast["max"]))
    control.start(slow.store, job.id, actor(cast["max"]))
    slow.store.operators.update(cast["max"].id, role=Role.SUPPORT)
    assert run_here(slow.store, job.id).state is JobState.FAILED
    assert slow.user("ann.lindqvist")
    assert [outcome.result for outcome in outcomes(slow.store, job.id)] == [RowResult.NOT_ATTEMPTED]


def test_what_is_queued_is_looked_for_and_run(staff: Bulk, cast: dict[str, Operator]) -> None:
    job = save_plan(staff.store, nicknames(staff, 3), target=asdict(staff.target), actor=actor(cast["max"]))
    control.start(staff.store, job.id, actor(cast["max"]))
    look_for_jobs(WorkGround(staff.store))
    work_for(staff.store).settle()
    assert progress(staff.store, job.id).state is JobState.FINISHED


def test_what_a_dead_process_left_is_taken_up(staff: Bulk, cast: dict[str, Operator]) -> None:
    job = save_plan(staff.store, nicknames(staff, 3), target=asdict(staff.target), actor=actor(cast["max"]))
    control.start(staff.store, job.id, actor(cast["max"]))
    staff.store.jobs.update(job.id, state=JobState.RUNNING)
    staff.store.jobs.take_lease(job.id, "gone/1/x", timedelta(seconds=-1))
    look_for_jobs(WorkGround(staff.store))
    work_for(staff.store).settle()
    assert progress(staff.store, job.id).state is JobState.FINISHED


def test_jobs_of_commands_stay_with_the_terminal(store: Store, staff: Bulk) -> None:
    job = staff.start(nicknames(staff, 1))
    look_for_jobs(WorkGround(store))
    work_for(store).settle()
    assert store.jobs.get(job.id).state is JobState.QUEUED
    assert terminal_actor()().operator_id.startswith("terminal:")


def test_pausing_before_the_run_begins_is_heard(staff: Bulk) -> None:
    job = staff.start(nicknames(staff, 2))
    staff.store.jobs.update(job.id, control=JobControl.PAUSE)
    assert run_here(staff.store, job.id, terminal=staff.who).state is JobState.PAUSED
    assert progress(staff.store, job.id).finished == 0


def test_a_job_of_a_dead_process_can_be_stopped(slow: Bulk) -> None:
    job = slow.start(nicknames(slow, 3))
    slow.store.jobs.update(job.id, state=JobState.RUNNING)
    slow.store.jobs.take_lease(job.id, "gone/1/x", timedelta(seconds=-1))
    assert control.stop(slow.store, job.id, slow.who()).state is JobState.STOPPED
    assert {outcome.result for outcome in outcomes(slow.store, job.id)} == {RowResult.NOT_ATTEMPTED}


def test_a_job_that_is_stopped_while_it_rests_ends_then(slow: Bulk) -> None:
    paused = slow.start(nicknames(slow, 3))
    control.pause(slow.store, paused.id, slow.who())
    for job in (paused, slow.start(nicknames(slow, 2))):
        stopped = control.stop(slow.store, job.id, slow.who())
        assert stopped.state is JobState.STOPPED
        assert stopped.finished_at is not None
    assert control.resume(slow.store, paused.id, slow.who()).finished_at is None


@pytest.mark.parametrize("ask", [control.stop, control.pause])
def test_what_a_dead_process_left_open_in_the_log_ends_with_its_job(
    slow: Bulk, ask: Callable[..., Job]
) -> None:
    job = slow.start(nicknames(slow, 3))
    slow.store.jobs.update(job.id, state=JobState.RUNNING)
    slow.store.jobs.take_lease(job.id, "gone/1/x", timedelta(seconds=-1))
    sent = NewActivity(slow.who(), "update_attributes", pool=job.pool_name, job_id=job.id)
    slow.store.activity.intend(sent)
    ask(slow.store, job.id, slow.who())
    lines = slow.store.activity.iter_all(job_id=job.id, action="update_attributes")
    assert [line.result for line in lines] == [ActivityResult.UNKNOWN]


def test_who_may_no_longer_bulk_stops_acting(slow: Bulk, cast: dict[str, Operator]) -> None:
    job = save_plan(slow.store, nicknames(slow, 3), target=asdict(slow.target), actor=actor(cast["max"]))
    control.start(slow.store, job.id, actor(cast["max"]))
    slow.store.operators.update(cast["max"].id, role=Role.SUPPORT)  # may edit one person, but not many
    assert run_here(slow.store, job.id).state is JobState.FAILED
    assert {outcome.result for outcome in outcomes(slow.store, job.id)} == {RowResult.NOT_ATTEMPTED}


def test_nobody_is_created_with_a_password_that_was_erased(staff: Bulk) -> None:
    header = ("username", "email", "given_name", "family_name")
    job = staff.start(staff.plan(header, ("gone.pw", "gone.pw@example.com", "Gone", "Pw")))
    staff.store.jobs.erase_passwords(job.id)
    run_here(staff.store, job.id, terminal=staff.who)
    (end,) = outcomes(staff.store, job.id)
    assert (end.result, end.code) == (RowResult.FAILED, "PasswordErased")
    assert staff.gateway.find_user(username="gone.pw") is None


def test_a_job_with_a_terminals_credentials_stays_there(staff: Bulk, cast: dict[str, Operator]) -> None:
    bare = replace(staff.target, connection_id="", endpoint_url=staff.cognito.url)
    job = save_plan(staff.store, nicknames(staff, 1), target=asdict(bare), actor=staff.who())
    with pytest.raises(JobError, match="credentials of a terminal"):
        control.start(staff.store, job.id, actor(cast["ann"]))
    control.start(staff.store, job.id, staff.who())
    assert run_here(staff.store, job.id, terminal=staff.who).state is JobState.FINISHED


def test_a_refused_resume_changes_nothing(staff: Bulk, cast: dict[str, Operator]) -> None:
    job = staff.start(nicknames(staff, 2))
    control.stop(staff.store, job.id, staff.who())
    staff.store.jobs.update(job.id, target={**job.target, "connection_id": ""})
    before = [outcome.result for outcome in outcomes(staff.store, job.id)]
    manager = replace(staff.who(), origin=Origin.BROWSER)
    with pytest.raises(JobError, match="credentials of a terminal"):
        control.resume(staff.store, job.id, manager)
    assert (
        [outcome.result for outcome in outcomes(staff.store, job.id)]
        == before
        == [RowResult.NOT_ATTEMPTED] * 2
    )


def test_a_job_whose_lease_ran_out_can_be_taken_up(staff: Bulk) -> None:
    job = staff.start(nicknames(staff, 2))
    staff.store.jobs.take_lease(job.id, "another-machine/1/abc", timedelta(seconds=-1))
    staff.store.jobs.update(job.id, state=JobState.RUNNING)
    control.resume(staff.store, job.id, staff.who())
    assert run_here(staff.store, job.id, terminal=staff.who).state is JobState.FINISHED
