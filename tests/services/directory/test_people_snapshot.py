"""A small pool is searched as a snapshot."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.cognito.models import Group, UserPool
from services.directory.people import People
from services.directory.people_snapshot import people_snapshot
from services.directory.pool import pool_of
from services.directory.search import search
from services.directory.search_query import Query, parse
from tests.services.directory.pool_stub import START, somebody

POOL = UserPool("id", "pool")


@pytest.fixture
def people() -> People:
    return People(
        users=(
            somebody(1, name="Zoë Ångström", **{"custom:team": "Nord"}),
            somebody(2, name="Łukasz Żak"),
            somebody(3, name="Ann <b>Ek</b>"),
        ),
        groups=(Group("Billing"),),
        memberships={"sub-00002": ("Billing",)},
        read_at=START,
    )


def made(people: People, pool: UserPool = POOL):
    return pool_of(people_snapshot(people, pool, pool_key="key", pool_name="staff"))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("", "123"),
        ("  ", "123"),
        ("zoe", "1"),
        ("ANGSTROM", "1"),
        ("lukasz zak", "2"),
        ("zak lukasz", "2"),
        ("zak zoe", ""),
        ("nord", "1"),
        ("billing", "2"),
        ("00003@example", "3"),
        ("<b>", "3"),
        ("sub-00002", "2"),
        (".*", ""),
        ("example.orgzoe", ""),
    ],
)
def test_every_word_must_occur_somewhere_whatever_the_accents_and_case(people, words, found) -> None:
    snapshot = made(people)
    rows = search(snapshot, Query(words=words)).rows
    assert sorted(one.user.sub[-1] for one in snapshot.people(rows)) == list(found)


def test_it_is_made_once_for_each_state_of_the_pool(people) -> None:
    assert made(people) is made(people)
    assert made(replace(people, users=people.users[:1])) is not made(people)
    assert made(people, replace(POOL, tier="PLUS")) is not made(people)


def test_what_could_not_be_read_stays_said(people) -> None:
    part = made(replace(people, missing=("Page 2 failed.",), unread_groups=frozenset({"Billing"})))
    assert not part.completeness.complete
    assert "Billing" in search(part, parse("no:group")).doubts[0]


def test_text_that_no_column_can_hold_does_not_hide_the_pool(people) -> None:
    odd = somebody(4, name="Ann \ud800 Ek")
    snapshot = made(replace(people, users=(*people.users, odd)))
    (found,) = snapshot.people(search(snapshot, Query(words="00004@")).rows)
    assert found.user.name == "Ann ? Ek"
