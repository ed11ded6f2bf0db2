"""Queries that people write: what they may ask, and the end of those that want more than an answer."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pyarrow as pa
import pytest

from services.directory.sandbox import Asking, QueryLimits, QueryResult, ask, connection
from services.errors import QueryRefused

USERS = pa.table({"sub": [f"s{n}" for n in range(50_000)], "email": [f"p{n}@x.org" for n in range(50_000)]})
TABLES = {"users": USERS}
SOON = QueryLimits(seconds=2.0, memory=300_000_000)

HOSTILE = {
    "a file, by function": ("SELECT * FROM read_csv('/etc/passwd')", "disabled by configuration"),
    "a file, by its name": ("SELECT * FROM '/etc/passwd'", "does not exist"),
    "a file's bytes": ("SELECT * FROM read_blob('/proc/self/environ')", "disabled by configuration"),
    "a folder": ("SELECT * FROM glob('/etc/*')", "disabled by configuration"),
    "writing a file": ("COPY users TO '{leak}'", "Only SELECT"),
    "writing a database": ("EXPORT DATABASE '{leak}'", "Only SELECT"),
    "another database": ("ATTACH '{leak}'", "Only SELECT"),
    "an extension": ("INSTALL httpfs", "Only SELECT"),
    "loading an extension": ("LOAD httpfs", "Only SELECT"),
    "a web address": ("SELECT * FROM read_csv('https://example.org/a.csv')", "can't be answered"),
    "a setting": ("SET memory_limit = '100GB'", "Only SELECT"),
    "a pragma": ("PRAGMA database_list", "Only SELECT"),
    "a new table": ("CREATE TABLE x AS SELECT * FROM users", "Only SELECT"),
    "a deletion": ("DELETE FROM users", "Only SELECT"),
    "two statements": ("SELECT 1; DELETE FROM users", "2 statements"),
    "a statement in a statement": ("SELECT * FROM query('DELETE FROM users')", "single SELECT"),
    "the environment": ("SELECT getenv('AWS_SECRET_ACCESS_KEY')", "can't be answered"),
    "stored secrets": ("SELECT * FROM duckdb_secrets()", "disabled by configuration"),
    "endless recursion": (
        "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT count(*) FROM t",
        "longer than 2 seconds",
    ),
    "a product of everybody thrice": (
        "SELECT sum((a.sub = b.email)::INT) FROM users a, users b, users c",
        "longer than 2 seconds",
    ),
    "sleeping": ("SELECT pg_sleep(100)", "longer than 2 seconds"),
    "a huge text": ("SELECT repeat('x', 4000000000)", "more memory"),
    "huge texts of everybody": ("SELECT string_agg(repeat(email, 20000), '') FROM users", "stopped"),
    "a huge list": ("SELECT list_sum(range(2000000000))", "more memory"),
    "a nest of brackets": ("SELECT " + "(" * 5000 + "1" + ")" * 5000, "can't be answered"),
    "nothing": ("-- nothing", "Nothing is asked"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_query_ends_with_a_clear_refusal_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    query, said = HOSTILE[name]
    leak = tmp_path / "leak"
    (answer,) = ask([query.replace("{leak}", str(leak))], TABLES, SOON)
    assert isinstance(answer, QueryRefused)
    assert said in answer.message
    assert answer.next_step
    assert not list(tmp_path.iterdir())


def test_a_billion_rows_end_at_the_limit_and_say_so() -> None:
    (answer,) = ask(["SELECT * FROM range(1000000000)"], {}, QueryLimits(rows=1000))
    assert isinstance(answer, QueryResult)
    assert (answer.table.num_rows, answer.more) == (1000, True)


def test_a_regular_expression_that_bombs_others_is_answered_in_time() -> None:
    (answer,) = ask(["SELECT regexp_matches(repeat('a', 100000), '(a*)*b') AS hit"], {}, SOON)
    assert isinstance(answer, QueryResult)
    assert answer.table.to_pylist() == [{"hit": False}]


def test_an_answer_that_is_too_large_is_refused() -> None:
    (answer,) = ask(["SELECT * FROM users"], TABLES, QueryLimits(answer=10_000))
    assert isinstance(answer, QueryRefused)
    assert "larger than" in answer.message


def test_one_refusal_leaves_the_other_queries_of_an_order_alone() -> None:
    first, second, third = ask(
        ["SELECT count(*) AS n FROM users", "DROP TABLE users", "SELECT count(*) AS n FROM users"], TABLES
    )
    assert isinstance(second, QueryRefused)
    for answer in (first, third):
        assert isinstance(answer, QueryResult)
        assert answer.table.to_pylist() == [{"n": 50_000}]


def test_an_answer_holds_plain_values_and_texts() -> None:
    (answer,) = ask(
        [
            "SELECT sum(x) AS total, list('g' || x) AS groups, "
            "1.5 AS half, {'a': 1} AS odd, true AS yes FROM t"
        ],
        {"t": pa.table({"x": [1, 2]})},
    )
    assert isinstance(answer, QueryResult)
    assert answer.table.to_pylist() == [
        {"total": 3, "groups": "g1; g2", "half": 1.5, "odd": "{'a': 1}", "yes": True}
    ]


def test_a_query_that_is_cancelled_ends_at_once() -> None:
    asking = Asking(["SELECT pg_sleep(100)"], {}, QueryLimits(seconds=100))
    caught: list[BaseException] = []

    def run() -> None:
        try:
            asking.run()
        except QueryRefused as error:
            caught.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    while asking.process_id is None:
        time.sleep(0.01)
    asking.cancel()
    thread.join(20)
    assert not thread.is_alive()
    assert "cancelled" in str(caught[0])
    with pytest.raises(ProcessLookupError):
        os.kill(asking.process_id or 0, 0)


def _until_cancelled(asking: Asking) -> None:
    with pytest.raises(QueryRefused, match="cancelled"):
        asking.run()


def test_the_process_knows_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "unmistakable")
    asking = Asking(["SELECT pg_sleep(100)"], {}, QueryLimits(seconds=100))
    thread = threading.Thread(target=_until_cancelled, args=(asking,))
    thread.start()
    while asking.process_id is None:
        time.sleep(0.01)
    environment = Path(f"/proc/{asking.process_id}/environ")
    while b"python" not in Path(f"/proc/{asking.process_id}/cmdline").read_bytes():
        time.sleep(0.01)
    found = environment.read_bytes()
    asking.cancel()
    thread.join(20)
    assert b"unmistakable" not in found


def test_a_notebook_asks_the_same_tables() -> None:
    with connection(TABLES) as database:
        frame = database.sql("SELECT count(*) AS n FROM users").df()
        assert frame["n"].tolist() == [50_000]
        with pytest.raises(Exception, match="disabled by configuration"):
            database.sql("SELECT * FROM read_csv('/etc/passwd')")
