"""Usernames that nobody means are kept back; unusual ones that people have are not."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bulk.cells import odd_usernames
from services.bulk.cells.damage import DamageKind
from services.bulk.cells.damage_checks import damage
from services.bulk.model import RowVerdict
from tests.services.bulk.conftest import Bulk, only


@pytest.mark.parametrize(
    "username",
    [
        *("null.null", "nan.nan", "none.none", "undefined.ek", "ann.null", "n/a.ek", "Ann_None", "NaN.NaN"),
        *("first.last", "vorname.nachname", "Firstname.Lastname", "prenom.nom", "Never"),
    ],
)
def test_a_username_made_of_nothing_or_of_an_example_is_a_placeholder(username: str) -> None:
    for target in ("username", "preferred_username"):
        found = damage(target, username)
        assert found is not None
        assert (found.kind, found.likely) == (DamageKind.EMPTY, None)


@pytest.mark.parametrize(
    ("username", "likely"),
    [
        *((".ek", None), ("ann.", None), ("..", "")),
        *(("ann@example.org;bo@x.org", None), ("ann@example.org, bo@x.org", None)),
        *(("CN=AnnEk,OU=Staff,DC=example", None), ("uid=ann,ou=people,dc=x", "ann")),
        ("cn=Ek\\, Ann,ou=Staff,dc=x", None),
        ("i:0#.f|membership|ann@example.org", "ann@example.org"),
        ("c:0(.s|true", "true"),
        ("{1F2E3D4C-0000-4111-8222-333344445555}", "1F2E3D4C-0000-4111-8222-333344445555"),
        *(("http://x/ann", None), ("https://example.org/users/ann", None)),
    ],
)
def test_a_username_of_another_system_or_a_part_of_one_is_told(username: str, likely: str | None) -> None:
    found = damage("username", username)
    assert found is not None
    assert found.likely == likely
    assert not found.never


@pytest.mark.parametrize(
    "username",
    [
        *("ann", "ann.ek", "nan.ek", "Nan.Li", "ann.na", "a.b.c", "noneill.ann", "nullarbor", "ann-ek"),
        *("CONTOSO\\ann", "ann@example.org", "_ek", "ann_", "ann=ek", "o", "C.Ek", "nevers", "last.one"),
        *("1f2e3d4c-0000-4111-8222-333344445555", "00123", "Google_1234", "ann+1@example.org", "ann/ek"),
        *("ann_example.org#EXT#@contoso.onmicrosoft.com", "first.ek", "王.小明", "user.name2", "i:0"),
    ],
)
def test_usernames_that_people_have_are_left_alone(username: str) -> None:
    assert damage("username", username) is None


def test_whoever_is_called_so_already_is_meant(staff: Bulk) -> None:
    header = ("username", "email", "given_name", "family_name")
    row = ("ann.null", "ann.null@example.com", "Ann", "Null")
    assert only(staff.plan(header, row)).verdict is RowVerdict.INVALID
    staff.apply(header, row, accept=(DamageKind.EMPTY,))
    assert only(staff.plan(header, (*row[:2], "Anna", "Null"))).verdict is RowVerdict.CHANGE


PIECES = ("null", "None", "nan", "n/a", "ann", "first", "last", "never", "é", "0", *"x@._- ")
SIGNS = ("CN=", ",OU=", "i:0#.f|", "{", "}", "://", ";", "http")


@given(st.lists(st.sampled_from((*PIECES, *SIGNS)), min_size=1, max_size=6).map("".join).filter(str.strip))
def test_what_is_told_quickly_of_a_username_is_what_a_closer_look_says(username: str) -> None:
    found = odd_usernames.odd_username(username)
    with patch.object(odd_usernames, "_is_usual", lambda word: False):
        assert odd_usernames.odd_username(username) == found
