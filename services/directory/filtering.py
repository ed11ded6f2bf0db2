"""The states of people, and the orders in which they are listed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from services.cognito.models import PasswordPolicy, User, UserStatus
from services.cognito.status import EXPIRED_TITLE, STATUS_TEXTS, UNSURE_TITLE, invitation_expired
from services.directory.people import Person, folded
from services.directory.people_order import PeopleOrder
from services.directory.person_state import PersonState

BadgeColour = Literal["green", "blue", "orange", "violet", "gray"]


@dataclass(frozen=True, slots=True)
class StateRule:
    """When somebody is in a state, what it is called, and its colours.

    `status` is AWS's, None for any that no other state has. `expired` is what is known of the invitation
    (see `services.cognito.status.invitation_expired`). `badge` is the colour beside a name, as Streamlit
    calls it, `colour` the one in charts.
    """

    status: UserStatus | None
    title: str
    badge: BadgeColour
    colour: str
    expired: bool | None = False


def _usual(status: UserStatus, badge: BadgeColour, colour: str) -> StateRule:
    return StateRule(status, STATUS_TEXTS[status].title, badge, colour)


_INVITED = UserStatus.FORCE_CHANGE_PASSWORD
STATES: Mapping[PersonState, StateRule] = {
    PersonState.ACTIVE: _usual(UserStatus.CONFIRMED, "green", "#0f8f83"),
    PersonState.INVITED: _usual(_INVITED, "blue", "#c98500"),
    PersonState.EXPIRED: StateRule(_INVITED, EXPIRED_TITLE, "blue", "#cf4d4d", True),
    PersonState.UNSURE: StateRule(_INVITED, UNSURE_TITLE, "blue", "#a39a2a", None),
    PersonState.UNCONFIRMED: _usual(UserStatus.UNCONFIRMED, "orange", "#b8651b"),
    PersonState.RESET: _usual(UserStatus.RESET_REQUIRED, "orange", "#8f6fd1"),
    PersonState.ELSEWHERE: _usual(UserStatus.EXTERNAL_PROVIDER, "violet", "#3f86c9"),
    PersonState.OTHER: StateRule(None, "Other", "gray", "#6c7a80"),
}
"""Every state: `state_of` and the SQL of `services.directory.engine` are made of this."""

STATE_TITLES = {state: rule.title for state, rule in STATES.items()}
"""The states in plain words."""

_BY_RULE = {(rule.status, rule.expired): state for state, rule in STATES.items()}


def state_for(status: UserStatus, expired: bool | None) -> PersonState:
    """The state of an AWS status and of what is known of the invitation."""
    return _BY_RULE.get((status, expired), PersonState.OTHER)


def state_of(user: User, policy: PasswordPolicy, now: datetime) -> PersonState:
    """The person's state; whether an invitation has expired comes from `services.cognito.status`."""
    return state_for(user.status, invitation_expired(user, policy, now))


def by_name(person: Person) -> tuple[bool, bool, str]:
    """Sorts by what people call each other, letters before signs; the nameless last, by sign-in name."""
    name = folded(person.user.name.strip())
    text = name or folded(person.user.label)
    return (not name, not text[:1].isalpha(), text)


ORDERS: dict[PeopleOrder, tuple[Callable[[Person], Any], bool]] = {
    PeopleOrder.NAME: (by_name, False),
    PeopleOrder.SIGN_IN: (lambda person: folded(person.user.label), False),
    PeopleOrder.NEWEST: (lambda person: person.user.created, True),
    PeopleOrder.OLDEST: (lambda person: person.user.created, False),
    PeopleOrder.CHANGED: (lambda person: person.user.changed, True),
}
"""How each order sorts people, and whether backwards; `STATUS` depends on the time."""
