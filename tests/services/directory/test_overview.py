"""The overview counts what is in the pool."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from services.cognito.models import PasswordPolicy, User, UserPool, UserStatus
from services.directory.overview import WEEKS, joined_since, summarise
from services.directory.person_state import PersonState
from services.directory.pool import PoolTables, pool_of
from services.directory.snapshot import Completeness, SnapshotAbout, snapshot_of
from tests.services.directory.pool_stub import START, somebody

POLICY = PasswordPolicy(temporary_days=7)


def person(number: int, **changes: Any) -> User:
    return replace(somebody(number), **changes)


def invited(number: int, days_ago: float, **changes: Any) -> User:
    at = START - timedelta(days=days_ago)
    status = UserStatus.FORCE_CHANGE_PASSWORD
    return person(number, status=status, created=at, changed=at, **changes)


def pool(
    *users: User, memberships: Mapping[str, Iterable[str]] | None = None, id: str = "", **completeness: Any
) -> PoolTables:
    settings = UserPool(id, "pool", policy=POLICY)
    about = SnapshotAbout(
        "", "key", "pool", settings, START, START, completeness=Completeness(**completeness)
    )
    return pool_of(snapshot_of(about, users, (), memberships or {}))


def test_states_are_counted_with_disabled_people_apart() -> None:
    seen = summarise(pool(person(1), person(2), person(3, enabled=False), invited(4, 1)), START)
    assert [(state.state, state.enabled, state.disabled) for state in seen.states] == [
        (PersonState.ACTIVE, 2, 1),
        (PersonState.INVITED, 1, 0),
    ]
    assert (seen.people, seen.disabled) == (4, 1)


def test_only_people_without_any_group_are_counted_as_such() -> None:
    people = pool(person(1), person(2), memberships={"sub-00001": ("billing",)})
    assert summarise(people, START).without_group == 1


def test_nobody_is_called_groupless_while_memberships_are_unknown() -> None:
    assert summarise(pool(person(1), groups_known=False), START).without_group is None
    assert summarise(pool(person(1), unread_groups=frozenset({"x"})), START).without_group is None


def test_invitations_about_to_expire_are_named_the_next_first() -> None:
    people = pool(invited(1, 5.1), invited(2, 6.9), invited(3, 7.1), invited(4, 4.9), person(5))
    seen = summarise(people, START)
    assert [user.sub for user in seen.expiring] == ["sub-00002", "sub-00001"]
    assert seen.expired == 1


def test_people_only_in_groups_that_cognito_fills_are_told_apart() -> None:
    held = {"sub-00001": ("p_SSO",), "sub-00002": ("p_SSO", "billing"), "sub-00003": ("billing",)}
    users = person(1), person(2), person(3), person(4)
    seen = summarise(pool(*users, memberships=held, id="p"), START)
    assert (seen.without_group, seen.only_automatic) == (1, 1)
    assert summarise(pool(*users, memberships=held), START).only_automatic == 0


def test_expired_invitations_of_disabled_people_are_told_apart() -> None:
    seen = summarise(pool(invited(1, 8), invited(2, 8, enabled=False)), START)
    assert (seen.expired, seen.expired_disabled) == (2, 1)


def test_disabled_people_need_no_reminder() -> None:
    assert summarise(pool(invited(1, 6, enabled=False)), START).expiring == ()


def test_weeks_begin_on_monday_and_empty_ones_are_shown() -> None:
    sunday, monday = START - timedelta(days=1), START
    assert (sunday.weekday(), monday.weekday()) == (6, 0)
    seen = summarise(pool(person(1, created=sunday), person(2, created=monday)), START)
    assert len(seen.weeks) == WEEKS
    assert [(week.monday, week.created) for week in seen.weeks[-3:]] == [
        (date(2026, 4, 20), 0),
        (date(2026, 4, 27), 1),
        (date(2026, 5, 4), 1),
    ]


def test_an_empty_pool_has_empty_weeks_and_no_states() -> None:
    seen = summarise(pool(), START)
    assert (seen.people, seen.states, seen.expiring) == (0, (), ())
    assert sum(week.created for week in seen.weeks) == 0


def test_those_who_left_are_counted_in_their_week() -> None:
    seen = summarise(
        pool(person(1)), START, [START - timedelta(days=1), START, START, START - timedelta(days=999)]
    )
    assert [week.left for week in seen.weeks[-2:]] == [1, 2]
    assert sum(week.left for week in seen.weeks) == 3


def test_whoever_was_created_since_has_joined() -> None:
    people = pool(person(1, created=START - timedelta(days=3)), person(2, created=START))
    assert joined_since(people, START - timedelta(days=1)) == 1
