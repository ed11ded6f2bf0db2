"""Problems that differ only in what stands in the cells are one kind, and are settled at once."""

from __future__ import annotations

import pytest

from services.bulk.files.csv_file import read_file
from services.bulk.model import Problem, ProblemSeverity
from services.bulk.problem_groups import changed_cells, general, grouped

TABLE = read_file(b"username,email,groups\na,a@x,g\nb,b@x,g\nc,c@x,h\n")


def mail(row: int, text: str) -> Problem:
    return Problem(
        row, "email", f"“{text}” can't be used as e-mail.", "An address looks like ann@example.com."
    )


def test_alike_problems_are_one_group_and_errors_and_large_groups_come_first() -> None:
    warning = Problem(2, "groups", "Check it.", severity=ProblemSeverity.WARNING)
    groups = grouped(
        [warning, mail(2, "a@x"), mail(3, "b@x"), Problem(4, "", "Row 2 is the same person (c).")]
    )
    assert [(group.column, group.rows, group.is_error) for group in groups] == [
        ("email", (2, 3), True),
        ("", (4,), True),
        ("groups", (2,), False),
    ]
    assert groups[0].headline == "2 rows: “a@x” or “b@x” can't be used as e-mail."
    assert groups[1].headline == "1 row: Row 2 is the same person (c)."


@pytest.mark.parametrize(
    ("sentence", "said"),
    [
        ("“x” is neither true nor false.", "“…” is neither true nor false."),
        ("Nobody in this pool is ann@example.com.", "Nobody in this pool is …"),
        ("Row 12 is the same person (ann).", "Row … is the same person …."),
    ],
)
def test_what_differs_between_alike_problems_is_left_out(sentence: str, said: str) -> None:
    assert general(sentence) == said


def test_what_is_the_same_in_all_of_them_is_said_and_many_different_cells_are_not_listed() -> None:
    numbers = [
        Problem(row, "phone", f"“{row}” starts with + and the country code, such as +49.") for row in range(4)
    ]
    (group,) = grouped(numbers)
    assert group.headline == "4 rows: “…” starts with + and the country code, such as +49."
    (few,) = grouped(numbers[:2])
    assert few.headline == "2 rows: “0” or “1” starts with + and the country code, such as +49."
    assert few.alike == group.alike
    (same,) = grouped(Problem(row, "groups", "There is no group “x”.") for row in range(4))
    assert same.headline == "4 rows: There is no group “x”."


def test_damaged_cells_are_counted_by_kind_whatever_their_column() -> None:
    damaged = [Problem(2, column, "x", kind="mojibake", repairable=True) for column in ("email", "groups")]
    (group,) = grouped(damaged)
    assert group.headline == "2 cells have garbled letters (mojibake)"
    assert group.repairable
    assert group.rows == (2,)


def test_only_the_cells_that_the_problems_are_about_are_changed() -> None:
    (group,) = grouped([mail(2, "a@x"), mail(4, "c@x")])
    edits = changed_cells(TABLE, group, lambda cell: cell.replace("@x", "@example.com"))
    assert edits == {(2, 1): "a@example.com", (4, 1): "c@example.com"}
    assert changed_cells(TABLE, group, lambda cell: cell) == {}


def test_what_was_put_right_in_several_ways_is_headed_by_its_kind() -> None:
    warned = [
        Problem(row, "Mobile", what, "", ProblemSeverity.WARNING, kind="phone-number")
        for row, what in ((2, "There is a 0 too many."), (3, "The country code stands twice."))
    ]
    (group,) = grouped(warned)
    assert group.headline == "2 cells hold a phone number with something too many or missing"
    (alike,) = grouped(warned[:1])
    assert alike.headline == "1 row: There is a 0 too many."
