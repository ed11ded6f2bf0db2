"""Changes to app clients: settings, one thing at a time, and secrets."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from services.cognito.actions.base import CLOCK_TOLERANCE, Change, Facts, TargetRef
from services.cognito.app_clients import ClientEdit, ClientSetting, ClientSettings, NewClientSecret
from services.cognito.permit import Permit
from services.errors import ChangedMeanwhile, ConsoleError
from services.roles import Permission

if TYPE_CHECKING:
    from services.cognito.gateway import CognitoGateway


@dataclass(frozen=True)
class ClientChange(Change):
    """A change to one app client of the pool."""

    permission = Permission.CONFIGURE
    shows = False

    client_id: str
    name: str

    @property
    def target(self) -> TargetRef:
        return TargetRef("client", self.client_id, self.name or self.client_id)

    @property
    def wanted(self) -> str:
        return f"{self.verb} {self.name}"

    @property
    def done(self) -> str:
        return f"{self.past} {self.name}"


@dataclass(frozen=True)
class UpdateClient(ClientChange):
    """UpdateUserPoolClient with the whole client as it is, but for `edits`.

    `stamp` is that of the settings that the operator saw: a client that was changed since isn't written
    to, and `ChangedMeanwhile` is raised. Afterwards it is read again: `also_changed` in the facts names
    settings that became different without being asked for.
    """

    action = "update_app_client"
    operation = "UpdateUserPoolClient"
    phrase = "Changing the app client {ClientName}"
    logged, verb, past = "Changed an app client", "change app client", "changed app client"

    edits: tuple[ClientEdit, ...] = ()
    stamp: str = ""

    @classmethod
    def from_data(cls, values: dict[str, Any]) -> Self:
        edits = tuple(
            ClientEdit(**{**edit, "setting": ClientSetting(edit["setting"])}) for edit in values["edits"]
        )
        return cls(**{**values, "edits": edits})

    def before(self, gateway: CognitoGateway) -> Facts:
        return self._facts(gateway.client_settings(self.client_id))

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        now = gateway.client_settings(self.client_id)
        if now.stamp != self.stamp:
            raise ChangedMeanwhile(
                f"The app client {self.name} was changed by somebody else since it was shown here; nothing "
                "was changed.",
                "Look at it again, then decide.",
            )
        wanted = now.with_edits(self.edits)
        gateway.update_client(permit, self.client_id, wanted.values)
        return self._compared(gateway, wanted)

    def _compared(self, gateway: CognitoGateway, wanted: ClientSettings) -> Facts:
        """What the client is like afterwards, read once more."""
        try:
            there = gateway.client_settings(self.client_id)
        except ConsoleError:
            return {**self._facts(wanted), "read_again": "it could not be read again"}
        other = there.differs(wanted)
        return {**self._facts(there), **({"also_changed": list(other)} if other else {})}

    def _facts(self, settings: ClientSettings) -> dict[str, Any]:
        return {
            edit.setting.words.replace(" ", "_"): list(settings.shown(edit.setting)) for edit in self.edits
        }

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        there = gateway.client_settings(self.client_id)
        return not there.with_edits(self.edits).differs(there)


@dataclass(frozen=True)
class AddClientSecret(ClientChange):
    """AddUserPoolClientSecret: a second secret, so that applications can change over one by one.

    `made` holds it once it was sent, and nothing else does: AWS tells it this once.
    """

    action = "add_client_secret"
    dangerous = True
    operation = "AddUserPoolClientSecret"
    phrase = "Making a secret for the app client {ClientId}"
    logged, verb, past = (
        "Made a secret of an app client",
        "make a secret for app client",
        "made a secret for app client",
    )

    @property
    def made(self) -> NewClientSecret | None:
        """The new secret; None until then, and when no answer came."""
        found: NewClientSecret | None = self.__dict__.get("_made")
        return found

    def before(self, gateway: CognitoGateway) -> Facts:
        return {"secret_ids": [secret.id for secret in gateway.client_secrets(self.client_id)]}

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        made = gateway.add_client_secret(permit, self.client_id)
        self.__dict__["_made"] = made
        return {"secret_id": made.id}

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        return any(
            secret.created is not None and secret.created >= since - CLOCK_TOLERANCE
            for secret in gateway.client_secrets(self.client_id)
        )


@dataclass(frozen=True)
class DeleteClientSecret(ClientChange):
    """DeleteUserPoolClientSecret: whatever still signs in with it stops working at once."""

    action = "delete_client_secret"
    dangerous = True
    operation = "DeleteUserPoolClientSecret"
    phrase = "Deleting a secret of the app client {ClientId}"
    irreversible = True
    logged, verb, past = (
        "Deleted a secret of an app client",
        "delete a secret of app client",
        "deleted a secret of app client",
    )

    secret_id: str = field(default="")

    @property
    def expected(self) -> Facts:
        return {"deleted_secret_id": self.secret_id}

    def before(self, gateway: CognitoGateway) -> Facts:
        return {"secret_ids": [secret.id for secret in gateway.client_secrets(self.client_id)]}

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        gateway.delete_client_secret(permit, self.client_id, self.secret_id)
        return self.expected

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        return all(secret.id != self.secret_id for secret in gateway.client_secrets(self.client_id))
