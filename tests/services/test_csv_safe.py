"""CSV files that no spreadsheet runs and that read back unchanged."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.csv_safe import CLEAR_CELL, build_csv, neutralise, restore, write_csv


def cells_of(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋"])
def test_no_cell_starts_like_a_formula(start: str) -> None:
    written = neutralise(f"{start}1+1")
    assert written.startswith("'")
    assert restore(written) == f"{start}1+1"


@pytest.mark.parametrize("start", [" -", "\u00a0=", "  '=", "\u3000+"])
def test_spaces_in_front_hide_no_formula(start: str) -> None:
    written = neutralise(f"{start}1+1")
    assert written == f"'{start}1+1"
    assert restore(written) == f"{start}1+1"


@given(st.text())
def test_every_cell_comes_back_as_it_was(cell: str) -> None:
    assert restore(neutralise(cell)) == cell


@given(st.text(alphabet="'=+-@\t\r\na", max_size=6))
def test_cells_made_of_traps_come_back_as_they_were(cell: str) -> None:
    assert restore(neutralise(cell)) == cell
    assert neutralise(cell)[:1] not in set("=+-@\t\r\n")


@given(st.text(alphabet="'=+-@a", max_size=5), st.text(alphabet="'=+-@a", max_size=5))
def test_two_different_cells_are_never_written_alike(first: str, other: str) -> None:
    assert (neutralise(first) == neutralise(other)) == (first == other)


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=2, max_size=2),
        min_size=1,
        max_size=5,
    )
)
def test_a_written_file_reads_back_cell_by_cell(rows: list[list[str]]) -> None:
    read = cells_of(write_csv(["a", "b"], rows))
    assert [[restore(cell) for cell in row] for row in read[1:]] == rows


def test_phone_numbers_survive() -> None:
    data = write_csv(["phone_number"], [["+4915112345678"]])
    assert cells_of(data)[1] == ["'+4915112345678"]
    assert restore(cells_of(data)[1][0]) == "+4915112345678"


def test_the_mark_for_clearing_stands_as_it_is_and_a_real_hyphen_does_not() -> None:
    assert cells_of(write_csv(["a", "b"], [[CLEAR_CELL, "-"]]))[1] == ["-", "'-"]


def test_excel_recognises_the_encoding() -> None:
    assert write_csv(["name"], [["Ünal"]]).startswith(b"\xef\xbb\xbf")


def test_what_was_neutralised_is_told() -> None:
    made = build_csv(["name", "phone"], [["=SUM(A1)", "+49"], ["Ann", ""]])
    assert [(cell.row, cell.column, cell.value) for cell in made.neutralised] == [
        (2, "name", "=SUM(A1)"),
        (2, "phone", "+49"),
    ]
    assert made.statement.startswith("2 cells start like a formula")
    assert "name, phone" in made.statement


def test_values_of_other_types_are_written_as_cognito_writes_them() -> None:
    assert cells_of(write_csv(["a", "b", "c", "d"], [[True, False, None, 7]]))[1] == [
        "true",
        "false",
        "",
        "7",
    ]


def test_text_that_is_no_unicode_does_not_lose_the_file() -> None:
    assert cells_of(write_csv(["a"], [["x\ud800y"]]))[1] == ["x?y"]
