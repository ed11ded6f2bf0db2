"""Everybody is read in sixteen lists where those can be trusted, and else in one."""

from __future__ import annotations

import pytest

from services.directory.scan import scan
from services.errors import InvalidRequest
from tests.services.directory.scan_stub import (
    PEOPLE,
    expect_everything,
    failing,
    person,
    pool_of,
    read,
    rows_in,
    values_of,
)


def test_sixteen_lists_give_what_one_gives():
    pool = pool_of(PEOPLE)
    single, sixteen = read(pool, sharded=False), read(pool, sharded=True)
    for snapshot in (single, sixteen):
        expect_everything(snapshot, pool)
    for name in ("users", "groups", "memberships"):
        assert rows_in(getattr(single, name)) == rows_in(getattr(sixteen, name))
        assert getattr(single, name).schema == getattr(sixteen, name).schema
    assert single.attributes == ("custom:team", "email")
    assert "16 lists at once" in sixteen.about.how[0]
    assert single.about.how[0] == "People were read page after page."
    assert sum(call.startswith("users") for call in pool.calls) > 32


def test_the_size_decides_between_one_list_and_sixteen():
    assert "16 lists" in scan(pool_of(1_100, page_rows=60)).about.how[0]
    assert "page after page" in scan(pool_of(900, page_rows=60)).about.how[0]


@pytest.mark.parametrize(
    ("lie", "said"),
    [
        (lambda people, first: people, "showed other people too"),
        (
            lambda people, first: [person for person in people if person.sub.startswith(first)][1:],
            "in none of them",
        ),
        (lambda people, first: [], "in none of them"),
        (
            lambda people, first: [person for person in people if person.sub.startswith(first)][:9] * 2,
            "listed twice",
        ),
        (
            lambda people, first: [
                person for n, person in enumerate(people) if person.sub.startswith(first) and (n < 7 or n % 2)
            ],
            "AWS estimates 300",
        ),
    ],
)
def test_a_backend_that_answers_filters_wrongly_is_read_in_one_list(lie, said):
    pool = pool_of(PEOPLE, filtered=lie)
    snapshot = read(pool, sharded=True)
    expect_everything(snapshot, pool)
    assert snapshot.about.how[0] == "People were read page after page."
    assert said in snapshot.about.how[1]


def test_a_backend_that_refuses_the_filter_is_read_in_one_list():
    pool = pool_of(PEOPLE, fault=failing("users 0", error=InvalidRequest("No such filter.")))
    snapshot = read(pool, sharded=True)
    expect_everything(snapshot, pool)
    assert "refuses to be filtered" in snapshot.about.how[1]


def test_members_of_groups_whom_the_filters_hide_give_them_away():
    hidden = {person(n).sub for n in range(100, 300, 50)}

    def without(people, first):
        return [person for person in people if person.sub.startswith(first) and person.sub not in hidden]

    pool = pool_of(PEOPLE, filtered=without)
    snapshot = read(pool, sharded=True)
    expect_everything(snapshot, pool)
    assert "members of groups were in none of them" in snapshot.about.how[1]


def test_subs_unlike_those_of_aws_are_read_in_one_list():
    pool = pool_of(40)
    pool.people[3] = type(pool.people[3])(**{**values_of(pool.people[3]), "sub": "Zoe"})
    pool.members = {}
    snapshot = read(pool, sharded=True)
    expect_everything(snapshot, pool)
    assert "don't begin as AWS's do" in snapshot.about.how[1]
