"""Where a code for a new password can go, with second factors known and unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.cognito.actions import ResetPassword
from services.cognito.models import User, UserPool, UserStatus
from services.cognito.recovery import Recovery, recovery_attributes, recovery_of

BOTH = {
    "email": "ann@example.org",
    "email_verified": "true",
    "phone_number": "+46701234567",
    "phone_number_verified": "True",
}
AT = datetime(2026, 3, 3, tzinfo=UTC)
ANN = User("ann", "sub-ann", UserStatus.CONFIRMED, True, AT, AT, BOTH)
MAIL = UserPool("p", "Mail", recovery=("verified_email",), mfa="OPTIONAL", email_sender="DEVELOPER")
PHONE = replace(MAIL, recovery=("verified_phone_number",))
EITHER = replace(MAIL, recovery=("verified_email", "verified_phone_number"))
NEVER_SET = replace(MAIL, recovery=())


@pytest.mark.parametrize(
    ("pool", "factors", "through"),
    [
        (MAIL, (), ("email",)),
        (MAIL, ("SMS_MFA",), ("email",)),
        (MAIL, ("EMAIL_OTP",), ()),
        (PHONE, ("SMS_MFA", "SOFTWARE_TOKEN_MFA"), ()),
        (PHONE, ("SOFTWARE_TOKEN_MFA",), ("phone_number",)),
        (EITHER, ("SMS_MFA",), ("email",)),
        (EITHER, ("SMS_MFA", "EMAIL_OTP"), ()),
        (NEVER_SET, ("SMS_MFA",), ("email", "phone_number")),
        (NEVER_SET, ("EMAIL_OTP", "SMS_MFA"), ("phone_number",)),
        (replace(MAIL, recovery=("admin_only",)), (), ()),
    ],
)
def test_a_channel_of_their_second_factor_brings_no_code(
    pool: UserPool, factors: tuple[str, ...], through: tuple[str, ...]
) -> None:
    found = recovery_of(ANN, pool, factors)
    assert found.through == through
    assert (found.unsure, found.doubt) == ((), "")
    assert bool(found.problem) == (not through)


@pytest.mark.parametrize(
    ("pool", "unsure"),
    [
        (MAIL, ("email",)),
        (PHONE, ("phone_number",)),
        (EITHER, ("email", "phone_number")),
        (NEVER_SET, ("email",)),
        (replace(EITHER, mfa="OFF"), ()),
        (replace(EITHER, tier="LITE"), ("phone_number",)),
        (replace(MAIL, email_sender="COGNITO_DEFAULT"), ()),
    ],
)
def test_while_their_factors_are_unknown_what_they_would_rule_out_is_said_to_be_unsure(
    pool: UserPool, unsure: tuple[str, ...]
) -> None:
    found = recovery_of(ANN, pool)
    assert found.through == tuple(
        name for name in ("email", "phone_number") if name in recovery_attributes(pool)
    )
    assert found.unsure == unsure
    assert bool(found.doubt) == (set(unsure) == set(found.through))
    assert found.sure == (not found.doubt)


def test_what_the_pool_sends_codes_through_narrows_the_doubt() -> None:
    assert recovery_of(ANN, EITHER, None, {"phone_number"}).unsure == ("phone_number",)
    assert recovery_of(ANN, EITHER, None, ()).unsure == ()


def test_nobody_without_a_verified_address_is_reached() -> None:
    unverified = replace(ANN, attributes={**BOTH, "email_verified": "false"})
    found = recovery_of(unverified, MAIL)
    assert "no verified e-mail address" in found.problem
    assert found == Recovery(problem=found.problem)
    assert recovery_of(unverified, NEVER_SET).through == ("phone_number",)


def test_the_menu_and_a_file_say_what_is_unsure_and_refuse_what_cannot_be() -> None:
    assert ResetPassword.why_not(ANN, MAIL) == ""
    assert "second factor" in ResetPassword.unsure(ANN, MAIL)
    assert ResetPassword.unsure(ANN, EITHER) != ""
    assert ResetPassword.unsure(ANN, replace(EITHER, mfa="OFF")) == ""
    nowhere = replace(ANN, attributes={})
    assert ResetPassword.why_not(nowhere, MAIL) == recovery_of(nowhere, MAIL).problem != ""
