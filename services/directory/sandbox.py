"""Queries that people write, answered in a process of its own that holds nothing but some tables.

    answers = ask(["SELECT count(*) AS people FROM users"], {"users": table})

One SELECT at a time: no file, no network, no setting, no change; bounded in time, rows and memory; ended at
once when cancelled. A process of its own, because a query inside this one could take memory that the
engine doesn't count, and hold up everybody else: measured, `repeat('x', 4000000000)` does both.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeAlias, cast

import duckdb
import pyarrow as pa

from services.directory import sandbox_child
from services.errors import QueryRefused
from services.processors import on_all
from services.words import counted

TablesByName: TypeAlias = "Mapping[str, pa.Table]"
Connection: TypeAlias = duckdb.DuckDBPyConnection

_CHILD = Path(sandbox_child.__file__)
_AT_ONCE = threading.BoundedSemaphore(2)
_GRACE = 3.0


@dataclass(frozen=True, slots=True)
class QueryLimits:
    """How far a query may go: seconds, rows of its answer, bytes of memory beside the tables."""

    seconds: float = 20.0
    rows: int = 100_000
    memory: int = 500_000_000
    answer: int = 200_000_000
    """Bytes that an answer may have."""


@dataclass(frozen=True)
class QueryResult:
    """What a query answered: `table` holds plain values and texts; `more` if there are further rows."""

    table: pa.Table
    more: bool = False


class Asking:
    """One order to the sandbox, carried out by `run`; `cancel` ends it from another thread."""

    def __init__(self, queries: Sequence[str], tables: TablesByName, limits: QueryLimits) -> None:
        self._queries, self._tables, self._limits = tuple(queries), tables, limits
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = ""

    @property
    def process_id(self) -> int | None:
        """The process that answers, once there is one."""
        return None if self._process is None else self._process.pid

    def cancel(self) -> None:
        """End it; `run` raises `QueryRefused` then."""
        self._end("cancelled")

    def run(self) -> list[QueryResult | QueryRefused]:
        """The answer to each query, or why it has none. Waits while two others are asked.

        Raises `QueryRefused` when it was cancelled.
        """
        with _AT_ONCE:
            found = [] if self._ended else self._run()
        if self._ended == "cancelled":
            raise QueryRefused("The question was cancelled. Nothing was changed.")
        return found

    def _run(self) -> list[QueryResult | QueryRefused]:
        with self._lock:
            if self._ended:
                return []
            with on_all():
                # -I: no environment variable and no folder of the user adds to what it imports
                self._process = process = subprocess.Popen(  # noqa: S603 - our own file, nothing else
                    [sys.executable, "-I", str(_CHILD)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env={},
                )
        patience = self._limits.seconds * len(self._queries) + _GRACE + 30.0
        watch = threading.Timer(patience, self._end, args=("time",))
        watch.daemon = True
        watch.start()
        found: list[QueryResult | QueryRefused] = []
        try:
            self._send(cast("BinaryIO", process.stdin))
            for _ in self._queries:
                found.append(self._receive(cast("BinaryIO", process.stdout)))
        except (OSError, EOFError, ValueError, pa.ArrowException):
            why = refusal(self._ended or "crash", "", self._limits)
            found += [why] * (len(self._queries) - len(found))
        finally:
            watch.cancel()
            process.kill()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):  # what was not sent can't be sent any more
                        pipe.close()
            process.wait()
        return found

    def _send(self, sink: BinaryIO) -> None:
        limits = self._limits
        order = {
            "queries": self._queries,
            "tables": list(self._tables),
            "seconds": limits.seconds,
            "rows": limits.rows,
            "memory": limits.memory,
            "bytes": limits.answer,
        }
        sandbox_child.write_frame(sink, json.dumps(order).encode())
        for table in self._tables.values():
            sandbox_child.write_frame(sink, sandbox_child.as_stream(table))

    def _receive(self, source: BinaryIO) -> QueryResult | QueryRefused:
        said = json.loads(sandbox_child.read_frame(source))
        if "refused" in said:
            return refusal(said["refused"], said["detail"], self._limits)
        with pa.ipc.open_stream(sandbox_child.read_frame(source)) as reader:
            return QueryResult(reader.read_all(), said["more"])

    def _end(self, why: str) -> None:
        with self._lock:
            self._ended = self._ended or why
            if self._process is not None:
                self._process.kill()


def ask(
    queries: Sequence[str], tables: TablesByName, limits: QueryLimits | None = None
) -> list[QueryResult | QueryRefused]:
    """Answer queries as `Asking.run` does, without a way to cancel."""
    return Asking(queries, tables, limits or QueryLimits()).run()


def connection(tables: TablesByName) -> Connection:
    """The same tables in this process, for a notebook: `.sql("SELECT …").df()`. Reaches no file either."""
    return sandbox_child.open_tables(dict(tables), 4_000_000_000)


def refusal(kind: str, detail: str, limits: QueryLimits) -> QueryRefused:
    """Why a query has no answer, in words."""
    made: dict[str, Callable[[], QueryRefused]] = {
        "empty": lambda: QueryRefused("Nothing is asked.", "Write a SELECT."),
        "several": lambda: QueryRefused(
            f"These are {detail} statements; one is asked at a time. Nothing was asked.", "Leave one of them."
        ),
        "kind": lambda: QueryRefused(
            f"Only SELECT can be asked here, and this is {detail}. Nothing was asked, nothing was changed.",
            "Write a SELECT.",
        ),
        "time": lambda: QueryRefused(
            f"The question took longer than {counted(int(limits.seconds), 'second')} and was stopped.",
            "Ask for less: fewer rows joined with each other, or a condition more.",
        ),
        "memory": lambda: QueryRefused(
            f"The question needs more memory than the {limits.memory // 1_000_000:,} MB that it may use; "
            "it was stopped.",
            "Ask for less: fewer rows joined with each other, or shorter texts.",
        ),
        "size": lambda: QueryRefused(
            f"The answer is larger than {limits.answer // 1_000_000:,} MB.", "Choose fewer columns or rows."
        ),
        "crash": lambda: QueryRefused(
            "The question ended the process that answered it: it needed too much memory, or used something "
            "that isn't there for questions. Nothing else was touched.",
            "Ask for less, with the tables and functions that are described.",
        ),
        "cancelled": lambda: QueryRefused("The question was cancelled. Nothing was changed."),
    }
    if kind in made:
        return made[kind]()
    return QueryRefused(f"The question can't be answered: {_plain(detail)}", "Compare it with the columns.")


def _plain(detail: str) -> str:
    """What the engine says, without the place in its own code."""
    text = " ".join(detail.split())[:600]
    return text if text.endswith((".", "!", "?")) else f"{text}."
