"""What an operator reads when AWS refuses."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    SSLError,
    UnauthorizedSSOTokenError,
)

from services import errors as e
from services.cognito.call import Call
from services.cognito.translate import TABLE, scrub, translate

POOL = "eu-west-1_Abc123456"
ADD = Call(
    "AdminAddUserToGroup",
    {"UserPoolId": POOL, "Username": "ann", "GroupName": "billing"},
    mutates=True,
    region="eu-west-1",
)
LIST = Call("ListUsers", {"UserPoolId": POOL}, region="eu-west-1")
CREATE = Call("AdminCreateUser", {"UserPoolId": POOL, "Username": "ann"}, mutates=True, region="eu-west-1")
PREFERRED = Call(
    "AdminCreateUser",
    {"Username": "ann", "UserAttributes": [{"Name": "preferred_username", "Value": "bo"}]},
    mutates=True,
)
RESEND = Call("AdminCreateUser", {**PREFERRED.parameters, "MessageAction": "RESEND"}, mutates=True)
CONFIRM = Call("AdminConfirmSignUp", {"UserPoolId": POOL, "Username": "ann"}, mutates=True)
SET_PASSWORD = Call("AdminSetUserPassword", {"Username": "ann", "Password": "Hunter2!x"}, mutates=True)
SET_FACTOR = Call("AdminSetUserMFAPreference", {"UserPoolId": POOL, "Username": "ann"}, mutates=True)
FORGET = Call("AdminForgetDevice", {"UserPoolId": POOL, "Username": "ann", "DeviceKey": "d"}, mutates=True)
END_SESSION = Call("AdminRevokeUserSession", {"UserPoolId": POOL, "SessionId": "s"}, mutates=True)
JUDGE = Call("AdminUpdateAuthEventFeedback", {"UserPoolId": POOL, "EventId": "e"}, mutates=True)
DROP_SECRET = Call("DeleteUserPoolClientSecret", {"ClientId": "c1", "ClientSecretId": "k"}, mutates=True)
_ACCOUNT = {"ProviderName": "Okta", "ProviderAttributeName": "Cognito_Subject"}
LINK = Call("AdminLinkProviderForUser", {"UserPoolId": POOL, "SourceUser": _ACCOUNT}, mutates=True)
UNLINK = Call("AdminDisableProviderForUser", {"UserPoolId": POOL, "User": _ACCOUNT}, mutates=True)
GET_CLIENT = Call("DescribeUserPoolClient", {"UserPoolId": POOL, "ClientId": "c1"})


def refused(code: str, text: str = "", status: int = 400, operation: str = "X") -> ClientError:
    response: Any = {
        "Error": {"Code": code, "Message": text},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(response, operation)


@pytest.mark.parametrize(
    ("code", "text", "call", "kind"),
    [
        ("TooManyRequestsException", "Rate exceeded", ADD, e.Throttled),
        ("ThrottlingException", "Rate exceeded", ADD, e.Throttled),
        ("LimitExceededException", "Rate exceeded", ADD, e.Throttled),
        ("InvalidParameterException", "Rate exceeded", ADD, e.Throttled),
        ("LimitExceededException", "Attempt limit exceeded, please try later.", ADD, e.PersonLimitReached),
        ("LimitExceededException", "Exceeded daily email limit for the account", ADD, e.QuotaExhausted),
        ("TooManyFailedAttemptsException", "", ADD, e.PersonLimitReached),
        ("ServiceQuotaExceededException", "", ADD, e.QuotaExhausted),
        ("InternalErrorException", "", ADD, e.ServiceFault),
        ("UserNotFoundException", "User does not exist.", ADD, e.UserNotFound),
        ("ResourceNotFoundException", "Group not found.", ADD, e.GroupNotFound),
        ("ResourceNotFoundException", "billing", ADD, e.GroupNotFound),
        ("ResourceNotFoundException", f"User pool {POOL} does not exist.", ADD, e.PoolNotFound),
        ("ResourceNotFoundException", f"User pool {POOL} does not exist.", LIST, e.PoolNotFound),
        ("ResourceNotFoundException", "User pool client c1 does not exist.", GET_CLIENT, e.ClientNotFound),
        ("ResourceNotFoundException", f"User pool {POOL} does not exist.", GET_CLIENT, e.PoolNotFound),
        ("UsernameExistsException", "User account already exists", CREATE, e.UserExists),
        ("AliasExistsException", "", CREATE, e.AliasTaken),
        ("GroupExistsException", "", ADD, e.GroupExists),
        ("InvalidPasswordException", "Password not long enough", SET_PASSWORD, e.PasswordRejected),
        ("PasswordHistoryPolicyViolationException", "", SET_PASSWORD, e.PasswordRejected),
        ("UnsupportedUserStateException", "", CREATE, e.StateNotSupported),
        ("NotAuthorizedException", "User is disabled.", ADD, e.StateNotSupported),
        (
            "NotAuthorizedException",
            "User password cannot be reset in the current state.",
            ADD,
            e.StateNotSupported,
        ),
        (
            "NotAuthorizedException",
            "User cannot be confirmed. Current status is CONFIRMED",
            CONFIRM,
            e.StateNotSupported,
        ),
        ("NotAuthorizedException", "whatever else a person's state forbids", ADD, e.StateNotSupported),
        ("NotAuthorizedException", "something about the pool", LIST, e.InvalidRequest),
        ("UserNotFoundException", "User does not exist.", PREFERRED, e.AliasTaken),
        ("UserNotFoundException", "User does not exist.", RESEND, e.UserNotFound),
        ("UserLambdaValidationException", "PostConfirmation failed.", CONFIRM, e.LateTriggerFailed),
        ("UnexpectedLambdaException", "PreSignUp invocation failed.", CREATE, e.TriggerFailed),
        ("InvalidLambdaResponseException", "Invalid lambda function output", CREATE, e.LateTriggerFailed),
        ("InternalServerException", "", ADD, e.ServiceFault),
        ("InvalidUserPoolConfigurationException", "", ADD, e.NotAvailable),
        ("CodeDeliveryFailureException", "", CREATE, e.DeliveryFailed),
        ("InvalidEmailRoleAccessPolicyException", "", CREATE, e.DeliveryFailed),
        ("UserLambdaValidationException", "PreSignUp failed with error no", CREATE, e.TriggerFailed),
        ("InvalidParameterException", "Something else", CREATE, e.InvalidRequest),
        ("InvalidToken", "Invalid Token: Invalid token", LIST, e.InvalidRequest),
        ("FeatureUnavailableInTierException", "", ADD, e.NotAvailable),
        ("UserPoolAddOnNotEnabledException", "", ADD, e.NotAvailable),
        ("OperationNotEnabledException", "", ADD, e.NotAvailable),
        ("UnknownOperationException", "", LIST, e.NotAvailable),
        ("InvalidAction", "", LIST, e.NotAvailable),
        ("UnrecognizedClientException", "The security token is invalid", LIST, e.CredentialsRejected),
        ("InvalidClientTokenId", "", LIST, e.CredentialsRejected),
        ("SignatureDoesNotMatch", "The request signature we calculated", LIST, e.CredentialsRejected),
        ("ExpiredTokenException", "The security token is expired", LIST, e.CredentialsExpired),
        ("InvalidSignatureException", "Signature expired: 20260101T000000Z", LIST, e.ClockSkew),
        ("InvalidSignatureException", "Signature not yet current: 2026", LIST, e.ClockSkew),
        ("RequestTimeTooSkewed", "", LIST, e.ClockSkew),
        ("AccessDeniedException", "User: x is not authorized", LIST, e.PermissionMissing),
        ("SomethingNew", "what is this", LIST, e.InvalidRequest),
        ("AliasExistsException", "", LINK, e.AliasTaken),
        ("ResourceNotFoundException", "Device does not exist.", FORGET, e.StateNotSupported),
        ("ResourceNotFoundException", "Session does not exist.", END_SESSION, e.StateNotSupported),
        ("ResourceNotFoundException", "Event does not exist.", JUDGE, e.StateNotSupported),
        ("ResourceNotFoundException", "Client secret does not exist.", DROP_SECRET, e.StateNotSupported),
        (
            "ResourceNotFoundException",
            "User pool client c1 does not exist.",
            DROP_SECRET,
            e.ClientNotFound,
        ),
        ("ResourceNotFoundException", "User pool x does not exist.", END_SESSION, e.PoolNotFound),
        ("ResourceNotFoundException", "Identity Provider Okta does not exist.", LINK, e.ProviderNotFound),
        ("ResourceNotFoundException", "Identity Provider Okta does not exist.", UNLINK, e.ProviderNotFound),
        ("ResourceNotFoundException", "User pool eu-west-1_x does not exist.", LINK, e.PoolNotFound),
        ("PasswordResetRequiredException", "Password reset required.", SET_FACTOR, e.StateNotSupported),
        (
            "InvalidParameterException",
            "User has not verified software token mfa",
            SET_FACTOR,
            e.StateNotSupported,
        ),
        (
            "InvalidParameterException",
            "Cannot reset password for the user as there is no registered/verified email or phone_number",
            CONFIRM,
            e.StateNotSupported,
        ),
    ],
)
def test_every_code_has_its_class(code: str, text: str, call: Call, kind: type[e.CognitoError]) -> None:
    error = translate(refused(code, text), call)
    assert type(error) is kind
    assert (error.code, error.operation) == (code, call.operation)
    assert error.next_step


def test_a_pool_without_threat_protection_is_not_said_to_have_too_small_a_plan() -> None:
    error = translate(refused("UserPoolAddOnNotEnabledException", "no"), ADD)
    assert "threat protection is off" in error.message
    assert "Plus" in error.next_step


@pytest.mark.parametrize("code", sorted(TABLE))
def test_every_row_of_the_table_makes_a_whole_message(code: str) -> None:
    error = translate(refused(code, "no"), ADD)
    assert error.message.startswith("Adding ann to the group billing did not work: ")
    assert error.message.endswith((".", "”"))
    assert error.next_step.endswith((".", ")."))


def test_an_account_that_somebody_else_is_linked_with_is_called_so() -> None:
    assert "linked with another person" in translate(refused("AliasExistsException"), LINK).message
    assert "e-mail address or phone number" in translate(refused("AliasExistsException"), CREATE).message


def test_a_refused_change_says_that_nothing_was_changed() -> None:
    assert translate(refused("UserNotFoundException"), ADD).message.endswith("Nothing was changed.")


def test_a_failed_question_says_nothing_of_changes() -> None:
    assert "changed" not in translate(refused("TooManyRequestsException"), LIST).message


def test_a_fault_during_a_change_leaves_open_what_happened() -> None:
    assert "may or may not" in translate(refused("InternalErrorException", status=500), ADD).message


def test_an_undelivered_invitation_does_not_claim_that_nothing_happened() -> None:
    error = translate(refused("CodeDeliveryFailureException"), CREATE)
    assert "may or may not have taken effect" in error.message
    assert "Nothing was changed" not in error.message


def test_a_missing_permission_names_the_action_that_aws_named() -> None:
    text = (
        "User: arn:aws:iam::111122223333:user/console is not authorized to perform:"
        f" cognito-idp:AdminAddUserToGroup on resource: arn:aws:cognito-idp:eu-west-1:1:userpool/{POOL}"
    )
    error = translate(refused("AccessDeniedException", text), LIST)
    assert isinstance(error, e.PermissionMissing)
    assert error.iam_action == "cognito-idp:AdminAddUserToGroup"
    assert "cognito-idp:AdminAddUserToGroup" in error.next_step


def test_a_missing_permission_that_aws_does_not_name_is_the_operation() -> None:
    error = translate(refused("AccessDeniedException", "no"), LIST)
    assert isinstance(error, e.PermissionMissing)
    assert error.iam_action == "cognito-idp:ListUsers"


def test_cognitos_own_not_authorized_names_the_action_too() -> None:
    error = translate(
        refused("NotAuthorizedException", "User x is not authorized to perform: iam:PassRole"), ADD
    )
    assert isinstance(error, e.PermissionMissing)
    assert error.iam_action == "iam:PassRole"


def test_a_role_that_can_not_be_assumed_is_said_to_be_one() -> None:
    text = "User: x is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::1:role/y"
    error = translate(refused("AccessDenied", text, 403, "AssumeRole"), ADD)
    assert isinstance(error, e.CredentialsRejected)
    assert "trusts" in error.next_step
    assert "Nothing was changed" in error.message


def test_a_pool_in_another_region_is_told_by_its_id() -> None:
    call = Call("ListUsers", {"UserPoolId": POOL}, region="us-east-1")
    error = translate(refused("ResourceNotFoundException", f"User pool {POOL} does not exist."), call)
    assert "eu-west-1" in error.message
    assert "eu-west-1" in error.next_step


def test_a_request_signed_for_another_region_says_so() -> None:
    text = "Credential should be scoped to a valid region."
    error = translate(refused("InvalidSignatureException", text), LIST)
    assert isinstance(error, e.CredentialsRejected)
    assert "eu-west-1" in error.message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1 validation error: Error while parsing filter.", "can't read the search"),
        ("Username should be an email.", "has to be an e-mail address"),
        ("Username should be a phone number.", "has to be a phone number"),
        (
            "Username cannot be of email format, since user pool is configured for email alias.",
            "may not look like an e-mail address",
        ),
        ("Invalid email address format.", "e-mail address isn't one"),
        ("Invalid phone number format.", "phone number isn't one"),
        ("Paging Marker is Invalid for Request", "place in the list"),
        (
            "Cannot reset password for the user as there is no registered/verified email or phone_number",
            "no verified e-mail",
        ),
        (
            "Attributes did not conform to the schema: custom:x: Attribute does not exist in the schema.",
            "no such",
        ),
    ],
)
def test_what_cognito_says_about_parameters_is_put_plainly(text: str, words: str) -> None:
    error = translate(refused("InvalidParameterException", text), CREATE)
    assert words in error.message
    assert text in error.message


def test_long_and_ragged_words_of_aws_are_trimmed() -> None:
    error = translate(refused("InvalidParameterException", "a\n  b " + "x" * 2000), CREATE)
    assert "“a b xxx" in error.message
    assert len(error.message) < 600


# emulators


def bare_500(operation: str, *, is_aws: bool = False, mutates: bool = False) -> e.CognitoError:
    error = refused("500", "<!doctype html>\n<title>500 Internal Server Error</title>", 500)
    return translate(error, Call(operation, mutates=mutates, is_aws=is_aws))


def test_an_emulator_without_an_operation_says_not_available() -> None:
    error = bare_500("GetCSVHeader")
    assert isinstance(error, e.NotAvailable)
    assert "doctype" not in str(error)


def test_the_same_sign_from_aws_or_for_what_everything_has_is_a_fault() -> None:
    assert isinstance(bare_500("GetCSVHeader", is_aws=True), e.ServiceFault)
    assert isinstance(bare_500("ListUsers"), e.ServiceFault)


def test_a_change_is_never_taken_for_lacking_because_of_a_crash() -> None:
    assert isinstance(bare_500("AdminSetUserSettings", mutates=True), e.ServiceFault)


def test_a_web_server_that_is_not_cognito_is_told_apart() -> None:
    error = translate(refused("404", "<html>Not Found", 404), LIST)
    assert isinstance(error, e.EndpointUnreachable)
    assert "isn't Cognito" in error.message


# without an answer

URL = "https://cognito-idp.eu-west-1.amazonaws.com/"


@pytest.mark.parametrize(
    ("error", "call", "kind", "words"),
    [
        (
            EndpointConnectionError(endpoint_url=URL, error="[Errno 111] Connection refused"),
            ADD,
            e.EndpointUnreachable,
            "refused",
        ),
        (
            EndpointConnectionError(endpoint_url=URL, error="Failed to resolve 'x' (getaddrinfo failed)"),
            ADD,
            e.EndpointUnreachable,
            "not known",
        ),
        (ConnectTimeoutError(endpoint_url=URL), ADD, e.EndpointUnreachable, "in time"),
        (
            SSLError(endpoint_url=URL, error="CERTIFICATE_VERIFY_FAILED"),
            ADD,
            e.EndpointUnreachable,
            "certificate",
        ),
        (SSLError(endpoint_url=URL, error="EOF occurred"), ADD, e.OutcomeUnknown, "no answer"),
        (ReadTimeoutError(endpoint_url=URL), ADD, e.OutcomeUnknown, "no answer"),
        (ReadTimeoutError(endpoint_url=URL), LIST, e.EndpointUnreachable, "no answer"),
        (NoCredentialsError(), ADD, e.CredentialsRejected, "no AWS credentials"),
        (ProfileNotFound(profile="work"), ADD, e.CredentialsRejected, "no profile “work”"),
        (
            CredentialRetrievalError(provider="p", error_msg="m"),
            ADD,
            e.CredentialsRejected,
            "no AWS credentials",
        ),
        (UnauthorizedSSOTokenError(), ADD, e.CredentialsExpired, "run out"),
    ],
)
def test_errors_without_an_answer_are_put_into_words(
    error: Exception, call: Call, kind: type[e.CognitoError], words: str
) -> None:
    translated = translate(error, call)
    assert type(translated) is kind
    assert words in translated.message


# secrets


def test_aws_words_that_repeat_a_password_are_scrubbed() -> None:
    error = translate(
        refused("InvalidParameterException", "Value 'Hunter2!x' at 'password' failed"), SET_PASSWORD
    )
    assert "Hunter2" not in str(error)
    assert "•••" in str(error)


def test_nested_secrets_are_scrubbed_too() -> None:
    assert scrub("token abc and code", {"AuthParameters": {"REFRESH_TOKEN": "abc"}}) == "token ••• and code"


def test_a_call_does_not_show_its_parameters() -> None:
    assert "Hunter2" not in repr(SET_PASSWORD)
