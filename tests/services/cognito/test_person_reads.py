"""What one person has: factors, devices, sessions and tries, as AWS answers."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.cognito.gateway import CognitoGateway
from services.cognito.person_reads import AuthEvent, Device, PersonFactors, UserSession
from services.errors import NotAvailable
from tests.services.cognito.fake_aws import FakeAws, ok, refusal

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
LATER = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)


def test_second_factors_come_with_the_ways_of_the_first_step(gateway: CognitoGateway, aws: FakeAws) -> None:
    aws.answer(
        "AdminGetUser",
        ok(
            Username="bo", PreferredMfaSetting="SMS_MFA", UserMFASettingList=["SMS_MFA", "SOFTWARE_TOKEN_MFA"]
        ),
    )
    aws.answer("AdminGetUserAuthFactors", ok(ConfiguredUserAuthFactors=["PASSWORD", "WEB_AUTHN"]))
    assert gateway.person_factors("bo") == PersonFactors(
        ("SMS_MFA", "SOFTWARE_TOKEN_MFA"), "SMS_MFA", ("PASSWORD", "WEB_AUTHN")
    )


def test_a_backend_that_does_not_tell_the_first_step_still_tells_the_second(
    gateway: CognitoGateway, aws: FakeAws
) -> None:
    aws.answer("AdminGetUser", ok(Username="bo"))
    aws.answer("AdminGetUserAuthFactors", refusal("UnknownOperationException"))
    assert gateway.person_factors("bo") == PersonFactors()


def test_devices_come_from_every_page_with_the_last_used_first(gateway: CognitoGateway, aws: FakeAws) -> None:
    phone = {
        "DeviceKey": "eu-west-1_1",
        "DeviceAttributes": [
            {"Name": "device_name", "Value": "Phone"},
            {"Name": "dev:device_remembered_status", "Value": "remembered"},
            {"Name": "last_ip_used", "Value": "192.0.2.7"},
        ],
        "DeviceCreateDate": AT.timestamp(),
        "DeviceLastAuthenticatedDate": AT.timestamp(),
    }
    laptop = {
        "DeviceKey": "eu-west-1_2",
        "DeviceAttributes": [{"Name": "dev:device_remembered_status", "Value": "not_remembered"}],
        "DeviceLastAuthenticatedDate": LATER.timestamp(),
    }
    aws.answer("AdminListDevices", ok(Devices=[phone], PaginationToken="t"), ok(Devices=[laptop]))
    assert gateway.devices("bo") == (
        Device("eu-west-1_2", "", False, None, LATER),
        Device("eu-west-1_1", "Phone", True, AT, AT, "192.0.2.7"),
    )
    assert aws.seen[1].parameters["PaginationToken"] == "t"


def test_sessions_come_with_the_last_active_first(gateway: CognitoGateway, aws: FakeAws) -> None:
    old = {"SessionId": "sso1", "SessionType": "SSO", "CreateDate": AT.timestamp()}
    new = {
        "SessionId": "tkn2",
        "SessionType": "TOKEN",
        "ClientId": "c1",
        "CreateDate": AT.timestamp(),
        "LastActiveDate": LATER.timestamp(),
        "DeviceType": "macOS, Safari",
        "LastIPAddress": "192.0.2.7",
        "LastLocation": {"City": "Leeds", "Country": "United Kingdom"},
    }
    aws.answer("AdminListUserSessions", ok(Sessions=[old, new]))
    assert gateway.sessions("bo") == (
        UserSession(
            "tkn2", "TOKEN", "c1", AT, LATER, "macOS, Safari", "192.0.2.7", "Leeds", "United Kingdom"
        ),
        UserSession("sso1", "SSO", "", AT, AT),
    )


@pytest.mark.parametrize("code", ["FeatureUnavailableInTierException", "UnknownOperationException"])
def test_a_pool_without_sessions_says_so_and_shows_no_empty_list(
    gateway: CognitoGateway, aws: FakeAws, code: str
) -> None:
    aws.answer("AdminListUserSessions", refusal(code, "not here"))
    with pytest.raises(NotAvailable):
        gateway.sessions("bo")


def test_a_try_says_what_threat_protection_saw_and_what_was_answered_to_it(
    gateway: CognitoGateway, aws: FakeAws
) -> None:
    told = {
        "EventId": "e1",
        "EventType": "SignIn",
        "EventResponse": "Pass",
        "CreationDate": AT.timestamp(),
        "EventRisk": {
            "RiskLevel": "Medium",
            "RiskDecision": "AccountTakeover",
            "CompromisedCredentialsDetected": True,
        },
        "EventContextData": {"IpAddress": "192.0.2.7", "DeviceName": "Safari 19"},
        "EventFeedback": {"FeedbackValue": "Invalid", "Provider": "Admin"},
    }
    aws.answer("AdminListUserAuthEvents", ok(AuthEvents=[told]))
    (event,) = gateway.auth_events("bo")
    assert event == AuthEvent(
        AT,
        "SignIn",
        "Pass",
        "Medium",
        id="e1",
        ip="192.0.2.7",
        device="Safari 19",
        decision="AccountTakeover",
        compromised=True,
        feedback="Invalid",
    )
    assert event.risky
    assert not AuthEvent(AT, "SignIn", "Fail", "Low", decision="NoRisk").risky
