"""A list is read page after page into columns, from wherever it stopped."""

from __future__ import annotations

from services.directory import scan_listing
from services.directory.scan import PoolScan, scan
from services.directory.scan_listing import MemberColumn, PeopleColumns, membership_table, without_repeats
from services.errors import InvalidRequest
from tests.services.directory.scan_stub import (
    PEOPLE,
    expect_everything,
    failing,
    person,
    pool_of,
    read,
    stop_after,
)


def test_a_list_that_never_ends_is_noticed():
    pool = pool_of(30)
    pool.users_page = lambda filter=None, token="", **more: pool._page(pool.people, "", "u")
    snapshot = scan(pool)
    assert "the same page twice" in snapshot.completeness.sentence


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


def test_an_attribute_that_somebody_has_first_is_empty_for_those_before() -> None:
    columns = PeopleColumns()
    columns.add([person(1, email="a@x.se"), person(2, **{"custom:team": "blue"})])
    columns.add([person(3, email="\ud800")])
    table = columns.table()
    assert len(columns) == 3
    assert table.column_names[6:] == ["custom:team", "email"]
    assert table["custom:team"].to_pylist() == [None, "blue", None]
    assert table["email"].to_pylist() == ["a@x.se", None, "?"]
    columns.clear()
    assert columns.table().num_rows == len(columns) == 0


def test_the_first_of_those_listed_twice_is_kept_in_its_place() -> None:
    columns = PeopleColumns()
    columns.add([person(1, email="first"), person(2), person(1, email="later")])
    assert without_repeats(columns.table())["email"].to_pylist() == ["first", None]


def test_members_listed_twice_count_once() -> None:
    members = MemberColumn()
    members.add([person(1), person(2)])
    members.add([person(1)])
    pairs = membership_table([("staff", members.subs()), ("empty", MemberColumn().subs())])
    assert pairs["sub"].to_pylist() == [person(1).sub, person(2).sub]
    assert pairs["group"].to_pylist() == ["staff", "staff"]
