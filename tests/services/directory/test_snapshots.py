"""Snapshots are kept, opened, thrown away in time, and show what this console has changed since."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest

from services.cognito import actions
from services.cognito.models import Group, PasswordPolicy, SchemaAttribute, UserPool
from services.directory import local_changes as made
from services.directory import logged_changes
from services.directory.local_changes import NOT_SHOWN, Patch, local_changes
from services.directory.pool import pool_of
from services.directory.snapshot import Completeness, SnapshotAbout, snapshot_of
from services.directory.snapshots import Snapshots, forget_opened
from services.errors import NotPermitted, RecordNotFound
from services.retention import Retention
from services.roles import Actor, Origin, Role
from services.store.activity import ActivityResult, NewActivity
from services.store.columns import new_id, utc_now
from tests.services.directory.pool_stub import somebody

MAX = Actor("op", "Max", Role.MANAGER, Origin.JOB)

KEY = "|eu-west-1|eu-west-1_memory"
NOW = datetime.now(UTC).replace(microsecond=0)
POOL = UserPool(
    "eu-west-1_memory",
    "Memory",
    username_attributes=frozenset({"email"}),
    policy=PasswordPolicy(minimum_length=12),
    schema=(SchemaAttribute("custom:team", max_length=20),),
    created=NOW,
)


@pytest.fixture(autouse=True)
def fresh():
    for forget in (forget_opened, made.forget_changes):
        forget()


@pytest.fixture
def snapshots(store):
    return Snapshots(store)


def snapshot(people=5, taken_at=NOW, **about):
    users = [somebody(number, **{"custom:team": "blue"}) for number in range(people)]
    memberships = {users[0].sub: ["staff"], users[1].sub: ["staff", "admins"]}
    values = {"pool_key": KEY, "pool_name": "memory", "pool": POOL, "taken_at": taken_at, **about}
    return snapshot_of(
        SnapshotAbout(id=new_id(), finished_at=taken_at + timedelta(minutes=1), **values),
        users,
        [Group("staff", "All", 3, created=NOW), Group("admins")],
        memberships,
    )


def actor(role):
    return lambda: Actor("op", "Ann", role, Origin.BROWSER)


def same(tables, other):
    assert tables.about == other.about
    assert rows(tables) == other.users.to_pylist()
    assert tables.arrow('FROM "groups"').to_pylist() == other.groups.to_pylist()
    assert memberships(tables) == {(row["sub"], row["group"]) for row in other.memberships.to_pylist()}


def test_a_snapshot_comes_back_as_it_was_taken(snapshots):
    taken = snapshot(
        how=("By groups.",),
        completeness=Completeness(
            ("The members of staff could not be read: no.",), unread_groups=frozenset({"staff"})
        ),
    )
    line = snapshots.save(taken)
    forget_opened()
    same(snapshots.tables(line.id), taken)
    assert snapshots.tables(line.id) is snapshots.tables(line.id)
    assert snapshots.newest_line(KEY) == line
    assert snapshots.about(line.id) == taken.about
    assert (line.complete, line.users, line.groups, line.memberships) == (False, 5, 2, 3)


def test_one_that_an_earlier_release_kept_is_opened(snapshots, monkeypatch):
    taken = snapshot()
    monkeypatch.setattr("services.directory.snapshots._numbered", lambda snapshot: snapshot.memberships)
    snapshots.save(taken)
    found = snapshots.tables(taken.about.id)
    assert [person.groups for person in found.people([0, 1, 2])] == [("staff",), ("admins", "staff"), ()]


def test_settings_of_a_later_release_get_their_defaults(snapshots, store):
    taken = snapshot()
    snapshots.save(taken)
    data = dict(store.snapshots.about(taken.about.id))
    data["pool"] = {"id": "p", "name": "n", "from_the_future": 1}
    with store.database.write() as db:
        sealed = store.vault.seal(data, table="snapshots", column="about", row=taken.about.id)
        db.exec_driver_sql("UPDATE snapshots SET about = ?", (sealed,))
    assert snapshots.about(taken.about.id).pool == UserPool("p", "n")


def test_a_pool_without_one_has_none(snapshots):
    assert snapshots.newest_line(KEY) is None
    assert snapshots.now(KEY) is None


def test_only_as_many_are_kept_as_the_setting_says(snapshots, store):
    Retention(snapshots=2, snapshot_days=30).write(store, actor(Role.ADMIN))
    lines = [snapshots.save(snapshot(taken_at=NOW - timedelta(days=days))) for days in (3, 2, 1)]
    assert snapshots.list(KEY) == (lines[2], lines[1])
    with pytest.raises(RecordNotFound):
        snapshots.tables(lines[0].id)


def test_old_ones_go_but_never_the_newest_nor_what_a_review_stands_on(snapshots, store, monkeypatch):
    Retention(snapshots=9, snapshot_days=30).write(store, actor(Role.ADMIN))
    lines = [snapshots.save(snapshot(taken_at=NOW - timedelta(days=days))) for days in (90, 60, 50)]
    assert snapshots.list(KEY) == (lines[2],)
    monkeypatch.setattr(store.snapshots, "needed", lambda: frozenset({lines[2].id}))
    newest = snapshots.save(snapshot())
    assert snapshots.list(KEY) == (newest, lines[2])


def test_deleting_one_is_logged(snapshots, store):
    line = snapshots.save(snapshot())
    with pytest.raises(NotPermitted):
        snapshots.delete(line.id, actor(Role.AUDITOR))
    snapshots.delete(line.id, actor(Role.ADMIN))
    assert snapshots.newest_line(KEY) is None
    (logged,) = store.activity.search(action="delete_snapshot")
    assert (logged.operator_name, logged.target_id, logged.pool) == ("Ann", line.id, "memory")


def note(change, after=None, at=None):
    local_changes(KEY).note(Patch(change, after or {}, at or NOW + timedelta(minutes=5)))


def rows(view):
    """Everybody as columns, in the pool's order."""
    return view.users(view.everybody()).to_pylist()


def memberships(view):
    return set(view.rows('SELECT sub, "group" FROM memberships'))


def person(view, number):
    return {row["sub"]: row for row in rows(view)}[somebody(number).sub]


def groups_of(view, number):
    return {name for sub, name in memberships(view) if sub == somebody(number).sub}


def test_changes_made_here_show_at_once_and_leave_the_snapshot_alone(snapshots):
    taken = snapshot()
    snapshots.save(taken)
    taken = snapshots.tables(taken.about.id)
    assert rows(snapshots.now(KEY)) == rows(taken)
    assert snapshots.now(KEY).changed == frozenset()
    note(actions.DisableUser(somebody(2).ref))
    note(actions.UpdateAttributes(somebody(3).ref, {"custom:team": "red", "nickname": "Bo"}))
    note(actions.AddToGroup(somebody(2).ref, "admins"))
    note(actions.RemoveFromGroup(somebody(1).ref, "staff"))
    note(actions.DeleteUser(somebody(0).ref))
    view = snapshots.now(KEY)
    assert [row["sub"] for row in rows(view)] == [somebody(n).sub for n in range(1, 5)]
    assert person(view, 2)["enabled"] is False
    assert (person(view, 3)["custom:team"], person(view, 3)["nickname"]) == ("red", "Bo")
    assert person(view, 2)["nickname"] is None
    assert groups_of(view, 2) == groups_of(view, 1) == {"admins"}
    assert groups_of(view, 0) == set()
    assert view.changed == {somebody(n).sub for n in (0, 1, 2, 3)}
    assert snapshots.now(KEY) is view
    assert snapshots.tables(taken.about.id) is taken
    assert len(taken) == 5
    assert person(taken, 2)["enabled"] is True


def test_people_and_groups_made_here_are_there(snapshots):
    snapshots.save(snapshot())
    after = {
        "username": "new",
        "sub": "sub-new",
        "status": "FORCE_CHANGE_PASSWORD",
        "attributes": {"sub": "sub-new"},
    }
    note(actions.CreateUser("new"), after)
    note(actions.CreateGroup("guests", "Visitors"))
    view = snapshots.now(KEY)
    note(actions.AddToGroup(dataclasses.replace(somebody(0).ref, sub="sub-new"), "guests"))
    view = snapshots.now(KEY)
    assert rows(view)[-1]["username"] == "new"
    assert ("sub-new", "guests") in memberships(view)
    assert "guests" in view.group_names


def test_a_group_deleted_and_made_again_is_empty(snapshots):
    snapshots.save(snapshot())
    note(actions.DeleteGroup("staff"))
    note(actions.CreateGroup("staff"))
    note(actions.AddToGroup(somebody(4).ref, "staff"))
    view = snapshots.now(KEY)
    assert groups_of(view, 0) == set()
    assert groups_of(view, 1) == {"admins"}
    assert groups_of(view, 4) == {"staff"}
    assert view.changed == {somebody(n).sub for n in (0, 1, 4)}


def test_a_newer_snapshot_has_older_changes_in_it(snapshots):
    snapshots.save(snapshot(taken_at=NOW - timedelta(hours=1)))
    note(actions.DisableUser(somebody(2).ref), at=NOW - timedelta(minutes=30))
    assert person(snapshots.now(KEY), 2)["enabled"] is False
    newer = snapshot()
    snapshots.save(newer)
    assert snapshots.now(KEY).about == newer.about
    assert person(snapshots.now(KEY), 2)["enabled"] is True
    note(actions.DisableUser(somebody(3).ref))
    assert person(snapshots.now(KEY), 3)["enabled"] is False


def test_what_was_read_after_a_change_is_newer_than_it(snapshots):
    taken = snapshot(taken_at=somebody(0).changed - timedelta(minutes=1))
    snapshots.save(taken)
    note(actions.DisableUser(somebody(2).ref), at=somebody(0).changed - timedelta(seconds=30))
    assert person(snapshots.now(KEY), 2)["enabled"] is True


def test_changes_that_can_not_be_shown_make_the_view_incomplete(snapshots, monkeypatch):
    snapshots.save(snapshot())
    note(actions.CreateUser("who"), {"found": "no answer came"})
    view = snapshots.now(KEY)
    assert view.completeness.missing == (NOT_SHOWN,)
    assert not view.completeness.complete
    made.forget_changes()
    forget_opened()
    monkeypatch.setattr(made, "NOTED_AT_MOST", 2)
    monkeypatch.setattr(logged_changes, "READ_AT_MOST", -1)
    for number in range(4):
        note(actions.DisableUser(somebody(number).ref))
    view = snapshots.now(KEY)
    assert NOT_SHOWN in view.completeness.sentence
    assert [row["enabled"] for row in rows(view)] == [True, True, False, False, True]


def log(store, action, target, after, kind="user"):
    new = NewActivity(MAX, action, "memory", kind, target, "somebody")
    store.activity.record(new, after=after)


def test_changes_that_only_the_log_knows_are_shown_as_after_a_restart(snapshots, store):
    snapshots.save(snapshot())
    subs = [somebody(number).sub for number in range(5)]
    log(store, "disable_user", subs[0], {"enabled": False})
    log(store, "update_attributes", subs[1], {"attributes": {"custom:team": "red"}})
    log(store, "clear_attributes", subs[2], {"attributes": {"custom:team": None}})
    log(store, "add_to_group", subs[2], {"member": True, "group": "staff"})
    log(store, "remove_from_group", subs[1], {"member": False, "group": "staff"})
    log(store, "set_password", subs[3], {"status": "FORCE_CHANGE_PASSWORD", "password": "temporary"})
    log(store, "delete_user", subs[4], {"deleted": True})
    log(store, "create_group", "guests", {"description": "Visitors", "precedence": None}, "group")
    log(store, "delete_group", "admins", {"deleted": True}, "group")
    log(store, "resend_invitation", subs[0], {"invitation": "sent again"})
    log(store, "sign_in", "op", {})
    user = {"username": "new", "sub": "sub-new", "status": "CONFIRMED", "attributes": {"email": "n@x.org"}}
    log(store, "create_user", "new", user)
    view = snapshots.now(KEY)
    users = {row["sub"]: row for row in rows(view)}
    assert [row["enabled"] for row in users.values()] == [False, True, True, True, True]
    assert [row["custom:team"] for row in users.values()] == ["blue", "red", None, "blue", None]
    assert users[subs[3]]["status"] == "FORCE_CHANGE_PASSWORD"
    assert list(users) == [*subs[:4], "sub-new"]
    assert memberships(view) == {
        (subs[0], "staff"),
        (subs[2], "staff"),
    }
    assert view.group_names == ("guests", "staff")
    assert view.completeness.complete


@pytest.mark.parametrize("action", ["set_up_totp", "create_import_job", "stop_import_job", "sign_out_user"])
def test_what_changes_no_list_leaves_the_view_complete(snapshots, store, action):
    snapshots.save(snapshot())
    log(store, action, somebody(1).sub, {"state": "Created"})
    assert snapshots.now(KEY).completeness.complete


def test_a_password_chosen_in_a_login_test_is_shown_as_after_a_restart(snapshots, store):
    snapshots.save(snapshot())
    sub = somebody(3).sub
    log(store, "set_password", sub, {"status": "FORCE_CHANGE_PASSWORD", "password": "temporary"})
    log(store, "choose_password", sub, {"status": "CONFIRMED", "password": "chosen in a login test"})
    view = snapshots.now(KEY)
    assert {row["sub"]: row["status"] for row in rows(view)}[sub] == "CONFIRMED"
    assert view.completeness.complete


def test_a_line_that_does_not_say_what_it_did_makes_the_view_incomplete(snapshots, store):
    snapshots.save(snapshot())
    log(store, "update_attributes", somebody(1).sub, {"found": "an earlier try had taken effect"})
    assert snapshots.now(KEY).completeness.missing == (NOT_SHOWN,)


@pytest.mark.parametrize("lines", ["no answer", "ended before"])
def test_a_change_of_which_nobody_knows_whether_it_took_effect_makes_the_view_incomplete(
    snapshots, store, monkeypatch, lines
):
    snapshots.save(snapshot())
    assert snapshots.now(KEY).completeness.complete
    intended = store.activity.intend(
        NewActivity(
            MAX,
            "disable_user",
            "memory",
            "user",
            somebody(1).sub,
            "x",
        )
    )
    forget_opened()
    assert snapshots.now(KEY).completeness.complete  # it may be under way
    if lines == "no answer":
        store.activity.finish(intended, ActivityResult.UNKNOWN, error="No answer came.")
    else:
        monkeypatch.setattr(logged_changes, "_STARTED", utc_now())
    forget_opened()
    assert snapshots.now(KEY).completeness.missing == (NOT_SHOWN,)


def test_what_was_read_whole_is_kept_as_it_is_now(snapshots):
    read = pool_of(dataclasses.replace(snapshot(), about=dataclasses.replace(snapshot().about, id="")))
    kept = snapshots.keep(read, MAX)
    assert snapshots.newest_line(KEY).id == kept.about.id != ""
    assert (kept.about.operator_name, kept.about.taken_at) == ("Max", read.about.taken_at)
    assert kept.people(kept.everybody()) == read.people(read.everybody())
    assert (kept.groups(), kept.counts) == (read.groups(), read.counts)
