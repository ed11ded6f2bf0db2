"""Which of the loaded people to show, in which order, and how many there are in each state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.cognito.models import PasswordPolicy, User, UserStatus
from services.cognito.status import STATUS_TEXTS, invitation_expired
from services.directory.people import People, Person, folded


class State(StrEnum):
    """Where a person stands, as support tells people apart."""

    ACTIVE = "active"
    INVITED = "invited"
    EXPIRED = "expired"
    UNCONFIRMED = "unconfirmed"
    RESET = "reset"
    ELSEWHERE = "elsewhere"
    OTHER = "other"


STATE_OF_STATUS = {
    UserStatus.CONFIRMED: State.ACTIVE,
    UserStatus.FORCE_CHANGE_PASSWORD: State.INVITED,
    UserStatus.UNCONFIRMED: State.UNCONFIRMED,
    UserStatus.RESET_REQUIRED: State.RESET,
    UserStatus.EXTERNAL_PROVIDER: State.ELSEWHERE,
}
STATE_TITLES = {state: STATUS_TEXTS[status].title for status, state in STATE_OF_STATUS.items()} | {
    State.EXPIRED: "Invitation expired",
    State.OTHER: "Other",
}
"""The states in plain words."""


def state_of(user: User, policy: PasswordPolicy, now: datetime) -> State:
    """The person's state; whether an invitation has expired is an estimate (services.cognito.status)."""
    if invitation_expired(user, policy, now):
        return State.EXPIRED
    return STATE_OF_STATUS.get(user.status, State.OTHER)


class Order(StrEnum):
    """Orders of the table."""

    NAME = "name"
    SIGN_IN = "sign-in"
    STATUS = "status"
    NEWEST = "newest"
    OLDEST = "oldest"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Criteria:
    """What people have to fit. Empty fields ask for nothing.

    `enabled`: None for both; `group`: a group's name; `ungrouped`: only people in no group.
    """

    query: str = ""
    states: frozenset[State] = frozenset()
    enabled: bool | None = None
    group: str = ""
    ungrouped: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """The people who fit, in order. `by_state` counts those who fit all but the wanted states."""

    people: tuple[Person, ...]
    by_state: Mapping[State, int]


def select(people: People, criteria: Criteria, order: Order, policy: PasswordPolicy, now: datetime) -> Found:
    """The people who fit `criteria`, in `order`."""
    fitting = [
        (person, state_of(person.user, policy, now))
        for person in people.matching(criteria.query)
        if _fits(person, criteria)
    ]
    by_state = Counter(state for _, state in fitting)
    shown = [person for person, state in fitting if not criteria.states or state in criteria.states]
    if order is Order.STATUS:
        place = {state: number for number, state in enumerate(State)}
        shown.sort(key=lambda person: (place[state_of(person.user, policy, now)], by_name(person)))
    else:
        key, newest_first = ORDERS[order]
        shown.sort(key=key, reverse=newest_first)
    return Found(tuple(shown), by_state)


def by_name(person: Person) -> tuple[bool, bool, str]:
    """Sorts by what people call each other, letters before signs; the nameless last, by sign-in name."""
    name = folded(person.user.name.strip())
    text = name or folded(person.user.label)
    return (not name, not text[:1].isalpha(), text)


def _fits(person: Person, criteria: Criteria) -> bool:
    if criteria.enabled is not None and person.user.enabled is not criteria.enabled:
        return False
    if criteria.ungrouped:
        return person.groups == ()
    return not criteria.group or criteria.group in (person.groups or ())


ORDERS: dict[Order, tuple[Callable[[Person], Any], bool]] = {
    Order.NAME: (by_name, False),
    Order.SIGN_IN: (lambda person: folded(person.user.label), False),
    Order.NEWEST: (lambda person: person.user.created, True),
    Order.OLDEST: (lambda person: person.user.created, False),
    Order.CHANGED: (lambda person: person.user.changed, True),
}
