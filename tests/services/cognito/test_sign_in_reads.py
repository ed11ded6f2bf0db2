"""What the console reads about signing in: from the embedded Cognito, and from answers as AWS gives them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.cognito import parse
from services.cognito.gateway import CognitoGateway
from services.cognito.limiter import Unpaced
from services.cognito.models import AppClient, UserPool
from services.cognito.sign_in_reads import AuthEvent, IdentityProvider
from services.errors import NotAvailable, PermissionMissing
from tests.fixtures.cognito import Cognito
from tests.services.cognito.fake_aws import FakeAws, ok, refusal


@pytest.fixture
def staff(cognito: Cognito, gateway_factory: Callable[..., CognitoGateway]) -> CognitoGateway:
    return gateway_factory(cognito.staff, limiter=Unpaced())


def test_the_domain_of_a_pool_and_none_for_a_name_that_nobody_has(
    staff: CognitoGateway, cognito: Cognito
) -> None:
    found = staff.describe_domain(staff.describe_pool().domain)
    assert found is not None
    assert (found.name, found.pool_id) == ("brightwater-staff", cognito.staff)
    assert staff.describe_domain("nobody-has-this") is None


def test_providers_and_second_factors(staff: CognitoGateway) -> None:
    assert staff.identity_providers() == (IdentityProvider("Okta", "OIDC"),)
    found = staff.mfa_config()
    assert (found.mode, found.totp, found.sms, found.email) == ("OPTIONAL", True, False, False)


def test_what_the_backend_lacks_is_said_and_never_an_empty_answer(staff: CognitoGateway) -> None:
    for ask in (
        lambda: staff.auth_events("bo.li"),
        lambda: staff.auth_factors("bo.li"),
        lambda: staff.has_branding("7h2brightwaterbillingdesk1"),
    ):
        with pytest.raises(NotAvailable):
            ask()


@pytest.mark.parametrize(("version", "managed"), [(1, False), (2, True), (None, None)])
def test_a_domain_says_whether_it_shows_managed_login(
    gateway: CognitoGateway, aws: FakeAws, version: int | None, managed: bool | None
) -> None:
    told = {"Domain": "acme", "UserPoolId": "p1", "Status": "ACTIVE", "ManagedLoginVersion": version}
    aws.answer("DescribeUserPoolDomain", ok(DomainDescription={k: v for k, v in told.items() if v}))
    found = gateway.describe_domain("acme")
    assert found is not None
    assert (found.status, found.managed_login) == ("ACTIVE", managed)


@pytest.mark.parametrize(
    "text", ["User pool client c1 does not exist.", "No style for user pool p1 and client c1."]
)
def test_a_client_without_a_style_is_told_from_not_being_allowed_to_ask(
    gateway: CognitoGateway, aws: FakeAws, text: str
) -> None:
    operation = "DescribeManagedLoginBrandingByClient"
    aws.answer(operation, ok(ManagedLoginBranding={"ManagedLoginBrandingId": "b1"}))
    assert gateway.has_branding("c1")
    aws.answer(operation, refusal("ResourceNotFoundException", text))
    assert not gateway.has_branding("c1")
    aws.answer(operation, refusal("AccessDeniedException", "not authorized to perform"))
    with pytest.raises(PermissionMissing):
        gateway.has_branding("c1")


def test_events_are_read_over_pages_up_to_the_number_asked_for(gateway: CognitoGateway, aws: FakeAws) -> None:
    at = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
    first = {
        "EventType": "SignIn",
        "CreationDate": at.timestamp(),
        "EventResponse": "Fail",
        "EventRisk": {"RiskLevel": "High"},
        "ChallengeResponses": [{"ChallengeName": "Password", "ChallengeResponse": "Failure"}],
        "EventContextData": {"City": "Leeds", "Country": "United Kingdom"},
    }
    second = {"EventType": "ForgotPassword", "EventResponse": "Pass"}
    aws.answer("AdminListUserAuthEvents", ok(AuthEvents=[first], NextToken="t"), ok(AuthEvents=[second] * 5))
    found = gateway.auth_events("bo.li", most=2)
    assert found == (
        AuthEvent(at, "SignIn", "Fail", "High", (("Password", "Failure"),), "Leeds", "United Kingdom"),
        AuthEvent(None, "ForgotPassword", "Pass"),
    )
    assert [one.failed for one in found] == [True, False]


def test_a_pool_without_threat_protection_keeps_no_events(gateway: CognitoGateway, aws: FakeAws) -> None:
    aws.answer("AdminListUserAuthEvents", refusal("UserPoolAddOnNotEnabledException", "not enabled"))
    with pytest.raises(NotAvailable):
        gateway.auth_events("bo.li")


def test_factors_of_a_user(gateway: CognitoGateway, aws: FakeAws) -> None:
    aws.answer("AdminGetUserAuthFactors", ok(ConfiguredUserAuthFactors=["PASSWORD", "WEB_AUTHN"]))
    assert gateway.auth_factors("bo.li") == ("PASSWORD", "WEB_AUTHN")


def test_settings_about_signing_in_have_defaults_where_nothing_is_said() -> None:
    assert parse.pool({"Id": "p", "Name": "p"}) == UserPool("p", "p", schema=parse.pool({"Id": "p"}).schema)
    assert parse.app_client({"ClientId": "c"}) == AppClient("c", "")


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, ""),
        ({"ChallengeRequiredOnNewDevice": True}, "always"),
        ({"DeviceOnlyRememberedOnUserPrompt": True}, "opt-in"),
    ],
)
def test_devices_are_remembered_where_a_configuration_is_there(told: dict[str, Any], expected: str) -> None:
    assert parse.pool({"Id": "p", "DeviceConfiguration": told}).device_tracking == expected


def test_a_pool_says_how_it_sends_and_what_stands_in_the_way() -> None:
    pool = parse.pool(
        {
            "Id": "p",
            "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
            "EmailConfigurationFailure": "the address isn't verified",
            "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}},
            "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True},
            "UserPoolAddOns": {"AdvancedSecurityMode": "ENFORCED"},
            "LambdaConfig": {"PreAuthentication": "arn:aws:lambda:x", "PostConfirmation": ""},
        }
    )
    assert (pool.email_sender, pool.sending_failure) == ("COGNITO_DEFAULT", "the address isn't verified")
    assert pool.first_factors == {"PASSWORD", "EMAIL_OTP"}
    assert (pool.admins_create_only, pool.threat_protection) == (True, "ENFORCED")
    assert pool.triggers == {"PreAuthentication"}


def test_lifetimes_of_tokens_come_in_any_unit() -> None:
    client = parse.app_client(
        {
            "ClientId": "c",
            "AccessTokenValidity": 5,
            "IdTokenValidity": 90,
            "RefreshTokenValidity": 12,
            "TokenValidityUnits": {"IdToken": "minutes"},
            "EnableTokenRevocation": False,
            "PreventUserExistenceErrors": "LEGACY",
            "RefreshTokenRotation": {"Feature": "ENABLED"},
        }
    )
    assert (client.access_token, client.id_token, client.refresh_token) == (
        timedelta(hours=5),
        timedelta(minutes=90),
        timedelta(days=12),
    )
    assert (client.token_revocation, client.prevent_user_existence) == (False, "LEGACY")
    assert client.refresh_rotation
