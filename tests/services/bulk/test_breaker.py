"""When a run stops because nothing can succeed."""

from __future__ import annotations

from services.bulk.breaker import Breaker, cause_of
from services.errors import PasswordRejected, PermissionMissing, StateNotSupported, UserExists

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


def test_what_lies_in_a_person_stops_nobody_else() -> None:
    breaker = Breaker(in_a_row=2)
    confirmed = StateNotSupported("Confirmed already.", code="NotAuthorizedException")
    assert not any(breaker.failed("AdminConfirmSignUp", confirmed) for _ in range(20))


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
