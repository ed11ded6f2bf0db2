"""Groups named in files: those to be created are known by name, and no list or damage becomes one."""

from __future__ import annotations

import pytest

from services.bulk.group_names import NewGroups, no_new_group
from services.bulk.model import RowVerdict
from services.bulk.plan import without_groups
from services.bulk.problem_groups import grouped
from services.bulk.saved import options_of
from tests.services.bulk.conftest import Bulk, only, said

ODD = ("a;b", "c,d", 'say"hi"', "back\\slash", "x/y", "NULL", "TRUE", "12-May", "[z]", "semi\\;colon")


@pytest.fixture
def odd_groups(staff: Bulk) -> Bulk:
    client = staff.cognito.client()
    for name in ODD:
        client.create_group(UserPoolId=staff.target.pool_id, GroupName=name)
    return staff


@pytest.mark.parametrize(
    "name",
    [
        *("a,b", "a|b", "a/b", "['billing']", "{billing}", "(a)", '["a", 5]'),
        *("g1、g2", "g1，g2", "g1•g2", "keine", "aucun", "ja", "no", "x", "0", "1"),
        *("NULL", "none", "n/a", "#N/A", "#REF!", "--", "?", "nan", "undefined", "[object Object]", "TRUE"),
        *(
            "12-May",
            "1.00E+05",
            "12345.0",
            "#####",
            "JosÃ©",
            "bill\u200bing",
            '"billing"',
            "&amp;",
            "a\ufffd",
        ),
    ],
)
def test_no_group_is_made_of_a_list_or_of_damage(staff: Bulk, name: str) -> None:
    assert no_new_group(name) is not None
    plan = staff.plan(("username", "groups"), ("new.one", name), create_groups=True)
    assert plan.new_groups == ()
    assert only(plan).verdict is RowVerdict.INVALID


@pytest.mark.parametrize(
    "name",
    ["billing", "R&D", "C#", "C++", "Sales & Marketing", "a+b", "équipe", "group.1", "2026", "a-b_c", "日本"],
)
def test_ordinary_names_may_become_groups(name: str) -> None:
    assert no_new_group(name) is None


def test_a_kind_of_damage_that_was_accepted_makes_no_group_all_the_same(staff: Bulk) -> None:
    plan = staff.plan(
        ("username", "groups"), ("new.one", "NULL;fresh"), create_groups=True, accept=("placeholder",)
    )
    assert plan.new_groups in ((), ("fresh",))
    assert "isn't made a group" in said(only(plan))


def test_a_group_that_is_there_is_meant_whatever_it_looks_like(odd_groups: Bulk) -> None:
    for name in ODD:
        written = name.replace("\\", "\\\\").replace(";", "\\;")
        row = only(odd_groups.plan(("username", "groups"), ("bo.li", written)))
        assert row.verdict is RowVerdict.CHANGE, (name, said(row))
        assert [step.change.joins for step in row.steps] == [name]


def test_groups_to_be_created_are_counted_and_can_be_left_out(staff: Bulk) -> None:
    rows = (
        ("new.one", "one@example.com", "New", "One", "fresh;billing"),
        ("new.two", "two@example.com", "New", "Two", "fresh;other"),
        ("bo.li", "", "", "", "fresh"),
    )
    header = ("username", "email", "given_name", "family_name", "groups")
    plan = staff.plan(header, *rows, create_groups=True)
    assert plan.new_groups == ("fresh", "other")
    assert (plan.totals.create, plan.totals.groups) == (2, 2)
    left = without_groups(plan, ["fresh", "no such group"])
    assert left.new_groups == ("other",)
    assert left.options.leave_groups == ("fresh",)
    assert [row.verdict for row in left.rows] == [RowVerdict.CREATE, RowVerdict.CREATE, RowVerdict.UNCHANGED]
    assert {step.change.joins for row in left.rows for step in row.steps} == {"", "billing", "other"}
    assert "isn't created, so nobody joins it" in said(left.rows[2])
    assert left.totals.groups == 1
    again = staff.plan(header, *rows, create_groups=True, leave_groups=("fresh",))
    assert (again.new_groups, again.totals) == (left.new_groups, left.totals)
    _, ends = staff.run(left)
    assert {str(end.result) for end in ends} == {"done", "unchanged"}
    assert staff.groups("new.one") == {"billing"}
    assert staff.groups("new.two") == {"other"}


def test_only_the_missing_groups_that_were_chosen_are_created_and_others_stay_problems(staff: Bulk) -> None:
    header = ("username", "email", "given_name", "family_name", "groups")
    rows = (
        ("pick.one", "p1@example.com", "P", "One", "chosen-group;billing"),
        ("pick.two", "p2@example.com", "P", "Two", "chosen-group"),
        ("pick.three", "p3@example.com", "P", "Three", "biling"),
        ("pick.four", "p4@example.com", "P", "Four", "Billing"),
    )
    plan = staff.plan(header, *rows)
    (missing,) = grouped(plan.problems)
    # Billing isn't among them: it is there but for its capital letter
    assert missing.missing_groups == {"chosen-group": 2, "biling": 1}
    chosen = staff.plan(header, *rows, groups_to_create=("chosen-group",))
    assert chosen.new_groups == ("chosen-group",)
    assert (chosen.totals.create, chosen.totals.groups, chosen.totals.invalid) == (2, 1, 2)
    assert "There is no group “biling”" in said(chosen.rows[2])
    job = staff.save(chosen)
    assert options_of(job).groups_to_create == ("chosen-group",)
    nobody_left = staff.plan(("username", "groups", "action"), ("bo.li", "nowhere", "remove_from_groups"))
    assert grouped(nobody_left.problems)[0].missing_groups == {}


@pytest.mark.parametrize("other", ["payroll", "PAYROLL", "P\u0430yroll"])
def test_two_new_groups_that_are_easily_mistaken_are_asked_about(staff: Bulk, other: str) -> None:
    plan = staff.plan(
        ("username", "email", "groups"),
        ("ann", "ann@example.org", "Payroll"),
        ("bo", "bo@example.org", other),
        create_groups=True,
    )
    assert "mistaken" not in said(plan.rows[0])
    assert plan.rows[1].verdict is RowVerdict.INVALID
    assert [problem for problem in plan.rows[1].errors if problem.column == "groups"]


def test_one_complaint_about_a_cell_of_groups_is_enough(staff: Bulk) -> None:
    row = only(
        staff.plan(("username", "email", "groups"), ("ann", "ann@example.org", "n/a"), create_groups=True)
    )
    assert len([problem for problem in row.errors if problem.column == "groups"]) == 1


@pytest.mark.parametrize("name", ["billing,", ",billing", "billing/", "/ billing", "billing|"])
def test_a_separator_left_over_before_or_behind_a_group_is_no_part_of_it(staff: Bulk, name: str) -> None:
    for options in ({"create_groups": True}, {}):
        plan = staff.plan(("username", "groups"), ("bo.li", name), **options)
        row = only(plan)
        assert plan.new_groups == ()
        assert row.verdict is RowVerdict.UNCHANGED, "bo.li is in billing"
        assert "was read as “billing”" in said(row)


@pytest.mark.parametrize(
    ("name", "there"),
    [
        *(("billing*", "billing"), ("billing=1", "billing"), ("billing = x", "billing")),
        *(("Sales–EMEA", "Sales-EMEA"), ("Sales\u2011EMEA", "Sales-EMEA"), ("sales\u2212emea", "Sales-EMEA")),
    ],
)
def test_no_group_is_made_beside_one_that_differs_in_a_sign(name: str, there: str) -> None:
    refused = NewGroups([there]).why_not(name)
    assert refused is not None
    assert there in refused[1]


@pytest.mark.parametrize(
    "name",
    [
        *("payroll,", ",payroll", "payroll*", "payroll/", "payroll=1", "payroll = yes"),
        *("-payroll", "+payroll", "!payroll", "payroll!", "Everyone", "nobody", "pending", "ok"),
        "ann@example.org",
    ],
)
def test_no_group_is_made_of_a_name_with_a_sign_left_over(name: str) -> None:
    assert no_new_group(name) is not None


@pytest.mark.parametrize(
    "name", ["billing+training", "billing & training", r"billing\ntraining", "billing=owner"]
)
def test_no_group_is_made_of_groups_of_the_pool_written_together(staff: Bulk, name: str) -> None:
    plan = staff.plan(("username", "groups"), ("bo.li", name), create_groups=True)
    assert plan.new_groups == ()
    assert only(plan).verdict in (RowVerdict.INVALID, RowVerdict.CHANGE)


def test_a_group_with_a_minus_in_front_is_not_made_and_taking_out_is_named(staff: Bulk) -> None:
    row = only(staff.plan(("username", "groups"), ("bo.li", "-billing"), create_groups=True))
    assert row.verdict is RowVerdict.INVALID
    assert "remove_from_groups" in said(row)


@pytest.mark.parametrize(
    ("name", "there"), [("Suport", "Support"), ("Supprot", "Support"), ("biling-de", "billing-de")]
)
def test_a_new_group_one_slip_beside_another_is_said(name: str, there: str) -> None:
    groups = NewGroups([there, "other"])
    assert groups.why_not(name) is None
    said_of = groups.slip(name)
    assert said_of is not None
    assert there in said_of[1]


@pytest.mark.parametrize(
    ("name", "there"),
    [
        *(("sales-de", "sales-se"), ("Level 2", "Level 1"), ("group12", "group11"), ("HR", "IT")),
        *(("Team B", "Team A"), ("Sales-APAC", "Sales-EMEA"), ("C++", "C#"), ("Support", "Support")),
    ],
)
def test_new_groups_that_only_resemble_another_are_made_without_a_word(name: str, there: str) -> None:
    groups = NewGroups([there])
    assert groups.why_not(name) is None
    assert groups.slip(name) is None


def test_a_slip_is_a_warning_and_the_group_is_made(staff: Bulk) -> None:
    plan = staff.plan(("username", "groups"), ("bo.li", "biling"), create_groups=True)
    assert plan.new_groups == ("biling",)
    assert only(plan).verdict is RowVerdict.CHANGE
    assert "beside “billing”" in said(only(plan))
    chosen = staff.plan(("username", "groups"), ("bo.li", "biling"), groups_to_create=("biling",))
    assert only(chosen).problems == ()


def test_of_no_groups_at_all_a_minus_is_advised_and_nothing_else_is_said(staff: Bulk) -> None:
    row = only(staff.plan(("username", "all_groups"), ("bo.li", "none")))
    (problem,) = row.errors
    assert problem.fix.startswith("Write - if")
