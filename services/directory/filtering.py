"""The states of people, and the orders in which they are listed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any

from services.cognito.models import PasswordPolicy, User, UserStatus
from services.cognito.status import EXPIRED_TITLE, STATUS_TEXTS, UNSURE_TITLE, invitation_expired
from services.directory.people import Person, folded


class PersonState(StrEnum):
    """A person's state, as support tells people apart."""

    ACTIVE = "active"
    INVITED = "invited"
    EXPIRED = "expired"
    UNSURE = "unsure"
    UNCONFIRMED = "unconfirmed"
    RESET = "reset"
    ELSEWHERE = "elsewhere"
    OTHER = "other"


STATE_OF_STATUS = {
    UserStatus.CONFIRMED: PersonState.ACTIVE,
    UserStatus.FORCE_CHANGE_PASSWORD: PersonState.INVITED,
    UserStatus.UNCONFIRMED: PersonState.UNCONFIRMED,
    UserStatus.RESET_REQUIRED: PersonState.RESET,
    UserStatus.EXTERNAL_PROVIDER: PersonState.ELSEWHERE,
}
STATE_TITLES = {state: STATUS_TEXTS[status].title for status, state in STATE_OF_STATUS.items()} | {
    PersonState.EXPIRED: EXPIRED_TITLE,
    PersonState.UNSURE: UNSURE_TITLE,
    PersonState.OTHER: "Other",
}
"""The states in plain words."""


def state_of(user: User, policy: PasswordPolicy, now: datetime) -> PersonState:
    """The person's state; whether an invitation has expired comes from `services.cognito.status`."""
    expired = invitation_expired(user, policy, now)
    if expired or expired is None:
        return PersonState.EXPIRED if expired else PersonState.UNSURE
    return STATE_OF_STATUS.get(user.status, PersonState.OTHER)


class PeopleOrder(StrEnum):
    """The orders in which people can be listed."""

    NAME = "name"
    SIGN_IN = "sign-in"
    STATUS = "status"
    NEWEST = "newest"
    OLDEST = "oldest"
    CHANGED = "changed"


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
