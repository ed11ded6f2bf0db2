"""Where people can sign in, and when a few of them were last active.

The latter comes from the events that threat protection keeps (Plus plan) and from live sessions. Cognito
tells nobody's last sign-in in a listing; both are read person by person, from quotas that signing in
itself doesn't touch. So it is done on request, for a limited number.
A session that ended leaves no trace: sessions prove activity, never its absence.
Sources: API reference, AdminListUserAuthEvents (kept for two years); service model, AdminListUserSessions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from services.audits.rule import LastSignIn
from services.cognito.gateway import CognitoGateway
from services.cognito.models import PersonRef
from services.cognito.person_reads import AuthEvent
from services.errors import CognitoError, InvalidValue, NotAvailable, UserNotFound

MOST = 50
"""People looked up at once; at AWS's quota that takes a few seconds."""

_EVENTS = 60  # what one page holds: more would be another call
_SIGNING_IN = ("SignIn",)


def provider_names(gateway: CognitoGateway) -> frozenset[str] | None:
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
    """When each of `people` was last active, by sub; None where no successful sign-in is recorded.

    Where the pool keeps no events, only those with a live session are in it. Raises `InvalidValue` for
    more than `MOST`, `NotAvailable` where the pool has neither, and the gateway's other errors.
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
            times, recorded = _times(gateway, person)
        except UserNotFound:
            continue  # deleted since the snapshot
        if times or recorded:
            found[person.sub] = LastSignIn(max(times, default=None))
    return found


def _times(gateway: CognitoGateway, person: PersonRef) -> tuple[list[datetime], bool]:
    """When the person signed in or was active, and whether every sign-in is on record."""
    times: list[datetime] = []
    missing: NotAvailable | None = None
    recorded = True
    try:
        events = gateway.auth_events(person.username, _EVENTS)
        times += [event.at for event in events if _signed_in(event) and event.at]
    except NotAvailable as error:
        missing, recorded = error, False
    try:
        times += [session.last_active for session in gateway.sessions(person.username) if session.last_active]
    except NotAvailable:
        if missing is not None:
            raise missing from None
    return times, recorded


def _signed_in(event: AuthEvent) -> bool:
    return event.kind in _SIGNING_IN and event.response == "Pass"
