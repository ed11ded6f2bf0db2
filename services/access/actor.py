"""Who is acting: an operator in a browser, a person at a terminal, or a job on someone's behalf."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from services.access.permissions import Permission, Role, allows, least_role
from services.errors import NotPermitted


class Origin(StrEnum):
    """Where a change was asked for."""

    BROWSER = "browser"
    TERMINAL = "terminal"
    JOB = "job"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Actor:
    """The operator on whose behalf something is done, as known at this moment."""

    operator_id: str
    name: str
    role: Role
    origin: Origin

    def may(self, permission: Permission) -> bool:
        """True if the actor's role allows `permission`."""
        return allows(self.role, permission)

    def require(self, permission: Permission) -> None:
        """Raise `NotPermitted` unless the actor's role allows `permission`."""
        if not self.may(permission):
            raise NotPermitted(
                f"As {self.role} you may not do this ({permission}); nothing was changed.",
                f"Ask an operator with the role {least_role(permission)} or above.",
            )


ActorSource = Callable[[], Actor]
"""Asked at the moment of every change; raises `SessionEnded` when the session behind it is gone."""
