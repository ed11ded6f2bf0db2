"""Dates of birth of AWS's import files are read month first, and held back where the day may come first."""

from __future__ import annotations

import pytest

from services.bulk.cells.aws_dates import aws_date, may_be_day_first, written_day_first
from services.bulk.columns import recognise
from services.bulk.files.csv_file import read_file
from services.bulk.files.dialect import AWS_IMPORT_COLUMNS
from services.bulk.model import PlanOptions
from services.bulk.rows import read_rows
from services.cognito.attributes import STANDARD_SCHEMA
from services.cognito.models import UserPool


def test_dates_of_awss_import_files_become_cognitos() -> None:
    assert aws_date("12/31/1990") == "1990-12-31"
    assert aws_date("31/12/1990") == "31/12/1990"
    assert aws_date("soon") == "soon"


def problems_of(*days: str) -> list[list[str]]:
    """What speaks against each of the birthdates of one file."""
    others = sorted(AWS_IMPORT_COLUMNS - {"cognito:username", "birthdate"})
    lines = [",".join(["cognito:username", "birthdate", *others])]
    lines += [f"ann{at},{day}{',' * len(others)}" for at, day in enumerate(days)]
    table = read_file("\n".join(lines).encode(), "users.csv")
    assert table.aws_dialect
    pool = UserPool("p", "Staff", schema=STANDARD_SCHEMA)
    read = read_rows(table, recognise(table.header, pool), pool, PlanOptions())
    return [[problem.what for problem in found if problem.attribute == "birthdate"] for _, found in read]


def test_one_date_that_has_its_day_first_puts_all_in_doubt_that_may_have_it_first() -> None:
    unsure, impossible, also, alike, sure, iso = problems_of(
        "03/04/2000", "25/04/2000", "01/12/1999", "05/05/1999", "12/31/1990", "1990-02-03"
    )
    assert unsure == ["“03/04/2000” may be meant day first: so is “25/04/2000” of the same file."]
    assert len(impossible) == len(also) == 1
    assert alike == sure == iso == []


def test_dates_of_which_none_shows_its_day_first_are_month_first() -> None:
    assert problems_of("03/04/2000", "04/25/2000", "01/12/1999", "") == [[], [], [], []]


@pytest.mark.parametrize(("text", "may"), [("03/04/2000", True), ("3/4/2000", True), ("04/04/2000", False)])
def test_a_date_may_have_its_day_first_where_both_readings_are_days(text: str, may: bool) -> None:
    assert may_be_day_first(text) is may
    assert not may_be_day_first("2000-03-04")
    assert written_day_first([text, "13/13/2000", "12/31/2000"]) == ""
