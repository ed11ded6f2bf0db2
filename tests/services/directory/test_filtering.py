from dataclasses import replace
from datetime import timedelta

import pytest

from services.audits.charts import STATUS_COLOURS
from services.cognito.models import PasswordPolicy, UserStatus
from services.directory.filtering import STATE_TITLES, STATES, state_of
from services.directory.person_state import PersonState
from tests.services.directory.pool_stub import START, somebody

POLICY = PasswordPolicy(temporary_days=7)


def user_in(number, status=UserStatus.CONFIRMED, *, enabled=True, age=0.0, **attributes):
    at = START - timedelta(days=age)
    return replace(somebody(number, **attributes), status=status, enabled=enabled, created=at, changed=at)


@pytest.mark.parametrize(
    ("status", "age", "state"),
    [
        (UserStatus.CONFIRMED, 100, PersonState.ACTIVE),
        (UserStatus.FORCE_CHANGE_PASSWORD, 6.9, PersonState.INVITED),
        (UserStatus.FORCE_CHANGE_PASSWORD, 7, PersonState.EXPIRED),
        (UserStatus.UNCONFIRMED, 1, PersonState.UNCONFIRMED),
        (UserStatus.RESET_REQUIRED, 1, PersonState.RESET),
        (UserStatus.EXTERNAL_PROVIDER, 1, PersonState.ELSEWHERE),
        (UserStatus.COMPROMISED, 1, PersonState.OTHER),
    ],
)
def test_states(status, age, state):
    assert state_of(user_in(1, status, age=age), POLICY, START) is state


def test_an_edit_that_nobody_here_knows_of_leaves_it_open_whether_an_invitation_expired():
    edited = replace(user_in(1, UserStatus.FORCE_CHANGE_PASSWORD, age=20), changed=START - timedelta(days=1))
    assert state_of(edited, POLICY, START) is PersonState.UNSURE
    assert state_of(edited, POLICY, START - timedelta(days=14)) is PersonState.INVITED
    assert state_of(edited, POLICY, START + timedelta(days=6)) is PersonState.EXPIRED


def test_every_state_has_a_title_and_a_colour_of_its_own_in_charts():
    assert set(STATES) == set(STATE_TITLES) == set(PersonState)
    assert len({rule.colour for rule in STATES.values()}) == len(PersonState)
    assert all(STATUS_COLOURS[title] for title in STATE_TITLES.values())


def test_no_two_states_mean_the_same():
    assert len({(rule.status, rule.expired) for rule in STATES.values()}) == len(PersonState)
