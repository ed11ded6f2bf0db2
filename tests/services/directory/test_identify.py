"""From a pasted list to people: found, not found, ambiguous."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cognito.filters import UserFilter
from services.cognito.models import User, UserPool
from services.directory.cache import PoolCache
from services.directory.identify import MOST_ENTRIES, Resolution, look_up, split_list
from services.directory.listing import WHOLE_POOL_UP_TO, Directory
from services.directory.lookup import candidates, source_for
from services.errors import CognitoError, InvalidValue
from tests.services.directory.pool_stub import Clock, PoolInMemory, somebody


@dataclass
class SearchablePool(PoolInMemory):
    """As `PoolInMemory`, and answers filters."""

    def iter_users(self, filter: object = None) -> Iterator[User]:
        if filter is None:
            yield from super().iter_users()
            return
        assert isinstance(filter, UserFilter)
        self._call(filter.expression())
        yield from [user for user in self.users if filter.matches(user)]


ANN, BO = (
    somebody(1, sub="sub-00001", name="Ann Ek", phone_number="+46701"),
    somebody(2, sub="sub-00002", name="Bo Li"),
)
TWIN = replace(somebody(3), attributes={"email": "User00001@Example.org"})


def resolved(directory: Directory, pasted: str, progress: object = None) -> Resolution:
    return look_up(source_for(directory, progress), pasted)  # type: ignore[arg-type]


@pytest.fixture(params=["small", "large"])
def directory(request: pytest.FixtureRequest) -> Directory:
    estimate = WHOLE_POOL_UP_TO + 1 if request.param == "large" else None
    pool = SearchablePool(
        users=[ANN, BO, somebody(4, sub="sub-00004", preferred_username="Bobo")], estimate=estimate
    )
    return Directory(pool, PoolCache(Clock()))


def test_people_are_found_by_whatever_names_them(directory: Directory) -> None:
    pasted = "user00001\nUSER00002@example.org; +46701, sub-00004\tbobo"
    answer = resolved(directory, pasted)
    assert [user.sub for user in answer.people] == ["sub-00001", "sub-00002", "sub-00004"]
    assert answer.missing == ()
    assert answer.repeated == 2
    assert answer.complete


def test_nobody_is_guessed(directory: Directory) -> None:
    answer = resolved(directory, "user0000\nann\nAnn Ek\nuser00001@example\nUSER00001")
    assert answer.people == ()
    assert tuple(entry.text for entry in answer.missing) == (
        "user0000",
        "ann",
        "Ann Ek",
        "user00001@example",
        "USER00001",
    )


def test_an_address_that_two_people_have_is_ambiguous(directory: Directory) -> None:
    directory.gateway.users.append(TWIN)
    answer = resolved(directory, "user00001@example.org\nuser00002")
    assert [entry.text for entry in answer.ambiguous] == ["user00001@example.org"]
    assert {user.sub for user in answer.ambiguous[0].users} == {ANN.sub, TWIN.sub}
    assert answer.people == (BO,)


def test_case_of_usernames_follows_the_pool(directory: Directory) -> None:
    directory.gateway.pool = UserPool("p", "P", case_sensitive=False)
    assert resolved(directory, "USER00001").people == (ANN,)


def test_progress_is_told_where_it_takes_time() -> None:
    pool = SearchablePool(users=[ANN, BO], estimate=WHOLE_POOL_UP_TO + 1)
    heard: list[tuple[int, int]] = []
    resolved(Directory(pool, PoolCache(Clock())), "a\nb", progress=lambda *told: heard.append(told))
    assert heard == [(1, 2), (2, 2)]


def test_a_failure_while_asking_is_an_error_and_not_a_missing_person() -> None:
    pool = SearchablePool(users=[ANN], estimate=WHOLE_POOL_UP_TO + 1, broken={'username = "ann"'})
    with pytest.raises(CognitoError):
        resolved(Directory(pool, PoolCache(Clock())), "bo\nann")


def test_an_incomplete_reading_is_said() -> None:
    pool = SearchablePool(users=[ANN], broken={"list_groups"})
    assert not resolved(Directory(pool, PoolCache(Clock())), "bo").complete


@pytest.mark.parametrize(
    ("pasted", "entries"),
    [
        ("a@x.se\r\nb@x.se\n\n  c@x.se ", ["a@x.se", "b@x.se", "c@x.se"]),
        ("a@x.se, b@x.se;c\td", ["a@x.se", "b@x.se", "c", "d"]),
        ("Ek, Ann <ann@x.se>; Li, Bo <bo@x.se>", ["ann@x.se", "bo@x.se"]),
        ("Ann Ek ann@x.se", ["ann@x.se"]),
        ("Ann Ek", ["Ann Ek"]),
        ('"a@x.se","b"', ["a@x.se", "b"]),
        ("mailto:a@x.se", ["a@x.se"]),
        ("<a@x.se>", ["a@x.se"]),
        ("b@x.se, Ann Ek <a@x.se>, cy", ["b@x.se", "a@x.se", "cy"]),
        ("cy, dan7, Ann Ek <a@x.se> b@x.se", ["cy", "dan7", "a@x.se", "b@x.se"]),
        ("cy, Ann Ek <a@x.se>", ["cy", "a@x.se"]),
        ("Ek, Ann <a@x.se>, von Essen, Bo <b@x.se>, O'Neil, Cy <c@x.se>", ["a@x.se", "b@x.se", "c@x.se"]),
        ('"Ek, Ann (HR)" <a@x.se>, b@x.se', ["a@x.se", "b@x.se"]),
        ("a@x.se <a@x.se>", ["a@x.se"]),
        ('"ek,ann", "li;bo"\t"o""neil";cy', ["ek,ann", "li;bo", 'o"neil', "cy"]),
        ('"ek,ann@x.se"', ["ek,ann@x.se"]),
        ('"a@x.se, b@x.se";"Ek, Ann c@x.se"', ["a@x.se", "b@x.se", "Ek", "c@x.se"]),
        ('"", " ",b', ["b"]),
        ("Bo\tBo Li <b@x.se>\t+46701", ["Bo", "b@x.se", "+46701"]),
        (" , ;\n", []),
    ],
)
def test_lists_are_taken_as_people_paste_them(pasted: str, entries: list[str]) -> None:
    assert split_list(pasted) == entries


@given(st.text(max_size=300))
def test_any_text_is_a_list(pasted: str) -> None:
    assert all(entry.strip() for entry in split_list(pasted))


@given(st.lists(st.from_regex(r"[a-z0-9.]{1,12}(@[a-z]{1,5}\.se)?", fullmatch=True), max_size=20))
def test_no_entry_is_lost(entries: list[str]) -> None:
    assert split_list("\n".join(entries)) == entries


@given(st.lists(st.from_regex(r"[a-z0-9.]{1,12}(@[a-z]{1,5}\.se)?", fullmatch=True), max_size=8), st.data())
def test_no_entry_beside_a_named_address_is_lost(entries: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(entries)))
    line = ", ".join([*entries[:at], "Ann Ek <ann@x.se>", *entries[at:]])
    assert split_list(line) == [*entries[:at], "ann@x.se", *entries[at:]]


def test_a_list_for_a_file_is_refused() -> None:
    with pytest.raises(InvalidValue, match="Onboarding"):
        split_list("a\n" * (MOST_ENTRIES + 1))


def test_the_search_finds_by_the_start_of_a_name_in_every_pool(directory: Directory) -> None:
    found, more = candidates(directory, "ann")
    assert [user.sub for user in found] == [ANN.sub]
    assert not more
    assert candidates(directory, "  ") == ([], False)


def test_the_search_says_when_there_are_more(directory: Directory) -> None:
    found, more = candidates(directory, "user", limit=2)
    assert (len(found), more) == (2, True)


def test_a_query_too_long_for_cognito_finds_nobody(directory: Directory) -> None:
    assert candidates(directory, "x" * 400) == ([], False)


def test_names_that_begin_as_typed_come_first() -> None:
    pool = SearchablePool(
        users=[somebody(1, sub="sub-00001", name="Aa Hannah"), somebody(2, sub="sub-00002", name="Zoe Annis")]
    )
    found, _ = candidates(Directory(pool, PoolCache(Clock())), "ann")
    assert [user.name for user in found] == ["Zoe Annis", "Aa Hannah"]
