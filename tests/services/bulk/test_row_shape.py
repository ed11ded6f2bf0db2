"""A row as a whole: cells too many, cells missing, or all of them in one."""

from __future__ import annotations

import pytest

from services.bulk.cells.damage import DamageKind
from services.bulk.files.csv_file import FileRow, read_file
from services.bulk.model import RowVerdict
from services.bulk.row_shape import faults_of
from tests.services.bulk.conftest import Bulk, only, said

HEADER = "username,email,given_name,family_name\n"
FULL = [f"p{n}.ek,p{n}@example.org,Ann,Ek\n" for n in range(6)]
SHORT = "bo.li,bo@example.org,Li\n"


def test_rows_of_the_tables_width_have_no_fault() -> None:
    assert not faults_of(FileRow(2, ("ann", "ann@example.org")), 2, "ann")
    assert not faults_of(FileRow(2, ("ann", "ann@example.org", " ")), 2, "ann")


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (("ann", "ann@example.org", "Ek"), "has 3 cells, but there are 2 columns"),
        (("ann;ann@example.org", ""), "whole row stands in one cell"),
        (("ann|x", ""), "whole row stands in one cell"),
    ],
)
def test_a_fault_is_said(cells: tuple[str, ...], words: str) -> None:
    (fault,) = faults_of(FileRow(2, cells), 2, cells[0])
    assert words in fault.what


def test_a_row_that_ends_early_is_kept_back_until_it_is_accepted(staff: Bulk) -> None:
    raw = "".join([HEADER, *FULL, SHORT]).encode()
    last = staff.plan((), raw=raw).rows[-1]
    assert last.verdict is RowVerdict.INVALID
    assert [problem.kind for problem in last.errors] == [DamageKind.SHORT]
    assert "ends before the last column" in said(last)
    assert staff.plan((), raw=raw, accept=(DamageKind.SHORT,)).rows[-1].steps


def test_rows_of_programs_that_leave_out_empty_ends_are_fine() -> None:
    table = read_file("".join([HEADER, *FULL, *[SHORT] * 4]).encode())
    assert not any(row.ends_early for row in table.rows())


def test_a_row_that_was_corrected_ends_early_no_more() -> None:
    table = read_file("".join([HEADER, *FULL, SHORT]).encode())
    assert [row.number for row in table.rows() if row.ends_early] == [8]
    assert not any(row.ends_early for row in table.with_cells({(8, 2): "Bo", (8, 3): "Li"}).rows())


def test_headings_are_not_looked_for_below_people() -> None:
    table = read_file(f"username,email\n{FULL[0]}username,email,given_name,custom:x\n".encode())
    assert table.header_row == 1


def test_a_cell_that_repeats_its_heading_may_be_a_word_for_yes(staff: Bulk) -> None:
    row = only(staff.plan(("username", "enabled"), ("ann.lindqvist", "enabled")))
    assert not row.errors
