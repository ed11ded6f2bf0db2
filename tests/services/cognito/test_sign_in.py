"""Signing in as a user, through the seam to AWS."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.cognito import parse
from services.cognito.call import SIGN_IN
from services.cognito.gateway import CognitoGateway
from services.cognito.limiter import Unpaced
from services.cognito.models import AppClient, UserPool
from services.cognito.password_proof import DeviceProof, PasswordProof, ProofRefused
from services.cognito.person_reads import AuthEvent
from services.cognito.quotas import UNLISTED, category_of
from services.cognito.sign_in import ClientProof, IdentityProvider, SignInAnswer
from services.errors import (
    CognitoError,
    InvalidRequest,
    NotAvailable,
    OutcomeUnknown,
    PasswordRejected,
    PermissionMissing,
    ServiceFault,
    SignInDenied,
)
from tests.fixtures.cognito import Cognito
from tests.services.cognito.fake_aws import RESET, THROTTLED, FakeAws, ok, page, refusal

# The password proof convinces a server that knows the password, and no other.
#
# The server's half stands here, written from SRP-6a (RFC 5054, RFC 2945) with Cognito's hashes and
# Python's own numbers; nothing of the library that makes the proof is used in it.

POOL, SALT = "eu-west-1_AbCdEf123", 0xF00D_CAFE_0123_4567


def prime() -> int:
    """RFC 3526, group 15, from its definition 2^3072 - 2^3008 - 1 + 2^64 * ([2^2942 pi] + 1690314)."""
    from decimal import Decimal, getcontext  # noqa: PLC0415

    getcontext().prec = 1000
    unit = Decimal(1)

    def arctan_of_inverse(x: int) -> Decimal:
        total, term, n, sign = Decimal(0), unit / x, 1, 1
        while abs(term) > Decimal(10) ** -990:
            total += sign * term / n
            term /= x * x
            n += 2
            sign = -sign
        return total

    pi = 4 * (4 * arctan_of_inverse(5) - arctan_of_inverse(239))
    return 2**3072 - 2**3008 - 1 + 2**64 * (int(pi * 2**2942) + 1690314)


P = prime()


def padded(number: int) -> bytes:
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return b"\0" + raw if raw[0] & 0x80 else raw


def digest(*parts: bytes) -> int:
    return int(hashlib.sha256(b"".join(parts)).hexdigest(), 16)


class Server:
    """Keeps a verifier, never a password."""

    def __init__(self, scope: str, user: str, password: str) -> None:
        inner = hashlib.sha256(f"{scope}{user}:{password}".encode()).digest()
        self.scope, self.user = scope, user
        self.verifier = pow(2, digest(padded(SALT), inner), P)
        self.b = secrets.randbelow(P)
        self.public = (
            digest(b"\0" + P.to_bytes(384, "big"), b"\x02") * self.verifier + pow(2, self.b, P)
        ) % P
        self.block = base64.b64encode(secrets.token_bytes(40)).decode()

    def parameters(self) -> dict[str, str]:
        return {
            "SRP_B": f"{self.public:x}",
            "SALT": f"{SALT:x}",
            "SECRET_BLOCK": self.block,
            "USER_ID_FOR_SRP": self.user,
            "USERNAME": self.user,
        }

    def accepts(self, public_a: int, said: dict[str, Any]) -> bool:
        u = digest(padded(public_a), padded(self.public))
        shared = pow(public_a * pow(self.verifier, u, P), self.b, P)
        key = HKDF(SHA256(), 16, salt=padded(u), info=b"Caldera Derived Key").derive(padded(shared))
        message = (
            f"{self.scope}{self.user}".encode() + base64.b64decode(self.block) + said["TIMESTAMP"].encode()
        )
        wanted = base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()
        return wanted == said["PASSWORD_CLAIM_SIGNATURE"]


@pytest.mark.parametrize("password", ["Correct-Horse-1", "pässwörd 🐎 with spaces", "x" * 256])
@pytest.mark.parametrize("_again", range(6))  # leading zeros and high bits differ from time to time
def test_the_right_password_is_believed(password: str, _again: int) -> None:
    server = Server("AbCdEf123", "ann", password)
    proof = PasswordProof(POOL, "ann@example.com", password)
    said = proof.answer(server.parameters())
    assert server.accepts(int(proof.public, 16), said)
    assert said["USERNAME"] == "ann"
    assert said["PASSWORD_CLAIM_SECRET_BLOCK"] == server.block
    assert password not in str(said)


@pytest.mark.parametrize("other", ["correct-horse-1", "Correct-Horse-1 ", ""])
def test_another_password_is_not(other: str) -> None:
    server = Server("AbCdEf123", "ann", "Correct-Horse-1")
    proof = PasswordProof(POOL, "ann", other)
    assert not server.accepts(int(proof.public, 16), proof.answer(server.parameters()))


def test_the_time_is_written_as_cognito_reads_it() -> None:
    said = PasswordProof(POOL, "ann", "x").answer(Server("AbCdEf123", "ann", "x").parameters())
    form = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [1-9]\d? \d\d:\d\d:\d\d UTC \d{4}"
    assert re.fullmatch(form, said["TIMESTAMP"])


@pytest.mark.parametrize(
    "bent",
    [{"SRP_B": "0"}, {"SRP_B": f"{P:x}"}, {"SRP_B": f"{2 * P:x}"}, {"SRP_B": "no number"}, {"SALT": ""}],
)
def test_half_an_exchange_that_gives_the_password_away_is_refused(bent: dict[str, str]) -> None:
    proof = PasswordProof(POOL, "ann", "x")
    with pytest.raises(ProofRefused):
        proof.answer({**Server("AbCdEf123", "ann", "x").parameters(), **bent})


def test_each_proof_has_numbers_of_its_own_and_shows_none() -> None:
    first, second = (PasswordProof(POOL, "ann", "Hunter2-Hunter2") for _ in range(2))
    assert first.public != second.public
    assert "Hunter2" not in repr(first)


def test_a_remembered_device_proves_itself_too() -> None:
    server = Server("group-1", "device-1", "device password")
    proof = DeviceProof(POOL, "ann", "device-1", "group-1", "device password")
    said = proof.answer({**server.parameters(), "USERNAME": "ann"})
    assert said["DEVICE_KEY"] == "device-1"
    assert server.accepts(int(proof.public, 16), said)


# What the console reads about signing in: from the embedded Cognito, and from answers as AWS gives them.


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
    assert (found.mode, found.totp, found.sms, found.email) == ("OPTIONAL", True, True, True)


def test_what_the_backend_lacks_is_said_and_never_an_empty_answer(staff: CognitoGateway) -> None:
    with pytest.raises(NotAvailable):
        staff.has_branding("7h2brightwaterbillingdesk1")


def test_the_past_of_the_demos_people_is_read(staff: CognitoGateway) -> None:
    assert [event.risk for event in staff.auth_events("rolf.vogt")] == ["High", "Medium", ""]
    assert "SOFTWARE_TOKEN" in staff.auth_factors("megan.hughes")


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
    assert [event.failed for event in found] == [True, False]


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


PROOF = ClientProof("client1", "theclientsecretof24characters00")
PUBLIC = ClientProof("client1")
PASSWORD = "Hunter2-Hunter2"
SESSION = "a-session-of-more-than-20-characters"
IN = ok(AuthenticationResult={"IdToken": "id.id.id", "AccessToken": "a.a.a", "RefreshToken": "refresh"})


def hashed(name: str) -> str:
    digest = hmac.new(b"theclientsecretof24characters00", f"{name}client1".encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def begin(gateway: CognitoGateway, client: ClientProof = PUBLIC, *, admin: bool = False) -> SignInAnswer:
    flow = "ADMIN_USER_PASSWORD_AUTH" if admin else "USER_PASSWORD_AUTH"
    return gateway.begin_sign_in(client, flow, "ann", {"PASSWORD": PASSWORD}, admin=admin)


def test_somebody_is_in(aws: FakeAws, gateway: CognitoGateway) -> None:
    aws.answer("InitiateAuth", IN)
    got = begin(gateway)
    assert (got.challenge, got.id_token, got.access_token, got.refresh_token) == (
        "",
        "id.id.id",
        "a.a.a",
        "refresh",
    )
    assert aws.seen[0].parameters == {
        "ClientId": "client1",
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": "ann", "PASSWORD": PASSWORD},
    }
    assert "refresh" not in repr(got)


def test_only_the_admin_calls_are_signed(aws: FakeAws, gateway: CognitoGateway) -> None:
    aws.otherwise = IN
    begin(gateway)
    begin(gateway, admin=True)
    asked = SignInAnswer("SMS_MFA", {}, SESSION)
    gateway.answer_challenge(PUBLIC, asked, "ann", {"SMS_MFA_CODE": "1"}, admin=False)
    gateway.answer_challenge(PUBLIC, asked, "ann", {"SMS_MFA_CODE": "1"}, admin=True)
    gateway.new_totp(SESSION)
    gateway.refresh_sign_in(PUBLIC, "refresh", "ann", rotates=False)
    gateway.refresh_sign_in(PROOF, "refresh", "ann", rotates=True)
    assert gateway.revoke_sign_in(PROOF, "refresh")
    assert [(call.operation, bool(call.authorization)) for call in aws.seen] == [
        ("InitiateAuth", False),
        ("AdminInitiateAuth", True),
        ("RespondToAuthChallenge", False),
        ("AdminRespondToAuthChallenge", True),
        ("AssociateSoftwareToken", False),
        ("InitiateAuth", False),
        ("GetTokensFromRefreshToken", False),
        ("RevokeToken", False),
    ]


def test_the_secret_hash_goes_with_every_call_and_follows_cognitos_name(
    aws: FakeAws, gateway: CognitoGateway
) -> None:
    aws.otherwise = IN
    begin(gateway, PROOF)
    asked = SignInAnswer("SMS_MFA", {"USER_ID_FOR_SRP": "sub-of-ann"}, SESSION)
    gateway.answer_challenge(PROOF, asked, "ann", {"SMS_MFA_CODE": "123456"}, admin=False)
    first, second = (call.parameters for call in aws.seen)
    assert first["AuthParameters"]["SECRET_HASH"] == hashed("ann")
    assert second["ChallengeResponses"] == {
        "USERNAME": "sub-of-ann",
        "SMS_MFA_CODE": "123456",
        "SECRET_HASH": hashed("sub-of-ann"),
    }
    assert "theclientsecretof24characters00" not in json.dumps([first, second])


@pytest.mark.parametrize(
    ("code", "text", "reason"),
    [
        ("NotAuthorizedException", "Incorrect username or password.", "wrong-password"),
        ("NotAuthorizedException", "Something new.", "wrong-password"),
        ("NotAuthorizedException", "Password attempts exceeded", "locked"),
        ("NotAuthorizedException", "User is disabled.", "disabled"),
        (
            "NotAuthorizedException",
            "Temporary password has expired and must be reset by an administrator.",
            "temporary-password-expired",
        ),
        ("NotAuthorizedException", "Client x is configured with secret but SECRET_HASH was not received",
         "client-secret"),
        ("NotAuthorizedException", "SecretHash does not match for the client: x", "client-secret"),
        ("NotAuthorizedException", "Unable to verify secret hash for client x", "client-secret"),
        ("NotAuthorizedException", "Invalid session for the user, session is expired.", "session-over"),
        ("NotAuthorizedException", "Refresh Token has been revoked", "refresh-token"),
        ("PasswordResetRequiredException", "Password reset required for the user", "reset-required"),
        ("UserNotConfirmedException", "User is not confirmed.", "not-confirmed"),
        ("CodeMismatchException", "Invalid code received for user", "wrong-code"),
        ("ExpiredCodeException", "Your software token has already been used once.", "code-expired"),
        ("InvalidParameterException", "USER_PASSWORD_AUTH flow not enabled for this client", "flow-off"),
    ],
)  # fmt: skip
def test_refusals_say_their_reason(
    aws: FakeAws, gateway: CognitoGateway, code: str, text: str, reason: str
) -> None:
    aws.answer("InitiateAuth", refusal(code, text))
    with pytest.raises(SignInDenied) as caught:
        begin(gateway)
    assert caught.value.reason == reason
    assert caught.value.next_step
    assert PASSWORD not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal("InvalidPasswordException", "too short"), PasswordRejected),
        (refusal("AccessDeniedException", "not authorized to perform: cognito-idp:AdminInitiateAuth"),
         PermissionMissing),
        (refusal("InvalidParameterException", "Missing required parameter USERNAME"), InvalidRequest),
        (refusal("UnknownOperationException"), NotAvailable),
    ],
)  # fmt: skip
def test_other_errors_stay_what_they_are(
    aws: FakeAws, gateway: CognitoGateway, answer: object, kind: type[CognitoError]
) -> None:
    aws.answer("AdminInitiateAuth", answer)  # type: ignore[arg-type]
    with pytest.raises(kind):
        begin(gateway, admin=True)


@pytest.mark.parametrize(("answer", "kind"), [(RESET, OutcomeUnknown), (page(503), ServiceFault)])
@pytest.mark.parametrize("rotates", [True, False])
def test_nothing_is_sent_again_once_it_may_have_counted(
    aws: FakeAws, gateway: CognitoGateway, answer: object, kind: type[CognitoError], rotates: bool
) -> None:
    aws.otherwise = answer  # type: ignore[assignment]
    with pytest.raises(kind):
        gateway.refresh_sign_in(PUBLIC, "refresh", "ann", rotates=rotates)
    assert len(aws.seen) == 1


def test_a_throttled_call_is_tried_again(aws: FakeAws, gateway: CognitoGateway) -> None:
    aws.answer("InitiateAuth", THROTTLED, IN)
    assert begin(gateway).id_token


def test_nothing_typed_comes_back_in_an_error(aws: FakeAws, gateway: CognitoGateway) -> None:
    told = f"Value '{PASSWORD}' at 'password' and '987654' at 'code' failed"
    aws.otherwise = refusal("InvalidParameterException", told)
    with pytest.raises(InvalidRequest) as caught:
        begin(gateway)
    assert PASSWORD not in str(caught.value)
    asked = SignInAnswer("SMS_MFA", {}, SESSION)
    with pytest.raises(InvalidRequest) as caught:
        gateway.answer_challenge(PUBLIC, asked, "ann", {"SMS_MFA_CODE": "987654"}, admin=False)
    assert "987654" not in str(caught.value)


def test_every_call_has_its_quota() -> None:
    assert all(category_of(operation) is not UNLISTED for operation in SIGN_IN)


def test_a_backend_that_cannot_revoke_says_so(aws: FakeAws, gateway: CognitoGateway) -> None:
    aws.answer("RevokeToken", refusal("UnknownOperationException"))
    assert not gateway.revoke_sign_in(PUBLIC, "refresh")
