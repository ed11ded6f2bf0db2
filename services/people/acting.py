"""Looks at a person once more just before an action on them."""

from __future__ import annotations

from services.cognito.actions import OFFERS
from services.directory.listing import Directory
from services.errors import StateNotSupported, UserNotFound


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
