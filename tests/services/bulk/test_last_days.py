"""The last day of a leaver: read only where it is beyond doubt, and nothing is done before it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.bulk.cells.damage import Damage, DamageKind
from services.bulk.last_days import last_days, read_last_day, today_in
from services.bulk.model import RowResult, RowVerdict
from services.bulk.row_actions import LEAVER
from services.bulk.saved import save_plan
from tests.services.bulk.conftest import Bulk, said

TODAY = date(2026, 11, 27)


@pytest.mark.parametrize(
    "cell",
    ["2026-11-30", "2026-11-30 00:00:00", "2026-11-30T00:00:00Z", "30.11.2026", "30. 11. 2026", "30/11/2026",
     "11/30/2026", "30 Nov 2026", "30-Nov-2026", "30 November 2026", "30 novembre 2026"],
)  # fmt: skip
def test_a_day_that_can_be_read_in_one_way_is_read(cell: str) -> None:
    assert read_last_day(cell, TODAY) == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("cell", "kind"),
    [
        ("12-May", DamageKind.NO_DAY),
        ("May-26", DamageKind.NO_DAY),
        ("03/04/2027", DamageKind.NO_DAY),
        ("30.02.2027", DamageKind.NO_DAY),
        ("30-Nov-26", DamageKind.NO_DAY),
        ("1 marras 2027", DamageKind.NO_DAY),
        ("30 marraskuu 2026", DamageKind.NO_DAY),
        ("1 augury 2027", DamageKind.NO_DAY),
        ("#REF!", DamageKind.NO_DAY),
        ("2026-11-30 17:00", DamageKind.NO_DAY),
        ("soon", DamageKind.NO_DAY),
        ("9999-12-31", DamageKind.NO_DAY),
        ("46356", DamageKind.SERIAL),
        ("46356.0", DamageKind.SERIAL),
        ("20261130", DamageKind.SERIAL),
        ("2026-11-26", DamageKind.PAST_DAY),
    ],
)
def test_any_other_day_is_refused(cell: str, kind: DamageKind) -> None:
    found = read_last_day(cell, TODAY)
    assert isinstance(found, Damage)
    assert found.kind is kind
    assert found.fix
    if kind is DamageKind.SERIAL:
        assert found.likely == "2026-11-30"


def test_the_same_day_in_both_readings_is_one_day_and_today_is_not_over() -> None:
    assert read_last_day("12/12/2026", TODAY) == date(2026, 12, 12)
    assert read_last_day(TODAY.isoformat(), TODAY) == TODAY


def test_leavers_on_a_day_to_come_have_no_steps_now_and_are_gathered_by_day(staff: Bulk) -> None:
    soon, later = today_in("") + timedelta(days=3), today_in("") + timedelta(days=5)
    plan = staff.plan(
        ("username", "Last day"),
        ("ann.lindqvist", later.isoformat()),
        ("bo.li", soon.isoformat()),
        ("cleo.okafor", ""),
        ("nobody.here", soon.isoformat()),
        action=LEAVER,
    )
    verdicts = [row.verdict for row in plan.rows]
    assert verdicts[:2] == [RowVerdict.LATER, RowVerdict.LATER]
    assert verdicts[3] is RowVerdict.INVALID
    assert [(day.day, [row.label for row in day.rows]) for day in last_days(plan.rows)] == [
        (soon, ["bo.li@brightwater.example"]),
        (later, ["ann.lindqvist@brightwater.example"]),
    ]
    assert not plan.rows[0].steps
    assert "At the end of" in plan.rows[0].remark
    assert plan.totals.later == 2
    job = save_plan(staff.store, plan, target={}, actor=staff.who())
    assert [row.outcome for row in staff.store.jobs.rows(job.id)][:2] == [RowResult.LATER] * 2


def test_a_leaver_without_a_last_day_is_not_seen_off_now_unless_that_is_said(staff: Bulk) -> None:
    day = (today_in("") + timedelta(days=3)).isoformat()
    rows = (("username", "Termination date"), ("ann.lindqvist", day), ("bo.li", ""), ("kirsten", "-"))
    there, empty, dash = staff.plan(*rows, action=LEAVER).rows
    assert there.verdict is RowVerdict.LATER
    assert [row.verdict for row in (empty, dash)] == [RowVerdict.INVALID] * 2
    assert "says no last day" in said(empty)
    _, empty, _ = staff.plan(*rows, action=LEAVER, accept=(DamageKind.MISSING_DAY,)).rows
    assert empty.verdict is RowVerdict.CHANGE
    (row,) = staff.plan(("username",), ("bo.li",), action=LEAVER).rows
    assert row.verdict is RowVerdict.CHANGE, "no column, no question"


def test_a_day_that_is_over_keeps_the_row_back_until_it_is_taken_for_now(staff: Bulk) -> None:
    rows = (("username", "last working day"), ("ann.lindqvist", "2020-01-31"))
    (row,) = staff.plan(*rows, action=LEAVER).rows
    assert row.verdict is RowVerdict.INVALID
    assert "31 Jan 2020, is over" in said(row)
    assert "seen off now" in said(row)
    (row,) = staff.plan(*rows, action=LEAVER, accept=(DamageKind.PAST_DAY,)).rows
    assert row.verdict is RowVerdict.CHANGE
    assert row.steps


def test_a_day_as_a_number_is_put_right_where_that_is_chosen_and_never_taken_as_it_stands(
    staff: Bulk,
) -> None:
    number = (today_in("") + timedelta(days=3) - date(1899, 12, 30)).days
    rows = (("username", "last day"), ("ann.lindqvist", str(number)))
    (row,) = staff.plan(*rows, action=LEAVER, repair=(DamageKind.SERIAL,)).rows
    assert row.verdict is RowVerdict.LATER
    (row,) = staff.plan(*rows, action=LEAVER, accept=(DamageKind.SERIAL,)).rows
    assert row.verdict is RowVerdict.INVALID


def test_a_last_day_for_somebody_who_is_not_said_to_leave_is_a_mistake(staff: Bulk) -> None:
    day = (today_in("") + timedelta(days=3)).isoformat()
    header = ("username", "last day", "action")
    (row,) = staff.plan(header, ("ann.lindqvist", day, "update")).rows
    assert "A last day is for leavers" in said(row)
    (row,) = staff.plan(header, ("ann.lindqvist", day, "leaver")).rows
    assert row.verdict is RowVerdict.LATER
