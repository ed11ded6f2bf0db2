"""Columns of text as a search compares them: folded like `services.directory.people.folded`, but fast."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from services.cognito.people import loose_key
from services.directory.people import folded

Column: TypeAlias = "pa.Array | pa.ChunkedArray"


def fold(column: Column) -> pa.Array:
    """`folded` of every value; null stays null."""
    return _lowered(column, folded)


def casefold(column: Column) -> pa.Array:
    """`str.casefold` of every value; null stays null."""
    return _lowered(column, str.casefold)


def loose_keys(column: Column) -> pa.Array:
    """`services.cognito.people.loose_key` of every value; null stays null."""
    return _lowered(column, loose_key)


def _lowered(column: Column, slow: Callable[[str], str]) -> pa.Array:
    """Plain ASCII is only lowered, all at once; other values go through `slow`, each different one once."""
    whole = one_array(column)
    if pa.types.is_dictionary(whole.type):
        return _lowered(whole.dictionary, slow).take(whole.indices)
    lowered = pc.ascii_lower(whole)
    plain = pc.string_is_ascii(whole)
    if pc.all(plain, min_count=0).as_py():
        return lowered
    odd = pc.fill_null(pc.invert(plain), False)
    words = whole.filter(odd).dictionary_encode()
    known = pa.array([slow(word) for word in words.dictionary.to_pylist()], pa.string())
    return pc.replace_with_mask(lowered, odd, known.take(words.indices))


def one_array(column: Column) -> pa.Array:
    """A column as one array, whether it comes as one or in chunks."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def text_column(table: pa.Table | pa.RecordBatch, name: str) -> pa.Array:
    """A column of a table, null where a value is missing or empty; all null where there is no such column."""
    if name not in table.schema.names:
        return pa.nulls(table.num_rows, pa.string())
    column = one_array(table[name])
    return pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
