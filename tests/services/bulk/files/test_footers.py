"""Signatures and small tables below a list make nobody unasked; people behind an empty row are people."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from services.bulk.cells.damage import DamageKind
from services.bulk.model import Plan, RowVerdict
from services.csv_safe import write_csv
from services.store.store import Store
from tests.fixtures.cognito import Cognito
from tests.services.bulk.conftest import Bulk, bulk_on

HEADER = ("username", "given_name", "family_name", "groups")
PEOPLE = [(f"p{number}.ek", "Ann", "Ek", "billing") for number in range(4)]
EMPTY = ("", "", "", "")
TABLE = [("Code", "Department", "", ""), ("SAL", "Sales", "", ""), ("HR", "Personnel", "", "")]


@pytest.fixture
def anybody(store: Store, cognito: Cognito, aws_environment: None, empty_pool: Callable[..., str]) -> Bulk:
    """A pool with plain usernames that asks nothing else of people."""
    return bulk_on(store, cognito, empty_pool())


def plan_of(bulk: Bulk, rows: Sequence[Sequence[str]], **options: object) -> Plan:
    raw = write_csv(HEADER, rows)
    return bulk.plan((), raw=raw, create_groups=True, **options)


@pytest.mark.parametrize(
    "below", [TABLE, [("Approved", "Zoe", "", "")], [*TABLE, EMPTY, ("Approved", "", "Zoe Boss", "")]]
)
def test_what_stands_below_the_list_makes_nobody(anybody: Bulk, below: list[tuple[str, ...]]) -> None:
    plan = plan_of(anybody, [*PEOPLE, EMPTY, *below])
    assert [row.verdict for row in plan.rows[:4]] == [RowVerdict.CREATE] * 4
    assert {row.verdict for row in plan.rows[4:]} == {RowVerdict.INVALID}
    assert {problem.kind for row in plan.rows[4:] for problem in row.errors} == {DamageKind.TOTAL}
    taken = plan_of(anybody, [*PEOPLE, EMPTY, *below], accept=(DamageKind.TOTAL,))
    assert {row.verdict for row in taken.rows} == {RowVerdict.CREATE}


@pytest.mark.parametrize(
    "below",
    [
        [EMPTY, ("bo.li", "Bo", "Li", "")],
        [EMPTY, ("bo.li", "Bo", "Li", "billing")],
        [EMPTY, ("bo.li@example.org", "Bo", "", "")],
        [("bo.li", "Bo", "", "")],
        [EMPTY, ("bo.li", "Bo", "", ""), EMPTY, ("cy.li", "Cy", "Li", "billing")],
    ],
)
def test_people_behind_an_empty_row_are_people(anybody: Bulk, below: list[tuple[str, ...]]) -> None:
    plan = plan_of(anybody, [*PEOPLE, *below])
    assert {row.verdict for row in plan.rows} == {RowVerdict.CREATE}


def test_blocks_of_few_columns_are_a_list_where_the_list_has_no_more(anybody: Bulk) -> None:
    short = [(f"q{number}.ek", "Ann", "", "") for number in range(4)]
    plan = plan_of(anybody, [*short, EMPTY, *TABLE, EMPTY, *short[:2]])
    assert DamageKind.TOTAL not in {problem.kind for problem in plan.problems}
