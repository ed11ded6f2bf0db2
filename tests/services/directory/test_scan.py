"""A scan reads everybody and every membership, or says what is missing."""

from datetime import UTC, datetime, timedelta

import pytest

from services.changes import ChangePath
from services.cognito.actions import DisableUser
from services.cognito.models import Group
from services.directory import scan_listing
from services.directory.listing import directory_for
from services.directory.local_changes import forget_changes
from services.directory.pool_key import pool_key_of
from services.directory.scan import PoolScan, scan
from services.directory.scan_memberships import person_by_person
from services.directory.snapshots import Snapshots
from services.errors import (
    CognitoError,
    GroupNotFound,
    InvalidRequest,
    PermissionMissing,
    ScanStopped,
)
from services.roles import Actor, Origin, Role
from tests.services.directory.scan_stub import failing, person, pool_of

PEOPLE = 300


@pytest.fixture(autouse=True)
def fresh():
    forget_changes()


def rows(table):
    return sorted(map(str, table.to_pylist()))


def read(pool, **options):
    snapshot = PoolScan(pool, **options).run()
    return snapshot


def expect_everything(snapshot, pool):
    assert snapshot.completeness.complete, snapshot.completeness.sentence
    assert sorted(snapshot.users["sub"].to_pylist()) == sorted(one.sub for one in pool.people)
    wanted = {(one.sub, name) for name, all in pool.members.items() for one in all}
    pairs = [tuple(row.values()) for row in snapshot.memberships.to_pylist()]
    assert len(pairs) == len(wanted)
    assert set(pairs) == wanted
    assert set(snapshot.group_names) == set(pool.members)


def test_sixteen_lists_give_what_one_gives():
    pool = pool_of(PEOPLE)
    one, sixteen = read(pool, sharded=False), read(pool, sharded=True)
    for snapshot in (one, sixteen):
        expect_everything(snapshot, pool)
    for name in ("users", "groups", "memberships"):
        assert rows(getattr(one, name)) == rows(getattr(sixteen, name))
        assert getattr(one, name).schema == getattr(sixteen, name).schema
    assert one.attributes == ("custom:team", "email")
    assert "16 lists at once" in sixteen.about.how[0]
    assert one.about.how[0] == "People were read page after page."
    assert sum(call.startswith("users") for call in pool.calls) > 32


def test_the_size_decides_between_one_list_and_sixteen():
    assert "16 lists" in scan(pool_of(1_100, page_rows=60)).about.how[0]
    assert "page after page" in scan(pool_of(900, page_rows=60)).about.how[0]


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        (lambda people, first: people, "showed other people too"),
        (lambda people, first: [one for one in people if one.sub.startswith(first)][1:], "in none of them"),
        (lambda people, first: [], "in none of them"),
        (
            lambda people, first: [one for one in people if one.sub.startswith(first)][:9] * 2,
            "listed twice",
        ),
        (
            lambda people, first: [
                one for n, one in enumerate(people) if one.sub.startswith(first) and (n < 7 or n % 2)
            ],
            "AWS estimates 300",
        ),
    ],
)
def test_a_backend_that_answers_filters_wrongly_is_read_in_one_list(lie, said):
    pool = pool_of(PEOPLE, filtered=lie)
    snapshot = read(pool, sharded=True)
    expect_everything(snapshot, pool)
    assert snapshot.about.how[0] == "People were read page after page."
    assert said in snapshot.about.how[1]


def test_a_backend_that_refuses_the_filter_is_read_in_one_list():
    pool = pool_of(PEOPLE, fault=failing("users 0", error=InvalidRequest("No such filter.")))
    snapshot = read(pool, sharded=True)
    expect_everything(snapshot, pool)
    assert "refuses to be filtered" in snapshot.about.how[1]


def test_members_of_groups_whom_the_filters_hide_give_them_away():
    hidden = {person(n).sub for n in range(100, 300, 50)}

    def without(people, first):
        return [one for one in people if one.sub.startswith(first) and one.sub not in hidden]

    pool = pool_of(PEOPLE, filtered=without)
    snapshot = read(pool, sharded=True)
    expect_everything(snapshot, pool)
    assert "members of groups were in none of them" in snapshot.about.how[1]


def test_subs_unlike_those_of_aws_are_read_in_one_list():
    pool = pool_of(40)
    pool.people[3] = type(pool.people[3])(**{**_values(pool.people[3]), "sub": "Zoe"})
    pool.members = {}
    snapshot = read(pool, sharded=True)
    expect_everything(snapshot, pool)
    assert "don't begin as AWS's do" in snapshot.about.how[1]


def _values(user):
    return {name: getattr(user, name) for name in user.__slots__}


def test_who_came_while_it_was_read_is_added_and_who_left_is_dropped():
    pool = pool_of(50)
    newcomer = type(person(1))(**{**_values(person(900)), "created": datetime.now(UTC) + timedelta(hours=1)})
    pool.members["group0"].append(newcomer)
    pool.members["group1"].append(person(901))
    listed = list(pool.people)
    pool.people.append(newcomer)
    pool.users_page = lambda filter=None, token="", **more: pool._page(listed, token, "u")
    snapshot = read(pool, sharded=False)
    assert snapshot.completeness.complete, snapshot.completeness.sentence
    assert newcomer.sub in snapshot.users["sub"].to_pylist()
    assert person(901).sub not in snapshot.memberships["sub"].to_pylist()
    assert "1 person came into the list through their groups." in snapshot.about.how


def test_somebody_overlooked_by_the_list_makes_it_incomplete():
    pool = pool_of(50)
    listed = [one for one in pool.people if one.sub != pool.members["group0"][1].sub]
    pool.users_page = lambda filter=None, token="", **more: pool._page(listed, token, "u")
    snapshot = read(pool, sharded=False)
    assert not snapshot.completeness.users_known
    assert "1 person in groups was not in the list of people" in snapshot.completeness.sentence
    assert len(snapshot) == 50


def test_a_page_of_people_that_failed_makes_it_incomplete():
    pool = pool_of(PEOPLE, fault=failing("users 7+"))
    snapshot = read(pool, sharded=True)
    assert not snapshot.completeness.complete
    assert not snapshot.completeness.users_known
    assert (
        "1 of 16 lists of people could not be read to their ends: AWS said no."
        in snapshot.completeness.missing
    )
    assert 200 < len(snapshot) < PEOPLE
    assert set(snapshot.memberships["sub"].to_pylist()) <= set(snapshot.users["sub"].to_pylist())


def test_groups_lose_no_member_silently_with_the_people_who_were_not_read():
    pool = pool_of(PEOPLE, fault=failing("users 7+"))
    snapshot = read(pool, sharded=True)
    listed = set(snapshot.users["sub"].to_pylist())
    short = {name for name, members in pool.members.items() if any(one.sub not in listed for one in members)}
    assert short
    assert snapshot.completeness.unread_groups == short
    assert any("Not all members of" in one for one in snapshot.completeness.missing)


def test_groups_are_not_known_where_fewer_people_than_estimated_were_asked_for_theirs():
    pool = pool_of(30, estimate=PEOPLE)
    pool.members = {f"group{number}": pool.people[:1] for number in range(3_000)}
    snapshot = read(pool)
    assert not snapshot.completeness.users_known
    assert len(snapshot.completeness.unread_groups) == 3_000


def test_what_failed_is_read_when_the_scan_goes_on_and_nothing_else():
    pool = pool_of(PEOPLE, fault=failing("users 7+", "members group1+", times=2))
    reading = PoolScan(pool, sharded=True)
    first = reading.run()
    assert not first.completeness.complete
    assert first.completeness.unread_groups == set(pool.members)  # people not read are in all of them
    assert "The members of group1 could not all be read: AWS said no." in first.completeness.missing
    pool.calls.clear()
    expect_everything(reading.run(), pool)
    assert not [call for call in pool.calls if call.startswith(("users 3", "members group0"))]


def test_groups_that_can_not_be_listed_make_it_incomplete():
    snapshot = scan(pool_of(30, fault=failing("groups")))
    assert (snapshot.completeness.groups_known, snapshot.completeness.users_known) == (False, True)
    assert "The groups could not be read: AWS said no." in snapshot.completeness.missing


def test_nobody_at_all_is_an_error_and_no_snapshot():
    with pytest.raises(CognitoError, match="AWS said no"):
        scan(pool_of(30, fault=failing("users ")))


def test_far_fewer_people_than_aws_estimates_are_not_everybody():
    snapshot = scan(pool_of(100, estimate=900))
    assert "100 people were read, but AWS estimates 900." in snapshot.completeness.missing
    assert scan(pool_of(100, estimate=140)).completeness.complete


def test_a_list_that_never_ends_is_noticed():
    pool = pool_of(30)
    pool.users_page = lambda filter=None, token="", **more: pool._page(pool.people, "", "u")
    snapshot = scan(pool)
    assert "the same page twice" in snapshot.completeness.sentence


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


def test_lists_of_members_that_lack_somebody_are_found_out_by_asking_people():
    pool = pool_of(8)
    whole = pool.members["group0"]
    pool.members_page = lambda group, token="": pool._page(
        whole[1:] if group == "group0" else pool.members[group], token, group
    )
    snapshot = scan(pool)
    assert snapshot.completeness.unread_groups == {"group0"}
    assert "1 of 8 people asked one by one differ" in snapshot.completeness.sentence


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


def stop_after(pool, pages):
    """Stop once so many pages of people were asked for."""
    return lambda: sum(call.startswith("users") for call in list(pool.calls)) >= pages


def test_a_stopped_scan_gives_no_snapshot_and_goes_on_where_it_was():
    pool = pool_of(PEOPLE)
    reading = PoolScan(pool, sharded=False)
    assert reading.run(stop=stop_after(pool, 20)) is None
    read_before = [call for call in pool.calls if call.startswith("users")]
    pool.calls.clear()
    snapshot = reading.run()
    expect_everything(snapshot, pool)
    read_after = [call for call in pool.calls if call.startswith("users")]
    assert len(read_before) == 20
    assert len(read_before) + len(read_after) == -(-PEOPLE // pool.page_rows)
    assert "went on at" in snapshot.about.how[-1]
    with pytest.raises(ScanStopped):
        scan(pool, stop=lambda: True)


def test_page_tokens_older_than_an_hour_are_not_tried_again(monkeypatch):
    pool = pool_of(PEOPLE)
    reading = PoolScan(pool, sharded=False)
    assert reading.run(stop=stop_after(pool, 20)) is None
    monkeypatch.setattr(scan_listing, "TOKEN_SECONDS", -1.0)
    pool.calls.clear()
    expect_everything(reading.run(), pool)
    read = [call for call in pool.calls if call.startswith("users")]
    assert read[0] == "users "
    assert len(read) == -(-PEOPLE // pool.page_rows)


def test_a_token_that_is_refused_begins_its_list_anew():
    pool = pool_of(PEOPLE, fault=failing("users +", times=1, error=InvalidRequest("Old token.")))
    expect_everything(read(pool, sharded=False), pool)


def test_progress_is_told_and_ends_with_everything():
    told = []
    pool = pool_of(PEOPLE)
    snapshot = scan(pool, progress=told.append, actor=Actor("1", "Ada", Role.AUDITOR, Origin.BROWSER))
    last = told[-1]
    assert (last.people, last.expected, last.groups, last.groups_read) == (PEOPLE, PEOPLE, 3, 3)
    assert last.memberships == snapshot.memberships.num_rows
    assert last.calls == sum(call.startswith(("users", "members")) for call in pool.calls)
    assert (snapshot.about.operator_name, snapshot.about.origin) == ("Ada", "browser")
    assert "turn 0.5" in pool.calls


def test_nobody_is_billed_for_being_read():
    pool = pool_of(30)
    assert not hasattr(pool, "user_detail")
    scan(pool)


def test_groups_keep_what_they_say():
    pool = pool_of(10)
    pool.list_groups = lambda: (Group("group0", "All", 4, "arn:aws:iam::1:role/x"),)
    (group,) = scan(pool).groups.to_pylist()
    assert (group["description"], group["precedence"], group["role_arn"]) == (
        "All",
        4,
        "arn:aws:iam::1:role/x",
    )


def test_the_embedded_cognito_gives_the_same_in_one_list_and_in_sixteen(cognito, gateway_factory):
    gateway = gateway_factory(cognito.staff)
    one, sixteen = (PoolScan(gateway, share=1.0, sharded=how).run() for how in (False, True))
    assert "16 lists at once" in sixteen.about.how[0]
    for name in ("users", "groups", "memberships"):
        assert rows(getattr(one, name)) == rows(getattr(sixteen, name))
    wanted = {user["Username"] for user in cognito.users(cognito.staff)}
    assert set(sixteen.users["username"].to_pylist()) == wanted
    by_sub = dict(zip(one.users["sub"].to_pylist(), one.users["username"].to_pylist(), strict=True))
    for group in one.group_names:
        members = {by_sub[row["sub"]] for row in one.memberships.to_pylist() if row["group"] == group}
        assert members == cognito.members(cognito.staff, group)
    assert one.completeness.complete, one.completeness.sentence


def test_a_change_made_here_shows_in_the_newest_snapshot_at_once(cognito, gateway_factory, store):
    gateway = gateway_factory(cognito.staff)
    snapshots = Snapshots(store)
    taken = scan(gateway, share=1.0, pool_name="staff")
    snapshots.save(taken)
    key = pool_key_of(gateway)
    assert snapshots.now(key).about == taken.about
    user = next(gateway.iter_users())
    actor = Actor("1", "Ann", Role.ADMIN, Origin.BROWSER)
    path = ChangePath(gateway, store.activity, lambda: actor, "staff", directory_for(gateway).on_done)
    path.perform(DisableUser(user.ref))
    view = snapshots.now(key)
    assert view.changed == {user.sub}
    assert view.person(user.sub).user.enabled is False
