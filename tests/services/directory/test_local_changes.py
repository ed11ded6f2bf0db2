"""A change made here shows at once, although ListUsers shows it only later."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from services.cognito import actions
from services.cognito.models import Group, PersonRef, UserPool, UserStatus
from services.directory.cache import PoolCache
from services.directory.listing import Directory
from services.directory.local_changes import LocalChanges, Patch
from services.directory.search import search
from services.directory.search_query import Query
from tests.services.directory.pool_stub import START, Clock, PoolInMemory, somebody

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
        directory.tables().person(sub),
        next((person for person in directory.page().people if person.user.sub == sub), None),
        getattr(directory.person(sub), "person", None),
    )


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        (actions.DisableUser(ANN), lambda person: person.user.enabled is False),
        (
            actions.UpdateAttributes(ANN, {"name": "Änn", "email": ""}),
            lambda person: (
                {name: value for name, value in person.user.attributes.items() if name != "sub"}
                == {"name": "Änn"}
            ),
        ),
        (actions.ClearAttributes(ANN, ("name",)), lambda person: "name" not in person.user.attributes),
        (
            actions.SetPassword(ANN, "x"),
            lambda person: person.user.status is UserStatus.FORCE_CHANGE_PASSWORD,
        ),
        (
            actions.SetPassword(ANN, "x", permanent=True),
            lambda person: person.user.status is UserStatus.CONFIRMED,
        ),
        (actions.ResetPassword(ANN), lambda person: person.user.status is UserStatus.RESET_REQUIRED),
        (actions.ConfirmUser(ANN), lambda person: person.user.status is UserStatus.CONFIRMED),
        (actions.AddToGroup(ANN, "audit"), lambda person: person.groups == ("audit", "billing")),
        (actions.AddToGroup(ANN, "billing"), lambda person: person.groups == ("billing",)),
        (actions.RemoveFromGroup(ANN, "billing"), lambda person: person.groups == ()),
        (actions.DeleteGroup("billing"), lambda person: person.groups == ()),
        (actions.DeleteUser(ANN), lambda person: person is None),
    ],
    ids=lambda value: getattr(value, "action", ""),
)
def test_a_change_shows_everywhere_at_once_and_survives_a_stale_reading(directory, change, shown):
    everywhere(directory, ANN.sub)
    directory.on_done(Made(change, {}))
    assert all(shown(person) for person in everywhere(directory, ANN.sub))
    directory.tables(refresh=True)
    directory.page(refresh=True)
    directory.person(ANN.sub, refresh=True)
    assert all(shown(person) for person in everywhere(directory, ANN.sub))


def test_someone_created_is_in_the_list_and_has_a_page_before_aws_shows_them(directory):
    directory.tables()
    directory.on_done(Made(actions.CreateUser("new"), CREATED))
    assert directory.tables().person("sub-new").user.status is UserStatus.FORCE_CHANGE_PASSWORD
    assert directory.tables(refresh=True).person("sub-new").groups == ()
    assert directory.person("sub-new").person.user.username == "new"


def test_a_group_given_right_after_creation_shows_too(directory):
    directory.tables()
    directory.on_done(Made(actions.CreateUser("new"), CREATED))
    new = directory.tables().person("sub-new").user.ref
    directory.on_done(Made(actions.AddToGroup(new, "audit"), {}))
    assert directory.tables(refresh=True).person("sub-new").groups == ("audit",)
    assert directory.person("sub-new").person.groups == ("audit",)


def test_after_a_minute_aws_is_believed_again(directory, clock):
    directory.tables()
    directory.on_done(Made(actions.DisableUser(ANN), {}))
    clock.forward(seconds=61)
    assert directory.tables(refresh=True).person(ANN.sub).user.enabled is True


def test_a_newer_change_by_somebody_else_wins_over_ours(directory, pool, clock):
    directory.tables()
    directory.on_done(Made(actions.DisableUser(ANN), {}))
    pool.users[1] = replace(pool.users[1], enabled=True, changed=clock() + timedelta(seconds=20))
    clock.forward(seconds=30)
    assert directory.tables(refresh=True).person(ANN.sub).user.enabled is True


def test_an_address_that_waits_for_verification_is_not_shown_as_changed(directory, pool):
    pool.pool = UserPool("id", "name", verified_before_update=frozenset({"email"}))
    before = directory.tables().person(ANN.sub).user.email
    directory.on_done(Made(actions.UpdateAttributes(ANN, {"email": "new@example.org"}), {}))
    assert directory.tables().person(ANN.sub).user.email == before
    verified = {"email": "new@example.org", "email_verified": "true"}
    directory.on_done(Made(actions.UpdateAttributes(ANN, verified), {}))
    assert directory.tables().person(ANN.sub).user.email == "new@example.org"


def test_a_creation_that_was_only_found_afterwards_makes_the_list_be_read_again(directory, pool):
    directory.tables()
    pool.users.append(somebody(8))
    directory.on_done(Made(actions.CreateUser("user00008"), {"found": "an earlier try had taken effect"}))
    assert directory.tables().person("sub-00008") is not None


def test_groups_made_edited_and_deleted_show_at_once(directory):
    directory.tables()
    directory.on_done(Made(actions.CreateGroup("new", "Newcomers", 3), {}))
    assert directory.groups()[-1].description == "Newcomers"
    directory.on_done(Made(actions.UpdateGroup("new", "Old hands", 4), {}))
    assert directory.tables().groups()[-1].description == "Old hands"
    directory.on_done(Made(actions.DeleteGroup("new"), {}))
    assert [group.name for group in directory.tables(refresh=True).groups()] == ["billing", "audit"]


def test_a_patch_does_not_spoil_the_search(directory):
    def found(words):
        made = directory.tables()
        return [person.user.sub for person in made.people(search(made, Query(words=words)).rows)]

    found("ann")
    directory.on_done(Made(actions.UpdateAttributes(ANN, {"name": "Bo"}), {}))
    assert found("bo") == [ANN.sub]
    directory.on_done(Made(actions.CreateGroup("x"), {}))
    directory.on_done(Made(actions.DeleteGroup("billing"), {}))
    assert found("billing") == []
    assert directory.groups() == (Group("audit"), directory.groups()[-1])


def test_not_knowing_the_pool_after_a_change_forgets_what_was_read(directory, pool):
    directory.tables()
    pool.describe_pool = lambda refresh=False: pool._call("describe") or pool.pool
    pool.broken = {"describe"}
    directory.on_done(Made(actions.DisableUser(ANN), {}))
    pool.broken = set()
    assert directory.tables().person(ANN.sub).user.enabled is False


def test_all_changes_since_the_last_look_are_shown_together(directory) -> None:
    directory.tables()
    for change, after in (
        (actions.CreateUser("new"), CREATED),
        (actions.CreateGroup("team"), {}),
        (actions.AddToGroup(PersonRef("new", "sub-new", "new"), "team"), {}),
        (actions.AddToGroup(ANN, "team"), {}),
        (actions.DisableUser(ANN), {}),
        (actions.DeleteUser(somebody(0).ref), {}),
    ):
        directory.on_done(Made(change, after))
    tables = directory.tables()
    people = tables.people(tables.everybody())
    assert [person.user.username for person in people] == ["user00001", "user00002", "new"]
    assert [person.groups for person in people] == [("billing", "team"), (), ("team",)]
    assert [group.name for group in tables.groups()] == ["billing", "audit", "team"]
    assert not people[0].user.enabled


def test_only_so_many_changes_are_remembered_and_whoever_needs_older_ones_hears_of_it(monkeypatch) -> None:
    monkeypatch.setattr("services.directory.local_changes.NOTED_AT_MOST", 2)
    changes = LocalChanges()
    for seconds in range(3):
        changes.note(Patch(actions.DisableUser(ANN), {}, START + timedelta(seconds=seconds)))
    assert [patch.at.second for patch in changes.after(0)[0]] == [1, 2]
    assert (changes.after(0)[2], changes.after(1)[2]) == (True, False)
    assert (changes.since(START)[2], changes.since(START + timedelta(minutes=2))[2]) == (True, False)
