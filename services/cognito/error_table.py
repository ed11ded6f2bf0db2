"""AWS's error codes as a table: the class, what happened in words, and what to do next.

Sources: service model cognito-idp (exceptions), AWS "Common error types", STS API reference;
the texts in `PARAMETER_TEXTS` are those that Cognito gives with InvalidParameterException.
"""

from __future__ import annotations

from collections.abc import Mapping

from services import errors as e

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
_EXPIRED: Row = (
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
    "this backend doesn't have the operation.",
    "Use it against a user pool in AWS, where it exists.",
)
NO_PERMISSION: Row = (
    e.PermissionMissing,
    "the credentials of this connection may not do it.",
    "",
)
_TRIGGER: Row = (
    e.TriggerFailed,
    "a Lambda function attached to the user pool refused or failed.",
    "Ask whoever looks after the pool's Lambda triggers; the reason is in the function's log.",
)
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
    "the message could not be sent. The account itself may have been made or changed.",
    "Look at the person first; then send the invitation again, or set a password and hand it over.",
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

TABLE: Mapping[str, Row] = {
    **dict.fromkeys(
        ("UnrecognizedClientException", "InvalidClientTokenId", "InvalidAccessKeyId"), _WRONG_KEY
    ),
    **dict.fromkeys(("AuthFailure", "MissingAuthenticationToken", "IncompleteSignature"), _WRONG_KEY),
    **dict.fromkeys(("MissingAuthenticationTokenException", "IncompleteSignatureException"), _WRONG_KEY),
    **dict.fromkeys(("SignatureDoesNotMatch", "InvalidSignatureException"), WRONG_SECRET),
    **dict.fromkeys(("ExpiredTokenException", "ExpiredToken", "TokenRefreshRequired"), _EXPIRED),
    **dict.fromkeys(("RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture"), CLOCK),
    **dict.fromkeys(("TooManyRequestsException", "ThrottlingException", "Throttling"), SLOW),
    **dict.fromkeys(("ThrottledException", "RequestThrottled", "RequestLimitExceeded", "429"), SLOW),
    **dict.fromkeys(("RequestThrottledException", "SlowDown", "TooManyRequests"), SLOW),
    **dict.fromkeys(("InternalErrorException", "InternalFailure", "InternalError"), FAULT),
    **dict.fromkeys(("ServiceUnavailable", "ServiceUnavailableException", "InternalServerError"), FAULT),
    **dict.fromkeys(("InvalidAction", "Unsupported", "UnknownOperationException", "501"), LACKING),
    **dict.fromkeys(("NotImplementedError", "NotImplemented", "UnsupportedOperation"), LACKING),
    **dict.fromkeys(("AccessDeniedException", "AccessDenied", "UnauthorizedOperation"), NO_PERMISSION),
    **dict.fromkeys(("UserLambdaValidationException", "UnexpectedLambdaException"), _TRIGGER),
    "InvalidLambdaResponseException": _TRIGGER,
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
    **dict.fromkeys(("TooManyFailedAttemptsException", "LimitExceeded"), LIMIT),
    "UserNotFoundException": (
        e.UserNotFound,
        "there is no such user in the pool (any more).",
        "Refresh the list and look again.",
    ),
    "UsernameExistsException": _TAKEN,
    "AliasExistsException": (
        e.AliasTaken,
        "another person already signs in with this e-mail address or phone number.",
        "Search for the address or number, and settle with that person who keeps it.",
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
        "no registered/verified email or phone",
        "the person has no verified e-mail address or phone number that a code could be sent to.",
        "Mark the e-mail address as verified if you know that it is right, or set a password yourself.",
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
STATE_TEXTS = ("current state", "user is disabled", "temporary password has expired", "user is not confirmed")
