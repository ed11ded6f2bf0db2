"""What botocore raises → what an operator reads.

`error_table.TABLE` maps AWS's codes; the few codes that mean several things by their text have a
function here, and so have the errors that botocore raises itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from services import errors as e
from services.cognito import sign_in_errors
from services.cognito.call import SIGN_IN, Call
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
from services.cognito.unanswered import unanswered

_IAM_ACTION = re.compile(r"not authorized to perform:? ([A-Za-z0-9-]+:[A-Za-z]+)")
_POOL_REGION = re.compile(r"([a-z]{2,}(?:-[a-z]+)+-\d)_\w+")
_LONGEST_QUOTE = 300
_SECRET_NAMES = ("password", "secret", "token", "session", "code", "answer", "credential")

# An emulator without one of these could not carry the console at all.
_EVERYWHERE = frozenset(
    {
        "AdminGetUser",
        "AdminListGroupsForUser",
        "DescribeUserPool",
        "DescribeUserPoolClient",
        "GetGroup",
        "ListGroups",
        "ListUserPoolClients",
        "ListUserPools",
        "ListUsers",
        "ListUsersInGroup",
    }
)
_QUOTED = (
    e.InvalidRequest,
    e.PasswordRejected,
    e.StateNotSupported,
    e.TriggerFailed,
    e.DeliveryFailed,
    e.QuotaExhausted,
    e.NotAvailable,
)


@dataclass(frozen=True, slots=True)
class Reply:
    """An error answer of AWS, in parts."""

    code: str
    text: str
    status: int


def translate(error: Exception, call: Call) -> e.CognitoError:
    """The `CognitoError` for anything that botocore raised while `call` was made.

    The text never repeats a secret parameter. What can't be told becomes `OutcomeUnknown` for a
    change.
    """
    if isinstance(error, ClientError):
        return _answered(error, call)
    return unanswered(error, call)


def scrub(text: str, parameters: Mapping[str, Any]) -> str:
    """`text` without the values of secret parameters (passwords, tokens, secrets)."""
    for name, value in parameters.items():
        secret = any(part in name.lower() for part in _SECRET_NAMES)
        if secret and isinstance(value, str) and value:
            text = text.replace(value, "•••")
        elif isinstance(value, Mapping):
            text = scrub(text, value)
    return text


def _answered(error: ClientError, call: Call) -> e.CognitoError:
    details = error.response.get("Error", {})
    reply = Reply(
        code=str(details.get("Code", "")).rpartition("#")[2],
        text=" ".join(str(details.get("Message", "")).split()),
        status=int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)),
    )
    if call.service != "sts" and error.operation_name.startswith("AssumeRole"):
        # made to get the credentials for ours, which was not sent
        call = Call(error.operation_name, service="sts", mutates=call.mutates, region=call.region)
    refusal = sign_in_errors.denial(reply.code, reply.text) if call.operation in SIGN_IN else None
    if refusal is not None:
        return sign_in_errors.denied(refusal, reply.code, call.operation)
    kind, what, step = _row(reply, call)
    if kind is e.PermissionMissing:
        return _permission(reply, call)
    return call.error(kind, what + (_quote(reply, call) if kind in _QUOTED else ""), step, reply.code)


def _row(reply: Reply, call: Call) -> Row:
    text = reply.text.lower()
    if reply.code in _SPECIAL:
        return _SPECIAL[reply.code](text, call)
    if "rate exceeded" in text or reply.status == 429:
        return SLOW
    if reply.code in TABLE:
        return TABLE[reply.code]
    bare = reply.status == 500 and reply.code == "500"  # emulators answer what they lack with an HTML page
    # a change is never taken for lacking by that sign: a crash half-way looks the same
    lacking = bare and not call.is_aws and not call.mutates and call.operation not in _EVERYWHERE
    if lacking or reply.status == 501:
        return LACKING
    if reply.status >= 500:
        return FAULT
    if reply.code.isdigit():
        return (
            e.EndpointUnreachable,
            f"something answered at this address (HTTP {reply.status}), but it isn't Cognito.",
            "Check the endpoint and the region of the connection, and any proxy in between.",
        )
    return BAD_PARAMETER


def _signature(text: str, call: Call) -> Row:
    if "expired" in text or "not yet current" in text:
        return CLOCK
    if "credential should be scoped" in text:
        return (
            e.CredentialsRejected,
            f"the request was signed for the region {call.region or 'unknown'}, and the endpoint belongs to"
            " another one.",
            "Set the connection's region to the one that the endpoint and the pool are in.",
        )
    return WRONG_SECRET


def _not_authorized(text: str, _: Call) -> Row:
    if any(sign in text for sign in STATE_TEXTS):
        return TABLE["UnsupportedUserStateException"]
    return NO_PERMISSION


def _parameter(text: str, _: Call) -> Row:
    if "rate exceeded" in text:
        return SLOW
    for sign, what, step in PARAMETER_TEXTS:
        if sign in text:
            return e.InvalidRequest, what, step
    return BAD_PARAMETER


def _missing(text: str, call: Call) -> Row:
    about_pool = "user pool" in text and "pool client" not in text
    if call.parameters.get("ClientId") and not about_pool:
        return (
            e.ClientNotFound,
            "there is no such app client in the pool.",
            "Refresh the list of app clients.",
        )
    if call.parameters.get("GroupName") and not about_pool:
        return (
            e.GroupNotFound,
            "there is no such group in the pool (any more).",
            "Refresh the list of groups; create the group if it is needed.",
        )
    home = _POOL_REGION.fullmatch(str(call.parameters.get("UserPoolId", "")))
    if home and call.is_aws and home[1] != call.region:
        return (
            e.PoolNotFound,
            f"there is no such user pool in {call.region}; by its id it is in {home[1]}.",
            f"Set the region of the connection or of the pool to {home[1]}.",
        )
    return (
        e.PoolNotFound,
        f"there is no such user pool in {call.region or 'this region'} in this account.",
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
    "LimitExceededException": lambda text, _: SLOW if "rate exceeded" in text else LIMIT,
}


def _permission(reply: Reply, call: Call) -> e.CognitoError:
    match = _IAM_ACTION.search(reply.text)
    action = match[1] if match else f"{call.service}:{call.operation}"
    if action == "sts:AssumeRole":
        return call.error(
            e.CredentialsRejected,
            "AWS doesn't let this connection take on its role (sts:AssumeRole).",
            "Check the role's ARN and external id, that the role trusts these credentials, and that they may"
            " use sts:AssumeRole on it.",
            reply.code,
        )
    where = "the role that was given" if action == "iam:PassRole" else "this user pool"
    return call.error(
        e.PermissionMissing,
        f"the credentials of this connection lack the permission {action}.",
        f"Ask whoever looks after AWS to allow {action} on {where} (Configuration → IAM policy has the"
        " text).",
        reply.code,
        iam_action=action,
    )


def _quote(reply: Reply, call: Call) -> str:
    """AWS's own words in quotation marks, shortened, without any secret that we sent."""
    if reply.text.startswith("<"):
        return ""
    text = scrub(reply.text, call.parameters)
    if len(text) > _LONGEST_QUOTE:
        text = text[:_LONGEST_QUOTE] + "…"
    return f" AWS says: “{text}”" if text else ""
