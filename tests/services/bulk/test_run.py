"""Plans are carried out: every row accounted for, Cognito as the file asks."""

from __future__ import annotations

import threading
from time import monotonic

import pytest

from services.bulk import control, run
from services.bulk.model import RowResult
from services.bulk.run import FIRST, DelayQueue, Run, WorkerPool
from services.bulk.runner import run_here
from services.bulk.to_fix import job_rows_to_fix
from services.bulk.work import RowWork
from services.csv_safe import CLEAR_CELL
from services.errors import JobError
from services.store.jobs import JobRow, JobState
from services.store.store import Store
from tests.fixtures.cognito import Cognito
from tests.services.bulk.conftest import Bulk, bulk_on
from tests.services.cognito.fake_aws import done_then, fake_aws, refusal

PATIENCE = 60.0
"""Seconds after which a state that never comes is given up, on a busy machine too."""

# Threads of one quota category: few until something succeeds.


class Work:
    """Counts how many work at once; succeeds when told to."""

    def __init__(self, *, succeeds: bool) -> None:
        self.changed = threading.Condition()
        self.now = self.most = self.done = 0
        self.succeeds = succeeds

    def __call__(self, entry: int) -> bool:
        with self.changed:
            # whoever comes once some have succeeded waits for company that only more threads can give
            company = FIRST + (self.succeeds and self.done >= FIRST)
            self.now += 1
            self.most = max(self.most, self.now)
            self.changed.notify_all()
            self.changed.wait_for(lambda: self.most >= company, PATIENCE)
            self.now -= 1
            self.done += 1
            self.changed.notify_all()
        return self.succeeds


@pytest.mark.parametrize(("succeeds", "most"), [(False, FIRST), (True, 12)])
def test_all_threads_work_only_once_something_succeeded(succeeds: bool, most: int) -> None:
    work = Work(succeeds=succeeds)
    workers: WorkerPool[int] = WorkerPool("test", work, crashed=lambda: None, most=12)
    for number in range(60):
        workers.put(number)
    with work.changed:
        assert work.changed.wait_for(lambda: work.done == 60, PATIENCE)
    workers.close()
    workers.join()
    assert FIRST <= work.most <= most
    assert (work.most > FIRST) is succeeds


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_of_our_own_is_told() -> None:
    told = threading.Event()

    def broken(entry: int) -> bool:
        raise ZeroDivisionError

    workers: WorkerPool[int] = WorkerPool("test", broken, crashed=told.set, most=2)
    workers.put(1)
    assert told.wait(5)
    workers.close()
    workers.join()


# A queue whose entries become due.


def test_entries_come_in_the_order_in_which_they_are_due(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(run, "monotonic", lambda: now[0])
    queue: DelayQueue[str] = DelayQueue()
    queue.put("late", delay=60)
    queue.put("first")
    queue.put("second")
    assert [queue.get(), queue.get()] == ["first", "second"]
    queue.put("in between", delay=59)
    now[0] += 60
    assert [queue.get(), queue.get()] == ["in between", "late"]


def test_nothing_is_given_out_before_it_is_due() -> None:
    queue: DelayQueue[str] = DelayQueue()
    began = monotonic()
    queue.put("late", delay=0.05)
    assert queue.get() == "late"
    assert monotonic() - began >= 0.05


def test_closing_wakes_whoever_waits_and_returns_what_is_left() -> None:
    queue: DelayQueue[str] = DelayQueue()
    got: list[str | None] = []
    thread = threading.Thread(target=lambda: got.append(queue.get()))
    thread.start()
    queue.put("much later", delay=60)
    assert queue.close() == ["much later"]
    thread.join(5)
    assert got == [None]
    queue.put("too late")
    assert queue.get() is None


NEW = ("username", "email", "given_name", "family_name", "groups", "action")


def test_new_people_are_created_with_their_groups(staff: Bulk) -> None:
    done = staff.apply(
        NEW,
        ("run.one", "run.one@example.com", "One", "Run", "auditors;billing", ""),
        ("run.two", "run.two@example.com", "Two", "Run", "", "create"),
    )
    assert [outcome.result for outcome in done] == [RowResult.DONE, RowResult.DONE]
    assert done[0].message == "Created, added to group auditors, added to group billing."
    assert staff.groups("run.one") == {"auditors", "billing"}
    assert staff.user("run.two").attributes["given_name"] == "Two"
    assert done[1].sub == staff.user("run.two").sub


def test_every_row_has_an_outcome_in_the_files_order(staff: Bulk) -> None:
    done = staff.apply(
        NEW,
        ("ann.lindqvist", "", "Anna", "", "", "update"),
        ("nobody", "", "", "", "", "disable"),
        ("bo.li", "", "Bo", "", "", ""),
        ("run.three", "run.three@example.com", "Three", "Run", "", ""),
    )
    assert [(outcome.row, outcome.result) for outcome in done] == [
        (2, RowResult.DONE),
        (3, RowResult.INVALID),
        (4, RowResult.UNCHANGED),
        (5, RowResult.DONE),
    ]
    assert "Nobody in this pool is nobody" in done[1].message


def test_a_file_applied_twice_changes_nothing_the_second_time(staff: Bulk) -> None:
    rows = [("twice.one", "twice.one@example.com", "One", "Twice", "billing", "")]
    assert staff.results(NEW, *rows) == [RowResult.DONE]
    assert staff.results(NEW, *rows) == [RowResult.UNCHANGED]


def test_all_actions_do_what_they_say(staff: Bulk) -> None:
    people = [
        (f"act.{number}", f"act.{number}@example.com", "Act", str(number), "training", "")
        for number in range(6)
    ]
    staff.apply(NEW, *people)
    header = ("username", "action", "groups", "password", "nickname", "given_name")
    done = staff.apply(
        header,
        ("act.0", "disable", "", "", "", ""),
        ("act.1", "set_password", "", "Permanent-Pass-123!", "", ""),
        ("act.2", "add_to_groups", "billing", "", "", ""),
        ("act.3", "remove_from_groups", "training", "", "", ""),
        ("act.4", "sync_groups", "auditors", "", "", ""),
        ("act.5", "sign_out", "", "", "", ""),
    )
    assert [outcome.result for outcome in done] == [RowResult.DONE] * 6
    assert staff.user("act.0").enabled is False
    assert str(staff.user("act.1").status) == "CONFIRMED"
    assert staff.groups("act.2") == {"billing", "training"}
    assert staff.groups("act.3") == set()
    assert staff.groups("act.4") == {"auditors"}
    again = staff.apply(
        header,
        ("act.0", "enable", "", "", "", ""),
        ("act.1", "update", "", "", "Acty", ""),
        ("act.2", "sync_groups_remove_only", "auditors;training", "", "", ""),
        ("act.3", "sync_groups_add_only", "training", "", "", ""),
        ("act.4", "sync_groups", CLEAR_CELL, "", "", ""),
        scope=("billing",),
    )
    assert [outcome.result for outcome in again] == [RowResult.DONE] * 5
    assert staff.user("act.0").enabled is True
    assert staff.groups("act.2") == {"training"}
    assert staff.groups("act.3") == {"training"}
    assert staff.groups("act.4") == set()
    assert staff.results(header, ("act.1", "clear_attributes", "", "", CLEAR_CELL, "")) == [RowResult.DONE]
    assert "nickname" not in staff.user("act.1").attributes
    assert staff.results(("username", "action"), ("act.0", "disable")) == [RowResult.DONE]
    assert staff.results(("username", "action"), ("act.0", "delete")) == [RowResult.DONE]
    assert staff.gateway.find_user(username="act.0") is None


def test_pools_that_sign_in_by_email_need_no_username(customers: Bulk) -> None:
    header = ("email", "name", "groups", "enabled")
    done = customers.apply(header, ("Kim.Poe@mail.example", "Kim Poe", "residential", "false"))
    assert [outcome.result for outcome in done] == [RowResult.DONE]
    user = customers.user("Kim.Poe@mail.example")
    assert user.enabled is False
    assert customers.groups(user.username) == {"residential"}


def test_missing_groups_are_created_first_when_that_was_chosen(staff: Bulk) -> None:
    plan = staff.plan(("username", "groups"), ("ann.lindqvist", "new-team"), create_groups=True)
    assert [step.change.action for step in plan.preparation] == ["create_group"]
    _, done = staff.run(plan)
    assert [outcome.result for outcome in done] == [RowResult.DONE]
    assert "new-team" in staff.groups("ann.lindqvist")


def test_what_changed_since_the_plan_is_not_applied(staff: Bulk) -> None:
    plan = staff.plan(
        ("username", "given_name", "groups"), ("bo.li", "Robert", ""), ("chidi.okafor", "", "training")
    )
    client = staff.cognito.client()
    client.admin_update_user_attributes(
        UserPoolId=staff.target.pool_id,
        Username="bo.li",
        UserAttributes=[{"Name": "given_name", "Value": "Bobo"}],
    )
    _, done = staff.run(plan)
    assert done[0].result is RowResult.CHANGED
    assert done[0].message == "First name was “Bo” and is “Bobo” now."
    assert done[1].result is RowResult.DONE
    assert staff.user("bo.li").attributes["given_name"] == "Bobo"


def test_one_failing_row_does_not_stop_the_others(staff: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = staff.plan(
        NEW,
        ("same.name", "same@example.com", "Same", "Ek", "training", ""),
        ("other.name", "other@example.com", "Other", "Ek", "", ""),
    )
    checked = Run._checked

    def somebody_takes_the_name_after_the_check(self: Run, rows: list[JobRow]) -> list[RowWork]:
        works = checked(self, rows)
        staff.cognito.client().admin_create_user(
            UserPoolId=staff.target.pool_id, Username="same.name", MessageAction="SUPPRESS"
        )
        return works

    monkeypatch.setattr(Run, "_checked", somebody_takes_the_name_after_the_check)
    _, done = staff.run(plan)
    assert [outcome.result for outcome in done] == [RowResult.FAILED, RowResult.DONE]
    assert done[0].code == "UsernameExistsException"
    assert "Not tried: add to group training" in done[0].message


def test_a_persons_refusal_is_their_rows_outcome_and_stops_nothing(staff: Bulk) -> None:
    client, pool = staff.cognito.client(), staff.target.pool_id
    settings = {"ClientName": "refusal", "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]}
    app = client.create_user_pool_client(UserPoolId=pool, **settings)["UserPoolClient"]["ClientId"]
    names = [f"refused.{number:02}" for number in range(14)]
    for name in names:
        attributes = [{"Name": "email", "Value": f"{name}@example.com"}]
        client.sign_up(ClientId=app, Username=name, Password="Abc-12345678", UserAttributes=attributes)
    plan = staff.plan(("username", "action"), *((name, "confirm") for name in names))
    checked = Run._checked

    def somebody_confirms_all_but_the_last(self: Run, rows: list[JobRow]) -> list[RowWork]:
        works = checked(self, rows)
        for name in names[:-1]:
            client.admin_confirm_sign_up(UserPoolId=pool, Username=name)
        return works

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "_checked", somebody_confirms_all_but_the_last)
        job, done = staff.run(plan)
    assert job.state is JobState.FINISHED
    assert [row.result for row in done] == [RowResult.FAILED] * 13 + [RowResult.DONE]
    assert done[0].code == "NotAuthorizedException"
    assert "Current status is CONFIRMED" in done[0].message
    assert "permission" not in done[0].message


def test_a_person_whose_invitation_was_not_sent_is_there_and_the_row_says_what_is_left(
    store: Store, cognito: Cognito, aws_environment: None
) -> None:
    with fake_aws(behind=cognito.url) as aws:
        bulk = bulk_on(store, cognito, cognito.staff, aws.url)
        plan = bulk.plan(
            NEW, ("un.sent", "un.sent@example.com", "Un", "Sent", "billing", ""), delivery=("EMAIL",)
        )
        undelivered = refusal("CodeDeliveryFailureException", "Could not send.")
        aws.answer("AdminCreateUser", done_then(undelivered))
        job, (row,) = bulk.run(plan)
    assert bulk.groups("un.sent") == {"billing"}
    assert (row.result, row.code) == (RowResult.FAILED, "CodeDeliveryFailureException")
    assert row.message.startswith(
        "Created, added to group billing. un.sent@example.com: created, but the message"
    )
    assert "Not tried" not in row.message
    to_fix = job_rows_to_fix(store, job.id, bulk.who()).decode("utf-8-sig")
    assert "resend_invite" in to_fix


def test_a_job_is_run_once(staff: Bulk) -> None:
    job, _ = staff.run(staff.plan(("username", "given_name"), ("ann.lindqvist", "Ann-Marie")))
    assert job.state is JobState.FINISHED
    with pytest.raises(JobError):
        control.start(staff.store, job.id, staff.who())
    with pytest.raises(JobError, match="finished"):
        run_here(staff.store, job.id, terminal=staff.who)


def test_every_change_stands_in_the_activity_log_under_its_job(staff: Bulk) -> None:
    job, _ = staff.run(staff.plan(("username", "nickname"), ("bo.li", "Bobby")))
    actions = [line.action for line in staff.store.activity.iter_all(job_id=job.id)]
    assert actions == ["update_attributes", "start_job", "save_plan"]
