"""Members of a group in a large pool: read as far as somebody looks, and right after changes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from services.cognito.actions import AddToGroup, DeleteGroup, DeleteUser, RemoveFromGroup
from services.cognito.models import User
from services.directory.local_changes import LocalChanges, Patch
from services.directory.rosters import ROSTER_TTL, Roster, Rosters
from services.errors import CognitoError
from tests.services.directory.pool_stub import START, Clock, PoolInMemory, somebody


class Lister:
    """Lists members one by one and counts how many were asked for; breaks before `breaks_at` once."""

    def __init__(self, size: int, breaks_at: int | None = None) -> None:
        self.size, self.breaks_at, self.given = size, breaks_at, 0

    def __call__(self) -> Iterator[User]:
        for number in range(self.size):
            if number == self.breaks_at:
                self.breaks_at = None
                raise CognitoError("Too many requests.")
            self.given += 1
            yield somebody(number)


def test_no_more_is_read_than_is_looked_at() -> None:
    lister = Lister(1_000)
    roster = Roster("g", START, lister)
    assert len(roster.read(50)) == 50
    assert (lister.given, roster.complete) == (50, False)
    assert len(roster.read(120)) == 120
    assert lister.given == 120


def test_reading_all_says_how_far_it_is_and_ends_complete() -> None:
    heard: list[int] = []
    roster = Roster("g", START, Lister(150))
    assert len(roster.read(progress=heard.append)) == 150
    assert roster.complete
    assert heard == [60, 120]


def test_a_failure_keeps_what_was_read_and_the_next_look_goes_on() -> None:
    roster = Roster("g", START, Lister(100, breaks_at=70))
    with pytest.raises(CognitoError):
        roster.read()
    assert roster.known == 70
    members = roster.read()
    assert len({user.sub for user in members}) == len(members) == 100


@pytest.fixture
def pool() -> PoolInMemory:
    users = [somebody(number) for number in range(10)]
    return PoolInMemory(users=users, members={"g": [user.sub for user in users[:5]], "h": []})


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def rosters(clock: Clock) -> Rosters:
    return Rosters(clock, LocalChanges())


def made(rosters: Rosters, patch: Patch) -> None:
    """A change that was just made here."""
    rosters._changes.note(patch)


def subs(rosters: Rosters, pool: PoolInMemory, group: str = "g") -> list[str]:
    return sorted(user.sub for user in rosters.roster(pool, group).read())


def test_whoever_leaves_is_gone_at_once_although_cognito_still_lists_them(
    pool: PoolInMemory, rosters: Rosters, clock: Clock
) -> None:
    first, second, *rest = subs(rosters, pool)
    made(rosters, Patch(RemoveFromGroup(somebody(0).ref, "g"), {}, clock()))
    made(rosters, Patch(DeleteUser(somebody(1).ref), {}, clock()))
    assert subs(rosters, pool) == rest
    rosters.forget()
    assert subs(rosters, pool) == rest
    clock.forward(minutes=2)
    rosters.forget()
    assert subs(rosters, pool) == [first, second, *rest]


def test_whoever_joins_is_shown_before_cognito_lists_them(
    pool: PoolInMemory, rosters: Rosters, clock: Clock
) -> None:
    rosters.learn([somebody(8)])
    made(rosters, Patch(AddToGroup(somebody(8).ref, "g"), {}, clock()))
    assert "sub-00008" in subs(rosters, pool)
    rosters.forget()
    assert "sub-00008" in subs(rosters, pool)


def test_leaving_and_coming_back_ends_with_being_in(
    pool: PoolInMemory, rosters: Rosters, clock: Clock
) -> None:
    rosters.learn([somebody(0)])
    for change in (RemoveFromGroup(somebody(0).ref, "g"), AddToGroup(somebody(0).ref, "g")):
        made(rosters, Patch(change, {}, clock()))
    rosters.forget()
    assert "sub-00000" in subs(rosters, pool)


def test_a_person_unknown_here_makes_the_group_be_read_again(
    pool: PoolInMemory, rosters: Rosters, clock: Clock
) -> None:
    subs(rosters, pool)
    pool.members["g"].append("sub-00009")
    made(rosters, Patch(AddToGroup(somebody(9).ref, "g"), {}, clock()))
    assert "sub-00009" in subs(rosters, pool)


def test_other_groups_do_not_hear_of_it(pool: PoolInMemory, rosters: Rosters, clock: Clock) -> None:
    before = subs(rosters, pool)
    made(rosters, Patch(RemoveFromGroup(somebody(0).ref, "h"), {}, clock()))
    assert subs(rosters, pool) == before


def test_an_old_roster_is_read_again_and_a_deleted_group_forgotten(
    pool: PoolInMemory, rosters: Rosters, clock: Clock
) -> None:
    subs(rosters, pool)
    assert rosters.counted("g") == (5, False)
    clock.forward(seconds=ROSTER_TTL.total_seconds() + 1)
    assert rosters.counted("g") == (None, False)
    subs(rosters, pool)
    made(rosters, Patch(DeleteGroup("g"), {}, clock()))
    assert rosters.counted("g") == (None, False)


def test_a_half_read_group_counts_as_at_least(rosters: Rosters, pool: PoolInMemory) -> None:
    assert rosters.counted("g") == (None, False)
    rosters.roster(pool, "g").read(2)
    assert rosters.counted("g") == (2, True)
