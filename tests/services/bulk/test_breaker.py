"""When a run stops because nothing can succeed."""

from __future__ import annotations

import pytest

from services.bulk.breaker import IN_A_ROW, Breaker, cause_of
from services.bulk.model import RowResult
from services.errors import (
    ConsoleError,
    InvalidValue,
    PasswordRejected,
    PermissionMissing,
    StateNotSupported,
    UserExists,
)
from services.store.jobs import JobState
from tests.services.bulk.conftest import Bulk, aws_environment, staff

__all__ = ["aws_environment", "staff"]

WEAK = PasswordRejected("Too weak.", code="InvalidPasswordException")


def test_some_failures_are_the_rows_own() -> None:
    breaker = Breaker(in_a_row=3)
    breaker.succeeded("AdminCreateUser")
    assert all(breaker.failed("AdminCreateUser", WEAK) == "" for _ in range(20))


def test_the_same_cause_from_the_start_stops() -> None:
    breaker = Breaker(in_a_row=3)
    assert [bool(breaker.failed("AdminCreateUser", WEAK)) for _ in range(3)] == [False, False, True]


def test_different_causes_do_not_add_up() -> None:
    breaker = Breaker(in_a_row=2)
    assert not breaker.failed("AdminCreateUser", WEAK)
    assert not breaker.failed("AdminCreateUser", UserExists("There.", code="UsernameExistsException"))
    assert not breaker.failed("AdminSetUserPassword", WEAK)


@pytest.mark.parametrize(
    ("operation", "refusal"),
    [
        ("AdminConfirmSignUp", StateNotSupported("Confirmed already.", code="NotAuthorizedException")),
        ("AdminSetUserMFAPreference", InvalidValue("Bo has no authenticator app set up.")),
    ],
)
def test_what_lies_in_a_person_stops_nobody_else(operation: str, refusal: ConsoleError) -> None:
    breaker = Breaker(in_a_row=2)
    assert not any(breaker.failed(operation, refusal) for _ in range(20))


def test_people_with_an_app_get_it_preferred_though_ten_before_them_have_none(staff: Bulk) -> None:
    client, pool_id = staff.cognito.client(), staff.target.pool_id
    names = [f"without.app.{number}" for number in range(IN_A_ROW + 1)]
    for name in names:
        client.admin_create_user(UserPoolId=pool_id, Username=name, MessageAction="SUPPRESS")
        client.admin_set_user_password(
            UserPoolId=pool_id, Username=name, Password="Their-Own-Pass-1!", Permanent=True
        )
    rows = [(name, "set_mfa_preference", "app") for name in (*names, "megan.hughes")]
    job, outcomes = staff.run(staff.plan(("username", "action", "second_factor"), *rows))
    assert job.state is JobState.FINISHED
    assert [outcome.result for outcome in outcomes] == [*[RowResult.FAILED] * len(names), RowResult.DONE]


def test_what_no_row_can_change_stops_at_once() -> None:
    missing = PermissionMissing(
        "IAM refuses.", "Add the permission.", iam_action="cognito-idp:AdminCreateUser"
    )
    breaker = Breaker()
    breaker.succeeded("AdminCreateUser")
    assert breaker.failed("AdminCreateUser", missing) == "IAM refuses. Add the permission."


def test_a_cause_has_a_name_with_and_without_awss_code() -> None:
    assert cause_of(WEAK) == "InvalidPasswordException"
    assert cause_of(UserExists("There.")) == "UserExists"
