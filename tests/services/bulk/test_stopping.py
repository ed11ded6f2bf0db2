"""What stops or pauses a job by itself, and how it goes on afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest

from bench.simulator import Faults, Simulator
from services.bulk import control
from services.bulk.model import Plan, RowResult
from services.bulk.report import outcomes, progress
from services.bulk.runner import run_here
from services.cognito.gateway import CognitoGateway
from services.cognito.models import User
from services.store.jobs import JobControl, JobState
from services.store.store import Store
from tests.fixtures.cognito import Cognito
from tests.services.bulk.conftest import Bulk, bulk_on
from tests.services.bulk.faults import faulty

NEW = ("username", "email", "given_name", "family_name", "groups")


@dataclass
class Troubled:
    """The engine behind a proxy that refuses what a test says."""

    bulk: Bulk
    server: Simulator

    def new_people(self, prefix: str, count: int) -> Plan:
        return self.bulk.plan(
            NEW,
            *((f"{prefix}.{n}", f"{prefix}.{n}@example.com", "T", str(n), "training") for n in range(count)),
        )


@pytest.fixture
def troubled(store: Store, cognito: Cognito, aws_environment: None) -> Iterator[Troubled]:
    with faulty(Faults(), 1) as server:
        bulk = bulk_on(store, cognito, cognito.staff, server.url)
        for category in ("UserCreation", "UserUpdate"):
            bulk.gateway.client.pacer.set_quota(category, 100.0)
        yield Troubled(bulk, server)


def test_a_missing_permission_stops_everything_at_once(troubled: Troubled) -> None:
    plan = troubled.new_people("iam", 60)
    denied = "User: arn:aws:iam::1:user/x is not authorized to perform: cognito-idp:AdminCreateUser"
    troubled.server.refusals["AdminCreateUser"] = ("AccessDeniedException", denied)
    job, done = troubled.bulk.run(plan)
    assert job.state is JobState.FAILED
    assert "cognito-idp:AdminCreateUser" in job.reason
    results = [outcome.result for outcome in done]
    assert len(results) == 60
    assert set(results) == {RowResult.FAILED, RowResult.NOT_ATTEMPTED}
    assert results.count(RowResult.FAILED) < 30


CONFIRMED = "User cannot be confirmed. Current status is CONFIRMED"
NO_ADDRESS = "Cannot reset password for the user as there is no registered/verified email or phone_number"


@pytest.mark.parametrize(
    ("action", "operation", "code", "text"),
    [
        ("set_password", "AdminSetUserPassword", "NotAuthorizedException", CONFIRMED),
        ("disable", "AdminDisableUser", "NotAuthorizedException", "User is disabled."),
        ("sign_out", "AdminUserGlobalSignOut", "UserNotFoundException", "User does not exist."),
        ("reset_password", "AdminResetUserPassword", "InvalidParameterException", NO_ADDRESS),
        ("reset_password", "AdminResetUserPassword", "LimitExceededException", "Attempt limit exceeded"),
        ("reset_password", "AdminResetUserPassword", "NotAuthorizedException", "Not in the current state"),
        ("delete", "AdminDeleteUser", "UserNotFoundException", "User does not exist."),
    ],
)
def test_what_lies_in_each_person_is_their_rows_outcome_and_stops_nobody(
    troubled: Troubled, action: str, operation: str, code: str, text: str
) -> None:
    prefix = f"own{operation}{code}".lower()
    troubled.bulk.run(troubled.new_people(prefix, 15))
    rows = [(f"{prefix}.{number}", action) for number in range(15)]
    client, verified = troubled.bulk.cognito.client(), [{"Name": "email_verified", "Value": "true"}]
    for name, _ in rows:  # as after their first sign-in
        whom = {"UserPoolId": troubled.bulk.target.pool_id, "Username": name}
        client.admin_set_user_password(**whom, Password="Their-0wn-Pass!", Permanent=True)
        client.admin_update_user_attributes(**whom, UserAttributes=verified)
    plan = troubled.bulk.plan(("username", "action"), *rows, delete_enabled=True)
    troubled.server.refusals[operation] = (code, text)
    job, done = troubled.bulk.run(plan)
    assert job.state is JobState.FINISHED, job.reason
    assert [outcome.result for outcome in done] == [RowResult.FAILED] * 15


def test_the_same_refusal_for_the_first_rows_stops_the_rest(troubled: Troubled) -> None:
    plan = troubled.new_people("pw", 60)
    troubled.server.refusals["AdminCreateUser"] = ("InvalidPasswordException", "Password too simple")
    job, done = troubled.bulk.run(plan)
    assert job.state is JobState.FAILED
    assert "The first 10 tries all failed for the same reason" in job.reason
    results = [outcome.result for outcome in done]
    assert 10 <= results.count(RowResult.FAILED) < 40
    assert results.count(RowResult.NOT_ATTEMPTED) == 60 - results.count(RowResult.FAILED)


def test_once_the_cause_is_gone_the_rest_can_be_done(troubled: Troubled) -> None:
    plan = troubled.new_people("later", 40)
    troubled.server.refusals["AdminCreateUser"] = ("InvalidPasswordException", "Password too simple")
    job, done = troubled.bulk.run(plan)
    failed = sum(outcome.result is RowResult.FAILED for outcome in done)
    troubled.server.refusals.clear()
    control.resume(troubled.bulk.store, job.id, troubled.bulk.who())
    assert run_here(troubled.bulk.store, job.id, terminal=troubled.bulk.who).state is JobState.FINISHED
    counts = progress(troubled.bulk.store, job.id).results
    assert counts == {"failed": failed, "done": 40 - failed}


def test_refusals_among_successes_are_the_rows_own(troubled: Troubled) -> None:
    troubled.bulk.run(troubled.new_people("half", 3))
    plan = troubled.new_people("half2", 20)
    troubled.server.refusals["AdminAddUserToGroup"] = ("ResourceNotFoundException", "Group not found.")
    job, done = troubled.bulk.run(plan)
    assert job.state is JobState.FAILED
    failed = [outcome for outcome in done if outcome.result is RowResult.FAILED]
    assert failed[0].message.startswith("Created. Failed: add to group training.")


def test_expired_credentials_pause_and_nothing_is_lost(troubled: Troubled) -> None:
    plan = troubled.new_people("exp", 30)
    job = troubled.bulk.start(plan)
    troubled.server.refusals["AdminAddUserToGroup"] = (
        "ExpiredTokenException",
        "The security token included in the request is expired",
    )
    paused = run_here(troubled.bulk.store, job.id, terminal=troubled.bulk.who)
    assert paused.state is JobState.PAUSED
    assert paused.control is JobControl.RUN  # it may go on by itself
    assert "expired" in paused.reason.lower() or "ran out" in paused.reason.lower()
    troubled.server.refusals.clear()
    control.resume(troubled.bulk.store, job.id, troubled.bulk.who())
    assert run_here(troubled.bulk.store, job.id, terminal=troubled.bulk.who).state is JobState.FINISHED
    assert {outcome.result for outcome in outcomes(troubled.bulk.store, job.id)} == {RowResult.DONE}
    assert all(troubled.server.effects["AdminCreateUser", f"exp.{n}/"] == 1 for n in range(30))


def test_an_invitation_without_an_answer_is_not_sent_again(troubled: Troubled) -> None:
    bulk = troubled.bulk
    invited = next(
        user
        for user in bulk.gateway.iter_users()
        if str(user.status) == "FORCE_CHANGE_PASSWORD" and user.email and user.enabled
    )
    job = bulk.start(bulk.plan(("username", "action"), (invited.username, "resend_invite")))
    troubled.server.lose_next("AdminCreateUser")
    run_here(bulk.store, job.id, terminal=bulk.who)
    (end,) = outcomes(bulk.store, job.id)
    assert end.result is RowResult.FAILED
    assert "isn't known" in end.message
    assert troubled.server.effects["AdminCreateUser", f"{invited.username}/"] == 1


def test_a_password_sent_twice_is_said(troubled: Troubled) -> None:
    bulk = troubled.bulk
    job = bulk.start(bulk.plan(("username", "action"), ("ann.lindqvist", "set_password")))
    troubled.server.lose_next("AdminSetUserPassword")
    run_here(bulk.store, job.id, terminal=bulk.who)
    (end,) = outcomes(bulk.store, job.id)
    assert end.result is RowResult.DONE
    assert "sent twice" in end.message


def test_a_change_of_address_that_waits_for_a_code_is_not_sent_again(
    troubled: Troubled, monkeypatch: pytest.MonkeyPatch
) -> None:
    bulk = troubled.bulk
    holding = replace(bulk.gateway.describe_pool(), verified_before_update=frozenset({"email"}))
    monkeypatch.setattr(CognitoGateway, "describe_pool", lambda *_, **__: holding)
    job = bulk.start(bulk.plan(("username", "email"), ("bo.li", "code@example.com")))
    # as where the pool keeps the old address until the code is entered
    monkeypatch.setattr(CognitoGateway, "find_user", keeping(CognitoGateway.find_user, "email", "old@x.com"))
    troubled.server.lose_next("AdminUpdateUserAttributes")
    run_here(bulk.store, job.id, terminal=bulk.who)
    (end,) = outcomes(bulk.store, job.id)
    assert end.result is RowResult.FAILED
    assert "isn't known" in end.message
    assert troubled.server.effects["AdminUpdateUserAttributes", "bo.li/"] == 1


def keeping(find: Callable[..., User | None], name: str, value: str) -> Callable[..., User | None]:
    """A look-up that shows one attribute as it was."""

    def look(*args: object, **named: object) -> User | None:
        user = find(*args, **named)
        return replace(user, attributes={**user.attributes, name: value}) if user else None

    return look
