"""A pasted list finds in a snapshot whom it would find among people that were read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from services.cognito.models import User, UserPool
from services.cognito.people import NameKind
from services.directory.cache import PoolCache
from services.directory.finder import find_people
from services.directory.identify import Index, Name, Names, Resolution, identify, look_up
from services.directory.listing import WHOLE_POOL_UP_TO, Directory
from services.directory.lookup import LOOKED_THROUGH, TablesSource, candidates, source_for
from services.directory.pool import pool_of
from services.directory.snapshot import Snapshot
from services.errors import InvalidValue
from tests.services.directory.pool_stub import Clock, somebody
from tests.services.directory.test_identify import SearchablePool
from tests.services.directory.test_search import POOL, snapshot, tables

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
            NameKind.USERNAME: [user.username for user in self._users],
            NameKind.EMAIL: [user.attributes.get("email") for user in self._users],
            NameKind.PREFERRED: [user.attributes.get("preferred_username") for user in self._users],
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
    for fast, thorough in zip(quick, slow, strict=True):
        assert {user.sub for user in fast.users} == {user.sub for user in thorough.users}, fast.text
        assert (fast.case_only, fast.kind) == (thorough.case_only, thorough.kind)
        assert {near.name for near in fast.near} == {near.name for near in thorough.near}
    assert any(answer.users for answer in quick)


def test_found_not_found_and_ambiguous_are_told_apart() -> None:
    found = found_in(snapshot(USERS), "Ann Ek <ann@example.org>\n+4670123; user00099\nsub-00003\nsub-00003")
    assert [person.sub for person in found.people] == ["sub-00003"]
    assert [entry.text for entry in found.missing] == ["user00099"]
    assert [entry.text for entry in found.ambiguous] == ["ann@example.org"]
    assert found.repeated == 2
    assert found.complete


def test_when_people_may_be_missing_it_says_so() -> None:
    assert not found_in(snapshot(USERS, users_known=False), "x").complete


def test_an_empty_list_and_one_that_is_too_long() -> None:
    assert found_in(snapshot(USERS), " \n").entries == ()
    with pytest.raises(InvalidValue, match="at most 2"):
        found_in(snapshot(USERS), "a b@c d, e, f", most=2)


def large(users: Sequence[User]) -> tuple[SearchablePool, Directory]:
    """A pool too large to be read for a page."""
    pool = SearchablePool(users=list(users), estimate=WHOLE_POOL_UP_TO + 1)
    return pool, Directory(pool, PoolCache(Clock()))  # type: ignore[arg-type]


def test_in_a_large_pool_only_those_are_asked_for_who_are_not_in_its_snapshot() -> None:
    newcomer = somebody(9)
    pool, directory = large([*USERS, newcomer])
    source = source_for(directory, snapshot=tables(USERS))
    asked_before = len(pool.calls)
    answers = identify(source, ["USER00003", newcomer.username, "user00004"], near=False)
    assert [len(answer.users) for answer in answers] == [1, 1, 0]
    assert answers[1].person == newcomer
    assert all("user00003" not in call.lower() for call in pool.calls[asked_before:])


def test_a_search_box_finds_any_word_in_a_snapshot_without_asking() -> None:
    pool, directory = large(())
    made = tables([somebody(number, name="Zoë Ek") for number in range(9)])
    asked_before = len(pool.calls)
    found, more = candidates(directory, "ZOE 00003@", snapshot=made)
    assert ([user.sub for user in found], more) == ([somebody(3).sub], False)
    assert len(pool.calls) == asked_before


def test_whoever_came_since_a_snapshot_is_found_all_the_same_and_a_name_misheard_is_asked_about() -> None:
    newcomer = somebody(12, name="Olof Palm")
    directory = large([newcomer])[1]
    made = tables([somebody(number, name="Zoë Lindqvist") for number in range(9)])
    assert [user.sub for user in find_people(directory, "Olof", snapshot=made).found] == [newcomer.sub]
    assert len(find_people(directory, "Lindkvist", snapshot=made).near) == 8


def test_of_very_many_those_called_so_come_first() -> None:
    users = [somebody(number, name=f"Bo Hannah{number:05}") for number in range(LOOKED_THROUGH + 5)]
    called_so = somebody(99_999, name="Zoë Annis")
    found, more = candidates(large(())[1], "ann", snapshot=tables([*users, called_so]))
    assert (found[0].sub, more) == (called_so.sub, True)
