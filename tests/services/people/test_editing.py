from dataclasses import replace

import pytest

from services.cognito.actions import ClearAttributes, UpdateAttributes, mark_verified
from services.cognito.attributes import STANDARD_SCHEMA
from services.cognito.models import SchemaAttribute, UserPool
from services.people.editing import changed_values, changes_for, editing_problems, held_back
from tests.services.directory.pool_stub import somebody

TEAM = SchemaAttribute("custom:team", min_length=0, max_length=5)
FIXED = SchemaAttribute("custom:fixed", mutable=False)
POOL = UserPool("id", "pool", schema=(*STANDARD_SCHEMA, TEAM, FIXED))
ANN = somebody(1, name="Ann", email_verified="true", **{"custom:team": "Nord"})


def test_only_what_differs_is_sent():
    wanted = {"name": " Ann ", "custom:team": "Süd", "nickname": ""}
    assert changed_values(ANN, wanted, POOL) == {"custom:team": "Süd"}


def test_emptying_and_setting_take_one_call_each():
    edited = changed_values(ANN, {"name": "", "custom:team": "Süd"}, POOL)
    assert changes_for(ANN, edited, POOL) == [
        UpdateAttributes(ANN.ref, {"custom:team": "Süd"}),
        ClearAttributes(ANN.ref, ("name",)),
    ]


def test_a_new_address_does_not_inherit_the_old_ones_verification():
    assert changes_for(ANN, {"email": "new@example.org"}, POOL) == [
        UpdateAttributes(ANN.ref, {"email": "new@example.org", "email_verified": "false"})
    ]


def test_a_new_address_is_verified_when_the_operator_says_so():
    (change,) = changes_for(ANN, {"email": "new@example.org"}, POOL, verified={"email"})
    assert change.attributes == {"email": "new@example.org", "email_verified": "true"}


def test_where_the_pool_verifies_updates_itself_it_is_left_to_it():
    pool = replace(POOL, verified_before_update=frozenset({"email"}))
    (change,) = changes_for(ANN, {"email": "new@example.org"}, pool)
    assert change.attributes == {"email": "new@example.org"}
    assert held_back({"email": "new@example.org"}, pool) == ["email"]
    assert held_back({"email": "new@example.org"}, pool, {"email"}) == []
    assert held_back({"email": ""}, pool) == []


def test_the_verified_mark_goes_with_the_address():
    assert changes_for(ANN, {"email": ""}, POOL) == [ClearAttributes(ANN.ref, ("email", "email_verified"))]


@pytest.mark.parametrize(
    ("edited", "title"),
    [
        ({"custom:team": "too long"}, "Team"),
        ({"email": "no address"}, "E-mail address"),
        ({"phone_number": "070"}, "Phone number"),
        ({"custom:fixed": "x"}, "Fixed"),
    ],
)
def test_problems_are_found_before_anything_is_sent(edited, title):
    assert [problem.title for problem in editing_problems(ANN, edited, POOL)] == [title]


def test_all_problems_come_at_once():
    assert (
        len(editing_problems(ANN, {"custom:team": "too long", "email": "x", "phone_number": "1"}, POOL)) == 3
    )


def test_marking_verified():
    assert mark_verified(ANN, "email") == UpdateAttributes(ANN.ref, {"email_verified": "true"})
