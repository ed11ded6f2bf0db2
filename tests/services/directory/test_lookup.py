"""A pasted list finds in a snapshot whom it would find among people that were read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from services.cognito.models import User, UserPool
from services.cognito.people import NameKind
from services.directory.identify import Index, Name, Names, Resolution, identify, look_up
from services.directory.lookup import TablesSource
from services.directory.pool import pool_of
from services.directory.snapshot import Snapshot
from services.errors import InvalidValue
from tests.services.directory.pool_stub import somebody
from tests.services.directory.test_search import POOL, snapshot

USERS = (
    somebody(1, email="Ann@Example.org"),
    somebody(2, email="ann@example.ORG", preferred_username="user00003"),
    somebody(3, phone_number="+4670123"),
    replace(somebody(4, email="straße@example.org"), username="sub-00004"),
    replace(somebody(5), attributes={}),
    somebody(6, identities='[{"userId":"77","providerName":"Google"}]'),
)


class InMemory:
    """Everybody in memory, each compared with every name."""

    everywhere = complete = True

    def __init__(self, users: tuple[User, ...], pool: UserPool) -> None:
        self.pool, self._users = pool, users

    def holders(self, wanted: Sequence[Sequence[Name]]) -> Iterator[User]:
        index = Index(self.pool, self._users)
        for kind, value in dict.fromkeys(name for names in wanted for name in names):
            yield from index.in_any_case(kind, value)

    def names(self) -> Names:
        columns: dict[NameKind, Sequence[str | None]] = {
            NameKind.USERNAME: [one.username for one in self._users],
            NameKind.EMAIL: [one.attributes.get("email") for one in self._users],
            NameKind.PREFERRED: [one.attributes.get("preferred_username") for one in self._users],
        }
        return Names(columns, self._users.__getitem__)


def found_in(made: Snapshot, pasted: str, **options: int) -> Resolution:
    return look_up(TablesSource(pool_of(made)), pasted, **options)


@pytest.mark.parametrize("case_sensitive", [True, False])
@pytest.mark.parametrize("sign_in", [frozenset[str](), frozenset({"email"})])
def test_each_entry_finds_the_same_in_a_snapshot_and_in_memory(
    case_sensitive: bool, sign_in: frozenset[str]
) -> None:
    pool: UserPool = replace(POOL, case_sensitive=case_sensitive, username_attributes=sign_in)
    made = snapshot(USERS)
    made = replace(made, about=replace(made.about, pool=pool))
    texts = ["ann@EXAMPLE.org", "USER00001", "user00003", "+4670123", "STRASSE@example.org", "sub-00004"]
    texts += [
        "nobody",
        "sub-00005",
        "Google_77",
        "ann@exmaple.org",
        "user00033",
        "<ann@example.ORG>",
        "\ud800",
    ]
    quick = identify(TablesSource(pool_of(made)), texts)
    slow = identify(InMemory(USERS, pool), texts)
    for one, other in zip(quick, slow, strict=True):
        assert {user.sub for user in one.users} == {user.sub for user in other.users}, one.text
        assert (one.case_only, one.kind) == (other.case_only, other.kind)
        assert {near.name for near in one.near} == {near.name for near in other.near}
    assert any(one.users for one in quick)


def test_found_not_found_and_ambiguous_are_told_apart() -> None:
    found = found_in(snapshot(USERS), "Ann Ek <ann@example.org>\n+4670123; user00099\nsub-00003\nsub-00003")
    assert [one.sub for one in found.people] == ["sub-00003"]
    assert [one.text for one in found.missing] == ["user00099"]
    assert [one.text for one in found.ambiguous] == ["ann@example.org"]
    assert found.repeated == 2
    assert found.complete


def test_when_people_may_be_missing_it_says_so() -> None:
    assert not found_in(snapshot(USERS, users_known=False), "x").complete


def test_an_empty_list_and_one_that_is_too_long() -> None:
    assert found_in(snapshot(USERS), " \n").entries == ()
    with pytest.raises(InvalidValue, match="at most 2"):
        found_in(snapshot(USERS), "a b@c d, e, f", most=2)
