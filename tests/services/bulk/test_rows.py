"""Every problem of every row that can be seen in the file itself."""

from __future__ import annotations

import tracemalloc

import pytest

from services.bulk.columns import recognise
from services.bulk.files.csv_file import CsvTable, read_file
from services.bulk.model import PlanOptions, Problem, ProblemSeverity, Row
from services.bulk.row_actions import ADD_TO_GROUPS, CREATE, SYNC_GROUPS, UPSERT, RowAction, action_of
from services.bulk.rows import read_rows
from services.cognito.actions import DeleteUser, ResendInvitation
from services.cognito.attributes import STANDARD_SCHEMA
from services.cognito.models import PasswordPolicy, SchemaAttribute, UserPool
from services.csv_safe import Cell, write_csv

POOL = UserPool(
    "p",
    "Staff",
    schema=(
        *STANDARD_SCHEMA,
        SchemaAttribute("custom:number", "Number", max_value=99),
        SchemaAttribute("custom:code", max_length=5),
    ),
    policy=PasswordPolicy(minimum_length=10, uppercase=True, numbers=True, symbols=True),
)


def read(header: list[str], *rows: list[Cell], raw: bytes = b"") -> list[tuple[Row, list[Problem]]]:
    table = read_file(raw or write_csv(header, rows))
    return list(read_rows(table, recognise(table.header, POOL), POOL, PlanOptions()))


def problems(header: list[str], row: list[Cell]) -> list[tuple[str, str, str]]:
    ((_, found),) = read(header, row)
    return [(problem.column, problem.what, problem.fix) for problem in found]


@pytest.mark.parametrize(
    ("text", "action"),
    [
        ("upsert", UPSERT),
        (" Add to groups".strip(), ADD_TO_GROUPS),
        ("SYNC-GROUPS", SYNC_GROUPS),
        ("remove", RowAction.of(DeleteUser)),
        ("resend", RowAction.of(ResendInvitation)),
        ("destroy", None),
        ("", None),
    ],
)
def test_actions_are_understood_tolerantly(text: str, action: RowAction | None) -> None:
    assert action_of(text) is action


def test_a_good_row_is_read_as_it_was_meant() -> None:
    ((row, found),) = read(
        ["User", "E-mail", "First name", "Groups", "Enabled", "Action", "Mobile"],
        ["ann", " ann@example.com ", "Ann", "a;b", "no", "create", "+49 151 / 123-45678"],
    )
    assert found == []
    assert (row.number, row.action, row.username, row.email) == (2, CREATE, "ann", "ann@example.com")
    assert row.attributes == {
        "email": "ann@example.com",
        "given_name": "Ann",
        "phone_number": "+4915112345678",
    }
    assert (row.groups, row.enabled, row.whole_memberships) == (("a", "b"), False, False)


def test_an_empty_cell_leaves_alone_and_a_hyphen_clears() -> None:
    ((row, _),) = read([], raw=b"username,nickname,name\nann,,-\n")
    assert row.attributes == {}
    assert row.clear == ("name",)


def test_all_problems_of_a_row_are_told_with_their_columns() -> None:
    found = problems(
        ["E-mail", "Mobile", "birthday", "custom:number", "custom:code", "enabled", "delivery", "action"],
        ["ann(at)example.com", "0151-1", "31.13.1990", "100", "too long", "maybe", "pigeon", "fly"],
    )
    assert [column for column, _, _ in found] == [
        "action",
        "E-mail",
        "Mobile",
        "birthday",
        "custom:number",
        "custom:code",
        "enabled",
        "delivery",
    ]
    assert all(what and fix for _, what, fix in found)


def test_passwords_are_held_against_the_policy_and_never_repeated() -> None:
    found = problems(["username", "password"], ["ann", "short"])
    assert [what for _, what, _ in found] == [
        "The password has 5 characters.",
        "The password needs an uppercase letter (A to Z).",
        "The password needs a digit.",
        "The password needs a symbol such as ! # % or ?.",
    ]
    assert "short" not in str(found)


def test_a_masked_password_has_one_complaint() -> None:
    ((_, found),) = read(["username", "password"], ["ann", "****"])
    assert [problem.kind for problem in found] == ["dash"]


def test_passwords_stay_out_of_what_is_kept_of_the_row() -> None:
    ((row, _),) = read(["username", "password", "name"], ["ann", "Secret-Pass-1!", "Ann"])
    assert row.cells == ("ann", "", "Ann")
    assert row.password == "Secret-Pass-1!"
    assert "Secret" not in repr(row)


def test_two_kinds_of_password_are_one_too_many() -> None:
    found = problems(
        ["username", "password", "temporary_password"], ["ann", "Secret-Pass-1!", "Other-Pass-22!"]
    )
    assert "both a temporary and a permanent" in found[0][1]


def test_group_actions_need_groups() -> None:
    assert "needs group names" in problems(["username", "action"], ["ann", "add_to_groups"])[0][1]


def test_nobody_meant_is_a_problem() -> None:
    assert "doesn't say who" in problems(["username", "name"], ["", "Ann"])[0][1]


def test_phone_numbers_whose_likely_one_there_is_are_put_right_together() -> None:
    header = ["username", "phone_number"]
    rows = (["ann", "+49 0151 23456789"], ["bo", "+49 89 123456-0"], ["cy", "+46701234567 / 0701234568"])
    problems_of = [found for _, found in read(header, *rows)]
    assert [(problem.kind, problem.repairable) for (problem,) in problems_of] == [
        ("phone-number", True),
        ("phone-number", True),
        ("", False),
    ]
    table = read_file(write_csv(header, rows))
    options = PlanOptions(repair=("phone-number",))
    right = list(read_rows(table, recognise(table.header, POOL), POOL, options))
    assert [row.phone_number for row, _ in right][:2] == ["+4915123456789", "+4989123456"]
    assert [problem.severity for _, found in right[:2] for problem in found] == [ProblemSeverity.WARNING] * 2
    taken = read_rows(table, recognise(table.header, POOL), POOL, PlanOptions(accept=("phone-number",)))
    assert all(problem.is_error for _, found in taken for problem in found)


def test_clearing_nothing_is_a_problem() -> None:
    assert "nothing to clear" in problems(["username", "action", "name"], ["ann", "clear", ""])[0][1]


def test_a_row_wider_than_the_header_is_a_problem() -> None:
    ((_, found),) = read([], raw=b"username,name\nann,Ek, Ann\n")
    assert "3 cells, but there are 2 columns" in found[0].what


def test_attributes_of_rows_that_write_none_are_not_judged() -> None:
    assert problems(["username", "action", "birthdate"], ["ann", "disable", "once"]) == []


def large(rows: int) -> CsvTable:
    header = ["username", "email", "phone_number", "given_name", "family_name", "custom:code", "groups"]
    lines = (
        [f"user{i}", f"user{i}@example.com", f"+4915{i:08}", "Given", f"Family{i}", "x", "a;b"]
        for i in range(rows)
    )
    return read_file(write_csv(header, lines))


def test_nothing_is_found_in_many_good_rows() -> None:
    table = large(5_000)
    assert not any(wrong for _, wrong in read_rows(table, recognise(table.header, POOL), POOL, PlanOptions()))


def test_checking_keeps_no_rows_in_memory() -> None:
    table = large(2_000)
    columns = recognise(table.header, POOL)
    tracemalloc.start()
    count = sum(1 for _ in read_rows(table, columns, POOL, PlanOptions()))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 2_000
    assert peak < 2_000_000


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("username;email;name", "bo,bo@example.org,Bo"),
        ("username;email", "bo,bo@example.org"),
        ("username,groups,email", "bo;x;y;bo@example.org"),
        ("username,email,name", "bo|bo@example.org|Bo"),
    ],
)
def test_a_row_with_another_delimiter_than_the_rest_is_no_long_username(header: str, line: str) -> None:
    ann = (
        header.replace("username", "ann")
        .replace("groups", "staff")
        .replace("email", "ann@example.org")
        .replace("name", "Ann")
    )
    table = read_file(f"{header}\n{ann}\n{line}\n".encode())
    found = list(read_rows(table, recognise(table.header, POOL), POOL, PlanOptions()))
    assert [bool(problems) for _, problems in found] == [False, True]
    assert "whole row stands in one cell" in found[1][1][0].what


@pytest.mark.parametrize("line", ["ek,ann;ann@example.org", "a.b;;", "bo;;Bo, Li", "b|c;;"])
def test_a_username_with_such_a_sign_is_a_username(line: str) -> None:
    table = read_file(f"username;email;name\nann;ann@example.org;Ann\n{line}\n".encode())
    found = list(read_rows(table, recognise(table.header, POOL), POOL, PlanOptions()))
    assert not [problem for _, problems in found for problem in problems]
