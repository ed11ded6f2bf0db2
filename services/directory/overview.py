"""A small pool in numbers: states, new people per week, invitations about to expire."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.cognito.models import PasswordPolicy, User
from services.cognito.status import invitation_expiry
from services.directory.filtering import STATE_TITLES, State, state_of
from services.directory.people import People

SOON = timedelta(days=2)
"""An invitation that expires within this time is worth a reminder."""
WEEKS = 12


@dataclass(frozen=True, slots=True)
class StateCount:
    """How many people are in one state, those disabled apart."""

    state: State
    title: str
    enabled: int
    disabled: int


@dataclass(frozen=True, slots=True)
class WeekCount:
    """How many people were created in the week (UTC) that began on `monday`."""

    monday: date
    created: int


@dataclass(frozen=True, slots=True)
class Overview:
    """A pool in numbers.

    `states` has no empty ones; `without_group` is None when memberships could not be read;
    `expiring` are the enabled people whose invitation expires within `SOON`, the next first (an
    estimate, see services.cognito.status); `weeks` are the last `WEEKS`, oldest first, empty
    ones included.
    """

    people: int
    states: tuple[StateCount, ...]
    disabled: int
    without_group: int | None
    expired: int
    expiring: tuple[User, ...]
    weeks: tuple[WeekCount, ...]


def summarise(people: People, policy: PasswordPolicy, now: datetime) -> Overview:
    """The numbers of a pool that was read whole; `now` is aware."""
    by_state = Counter((state_of(user, policy, now), user.enabled) for user in people.users)
    states = tuple(
        StateCount(state, STATE_TITLES[state], by_state[state, True], by_state[state, False])
        for state in State
        if by_state[state, True] or by_state[state, False]
    )
    groups_known = people.groups_known and not people.unread_groups
    return Overview(
        people=len(people),
        states=states,
        disabled=sum(not user.enabled for user in people.users),
        without_group=len(people) - len(people.memberships) if groups_known else None,
        expired=by_state[State.EXPIRED, True] + by_state[State.EXPIRED, False],
        expiring=_expiring(people, policy, now),
        weeks=_weeks(people, now.date()),
    )


def _expiring(people: People, policy: PasswordPolicy, now: datetime) -> tuple[User, ...]:
    due = [
        (expiry, user)
        for user in people.users
        if user.enabled and (expiry := invitation_expiry(user, policy)) is not None
        if now < expiry <= now + SOON
    ]
    return tuple(user for _, user in sorted(due, key=lambda one: one[0]))


def _weeks(people: People, today: date) -> tuple[WeekCount, ...]:
    created = Counter(_monday(user.created.date()) for user in people.users)
    this_week = _monday(today)
    mondays = [this_week - timedelta(weeks=back) for back in reversed(range(WEEKS))]
    return tuple(WeekCount(monday, created[monday]) for monday in mondays)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
