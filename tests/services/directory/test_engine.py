"""Expressions of SQL say what the functions of the same name say, and the engine reaches no file."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.cognito.people import loose_key
from services.directory.engine import column_names, database, is_plain, loose, lowered, quoted
from services.directory.people import folded

DATABASE = database(10)
TEXTS = ["Zoë Ångström", "ŁUKASZ", "Straße", "ﬁn", "李雷", "", "plain TEXT", "e\u0301", "a'b\"c"]


@settings(max_examples=50)
@given(st.sampled_from(TEXTS) | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=9))
def test_texts_are_compared_in_sql_as_in_python(text: str) -> None:
    asked = ", ".join((lowered("t", "folded"), lowered("t", "casefolded"), loose("t"), is_plain("t")))
    found = DATABASE.execute(f"SELECT {asked} FROM (SELECT $text::VARCHAR AS t)", {"text": text}).fetchone()
    assert found == (folded(text), text.casefold(), loose_key(text), text.isascii())


@pytest.mark.parametrize("name", ['a"b', "custom:team", "select", "'; DROP TABLE x"])
def test_any_name_can_be_that_of_a_column(name: str) -> None:
    table = DATABASE.execute(f"SELECT 1 AS {quoted(name)}")
    assert [column[0] for column in table.description] == [name]


def test_attributes_that_differ_in_case_only_have_columns_of_their_own() -> None:
    names = column_names(["custom:Team", "custom:team", "row", "sub"], ["row"])
    assert names == {
        "custom:Team": "custom:Team",
        "custom:team": "custom:team (2)",
        "row": "row (2)",
        "sub": "sub (2)",
    }


@pytest.mark.parametrize(
    "query", ["SELECT * FROM read_text('/etc/hostname')", "ATTACH 'x.db'", "COPY (SELECT 1) TO 'x'"]
)
def test_no_file_is_reached(query: str) -> None:
    with pytest.raises(duckdb.Error):
        DATABASE.execute(query)
