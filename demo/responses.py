"""moto's responses with the operations that it lacks or has too lax.

A request is held against the service model first; what the operation answers is written by moto
from the same model.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace

from moto.cognitoidp import urls
from moto.cognitoidp.responses import CognitoIdpResponse
from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores

from demo import (
    app_clients,
    auth_events,
    devices,
    factors,
    identity_providers,
    linked_identities,
    passkeys,
    password_recovery,
    service_model,
    user_sessions,
)
from demo.operations import Operation, OperationRequest

OPERATIONS: dict[str, Operation] = {
    **devices.OPERATIONS,
    **user_sessions.OPERATIONS,
    **auth_events.OPERATIONS,
    **factors.OPERATIONS,
    **identity_providers.OPERATIONS,
    **linked_identities.OPERATIONS,
    **app_clients.OPERATIONS,
    **passkeys.OPERATIONS,
    **password_recovery.OPERATIONS,
}


class AwsLikeResponse(CognitoIdpResponse):
    """One method an operation, as moto looks for them; those of `OPERATIONS` are added below."""


def _method(name: str, operation: Operation) -> Callable[[AwsLikeResponse], ActionResult]:
    def answer(self: AwsLikeResponse) -> ActionResult:
        given = json.loads(self.body)
        service_model.check_request(name, given)
        return ActionResult(operation(OperationRequest(self.backend, given)))

    return answer


for _name, _operation in OPERATIONS.items():
    setattr(AwsLikeResponse, camelcase_to_underscores(_name), _method(_name, _operation))

# moto asks a module for the addresses that a service answers.
URLS = SimpleNamespace(
    url_bases=urls.url_bases,
    url_paths={**urls.url_paths, "{0}/$": AwsLikeResponse.dispatch},
)
