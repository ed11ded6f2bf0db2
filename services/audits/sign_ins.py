"""Where people can sign in, and when a few of them last did.

The last sign-ins come from the events that threat protection keeps (Plus plan). Cognito tells nobody's
last sign-in in a listing; events are read person by person, from a quota that signing in itself doesn't
touch. So it is done on request, for a limited number.
Source: API reference, AdminListUserAuthEvents; events are kept for two years.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from services.audits.rule import LastSignIn
from services.cognito.gateway import CognitoGateway
from services.cognito.models import PersonRef
from services.errors import CognitoError, InvalidValue, UserNotFound

MOST = 50
"""People looked up at once; at AWS's quota that takes a few seconds."""

_EVENTS = 60  # what one page holds: more would be another call
_SIGNING_IN = ("SignIn",)


def providers_of(gateway: CognitoGateway) -> frozenset[str] | None:
    """The names of the pool's identity providers; None when they can't be listed."""
    try:
        return frozenset(provider.name for provider in gateway.identity_providers())
    except CognitoError:
        return None


def last_sign_ins(
    gateway: CognitoGateway,
    people: Sequence[PersonRef],
    progress: Callable[[int, int], object] | None = None,
) -> dict[str, LastSignIn]:
    """When each of `people` last signed in, by sub; None where no successful sign-in is recorded.

    Raises `InvalidValue` for more than `MOST`, `NotAvailable` where the pool keeps no events, and the
    gateway's other errors.
    """
    if len(people) > MOST:
        raise InvalidValue(
            f"Sign-ins are looked up for at most {MOST} people at once.", "Choose fewer people."
        )
    found: dict[str, LastSignIn] = {}
    for done, person in enumerate(people):
        if progress is not None:
            progress(done, len(people))
        try:
            events = gateway.auth_events(person.username, _EVENTS)
        except UserNotFound:
            continue  # deleted since the snapshot
        times = [
            event.at
            for event in events
            if event.kind in _SIGNING_IN and event.response == "Pass" and event.at
        ]
        found[person.sub] = LastSignIn(max(times, default=None))
    return found
