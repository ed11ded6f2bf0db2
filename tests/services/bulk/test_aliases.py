"""A preferred username that people sign in with is unique, and nobody's username."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.bulk.model import RowVerdict
from services.store.store import Store
from tests.fixtures.cognito import Cognito
from tests.services.bulk.conftest import Bulk, bulk_on, only, said

HEADER = ("username", "email", "preferred_username")
NAMES = ("given_name", "family_name")


@pytest.fixture
def aliased(store: Store, cognito: Cognito, aws_environment: None, empty_pool: Callable[..., str]) -> Bulk:
    pool_id = empty_pool(AliasAttributes=["preferred_username"])
    client = cognito.client()
    for name, alias in (("ann", "queen"), ("bo", "king")):
        client.admin_create_user(
            UserPoolId=pool_id,
            Username=name,
            UserAttributes=[
                {"Name": "email", "Value": f"{name}@example.com"},
                {"Name": "preferred_username", "Value": alias},
            ],
            MessageAction="SUPPRESS",
        )
    return bulk_on(store, cognito, pool_id)


@pytest.mark.parametrize(
    ("row", "wrong"),
    [
        (("cy", "", "queen"), "is the preferred username of"),
        (("cy", "", "ann"), "is the username of"),
        (("cy", "", "cy"), "is the username in this row"),
        (("ann", "", "bo"), "is the username of"),
        (("ann", "", "king"), "is the preferred username of"),
    ],
)
def test_an_alias_that_is_taken_is_a_problem_of_its_row(
    aliased: Bulk, row: tuple[str, ...], wrong: str
) -> None:
    found = only(aliased.plan(HEADER, row))
    assert found.verdict is RowVerdict.INVALID
    assert wrong in said(found)
    assert [problem.column for problem in found.errors] == ["preferred_username"]


def test_an_alias_of_ones_own_and_a_new_one_are_fine(aliased: Bulk) -> None:
    assert only(aliased.plan(HEADER, ("ann", "", "queen"))).verdict is RowVerdict.UNCHANGED
    assert only(aliased.plan(HEADER, ("ann", "", "empress"))).verdict is RowVerdict.CHANGE
    assert only(aliased.plan(HEADER, ("cy", "", "jack"))).verdict is RowVerdict.CREATE


def test_two_rows_can_not_have_one_alias_nor_the_username_of_another(aliased: Bulk) -> None:
    plan = aliased.plan(HEADER, ("cy", "", "jack"), ("di", "", "jack"), ("jack", "", ""), ("ed", "", "di"))
    assert [row.verdict is RowVerdict.INVALID for row in plan.rows] == [False, True, True, True]
    assert "Row 2 has “jack” as preferred username" in said(plan.rows[1])
    assert "Row 3 has “di” as username" in said(plan.rows[3])


def test_where_nobody_signs_in_with_it_a_preferred_username_is_an_attribute_like_others(staff: Bulk) -> None:
    aliases = {"one": "same", "two": "same", "three": "bo.li"}
    rows = [(f"new.{name}", f"{name}@example.com", alias, "New", name) for name, alias in aliases.items()]
    plan = staff.plan((*HEADER, *NAMES), *rows)
    assert {row.verdict for row in plan.rows} == {RowVerdict.CREATE}


def test_the_plan_says_the_username_that_will_be_made(staff: Bulk, customers: Bulk) -> None:
    row = only(staff.plan((*HEADER, *NAMES), ("new.one", "one@example.com", "", "New", "One")))
    assert row.who == "one@example.com (username new.one)"
    assert only(customers.plan(("email",), ("new@example.com",))).who == "new@example.com"
    assert "username" not in only(staff.plan(HEADER, ("bo.li", "", "boss"))).who
