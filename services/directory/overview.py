"""A pool in numbers: states, new people per week, invitations about to expire."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from services.cognito.group_rules import provider_of
from services.cognito.models import User
from services.directory.filtering import STATE_TITLES
from services.directory.person_state import PersonState
from services.directory.pool import PoolTables

SOON = timedelta(days=2)
"""An invitation that expires within this time is worth a reminder."""
WEEKS = 12


@dataclass(frozen=True, slots=True)
class StateCount:
    """How many people are in one state, those disabled apart."""

    state: PersonState
    title: str
    enabled: int
    disabled: int


@dataclass(frozen=True, slots=True)
class WeekCount:
    """How many people were created in the week (UTC) that began on `monday`, and how many left in it."""

    monday: date
    created: int
    left: int = 0


@dataclass(frozen=True, slots=True)
class Overview:
    """A pool in numbers.

    `states` has no empty ones; `without_group` is None when memberships could not be read;
    `only_automatic` are people in no group but those that Cognito fills by itself, whom
    `without_group` leaves out; `expired` are people whose invitation has, `expired_disabled` those of them
    who are disabled; `expiring` are the enabled people whose invitation expires within `SOON`, the
    next first (an estimate, see services.cognito.status); `weeks` are the last `WEEKS`, oldest first,
    empty ones included.
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


def summarise(pool: PoolTables, now: datetime, left: Iterable[datetime] = ()) -> Overview:
    """The numbers of a pool that was read; `now` is aware, `left` is when people left, as far as known."""
    state = pool.completeness
    groups_known = state.groups_known and not state.unread_groups
    counted = pool.rows(
        "SELECT state_at(status, invited_from, invited_until, $now), enabled, count(*) "
        "FROM users GROUP BY ALL",
        now=now,
    )
    by_state = Counter({(PersonState(name), enabled): number for name, enabled, number in counted})
    states = tuple(
        StateCount(state, STATE_TITLES[state], by_state[state, True], by_state[state, False])
        for state in PersonState
        if by_state[state, True] or by_state[state, False]
    )
    return Overview(
        people=by_state.total(),
        states=states,
        disabled=sum(number for (_, enabled), number in by_state.items() if not enabled),
        without_group=_number(pool, "group_count = 0") if groups_known else None,
        only_automatic=_only_automatic(pool) if groups_known else 0,
        expired=by_state[PersonState.EXPIRED, True] + by_state[PersonState.EXPIRED, False],
        expired_disabled=by_state[PersonState.EXPIRED, False],
        expiring=_expiring(pool, now),
        weeks=_weeks(pool, now.date(), left),
    )


def _number(pool: PoolTables, condition: str) -> int:
    return int(pool.rows(f"SELECT count(*) FROM users WHERE {condition}")[0][0])  # noqa: S608 - ours


def _only_automatic(pool: PoolTables) -> int:
    """In how many people's groups there is none but those that Cognito fills by itself."""
    automatic = [name for name in pool.group_names if provider_of(name, pool.about.pool.id)]
    found = pool.rows(
        "SELECT count(*) FROM users u WHERE group_count > 0 AND NOT EXISTS "
        '(FROM memberships m WHERE m.row = u.row AND m."group" NOT IN (SELECT unnest($names::VARCHAR[])))',
        names=automatic,
    )
    return int(found[0][0]) if automatic else 0


def _expiring(pool: PoolTables, now: datetime) -> tuple[User, ...]:
    due = pool.rows(
        "SELECT row FROM users, (SELECT invitation_expiry(status, invited_from) AS expiry) "
        "WHERE enabled AND expiry > $now AND expiry <= $soon ORDER BY expiry, row",
        now=now,
        soon=now + SOON,
    )
    return tuple(person.user for person in pool.people([row for (row,) in due]))


def _weeks(pool: PoolTables, today: date, left: Iterable[datetime]) -> tuple[WeekCount, ...]:
    this_week = _monday(today)
    mondays = [this_week - timedelta(weeks=back) for back in reversed(range(WEEKS))]
    created = dict(
        pool.rows(
            "SELECT date_trunc('week', created)::DATE, count(*) FROM users WHERE created >= $first "
            "GROUP BY 1",
            first=datetime.combine(mondays[0], time(), UTC),
        )
    )
    gone = Counter(_monday(at.astimezone(UTC).date()) for at in left)
    return tuple(WeekCount(monday, created.get(monday, 0), gone[monday]) for monday in mondays)


def joined_since(pool: PoolTables, since: datetime) -> int:
    """How many people who are there were created after `since`."""
    return int(pool.rows("SELECT count(*) FROM users WHERE created > $since", since=since)[0][0])


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
