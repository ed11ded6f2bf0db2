"""Who made a difference, by the activity log; and no name where the log knows none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.audits.compare import compare
from services.audits.differences import NOT_HERE, DifferenceKind, Differences, attributed, pool_names
from services.cognito.models import Group, UserStatus
from services.roles import Actor, Origin, Role
from services.store.activity import ActivityResult, NewActivity
from services.store.columns import utc_now
from services.store.connections import Connection, CredentialKind
from services.store.pools import PoolRecord
from services.store.store import Store
from tests.services.audits.made_pools import World, person, world


@pytest.fixture
def note(store: Store) -> Any:
    """Writes a line of the log as the one path for changes does."""

    def write(who: str, action: str, target: str, after: dict[str, Any], **more: Any) -> str:
        result = more.pop("result", ActivityResult.DONE)
        pool = more.pop("pool", "made")
        new = NewActivity(
            Actor(who, who, Role.SUPPORT, Origin.BROWSER),
            action=action,
            pool=pool,
            target_kind="user",
            target_id=target,
            target_name=target,
            before=more.pop("before", {}),
        )
        return store.activity.record(new, result, after)

    return write


def by(store: Store, before: World, after: World) -> dict[tuple[str, str], str]:
    """(kind, what) → who."""
    now = utc_now()
    found = compare(before.snapshot(now - timedelta(hours=1)), after.snapshot(now + timedelta(hours=1)))
    named = attributed(store, found, ["made"], now - timedelta(hours=1), now + timedelta(hours=2))
    assert isinstance(named, Differences)
    return {(line["kind"], line["what"]): line["by"] for line in named.lines.to_dict("records")}


def test_memberships_are_named_by_person_and_group(store: Store, note: Any) -> None:
    note("sam", "add_to_group", "sub-1", {"member": True, "group": "Ops"})
    note("max", "remove_from_group", "sub-1", {"member": False, "group": "billing"})
    note("ann", "add_to_group", "sub-2", {"member": True, "group": "Ops"})
    found = by(store, world({1: ("billing",)}, ("Ops",)), world({1: ("Ops",)}, ("billing",)))
    assert found == {(DifferenceKind.GAINED, "Ops"): "sam", (DifferenceKind.LOST, "billing"): "max"}


def test_people_who_came_and_went_are_named(store: Store, note: Any) -> None:
    note("sam", "create_user", "p2", {"username": "p2", "sub": "sub-2"})
    note("max", "delete_user", "sub-1", {"deleted": True})
    found = by(store, world({1: ()}), world({2: ()}))
    assert found == {(DifferenceKind.JOINED, "person"): "sam", (DifferenceKind.LEFT, "person"): "max"}


def test_a_value_is_only_ascribed_to_whoever_set_that_value(store: Store, note: Any) -> None:
    before, after = world({1: ()}), world({1: ()})
    after.people["sub-1"] = person(
        1, attributes={"email": "new@x.example", "name": "Ann", "email_verified": "true"}
    )
    note("sam", "update_attributes", "sub-1", {"attributes": {"name": "Ann"}})
    note("max", "update_attributes", "sub-1", {"attributes": {"email": "other@x.example"}})
    found = by(store, before, after)
    assert found[DifferenceKind.ATTRIBUTE, "name"] == "sam"
    assert found[DifferenceKind.ATTRIBUTE, "email"] == NOT_HERE
    assert found[DifferenceKind.ATTRIBUTE, "email_verified"] == "max"


def test_states_are_named(store: Store, note: Any) -> None:
    before, after = world({1: ()}), world({1: ()})
    after.people["sub-1"] = person(1, enabled=False, status=UserStatus.RESET_REQUIRED)
    note("sam", "reset_password", "sub-1", {"status": "RESET_REQUIRED"})
    note("max", "disable_user", "sub-1", {"enabled": False})
    note("ann", "set_password", "sub-1", {"status": "CONFIRMED"})
    found = by(store, before, after)
    assert found == {(DifferenceKind.STATUS, "status"): "sam", (DifferenceKind.ENABLED, "enabled"): "max"}


def test_groups_and_memberships_lost_with_them_are_named(store: Store, note: Any) -> None:
    before, after = world({1: ("billing",)}, ("Ops",)), world({1: ()}, ("Ops", "New"))
    after.groups["Ops"] = Group("Ops", "words")
    note("sam", "delete_group", "billing", {"deleted": True})
    note("max", "create_group", "New", {"created": True})
    note("ann", "update_group", "Ops", {"description": "words"})
    found = by(store, before, after)
    assert found == {
        (DifferenceKind.LOST, "billing"): "sam",
        (DifferenceKind.GROUP_NEW, "New"): "max",
        (DifferenceKind.GROUP_GONE, "billing"): "sam",
        (DifferenceKind.GROUP_CHANGED, "Ops: description"): "ann",
    }


def test_what_the_log_does_not_know_has_no_name(store: Store, note: Any) -> None:
    note("sam", "add_to_group", "sub-1", {"member": True, "group": "Ops"}, pool="another pool")
    note("max", "add_to_group", "sub-1", {}, before={"group": "Ops"}, result=ActivityResult.FAILED)
    before, after = world({1: ()}, ("Ops",)), world({1: ("Ops",)})
    assert by(store, before, after) == {(DifferenceKind.GAINED, "Ops"): NOT_HERE}


def test_a_call_without_an_answer_is_only_perhaps_the_reason(store: Store, note: Any) -> None:
    note("max", "add_to_group", "sub-1", {}, before={"group": "Ops"}, result=ActivityResult.UNKNOWN)
    before, after = world({1: ()}, ("Ops",)), world({1: ("Ops",)})
    assert by(store, before, after) == {(DifferenceKind.GAINED, "Ops"): "perhaps max"}


def test_what_was_done_before_the_older_snapshot_does_not_count(store: Store, note: Any) -> None:
    line = note("sam", "add_to_group", "sub-1", {"member": True, "group": "Ops"})
    now = store.activity.get(line).at
    before, after = world({1: ()}, ("Ops",)), world({1: ("Ops",)})
    found = compare(before.snapshot(now), after.snapshot(now))
    later = now + timedelta(seconds=1)
    named = attributed(store, found, ["made"], later, later + timedelta(hours=1))
    assert list(named.lines["by"]) == [NOT_HERE]
    named = attributed(store, found, ["made"], now, later)
    assert (named.lines.loc[0, "by"], named.lines.loc[0, "activity"]) == ("sam", line)
    assert named.lines.loc[0, "at"].to_pydatetime() == now.replace(microsecond=now.microsecond // 1000 * 1000)
    assert "Changed by" in named.table().header


def test_a_pool_set_up_twice_has_two_names(store: Store) -> None:
    connection = store.connections.add(
        Connection(name="C", region="eu-west-1", account="", kind=CredentialKind.DEFAULT)
    )
    for name, pool_id in (("one", "p-1"), ("two", "p-1"), ("other", "p-2")):
        store.pools.add(PoolRecord(connection.id, pool_id, name))
    assert pool_names(store, "p-1") == ("one", "two")
