"""Columns of text are folded as single texts are, only all at once."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cognito.people import loose_key
from services.directory.folding import casefold, fold, loose_keys, one_array, text_column
from services.directory.people import folded

TEXTS = ["Zoë Ångström", "ŁUKASZ", "Straße", "İstanbul", "ﬁn", "李雷", "", None, "plain", "Æon", "e\u0301"]


@given(st.lists(st.none() | st.sampled_from(TEXTS) | st.text(st.characters(exclude_categories=["Cs"]))))
def test_a_column_is_folded_value_by_value(values: list[str | None]) -> None:
    column = pa.array(values, pa.string())
    expected = [None if value is None else folded(value) for value in values]
    assert fold(column).to_pylist() == expected
    assert fold(column.dictionary_encode()).to_pylist() == expected
    assert casefold(column).to_pylist() == [value and value.casefold() for value in values]
    assert loose_keys(column).to_pylist() == [value and loose_key(value) for value in values]


def test_a_column_in_pieces_is_folded_as_one() -> None:
    pieces = pa.chunked_array([["Ann"], [], ["Zoë", None]], pa.string())
    assert fold(pieces).to_pylist() == ["ann", "zoe", None]
    assert one_array(pieces).to_pylist() == ["Ann", "Zoë", None]


@pytest.mark.parametrize(("name", "found"), [("name", ["Ann", None, None]), ("email", [None, None, None])])
def test_an_empty_text_is_none_and_so_is_a_column_that_is_not_there(
    name: str, found: list[str | None]
) -> None:
    table = pa.table({"name": ["Ann", "", None]})
    assert text_column(table, name).to_pylist() == found
    assert text_column(table.to_batches()[0], name).to_pylist() == found
