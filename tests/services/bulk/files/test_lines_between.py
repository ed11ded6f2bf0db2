"""Lines between people that are none are left out and said; a second list is no list of people."""

from __future__ import annotations

import pytest

from services.bulk.files.csv_file import read_file
from services.bulk.files.lines_between import LineKind, LinesBetween
from services.errors import FileRejected

TITLES = ("Benutzername", "E-Mail", "Vorname", "Badge")


@pytest.mark.parametrize(
    "cells",
    [
        ("Benutzername", "E-Mail", "Vorname", "Badge"),
        ("BENUTZERNAME", "e-mail", "VORNAME", " badge "),
        ("username", "email", "given_name", ""),
        ("Login", "Email address", "First name", ""),
        ("", "E-Mail", "First name", ""),
    ],
)
def test_headings_that_come_again_are_told_in_any_language(cells: tuple[str, ...]) -> None:
    assert LinesBetween(TITLES).kind(cells) is LineKind.HEADINGS


@pytest.mark.parametrize(
    "cells",
    [
        ("E-Mail", "Vorname", "Benutzername", ""),
        ("email", "username", "given_name", ""),
    ],
)
def test_the_headings_of_another_list_are_told(cells: tuple[str, ...]) -> None:
    assert LinesBetween(TITLES).kind(cells) is LineKind.OTHER_HEADINGS


@pytest.mark.parametrize(
    "cells", [("-----", "---", "------", "---"), ("=====", "", "", ""), ("", "---", "---", "---")]
)
def test_lines_of_signs_are_told(cells: tuple[str, ...]) -> None:
    assert LinesBetween(TITLES).kind(cells) is LineKind.RULE


@pytest.mark.parametrize(
    "cells",
    [
        ("nick", "nick@example.org", "Nick", ""),
        ("lang", "", "Lang", "person"),
        ("login", "ann@example.org", "Ann", "1"),
        ("ann", "-", "-", "-"),
        ("-", "-", "-", "-"),
        ("", "", "", "x"),
    ],
)
def test_people_are_rows(cells: tuple[str, ...]) -> None:
    assert LinesBetween(TITLES).kind(cells) is None


@pytest.mark.parametrize(
    "rule", ["--------;-----;-----", "========;;", "+------+------+-----+;;", "________;_____;_____"]
)
def test_rules_below_the_headings_are_left_out_and_said(rule: str) -> None:
    table = read_file(f"username;email;name\n{rule}\nann;ann@example.org;Ann\n".encode())
    assert [row.number for row in table.rows()] == [3]
    assert table.row_count == 1
    assert "left out: 2" in table.notes[-1]


def test_titles_for_people_below_names_for_programs_are_no_row() -> None:
    text = "username;given_name;groups\nBenutzername;Vorname;Gruppen\nann;Ann;billing\n"
    table = read_file(text.encode())
    assert [row.cells[0] for row in table.rows()] == ["ann"]
    assert "repeats the headings" in table.notes[-1]


def test_a_second_list_with_its_columns_in_another_order_is_refused_by_its_row() -> None:
    text = "username;given_name;family_name\nann;Ann;Ek\n\nfamily_name;given_name;username\nLi;Bo;bo\n"
    with pytest.raises(FileRejected, match=r"second list .* row 4") as refused:
        read_file(text.encode())
    assert "file of its own" in refused.value.next_step
