"""What a plan costs in calls, time, money and messages."""

from __future__ import annotations

import pytest

from services.bulk.cost import seconds_for, totals_of
from services.bulk.model import RowPlan, Step, Verdict
from services.bulk.row_actions import UPSERT
from services.cognito.actions import ACTIONS, AddToGroup, CreateUser, DeleteUser, PersonChange, ResetPassword
from services.cognito.models import PersonRef

ANN = PersonRef("ann", "sub-ann", "Ann")


def row(number: int, verdict: Verdict, *steps: Step) -> RowPlan:
    return RowPlan(number, "Ann", UPSERT, verdict, steps)


def test_the_busiest_category_sets_the_time() -> None:
    calls = {"AdminCreateUser": 1_000, "AdminAddUserToGroup": 1_000, "AdminSetUserPassword": 1_000}
    assert seconds_for(calls, 1.0) == pytest.approx(40)
    assert seconds_for(calls, 0.5) == pytest.approx(80)
    assert seconds_for(calls, 1.0, {"UserUpdate": 100.0}) == pytest.approx(1_000 / 30)


def test_operations_capped_per_pool_take_longer() -> None:
    assert seconds_for({"CreateGroup": 10}, 1.0) == pytest.approx(2)


def test_figures_add_up() -> None:
    invited = Step(CreateUser("new", {"email": "n@example.com"}, delivery=("EMAIL", "SMS")))
    totals = totals_of(
        [
            row(2, Verdict.CREATE, invited, Step(AddToGroup(PersonRef("new", "", "new"), group="a"))),
            row(3, Verdict.CHANGE, Step(ResetPassword(ANN))),
            row(4, Verdict.CHANGE, Step(DeleteUser(ANN))),
            row(5, Verdict.UNCHANGED),
        ],
        [],
        0.5,
    )
    assert (totals.rows, totals.create, totals.change, totals.unchanged) == (4, 1, 2, 1)
    assert (totals.emails, totals.texts, totals.irreversible) == (2, 1, 2)
    assert totals.billed == 2  # a reset alone makes nobody active
    assert totals.actions == {"create_user": 1, "add_to_group": 1, "reset_password": 1, "delete_user": 1}


def test_every_change_to_a_person_is_judged_for_the_bill() -> None:
    to_people = [kind for kind in ACTIONS.values() if issubclass(kind, CreateUser | PersonChange)]
    assert {kind.operation for kind in to_people if not kind.bills} == {"AdminResetUserPassword"}
    assert not any(kind.bills for kind in ACTIONS.values() if kind not in to_people)
