"""The template fits its pool, is understood when it comes back, and its examples are nobody."""

from __future__ import annotations

import pytest

from services.bulk.columns import recognise
from services.bulk.files.csv_file import read_file
from services.bulk.model import PlanOptions
from services.bulk.rows import read_rows
from services.bulk.template import (
    delimiter_for,
    template_csv,
    template_header,
    template_xlsx,
    without_examples,
)
from services.cognito.attributes import STANDARD_SCHEMA
from services.cognito.models import SchemaAttribute, UserPool

CUSTOM = SchemaAttribute("custom:cost_centre", mutable=False)
STAFF = UserPool("p", "Staff", schema=(*STANDARD_SCHEMA, CUSTOM))
CUSTOMERS = UserPool("c", "Customers", username_attributes=frozenset({"email"}), schema=STANDARD_SCHEMA)
CALLERS = UserPool("d", "Callers", username_attributes=frozenset({"phone_number"}), schema=STANDARD_SCHEMA)
POOLS = pytest.mark.parametrize("pool", [STAFF, CUSTOMERS, CALLERS], ids=lambda pool: pool.name)


def test_the_template_asks_for_what_the_pool_needs() -> None:
    assert template_header(STAFF)[:2] == ["username", "email"]
    assert "custom:cost_centre" in template_header(STAFF)
    assert template_header(CUSTOMERS)[0] == "email"
    assert "username" not in template_header(CUSTOMERS)


@POOLS
@pytest.mark.parametrize("made", [template_csv, template_xlsx])
def test_a_template_that_comes_back_is_recognised_wholly_and_its_examples_have_no_problem(made, pool) -> None:
    table = read_file(made(pool), "template")
    columns = recognise(table.header, pool)
    assert columns.problems() == []
    assert columns.unused == ()
    rows = list(read_rows(table, columns, pool, PlanOptions()))
    assert len(rows) == 2
    assert [problem.what for _, problems in rows for problem in problems] == []


@POOLS
def test_example_rows_are_left_out_and_said_and_other_rows_are_not(pool) -> None:
    text = template_csv(pool, ";").decode("utf-8-sig")
    name = {"Staff": "nora", "Customers": "nora@example.com", "Callers": "+4915112345678"}[pool.name]
    table = without_examples(read_file(f"{text}{name}\r\n".encode(), "people.csv"), pool)
    assert [row.cells[0] for row in table.rows()] == [name]
    assert table.row_count == 1
    assert "2 example rows of the template were left out." in table.notes
    assert without_examples(table, pool) is table


@pytest.mark.parametrize(
    ("locale", "delimiter"),
    [("de-DE", ";"), ("fr", ";"), ("pt_BR", ";"), ("en-GB", ","), ("es-MX", ","), ("ja", ","), (None, ",")],
)
def test_the_template_has_the_delimiter_that_spreadsheets_expect_where_the_reader_is(
    locale, delimiter
) -> None:
    assert delimiter_for(locale) == delimiter
    assert read_file(template_csv(STAFF, delimiter), "template.csv").delimiter == delimiter


def test_somebody_with_the_address_of_an_example_is_no_example() -> None:
    for text in (
        "email,action\nann@example.org,disable\n",
        "email,given_name,family_name\nann@example.org,Ann,Ek\n",
    ):
        table = without_examples(read_file(text.encode()), CUSTOMERS)
        assert table.row_count == 1
        assert len(list(table.rows())) == 1
