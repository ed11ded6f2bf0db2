"""Rows that would make somebody, or a group, that is hardly meant are kept back until somebody says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.bulk.cells.damage import DamageKind
from services.bulk.model import RowVerdict
from services.store.store import Store
from tests.fixtures.cognito import Cognito
from tests.services.bulk.conftest import Bulk, bulk_on, only, said

HEADER = ("username", "given_name", "groups")
PEOPLE = [(f"p{n}.ek", "Ann", "billing") for n in range(5)]


@pytest.fixture
def staff(store: Store, cognito: Cognito, aws_environment: None, empty_pool: Callable[..., str]) -> Bulk:
    """A pool with plain usernames that asks nothing else of people."""
    return bulk_on(store, cognito, empty_pool())


@pytest.mark.parametrize("caption", ["Contractors", "EOF", "Übertrag", "合計", "Internal", "hr@example.org"])
def test_a_caption_between_full_rows_makes_nobody(staff: Bulk, caption: str) -> None:
    plan = staff.plan(HEADER, *PEOPLE[:3], (caption, "", ""), *PEOPLE[3:], create_groups=True)
    verdicts = [row.verdict for row in plan.rows]
    assert verdicts == [*[RowVerdict.CREATE] * 3, RowVerdict.INVALID, *[RowVerdict.CREATE] * 2]
    assert [problem.kind for problem in plan.rows[3].errors] == [DamageKind.TOTAL]
    taken = staff.plan(HEADER, *PEOPLE, (caption, "", ""), create_groups=True, accept=(DamageKind.TOTAL,))
    assert taken.rows[-1].verdict is RowVerdict.CREATE


def test_people_without_more_than_a_username_are_people_where_others_are_so_too(staff: Bulk) -> None:
    plan = staff.plan(HEADER, *((name, "", "") for name, _, _ in PEOPLE), ("ann", "Ann", ""))
    assert {row.verdict for row in plan.rows} == {RowVerdict.CREATE}
    assert only(staff.plan(HEADER, ("ann", "", ""))).verdict is RowVerdict.CREATE


@pytest.mark.parametrize("number", ["0", "44927", "00123"])
def test_nobody_is_made_with_a_number_for_a_name(staff: Bulk, number: str) -> None:
    row = only(staff.plan(("username", "given_name"), ("ann", number)))
    assert row.verdict is RowVerdict.INVALID
    assert [problem.kind for problem in row.errors] == [DamageKind.EMPTY]
    assert only(
        staff.plan(("username", "given_name"), ("ann", number), accept=(DamageKind.EMPTY,))
    ).verdict is (RowVerdict.CREATE)


def test_a_username_that_looks_like_somebody_elses_is_told(staff: Bulk) -> None:
    staff.apply(("username", "name"), ("coco", "Coco Li"))
    row = only(staff.plan(("username", "name"), ("\u0441\u043e\u0441\u043e", "Coco Li")))
    assert row.verdict is RowVerdict.INVALID
    assert [problem.kind for problem in row.errors] == [DamageKind.LOOK_ALIKE]
    assert "coco" in said(row)
    assert (
        only(
            staff.plan(
                ("username", "name"), ("\u0441\u043e\u0441\u043e", "C L"), accept=(DamageKind.LOOK_ALIKE,)
            )
        ).verdict
        is RowVerdict.CREATE
    )


def test_two_usernames_of_one_file_that_look_alike_are_told(staff: Bulk) -> None:
    plan = staff.plan(("username", "name"), ("coco", "Coco Li"), ("\u0441\u043e\u0441\u043e", "Coco Li"))
    assert [row.verdict for row in plan.rows] == [RowVerdict.CREATE, RowVerdict.INVALID]
    assert "row 2" in said(plan.rows[1])


def test_names_in_another_alphabet_alone_are_names(staff: Bulk) -> None:
    plan = staff.plan(
        ("username", "name"), ("\u0438\u0432\u0430\u043d", "Иван"), ("\u0441\u043e\u0441\u043e", "Сосо")
    )
    assert {row.verdict for row in plan.rows} == {RowVerdict.CREATE}


def test_a_new_group_that_looks_like_one_of_the_pool_is_told(staff: Bulk) -> None:
    staff.apply(HEADER, ("ann", "Ann", "CEO"), create_groups=True)
    for name in ("\u0421\u0415\u041e", "C\u200bEO", "\uff23EO"):
        row = only(staff.plan(HEADER, ("bo", "Bo", name), create_groups=True))
        assert row.verdict is RowVerdict.INVALID, name
        assert "CEO" in said(row)


TWINS = [
    *(("123", "00123"), ("00123", "123"), ("0123", "00123"), ("OLD", "old"), ("old", "Old")),
    *(("CONTOSO\\old", "old"), ("old", "CONTOSO\\old"), ("CONTOSO\\0123", "123")),
]
APART = [
    *(("123", "1230"), ("12", "0120"), ("old", "old2"), ("CONTOSO\\old", "FABRIKAM\\old"), ("a0123", "a123")),
    ("0", "00"),
]


@pytest.mark.parametrize(("username", "there"), TWINS)
def test_no_second_account_is_made_beside_a_username_that_a_spreadsheet_changed(
    store: Store,
    cognito: Cognito,
    aws_environment: None,
    empty_pool: Callable[..., str],
    username: str,
    there: str,
) -> None:
    pool = bulk_on(store, cognito, empty_pool(UsernameConfiguration={"CaseSensitive": True}))
    header = ("username", "given_name")
    two = pool.plan(header, (there, "Ann"), (username, "Ann"))
    assert [row.verdict for row in two.rows] == [RowVerdict.CREATE, RowVerdict.INVALID]
    pool.apply(header, (there, "Ann"))
    row = only(pool.plan(header, (username, "Ann")))
    assert row.verdict is RowVerdict.INVALID
    assert [problem.kind for problem in row.errors] == [DamageKind.TWIN]
    assert f"“{there}”" in said(row)
    accepted = pool.plan(header, (username, "Ann"), accept=(DamageKind.TWIN,))
    assert only(accepted).verdict is RowVerdict.CREATE
    again = pool.plan(header, (there, "Bo"))
    assert only(again).verdict is RowVerdict.CHANGE


@pytest.mark.parametrize(("username", "there"), APART)
def test_usernames_that_only_resemble_another_make_people(staff: Bulk, username: str, there: str) -> None:
    rows = ((there, "Ann"), (username, "Ann"))
    plan = staff.plan(("username", "given_name"), *rows, accept=(DamageKind.EMPTY,))
    assert {row.verdict for row in plan.rows} == {RowVerdict.CREATE}


def test_a_twin_in_a_pool_too_large_to_read_is_looked_up(
    staff: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = ("username", "given_name")
    others = [(f"other{number}", "Bo") for number in range(12)]
    staff.apply(header, ("00123", "Ann"), ("old", "Ann"), *others)
    monkeypatch.setattr("services.bulk.reading.PAGE", 1)
    plan = staff.plan(header, ("123", "Ann"), ("CONTOSO\\old", "Ann"))
    assert plan.reading.way == "look-up"
    assert {row.verdict for row in plan.rows} == {RowVerdict.INVALID}


def test_rows_of_one_person_are_no_twins_where_capitals_don_t_count(
    store: Store, cognito: Cognito, aws_environment: None, empty_pool: Callable[..., str]
) -> None:
    pool = bulk_on(store, cognito, empty_pool(UsernameConfiguration={"CaseSensitive": False}))
    plan = pool.plan(("username", "groups"), ("ann", "a"), ("Ann", "b"), create_groups=True)
    assert DamageKind.TWIN not in {problem.kind for problem in plan.problems}


def test_a_name_without_any_letter_is_not_called_a_number(staff: Bulk) -> None:
    row = only(
        staff.plan(("username", "email", "family_name"), ("new.bo", "bo@example.com", "."), accept=("dash",))
    )
    assert "“.” holds no letter" in said(row)
    assert "is a number" not in said(row)


def test_an_address_that_is_none_is_not_said_to_reach_a_stranger_as_well(staff: Bulk) -> None:
    rows = [(f"new{number}", f"new{number}@example.org") for number in range(12)]
    plan = staff.plan(("username", "email"), *rows, ("new.bo", "bo@example.org."))
    assert [problem.attribute for problem in plan.rows[-1].problems] == ["email"]


def test_a_file_without_usernames_is_told_that_they_can_be_made(staff: Bulk) -> None:
    row = only(staff.plan(("email", "name"), ("fresh@example.com", "New Comer")))
    (problem,) = [problem for problem in row.errors if "missing" in problem.what]
    assert "usernames are made" in problem.fix


NUMBERED = ("username", "phone_number")


def test_a_number_such_as_there_is_none_is_taken_and_said(staff: Bulk) -> None:
    rows = [(f"new{at}", f"+4670123456{at}") for at in range(10)]
    plan = staff.plan(NUMBERED, *rows, ("short", "+46 70 123 45 6"))
    assert {row.verdict for row in plan.rows} == {RowVerdict.CREATE}
    assert not any("no such number" in said(row) for row in plan.rows[:-1])
    assert "There seems to be no such number as +4670123456" in said(plan.rows[-1])


def test_of_many_such_numbers_one_thing_is_said(staff: Bulk) -> None:
    plan = staff.plan(NUMBERED, *((f"new{at}", f"+1555555{at:04}") for at in range(20)))
    assert not any("no such number" in said(row) for row in plan.rows)
    assert any("look whether digits are missing" in remark for remark in plan.remarks)


def test_a_full_name_that_its_address_has_the_other_way_round_is_asked_about(staff: Bulk) -> None:
    header = ("username", "email", "name")
    turned = only(staff.plan(header, ("sandor", "sandor.nagy@example.org", "Nagy Sándor"), split_names=True))
    assert [problem.kind for problem in turned.errors] == [DamageKind.FULL_NAME]
    for address, name in (("ann.ek@example.org", "Ann Ek"), ("sandor.nagy@example.org", "Nagy, Sándor")):
        row = only(staff.plan(header, ("new.one", address, name), split_names=True))
        assert row.verdict is RowVerdict.CREATE
