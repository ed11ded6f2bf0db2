"""Signing in as a user, through the seam to AWS."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest

from services.cognito.call import SIGN_IN
from services.cognito.gateway import CognitoGateway
from services.cognito.quotas import UNLISTED, category_of
from services.cognito.sign_in import ClientProof, SignInAnswer
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
from tests.services.cognito.fake_aws import RESET, THROTTLED, FakeAws, ok, page, refusal

CLIENT = ClientProof("client1", "theclientsecretof24characters00")
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
    gateway.refresh_sign_in(CLIENT, "refresh", "ann", rotates=True)
    assert gateway.revoke_sign_in(CLIENT, "refresh")
    assert [(one.operation, bool(one.authorization)) for one in aws.seen] == [
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
    begin(gateway, CLIENT)
    asked = SignInAnswer("SMS_MFA", {"USER_ID_FOR_SRP": "sub-of-ann"}, SESSION)
    gateway.answer_challenge(CLIENT, asked, "ann", {"SMS_MFA_CODE": "123456"}, admin=False)
    first, second = (one.parameters for one in aws.seen)
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
