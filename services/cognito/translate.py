"""What botocore raises → what an operator reads.

`error_table.TABLE` maps AWS's codes; the few codes that mean several things by their text have a
function here, and so have the errors that botocore raises itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import botocore.exceptions as aws
from botocore.parsers import ResponseParserError

from services import errors as e
from services.cognito.error_table import (
    BAD_PARAMETER,
    CLOCK,
    FAULT,
    LACKING,
    LIMIT,
    NO_PERMISSION,
    PARAMETER_TEXTS,
    SLOW,
    STATE_TEXTS,
    TABLE,
    WRONG_SECRET,
    Row,
)
from services.cognito.sentences import Doing

_IAM_ACTION = re.compile(r"not authorized to perform:? ([A-Za-z0-9-]+:[A-Za-z]+)")
_LONGEST_QUOTE = 300
_SECRET_NAMES = ("password", "secret", "token", "session")


@dataclass(frozen=True, slots=True)
class Call:
    """One call as the translation needs to know it; parameters stay out of its repr."""

    operation: str
    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)
    service: str = "cognito-idp"
    mutates: bool = False
    region: str = ""
    is_aws: bool = True
    seen: bool = True  # this backend has answered the operation before, so it has it

    @property
    def doing(self) -> Doing:
        """The words for what was tried."""
        return Doing(self.operation, self.parameters, self.mutates)


@dataclass(frozen=True, slots=True)
class Reply:
    """An error answer of AWS, in parts."""

    code: str
    text: str
    status: int


def translate(error: Exception, call: Call) -> e.CognitoError:
    """The `CognitoError` for anything that botocore raised while `call` was made.

    The text never repeats a secret parameter. Errors that are not botocore's come back as
    `ServiceFault`, or `OutcomeUnknown` for a change.
    """
    if isinstance(error, aws.ClientError):
        return _answered(error, call)
    for kinds, make in _UNANSWERED:
        if isinstance(error, kinds):
            return make(error, call)
    return _no_answer(error, call)


def never_sent(error: Exception) -> bool:
    """True when the connection was refused: the request can't have had any effect."""
    if not isinstance(error, aws.EndpointConnectionError):
        return False
    return "refused" in str(error.kwargs.get("error", "")).lower()


def _answered(error: aws.ClientError, call: Call) -> e.CognitoError:
    details = error.response.get("Error", {})
    reply = Reply(
        code=str(details.get("Code", "")).rpartition("#")[2],
        text=str(details.get("Message", "")),
        status=int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)),
    )
    call = _within(error, call)
    row = _row(reply, call)
    kind, what, step = row
    if kind is e.PermissionMissing:
        return _permission(reply, call)
    quote = _quote(reply, call) if kind in _QUOTED else ""
    if kind is e.ServiceFault:
        return e.ServiceFault(
            f"{call.doing.failed(what)}{quote} {call.doing.maybe}".strip(),
            step,
            code=reply.code,
            operation=call.operation,
        )
    unchanged = "" if kind is e.DeliveryFailed else call.doing.unchanged
    message = f"{call.doing.failed(what)}{quote} {unchanged}".strip()
    return kind(message, step, code=reply.code, operation=call.operation)


_QUOTED = frozenset(
    {
        e.InvalidRequest,
        e.PasswordRejected,
        e.StateNotSupported,
        e.TriggerFailed,
        e.DeliveryFailed,
        e.QuotaExhausted,
        e.NotAvailable,
    }
)


def _within(error: aws.ClientError, call: Call) -> Call:
    """The call that failed may be STS's AssumeRole, made to get credentials for ours."""
    if error.operation_name in (call.operation, "") or not error.operation_name.startswith("AssumeRole"):
        return call
    return Call(
        error.operation_name, service="sts", mutates=call.mutates, region=call.region, is_aws=call.is_aws
    )


def _row(reply: Reply, call: Call) -> Row:
    text = reply.text.lower()
    special = _SPECIAL.get(reply.code)
    if special is not None:
        return special(text, call)
    if reply.code in TABLE:
        row = TABLE[reply.code]
        return SLOW if row is LIMIT and "rate exceeded" in text else row
    if reply.status in (429,):
        return SLOW
    if reply.status == 501 or _looks_lacking(reply, call):
        return LACKING
    if reply.status >= 500:
        return FAULT
    if reply.code.isdigit():
        return (
            e.EndpointUnreachable,
            f"something answered at this address (HTTP {reply.status}), but it isn't Cognito.",
            "Check the endpoint and the region of the connection, and any proxy in between.",
        )
    return SLOW if "rate exceeded" in text else BAD_PARAMETER


def _looks_lacking(reply: Reply, call: Call) -> bool:
    """Emulators answer operations that they don't have with a bare HTML page and status 500.

    A change is never taken for lacking by this sign: a crash half-way looks the same.
    """
    bare = reply.status == 500 and reply.code == "500"
    return bare and not call.is_aws and not call.mutates and not call.seen


def _signature(text: str, call: Call) -> Row:
    if "expired" in text or "not yet current" in text:
        return CLOCK
    if "credential should be scoped" in text:
        return (
            e.CredentialsRejected,
            f"the request was signed for region {call.region or 'unknown'}, and the endpoint belongs to"
            " another one.",
            "Set the connection's region to the one that the endpoint and the pool are in.",
        )
    return WRONG_SECRET


def _not_authorized(text: str, _: Call) -> Row:
    if any(sign in text for sign in STATE_TEXTS):
        return TABLE["UnsupportedUserStateException"]
    return NO_PERMISSION


def _parameter(text: str, _: Call) -> Row:
    for sign, what, step in PARAMETER_TEXTS:
        if sign in text:
            return e.InvalidRequest, what, step
    return BAD_PARAMETER


def _missing(text: str, call: Call) -> Row:
    parameters = call.parameters
    group = str(parameters.get("GroupName", "")).lower()
    if "pool client" in text or (parameters.get("ClientId") and "user pool" not in text):
        return (
            e.ClientNotFound,
            "there is no such app client in the pool.",
            "Refresh the list of app clients.",
        )
    if group and "user pool" not in text:
        return (
            e.GroupNotFound,
            "there is no such group in the pool (any more).",
            "Refresh the list of groups; create the group if it is needed.",
        )
    where = f" in {call.region}" if call.region else ""
    return (
        e.PoolNotFound,
        f"there is no such user pool{where} in this account.",
        "Check the pool's id, and the region and account of the connection.",
    )


_SPECIAL: Mapping[str, Callable[[str, Call], Row]] = {
    "InvalidSignatureException": _signature,
    "SignatureDoesNotMatch": _signature,
    "NotAuthorizedException": _not_authorized,
    "InvalidParameterException": _parameter,
    "PreconditionNotMetException": _parameter,
    "ValidationException": _parameter,
    "ResourceNotFoundException": _missing,
}


def _permission(reply: Reply, call: Call) -> e.CognitoError:
    match = _IAM_ACTION.search(reply.text)
    action = match[1] if match else f"{call.service}:{call.operation}"
    if action == "sts:AssumeRole":
        return e.CredentialsRejected(
            "AWS doesn't let this connection take on its role (sts:AssumeRole)."
            f" {call.doing.unchanged}".strip(),
            "Check the role's ARN and external id, that the role trusts these credentials, and that they may"
            " use sts:AssumeRole on it.",
            code=reply.code,
            operation=call.operation,
        )
    return e.PermissionMissing(
        f"{call.doing.failed(f'the credentials of this connection lack the permission {action}.')}"
        f" {call.doing.unchanged}".strip(),
        f"Ask whoever looks after AWS to allow {action} on this user pool (Configuration → IAM policy has"
        " the text).",
        code=reply.code,
        operation=call.operation,
        iam_action=action,
    )


def _quote(reply: Reply, call: Call) -> str:
    """AWS's own words in quotation marks, on one line, shortened, without any secret that we sent."""
    if "<" in reply.text[:20] and "html" in reply.text[:60].lower():
        return ""
    text = scrub(" ".join(reply.text.split()), call.parameters)[:_LONGEST_QUOTE]
    return f" AWS says: “{text}”" if text else ""


def scrub(text: str, parameters: Mapping[str, Any]) -> str:
    """`text` without the values of secret parameters (passwords, tokens, secrets)."""
    for name, value in parameters.items():
        secret = any(part in name.lower() for part in _SECRET_NAMES)
        if secret and isinstance(value, str) and value:
            text = text.replace(value, "•••")
        elif isinstance(value, Mapping):
            text = scrub(text, value)
    return text


def _invalid_parameters(error: Exception, call: Call) -> e.CognitoError:
    # the report repeats values, so only names of parameters that we sent are taken from it
    report = str(error)
    names = ", ".join(name for name in sorted(call.parameters) if re.search(rf"\b{name}\b", report))
    what = f"a value is not of the kind that Cognito takes ({names or 'unknown'}); it was not sent."
    return e.InvalidRequest(
        f"{call.doing.failed(what)} {call.doing.unchanged}".strip(),
        "Check that the value is not blank, not too long, and without forbidden characters.",
        code="ParamValidationError",
        operation=call.operation,
    )


def _simple(kind: type[e.CognitoError], what: str, step: str) -> Callable[[Exception, Call], e.CognitoError]:
    def make(error: Exception, call: Call) -> e.CognitoError:
        message = f"{call.doing.failed(what)} {call.doing.unchanged}".strip()
        return kind(message, step, code=type(error).__name__, operation=call.operation)

    return make


def _unreachable(error: Exception, call: Call) -> e.CognitoError:
    reason = _reason(str(error).lower())
    return e.EndpointUnreachable(
        f"{call.doing.failed(reason)} {call.doing.unchanged}".strip(),
        "Check the region and the endpoint of the connection, and that this machine may reach it"
        " (network, proxy, firewall).",
        code=type(error).__name__,
        operation=call.operation,
    )


def _reason(text: str) -> str:
    if any(sign in text for sign in ("getaddrinfo", "name or service", "name resolution", "resolve")):
        return "the address of the endpoint is not known (DNS has no such name)."
    if "refused" in text:
        return "nothing answers at the endpoint's address (connection refused)."
    if "timed out" in text or "timeout" in text:
        return "the endpoint did not answer in time when connecting."
    if "ssl" in text or "certificate" in text:
        return "no secure connection could be made (TLS or its certificate)."
    return "no connection to the endpoint could be made."


def _tls(error: Exception, call: Call) -> e.CognitoError:
    broken_later = not any(
        sign in str(error).upper() for sign in ("CERTIFICATE", "WRONG_VERSION", "HANDSHAKE")
    )
    return _no_answer(error, call) if call.mutates and broken_later else _unreachable(error, call)


def _no_answer(error: Exception, call: Call) -> e.CognitoError:
    return e.OutcomeUnknown(
        f"{call.doing.failed('the request was sent, but no answer came back.')} {call.doing.maybe}".strip(),
        "Look at the current state, and try again only if it is still needed.",
        code=type(error).__name__,
        operation=call.operation,
    )


_NO_CREDENTIALS = _simple(
    e.CredentialsRejected,
    "no AWS credentials were found for this connection.",
    "Give the connection credentials in Configuration, or set up AWS's ordinary environment for the user"
    " that runs the console.",
)
_LAPSED_LOGIN = _simple(
    e.CredentialsExpired,
    "the sign-in behind this AWS profile has run out.",
    "Sign in again (for example with `aws sso login`) as the user that runs the console.",
)

_UNANSWERED: tuple[tuple[tuple[type[Exception], ...], Callable[[Exception, Call], e.CognitoError]], ...] = (
    ((aws.ParamValidationError,), _invalid_parameters),
    ((aws.UnauthorizedSSOTokenError, aws.SSOTokenLoadError, aws.TokenRetrievalError), _LAPSED_LOGIN),
    (
        (
            aws.NoCredentialsError,
            aws.PartialCredentialsError,
            aws.CredentialRetrievalError,
            aws.ProfileNotFound,
            aws.ConfigParseError,
            aws.ConfigNotFound,
            aws.MetadataRetrievalError,
            aws.NoAuthTokenError,
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
        ),
        _unreachable,
    ),
    (
        (
            aws.ReadTimeoutError,
            aws.ConnectionClosedError,
            aws.ResponseStreamingError,
            aws.IncompleteReadError,
            aws.HTTPClientError,
            ResponseParserError,
        ),
        _no_answer,
    ),
)
