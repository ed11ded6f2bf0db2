"""A heading that stands above several columns: all are shown, and nobody guesses which one is meant."""

from __future__ import annotations

import pytest

from services.bulk.columns import ColumnMap, recognise
from services.bulk.files.csv_file import CsvTable, read_file
from services.bulk.files.repeated_headings import column_letters
from services.bulk.plan import plan_file
from services.bulk.to_fix import rows_to_fix
from tests.services.bulk.conftest import Bulk


def read(staff: Bulk, text: str) -> tuple[CsvTable, ColumnMap]:
    table = read_file(text.encode(), "people.csv")
    return table, recognise(table.header, staff.gateway.describe_pool(), table.repeated)


def test_columns_that_differ_are_told_apart_by_their_letters_and_wait_for_a_choice(staff: Bulk) -> None:
    table, columns = read(staff, "username,email,name,EMAIL\njo,jo@example.com,Jo,jo@old.example\n")
    assert table.header == ("username", "email (B)", "name", "EMAIL (D)")
    assert table.titles == ("username", "email", "name", "EMAIL")
    assert "email" not in columns.used
    (problem,) = columns.problems()
    assert "“email (B)” and “EMAIL (D)”" in problem.what
    chosen = columns.assign(3, "email")
    assert chosen.problems() == []
    assert chosen.used["email"] == 3
    assert columns.assign(1, "").problems() == []
    assert columns.with_meanings(chosen.meanings).meanings == chosen.meanings
    assert columns.with_meanings(columns.meanings).problems()
    assert not columns.with_meanings(columns.assign(1, "").meanings).problems()


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("username,email,email\njo,jo@x.org,jo@x.org\nbo,bo@x.org, bo@x.org \n", 1),
        ("username,email,Email\njo,,jo@x.org\nbo,,bo@x.org\n", 2),
        ("username,email,email\njo,,\n", 1),
    ],
)
def test_of_columns_that_hold_the_same_one_is_used_and_said(staff: Bulk, text: str, used: int) -> None:
    table, columns = read(staff, text)
    assert columns.used["email"] == used
    assert columns.problems() == []
    assert any(
        "don't differ" in note and f"column {column_letters(used)} is used" in note for note in table.notes
    )


def test_what_is_no_attribute_holds_nothing_up(staff: Bulk) -> None:
    _, columns = read(staff, "username,costs,costs,costs\njo,1,2,3\n")
    assert columns.problems() == []
    assert [column.heading for column in columns.unused] == ["costs (B)", "costs (C)", "costs (D)"]


def test_a_name_that_would_stand_twice_once_told_apart_gets_another_letter(staff: Bulk) -> None:
    table, _ = read(staff, "email,email,email (A),username\na@x.org,b@x.org,c,jo\n")
    assert len({name.casefold() for name in table.header}) == 4


def test_a_repeated_line_of_headings_is_still_left_out() -> None:
    table = read_file(b"email,email\na@x.org,b@x.org\nemail,email\nc@x.org,d@x.org\n")
    assert table.row_count == len(list(table.rows())) == 2


def test_the_file_of_rows_to_fix_has_the_headings_of_the_file(staff: Bulk) -> None:
    table, columns = read(staff, "username,given_name,given_name\nnobody.here,#N/A,#N/A\n")
    plan = plan_file(staff.gateway, table, columns)
    file = rows_to_fix(plan, table, staff.who).build().decode("utf-8-sig")
    assert file.startswith("username,given_name,given_name,problem")


def test_letters_go_on_behind_z() -> None:
    assert [column_letters(place) for place in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
