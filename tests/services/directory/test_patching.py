"""A change made here shows at once, although ListUsers shows it only later."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from services.cognito import actions
from services.cognito.models import Group, UserPool, UserStatus
from services.directory.cache import PoolCache
from services.directory.listing import Directory
from services.directory.people_snapshot import people_snapshot
from services.directory.pool import pool_of
from services.directory.search import search
from services.directory.search_query import Query
from tests.services.directory.pool_stub import Clock, PoolInMemory, somebody

ANN = somebody(1, name="Ann").ref
CREATED = {
    "sub": "sub-new",
    "username": "new",
    "status": "FORCE_CHANGE_PASSWORD",
    "enabled": True,
    "attributes": {},
}


@dataclass
class Made:
    change: actions.Change
    after: dict


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def pool():
    return PoolInMemory(
        users=[somebody(number, name="Ann") for number in range(3)],
        members={"billing": ["sub-00001"], "audit": []},
    )


@pytest.fixture
def directory(pool, clock):
    return Directory(pool, PoolCache(clock))


def everywhere(directory, sub):
    """The person as the list, the page and the person's own page show them."""
    return (
        directory.people().person(sub),
        next((one for one in directory.page().people if one.user.sub == sub), None),
        getattr(directory.person(sub), "person", None),
    )


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (actions.DisableUser(ANN), lambda one: one.user.enabled is False),
        (
            actions.UpdateAttributes(ANN, {"name": "Änn", "email": ""}),
            lambda one: one.user.attributes == {"name": "Änn"},
        ),
        (actions.ClearAttributes(ANN, ("name",)), lambda one: "name" not in one.user.attributes),
        (actions.SetPassword(ANN, "x"), lambda one: one.user.status is UserStatus.FORCE_CHANGE_PASSWORD),
        (actions.SetPassword(ANN, "x", permanent=True), lambda one: one.user.status is UserStatus.CONFIRMED),
        (actions.ResetPassword(ANN), lambda one: one.user.status is UserStatus.RESET_REQUIRED),
        (actions.ConfirmUser(ANN), lambda one: one.user.status is UserStatus.CONFIRMED),
        (actions.AddToGroup(ANN, "audit"), lambda one: one.groups == ("audit", "billing")),
        (actions.AddToGroup(ANN, "billing"), lambda one: one.groups == ("billing",)),
        (actions.RemoveFromGroup(ANN, "billing"), lambda one: one.groups == ()),
        (actions.DeleteGroup("billing"), lambda one: one.groups == ()),
        (actions.DeleteUser(ANN), lambda one: one is None),
    ],
    ids=lambda value: getattr(value, "action", ""),
)
def test_a_change_shows_everywhere_at_once_and_survives_a_stale_reading(directory, change, shown):
    everywhere(directory, ANN.sub)
    directory.on_done(Made(change, {}))
    assert all(shown(one) for one in everywhere(directory, ANN.sub))
    directory.people(refresh=True)
    directory.page(refresh=True)
    directory.person(ANN.sub, refresh=True)
    assert all(shown(one) for one in everywhere(directory, ANN.sub))


def test_someone_created_is_in_the_list_and_has_a_page_before_aws_shows_them(directory):
    directory.people()
    directory.on_done(Made(actions.CreateUser("new"), CREATED))
    assert directory.people().by_sub["sub-new"].status is UserStatus.FORCE_CHANGE_PASSWORD
    assert directory.people(refresh=True).groups_of("sub-new") == ()
    assert directory.person("sub-new").person.user.username == "new"


def test_a_group_given_right_after_creation_shows_too(directory):
    directory.people()
    directory.on_done(Made(actions.CreateUser("new"), CREATED))
    new = directory.people().by_sub["sub-new"].ref
    directory.on_done(Made(actions.AddToGroup(new, "audit"), {}))
    assert directory.people(refresh=True).groups_of("sub-new") == ("audit",)
    assert directory.person("sub-new").person.groups == ("audit",)


def test_after_a_minute_aws_is_believed_again(directory, clock):
    directory.people()
    directory.on_done(Made(actions.DisableUser(ANN), {}))
    clock.forward(seconds=61)
    assert directory.people(refresh=True).by_sub[ANN.sub].enabled is True


def test_a_newer_change_by_somebody_else_wins_over_ours(directory, pool, clock):
    directory.people()
    directory.on_done(Made(actions.DisableUser(ANN), {}))
    pool.users[1] = replace(pool.users[1], enabled=True, changed=clock() + timedelta(seconds=20))
    clock.forward(seconds=30)
    assert directory.people(refresh=True).by_sub[ANN.sub].enabled is True


def test_an_address_that_waits_for_verification_is_not_shown_as_changed(directory, pool):
    pool.pool = UserPool("id", "name", verified_before_update=frozenset({"email"}))
    before = directory.people().by_sub[ANN.sub].email
    directory.on_done(Made(actions.UpdateAttributes(ANN, {"email": "new@example.org"}), {}))
    assert directory.people().by_sub[ANN.sub].email == before
    verified = {"email": "new@example.org", "email_verified": "true"}
    directory.on_done(Made(actions.UpdateAttributes(ANN, verified), {}))
    assert directory.people().by_sub[ANN.sub].email == "new@example.org"


def test_a_creation_that_was_only_found_afterwards_makes_the_list_be_read_again(directory, pool):
    directory.people()
    pool.users.append(somebody(8))
    directory.on_done(Made(actions.CreateUser("user00008"), {"found": "an earlier try had taken effect"}))
    assert "sub-00008" in directory.people().by_sub


def test_groups_made_edited_and_deleted_show_at_once(directory):
    directory.people()
    directory.on_done(Made(actions.CreateGroup("new", "Newcomers", 3), {}))
    assert directory.groups()[-1].description == "Newcomers"
    directory.on_done(Made(actions.UpdateGroup("new", "Old hands", 4), {}))
    assert directory.people().groups[-1].description == "Old hands"
    directory.on_done(Made(actions.DeleteGroup("new"), {}))
    assert [group.name for group in directory.people(refresh=True).groups] == ["billing", "audit"]


def test_a_patch_does_not_spoil_the_search(directory):
    def found(words):
        made = pool_of(people_snapshot(directory.people(), UserPool("p", "p"), pool_key="k", pool_name="n"))
        return [one.user.sub for one in made.people(search(made, Query(words=words)).rows)]

    found("ann")
    directory.on_done(Made(actions.UpdateAttributes(ANN, {"name": "Bo"}), {}))
    assert found("bo") == [ANN.sub]
    directory.on_done(Made(actions.CreateGroup("x"), {}))
    directory.on_done(Made(actions.DeleteGroup("billing"), {}))
    assert found("billing") == []
    assert directory.groups() == (Group("audit"), directory.groups()[-1])


def test_not_knowing_the_pool_after_a_change_forgets_what_was_read(directory, pool):
    directory.people()
    pool.describe_pool = lambda refresh=False: pool._call("describe") or pool.pool
    pool.broken = {"describe"}
    directory.on_done(Made(actions.DisableUser(ANN), {}))
    pool.broken = set()
    assert directory.people().by_sub[ANN.sub].enabled is False
