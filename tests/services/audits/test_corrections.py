"""Differences chosen → plans of the bulk engine, carried out on an embedded Cognito until nothing differs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from services.audits.compare import compare
from services.audits.corrections import Corrections, corrections, left_out, plans
from services.audits.differences import DifferenceKind, Differences
from services.audits.expected import against, from_names, from_table
from services.bulk.columns import recognise
from services.bulk.files.csv_file import read_file
from services.bulk.model import RowResult, RowVerdict
from services.directory.pool import PoolTables, pool_of
from services.directory.snapshot import SnapshotAbout, snapshot_of
from services.errors import InvalidValue
from services.store.store import Store
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito
from tests.services.audits.made_pools import person, world
from tests.services.bulk.conftest import Bulk, bulk_on


@pytest.fixture
def office(
    store: Store, cognito: Cognito, empty_pool: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> Bulk:
    """A pool with four people and two groups."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    pool, client = empty_pool(PoolName="Office"), cognito.client()
    for name in ("billing", "b;c"):
        client.create_group(UserPoolId=pool, GroupName=name)
    for name in ("ann", "bo", "cy", "di"):
        values = {"email": f"{name}@example.com", "name": name.title()}
        client.admin_create_user(
            UserPoolId=pool,
            Username=name,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": name, "Value": value} for name, value in values.items()],
        )
    for name, group in (("ann", "billing"), ("bo", "billing"), ("bo", "b;c")):
        client.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=group)
    return bulk_on(store, cognito, pool)


def read(bulk: Bulk) -> PoolTables:
    """The pool as it is now."""
    gateway, now = bulk.gateway, datetime.now(UTC)
    groups = gateway.list_groups()
    held: dict[str, list[str]] = {}
    for group in groups:
        for user in gateway.iter_members(group.name):
            held.setdefault(user.sub, []).append(group.name)
    about = SnapshotAbout("s", "key", "office", gateway.describe_pool(), now, now)
    return pool_of(snapshot_of(about, gateway.iter_users(), groups, held))


def set_right(bulk: Bulk, found: Differences, chosen: list[int] | None = None) -> list[RowResult]:
    """Plan and carry out; how each row ended."""
    ends: list[RowResult] = []
    for plan in plans(bulk.gateway, corrections(found, chosen, "Review 7"), pool_name="office"):
        assert {row.note for row in plan.rows} == {"Review 7"}
        _, outcomes = bulk.run(plan)
        ends += [outcome.result for outcome in outcomes]
    return ends


def test_a_list_set_right_leaves_no_difference(office: Bulk) -> None:
    text = (
        "username,email,name,enabled,groups\n"
        "ann,ann@example.com,Anna,true,b\\;c\n"
        "bo,bo@example.com,Bo,false,billing\n"
        "new,new@example.com,New,true,billing\n"
    )
    table = read_file(text.encode(), "list.csv")
    pool = office.gateway.describe_pool()
    wishes = from_table(table, recognise(table.header, pool), pool, everybody=True)
    found = against(read(office), wishes)
    assert {kind: count for kind, count in found.counts.items()} == {
        DifferenceKind.NO_PERSON: 1,
        DifferenceKind.MISSING: 1,
        DifferenceKind.EXTRA_PERSON: 2,
        DifferenceKind.EXTRA: 2,
        DifferenceKind.DIFFERENT: 2,
    }
    assert set(set_right(office, found)) == {RowResult.DONE}
    left = against(read(office), wishes)
    assert left.counts == {DifferenceKind.EXTRA_PERSON: 2}  # they are disabled, and still there
    assert not office.user("cy").enabled
    assert office.groups("new") == {"billing"}
    assert office.groups("ann") == {"b;c"}


def test_only_what_was_chosen_is_planned(office: Bulk) -> None:
    found = against(read(office), from_names(["cy"], "billing"))
    chosen = found.lines.index[found.lines["person"] == "bo@example.com"].tolist()
    assert set_right(office, found, chosen) == [RowResult.DONE]
    assert office.groups("bo") == {"b;c"}
    assert office.groups("ann") == {"billing"}
    assert office.groups("cy") == set()


def test_what_changed_between_two_dates_is_put_back(office: Bulk) -> None:
    before = read(office)
    client, pool = office.cognito.client(), office.target.pool_id
    client.admin_remove_user_from_group(UserPoolId=pool, Username="bo", GroupName="b;c")
    client.admin_add_user_to_group(UserPoolId=pool, Username="cy", GroupName="billing")
    client.admin_disable_user(UserPoolId=pool, Username="di")
    client.admin_update_user_attributes(
        UserPoolId=pool,
        Username="ann",
        UserAttributes=[{"Name": "name", "Value": "Other"}, {"Name": "nickname", "Value": "A"}],
    )
    client.admin_create_user(UserPoolId=pool, Username="eve", MessageAction="SUPPRESS")
    found = compare(before, read(office))
    assert found.counts == {
        DifferenceKind.JOINED: 1,
        DifferenceKind.GAINED: 1,
        DifferenceKind.LOST: 1,
        DifferenceKind.ATTRIBUTE: 2,
        DifferenceKind.ENABLED: 1,
    }
    assert set(set_right(office, found)) == {RowResult.DONE}
    left = compare(before, read(office))
    assert left.counts == {DifferenceKind.JOINED: 1}  # disabled; deleting is another matter
    assert not office.user("eve").enabled


def test_the_plan_looks_at_the_pool_as_it_is_now(office: Bulk) -> None:
    found = against(read(office), from_names(["ann", "bo", "cy"], "billing"))
    office.cognito.client().admin_add_user_to_group(
        UserPoolId=office.target.pool_id, Username="cy", GroupName="billing"
    )
    (plan,) = plans(office.gateway, corrections(found))
    assert [row.verdict for row in plan.rows] == [RowVerdict.UNCHANGED]


def test_what_no_plan_can_do_is_said_with_the_way_out() -> None:
    before, after = world({1: ()}), world({}, ("new",))
    found = compare(before.snapshot(), after.snapshot())
    made = corrections(found)
    assert made.files == ()
    assert [kind for kind, _ in made.impossible] == ["left", "group created"]
    assert left_out(found, [0, 1]) == 2
    with pytest.raises(InvalidValue, match="None of the differences") as caught:
        plans(None, made)  # type: ignore[arg-type]
    assert "old sub" in caught.value.next_step


def test_hostile_values_survive_the_way_through_the_file() -> None:
    before, after = world({1: ()}), world({1: ()})
    before.people["sub-1"] = person(1, attributes={"name": "=1+1", "nickname": "-", "email": 'a,"b"\n'})
    after.people["sub-1"] = person(1, attributes={"name": "x", "nickname": "y"})
    made = corrections(compare(before.snapshot(), after.snapshot()))
    assert isinstance(made, Corrections)
    (people,) = made.files
    table = read_file(people.data, people.title)
    assert table.header == ("sub", "username", "action", "note", "email", "name", "nickname")
    (row,) = table.rows()
    assert dict(zip(table.header, row.cells, strict=True))["name"] == "'=1+1"
    assert dict(zip(table.header, row.cells, strict=True))["nickname"] == "'-"
