"""Why Cognito refused a sign-in: its codes and texts → a reason with words and a next step.

Sources: API reference (InitiateAuth, AdminInitiateAuth, RespondToAuthChallenge, VerifySoftwareToken),
developer guide "Authentication flows" and "Managing error responses". One code stands for many
causes; the text tells them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from services.errors import SignInDenied


class Denial(NamedTuple):
    """A reason (for programs), what happened and what to do (for people)."""

    reason: str
    what: str
    step: str


WRONG_PASSWORD = Denial(
    "wrong-password",
    "Cognito says that username or password are wrong. It says the same of people who sign in at another "
    "provider and, where the client hides who has an account, of people who don't exist.",
    "Ask “Why can't they sign in?” about the person, or set a new password on their user page.",
)
_LOCKED = Denial(
    "locked",
    "too many wrong passwords: Cognito takes none from this person for a while, also not the right one.",
    "Wait before the next try; each further wrong password doubles the wait, up to 15 minutes.",
)
_EXPIRED_PASSWORD = Denial(
    "temporary-password-expired",
    "the temporary password is too old.",
    "Send the invitation again, or set a new password, on the person's user page.",
)
_DISABLED = Denial("disabled", "the person is disabled.", "Enable the person, if they should get in.")
_SECRET = Denial(
    "client-secret",
    "the client secret is wrong or missing.",
    "Enter the app client's secret again (Configuration, Applications).",
)
_SESSION = Denial(
    "session-over",
    "this sign-in took too long, or was answered already.",
    "Begin again, and answer within the time shown.",
)
_REFRESH = Denial(
    "refresh-token",
    "the refresh token was revoked, has expired, or belongs to another app client.",
    "Sign in again.",
)
_CODE = Denial("wrong-code", "the code is wrong.", "Type the newest code; codes of apps change every 30 s.")
_OLD_CODE = Denial("code-expired", "the code is too old.", "Begin again, and use the new code.")
_RESET = Denial(
    "reset-required",
    "the password was reset: the old one is void, and a new one needs the code that was sent.",
    "The person chooses “forgot password”; or set a password on their user page.",
)
_UNCONFIRMED = Denial(
    "not-confirmed",
    "the registration was never confirmed.",
    "Confirm the person on their user page, if they are who they say.",
)
_FLOW = Denial(
    "flow-off",
    "the app client doesn't allow this way of signing in.",
    "Turn the flow on at the app client in AWS, or try another way here.",
)
_NO_FACTOR = Denial(
    "no-factor",
    "the person has no such second factor set up.",
    "Let them set one up, or take the demand for it away.",
)
_WRONG_CHOICE = Denial(
    "wrong-choice", "this person can't use what was chosen.", "Begin again and choose another way."
)

_TEXTS: tuple[tuple[str, Denial], ...] = (
    ("password attempts exceeded", _LOCKED),
    ("temporary password has expired", _EXPIRED_PASSWORD),
    ("user is disabled", _DISABLED),
    ("secret_hash was not received", _SECRET),
    ("secrethash", _SECRET),
    ("secret hash", _SECRET),
    ("invalid session", _SESSION),
    ("session is expired", _SESSION),
    ("session expired", _SESSION),
    ("refresh token", _REFRESH),
    ("invalid code", _CODE),
    ("flow not enabled", _FLOW),
    ("auth method not supported", _FLOW),
    ("challenge is not available", _WRONG_CHOICE),
)
_CODES: Mapping[str, Denial] = {
    "PasswordResetRequiredException": _RESET,
    "UserNotConfirmedException": _UNCONFIRMED,
    "CodeMismatchException": _CODE,
    "EnableSoftwareTokenMFAException": _CODE,
    "ExpiredCodeException": _OLD_CODE,
    "SoftwareTokenMFANotFoundException": _NO_FACTOR,
    "MFAMethodNotFoundException": _NO_FACTOR,
    "RefreshTokenReuseException": _REFRESH,
    "TooManyFailedAttemptsException": _LOCKED,
}


def denial(code: str, text: str) -> Denial | None:
    """The reason behind an error of a sign-in; None when it is none of these."""
    if code in _CODES:
        return _CODES[code]
    if code not in ("NotAuthorizedException", "InvalidParameterException"):
        return None
    words = text.lower()
    found = next((reason for sign, reason in _TEXTS if sign in words), None)
    return WRONG_PASSWORD if found is None and code == "NotAuthorizedException" else found


def denied(found: Denial, code: str, operation: str) -> SignInDenied:
    """The error to raise for a reason, its sentence begun with a capital letter."""
    what = f"{found.what[0].upper()}{found.what[1:]}"
    return SignInDenied(what, found.step, code=code, operation=operation, reason=found.reason)
