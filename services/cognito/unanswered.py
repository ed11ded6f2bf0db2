"""Errors that botocore raises without an answer of AWS, in words.

For a change, whatever can't be told becomes `OutcomeUnknown`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import botocore.exceptions as aws
from botocore.parsers import ResponseParserError

from services import errors as e
from services.cognito.call import Call


def unanswered(error: Exception, call: Call) -> e.CognitoError:
    """The `CognitoError` for an error of botocore's own that came up while `call` was made."""
    for kinds, make in UNANSWERED:
        if isinstance(error, kinds):
            return make(error, call)
    return lost(error, call)


def never_sent(error: Exception) -> bool:
    """True when the connection was refused: the request can't have had any effect."""
    if not isinstance(error, aws.EndpointConnectionError):
        return False
    return "refused" in str(error.kwargs.get("error", "")).lower()


def answer_lost(error: Exception) -> bool:
    """True when the request went out and nothing usable came back."""
    return isinstance(error, _LOST) and not isinstance(error, aws.ProxyConnectionError)


def foreign(call: Call) -> e.CognitoError:
    """The error for an answer that can't be Cognito's, such as a company proxy's page."""
    return call.error(
        e.OutcomeUnknown if call.mutates else e.EndpointUnreachable,
        "something answered at this address with a web page, but it isn't Cognito.",
        "Check the endpoint and the region of the connection, and any proxy in between.",
        "foreign answer",
    )


def _invalid_parameters(error: Exception, call: Call) -> e.CognitoError:
    # the report repeats values, so only names of parameters that we sent are taken from it
    report = str(error)
    names = ", ".join(name for name in sorted(call.parameters) if re.search(rf"\b{name}\b", report))
    return call.error(
        e.InvalidRequest,
        f"a value is not of the kind that Cognito takes ({names or 'unknown'}), so it was not sent.",
        "Check that the value is not blank, not too long, and without forbidden characters.",
        "ParamValidationError",
    )


def _unreachable(error: Exception, call: Call) -> e.CognitoError:
    # botocore keeps the cause out of some of its messages
    cause = getattr(error, "kwargs", {}).get("error", "")
    return call.error(
        e.EndpointUnreachable,
        _why_unreachable(f"{error} {cause}".lower()),
        "Check the region and the endpoint of the connection, and that this machine may reach it (network,"
        " proxy, firewall).",
        type(error).__name__,
    )


def _why_unreachable(text: str) -> str:
    if "refused" in text:
        return "nothing answers at the endpoint's address (connection refused)."
    if "certificate" in text or "ssl" in text:
        return "no secure connection could be made (TLS or its certificate)."
    if "timed out" in text or "timeout" in text:
        return "the endpoint did not answer in time when connecting."
    if any(sign in text for sign in ("getaddrinfo", "name or service", "resol")):
        return "the address of the endpoint is not known (DNS has no such name)."
    return "no connection to the endpoint could be made."


def _tls(error: Exception, call: Call) -> e.CognitoError:
    before_sending = any(sign in str(error).upper() for sign in ("CERTIFICATE", "WRONG_VERSION", "HANDSHAKE"))
    return _unreachable(error, call) if before_sending else lost(error, call)


def lost(error: Exception, call: Call) -> e.CognitoError:
    """The error of a call that may have reached AWS and brought no answer: whether it worked isn't known."""
    return call.error(
        e.OutcomeUnknown if call.mutates else e.EndpointUnreachable,
        "the request was sent, but no answer came back.",
        "Look at the current state, and try again only if it is still needed."
        if call.mutates
        else "Try again in a moment; if it stays, check the network between this machine and AWS.",
        type(error).__name__,
    )


def _always(kind: type[e.CognitoError], what: str, step: str) -> Callable[[Exception, Call], e.CognitoError]:
    return lambda error, call: call.error(kind, what, step, type(error).__name__)


_NO_CREDENTIALS = _always(
    e.CredentialsRejected,
    "no AWS credentials were found for this connection.",
    "Give the connection credentials in Configuration, or set up AWS's ordinary environment for the user that"
    " runs the console.",
)


def _no_profile(error: Exception, call: Call) -> e.CognitoError:
    name = str(getattr(error, "kwargs", {}).get("profile", ""))
    return call.error(
        e.CredentialsRejected,
        f"the AWS configuration files of this machine have no profile “{name}”.",
        "Correct the profile of the connection; `aws configure list-profiles`, run as the user that runs the"
        " console, shows those that exist.",
        "ProfileNotFound",
    )


_LAPSED_LOGIN = _always(
    e.CredentialsExpired,
    "the sign-in behind these credentials has run out.",
    "Sign in to AWS again (for example with `aws sso login`) as the user that runs the console.",
)
_LOST: tuple[type[Exception], ...] = (aws.HTTPClientError, aws.SSLError, ResponseParserError)

UNANSWERED: tuple[tuple[tuple[type[Exception], ...], Callable[[Exception, Call], e.CognitoError]], ...] = (
    ((aws.ParamValidationError,), _invalid_parameters),
    ((aws.UnauthorizedSSOTokenError, aws.SSOTokenLoadError, aws.TokenRetrievalError), _LAPSED_LOGIN),
    ((aws.ProfileNotFound,), _no_profile),
    ((RuntimeError,), _LAPSED_LOGIN),  # botocore's word for "renewed, and still expired"
    (
        (
            aws.NoCredentialsError,
            aws.PartialCredentialsError,
            aws.CredentialRetrievalError,
            aws.ConfigParseError,
            aws.ConfigNotFound,
            aws.MetadataRetrievalError,
            aws.NoAuthTokenError,
            aws.InvalidConfigError,
        ),
        _NO_CREDENTIALS,
    ),
    ((aws.SSLError,), _tls),
    (
        (
            aws.EndpointConnectionError,
            aws.ConnectTimeoutError,
            aws.ProxyConnectionError,
            aws.UnknownEndpointError,
            aws.NoRegionError,
            aws.InvalidRegionError,
            aws.EndpointProviderError,
            ValueError,  # an address that botocore can't read
        ),
        _unreachable,
    ),
)
