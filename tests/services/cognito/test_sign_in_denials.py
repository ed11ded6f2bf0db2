"""Why Cognito refused a sign-in, told from its code and its text."""

from __future__ import annotations

import pytest

from services.cognito.sign_in_denials import WRONG_PASSWORD, denial, denied


@pytest.mark.parametrize(
    ("code", "text", "reason"),
    [
        ("NotAuthorizedException", "Incorrect username or password.", "wrong-password"),
        ("NotAuthorizedException", "Password attempts exceeded", "locked"),
        ("NotAuthorizedException", "User is disabled.", "disabled"),
        (
            "NotAuthorizedException",
            "Temporary password has expired and must be reset",
            "temporary-password-expired",
        ),
        ("NotAuthorizedException", "Invalid session for the user.", "session-over"),
        ("NotAuthorizedException", "Unable to verify secret hash for client 4", "client-secret"),
        ("InvalidParameterException", "USER_SRP_AUTH flow not enabled for this client", "flow-off"),
        ("CodeMismatchException", "Invalid code received for user", "wrong-code"),
        ("ExpiredCodeException", "", "code-expired"),
        ("PasswordResetRequiredException", "Password reset required for the user", "reset-required"),
        ("UserNotConfirmedException", "User is not confirmed.", "not-confirmed"),
    ],
)
def test_the_same_code_means_several_things_by_its_text(code: str, text: str, reason: str) -> None:
    found = denial(code, text)
    assert found is not None
    assert found.reason == reason
    assert found.step


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("InvalidParameterException", "Missing required parameter"),
        ("TooManyRequestsException", "Rate exceeded"),
    ],
)
def test_what_is_no_refusal_of_a_sign_in_is_left_to_the_other_errors(code: str, text: str) -> None:
    assert denial(code, text) is None


def test_the_error_says_what_happened_as_a_sentence() -> None:
    error = denied(WRONG_PASSWORD, "NotAuthorizedException", "InitiateAuth")
    assert (error.reason, error.code, error.operation) == (
        "wrong-password",
        "NotAuthorizedException",
        "InitiateAuth",
    )
    assert error.message.startswith("Cognito says")
    # a client that doesn't hide who has an account says so of people who don't exist
    assert "and, where the client hides who has an account, of people who don't exist" in error.message
    locked = denial("TooManyFailedAttemptsException", "")
    assert locked is not None
    assert denied(locked, "", "").message.startswith("Too many wrong passwords")
