"""Taking back what was just done to one person, as far as there is a way back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.changes import Performed
from services.cognito.actions import PersonChange, WayBack
from services.cognito.models import User
from services.errors import UserNotFound
from services.pool_session import PoolSession
from services.store.activity import Why, undoing


@dataclass(frozen=True, slots=True)
class _GroupsNow:
    """Reads which groups the pool has, and which of them a person is in."""

    groups: frozenset[str]
    own: frozenset[str]

    def is_member(self, user: User, group: str) -> bool:  # noqa: ARG002 - asked of one person only
        """Whether the person is in the group."""
        return group in self.own


def may_have_way_back(performed: Performed) -> bool:
    """Whether it is worth offering: some changes nothing takes back."""
    change = performed.change
    if not isinstance(change, PersonChange) or change.irreversible:
        return False
    return type(change).way_back is not PersonChange.way_back


def way_back(session: PoolSession, performed: Performed) -> WayBack:
    """How to take it back, by the person as they are now. Raises `UserNotFound` and the gateway's errors."""
    change, directory = performed.change, session.directory
    look = directory.person(change.sub(performed.after), refresh=True)
    if look is None:
        raise UserNotFound("This person is not in the pool (any more); nothing can be taken back.")
    groups = frozenset(group.name for group in directory.groups())
    now = _GroupsNow(groups, frozenset(look.person.groups or ()))
    held_back = session.gateway.describe_pool().verified_before_update
    return change.way_back(look.person.user, now, performed.before, performed.after, held_back)


def take_back(session: PoolSession, done: Iterable[Performed], why: Why) -> list[str]:
    """Take the changes back, the last one first; what was done and what stays, in sentences.

    Raises what the one path for changes raises; what was taken back before that stays so.
    """
    said: list[str] = []
    for performed in reversed(list(done)):
        back = way_back(session, performed)
        for change, before, _ in back.changes:
            session.changes.perform(change, before=before, **undoing(why))
            said.append(f"{change.target.name}: {change.done}.")
        said += back.stays
    return said or ["It is as it was before already."]
