"""Every error an operator can meet, as one tree.

ConsoleError                     message + what to do next; never a secret in either
├── InvalidValue                 something typed or configured is not usable (field says which)
├── NotConfigured                something has to be set up first
├── StoreError                   the console's own database
│   ├── StoreUnavailable         missing folder, read-only, full disk, locked, no connection
│   ├── StoreDamaged             not a database, torn, or a migration did not finish
│   ├── StoreTooNew              written by a newer release
│   ├── RecordNotFound           the record asked for is not there (any more)
│   ├── NameTaken                a name that must be unique is in use
│   ├── DraftChanged             a draft was changed in another tab since it was read
│   └── VaultError               encryption of stored values
│       ├── KeyMissing           data is encrypted and no key was given
│       ├── WrongKey             the key given does not open this database
│       └── SealBroken           a value was altered, or moved from another place
├── AccessError                  the operator and what they may do
│   ├── SessionEnded             no live session: signed out, revoked or timed out
│   ├── NotPermitted             the operator's role does not allow this
│   ├── ProofNeeded              the second factor was given too long ago for something dangerous
│   ├── SignInRefused            wrong name or password, or a disabled operator
│   └── TooManyAttempts          slowed down after repeated failures
├── CognitoError                 AWS said no, or did not answer (code and operation say more)
│   ├── CredentialsRejected      unknown, wrong or inactive keys; role can't be assumed
│   ├── CredentialsExpired       temporary credentials ran out
│   ├── ClockSkew                this machine's clock is too far from AWS's
│   ├── PermissionMissing        IAM refuses one action (iam_action names it)
│   ├── EndpointUnreachable      no connection, or no answer to a mere question: nothing was changed
│   ├── OutcomeUnknown           the request was sent and no answer came
│   ├── Throttled                more requests than the quota allows
│   ├── QuotaExhausted           a limit that waiting a moment doesn't lift
│   │   └── PersonLimitReached   … of one person: they tried, or were sent codes, too often
│   ├── ServiceFault             AWS failed (5xx)
│   ├── PoolNotFound / UserNotFound / GroupNotFound / ClientNotFound / ProviderNotFound
│   ├── UserExists / AliasTaken / GroupExists / ProviderExists
│   ├── PasswordRejected         the pool's password policy or history refuses it
│   ├── StateNotSupported        the user's status doesn't allow this action
│   │   └── NothingThere         … since what was to be taken away isn't there
│   ├── SignInDenied             a user's sign-in was refused (reason says why)
│   ├── DeliveryFailed           the message could not be sent
│   ├── InvalidRequest           a parameter that the pool doesn't accept
│   ├── TriggerFailed            the pool's own Lambda function refused or failed
│   │   └── LateTriggerFailed    … after the change or while it was made
│   ├── FollowUpFailed           a change took effect, and what AWS does after it (message, trigger) failed
│   └── NotAvailable             this backend, botocore or feature plan lacks the operation
├── ReasonMissing                a change doesn't say why, as an administrator has set; nothing was changed
├── ChangedMeanwhile             settings aren't as they were shown any more; nothing was changed
├── LoginTestRefused             a login test can't be begun, or its answer isn't taken
├── ScanStopped                  reading a pool was stopped before its end
├── QueryRefused                 a question of one's own that isn't asked, or goes too far
├── FileRejected                 an uploaded file that can't be read as a table
├── JobError                     a job can't be started, resumed or controlled now
├── NoticeNotSent                a notice was not taken by the service behind its channel
└── ReviewError                  a review can't be started, decided on, closed or planned now
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ConsoleError(Exception):
    """Root of all errors shown to operators.

    `message` says what happened, to whom, and what was or wasn't changed; `next_step` says what
    to do about it. Both are plain text for people and hold no secret. `cause` is the middle of the
    message, where it was made of parts: why it failed, in words that can follow a "but".
    """

    cause = ""

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.message} {self.next_step}".strip()

    @property
    def why(self) -> str:
        """Cause and next step, without what this one try changed: for what is more than this one try."""
        return f"{self.cause or self.message} {self.next_step}".strip()


class InvalidValue(ConsoleError):
    """Something typed or configured is not usable; `field` names it."""

    def __init__(self, message: str, next_step: str = "", *, field: str = "") -> None:
        super().__init__(message, next_step)
        self.field = field


class ReasonMissing(ConsoleError):
    """A change lacks what every change has to say here (`services.note_rules`); nothing was changed."""


class NotConfigured(ConsoleError):
    """Something has to be set up first."""


class StoreError(ConsoleError):
    """The console's own database refused or failed."""


class StoreUnavailable(StoreError):
    """The database can't be opened or written now; nothing was changed."""


class StoreDamaged(StoreError):
    """The file is not a database of this console, or it is torn."""


class StoreTooNew(StoreError):
    """The database was written by a newer release of the console."""


class RecordNotFound(StoreError):
    """The record asked for is not there (any more)."""


class NameTaken(StoreError):
    """A name that must be unique is in use."""


class DraftChanged(StoreError):
    """A draft was changed in another tab since it was read; nothing was kept."""


class VaultError(StoreError):
    """A stored value can't be encrypted or opened."""


class KeyMissing(VaultError):
    """The database holds encrypted values and no key was given."""


class WrongKey(VaultError):
    """The key given does not open this database."""


class SealBroken(VaultError):
    """An encrypted value was altered, or moved here from another place."""


class AccessError(ConsoleError):
    """The operator may not do this, or isn't signed in."""


class SessionEnded(AccessError):
    """There is no live session: signed out, revoked or timed out."""


class NotPermitted(AccessError):
    """The operator's role does not allow this."""


class ProofNeeded(AccessError):
    """The second factor has to be given again first: it was given too long ago for what is to be done."""

    def __init__(self) -> None:
        super().__init__(
            "For this your second factor is asked again: it was given a while ago, or not in this browser. "
            "Nothing was changed yet.",
            "Show that it is you, then press the button here once more.",
        )


class SignInRefused(AccessError):
    """Wrong name or password, or the operator is disabled."""


class TooManyAttempts(AccessError):
    """Sign-in is slowed down after repeated failures; it releases by itself.

    `first` is True for the one refusal that begins a waiting time.
    """

    first = False


NOTHING_CHANGED = "Nothing was changed."


class CognitoError(ConsoleError):
    """AWS refused or failed. `code` is AWS's error code, `operation` the API operation.

    `leaves_open`: whether a change that met it took effect can't be told from the error alone.
    """

    leaves_open = False

    def __init__(self, message: str, next_step: str = "", *, code: str = "", operation: str = "") -> None:
        super().__init__(message, next_step)
        self.code = code
        self.operation = operation

    def add_done(self, done: str) -> None:
        """Say what an earlier call of the same change had done, in a sentence; something was changed then."""
        self.message = f"{self.message.removesuffix(NOTHING_CHANGED).rstrip()} {done}"
        if self.cause:
            self.cause = f"{self.cause} {done}"

    @property
    def why(self) -> str:
        said = super().why
        # a cause was a part of a sentence; a message is one, and may begin with somebody's address
        return f"{said[:1].upper()}{said[1:]}" if self.cause else said


class CredentialsRejected(CognitoError):
    """The keys are unknown, wrong or inactive, or the role can't be assumed."""


class CredentialsExpired(CognitoError):
    """Temporary credentials ran out."""


class ClockSkew(CognitoError):
    """This machine's clock is too far from AWS's."""


class PermissionMissing(CognitoError):
    """IAM refuses one action; `iam_action` names it, as in `cognito-idp:ListUsers`."""

    def __init__(
        self, message: str, next_step: str = "", *, code: str = "", operation: str = "", iam_action: str = ""
    ) -> None:
        super().__init__(message, next_step, code=code, operation=operation)
        self.iam_action = iam_action


class EndpointUnreachable(CognitoError):
    """No connection could be made, or a mere question got no answer: nothing was changed."""


class OutcomeUnknown(CognitoError):
    """The request was sent and no answer came: it may or may not have taken effect."""

    leaves_open = True


class Throttled(CognitoError):
    """More requests than the quota allows; nothing was changed by this one."""


class QuotaExhausted(CognitoError):
    """A limit that waiting a moment doesn't lift."""


class PersonLimitReached(QuotaExhausted):
    """A limit of one person's: they tried, or were sent codes, too often. Others aren't concerned."""


class ServiceFault(CognitoError):
    """AWS failed (5xx): it may or may not have taken effect."""

    leaves_open = True


class PoolNotFound(CognitoError):
    """There is no such user pool in this account and region."""


class UserNotFound(CognitoError):
    """There is no such user in the pool."""


class GroupNotFound(CognitoError):
    """There is no such group in the pool."""


class ClientNotFound(CognitoError):
    """There is no such app client in the pool."""


class ProviderNotFound(CognitoError):
    """There is no such identity provider in the pool."""


class UserExists(CognitoError):
    """The username is in use."""


class AliasTaken(CognitoError):
    """Another user holds the e-mail address or phone number as a sign-in alias."""


class GroupExists(CognitoError):
    """The group name is in use."""


class ProviderExists(CognitoError):
    """The name of the identity provider, or one of its identifiers, is in use."""


class PasswordRejected(CognitoError):
    """The pool's password policy or history refuses the password."""


class StateNotSupported(CognitoError):
    """The user's status, or what they lack, doesn't allow this action."""


class NothingThere(StateNotSupported):
    """What was to be taken away isn't there (any more): it is as it was wanted."""


class SignInDenied(CognitoError):
    """Cognito refused to sign somebody in; `reason` is one of `services.cognito.sign_in_denials`."""

    def __init__(
        self, message: str, next_step: str = "", *, code: str = "", operation: str = "", reason: str = ""
    ) -> None:
        super().__init__(message, next_step, code=code, operation=operation)
        self.reason = reason


class DeliveryFailed(CognitoError):
    """The message (e-mail or SMS) could not be sent."""

    leaves_open = True


class InvalidRequest(CognitoError):
    """The pool doesn't accept a parameter."""


class TriggerFailed(CognitoError):
    """A Lambda function of the pool refused the request or failed."""


class LateTriggerFailed(TriggerFailed):
    """One that AWS calls after the change, or while it is made: it may or may not have taken effect."""

    leaves_open = True


class FollowUpFailed(CognitoError):
    """A change took effect, but the message or trigger that AWS sends after it failed.

    `after` holds what is so now, as `Performed.after`; `activity_id` leads to the line in the log.
    """

    def __init__(self, done: str, error: CognitoError, after: Mapping[str, Any], activity_id: str) -> None:
        """`done` says what took effect, to whom; `error` is what AWS answered."""
        message = f"{done}, but {error.cause}"
        super().__init__(message, error.next_step, code=error.code, operation=error.operation)
        self.after = after
        self.activity_id = activity_id


class NotAvailable(CognitoError):
    """This backend, the installed botocore or the pool's feature plan lacks the operation."""


class ChangedMeanwhile(ConsoleError):
    """Settings aren't as they were shown any more, so that nothing was written over them."""


class LoginTestRefused(ConsoleError):
    """A login test can't be begun, or an answer to it isn't taken."""


class ScanStopped(ConsoleError):
    """Reading a pool was stopped before its end; there is no snapshot of it."""


class QueryRefused(ConsoleError):
    """A question of one's own is not a single SELECT, is wrong, or goes too far. Nothing was changed."""


class FileRejected(ConsoleError):
    """An uploaded file can't be read as a table; nothing was sent."""


class SheetNotChosen(FileRejected):
    """Several `sheets` of a workbook may be meant; nothing was sent."""

    def __init__(self, message: str, next_step: str, sheets: tuple[str, ...]) -> None:
        super().__init__(message, next_step)
        self.sheets = sheets


class JobError(ConsoleError):
    """A job can't be started, resumed or controlled now."""


class NoticeNotSent(ConsoleError):
    """A notice was not taken by the service behind its channel."""


class ReviewError(ConsoleError):
    """A review campaign can't be started, decided on, closed or turned into a plan now."""
