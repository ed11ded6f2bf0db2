"""Words find people of a pool that was read whole, whatever their accents and case."""

from __future__ import annotations

import pytest

from services.cognito.models import Group, User
from services.directory.listing import read_whole
from services.directory.pool import PoolTables
from services.directory.search import search
from services.directory.search_query import Query, parse
from services.directory.snapshot import Completeness
from tests.services.directory.pool_stub import START, PoolInMemory, somebody

USERS = (
    somebody(1, name="Zoë Ångström", **{"custom:team": "Nord"}),
    somebody(2, name="Łukasz Żak"),
    somebody(3, name="Ann <b>Ek</b>"),
)


def made(*more: User, completeness: Completeness | None = None) -> PoolTables:
    state = completeness or Completeness()
    return read_whole(
        PoolInMemory(), (*USERS, *more), (Group("Billing"),), {"sub-00002": ("Billing",)}, state, START
    )


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
def test_every_word_must_occur_somewhere_whatever_the_accents_and_case(words: str, found: str) -> None:
    pool = made()
    rows = search(pool, Query(words=words)).rows
    assert sorted(person.user.sub[-1] for person in pool.people(rows)) == list(found)


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Straße", "strasse"),
        ("STRASSE", "straße"),
        ("İstanbul", "istanbul"),
        ("Diyarbakır", "diyarbakir"),
        ("DİYARBAKIR", "diyarbakir"),
        ("ﬁnance", "finance"),
        ("Æsir Œuvre", "aesir oeuvre"),
        ("Ðorđe Þór", "dorde thor"),
        ("Σίσυφος", "σισυφοσ"),
        ("Ａｎｎ", "ann"),
        ("é", "é"),
    ],
)
def test_letters_that_case_and_accents_change_are_found(name: str, word: str) -> None:
    pool = made(somebody(7, nickname=name))
    for query in (Query(words=word), parse(f'nickname~"{word}"')):
        assert "sub-00007" in [person.user.sub for person in pool.people(search(pool, query).rows)]


def test_what_could_not_be_read_stays_said() -> None:
    part = made(completeness=Completeness(("Page 2 failed.",), unread_groups=frozenset({"Billing"})))
    assert not part.completeness.complete
    assert "Billing" in search(part, parse("no:group")).doubts[0]


def test_text_that_no_column_can_hold_does_not_hide_the_pool() -> None:
    pool = made(somebody(4, name="Ann \ud800 Ek"))
    (found,) = pool.people(search(pool, Query(words="00004@")).rows)
    assert found.user.name == "Ann ? Ek"
