"""Asking for the second factor again before something dangerous, when it was given long ago.

It concerns whoever has one: an authenticator app or a passkey here, or a company account whose
provider asks for a second factor and can be asked anew.
"""

from __future__ import annotations

from datetime import timedelta

from services.errors import InvalidValue, ProofNeeded, RecordNotFound, SessionEnded
from services.roles import Actor, Permission
from services.store.activity import NewActivity
from services.store.columns import utc_now
from services.store.operators import Operator
from services.store.sessions import Session
from services.store.sign_in_providers import SignInProvider
from services.store.store import Store

DEFAULT_MINUTES = 30
MOST_MINUTES = 24 * 60
OWN_MINUTES = 10
"""For one's own second factors: whoever finds an open browser mustn't set up theirs."""

_AFTER = "access.step_up_minutes"
# a proof from later than this in the future was noted by a clock that was wrong
_CLOCK = timedelta(minutes=2)


def minutes_of(store: Store) -> int:
    """After how many minutes it is asked again; 0 for never."""
    return int(store.settings.get(_AFTER, DEFAULT_MINUTES))


def set_minutes(store: Store, minutes: int, actor: Actor) -> None:
    """Ask again after so many minutes, 0 for never. Raises `NotPermitted`, `ProofNeeded`, `InvalidValue`."""
    actor.require(Permission.OPERATORS, dangerous=True)
    if not 0 <= minutes <= MOST_MINUTES:
        raise InvalidValue(
            f"{minutes} minutes can't be used.", f"Give 0 (never) to {MOST_MINUTES} minutes.", field="minutes"
        )
    new = NewActivity(
        actor,
        "change_setting",
        target_kind="setting",
        target_id=_AFTER,
        target_name="Second factor asked again",
        before={"after minutes": minutes_of(store)},
    )
    with store.activity.audited(new) as line:
        store.settings.set(_AFTER, minutes)
        line.after = {"after minutes": minutes}


def provider_to_ask(store: Store, operator: Operator) -> SignInProvider | None:
    """The company's provider that an operator can be sent to again; None for others."""
    if not operator.provider_id:
        return None
    try:
        provider = store.sign_in_providers.get(operator.provider_id)
    except RecordNotFound:
        return None
    return provider if provider.asks_second_factor and provider.asks_again else None


def is_due(store: Store, operator: Operator, session: Session) -> bool:
    """True while `operator` has to give their second factor again before something dangerous."""
    minutes = minutes_of(store)
    return minutes > 0 and not _proved_within(session, minutes) and _can_prove(store, operator)


def require_recent(store: Store, operator: Operator, session_id: str) -> None:
    """Raise `ProofNeeded` unless the second factor was given just now, whatever the setting says.

    Nothing is asked of an operator who has none yet. Raises `SessionEnded`.
    """
    session = store.sessions.get(session_id)
    if session is None or session.operator_id != operator.id:
        raise SessionEnded("You are no longer signed in; nothing was changed.", "Sign in again.")
    if not _proved_within(session, OWN_MINUTES) and store.factors.has_any(operator.id):
        raise ProofNeeded()


def require_given(store: Store, operator: Operator, session_id: str) -> None:
    """Raise `ProofNeeded` while `operator` has a second factor and this session came in without it."""
    session = store.sessions.get(session_id)
    if store.factors.has_any(operator.id) and (session is None or session.proved_at is None):
        raise ProofNeeded()


def _proved_within(session: Session, minutes: int) -> bool:
    if session.proved_at is None:
        return False
    return -_CLOCK <= utc_now() - session.proved_at < timedelta(minutes=minutes)


def _can_prove(store: Store, operator: Operator) -> bool:
    return store.factors.has_any(operator.id) or provider_to_ask(store, operator) is not None
