"""Replacing an app client's secret without an interruption: a second one, change over, the old one deleted.

AWS tells a secret once, when it is made (API reference, AddUserPoolClientSecret); it is handed over once
here too, and kept only where an application of this console has its secret for login tests.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Unpack

from services.cognito.actions import AddClientSecret, DeleteClientSecret
from services.cognito.app_clients import ClientSecretInfo
from services.cognito.models import AppClient
from services.configuration.applications import ApplicationService
from services.errors import ConsoleError
from services.pool_session import PoolSession
from services.roles import Permission
from services.store.activity import Why
from services.store.applications import Application


@dataclass(frozen=True, slots=True)
class ShownSecret:
    """A new secret, to be shown once. `value` is "" when AWS's answer was lost on the way.

    `not_kept` says why the console could not keep it for login tests, though it was to.
    """

    activity_id: str
    secret_id: str = ""
    value: str = field(default="", repr=False)
    not_kept: str = ""


class ClientSecrets:
    """Works for whoever is acting in `session` at the moment of each call; every call needs CONFIGURE."""

    def __init__(self, session: PoolSession, applications: ApplicationService) -> None:
        self._session = session
        self._applications = applications

    def list(self, client_id: str) -> tuple[ClientSecretInfo, ...]:
        """Which secrets a client has, the oldest first. Raises `NotAvailable` where there is one only."""
        self._session.changes.who().require(Permission.CONFIGURE)
        return self._session.gateway.client_secrets(client_id)

    def add(self, client: AppClient, keep_for: Application | None, **why: Unpack[Why]) -> ShownSecret:
        """Make a further secret; `keep_for` is the application whose login tests use it from now on.

        Raises `NotPermitted` and `CognitoError`s.
        """
        change = AddClientSecret(client.id, client.name or client.id)
        line = self._session.changes.perform(change, **why).activity_id
        if change.made is None or not change.made.value:
            return ShownSecret(line)
        not_kept = ""
        if keep_for is not None:
            try:
                self._applications.change(keep_for.id, replace(keep_for, secret=change.made.value))
            except ConsoleError as error:
                not_kept = str(error)
        return ShownSecret(line, change.made.id, change.made.value, not_kept)

    def delete(self, client: AppClient, secret_id: str, **why: Unpack[Why]) -> str:
        """Make a secret worthless; the line's id. Raises `NotPermitted` and `CognitoError`s."""
        change = DeleteClientSecret(client.id, client.name or client.id, secret_id)
        return self._session.changes.perform(change, **why).activity_id
