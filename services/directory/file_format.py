"""The formats in which tables of a pool are written."""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """Formats of files."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"
    JSON = "json"
