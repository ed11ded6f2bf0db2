"""Who made a difference, by the activity log; and no name where the log knows none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.audits.compare import compare
from services.audits.differences import NOT_HERE, DifferenceKind, attributed
from services.audits.log_lines import pool_names
from services.cognito.actions import LinkIdentity
from services.cognito.identities import LinkedIdentity, written_identities
from services.cognito.models import Group, UserStatus
from services.roles import Actor, Origin, Role
from services.store.activity import ActivityResult, NewActivity
from services.store.columns import utc_now
from services.store.connections import Connection, CredentialKind
from services.store.pools import PoolRecord
from services.store.store import Store
from services.words import file_time
from tests.services.audits.made_pools import T0, World, person, world


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


def named_lines(store: Store, before: World, after: World) -> list[dict[Any, Any]]:
    now = utc_now()
    found = compare(before.snapshot(now - timedelta(hours=1)), after.snapshot(now + timedelta(hours=1)))
    named = attributed(store, found, ["made"], now - timedelta(hours=1), now + timedelta(hours=2))
    return named.lines.to_dict("records")


def by(store: Store, before: World, after: World) -> dict[tuple[str, str], str]:
    """(kind, what) → who."""
    return {(line["kind"], line["what"]): line["by"] for line in named_lines(store, before, after)}


def by_person(store: Store, before: World, after: World) -> dict[str, str]:
    """sub → who."""
    return {line["sub"]: line["by"] for line in named_lines(store, before, after)}


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
    note("max", "create_group", "New", {"description": "", "precedence": None, "role_arn": ""})
    note("ann", "update_group", "Ops", {"description": "words"})
    found = by(store, before, after)
    assert found == {
        (DifferenceKind.LOST, "billing"): "sam",
        (DifferenceKind.GROUP_NEW, "New"): "max",
        (DifferenceKind.GROUP_GONE, "billing"): "sam",
        (DifferenceKind.GROUP_CHANGED, "Ops: description"): "ann",
    }


def linked(*names: str) -> dict[str, str]:
    identities = [LinkedIdentity(*name.split("_"), linked_at=T0) for name in names]
    return {"email": "p1@example.com", "identities": written_identities(identities)}


def test_links_with_accounts_elsewhere_are_named(store: Store, note: Any) -> None:
    before, after = world({1: (), 2: ()}), world({1: (), 2: ()})
    after.people["sub-1"] = person(1, attributes=linked("Okta_7", "Google_8"))
    before.people["sub-1"] = person(1, attributes={"email": "p1@example.com"})
    before.people["sub-2"] = person(2, attributes=linked("Okta_9"))
    after.people["sub-2"] = person(2, attributes={"email": "p1@example.com"})
    note("sam", "link_identity", "sub-1", {"identity": "Okta_7", "linked": True})
    note("max", "unlink_identity", "sub-2", {"identity": "Okta_9", "linked": False})
    note("ann", "link_identity", "sub-2", {"identity": "Google_1", "linked": True})
    assert by_person(store, before, after) == {"sub-1": "sam", "sub-2": "max"}


def test_a_link_without_an_answer_is_only_perhaps_the_reason(store: Store, note: Any) -> None:
    before, after = world({1: ()}), world({1: ()})
    before.people["sub-1"] = person(1, attributes={"email": "p1@example.com"})
    after.people["sub-1"] = person(1, attributes=linked("Okta_7"))
    facts = LinkIdentity(person(1).ref, "Okta", "7").replaces(person(1))
    note("sam", "link_identity", "sub-1", {}, before=facts, result=ActivityResult.UNKNOWN)
    assert by_person(store, before, after) == {"sub-1": "perhaps sam"}


def test_people_whom_an_import_job_may_have_brought_are_perhaps_from_it(store: Store, note: Any) -> None:
    note("sam", "start_import_job", "import-1", {"import_job": "import-1", "people": 2})
    note("max", "create_user", "p2", {"username": "p2", "sub": "sub-2"})
    found = by_person(store, world({}), world({1: (), 2: ()}))
    assert found == {"sub-1": "perhaps sam", "sub-2": "max"}


def test_a_fact_of_a_group_that_no_change_here_touches_is_from_elsewhere(store: Store, note: Any) -> None:
    before, after = world({}, ("Ops",)), world({}, ("Ops",))
    after.groups["Ops"] = Group("Ops", "words", 3, "arn:aws:iam::1:role/x")
    note("ann", "update_group", "Ops", {"description": "words", "precedence": 3})
    assert by(store, before, after) == {
        (DifferenceKind.GROUP_CHANGED, "Ops: description"): "ann",
        (DifferenceKind.GROUP_CHANGED, "Ops: precedence"): "ann",
        (DifferenceKind.GROUP_CHANGED, "Ops: role_arn"): NOT_HERE,
    }


def test_a_password_chosen_in_a_login_test_names_who_made_it(store: Store, note: Any) -> None:
    before, after = world({1: ()}), world({1: ()})
    before.people["sub-1"] = person(1, status=UserStatus.FORCE_CHANGE_PASSWORD)
    after.people["sub-1"] = person(1, attributes={"email": "p1@example.com", "name": "Ann"})
    note("sam", "choose_password", "sub-1", {"status": "CONFIRMED", "attributes": {"name": "Ann"}})
    assert by(store, before, after) == {
        (DifferenceKind.ATTRIBUTE, "name"): "sam",
        (DifferenceKind.STATUS, "status"): "sam",
    }


@pytest.mark.parametrize("action", ["create_user", "create_group", "update_group", "update_attributes"])
def test_whatever_got_no_answer_is_perhaps_the_reason(action: str, store: Store, note: Any) -> None:
    before, after = world({1: ()}, ("Ops",)), world({1: ()}, ("Ops",))
    target = {"create_user": "p2", "create_group": "New", "update_group": "Ops"}.get(action, "sub-1")
    facts: dict[str, Any] = {}
    if action == "create_user":
        after = world({1: (), 2: ()}, ("Ops",))
    elif action == "create_group":
        after.groups["New"] = Group("New")
    elif action == "update_group":
        after.groups["Ops"] = Group("Ops", "words")
        facts = {"description": "", "precedence": None}
    else:
        after.people["sub-1"] = person(1, attributes={"email": "p1@example.com", "name": "Ann"})
        facts = {"attributes": {"name": "Person 1"}}
    note("sam", action, target, {}, before=facts, result=ActivityResult.UNKNOWN)
    assert set(by(store, before, after).values()) == {"perhaps sam"}


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
    assert next(iter(named.table().rows()))[-1] == file_time(now)
    assert named.lines.loc[0, "at"].to_pydatetime() == now.replace(microsecond=now.microsecond // 1000 * 1000)
    assert "Changed by" in named.table().header


def test_a_pool_set_up_twice_has_two_names(store: Store) -> None:
    connection = store.connections.add(
        Connection(name="C", region="eu-west-1", account="", kind=CredentialKind.DEFAULT)
    )
    for name, pool_id in (("one", "p-1"), ("two", "p-1"), ("other", "p-2")):
        store.pools.add(PoolRecord(connection.id, pool_id, name))
    assert pool_names(store, "p-1") == ("one", "two")
