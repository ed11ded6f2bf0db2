"""What the process of its own does with one query: which it takes, and how values come out of it."""

from __future__ import annotations

import io
import json
from typing import Any

import pyarrow as pa
import pytest

from services.directory.sandbox_child import (
    Refused,
    answered,
    as_stream,
    open_tables,
    read_frame,
    single_select,
    write_frame,
)

DATABASE = open_tables({"users": pa.table({"sub": ["a", "b", "c"]})}, 200_000_000)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1.50", 1.5),
        ("123456789012.12::DECIMAL(18, 2)", 123456789012.12),
        ("12345678901234567.89", "12345678901234567.89"),  # as a number it would be …568.0
        ("NULL::DECIMAL(30, 4)", None),
        ("sum(9223372036854775807)", "27670116110564327421"),
        ("sum(3)", 9),
        ("170141183460469231731687303715884105727", "170141183460469231731687303715884105727"),
        ("18446744073709551615::UBIGINT", "18446744073709551615"),
        ("avg(2)", 2.0),
        ("list('g')", "g; g; g"),
    ],
)
def test_a_number_comes_out_exactly_as_text_where_it_can_not_be_a_number(expression: str, value: Any) -> None:
    table, more = answered(DATABASE, f"SELECT {expression} AS x FROM users GROUP BY ALL LIMIT 1", 10, 5.0)
    assert table.to_pylist() == [{"x": value}]
    assert not more


def test_more_rows_than_asked_for_are_told() -> None:
    table, more = answered(DATABASE, "SELECT sub FROM users ORDER BY sub", 2, 5.0)
    assert (table.column("sub").to_pylist(), more) == (["a", "b"], True)


@pytest.mark.parametrize(
    ("query", "kind"),
    [
        ("SELECT 1; SELECT 2", "several"),
        ("", "empty"),
        ("DROP TABLE users", "kind"),
        ("SELECT FROM WHERE", "wrong"),
    ],
)
def test_anything_but_one_select_is_refused(query: str, kind: str) -> None:
    with pytest.raises(Refused) as refused:
        single_select(DATABASE, query)
    assert refused.value.kind == kind


def test_a_frame_is_read_as_it_was_written_and_a_cut_one_is_an_end() -> None:
    pipe = io.BytesIO()
    write_frame(pipe, json.dumps({"queries": []}).encode())
    write_frame(pipe, as_stream(pa.table({"n": [1, 2]})))
    pipe.seek(0)
    assert json.loads(read_frame(pipe)) == {"queries": []}
    with pa.ipc.open_stream(read_frame(pipe)) as reader:
        assert reader.read_all().to_pylist() == [{"n": 1}, {"n": 2}]
    with pytest.raises(EOFError):
        read_frame(pipe)
