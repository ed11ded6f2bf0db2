"""Leavers are seen off in one action, each part of which can be switched off, and it has its own word."""

from __future__ import annotations

import pytest

from console.widgets.plan import button_text
from services.bulk.model import PlanOptions, RowResult, RowVerdict
from services.bulk.row_actions import LEAVER, SYNC_GROUPS, action_of
from services.bulk.saved import options_from
from services.bulk.verbs import verbs_of
from services.people.leaving import LeaverPart
from tests.services.bulk.conftest import Bulk


def actions(bulk: Bulk, *rows: tuple[str, ...], **options: object) -> list[list[str]]:
    plan = bulk.plan(("username",), *rows, action=LEAVER, **options)
    return [[step.change.action for step in row.steps] for row in plan.rows]


def test_a_leaver_is_signed_out_disabled_and_in_no_group_and_again_is_nothing(staff: Bulk) -> None:
    newcomer = ("gone.one", "gone.one@example.com", "Gone", "One", "billing;training")
    staff.run(staff.plan(("username", "email", "given_name", "family_name", "groups"), newcomer))
    assert staff.groups("gone.one") == {"billing", "training"}
    plan = staff.plan(("username",), ("gone.one",), action=LEAVER)
    assert button_text(plan.totals) == "Offboard 1"
    _, (row,) = staff.run(plan)
    assert row.result is RowResult.DONE
    assert not staff.user("gone.one").enabled
    assert staff.groups("gone.one") == set()
    again = staff.plan(("username",), ("gone.one",), action=LEAVER)
    assert (again.rows[0].verdict, again.rows[0].remark) == (RowVerdict.UNCHANGED, "Has left already.")


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ((LeaverPart.DISABLE,), {"disable_user"}),
        ((LeaverPart.SIGN_OUT,), {"sign_out_user"}),
        ((LeaverPart.GROUPS,), {"remove_from_group"}),
        (tuple(LeaverPart), {"sign_out_user", "disable_user", "remove_from_group"}),
    ],
)
def test_each_part_can_be_switched_off(staff: Bulk, parts: tuple[str, ...], expected: set[str]) -> None:
    (steps,) = actions(staff, ("ann.lindqvist",), leaver=parts)
    assert set(steps) == expected


def test_the_word_stands_in_a_column_too_and_has_synonyms(staff: Bulk) -> None:
    plan = staff.plan(
        ("username", "action", "nickname"), ("ann.lindqvist", "offboard", ""), ("bo.li", "update", "Bo")
    )
    assert [row.action for row in plan.rows] == ["leaver", "update"]
    assert button_text(plan.totals) == "Change 1 and offboard 1"
    assert action_of("Terminated") == LEAVER


def test_somebody_who_is_not_there_is_a_problem_and_nobody_is_made(staff: Bulk) -> None:
    plan = staff.plan(("username",), ("nobody.here",), action=LEAVER)
    assert plan.rows[0].verdict is RowVerdict.INVALID


def test_disabling_goes_by_its_own_word_whatever_asks_for_it(staff: Bulk) -> None:
    rows = [("ann.lindqvist", "false"), ("bo.li", "false")]
    assert button_text(staff.plan(("username", "enabled"), *rows).totals) == "Disable 2"
    plan = staff.plan(("username", "action"), *((name, "disable") for name, _ in rows))
    assert button_text(plan.totals) == "Disable 2"


def test_sync_says_which_groups_it_leaves_alone(staff: Bulk) -> None:
    plan = staff.plan(("username", "groups"), ("bo.li", "billing"), action=SYNC_GROUPS)
    (remark,) = [text for text in plan.remarks if text.startswith("Left alone")]
    assert "billing" not in remark.partition("names them: ")[2].split(", ")
    assert "auditors" in remark
    assert remark.endswith("more.")


def test_options_of_an_earlier_release_see_leavers_off_wholly() -> None:
    assert options_from({"share": 0.5}).leaver == PlanOptions().leaver == tuple(LeaverPart)


def test_what_is_done_for_people_is_not_told_as_if_it_were_done_to_them(staff: Bulk) -> None:
    names = (("ann.lindqvist",), ("bo.li",))
    plan = staff.plan(("username", "action"), *((*name, "set_password") for name in names))
    assert button_text(plan.totals) == "Set temporary password for 2"
    (verb,) = verbs_of(plan.totals)
    assert verb.told("**2**") == "password set for **2**"
    plan = staff.plan(("username", "action"), *((*name, "sign_out") for name in names))
    assert button_text(plan.totals) == "Sign out 2"
    (verb,) = verbs_of(plan.totals)
    assert verb.told("**2**") == "**2** signed out everywhere"
