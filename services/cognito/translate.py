"""What botocore raises → what an operator reads.

`TABLE` maps AWS's codes; the few codes that mean several things by their text have a function. What
keeps somebody from signing in stands in `sign_in_denials`, what came without an answer in `unanswered`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from services import errors as e
from services.cognito.call import SIGN_IN, Call
from services.cognito.sign_in_denials import denial, denied
from services.cognito.unanswered import unanswered

# AWS's error codes as a table: the class, what happened in words, and what to do next.
#
# Sources: service model cognito-idp (exceptions), AWS "Common error types", STS API reference;
# the texts in `PARAMETER_TEXTS` are those that Cognito gives with InvalidParameterException.

Row = tuple[type[e.CognitoError], str, str]
"""Class, what happened, what to do next."""

_WRONG_KEY: Row = (
    e.CredentialsRejected,
    "AWS doesn't accept these credentials: the access key is unknown, inactive or belongs to another"
    " kind of account, or the session token is wrong.",
    "Check the access key of the connection in Configuration, and that it was not deleted or made inactive.",
)
WRONG_SECRET: Row = (
    e.CredentialsRejected,
    "AWS doesn't accept the signature: the secret access key doesn't belong to this access key.",
    "Enter the secret access key of the connection again, without spaces around it.",
)
_EXPIRED_CREDENTIALS: Row = (
    e.CredentialsExpired,
    "the temporary credentials have expired.",
    "Renew them (sign in to AWS again, or enter the new keys and session token in Configuration).",
)
CLOCK: Row = (
    e.ClockSkew,
    "this machine's clock differs too much from AWS's clock.",
    "Set the clock of the machine that runs the console (turn on time synchronisation), then try again.",
)
SLOW: Row = (
    e.Throttled,
    "too many requests at once: the account's quota for this kind of call is used up.",
    "Wait a few seconds and try again; the console now sends more slowly by itself.",
)
FAULT: Row = (
    e.ServiceFault,
    "AWS failed while answering.",
    "Wait a minute, look at the current state, and try again if it is still needed.",
)
LACKING: Row = (
    e.NotAvailable,
    "the Cognito behind this connection doesn't have the operation.",
    "Use it against a user pool in AWS, where it exists.",
)
NO_PERMISSION: Row = (
    e.PermissionMissing,
    "the credentials of this connection may not do it.",
    "",
)
_TRIGGER: Row = (
    e.TriggerFailed,
    "a Lambda function attached to the user pool refused it or failed.",
    "Ask whoever looks after the pool's Lambda triggers; the reason is in the function's log.",
)
_LATE_TRIGGER: Row = (e.LateTriggerFailed, *_TRIGGER[1:])
_BEFORE = ("presignup", "preauthentication", "usermigration", "pretokengeneration", "authchallenge")
"""Triggers that are asked before anything is changed; AWS's text begins with the trigger's name."""
BAD_PARAMETER: Row = (
    e.InvalidRequest,
    "the user pool doesn't accept a value.",
    "Check the values against the pool's settings.",
)
_TIER: Row = (
    e.NotAvailable,
    "the user pool's feature plan doesn't include it.",
    "It needs a higher feature plan (Essentials or Plus), set in AWS for the user pool.",
)
_THREAT_PROTECTION: Row = (
    e.NotAvailable,
    "threat protection is off for the user pool.",
    "Turn it on in AWS (the pool, Threat protection); it needs the Plus plan.",
)
_SENDING: Row = (
    e.DeliveryFailed,
    "the message could not be sent.",
    "Send the invitation again, or set a password and hand it over.",
)
_SENDER: Row = (
    e.DeliveryFailed,
    "the user pool may not use the role or sender that it is set up with for messages.",
    "Ask whoever looks after the pool to check its e-mail and SMS settings.",
)
_TAKEN: Row = (e.UserExists, "this username is in use.", "Search for it, and change that person instead.")
LIMIT: Row = (
    e.QuotaExhausted,
    "a limit of AWS is reached that waiting a moment doesn't lift.",
    "If it is a limit per person and hour, wait an hour; else ask for a higher quota in AWS.",
)
_PERSON_LIMIT: Row = (
    e.PersonLimitReached,
    "the person has tried, or has been sent codes, too often.",
    "Try again in an hour; Cognito lifts it by itself.",
)

TABLE: Mapping[str, Row] = {
    **dict.fromkeys(
        ("UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId"), _WRONG_KEY
    ),
    **dict.fromkeys(("AuthFailure", "MissingAuthenticationToken", "IncompleteSignature"), _WRONG_KEY),
    **dict.fromkeys(("MissingAuthenticationTokenException", "IncompleteSignatureException"), _WRONG_KEY),
    **dict.fromkeys(("SignatureDoesNotMatch", "InvalidSignatureException"), WRONG_SECRET),
    **dict.fromkeys(("ExpiredTokenException", "ExpiredToken", "TokenRefreshRequired"), _EXPIRED_CREDENTIALS),
    **dict.fromkeys(("RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"), CLOCK),
    **dict.fromkeys(("TooManyRequestsException", "ThrottlingException", "Throttling"), SLOW),
    **dict.fromkeys(("ThrottledException", "RequestThrottled", "RequestLimitExceeded", "429"), SLOW),
    **dict.fromkeys(("RequestThrottledException", "SlowDown", "TooManyRequests"), SLOW),
    **dict.fromkeys(("InternalErrorException", "InternalFailure", "InternalError"), FAULT),
    **dict.fromkeys(("ServiceUnavailable", "ServiceUnavailableException", "InternalServerError"), FAULT),
    "InternalServerException": FAULT,
    **dict.fromkeys(("InvalidAction", "Unsupported", "UnknownOperationException", "501"), LACKING),
    **dict.fromkeys(("NotImplementedError", "NotImplemented", "UnsupportedOperation"), LACKING),
    **dict.fromkeys(("AccessDeniedException", "AccessDenied", "UnauthorizedOperation"), NO_PERMISSION),
    "FeatureUnavailableInTierException": _TIER,
    "UserPoolAddOnNotEnabledException": _THREAT_PROTECTION,
    "OperationNotEnabledException": (
        e.NotAvailable,
        "the operation is not enabled here: this may be the read-only copy of the pool in a second region.",
        "Use a connection to the pool's main region.",
    ),
    "UnsupportedOperationException": LACKING,
    "CodeDeliveryFailureException": _SENDING,
    **dict.fromkeys(
        ("InvalidEmailRoleAccessPolicyException", "InvalidSmsRoleAccessPolicyException"), _SENDER
    ),
    "InvalidSmsRoleTrustRelationshipException": _SENDER,
    **dict.fromkeys(("LimitExceededException", "ServiceQuotaExceededException"), LIMIT),
    "LimitExceeded": LIMIT,
    "TooManyFailedAttemptsException": _PERSON_LIMIT,
    "InvalidUserPoolConfigurationException": (
        e.NotAvailable,
        "the user pool's own settings don't allow it.",
        "Ask whoever looks after the pool in AWS.",
    ),
    "UsernameExistsException": _TAKEN,
    "DuplicateProviderException": (
        e.ProviderExists,
        "the pool has an identity provider of this name or with one of these identifiers already.",
        "Choose another name, or change that one.",
    ),
    "UnsupportedIdentityProviderException": (
        e.InvalidRequest,
        "the pool doesn't take an identity provider of this kind.",
        "Check the kind, and look at the provider in the AWS console.",
    ),
    "ScopeDoesNotExistException": (
        e.InvalidRequest,
        "the pool has no scope of this name.",
        "Leave the scope out, or make the resource server that it belongs to.",
    ),
    "InvalidOAuthFlowException": (
        e.InvalidRequest,
        "the app client can't have its OAuth grants like this.",
        "“client_credentials” stands alone and needs a client with a secret; the others need a callback URL.",
    ),
    "GroupExistsException": (e.GroupExists, "a group of this name exists already.", "Choose another name."),
    "InvalidPasswordException": (
        e.PasswordRejected,
        "the password doesn't meet the pool's password policy.",
        "Choose another one, or let the console generate it.",
    ),
    "PasswordHistoryPolicyViolationException": (
        e.PasswordRejected,
        "the person has used this password before, and the pool doesn't allow that again.",
        "Choose another one.",
    ),
    "UnsupportedUserStateException": (
        e.StateNotSupported,
        "the person's status doesn't allow it.",
        "Look at the person's status: it says what can be done now.",
    ),
    "UserNotConfirmedException": (
        e.StateNotSupported,
        "the person has not confirmed the registration yet.",
        "Confirm the person first.",
    ),
    "PasswordResetRequiredException": (
        e.StateNotSupported,
        "the person has to set a new password first.",
        "Wait until they have, or set a temporary password.",
    ),
    "UserImportInProgressException": (
        e.InvalidRequest,
        "an import job is running on the user pool.",
        "Wait until it has ended.",
    ),
    "ConcurrentModificationException": (
        e.InvalidRequest,
        "somebody else is changing the same settings at this moment.",
        "Look at the current state, then try again.",
    ),
    "ForbiddenException": (
        e.InvalidRequest,
        "a web firewall (AWS WAF) in front of the user pool refused the request.",
        "Ask whoever looks after the pool's firewall rules to let the console through.",
    ),
    "InvalidToken": (
        e.InvalidRequest,
        "the place in the list can't be found any more.",
        "Start again from the first page.",
    ),
}

PARAMETER_TEXTS: tuple[tuple[str, str, str], ...] = (
    (
        "parsing filter",
        "Cognito can't read the search.",
        "Search without quotation marks and special characters.",
    ),
    (
        "username should be an email",
        "in this pool the username has to be an e-mail address.",
        "Give the person's e-mail address as the username.",
    ),
    (
        "username should be a phone",
        "in this pool the username has to be a phone number.",
        "Give the person's phone number, such as +46701234567, as the username.",
    ),
    (
        "username cannot be of email format",
        "in this pool the username may not look like an e-mail address, because people sign in with their"
        " e-mail address as well.",
        "Choose a username without @.",
    ),
    (
        "username cannot be of phone",
        "in this pool the username may not look like a phone number.",
        "Choose a username with letters in it.",
    ),
    ("invalid email", "the e-mail address isn't one.", "Correct the e-mail address."),
    (
        "invalid phone",
        "the phone number isn't one.",
        "Write it with + and country code, digits only: +46701234567.",
    ),
    (
        "attribute cannot be updated",
        "an attribute can't be changed once the person exists.",
        "Leave that attribute as it is.",
    ),
    (
        "does not exist in the schema",
        "the pool has no such attribute.",
        "Use only attributes that the pool knows.",
    ),
    (
        "attributes did not conform to the schema",
        "a value or a missing value breaks the pool's attribute rules.",
        "Fill in what the pool requires, and check lengths and formats.",
    ),
    (
        "paging marker",
        "the place in the list can't be found any more.",
        "Start again from the first page.",
    ),
    ("pagination", "the place in the list can't be found any more.", "Start again from the first page."),
    (
        "password",
        "the password is not one that Cognito can take.",
        "Choose another one, or let the console generate it.",
    ),
)

LACKING_TEXTS: tuple[tuple[str, str, str], ...] = (
    (
        "no registered/verified email or phone",
        "the person has no verified e-mail address or phone number that a code could be sent to.",
        "Mark the e-mail address as verified if you know that it is right, or set a password yourself.",
    ),
    (
        "not verified software token",
        "the person has no authenticator app set up.",
        "They set one up when they sign in; choose another factor until then.",
    ),
    (
        "delivery config set",
        "the person has no verified address or number for this factor.",
        "Fill it in and mark it as verified, or choose another factor.",
    ),
)
"""What Cognito says with InvalidParameterException of one person, and not of a value."""

_IAM_ACTION = re.compile(r"not authorized to perform:? ([A-Za-z0-9-]+:[A-Za-z]+)")
_POOL_REGION = re.compile(r"([a-z]{2,}(?:-[a-z]+)+-\d)_\w+")
_LONGEST_QUOTE = 300
_SECRET_NAMES = ("password", "secret", "private_key", "token", "session", "code", "answer", "credential")

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
    refusal = denial(reply.code, reply.text) if call.operation in SIGN_IN else None
    if refusal is not None:
        return denied(refusal, reply.code, call.operation)
    kind, what, step = _row(reply, call)
    if kind is e.PermissionMissing:
        return _permission(reply, call)
    quote = _quote(reply, call) if issubclass(kind, _QUOTED) else ""
    return call.error(kind, what + quote, step, reply.code)


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


def _not_authorized(text: str, call: Call) -> Row:
    """Cognito's word for what a person's state forbids; IAM says AccessDenied, or names its action."""
    if "not authorized to perform" in text:
        return NO_PERMISSION
    if "Username" in call.parameters:
        return TABLE["UnsupportedUserStateException"]
    return e.InvalidRequest, "Cognito doesn't allow it.", "Look at the current state, and at the pool in AWS."


def _no_such_user(_: str, call: Call) -> Row:
    names = {attribute.get("Name") for attribute in call.parameters.get("UserAttributes", ())}
    creates = call.operation == "AdminCreateUser" and call.parameters.get("MessageAction") != "RESEND"
    if creates and "preferred_username" in names:
        return (
            e.AliasTaken,
            "somebody has the preferred username as a username; Cognito calls that an unknown user.",
            "Give another preferred username.",
        )
    return (
        e.UserNotFound,
        "there is no such user in the pool (any more).",
        "Refresh the list and look again.",
    )


def _limit(text: str, _: Call) -> Row:
    if "rate exceeded" in text:
        return SLOW
    return _PERSON_LIMIT if "attempt limit" in text else LIMIT


def _trigger(text: str, _: Call) -> Row:
    return _TRIGGER if text.startswith(_BEFORE) else _LATE_TRIGGER


def _parameter(text: str, _: Call) -> Row:
    if "rate exceeded" in text:
        return SLOW
    for sign, what, step in LACKING_TEXTS:
        if sign in text:
            return e.StateNotSupported, what, step
    for sign, what, step in PARAMETER_TEXTS:
        if sign in text:
            return e.InvalidRequest, what, step
    return BAD_PARAMETER


def _names_provider(call: Call) -> bool:
    """Whether the call is about an identity provider, also where it stands within an account there."""
    accounts = (call.parameters, call.parameters.get("SourceUser"), call.parameters.get("User"))
    return any(isinstance(named, Mapping) and named.get("ProviderName") for named in accounts)


_MISSING_PARTS: Mapping[str, Row] = {
    "ClientSecretId": (
        e.StateNotSupported,
        "the app client has no such secret (any more).",
        "Refresh the list of its secrets.",
    ),
    "ClientId": (
        e.ClientNotFound,
        "there is no such app client in the pool.",
        "Refresh the list of app clients.",
    ),
    "DeviceKey": (
        e.StateNotSupported,
        "the person has no such device (any more).",
        "Refresh the list of their devices.",
    ),
    "SessionId": (
        e.StateNotSupported,
        "that session isn't there any more; there was nothing left to end.",
        "Refresh the list of their sessions.",
    ),
    "EventId": (
        e.StateNotSupported,
        "Cognito doesn't keep that sign-in (any more).",
        "Refresh the list of their sign-ins.",
    ),
    "JobId": (
        e.StateNotSupported,
        "there is no such import job in the pool (any more).",
        "Refresh the list of import jobs.",
    ),
    "GroupName": (
        e.GroupNotFound,
        "there is no such group in the pool (any more).",
        "Refresh the list of groups; create the group if it is needed.",
    ),
}
"""What a call names by one of its parameters → what ResourceNotFoundException says of it, unless it is about
the pool. The first that the call has counts."""


def _alias(_: str, call: Call) -> Row:
    what = "another person already signs in with this e-mail address or phone number."
    step = "Search for the address or number, and settle with that person who keeps it."
    if call.operation == "AdminLinkProviderForUser":
        what = "that account at the provider is linked with another person already."
        step = "Find out whose account it is; unlink it there first if it isn't theirs."
    return e.AliasTaken, what, step


def _missing(text: str, call: Call) -> Row:
    about_pool = "user pool" in text and "pool client" not in text
    if not about_pool:
        for parameter, row in _MISSING_PARTS.items():
            about_client = parameter == "ClientSecretId" and "pool client" in text
            if call.parameters.get(parameter) and not about_client:
                return row
    if _names_provider(call) and not about_pool:
        return (
            e.ProviderNotFound,
            "there is no such identity provider in the pool (any more).",
            "Refresh the list of identity providers.",
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
    "UserNotFoundException": _no_such_user,
    **dict.fromkeys(("UserLambdaValidationException", "UnexpectedLambdaException"), _trigger),
    "InvalidLambdaResponseException": _trigger,
    "InvalidParameterException": _parameter,
    "PreconditionNotMetException": _parameter,
    "ValidationException": _parameter,
    "AliasExistsException": _alias,
    "ResourceNotFoundException": _missing,
    "LimitExceededException": _limit,
}


def _permission(reply: Reply, call: Call) -> e.CognitoError:
    match = _IAM_ACTION.search(reply.text)
    action = match[1] if match else f"{call.service}:{call.operation}"
    if action == "sts:AssumeRole":
        return call.error(
            e.CredentialsRejected,
            "AWS doesn't let this connection take on its role (sts:AssumeRole).",
            "Check the role's ARN and external ID, that the role trusts these credentials, and that they may"
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
