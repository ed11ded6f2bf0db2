"""Sends one call to AWS: paced, with explicit timeouts, repeated only where that is harmless.

botocore never repeats by itself (`total_max_attempts=1`). Reads are repeated after throttling, a
failure of AWS or a lost answer; a change only when it provably had no effect: AWS refused it for
its rate, or the connection was refused.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock
from types import MappingProxyType
from typing import Any

from botocore import xform_name
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from tenacity import RetryCallState, Retrying, stop_after_attempt, wait_random_exponential

from services.cognito.call import SIGN_IN, Call
from services.cognito.connection import ConnectionSettings, DefaultChain, Profile, open_session, sts_endpoint
from services.cognito.limiter import CLICK, Caller, Pacer
from services.cognito.permit import Permit
from services.cognito.translate import translate
from services.cognito.unanswered import answer_lost, foreign, never_sent
from services.errors import CognitoError, NotAvailable, ServiceFault, Throttled

# at DEBUG botocore writes whole requests, passwords included
for _name in ("botocore", "boto3", "urllib3"):
    logging.getLogger(_name).setLevel(logging.INFO)

ATTEMPTS = 6
"""How often one call is tried at most."""

_READS = ("List", "Get", "Describe", "AdminList", "AdminGet")
_CONNECTIONS = 50
_FIRST_WAIT, _LONGEST_WAIT = 0.2, 5.0  # seconds; each wait is random between 0 and a doubling bound


def is_read(operation: str) -> bool:
    """True for operations that change nothing, by AWS's way of naming them."""
    return operation.startswith(_READS)


def config_for(settings: ConnectionSettings) -> Config:
    """botocore's configuration: our timeouts, no repeating by itself, no endpoint from elsewhere."""
    ordinary = isinstance(settings.credentials, DefaultChain | Profile)
    return Config(
        connect_timeout=settings.connect_timeout,
        read_timeout=settings.read_timeout,
        retries={"mode": "standard", "total_max_attempts": 1},
        max_pool_connections=_CONNECTIONS,
        tcp_keepalive=True,
        user_agent_extra="cognito-ops-console",
        # the stubs lack it
        ignore_configured_endpoint_urls=not ordinary,  # type: ignore[call-arg]
    )


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What one try gave: an answer, or an error and whether trying again is harmless."""

    answer: Mapping[str, Any] | None = None
    error: CognitoError | None = None
    again: bool = False


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
        self._shared = _Shared()

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
        return _method(self._open(Call(operation)), operation) is not None

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
        method = _method(self._open(call), call.operation)
        if method is None:
            what = "the installed AWS library (botocore) is too old to know it."
            raise call.error(NotAvailable, what, "Update boto3.", "")
        retrying = Retrying(
            stop=stop_after_attempt(self.attempts),
            wait=wait_random_exponential(multiplier=_FIRST_WAIT, max=_LONGEST_WAIT),
            retry=_worth_repeating,
            retry_error_callback=_last_outcome,
        )
        outcome: _Outcome = retrying(self._try, method, call)
        if outcome.answer is None:
            assert outcome.error is not None  # noqa: S101 - for the type checker
            raise outcome.error
        return outcome.answer

    def _try(self, method: Any, call: Call) -> _Outcome:
        """One try. Errors come back as values, so that none of botocore's stays in their context."""
        if call.service == "cognito-idp":
            self.pacer.acquire(call.operation, str(call.parameters.get("UserPoolId", "")), self.caller)
        try:
            answer: Mapping[str, Any] = method(**call.parameters)
        except (BotoCoreError, ClientError, ResponseParserError) as error:
            problem, refused, lost = translate(error, call), never_sent(error), answer_lost(error)
        except (LookupError, AttributeError, TypeError, ValueError):
            # what botocore's parsers raise for answers that are nothing like AWS's
            problem, refused, lost = foreign(call), False, False
        except RuntimeError as error:
            if "expired" not in str(error):
                raise
            problem, refused, lost = translate(error, call), False, False
        else:
            if not _is_foreign(answer, call):
                return _Outcome(answer=answer)
            problem, refused, lost = foreign(call), False, False
        throttled = isinstance(problem, Throttled)
        if throttled:
            self.pacer.throttled(call.operation)
        harmless_for_reads = lost or isinstance(problem, ServiceFault)
        again = refused or throttled or (harmless_for_reads and not call.mutates)
        return _Outcome(error=problem, again=again)

    def _open(self, call: Call) -> BaseClient:
        """The client of the call's service, made once. Raises `CognitoError`s."""
        with self._shared.lock:
            found = self._shared.clients.get(call.service)
            if found is not None:
                return found
            try:
                config = config_for(self.settings)
                session = open_session(self.settings, config)
                endpoint = (
                    self.settings.endpoint_url or None
                    if call.service == "cognito-idp"
                    else sts_endpoint(self.settings)
                )
                client = session.create_client(
                    call.service, region_name=self.settings.region, endpoint_url=endpoint, config=config
                )
            except (BotoCoreError, ClientError, ValueError) as error:
                problem = translate(error, call)
            else:
                self._shared.clients[call.service] = client
                return client
        raise problem


class _Shared:
    """What the clients of one connection share, whoever's turn it is."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.clients: dict[str, BaseClient] = {}


def _method(client: BaseClient, operation: str) -> Any:
    return getattr(client, xform_name(operation), None)


def _is_foreign(answer: Mapping[str, Any], call: Call) -> bool:
    """Whether a web page came with status 200: botocore reads any text as an empty answer."""
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return call.service == "cognito-idp" and "html" in str(headers.get("content-type", "")).lower()


def _worth_repeating(state: RetryCallState) -> bool:
    outcome = state.outcome
    return outcome is not None and not outcome.failed and outcome.result().again


def _last_outcome(state: RetryCallState) -> _Outcome:
    assert state.outcome is not None  # noqa: S101 - for the type checker
    last: _Outcome = state.outcome.result()
    return last
