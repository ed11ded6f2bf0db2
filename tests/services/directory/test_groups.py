"""Groups as people work with them: sizes, members, applications, and what deleting breaks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.cognito.models import UserPool
from services.directory.cache import PoolCache
from services.directory.groups import COUNT_UP_TO, Groups, matching
from services.directory.listing import WHOLE_POOL_UP_TO, Directory
from services.errors import CognitoError, GroupNotFound
from services.store.applications import Application
from tests.services.directory.pool_stub import Clock, PoolInMemory, somebody


def application(name: str, *allowed: str, **roles: str) -> Application:
    return Application("pool", name, "client", allowed_groups=allowed, group_roles=roles, id=name)


PORTAL = application("Portal", "billing", "auditors", billing="clerk")
REPORTS = application("Reports", "billing")
WIKI = application("Wiki", "auditors", billing="editor")


@pytest.fixture
def pool() -> PoolInMemory:
    users = [somebody(number) for number in range(8)]
    subs = [user.sub for user in users]
    return PoolInMemory(
        users=users,
        members={
            "support": [],
            "billing": subs[:4],
            "auditors": subs[3:5],
            "eu-west-1_memory_Google": subs[6:],
        },
    )


def groups_of(pool: PoolInMemory) -> Groups:
    directory = Directory(pool, PoolCache(Clock()))
    return Groups(directory, (PORTAL, REPORTS, WIKI), directory.tables())


def test_a_small_pool_shows_every_group_with_its_size_and_applications(pool: PoolInMemory) -> None:
    board = groups_of(pool).board()
    rows = [
        (line.group.name, line.members_text, [app.name for app in line.applications]) for line in board.lines
    ]
    assert rows == [
        ("auditors", "2", ["Portal", "Wiki"]),
        ("billing", "4", ["Portal", "Reports"]),
        ("eu-west-1_memory_Google", "2", []),
        ("support", "0", []),
    ]
    assert [line.provider for line in board.lines] == ["", "", "Google", ""]
    assert board.counted
    assert not board.asked


def test_each_group_is_read_once_however_often_it_is_shown(pool: PoolInMemory) -> None:
    groups = groups_of(pool)
    groups.board()
    groups.board()
    groups.members("billing")
    groups.get("billing")
    assert pool.calls.count("members billing") == 1


def test_a_group_that_cannot_be_read_has_no_size_rather_than_none(pool: PoolInMemory) -> None:
    pool.broken = {"members billing"}
    groups = groups_of(pool)
    board = groups.board()
    assert [line.members for line in board.lines if line.group.name == "billing"] == [None]
    assert "billing" in board.missing[0]
    assert groups.get("billing").members is None
    assert not groups.members("billing").complete
    assert {loss.people for loss in groups.losses("billing") if loss.application is not WIKI} == {None}


def test_groups_that_cannot_be_listed_are_an_error(pool: PoolInMemory) -> None:
    pool.broken = {"list_groups"}
    with pytest.raises(CognitoError):
        groups_of(pool).board()


def test_deleting_a_group_is_told_by_application(pool: PoolInMemory) -> None:
    losses = {loss.application.name: loss for loss in groups_of(pool).losses("billing")}
    assert set(losses) == {"Portal", "Reports", "Wiki"}
    assert (losses["Portal"].closes, losses["Portal"].people, losses["Portal"].role) == (False, 3, "clerk")
    assert (losses["Reports"].closes, losses["Reports"].people) == (True, 4)
    assert (losses["Wiki"].closes, losses["Wiki"].people, losses["Wiki"].role) == (False, 0, "editor")


def test_a_missing_group_is_looked_for_once_more_before_giving_up(pool: PoolInMemory) -> None:
    groups = groups_of(pool)
    groups.board()
    pool.members["new"] = []
    assert groups.get("new").group.name == "new"
    with pytest.raises(GroupNotFound):
        groups.get("nope")


@pytest.fixture
def large(pool: PoolInMemory) -> PoolInMemory:
    users = [somebody(number) for number in range(COUNT_UP_TO + 50)]
    pool.users = users
    pool.members["billing"] = [user.sub for user in users]
    pool.estimate = WHOLE_POOL_UP_TO + 1
    return pool


def test_a_large_pool_is_counted_only_when_asked(large: PoolInMemory) -> None:
    groups = groups_of(large)
    board = groups.board()
    assert board.asked
    assert [line.members for line in board.lines] == [None] * 4
    assert large.calls == ["list_groups"]
    heard: list[tuple[int, int]] = []
    board = groups.board(count=True, step=lambda done, of: heard.append((done, of)))
    assert [line.members_text for line in board.lines] == ["2", "600+", "2", "0"]
    assert heard == [(0, 4), (1, 4), (2, 4), (3, 4)]


def test_a_group_that_fails_while_counting_is_named(large: PoolInMemory) -> None:
    large.broken = {"members billing"}
    board = groups_of(large).board(count=True)
    assert "billing" in board.missing[0]
    assert [line.members_text for line in board.lines] == ["2", "", "2", "0"]


def test_members_of_a_large_group_are_read_as_far_as_shown(large: PoolInMemory) -> None:
    groups = groups_of(large)
    shown = groups.members("billing", first=50)
    assert (len(shown.users), shown.complete) == (50, False)
    everybody = groups.members("billing")
    assert (len(everybody.users), everybody.complete) == (COUNT_UP_TO + 50, True)
    assert all(loss.people is None for loss in groups.losses("billing") if loss.application is not WIKI)


def test_an_unread_group_of_a_large_pool_has_no_number(large: PoolInMemory) -> None:
    assert groups_of(large).get("billing").members_text == ""


def test_members_are_searched_by_every_word_without_accents() -> None:
    users = [somebody(1, name="Ann Ångström"), somebody(2, name="Ann Ek")]
    assert matching(users, "ang ann", "") == [users[0]]
    assert matching(users, "", "") == users


def test_the_pool_id_of_the_directory_tells_automatic_groups(pool: PoolInMemory) -> None:
    pool.pool = replace(UserPool("eu-west-1_memory", "Memory"))
    assert groups_of(pool).get("eu-west-1_memory_Google").provider == "Google"


def test_a_sub_is_found_only_by_its_beginning() -> None:
    users = [somebody(12), somebody(30)]
    assert matching(users, "sub-0001", "") == [users[0]]
    assert matching(users, "b-0003", "") == []
    assert matching(users, "sub", "") == []


def test_members_from_tables_come_by_name_and_are_found_as_elsewhere(pool: PoolInMemory) -> None:
    names = ["Zoe Ek", "ann Berg", "Ann Ångström", ""]
    for number, name in enumerate(names):
        pool.users[number] = somebody(number, name=name)
    groups = groups_of(pool)
    members = groups.members("billing")
    assert [user.name for user in members.users] == ["Ann Ångström", "ann Berg", "Zoe Ek", ""]
    assert [user.sub for user in members.users[1:3]] == ["sub-00001", "sub-00000"]
    assert (len(members.users), members.users[-1].sub) == (4, "sub-00003")
    assert [user.name for user in groups.fitting("billing", members, "ANN")] == ["Ann Ångström", "ann Berg"]
    assert groups.fitting("billing", members, "billing") == [], "the name of their group is no name of theirs"
    assert list(groups.fitting("billing", members, " ")) == list(members.users)


def test_who_is_inside_is_told_only_when_all_members_are_known(large: PoolInMemory) -> None:
    some = [large.users[0], large.users[COUNT_UP_TO + 1]]
    asked = groups_of(large)
    assert asked.inside("billing", some, first=50) is None
    assert asked.inside("auditors", large.users[:5], first=50) == {"sub-00003", "sub-00004"}
    large.estimate = 0
    read = groups_of(large)
    assert read.inside("billing", some, first=50) == {user.sub for user in some}
    assert read.inside("auditors", some, first=50) == set()


def test_a_group_made_elsewhere_since_is_asked_of_cognito(pool: PoolInMemory) -> None:
    groups = groups_of(pool)
    pool.members["new"] = [pool.users[0].sub]
    assert groups.get("new").members is None
    members = groups.members("new")
    assert ([user.sub for user in members.users], members.asked) == (["sub-00000"], True)
