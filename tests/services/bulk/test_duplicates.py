"""The same person in several rows: a line for each membership, and rows that contradict each other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.bulk.model import RowVerdict
from services.bulk.row_actions import SYNC_GROUPS, RowAction
from services.store.store import Store
from tests.fixtures.cognito import Cognito
from tests.services.bulk.conftest import Bulk, bulk_on, said


@pytest.fixture
def staff(store: Store, cognito: Cognito, aws_environment: None, empty_pool: Callable[..., str]) -> Bulk:
    """A pool with Ann, who is in three groups."""
    bulk = bulk_on(store, cognito, empty_pool())
    bulk.apply(("username", "groups"), ("ann", "billing;support;audit"), create_groups=True)
    return bulk


@pytest.mark.parametrize(("heading", "action"), [("all_groups", None), ("groups", SYNC_GROUPS)])
def test_lines_of_one_person_list_the_groups_together(
    staff: Bulk, heading: str, action: RowAction | None
) -> None:
    options = {} if action is None else {"action": action}
    rows = [("ann", group) for group in ("billing", "support", "audit")]
    plan = staff.plan(("username", heading), *rows, **options)
    assert [(row.verdict, said(row)) for row in plan.rows] == [(RowVerdict.UNCHANGED, "")] * 3
    first, second = staff.plan(("username", heading), *rows[:2], ("bo", "billing"), **options).rows[:2]
    if action is None:
        assert [step.change.wanted for step in first.steps] == ["remove from group audit"]
    assert second.verdict is RowVerdict.UNCHANGED


@pytest.mark.parametrize("group", ["audti", "#REF!", "", "bill\u202eing"])
def test_a_line_that_can_not_be_carried_out_keeps_the_others_of_its_person_back(
    staff: Bulk, group: str
) -> None:
    rows = [("ann", name) for name in ("billing", "support", group)]
    plan = staff.plan(("username", "all_groups"), *rows)
    assert [row.verdict for row in plan.rows] == [RowVerdict.INVALID] * 3


def test_rows_that_contradict_each_other_are_both_kept_back(staff: Bulk) -> None:
    plan = staff.plan(("username", "given_name"), ("ann", "Ann"), ("ann", "Anna"))
    assert [row.verdict for row in plan.rows] == [RowVerdict.INVALID] * 2
    assert "Row 3 is the same person and asks something else." in said(plan.rows[0])
    alike = staff.plan(("username", "given_name"), ("ann", "Ann"), ("ann", "Ann"))
    assert [row.verdict for row in alike.rows] == [RowVerdict.CHANGE, RowVerdict.INVALID]


def test_one_new_person_in_two_spellings_gets_the_groups_of_both_lines(
    store: Store, cognito: Cognito, aws_environment: None, empty_pool: Callable[..., str]
) -> None:
    pool = bulk_on(store, cognito, empty_pool(UsernameAttributes=["email"]))
    rows = [("new.one@x.org", "billing"), ("New.One@X.org", "support")]
    plan = pool.plan(("email", "groups"), *rows, create_groups=True)
    assert [row.verdict for row in plan.rows] == [RowVerdict.CREATE, RowVerdict.UNCHANGED]
    assert plan.rows[1].remark == "Planned with row 2, the same person."


def test_new_people_with_one_address_or_number_are_told(staff: Bulk) -> None:
    rows = [
        ("bo", "bo@example.org", "+46701234567"),
        ("cy", "Bo@example.org", "+46 70 123 45 67"),
        ("di", "di@example.org", "+46701234568"),
        ("ann", "di@example.org", "+46701234567"),
    ]
    plan = staff.plan(("username", "email", "phone_number"), *rows)
    told = [[problem.what for problem in row.problems if "same" in problem.what] for row in plan.rows]
    assert told == [[], ["Row 2 has the same e-mail address.", "Row 2 has the same phone number."], [], []]
    assert [row.verdict for row in plan.rows] == [RowVerdict.CREATE] * 3 + [RowVerdict.CHANGE]
