"""Who is in which group is read by whichever way needs fewer calls."""

from __future__ import annotations

from services.directory.scan import scan
from services.directory.scan_memberships import person_by_person
from services.errors import GroupNotFound, PermissionMissing
from tests.services.directory.scan_stub import PEOPLE, expect_everything, failing, pool_of, read


def test_a_group_deleted_meanwhile_is_left_out():
    def deleting(name):
        if name == "members group1+":
            pool.members.pop("group1", None)
            raise GroupNotFound("Gone.")

    pool = pool_of(30, fault=deleting)
    snapshot = scan(pool)
    assert snapshot.completeness.complete
    assert snapshot.group_names == ("group0", "group2")
    assert set(snapshot.memberships["group"].to_pylist()) == {"group0", "group2"}
    assert "The group group1 was deleted while the pool was read." in snapshot.about.how


def test_many_groups_and_few_people_are_asked_person_by_person():
    pool = pool_of(40, groups=0)
    pool.members = {f"group{n}": [pool.people[n % 40]] for n in range(200)}
    snapshot = scan(pool)
    expect_everything(snapshot, pool)
    assert pool.calls.count("groups_of") == 40
    assert not [call for call in pool.calls if call.startswith("members")]
    assert "Each of 40 people was asked for their groups" in snapshot.about.how[-1]
    assert person_by_person(40, 200)
    assert not person_by_person(100_000, 40)
    assert not person_by_person(0, 9)


def test_who_may_not_ask_person_by_person_reads_group_by_group():
    error = PermissionMissing("You may not.", iam_action="cognito-idp:AdminListGroupsForUser")
    pool = pool_of(40, groups=0, fault=failing("groups_of", error=error))
    pool.members = {f"group{n}": [pool.people[n % 40]] for n in range(200)}
    snapshot = scan(pool)
    expect_everything(snapshot, pool)
    assert "isn't possible: You may not." in " ".join(snapshot.about.how)


def test_people_whose_groups_could_not_be_asked_leave_every_group_unread():
    pool = pool_of(40, groups=0, fault=failing("groups_of", times=1))
    pool.members = {f"group{n}": [pool.people[n % 40]] for n in range(200)}
    snapshot = scan(pool)
    assert snapshot.completeness.missing == ("The groups of 1 person could not be read: AWS said no.",)
    assert snapshot.completeness.unread_groups == set(pool.members)


def test_groups_are_not_known_where_fewer_people_than_estimated_were_asked_for_theirs():
    pool = pool_of(30, estimate=PEOPLE)
    pool.members = {f"group{number}": pool.people[:1] for number in range(3_000)}
    snapshot = read(pool)
    assert not snapshot.completeness.users_known
    assert len(snapshot.completeness.unread_groups) == 3_000
