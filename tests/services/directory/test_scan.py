"""A scan reads everybody and every membership, or says what is missing."""

import pytest

from services.changes import ChangePath
from services.cognito.actions import DisableUser
from services.cognito.models import Group
from services.directory.listing import directory_for
from services.directory.local_changes import forget_changes
from services.directory.scan import PoolScan, scan
from services.directory.snapshots import Snapshots
from services.errors import (
    CognitoError,
    ScanStopped,
)
from services.roles import Actor, Origin, Role
from tests.services.directory.scan_stub import (
    PEOPLE,
    expect_everything,
    failing,
    pool_of,
    read,
    rows_in,
    stop_after,
)


@pytest.fixture(autouse=True)
def fresh():
    forget_changes()


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
    assert "after it began and went on" in snapshot.about.how[-1]
    with pytest.raises(ScanStopped):
        scan(pool, stop=lambda: True)


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
    single, sixteen = (PoolScan(gateway, share=1.0, sharded=how).run() for how in (False, True))
    assert "16 lists at once" in sixteen.about.how[0]
    for name in ("users", "groups", "memberships"):
        assert rows_in(getattr(single, name)) == rows_in(getattr(sixteen, name))
    wanted = {user["Username"] for user in cognito.users(cognito.staff)}
    assert set(sixteen.users["username"].to_pylist()) == wanted
    by_sub = dict(zip(single.users["sub"].to_pylist(), single.users["username"].to_pylist(), strict=True))
    for group in single.group_names:
        members = {by_sub[row["sub"]] for row in single.memberships.to_pylist() if row["group"] == group}
        assert members == cognito.members(cognito.staff, group)
    assert single.completeness.complete, single.completeness.sentence


def test_a_change_made_here_shows_in_the_newest_snapshot_at_once(cognito, gateway_factory, store):
    gateway = gateway_factory(cognito.staff)
    snapshots = Snapshots(store)
    taken = scan(gateway, share=1.0, pool_name="staff")
    snapshots.save(taken)
    key = gateway.pool_key
    assert snapshots.now(key).about == taken.about
    user = next(gateway.iter_users())
    actor = Actor("1", "Ann", Role.ADMIN, Origin.BROWSER)
    path = ChangePath(gateway, store.activity, lambda: actor, "staff", directory_for(gateway).on_done)
    path.perform(DisableUser(user.ref))
    view = snapshots.now(key)
    assert view.changed == {user.sub}
    assert view.person(user.sub).user.enabled is False
