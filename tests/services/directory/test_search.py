"""The columnar search says the same as a slow look at one person after the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.cognito.models import Group, PasswordPolicy, User, UserPool, UserStatus
from services.cognito.phones import digits_to_find
from services.directory.filtering import by_name, state_of
from services.directory.people import Person, folded
from services.directory.people_order import PeopleOrder
from services.directory.person_state import PersonState
from services.directory.pool import PoolTables, pool_of
from services.directory.search import SearchTerms, from_rarest, refs_at, search
from services.directory.search_query import AttributeCondition, AttributeTest, DayRange, Query, parse
from services.directory.snapshot import Completeness, Snapshot, SnapshotAbout, snapshot_of
from tests.services.directory.pool_stub import START, somebody

POOL = UserPool("eu-west-1_search", "Search", policy=PasswordPolicy(temporary_days=7))
GROUPS = ("billing", "Audit", "Übersicht", "empty")
APPLICATIONS = {"Books": ("billing", "Audit"), "Nobody's": ()}
TEXTS = ("Zoë Ångström", "łukasz", "STRASSE Straße", "a.b*c", "", " ann", "李雷", "-", "true")


def tables(users, memberships=None, groups=GROUPS, **completeness) -> PoolTables:
    """`snapshot`, as what is searched."""
    return pool_of(snapshot(users, memberships, groups, **completeness))


def snapshot(users, memberships=None, groups=GROUPS, **completeness) -> Snapshot:
    about = SnapshotAbout(
        "s1", "memory", "staff", POOL, START, START, completeness=Completeness(**completeness)
    )
    return snapshot_of(about, users, [Group(name) for name in groups], memberships or {})


def subs(
    made: PoolTables,
    query: Query | str,
    order: PeopleOrder = PeopleOrder.NAME,
    terms: SearchTerms | None = None,
):
    wanted = parse(query) if isinstance(query, str) else query
    found = search(made, wanted, order, terms or SearchTerms(START, APPLICATIONS))
    return [person.user.sub[-1] for person in made.people(found.rows)]


@st.composite
def pools(draw):
    """Users of all kinds, and their groups."""
    users, memberships = [], {}
    for number in range(draw(st.integers(0, 8))):
        attributes = draw(
            st.dictionaries(
                st.sampled_from(["name", "given_name", "family_name", "custom:team", "phone_number"]),
                st.sampled_from(TEXTS),
                max_size=4,
            )
        )
        days = draw(st.integers(0, 20))
        user = somebody(number, sub=f"sub-{number:05}", **attributes)
        if draw(st.booleans()):
            user = replace(user, username=user.sub)
        user = replace(
            user,
            status=draw(st.sampled_from(UserStatus)),
            enabled=draw(st.booleans()),
            created=START - timedelta(days=30, hours=number % 3),
            changed=START - timedelta(days=days),
        )
        users.append(user)
        memberships[user.sub] = draw(st.sets(st.sampled_from(GROUPS[:3])))
    return users, memberships


queries = st.builds(
    Query,
    words=st.sampled_from(
        ["", "zoe", "ANGSTROM zoë", "ss", "billing", "uber", ".*", "a.b", "true", "00003@"]
    ),
    states=st.frozensets(st.sampled_from(PersonState), max_size=2),
    enabled=st.sampled_from([None, None, True, False]),
    groups=st.lists(st.sampled_from(GROUPS), max_size=2).map(tuple),
    without=st.lists(st.sampled_from(GROUPS), max_size=1).map(tuple),
    ungrouped=st.sampled_from([False, False, True]),
    application=st.sampled_from(["", "", "Books", "Nobody's"]),
    created=st.sampled_from([DayRange(), DayRange(None, date(2026, 4, 4)), DayRange(date(2026, 4, 4))]),
    changed=st.sampled_from([DayRange(), DayRange(date(2026, 4, 20), date(2026, 4, 27))]),
    attributes=st.lists(
        st.builds(
            AttributeCondition,
            st.sampled_from(["custom:team", "name", "custom:nothing"]),
            st.sampled_from([AttributeTest.EMPTY, AttributeTest.FILLED]),
        )
        | st.builds(
            AttributeCondition,
            st.sampled_from(["custom:team", "name"]),
            st.sampled_from([AttributeTest.IS, AttributeTest.CONTAINS]),
            st.sampled_from(["ann", "łukasz", "STRASSE", "true"]),
        ),
        max_size=2,
    ).map(tuple),
    domain=st.sampled_from(["", "", "example.org", "Other.example"]),
)


def search_text(person: Person) -> str:
    """Everything about a person that a search looks at; no word reaches over a line's end."""
    user = person.user
    return folded("\n".join((user.username, user.sub, *user.attributes.values(), *(person.groups or ()))))


def fits(person: Person, query: Query) -> bool:
    """The same, written for one person, with nothing shared but the words."""
    user, mine = person.user, set(person.groups or ())
    text = search_text(person)
    checks = [
        all(word in text for word in folded(query.words).split()),
        query.enabled in (None, user.enabled),
        set(query.groups) <= mine,
        not set(query.without) & mine,
        not (query.ungrouped and mine),
        not query.application or bool(set(APPLICATIONS[query.application]) & mine),
        not query.domain or user.email.lower().endswith("@" + query.domain),
    ]
    for at, span in ((user.created, query.created), (user.changed, query.changed)):
        checks.append(span.first is None or at.date() >= span.first)
        checks.append(span.last is None or at.date() <= span.last)
    for wanted in query.attributes:
        value = user.attributes.get(wanted.attribute, "")
        checks.append(
            {
                AttributeTest.EMPTY: not value,
                AttributeTest.FILLED: bool(value),
                AttributeTest.IS: value == wanted.value,
                AttributeTest.CONTAINS: folded(wanted.value) in folded(value),
            }[wanted.how]
        )
    return all(checks)


ORDERS = {
    PeopleOrder.NAME: (by_name, False),
    PeopleOrder.SIGN_IN: (lambda person: folded(person.user.label), False),
    PeopleOrder.STATUS: (
        lambda person: (list(PersonState).index(state_of(person.user, POOL.policy, START)), by_name(person)),
        False,
    ),
    PeopleOrder.NEWEST: (lambda person: person.user.created, True),
    PeopleOrder.OLDEST: (lambda person: person.user.created, False),
    PeopleOrder.CHANGED: (lambda person: person.user.changed, True),
}


@settings(max_examples=40)
@given(pools(), queries, st.sampled_from(PeopleOrder))
def test_columns_say_what_a_look_at_each_person_says(pool, query, order):
    users, memberships = pool
    everybody = [Person(user, tuple(sorted(memberships[user.sub], key=str.casefold))) for user in users]
    fitting = [person for person in everybody if fits(person, query)]
    states = [state_of(person.user, POOL.policy, START) for person in fitting]
    shown = [
        person
        for person, state in zip(fitting, states, strict=True)
        if not query.states or state in query.states
    ]
    key, backwards = ORDERS[order]
    shown.sort(key=key, reverse=backwards)
    made = tables(users, memberships)
    found = search(made, query, order, SearchTerms(START, APPLICATIONS))
    assert made.people(found.rows) == shown
    assert found.by_state == {state: states.count(state) for state in set(states)}
    assert refs_at(made, found.rows) == [person.user.ref for person in shown]


@settings(max_examples=40)
@given(queries, st.text(max_size=12), st.text(min_size=1, max_size=6))
def test_a_query_reads_back_from_its_text(query, words, value):
    asked = replace(
        query,
        words=words,
        application=value,
        attributes=(*query.attributes, AttributeCondition(f"custom:{value}", AttributeTest.IS, value)),
    )
    assert parse(str(asked)) == asked


@pytest.fixture
def staff() -> PoolTables:
    ann = somebody(1, name="Ann Ek", **{"custom:team": "Nord"})
    bo = replace(somebody(2, name="Bo"), enabled=False, status=UserStatus.FORCE_CHANGE_PASSWORD)
    cy = somebody(3, given_name="Cy", email="cy@OTHER.example")
    return tables([ann, bo, cy], {ann.sub: ["billing", "Audit"], bo.sub: ["billing"]})


@pytest.mark.parametrize(
    ("line", "who"),
    [
        ("", "123"),
        ("ek NORD", "1"),
        ("group:billing", "12"),
        ("group:billing -group:Audit", "2"),
        ("no:group", "3"),
        ("is:disabled", "2"),
        ("status:expired", "2"),
        ("app:Books", "12"),
        ("domain:other.EXAMPLE", "3"),
        ("custom:team=Nord", "1"),
        ("custom:team=nord", ""),
        ("custom:team~nor", "1"),
        ("no:custom:team", "23"),
        ("has:custom:team", "1"),
        ('"group:billing"', ""),
        ("created:..2026-04-03", ""),
        ("created:2026-04-04", "123"),
    ],
)
def test_what_a_line_finds(staff, line, who):
    assert "".join(subs(staff, line)) == who


def test_only_some_people_may_be_meant(staff):
    assert subs(staff, "", terms=SearchTerms(START, only=("sub-00003", "sub-00001", "gone"))) == ["1", "3"]


def test_unknown_memberships_are_never_taken_for_none(staff):
    blind = tables([somebody(1)], groups_known=False, missing=("The groups could not be read.",))
    for line in ("no:group", "-group:billing", "group:billing"):
        found = search(blind, parse(line))
        assert len(found) == 0
        assert "could not be read" in " ".join(found.doubts)
    assert blind.people(search(blind, Query()).rows)[0].groups is None


def test_a_group_read_in_part_makes_the_answer_doubtful(staff):
    part = tables([somebody(1)], unread_groups=frozenset({"Audit"}), missing=("Audit failed.",))
    assert "Audit" in search(part, parse("no:group")).doubts[0]
    assert "Audit" in search(part, parse("app:Books"), terms=SearchTerms(START, APPLICATIONS)).doubts[0]
    assert search(part, parse("group:billing")).doubts == ()


def test_names_that_the_pool_does_not_know_are_said(staff):
    doubts = search(staff, parse("group:x app:y custom:z=1")).doubts
    assert ["x" in doubts[1], "y" in doubts[0], "custom:z" in doubts[2]] == [True] * 3


def test_a_word_that_no_column_can_hold_finds_nobody(staff):
    assert subs(staff, Query(words="\ud800")) == []
    assert subs(staff, Query(attributes=(AttributeCondition("name", AttributeTest.IS, "\ud800"),))) == []


def test_an_empty_pool_is_searched_too():
    nobody = tables([])
    for order in PeopleOrder:
        assert len(search(nobody, parse("ann group:billing"), order)) == 0


def test_times_come_back_as_they_were():
    at = datetime(2026, 5, 1, 10, 0, 0, 123000, tzinfo=UTC)
    user = User("u", "s", UserStatus.CONFIRMED, True, at, at, {"sub": "s", "name": ""})
    made = tables([user])
    assert made.people(search(made, Query()).rows) == [Person(user, ())]


def test_orders_ignore_case_and_accents_and_put_the_nameless_last() -> None:
    def user_in(
        number: int, status: UserStatus = UserStatus.CONFIRMED, age: float = 0, **attributes: str
    ) -> User:
        at = START - timedelta(days=age)
        return replace(somebody(number, **attributes), status=status, created=at, changed=at)

    made = tables(
        [
            user_in(1, name="Élise"),
            user_in(2, UserStatus.FORCE_CHANGE_PASSWORD, 2, name="bo"),
            user_in(3, UserStatus.FORCE_CHANGE_PASSWORD, 8, name="Adam"),
            user_in(4, UserStatus.UNCONFIRMED),
            user_in(5, UserStatus.ARCHIVED, 1, name="Zed"),
        ]
    )
    assert {order: "".join(subs(made, "", order)) for order in PeopleOrder} == {
        PeopleOrder.NAME: "32154",
        PeopleOrder.SIGN_IN: "12345",
        PeopleOrder.STATUS: "12345",
        PeopleOrder.NEWEST: "14523",
        PeopleOrder.OLDEST: "32514",
        PeopleOrder.CHANGED: "14523",
    }


@pytest.mark.parametrize(
    "line",
    [
        "email=ANN@example.ORG",
        "email=<ann@example.org>",
        'phone_number="+49 (0)151 23456789"',
        "username=Zoe\u0308",
    ],
)
def test_names_are_compared_as_everywhere_else(line: str) -> None:
    ann = replace(somebody(1, email="Ann@example.org", phone_number="+4915123456789"), username="Zoë")
    pool = tables([ann, somebody(2)])
    assert subs(pool, parse(line)) == ["1"]


def test_words_find_subs_whatever_they_look_like() -> None:
    users = [
        replace(somebody(7), sub="4c1d0b7e-0000-4f6e-9a3b-5d0c7e21a9f4"),
        replace(somebody(8), sub="SUB-Łodz"),
        replace(somebody(9, **{"custom:badge": "4c1d0b7e"}), sub="0000-1111"),
    ]
    pool = tables(users)
    words = ("4C1D0B7E", "sub-lodz", "0000-1", "b7e")
    found = {word: search(pool, parse(word)).rows.tolist() for word in words}
    assert found == {"4C1D0B7E": [0, 2], "sub-lodz": [1], "0000-1": [2], "b7e": [0, 2]}


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(["+4670123456", "+46701234", "+3906701234", "070/1234", "", None]), max_size=6),
    st.sampled_from(["", "0", "00", "+", "(0)", "+46 "]),
    st.sampled_from(["70123456", "701234", "46701234", "06701234", "70/1234", "701 23", "1234-"]),
    st.sampled_from(["", "SE", "IT"]),
)
def test_a_word_is_a_phone_number_too(numbers, before: str, rest: str, region: str) -> None:
    others = ("username", "name", "00701234", "070/1234", "+46 701234", "a 701234-")
    users = [
        somebody(at, name=others[at], **({} if number is None else {"phone_number": number}))
        for at, number in enumerate(numbers)
    ]
    digits = digits_to_find(before + rest, region)
    fitting = [
        user.sub[-1]
        for user in users
        if fits(Person(user, ()), Query(words=before + rest))
        or (digits and digits in user.attributes.get("phone_number", ""))
    ]
    pool = tables(users).in_country(region)
    assert sorted(subs(pool, Query(words=before + rest))) == fitting


@pytest.mark.parametrize("word", ["", "q", "ann", "lindqvist", "żółw", "0000", "@example.org", "a'b%_"])
def test_the_end_of_a_word_is_looked_for_first(word: str) -> None:
    rest = from_rarest(word)
    assert word.endswith(rest)
    assert len(rest) >= min(4, len(word))


def test_a_word_is_looked_for_from_its_rarest_letter_on() -> None:
    rest = [from_rarest(word) for word in ("lindqvist", "sorensen", "anna@example.org")]
    assert rest == ["qvist", "sorensen", "xample.org"]
