"""What speaks against linking a profile with an account elsewhere, beside what the action itself checks."""

from __future__ import annotations

from services.cognito.identities import LinkedIdentity
from services.cognito.models import User
from services.directory.identify import identify
from services.directory.listing import Directory
from services.directory.lookup import source_for
from services.errors import InvalidValue


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
