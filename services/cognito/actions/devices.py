"""The action that forgets the devices of a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from services.cognito.actions.base import Change, Facts, Offer, PersonChange
from services.cognito.models import PersonRef, User, UserPool
from services.cognito.permit import Permit
from services.cognito.person_reads import Device
from services.errors import NOTHING_CHANGED, CognitoError, StateNotSupported
from services.roles import Permission
from services.words import counted

if TYPE_CHECKING:
    from services.cognito.gateway import CognitoGateway


@dataclass(frozen=True)
class ForgetDevices(PersonChange):
    """AdminForgetDevice, once for each of the devices `keys`; without `keys` for every device.

    A forgotten device proves nothing any more, so the second factor is asked for again; whoever is
    signed in on it stays so (service model, AdminForgetDevice).
    """

    action = "forget_devices"
    operation = "AdminForgetDevice"
    phrase = "Forgetting a device of {Username}"
    permission = Permission.USER_FACTORS
    proves_identity = True
    irreversible = True
    logged = "Forgot devices"
    verb, past = "forget the devices", "devices forgotten"
    row_action, file_title = "forget_devices", "Forget the people's devices"
    row_synonyms = ("forget_device",)
    shows = False
    offers = (
        Offer(
            "Forget devices",
            ":material/devices_off:",
            "Forget the devices",
            "No device of theirs is remembered any more: the second factor is asked for everywhere again. "
            "Whoever is signed in on one stays signed in; to end that, sign them out too.",
            "Forget them",
            "The devices of {0} are forgotten.",
            many="Forget devices",
        ),
    )

    keys: tuple[str, ...] = ()

    @property
    def expected(self) -> Facts:
        return {"devices": []} if not self.keys else {}

    def before(self, gateway: CognitoGateway) -> Facts:
        self.find(gateway)
        return {"devices": [device.name or device.key for device in self._meant(gateway)]}

    def _meant(self, gateway: CognitoGateway) -> tuple[Device, ...]:
        found = gateway.devices(self.person.username)
        return tuple(device for device in found if not self.keys or device.key in self.keys)

    def send(self, gateway: CognitoGateway, permit: Permit) -> Facts:
        meant = self._meant(gateway)
        if self.keys and not meant:
            raise StateNotSupported(
                f"{self.person.label} has no such device (any more). {NOTHING_CHANGED}",
                "Refresh the list of their devices.",
            )
        forgotten: list[str] = []
        for device in meant:
            try:
                gateway.forget_device(permit, self.person.username, device.key)
            except CognitoError as error:
                if not (isinstance(error, StateNotSupported) and self._gone(gateway, device)):
                    if forgotten:
                        error.add_done(f"Forgotten before that: {', '.join(forgotten)}.")
                    raise
            forgotten.append(device.name or device.key)
        return {"devices_forgotten": forgotten}

    def _gone(self, gateway: CognitoGateway, device: Device) -> bool:
        return all(device.key != left.key for left in self._meant(gateway))

    def took_effect(self, gateway: CognitoGateway, since: datetime) -> bool | None:
        return not self._meant(gateway)

    def already(self, before: Facts) -> bool:
        return before.get("devices") == []

    @property
    def wanted(self) -> str:
        return f"forget {counted(len(self.keys), 'device')}" if self.keys else self.verb

    @property
    def done(self) -> str:
        return f"{counted(len(self.keys), 'device')} forgotten" if self.keys else self.past

    @classmethod
    def refuses(cls, user: User, pool: UserPool) -> str:
        return "" if pool.device_tracking else "This pool remembers no devices."

    @classmethod
    def logged_on(cls, person: PersonRef, after: Facts) -> Change | None:
        return cls(person)
