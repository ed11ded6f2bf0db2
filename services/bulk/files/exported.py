"""The console's own exports in JSON and Parquet, read back as rows of cells.

Values are neutralised as in a CSV (`services.csv_safe`), so that each comes back as it was.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from services.csv_safe import join_groups, neutralise, text_of
from services.errors import FileRejected

PARQUET = b"PAR1"
LARGEST_UNPACKED = 1_000_000_000
"""Bytes that a Parquet file may unpack to."""
_LISTS = frozenset({"groups", "all_groups"})
Cells = tuple[str, ...]


def is_export(data: bytes) -> bool:
    """Whether the bytes may be an export of this console in JSON or Parquet."""
    return data.startswith(PARQUET) or (data.lstrip()[:1] == b"{" and b'"rows"' in data[:100_000])


def exported_rows(data: bytes, shown: str) -> tuple[str, tuple[Cells, ...]]:
    """The format's name, and headings and rows. Raises `FileRejected` for other files of the format."""
    if data.startswith(PARQUET):
        return "Parquet", _of_parquet(data, shown)
    return "JSON", _of_json(data, shown)


def _of_parquet(data: bytes, shown: str) -> tuple[Cells, ...]:
    try:
        file = pq.ParquetFile(io.BytesIO(data))
        groups = (file.metadata.row_group(number) for number in range(file.metadata.num_row_groups))
        if sum(group.total_byte_size for group in groups) > LARGEST_UNPACKED:
            raise FileRejected(f"{shown} unpacks to more than 1 GB.", "Export fewer people at once.")
        table = file.read()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise FileRejected(f"{shown} is a Parquet file that can't be read: {error}.", _AGAIN) from None
    if b"about" not in (table.schema.metadata or {}):
        raise FileRejected(f"{shown} is a Parquet file, and not one of this console's exports.", _AGAIN)
    names = table.column_names
    columns = [_column(name, table[name].to_pylist()) for name in names]
    return tuple(names), *zip(*columns, strict=True)


def _of_json(data: bytes, shown: str) -> tuple[Cells, ...]:
    try:
        found = json.loads(data)
    except ValueError:
        raise FileRejected(f"{shown} is a JSON file that can't be read.", _AGAIN) from None
    rows = found.get("rows") if isinstance(found, dict) and "about" in found else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise FileRejected(f"{shown} is a JSON file, and not one of this console's exports.", _AGAIN)
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = [_column(name, [row.get(name) for row in rows]) for name in names]
    return tuple(names), *zip(*columns, strict=True)


_AGAIN = "Export it as CSV or Excel, then upload that file."


def _column(name: str, values: Iterable[Any]) -> Sequence[str]:
    return [_cell(name, value) for value in values]


def _cell(name: str, value: Any) -> str:
    if isinstance(value, list):
        return neutralise(join_groups(map(str, value)))
    if isinstance(value, str) and name in _LISTS:
        return neutralise(join_groups([value]))
    if isinstance(value, datetime):
        return value.isoformat()
    return neutralise(text_of(value if isinstance(value, str | bool | int | float | None) else str(value)))
