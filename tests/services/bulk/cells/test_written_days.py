"""Days are read where they are beyond doubt."""

from __future__ import annotations

from datetime import date

import pytest

from services.bulk.cells.damage import DamageKind
from services.bulk.cells.damage_checks import damage
from services.bulk.cells.written_days import days_written
from tests.services.bulk.conftest import Bulk, only


@pytest.mark.parametrize(
    "text",
    [
        "1975-12-24",
        "1975-12-24T00:00:00",
        "24.12.1975",
        "24. 12. 1975",
        "24/12/1975",
        "12/24/1975",
        "24 Dec 1975",
    ],
)
def test_a_day_that_can_be_read_in_one_way_is_that_day(text: str) -> None:
    assert days_written(text) == {date(1975, 12, 24)}


@pytest.mark.parametrize("text", ["24.13.1975", "24.12.75", "Dec 1975", "24 foo 1975", "1975", "31.02.1975"])
def test_anything_else_is_no_day(text: str) -> None:
    assert days_written(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        *("24-12-1975", "1975/12/24", "1975.12.24", "1975/12/24 00:00", "24-Dec-1975"),
        *("Dec 24, 1975", "December 24 1975", "24. Dezember 1975", "24 déc. 1975", "24 de\u0301cembre 1975"),
    ],
)
def test_days_of_other_countries_are_that_day(text: str) -> None:
    assert days_written(text) == {date(1975, 12, 24)}


def test_what_could_be_two_days_is_both() -> None:
    assert days_written("03-04-1975") == {date(1975, 4, 3), date(1975, 3, 4)}
    assert days_written("1975/03/04") == {date(1975, 3, 4)}
    assert days_written("03/04/1975") == {date(1975, 4, 3), date(1975, 3, 4)}
    assert days_written("04/04/1975") == {date(1975, 4, 4)}


@pytest.mark.parametrize("text", ["24.12.1975", "12/24/1975", "24 Dec 1975", "1975-12-24T00:00:00"])
def test_a_birthdate_written_another_way_can_be_put_right(staff: Bulk, text: str) -> None:
    header = ("username", "email", "given_name", "family_name", "birthdate")
    row = ("ann.ek", "ann.ek@example.org", "Ann", "Ek", text)
    found = only(staff.plan(header, row)).problems
    (problem,) = (problem for problem in found if problem.column == "birthdate")
    assert (problem.kind, problem.is_error, problem.repairable) == (DamageKind.WRITTEN_DAY, True, True)
    repair = frozenset({DamageKind.WRITTEN_DAY})
    (create, *_) = only(staff.plan(header, row, repair=repair)).steps
    assert create.change.attributes["birthdate"] == "1975-12-24"


@pytest.mark.parametrize("text", ["03/04/1975", "24.12.75", "24.12.2975", "1.1.1800"])
def test_a_birthdate_in_doubt_is_not_put_right(text: str) -> None:
    found = damage("birthdate", text)
    assert found is None or found.likely is None
