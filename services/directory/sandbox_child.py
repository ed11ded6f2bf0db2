"""The process that answers queries which people write; `services.directory.sandbox` starts it.

It has no environment, opens no file and no connection, holds only the tables that it is sent, and may
use so much memory and processor time. What it is sent and what it answers are frames: four bytes of
length, then JSON or an Arrow stream. Nothing of the console is imported here.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import struct
import sys
import threading
from decimal import Decimal
from typing import Any, BinaryIO

if __name__ == "__main__":
    # pyarrow goes without numpy, which would be half of what is loaded here
    sys.modules["numpy"] = None  # type: ignore[assignment]

import duckdb
import pyarrow as pa

_SIZE = struct.Struct(">I")
_LARGE = ("HUGEINT", "UBIGINT", "UHUGEINT")
_DIGITS = 15
_PLAIN = ("BOOLEAN", "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER",
          "FLOAT", "DOUBLE", "VARCHAR", "DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE")  # fmt: skip


def read_frame(stream: BinaryIO) -> bytes:
    """The next frame; raises `EOFError` when the other side is gone."""
    size = stream.read(_SIZE.size)
    if len(size) < _SIZE.size:
        raise EOFError
    return stream.read(_SIZE.unpack(size)[0])


def write_frame(stream: BinaryIO, data: bytes) -> None:
    """Send one frame."""
    stream.write(_SIZE.pack(len(data)))
    stream.write(data)
    stream.flush()


class Refused(Exception):
    """A query that isn't answered: `kind` is for the parent, `detail` says more in plain words."""

    def __init__(self, kind: str, detail: str = "") -> None:
        super().__init__(kind)
        self.kind, self.detail = kind, detail


def confine(memory: int, seconds: float) -> None:
    """Give up what a query has no business with. `memory` in bytes, on top of what is used already."""
    os.nice(10)
    used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()  # noqa: SIM115
    resource.setrlimit(resource.RLIMIT_AS, (used + memory, used + memory))
    processor = int(seconds) + 5
    resource.setrlimit(resource.RLIMIT_CPU, (processor, processor))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def open_tables(tables: dict[str, pa.Table], memory: int) -> duckdb.DuckDBPyConnection:
    """A database in memory that holds these tables and reaches nothing else."""
    database = duckdb.connect(
        config={
            "threads": 1,
            "memory_limit": f"{memory // 1_000_000}MB",
            "temp_directory": "",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
        }
    )
    database.execute("SET GLOBAL TimeZone = 'UTC'")
    for name, table in tables.items():
        database.register("_sent", table)
        database.execute(f'CREATE TABLE "{name}" AS SELECT * FROM _sent')  # noqa: S608 - names of ours
        database.unregister("_sent")
    database.execute("SET enable_external_access = false")
    database.execute("SET lock_configuration = true")
    return database


def single_select(database: duckdb.DuckDBPyConnection, query: str) -> str:
    """The query, if it is exactly one SELECT. Raises `Refused`."""
    try:
        statements = database.extract_statements(query)
    except duckdb.Error as error:
        raise Refused("wrong", str(error)) from None
    if len(statements) != 1:
        raise Refused("several" if statements else "empty", str(len(statements)))
    kind = str(statements[0].type).rpartition(".")[2]
    if kind != "SELECT":
        raise Refused("kind", kind)
    return query.strip().rstrip(";")


def answered(
    database: duckdb.DuckDBPyConnection, query: str, rows: int, seconds: float
) -> tuple[pa.Table, bool]:
    """The first `rows` rows of the answer, and whether there are more. Raises `Refused`."""
    late = threading.Event()

    def stop() -> None:
        late.set()
        database.interrupt()

    watch = threading.Timer(seconds, stop)
    watch.daemon = True
    watch.start()
    try:
        relation = database.sql(query).limit(rows + 1)
        shown = ", ".join(
            _shown(f'"{name.replace(chr(34), chr(34) * 2)}"', str(kind))
            for name, kind in zip(relation.columns, relation.types, strict=True)
        )
        large = [place for place, kind in enumerate(relation.types) if str(kind) in _LARGE]
        table = _with_exact_numbers(relation.project(shown).to_arrow_table(), large)
    except duckdb.Error as error:
        if late.is_set() or isinstance(error, duckdb.InterruptException):
            raise Refused("time") from None
        memory = isinstance(error, duckdb.OutOfMemoryException)
        raise Refused("memory" if memory else "wrong", str(error)) from None
    except (MemoryError, pa.ArrowMemoryError, pa.ArrowException):
        raise Refused("memory") from None
    finally:
        watch.cancel()
    return table.slice(0, rows), table.num_rows > rows


def _shown(column: str, kind: str) -> str:
    """A column as people see it: plain values and decimals as they are, everything else as text."""
    if kind in _PLAIN or kind.startswith("DECIMAL"):
        return column
    if kind == "VARCHAR[]":
        return f"array_to_string({column}, '; ') AS {column}"
    return f"{column}::VARCHAR AS {column}"


def _with_exact_numbers(table: pa.Table, large: list[int]) -> pa.Table:
    """The table with numbers where they are exact, else the same digits as text.

    `large` are the columns of whole numbers (in text) that may be too large for 64 bits, sums for one.
    """
    for place, field in enumerate(table.schema):
        column = table.column(place)
        if place in large:
            with contextlib.suppress(pa.ArrowInvalid):
                column = column.cast(pa.int64())
        elif pa.types.is_decimal(field.type):
            numbers = column.cast(pa.float64())
            column = numbers if _same(column, numbers) else column.cast(pa.string())
        table = table.set_column(place, field.name, column)
    return table


def _same(decimals: pa.ChunkedArray, numbers: pa.ChunkedArray) -> bool:
    """Whether the numbers read as the decimals do; up to 15 digits they always do."""
    if decimals.type.precision <= _DIGITS:
        return True
    pairs = zip(decimals.to_pylist(), numbers.to_pylist(), strict=True)
    return all(exact is None or Decimal(repr(number)) == exact for exact, number in pairs)


def as_stream(table: pa.Table) -> bytes:
    """A table as an Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer the queries of one order, in their order."""
    order: dict[str, Any] = json.loads(read_frame(source))
    tables: dict[str, pa.Table] = {}
    for name in order["tables"]:
        with pa.ipc.open_stream(read_frame(source)) as reader:
            tables[name] = reader.read_all()
    sent = sum(table.nbytes for table in tables.values())
    confine(order["memory"] + 3 * sent + 1_000_000_000, order["seconds"] * len(order["queries"]))
    database = open_tables(tables, order["memory"] + 2 * sent)
    tables.clear()
    for query in order["queries"]:
        try:
            table, more = answered(database, single_select(database, query), order["rows"], order["seconds"])
            data = as_stream(table)
            if len(data) > order["bytes"]:
                raise Refused("size")
        except Refused as refused:
            write_frame(sink, json.dumps({"refused": refused.kind, "detail": refused.detail[:2000]}).encode())
            continue
        except MemoryError:
            write_frame(sink, json.dumps({"refused": "memory", "detail": ""}).encode())
            continue
        write_frame(sink, json.dumps({"more": more}).encode())
        write_frame(sink, data)


if __name__ == "__main__":
    serve(sys.stdin.buffer, sys.stdout.buffer)
