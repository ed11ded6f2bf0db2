"""The exported CSV: what it says, that spreadsheets don't run it, that it can be uploaded again."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from console.users.export import build, filename
from console.users.fields import columns_for, default_columns
from services.cognito.models import UserPool
from services.cognito.standard import STANDARD_SCHEMA
from services.directory.people import Person
from tests.services.directory.pool_stub import START, somebody

POOL = UserPool("id", "pool", schema=STANDARD_SCHEMA)
EMAILS = replace(POOL, username_attributes=frozenset({"email"}))
ANN = Person(somebody(1, given_name="Ann", family_name="Ek"), ("audit", "semi;colon"))
EVIL = Person(somebody(2, name="=SUM(A1)", phone_number="+46701234567"), ())


def read(people, names=None, pool=POOL, complete=True):
    columns = columns_for(pool, [], START)
    shown = [columns[name] for name in names or default_columns(pool)]
    text = build(people, shown, pool, complete=complete).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_everybody_shown_is_in_it_with_who_they_are():
    ann, _ = read([ANN, EVIL])
    assert ann["sub"] == "sub-00001"
    assert ann["username"] == "user00001"
    assert ann["enabled"] == "true"
    assert ann["created"] == "2026-04-04T09:00:00+00:00"


def test_the_name_shown_is_written_as_the_attributes_it_comes_from():
    ann, evil = read([ANN, EVIL])
    assert (ann["name"], ann["given_name"], ann["family_name"]) == ("", "Ann", "Ek")
    assert evil["given_name"] == ""


def test_cells_that_look_like_formulas_are_neutralised():
    _, evil = read([ANN, EVIL], ["name", "phone_number"])
    assert evil["name"] == "'=SUM(A1)"
    assert evil["phone_number"] == "'+46701234567"


def test_memberships_mean_exactly_these_only_when_all_are_known():
    assert read([ANN])[0]["all_groups"] == r"audit;semi\;colon"
    incomplete = read([ANN], complete=False)[0]
    assert "all_groups" not in incomplete
    assert incomplete["groups"] == r"audit;semi\;colon"
    assert read([Person(ANN.user, None)], ["groups"])[0]["all_groups"] == ""


def test_in_an_email_pool_the_meaningless_username_is_left_out():
    assert "username" not in read([ANN], pool=EMAILS)[0]


@pytest.mark.parametrize(
    "names", [["name", "attribute:name"], ["attribute:name"], ["sub", "username", "sub"]]
)
def test_no_heading_comes_twice(names):
    columns = columns_for(POOL, [], START)
    text = build([EVIL], [columns[name] for name in names], POOL, complete=True).decode("utf-8-sig")
    header = text.splitlines()[0].split(",")
    assert len(header) == len(set(header))


def test_the_filename_names_the_pool_and_is_harmless():
    assert filename("a/b <c>").startswith("users-a-b--c-")
