"""What the services of the configuration share: who may, what a change leaves behind, what its line says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from services.roles import Actor, ActorSource, Permission
from services.store.applications import Application
from services.store.connections import Connection
from services.store.notices import Channel
from services.store.records import Record, settings_of
from services.store.sign_in_providers import SignInProvider
from services.store.store import Store

R = TypeVar("R", bound=Record)


class ConfigurationService:
    """Works for whoever `who` names at the moment of each call; every call needs CONFIGURE."""

    def __init__(self, store: Store, who: ActorSource) -> None:
        self._store = store
        self._who = who

    def _actor(self, *, dangerous: bool = False) -> Actor:
        """Whoever is acting. Raises `NotPermitted`, `SessionEnded`, `ProofNeeded` for what is `dangerous`."""
        actor = self._who()
        actor.require(Permission.CONFIGURE, dangerous=dangerous)
        return actor


@dataclass(frozen=True, slots=True)
class Saved(Generic[R]):
    """What a change left behind, its line in the activity log, and what to be warned of, if anything."""

    record: R
    activity_id: str
    warning: str = ""


def secret_fact(
    new: Application | Channel | Connection | SignInProvider, stored: object, *, added: bool = False
) -> dict[str, str]:
    """What the log says about the secret of `new` where another was stored; never what it is."""
    if (new.secret or None) == (stored or None):
        return {}
    log = settings_of(type(new))["secret"].log
    return {log: ("stored" if added else "secret changed") if new.secret else "forgotten"}
