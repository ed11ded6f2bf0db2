"""A small pool in numbers: states, new people per week, invitations about to expire."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.cognito.group_rules import provider_of
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
    `only_automatic` are people in no group but those that Cognito fills by itself, whom
    `without_group` leaves out; `expired` are enabled people, `expired_disabled` the others;
    `expiring` are the enabled people whose invitation expires within `SOON`, the next first (an
    estimate, see services.cognito.status); `weeks` are the last `WEEKS`, oldest first, empty
    ones included.
    """

    people: int
    states: tuple[StateCount, ...]
    disabled: int
    without_group: int | None
    only_automatic: int
    expired: int
    expired_disabled: int
    expiring: tuple[User, ...]
    weeks: tuple[WeekCount, ...]


def summarise(people: People, policy: PasswordPolicy, now: datetime, pool_id: str = "") -> Overview:
    """The numbers of a pool that was read whole; `now` is aware.

    Without `pool_id` no group is known to be one that Cognito fills by itself.
    """
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
        only_automatic=_only_automatic(people, pool_id) if groups_known and pool_id else 0,
        expired=by_state[State.EXPIRED, True],
        expired_disabled=by_state[State.EXPIRED, False],
        expiring=_expiring(people, policy, now),
        weeks=_weeks(people, now.date()),
    )


def _only_automatic(people: People, pool_id: str) -> int:
    return sum(
        all(provider_of(name, pool_id) for name in names) for names in people.memberships.values() if names
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
