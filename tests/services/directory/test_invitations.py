"""What the log tells of temporary passwords: an edit makes an invitation neither younger nor older."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.cognito.actions import AddToGroup, DisableUser, ResendInvitation, SetPassword, UpdateAttributes
from services.cognito.models import PasswordPolicy, UserPool, UserStatus
from services.directory.filtering import state_of
from services.directory.invitations import InvitationLog
from services.directory.people import Person
from services.directory.person_state import PersonState
from services.directory.pool import pool_of
from services.directory.snapshot import SnapshotAbout, snapshot_of
from services.roles import Actor, Origin, Role
from services.store.activity import NewActivity
from services.store.columns import utc_now
from tests.services.directory.pool_stub import somebody

MAX = Actor("op", "Max", Role.MANAGER, Origin.JOB)
POOL = UserPool("eu-west-1_memory", "memory", policy=PasswordPolicy(temporary_days=7))


def invited(days_ago, changed):
    at = utc_now() - timedelta(days=days_ago)
    return replace(somebody(1), status=UserStatus.FORCE_CHANGE_PASSWORD, created=at, changed=changed)


def log(store):
    return InvitationLog(store, POOL.id, "memory")


def done(store, user, action):
    store.activity.record(NewActivity(MAX, action, pool="memory", target_kind="user", target_id=user.sub))


def states(store, user):
    """The person's state as looked at alone, and as the pool's tables say."""
    now = utc_now()
    (alone,) = log(store).of_users([user], POOL.policy)
    about = SnapshotAbout("", "key", "memory", POOL, now, now)
    tables = pool_of(snapshot_of(about, [user], [], {}))
    log(store).tell(tables)
    ((named,),) = tables.rows(
        "SELECT state_at(status, invited_from, invited_until, $now) FROM users", now=now
    )
    assert state_of(tables.person(user.sub).user, POOL.policy, now) == named
    return state_of(alone, POOL.policy, now), PersonState(named)


def test_an_edit_here_hides_whether_a_password_was_set_elsewhere_before_it(store):
    user = invited(20, changed=utc_now())
    done(store, user, UpdateAttributes.action)
    assert states(store, user) == (PersonState.UNSURE, PersonState.UNSURE)


def test_an_invitation_untouched_since_it_was_sent_has_expired_whatever_groups_were_added(store):
    user = invited(20, changed=utc_now() - timedelta(days=20))
    done(store, user, AddToGroup.action)
    assert states(store, user) == (PersonState.EXPIRED, PersonState.EXPIRED)


@pytest.mark.parametrize("action", [ResendInvitation.action, SetPassword.action])
def test_a_new_temporary_password_from_here_makes_it_valid_again(store, action):
    user = invited(20, changed=utc_now())
    done(store, user, action)
    assert states(store, user) == (PersonState.INVITED, PersonState.INVITED)


def test_a_change_that_nobody_here_made_leaves_it_unknown(store):
    user = invited(20, changed=utc_now() - timedelta(days=2))
    assert states(store, user) == (PersonState.UNSURE, PersonState.UNSURE)
    done(store, user, DisableUser.action)  # not what changed them two days ago
    assert states(store, user) == (PersonState.UNSURE, PersonState.UNSURE)


def test_what_was_done_in_another_pool_says_nothing(store):
    user = invited(20, changed=utc_now())
    store.activity.record(NewActivity(MAX, ResendInvitation.action, pool="other", target_id=user.sub))
    assert states(store, user) == (PersonState.UNSURE, PersonState.UNSURE)


def test_a_change_shown_at_once_counts_as_the_log_will(store):
    user = invited(20, changed=utc_now() - timedelta(days=20))
    now = utc_now()
    edited = UpdateAttributes(user.ref, {"name": "Ann"}).apply_to(user, {}, now, frozenset())
    assert state_of(edited, POOL.policy, now) is PersonState.UNSURE
    again = ResendInvitation(user.ref).apply_to(edited, {}, now, frozenset())
    assert state_of(again, POOL.policy, now) is PersonState.INVITED
    tables = pool_of(snapshot_of(SnapshotAbout("", "key", "memory", POOL, now, now), [user], [], {}))
    for person, state in ((edited, PersonState.UNSURE), (again, PersonState.INVITED)):
        tables.put({user.sub: Person(person)})
        assert state_of(tables.person(user.sub).user, POOL.policy, now) is state
