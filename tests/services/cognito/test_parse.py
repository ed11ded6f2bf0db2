"""AWS's answers as typed values, with everything that may be left out left out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.cognito import parse
from services.cognito.models import PasswordPolicy, UserStatus
from services.errors import ServiceFault

WHEN = datetime(2026, 3, 1, 12, 0, tzinfo=ZoneInfo("Europe/Stockholm"))


def raw_user(**more: Any) -> dict[str, Any]:
    return {
        "Username": "ann",
        "Attributes": [{"Name": "sub", "Value": "s1"}, {"Name": "email", "Value": "a@x.org"}],
        "UserStatus": "CONFIRMED",
        "Enabled": True,
        "UserCreateDate": WHEN,
        "UserLastModifiedDate": WHEN,
    } | more


def test_a_user_has_times_in_utc() -> None:
    user = parse.user(raw_user())
    assert (user.sub, user.email, user.enabled) == ("s1", "a@x.org", True)
    assert user.created == datetime(2026, 3, 1, 11, 0, tzinfo=UTC)
    assert user.created.tzinfo is UTC


def test_a_status_of_tomorrow_reads_as_unknown() -> None:
    assert parse.user(raw_user(UserStatus="HIBERNATING")).status is UserStatus.UNKNOWN
    assert parse.user(raw_user(UserStatus=None)).status is UserStatus.UNKNOWN


def test_a_bare_user_is_still_a_user() -> None:
    user = parse.user({"Username": "ann"})
    assert (user.sub, user.enabled, user.status) == ("", True, UserStatus.UNKNOWN)
    assert user.changed == user.created


def test_attributes_without_a_value_are_blank_and_can_not_be_changed() -> None:
    user = parse.user(raw_user(Attributes=[{"Name": "sub", "Value": "s1"}, {"Name": "name"}]))
    assert user.attributes["name"] == ""
    with pytest.raises(TypeError):
        user.attributes["name"] = "x"  # type: ignore[index]


@pytest.mark.parametrize("nothing", [{}, {"PreferredMfaSetting": "", "UserMFASettingList": None}])
def test_a_detail_without_second_factors(nothing: dict[str, Any]) -> None:
    detail = parse.user_detail(raw_user(**nothing))
    assert (detail.preferred_mfa, detail.mfa_settings) == ("", ())


def test_a_detail_reads_the_attributes_of_admin_get_user() -> None:
    raw = raw_user(UserMFASettingList=["SMS_MFA"], PreferredMfaSetting="SMS_MFA")
    raw["UserAttributes"] = raw.pop("Attributes")
    detail = parse.user_detail(raw)
    assert detail.user.sub == "s1"
    assert (detail.preferred_mfa, detail.mfa_settings) == ("SMS_MFA", ("SMS_MFA",))


@pytest.mark.parametrize(("value", "precedence"), [(0, 0), (7, 7), (None, None), ("", None)])
def test_precedence_zero_is_not_the_same_as_none(value: Any, precedence: int | None) -> None:
    assert parse.group({"GroupName": "g", "Precedence": value}).precedence == precedence


def test_a_group_may_lack_everything_but_its_name() -> None:
    group = parse.group({"GroupName": "g", "Description": None})
    assert (group.description, group.role_arn, group.created) == ("", "", None)


def test_a_bare_pool_has_the_defaults_of_aws() -> None:
    pool = parse.pool({"Id": "p"})
    assert (pool.name, pool.case_sensitive, pool.mfa, pool.policy) == ("p", True, "OFF", PasswordPolicy())
    assert pool.attribute("sub") is not None


def test_a_full_pool_is_read_whole() -> None:
    pool = parse.pool(
        {
            "Id": "p",
            "Name": "Staff",
            "EstimatedNumberOfUsers": 12,
            "UsernameAttributes": ["email"],
            "UsernameConfiguration": {"CaseSensitive": False},
            "Policies": {
                "PasswordPolicy": {
                    "MinimumLength": 12,
                    "RequireUppercase": True,
                    "RequireLowercase": True,
                    "RequireNumbers": True,
                    "RequireSymbols": False,
                    "TemporaryPasswordValidityDays": 0,
                    "PasswordHistorySize": 3,
                }
            },
            "SchemaAttributes": [
                {
                    "Name": "email",
                    "AttributeDataType": "String",
                    "Required": True,
                    "Mutable": True,
                    "StringAttributeConstraints": {"MinLength": "0", "MaxLength": "2048"},
                },
                {
                    "Name": "custom:level",
                    "AttributeDataType": "Number",
                    "Mutable": False,
                    "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "9"},
                },
                {"Name": "custom:free", "AttributeDataType": "String", "StringAttributeConstraints": {}},
            ],
            "AccountRecoverySetting": {
                "RecoveryMechanisms": [
                    {"Priority": 2, "Name": "verified_phone_number"},
                    {"Priority": 1, "Name": "verified_email"},
                ]
            },
            "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
            "AutoVerifiedAttributes": ["email"],
            "MfaConfiguration": "OPTIONAL",
            "DeletionProtection": "ACTIVE",
            "UserPoolTier": "PLUS",
            "Domain": "staff",
            "AdminCreateUserConfig": {"InviteMessageTemplate": {"EmailMessage": "Hi {####}"}},
            "CreationDate": WHEN,
        }
    )
    assert pool.username_attributes == {"email"}
    assert not pool.case_sensitive
    assert pool.policy == PasswordPolicy(12, True, True, True, False, 7, 3)
    email, level, free = (pool.attribute(name) for name in ("email", "custom:level", "custom:free"))
    assert email is not None
    assert email.required
    assert level is not None
    assert (level.mutable, level.min_value, level.max_value, level.custom) == (False, 1, 9, True)
    assert free is not None
    assert (free.min_length, free.max_length) == (None, None)
    assert pool.recovery == ("verified_email", "verified_phone_number")
    assert (pool.verified_before_update, pool.auto_verified) == ({"email"}, {"email"})
    assert (pool.mfa, pool.deletion_protection, pool.tier) == ("OPTIONAL", True, "PLUS")
    assert (pool.domain, pool.invite_email) == ("staff", "Hi {####}")


def test_an_app_client_leaves_its_secret_behind() -> None:
    client = parse.app_client(
        {
            "ClientId": "c1",
            "ClientName": "Billing",
            "ClientSecret": "shh",
            "AllowedOAuthFlows": ["code"],
            "AllowedOAuthScopes": ["openid"],
            "AllowedOAuthFlowsUserPoolClient": True,
        }
    )
    assert client.has_secret
    assert (client.oauth_flows, client.scopes) == (("code",), ("openid",))
    assert "shh" not in repr(client)


def test_hosted_sign_in_that_is_switched_off_offers_no_flows() -> None:
    client = parse.app_client({"ClientId": "c1", "AllowedOAuthFlows": ["code"]})
    assert client.oauth_flows == ()


def test_an_answer_without_the_part_asked_for_is_a_fault() -> None:
    with pytest.raises(ServiceFault, match="Group"):
        parse.part({}, "Group")
