"""A pasted list finds in a snapshot whom it would find by asking."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.cognito.models import UserPool
from services.directory import search_list
from services.directory.people import People
from services.directory.resolve import _index, _looked_up
from services.directory.search_list import look_up
from services.errors import InvalidValue
from tests.services.directory.pool_stub import START, somebody
from tests.services.directory.test_search import POOL, snapshot

USERS = (
    somebody(1, email="Ann@Example.org"),
    somebody(2, email="ann@example.ORG", preferred_username="user00003"),
    somebody(3, phone_number="+4670123"),
    replace(somebody(4, email="straße@example.org"), username="sub-00004"),
    replace(somebody(5), attributes={}),
)


@pytest.mark.parametrize("case_sensitive", [True, False])
def test_each_entry_finds_the_same_as_one_by_one(case_sensitive: bool) -> None:
    pool: UserPool = replace(POOL, case_sensitive=case_sensitive)
    made = snapshot(USERS)
    made = replace(made, about=replace(made.about, pool=pool))
    texts = ["ann@EXAMPLE.org", "USER00001", "user00003", "+4670123", "STRASSE@example.org", "sub-00004"]
    found = look_up(made, "\n".join([*texts, "nobody", "sub-00005"]))
    index = _index(People(USERS, (), {}, START), pool)
    for entry in found.entries:
        slow = _looked_up(index, entry.text, pool)
        assert {one.sub for one in entry.users} == {one.sub for one in slow}, entry.text


def test_found_not_found_and_ambiguous_are_told_apart() -> None:
    found = look_up(snapshot(USERS), "Ann Ek <ann@example.org>\n+4670123; user00099\nsub-00003\nsub-00003")
    assert [one.sub for one in found.people] == ["sub-00003"]
    assert found.missing == ("user00099",)
    assert [one.text for one in found.ambiguous] == ["ann@example.org"]
    assert found.repeated == 2
    assert found.complete


def test_when_people_may_be_missing_it_says_so() -> None:
    assert not look_up(snapshot(USERS, users_known=False), "x").complete


def test_an_empty_list_and_one_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    assert look_up(snapshot(USERS), " \n").entries == ()
    monkeypatch.setattr(search_list, "MOST_ENTRIES", 2)
    with pytest.raises(InvalidValue, match="at most 2"):
        look_up(snapshot(USERS), "a b@c d, e, f")
