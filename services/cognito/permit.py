"""The proof that a change came through the one path for changes.

Every mutating method of the gateway asks for an open permit. Only `services.changes` issues one,
after it has checked the operator's permission and written the intent; a test holds every other
module to that.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class PermitMissing(RuntimeError):
    """A mutation was called outside the one path for changes: an error in our own code."""


class Permit:
    """Valid only inside the `issue` block that made it."""

    __slots__ = ("activity_id", "is_open")

    def __init__(self, activity_id: str) -> None:
        self.activity_id = activity_id
        self.is_open = True

    def check(self) -> None:
        """Raise `PermitMissing` unless the permit is still open."""
        if not self.is_open:
            raise PermitMissing("This permit is closed: its change has already been recorded.")


@contextmanager
def issue(activity_id: str) -> Iterator[Permit]:
    """Open a permit for the change whose intent was written as `activity_id`."""
    permit = Permit(activity_id)
    try:
        yield permit
    finally:
        permit.is_open = False
