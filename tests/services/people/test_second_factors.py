"""What second factors mean at the next sign-in, in the words that are read to a caller."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.cognito.models import User, UserPool, UserStatus
from services.cognito.person_reads import PersonFactors
from services.cognito.sign_in import MfaConfig
from services.people.second_factors import after_removal, demand, next_sign_in

AT = datetime(2026, 11, 2, tzinfo=UTC)
APP, SMS, EMAIL = "SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP"
ALL = MfaConfig("OPTIONAL", sms=True, totp=True, email=True)
ON = MfaConfig("ON", sms=True, totp=True)


def person(status: UserStatus = UserStatus.CONFIRMED, **attributes: str) -> User:
    return User("bo", "s", status, True, AT, AT, {"email": "bo@example.com", **attributes})


@pytest.mark.parametrize(
    ("user", "mfa", "factors", "words"),
    [
        (person(), ALL, PersonFactors(), "the password alone lets them in"),
        (person(), ALL, PersonFactors((APP,), APP), "asked for the authenticator app."),
        (person(), ALL, PersonFactors((APP,)), "asked for the authenticator app."),
        (person(), ALL, PersonFactors((EMAIL,), EMAIL), "code by e-mail sent to bo@example.com."),
        (
            person(phone_number="+491"),
            ALL,
            PersonFactors((APP, SMS)),
            "choose between authenticator app and code",
        ),
        (person(phone_number="+491"), ON, PersonFactors(), "code by SMS sent to +491 all the same"),
        (person(), ON, PersonFactors(), "asked to set up an authenticator app"),
        (
            person(phone_number="+491"),
            replace(ON, email=True),
            PersonFactors(),
            "choose between code by SMS sent to +491 and code by e-mail sent to bo@example.com",
        ),
        (person(phone_number="+491"), ON, PersonFactors((APP,), APP), "asked for the authenticator app"),
        (
            person(phone_number="+491"),
            MfaConfig("ON", sms=True),
            PersonFactors((APP,), APP),
            "code by SMS sent to +491 all the same",
        ),
        (person(), MfaConfig("ON", sms=True), PersonFactors(), "can't sign in until their profile has it"),
        (person(UserStatus.EXTERNAL_PROVIDER), ON, PersonFactors(), "Their own provider asks for it"),
        (person(), None, PersonFactors(), "asked to set up"),
    ],
)
def test_the_next_sign_in(user: User, mfa: MfaConfig | None, factors: PersonFactors, words: str) -> None:
    assert words in next_sign_in(user, UserPool("p", "p", mfa=mfa.mode if mfa else "ON"), mfa, factors)


def test_codes_of_a_second_factor_do_not_go_where_codes_for_a_new_password_go_first() -> None:
    pool = UserPool("p", "p", mfa="ON", recovery=("verified_email", "verified_phone_number"))
    both, none = MfaConfig("ON", sms=True, email=True), PersonFactors()
    assert "a code by SMS sent to +491 all the same" in next_sign_in(
        person(phone_number="+491"), pool, both, none
    )
    assert "they may be refused" in next_sign_in(person(), pool, both, none)
    assert "they may be refused" not in next_sign_in(person(), UserPool("p", "p", mfa="ON"), both, none)


def test_a_pool_without_second_factors_asks_for_none() -> None:
    pool = UserPool("p", "p")
    assert "asks nobody" in next_sign_in(person(), pool, MfaConfig("OFF"), PersonFactors((APP,)))
    assert demand(pool, MfaConfig("OFF", totp=True)) == "This pool asks nobody for a second factor."


def test_a_remembered_device_may_skip_it() -> None:
    pool = UserPool("p", "p", mfa="OPTIONAL", device_tracking="opt-in")
    assert "may skip it" in next_sign_in(person(), pool, ALL, PersonFactors((APP,), APP))


def test_what_comes_after_a_lost_app_is_removed() -> None:
    pool, factors = UserPool("p", "p", mfa="ON"), PersonFactors((APP, SMS), APP)
    assert "asked for the code by SMS" in after_removal(person(phone_number="+491"), pool, ON, factors)
    assert "asked to set up" in after_removal(person(), pool, ON, PersonFactors((APP,), APP))
    assert "It offers: authenticator app, code by SMS." in demand(pool, ON)
