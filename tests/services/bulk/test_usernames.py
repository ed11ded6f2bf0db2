"""Usernames are made from a pattern, each of them nobody else's; full names are split."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from services.bulk.model import PlanOptions, Row, RowVerdict
from services.bulk.usernames import UsernameGiver, UsernamePattern, plain_username
from services.cognito.attributes import STANDARD_SCHEMA
from services.cognito.models import SchemaAttribute, UserPool
from services.errors import InvalidValue
from services.store.store import Store
from tests.fixtures.cognito import Cognito
from tests.services.bulk.conftest import Bulk, bulk_on, only

POOL = UserPool("p", "Staff", schema=(*STANDARD_SCHEMA, SchemaAttribute("custom:badge")))
BY_MAIL = UserPool("c", "Customers", username_attributes=frozenset({"email"}), schema=STANDARD_SCHEMA)


def made(pattern: str, **attributes: str) -> str:
    row = Row(2, email=attributes.get("email", ""), attributes=attributes)
    return UsernamePattern(pattern, POOL).username(row)


@pytest.mark.parametrize(
    ("pattern", "username"),
    [
        ("{first}.{last}", "lukasz.o-zolc"),
        ("{f}{last}", "lo-zolc"),
        ("{first}{l}", "lukaszo"),
        ("{mail}", "l.zolc"),
        ("x{badge}", "x00123"),
    ],
)
def test_a_pattern_makes_plain_letters(pattern: str, username: str) -> None:
    values = {"given_name": "Łukasz", "family_name": "O-Żółć", "custom:badge": "00123"}
    assert made(pattern, email="L.Zolc@example.com", **values) == username


def test_signs_and_other_scripts_become_plain_letters() -> None:
    assert [plain_username(text) for text in ("Ødegård", "王", "  .Ann-Marie_ ")] == [
        "odegard",
        "wang",
        "ann-marie",
    ]


@pytest.mark.parametrize("pattern", ["first.last", "{nothing}", ""])
def test_a_pattern_that_names_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidValue):
        UsernamePattern(pattern, POOL)


def test_pools_that_sign_in_by_e_mail_have_no_usernames_to_make() -> None:
    with pytest.raises(InvalidValue, match="plain usernames"):
        UsernamePattern("{mail}", BY_MAIL)


HEADER = ("email", "given_name", "family_name", "groups")


def test_whoever_comes_second_gets_a_number_also_after_people_in_the_pool(staff: Bulk) -> None:
    # ann.lindqvist is in the pool
    plan = staff.plan(
        HEADER,
        ("a1@example.com", "Ann", "Lindqvist", ""),
        ("a2@example.com", "Änn", "Lindqvist", ""),
        ("new@example.com", "New", "Comer", "billing"),
        ("new@example.com", "New", "Comer", "training"),
        usernames="{first}.{last}",
    )
    assert [row.verdict for row in plan.rows][:3] == [RowVerdict.CREATE] * 3
    usernames = [row.who.partition("(username ")[2].rstrip(")") for row in plan.rows[:3]]
    assert usernames == ["ann.lindqvist2", "ann.lindqvist3", "new.comer"]
    assert plan.rows[3].remark == "Planned with row 4, the same person."
    staff.run(plan)
    assert staff.groups("new.comer") == {"billing", "training"}
    again = staff.plan(HEADER, ("a1@example.com", "Ann", "Lindqvist", ""), usernames="{first}.{last}")
    assert again.rows[0].verdict is RowVerdict.UNCHANGED


def test_usernames_for_a_pool_that_was_read_as_a_whole_cost_no_further_call(staff: Bulk) -> None:
    rows = [(f"n{number}@example.com", "New", f"Comer{number}", "") for number in range(40)]
    twins = [(f"t{number}@example.com", "Bo", "Li", "") for number in range(40)]
    plan = staff.plan(HEADER, *rows, *twins, usernames="{first}.{last}")
    assert plan.reading.way == "scan"
    assert plan.reading.calls < 10
    usernames = [row.who.partition("(username ")[2].rstrip(")") for row in plan.rows]
    assert usernames == [
        *(f"new.comer{number}" for number in range(40)),
        *(f"bo.li{number}" for number in range(2, 42)),
    ]


def test_names_to_be_made_count_when_the_cheaper_way_to_read_is_chosen(staff: Bulk) -> None:
    plan = staff.plan(HEADER, ("one@example.com", "Only", "One", ""), usernames="{first}.{last}")
    assert plan.reading.way == "scan", "two pages, against a call for the address and one for the name"
    assert only(plan).verdict is RowVerdict.CREATE


@pytest.mark.parametrize(
    ("pool", "given"),
    [
        (replace(POOL, case_sensitive=False), ["ann.ek4", "ann.ek5"]),
        (replace(POOL, case_sensitive=True), ["ann.ek", "ann.ek2"]),
    ],
)
def test_a_name_is_taken_by_the_pool_s_own_rule_of_case_in_the_pool_and_in_the_file(
    pool: UserPool, given: list[str]
) -> None:
    giver = UsernameGiver(UsernamePattern("{first}.{last}", pool), pool, lambda _: {"Ann.Ek", "ANN.EK2"})
    giver.reserve("aNN.EK3", "")
    rows = [
        Row(number, email=f"{number}@x.org", attributes={"given_name": first, "family_name": "Ek"})
        for number, first in enumerate(("Ann", "ÄNN"), start=2)
    ]
    assert [giver.named(row).username for row in rows] == given


def test_a_preferred_username_that_people_sign_in_with_is_taken_too(
    store: Store, cognito: Cognito, aws_environment: None, empty_pool: Callable[..., str]
) -> None:
    bulk = bulk_on(store, cognito, empty_pool(AliasAttributes=["preferred_username"]))
    cognito.client().admin_create_user(
        UserPoolId=bulk.target.pool_id,
        Username="4711",
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "preferred_username", "Value": "ann.ek"}],
    )
    header = ("username", "preferred_username", "given_name", "family_name", "email")
    plan = bulk.plan(
        header,
        ("4712", "ann.ek2", "Other", "One", "o@example.com"),
        ("", "", "Ann", "Ek", "ann@example.com"),
        usernames="{first}.{last}",
    )
    assert plan.rows[1].who == "ann@example.com (username ann.ek3)"


def test_rows_without_any_address_are_told_by_the_username_made_of_them(staff: Bulk) -> None:
    plan = staff.plan(("given_name", "family_name"), ("Bo", "Li"), usernames="{first}.{last}")
    (row,) = plan.rows
    assert row.person is not None
    assert row.person.username == "bo.li"


def test_nobody_is_changed_of_whom_a_row_knows_no_more_than_the_name(staff: Bulk) -> None:
    header, line = ("given_name", "family_name", "nickname"), ("Bo", "Li", "Newcomer")
    row = only(staff.plan(header, line, usernames="{first}.{last}"))
    assert row.verdict is RowVerdict.INVALID
    (problem,) = row.errors
    assert (problem.kind, "bo.li" in problem.what) == ("namesake", True)
    same = only(staff.plan(header, line, usernames="{first}.{last}", accept=("namesake",)))
    assert same.verdict is RowVerdict.CHANGE
    written = only(staff.plan((*header, "username"), (*line, "bo.li"), usernames="{first}.{last}"))
    assert written.verdict is RowVerdict.CHANGE


def test_a_row_that_lacks_what_the_pattern_names_has_a_problem(staff: Bulk) -> None:
    plan = staff.plan(HEADER, ("n@example.com", "New", "", ""), usernames="{first}.{last}")
    assert [problem.what for problem in plan.problems if "username" in problem.what.lower()] == [
        "No username can be made: the row has no last name."
    ]


def test_options_of_an_earlier_release_make_no_usernames() -> None:
    assert not PlanOptions().usernames
