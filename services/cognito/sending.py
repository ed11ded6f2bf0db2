"""One try of one call, as botocore makes it: its clients with our timeouts, and what came of it in words.

botocore never repeats by itself (`total_max_attempts=1`); who repeats, and when, stands in
`services.cognito.client`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from botocore import xform_name
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from services.cognito.aws_session import open_session
from services.cognito.call import Call
from services.cognito.connection import ConnectionSettings, DefaultChain, Profile, sts_endpoint
from services.cognito.translate import translate
from services.cognito.unanswered import answer_lost, foreign, never_sent
from services.errors import CognitoError, ServiceFault, Throttled

# at DEBUG botocore writes whole requests, passwords included
for _name in ("botocore", "boto3", "urllib3"):
    logging.getLogger(_name).setLevel(logging.INFO)

_CONNECTIONS = 50


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
class CallOutcome:
    """What one try gave: an answer, or an error and whether trying again is harmless."""

    answer: Mapping[str, Any] | None = None
    error: CognitoError | None = None
    again: bool = False


class BotocoreClients:
    """botocore's clients of one connection, each made when it is first asked for. Threads may share it."""

    def __init__(self, settings: ConnectionSettings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._clients: dict[str, BaseClient] = {}

    def method(self, call: Call) -> Any:
        """What sends `call`; None where the installed botocore is too old to know its operation.

        Raises `CognitoError`s when the client can't be made.
        """
        return getattr(self.client(call), xform_name(call.operation), None)

    def send(self, method: Any, call: Call) -> CallOutcome:
        """Send once. Errors come back as values, so that none of botocore's stays in their context."""
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
                return CallOutcome(answer=answer)
            problem, refused, lost = foreign(call), False, False
        harmless_for_reads = lost or isinstance(problem, ServiceFault)
        again = refused or isinstance(problem, Throttled) or (harmless_for_reads and not call.mutates)
        return CallOutcome(error=problem, again=again)

    def client(self, call: Call) -> BaseClient:
        """The client of the call's service, made once. Raises `CognitoError`s."""
        settings = self._settings
        with self._lock:
            found = self._clients.get(call.service)
            if found is not None:
                return found
            try:
                config = config_for(settings)
                session = open_session(settings, config)
                own = call.service == "cognito-idp"
                endpoint = (settings.endpoint_url or None) if own else sts_endpoint(settings)
                client = session.create_client(
                    call.service, region_name=settings.region, endpoint_url=endpoint, config=config
                )
            except (BotoCoreError, ClientError, ValueError) as error:
                problem = translate(error, call)
            else:
                self._clients[call.service] = client
                return client
        raise problem


def _is_foreign(answer: Mapping[str, Any], call: Call) -> bool:
    """Whether a web page came with status 200: botocore reads any text as an empty answer."""
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return call.service == "cognito-idp" and "html" in str(headers.get("content-type", "")).lower()
