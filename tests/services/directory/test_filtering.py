from dataclasses import replace
from datetime import timedelta

import pytest

from services.cognito.models import PasswordPolicy, UserStatus
from services.directory.filtering import STATE_TITLES, Criteria, Order, State, select, state_of
from services.directory.people import People
from tests.services.directory.pool_stub import START, somebody

POLICY = PasswordPolicy(temporary_days=7)


def one(number, status=UserStatus.CONFIRMED, *, enabled=True, age=0.0, **attributes):
    at = START - timedelta(days=age)
    return replace(somebody(number, **attributes), status=status, enabled=enabled, created=at, changed=at)


@pytest.fixture
def people():
    return People(
        users=(
            one(1, name="Élise"),
            one(2, UserStatus.FORCE_CHANGE_PASSWORD, age=2, name="bo"),
            one(3, UserStatus.FORCE_CHANGE_PASSWORD, age=8, name="Adam"),
            one(4, UserStatus.UNCONFIRMED, enabled=False),
            one(5, UserStatus.ARCHIVED, age=1, name="Zed"),
        ),
        groups=(),
        memberships={"sub-00001": ("billing",), "sub-00002": ("audit", "billing")},
        read_at=START,
    )


def found(people, order=Order.NAME, **criteria):
    return select(people, Criteria(**criteria), order, POLICY, START)


def numbers(answer):
    return [int(person.user.sub[-1]) for person in answer.people]


@pytest.mark.parametrize(
    ("status", "age", "state"),
    [
        (UserStatus.CONFIRMED, 100, State.ACTIVE),
        (UserStatus.FORCE_CHANGE_PASSWORD, 6.9, State.INVITED),
        (UserStatus.FORCE_CHANGE_PASSWORD, 7, State.EXPIRED),
        (UserStatus.UNCONFIRMED, 1, State.UNCONFIRMED),
        (UserStatus.RESET_REQUIRED, 1, State.RESET),
        (UserStatus.EXTERNAL_PROVIDER, 1, State.ELSEWHERE),
        (UserStatus.COMPROMISED, 1, State.OTHER),
    ],
)
def test_states(status, age, state):
    assert state_of(one(1, status, age=age), POLICY, START) is state


def test_every_state_has_a_title():
    assert set(STATE_TITLES) == set(State)


def test_everybody_is_counted_by_state(people):
    assert dict(found(people).by_state) == {
        State.ACTIVE: 1,
        State.INVITED: 1,
        State.EXPIRED: 1,
        State.UNCONFIRMED: 1,
        State.OTHER: 1,
    }


def test_counts_follow_the_other_filters_but_not_the_wanted_states(people):
    answer = found(people, group="billing", states=frozenset({State.ACTIVE}))
    assert dict(answer.by_state) == {State.ACTIVE: 1, State.INVITED: 1}
    assert numbers(answer) == [1]


@pytest.mark.parametrize(
    ("criteria", "who"),
    [
        ({"query": "elise"}, [1]),
        ({"enabled": False}, [4]),
        ({"enabled": True}, [3, 2, 1, 5]),
        ({"group": "billing"}, [2, 1]),
        ({"ungrouped": True}, [3, 5, 4]),
        ({"states": frozenset({State.INVITED, State.EXPIRED})}, [3, 2]),
    ],
)
def test_filters(people, criteria, who):
    assert numbers(found(people, **criteria)) == who


@pytest.mark.parametrize(
    ("order", "who"),
    [
        (Order.NAME, [3, 2, 1, 5, 4]),
        (Order.SIGN_IN, [1, 2, 3, 4, 5]),
        (Order.STATUS, [1, 2, 3, 4, 5]),
        (Order.NEWEST, [1, 4, 5, 2, 3]),
        (Order.OLDEST, [3, 2, 5, 1, 4]),
        (Order.CHANGED, [1, 4, 5, 2, 3]),
    ],
)
def test_orders_ignore_case_and_accents_and_put_the_nameless_last(people, order, who):
    assert numbers(found(people, order)) == who


def test_nobody_counts_as_ungrouped_while_memberships_are_unknown(people):
    assert numbers(found(replace(people, groups_known=False), ungrouped=True)) == []
