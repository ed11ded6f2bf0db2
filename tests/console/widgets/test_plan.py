"""A plan in words."""

from __future__ import annotations

from console.widgets.plan import line_of
from services.bulk.model import RowPlan, RowVerdict, Step
from services.bulk.row_actions import UPSERT
from services.cognito.actions import DeleteUser
from services.cognito.models import PersonRef


def test_of_somebody_who_is_deleted_no_before_and_after_is_told() -> None:
    person = PersonRef("ann", "sub-ann", "Ann")
    steps = (Step(DeleteUser(person), {"deleted": False}, {"deleted": True}),)
    row = RowPlan(2, "ann@example.com", UPSERT, RowVerdict.CHANGE, steps, person=person)
    assert line_of(row) == (2, "ann@example.com", "Deleted", "Delete.", "")
