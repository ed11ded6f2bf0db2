"""Looks at a person, and at others, once more just before an action on them."""

from __future__ import annotations

from services.cognito.actions import OFFERS
from services.cognito.identities import LinkedIdentity
from services.cognito.models import User
from services.directory.identify import identify
from services.directory.listing import Directory
from services.directory.lookup import source_for
from services.errors import InvalidValue, StateNotSupported, UserNotFound


def check_now(directory: Directory, sub: str, action: str) -> None:
    """Raise unless `action` (a name of `services.cognito.actions.OFFERS`) makes sense now.

    The page that offered it may be old: meanwhile somebody may have enabled, confirmed or deleted
    the person. Raises `UserNotFound` or `StateNotSupported`; costs reads that bill nobody.
    """
    view = directory.person(sub, refresh=True)
    if view is None:
        raise UserNotFound("This person is not in the pool (any more); nothing was changed.")
    reason = OFFERS[action].why_not(view.person.user, directory.gateway.describe_pool())
    if reason:
        raise StateNotSupported(f"{reason} Nothing was changed.", "Close this and look at the page again.")


def linked_elsewhere(directory: Directory, user: User, identity: LinkedIdentity) -> None:
    """Raise `InvalidValue` if somebody else is linked with that account: a link would take it from them.

    Only a pool that is read whole can be asked; elsewhere AWS answers for it.
    """
    source = source_for(directory)
    if not source.everywhere:
        return
    (answer,) = identify(source, [identity.username])
    others = [other for other in answer.users if other.sub != user.sub]
    if others:
        raise InvalidValue(
            f"That account belongs to {others[0].label} already. Linking would take it from them; nothing "
            "was changed.",
            "Look at that person first, and unlink it there if it isn't theirs.",
        )
