"""Second factors of the embedded Cognito's pools and people."""

from __future__ import annotations

import time
from typing import Any

import pytest
from moto.cognitoidp.utils import cognito_totp

from demo.pools import STAFF_ID
from tests.demo.conftest import Ask

MEGAN = {"UserPoolId": STAFF_ID, "Username": "megan.hughes"}
ROLF = {"UserPoolId": STAFF_ID, "Username": "rolf.vogt"}
ON = {"Enabled": True}
PREFERRED = {"Enabled": True, "PreferredMfa": True}


def factors(ask: Ask, person: dict[str, str] = ROLF) -> tuple[list[str], str]:
    found = ask("AdminGetUserAuthFactors", **person)
    return found["UserMFASettingList"], found.get("PreferredMfaSetting", "")


def test_an_authenticator_that_was_lost_is_removed(ask: Ask, refused: Any, boto: Any) -> None:
    assert factors(ask, MEGAN) == (["SOFTWARE_TOKEN_MFA"], "SOFTWARE_TOKEN_MFA")
    ask("AdminDeleteSoftwareToken", **MEGAN)
    assert factors(ask, MEGAN) == ([], "")
    assert refused("AdminDeleteSoftwareToken", **MEGAN) == "InvalidParameterException"
    turned_on = {**MEGAN, "SoftwareTokenMfaSettings": ON}
    assert refused("AdminSetUserMFAPreference", **turned_on) == "InvalidParameterException"
    assert boto.admin_get_user(**MEGAN).get("UserMFASettingList", []) == []


def test_codes_by_email_can_be_preferred_and_turned_off(ask: Ask, boto: Any) -> None:
    ask("AdminSetUserMFAPreference", **ROLF, EmailMfaSettings=PREFERRED)
    assert factors(ask) == (["EMAIL_OTP"], "EMAIL_OTP")
    assert boto.admin_get_user(**ROLF)["PreferredMfaSetting"] == "EMAIL_OTP"
    ask("AdminSetUserMFAPreference", **ROLF, EmailMfaSettings=ON)
    assert factors(ask) == (["EMAIL_OTP"], "")
    ask("AdminSetUserMFAPreference", **ROLF, EmailMfaSettings={"Enabled": False})
    assert factors(ask) == ([], "")


def test_text_messages_need_a_number(ask: Ask, refused: Any, boto: Any) -> None:
    asked = {**ROLF, "SMSMfaSettings": PREFERRED}
    assert refused("AdminSetUserMFAPreference", **asked) == "InvalidParameterException"
    number = [{"Name": "phone_number", "Value": "+447700900123"}]
    boto.admin_update_user_attributes(**ROLF, UserAttributes=number)
    ask("AdminSetUserMFAPreference", **asked)
    assert factors(ask) == (["SMS_MFA"], "SMS_MFA")
    ask("AdminSetUserMFAPreference", **ROLF, SMSMfaSettings={"Enabled": False})


def test_one_factor_at_most_is_preferred_and_nothing_changes_if_refused(ask: Ask, refused: Any) -> None:
    before = factors(ask)
    both = {"EmailMfaSettings": PREFERRED, "SMSMfaSettings": PREFERRED}
    assert refused("AdminSetUserMFAPreference", **ROLF, **both) == "InvalidParameterException"
    off = {"EmailMfaSettings": {"Enabled": False, "PreferredMfa": True}}
    assert refused("AdminSetUserMFAPreference", **ROLF, **off) == "InvalidParameterException"
    assert factors(ask) == before


def test_a_person_sets_up_an_app_with_their_access_token(ask: Ask, refused: Any, signed_in: Any) -> None:
    token = {"AccessToken": signed_in()["AccessToken"]}
    assert refused("VerifySoftwareToken", **token, UserCode="123456") == "SoftwareTokenMFANotFoundException"
    secret = ask("AssociateSoftwareToken", **token)["SecretCode"]
    wrong = refused("VerifySoftwareToken", **token, UserCode="000000")
    assert wrong == "EnableSoftwareTokenMFAException"
    code = cognito_totp(secret).generate(int(time.time())).decode()
    assert ask("VerifySoftwareToken", **token, UserCode=code)["Status"] == "SUCCESS"
    assert factors(ask) == ([], "")
    ask("SetUserMFAPreference", **token, SoftwareTokenMfaSettings=PREFERRED)
    assert factors(ask) == (["SOFTWARE_TOKEN_MFA"], "SOFTWARE_TOKEN_MFA")
    ask("AdminDeleteSoftwareToken", **ROLF)


def test_what_somebody_can_sign_in_with(ask: Ask) -> None:
    found = ask("AdminGetUserAuthFactors", UserPoolId=STAFF_ID, Username="megan.hughes")
    assert found["ConfiguredUserAuthFactors"][:2] == ["PASSWORD", "EMAIL_OTP"]


def test_a_pools_factors_are_replaced_as_a_whole(ask: Ask, empty_pool: Any) -> None:
    pool = empty_pool(EmailConfiguration={"EmailSendingAccount": "DEVELOPER"})
    more = {"SoftwareTokenMfaConfiguration": ON, "EmailMfaConfiguration": {"Subject": "Code"}}
    told = ask("SetUserPoolMfaConfig", UserPoolId=pool, MfaConfiguration="ON", **more)
    assert told == {"MfaConfiguration": "ON", **more}
    ask(
        "SetUserPoolMfaConfig", UserPoolId=pool, MfaConfiguration="OPTIONAL", SoftwareTokenMfaConfiguration=ON
    )
    told = ask("GetUserPoolMfaConfig", UserPoolId=pool)
    assert told == {"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": ON}


@pytest.mark.parametrize(
    ("settings", "given", "code"),
    [
        ({}, {"MfaConfiguration": "ON"}, "InvalidParameterException"),
        ({}, {"EmailMfaConfiguration": {"Subject": "Code"}}, "InvalidParameterException"),
        (
            {"UserPoolTier": "LITE"},
            {"EmailMfaConfiguration": {"Subject": "Code"}},
            "FeatureUnavailableInTierException",
        ),
        ({}, {"SmsMfaConfiguration": {"SmsAuthenticationMessage": "Your code"}}, "InvalidParameterException"),
        (
            {},
            {"SmsMfaConfiguration": {"SmsAuthenticationMessage": "Code {####}"}},
            "InvalidParameterException",
        ),
    ],
)
def test_a_pool_that_lacks_something_is_refused(
    refused: Any, empty_pool: Any, settings: dict[str, Any], given: dict[str, Any], code: str
) -> None:
    assert refused("SetUserPoolMfaConfig", UserPoolId=empty_pool(**settings), **given) == code
