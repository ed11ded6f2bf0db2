"""Many changes at once, as jobs make them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from services.cognito.actions import AddToGroup, CreateGroup, CreateUser, DeleteUser, DisableUser
from services.cognito.models import PersonRef, User, UserStatus
from services.directory.cache import PoolCache
from services.directory.local_changes import Patch
from services.directory.people import People
from services.directory.recent import SETTLING, RecentPatches

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def somebody(name: str) -> User:
    return User(
        username=name,
        sub=f"sub-{name}",
        status=UserStatus.CONFIRMED,
        enabled=True,
        created=NOW - timedelta(days=1),
        changed=NOW - timedelta(days=1),
        attributes={},
    )


def ref(name: str) -> PersonRef:
    return PersonRef(name, f"sub-{name}", name)


def test_all_changes_since_the_last_look_are_shown_together() -> None:
    cache = PoolCache(lambda: NOW)
    cache.keep_people(People((somebody("ann"), somebody("bo")), (), {"sub-bo": ("old",)}, NOW))
    after = {"sub": "sub-cy", "username": "cy", "status": "CONFIRMED"}
    for change, facts in (
        (CreateUser("cy"), after),
        (CreateGroup("team"), {}),
        (AddToGroup(ref("cy"), "team"), {}),
        (AddToGroup(ref("bo"), "team"), {}),
        (DisableUser(ref("bo")), {}),
        (DeleteUser(ref("ann")), {}),
    ):
        cache.apply(Patch(change, facts, NOW))
    people = cache.people(timedelta(minutes=5))
    assert people is not None
    assert [user.username for user in people.users] == ["bo", "cy"]
    assert people.memberships == {"sub-bo": ("old", "team"), "sub-cy": ("team",)}
    assert [group.name for group in people.groups] == ["team"]
    assert not people.users[0].enabled


def test_changes_are_forgotten_when_listings_have_caught_up() -> None:
    clock = [NOW]
    recent = RecentPatches(lambda: clock[0])
    for seconds in range(3):
        clock[0] = NOW + timedelta(seconds=seconds)
        recent.add(Patch(DisableUser(ref("ann")), {}, clock[0]))
    clock[0] = NOW + SETTLING + timedelta(seconds=1)
    assert [patch.at for patch in recent] == [NOW + timedelta(seconds=2)]
