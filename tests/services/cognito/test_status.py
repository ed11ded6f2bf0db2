"""Statuses in words, and the actions that make sense in each."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.cognito.actions import OFFERS, reasons
from services.cognito.models import PasswordPolicy, User, UserPool, UserStatus
from services.cognito.status import (
    READ_ONLY,
    STATUS_TEXTS,
    invitation_expired,
    invitation_expiry,
    status_in_full,
    status_line,
)

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
POOL = UserPool(id="eu-north-1_a", name="Customers", recovery=("verified_email",))
VERIFIED = {"email": "ann@example.com", "email_verified": "true"}


def person(status: UserStatus, *, enabled: bool = True, attributes: dict[str, str] | None = None) -> User:
    return User("ann", "sub-1", status, enabled, START, START, VERIFIED if attributes is None else attributes)


def allowed(user: User, pool: UserPool = POOL) -> set[str]:
    return {name for name, reason in reasons(user, pool).items() if not reason}


def test_every_status_is_explained() -> None:
    assert set(STATUS_TEXTS) == set(UserStatus)
    assert all(text.title and text.meaning and text.next_step for text in STATUS_TEXTS.values())


@pytest.mark.parametrize("status", list(UserStatus))
@pytest.mark.parametrize("enabled", [True, False])
def test_every_action_is_allowed_or_says_why_not(status: UserStatus, enabled: bool) -> None:
    answer = reasons(person(status, enabled=enabled), POOL)
    assert set(answer) == set(OFFERS)
    assert all(reason == "" or reason.endswith(".") for reason in answer.values())


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (UserStatus.UNCONFIRMED, {"confirm_user", "set_temporary_password", "set_permanent_password"}),
        (
            UserStatus.FORCE_CHANGE_PASSWORD,
            {"resend_invitation", "set_temporary_password", "set_permanent_password"},
        ),
        (
            UserStatus.CONFIRMED,
            {"reset_password", "set_temporary_password", "set_permanent_password"},
        ),
        (UserStatus.RESET_REQUIRED, {"set_temporary_password", "set_permanent_password"}),
        (UserStatus.EXTERNAL_PROVIDER, set()),
    ],
)
def test_each_status_offers_its_own_way_in(status: UserStatus, expected: set[str]) -> None:
    ways = {
        "confirm_user",
        "resend_invitation",
        "reset_password",
        "set_temporary_password",
        "set_permanent_password",
    }
    assert allowed(person(status)) & ways == expected


@pytest.mark.parametrize("status", sorted(READ_ONLY))
def test_statuses_out_of_use_are_read_only(status: UserStatus) -> None:
    assert allowed(person(status)) == set()


def test_a_federated_person_keeps_groups_and_attributes() -> None:
    assert {"add_to_group", "remove_from_group", "update_attributes", "disable_user"} <= allowed(
        person(UserStatus.EXTERNAL_PROVIDER)
    )


def test_only_a_disabled_person_is_deleted() -> None:
    assert "delete_user" not in allowed(person(UserStatus.CONFIRMED))
    assert "delete_user" in allowed(person(UserStatus.CONFIRMED, enabled=False))


def test_enable_and_disable_follow_what_the_person_is() -> None:
    assert {"disable_user"} == allowed(person(UserStatus.CONFIRMED)) & {"enable_user", "disable_user"}
    off = allowed(person(UserStatus.CONFIRMED, enabled=False))
    assert {"enable_user"} == off & {"enable_user", "disable_user", "sign_out_user"}


def test_a_reset_code_needs_a_verified_address_of_a_recovery_channel() -> None:
    unverified = person(UserStatus.CONFIRMED, attributes={"email": "ann@example.com"})
    assert "no verified e-mail address" in reasons(unverified, POOL)["reset_password"]
    by_phone = UserPool(id="p", name="p", recovery=("verified_phone_number",))
    assert "phone number" in reasons(person(UserStatus.CONFIRMED), by_phone)["reset_password"]
    nobody = UserPool(id="p", name="p", recovery=("admin_only",))
    assert "nobody" in reasons(person(UserStatus.CONFIRMED), nobody)["reset_password"]
    never_set = UserPool(id="p", name="p")
    assert reasons(person(UserStatus.CONFIRMED), never_set)["reset_password"] == ""


def test_an_invitation_needs_somewhere_to_go_and_someone_who_may_use_it() -> None:
    nowhere = person(UserStatus.FORCE_CHANGE_PASSWORD, attributes={})
    assert "no e-mail" in reasons(nowhere, POOL)["resend_invitation"]
    disabled = person(UserStatus.FORCE_CHANGE_PASSWORD, enabled=False)
    assert "enable" in reasons(disabled, POOL)["resend_invitation"]


def test_verifying_is_offered_only_for_an_unverified_address() -> None:
    assert "verify_email" not in allowed(person(UserStatus.CONFIRMED))
    assert "verify_email" in allowed(person(UserStatus.CONFIRMED, attributes={"email": "ann@example.com"}))
    assert "verify_phone" not in allowed(person(UserStatus.CONFIRMED))


def test_an_invitation_expires_by_the_pools_days() -> None:
    user = person(UserStatus.FORCE_CHANGE_PASSWORD)
    assert invitation_expiry(user, PasswordPolicy(temporary_days=3)) == START + timedelta(days=3)
    assert invitation_expiry(user, PasswordPolicy(temporary_days=0)) == START + timedelta(days=7)
    assert invitation_expiry(person(UserStatus.CONFIRMED), PasswordPolicy()) is None


def test_a_sent_again_invitation_counts_from_the_change() -> None:
    later = User("a", "s", UserStatus.FORCE_CHANGE_PASSWORD, True, START, START + timedelta(days=5), VERIFIED)
    assert not invitation_expired(later, PasswordPolicy(), START + timedelta(days=11))
    assert invitation_expired(later, PasswordPolicy(), START + timedelta(days=12))


@pytest.mark.parametrize(
    ("after", "line"),
    [
        (timedelta(days=5), "Invited, expires in 2 days"),
        (timedelta(days=5, hours=3), "Invited, expires in 45 hours"),
        (timedelta(days=6), "Invited, expires in 24 hours"),
        (timedelta(days=6, hours=4), "Invited, expires in 20 hours"),
        (timedelta(days=6, hours=23, minutes=30), "Invited, expires in less than an hour"),
        (timedelta(days=8), "Invitation expired"),
    ],
)
def test_the_table_says_when_an_invitation_ends(after: timedelta, line: str) -> None:
    assert status_line(person(UserStatus.FORCE_CHANGE_PASSWORD), PasswordPolicy(), START + after) == line


def test_the_table_says_that_a_person_is_disabled() -> None:
    policy = PasswordPolicy()
    assert status_line(person(UserStatus.CONFIRMED, enabled=False), policy, START) == "Disabled"
    reset = person(UserStatus.RESET_REQUIRED, enabled=False)
    assert status_line(reset, policy, START) == "Disabled (must reset password)"


def test_what_is_told_over_a_status_says_what_it_means_and_aws_s_word() -> None:
    said = status_in_full(person(UserStatus.RESET_REQUIRED, enabled=False))
    assert said.endswith("Cognito calls the status RESET_REQUIRED; the account is disabled.")
    assert said.startswith("Their password was reset")
