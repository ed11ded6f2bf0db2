"""Sends one call to AWS: paced, with explicit timeouts, repeated only where that is harmless.

What botocore does of it stands in `services.cognito.sending`, which is loaded with the first call: that
takes longer than many a command that makes none.

botocore never repeats by itself. Reads are repeated after throttling, a
failure of AWS or a lost answer; a change only when it provably had no effect: AWS refused it for
its rate, or the connection was refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from threading import Lock
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from tenacity import RetryCallState, Retrying, stop_after_attempt, wait_random_exponential

from services.cognito.call import SIGN_IN, Call
from services.cognito.connection import ConnectionSettings
from services.cognito.limiter import CLICK, Caller, Pacer
from services.cognito.permit import Permit
from services.errors import NotAvailable, Throttled

if TYPE_CHECKING:
    from services.cognito.sending import BotocoreClients, CallOutcome

ATTEMPTS = 6
"""How often one call is tried at most."""

_READS = ("List", "Get", "Describe", "AdminList", "AdminGet")
_FIRST_WAIT, _LONGEST_WAIT = 0.2, 5.0  # seconds; each wait is random between 0 and a doubling bound


def is_read(operation: str) -> bool:
    """True for operations that change nothing, by AWS's way of naming them."""
    return operation.startswith(_READS)


class AwsClient:
    """Calls of one connection. Safe to share between threads and pools; opens nothing until used."""

    def __init__(
        self, settings: ConnectionSettings, pacer: Pacer, *, caller: Caller = CLICK, attempts: int = ATTEMPTS
    ) -> None:
        """`caller` says who calls, for the pacing; `attempts` bounds how often one call is tried."""
        self.settings = settings
        self.pacer = pacer
        self.caller = caller
        self.attempts = attempts
        self._shared = _Shared(settings)

    def with_caller(self, caller: Caller, *, attempts: int | None = None) -> AwsClient:
        """The same client (same connections and credentials) for another caller."""
        twin = AwsClient(self.settings, self.pacer, caller=caller, attempts=attempts or self.attempts)
        twin._shared = self._shared
        return twin

    def read(self, operation: str, pool_id: str = "", **parameters: Any) -> Mapping[str, Any]:
        """Call an operation that changes nothing. Raises `CognitoError`s."""
        if not is_read(operation):
            raise ValueError(f"{operation} is not a read")
        return self._call(self._describe(operation, pool_id, parameters))

    def change(self, permit: Permit, operation: str, pool_id: str, **parameters: Any) -> Mapping[str, Any]:
        """Call an operation that changes something. Raises `CognitoError`s; see the module's text."""
        permit.check()
        return self._call(self._describe(operation, pool_id, parameters))

    def sign_in(self, operation: str, pool_id: str = "", **parameters: Any) -> Mapping[str, Any]:
        """Call an operation of a user's sign-in, not repeated once it may have counted.

        Raises `SignInDenied` and other `CognitoError`s.
        """
        if operation not in SIGN_IN:
            raise ValueError(f"{operation} is no part of a sign-in")
        return self._call(replace(self._describe(operation, pool_id, parameters), mutates=True))

    def caller_identity(self) -> Mapping[str, Any]:
        """sts:GetCallerIdentity. Raises `CognitoError`s."""
        return self._call(
            Call("GetCallerIdentity", service="sts", region=self.settings.region, is_aws=self.settings.is_aws)
        )

    def has(self, operation: str) -> bool:
        """Whether the installed botocore knows `operation`. Raises `CognitoError`s when it can't open."""
        return self._shared.clients().method(Call(operation)) is not None

    def _describe(self, operation: str, pool_id: str, parameters: Mapping[str, Any]) -> Call:
        sent = {"UserPoolId": pool_id, **parameters} if pool_id else dict(parameters)
        return Call(
            operation,
            MappingProxyType(sent),
            mutates=not is_read(operation),
            region=self.settings.region,
            is_aws=self.settings.is_aws,
        )

    def _call(self, call: Call) -> Mapping[str, Any]:
        clients = self._shared.clients()
        method = clients.method(call)
        if method is None:
            what = "the installed AWS library (botocore) is too old to know it."
            raise call.error(NotAvailable, what, "Update boto3.", "")
        retrying = Retrying(
            stop=stop_after_attempt(self.attempts),
            wait=wait_random_exponential(multiplier=_FIRST_WAIT, max=_LONGEST_WAIT),
            retry=_worth_repeating,
            retry_error_callback=_last_outcome,
        )
        outcome: CallOutcome = retrying(self._try, clients, method, call)
        if outcome.answer is None:
            assert outcome.error is not None  # noqa: S101 - for the type checker
            raise outcome.error
        return outcome.answer

    def _try(self, clients: BotocoreClients, method: Any, call: Call) -> CallOutcome:
        if call.service == "cognito-idp":
            self.pacer.acquire(call.operation, str(call.parameters.get("UserPoolId", "")), self.caller)
        outcome = clients.send(method, call)
        if isinstance(outcome.error, Throttled):
            self.pacer.throttled(call.operation)
        return outcome


class _Shared:
    """What the clients of one connection share, whoever's turn it is."""

    def __init__(self, settings: ConnectionSettings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._clients: BotocoreClients | None = None

    def clients(self) -> BotocoreClients:
        """botocore's clients of this connection."""
        with self._lock:
            if self._clients is None:
                from services.cognito.sending import BotocoreClients  # noqa: PLC0415 - see the module's text

                self._clients = BotocoreClients(self._settings)
            return self._clients


def _worth_repeating(state: RetryCallState) -> bool:
    outcome = state.outcome
    return outcome is not None and not outcome.failed and outcome.result().again


def _last_outcome(state: RetryCallState) -> CallOutcome:
    assert state.outcome is not None  # noqa: S101 - for the type checker
    last: CallOutcome = state.outcome.result()
    return last
