"""What had no release for long is told from what had, and every such dependency has a reason."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime

from bench.kept import PROJECT, Kept, named, newest_of

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def test_the_newest_file_that_was_not_withdrawn_counts() -> None:
    times = ("2024-05-01T10:00:00.5Z", "2023-01-01T00:00:00Z", "2026-01-01T00:00:00Z")
    files = [{"upload-time": time, "yanked": time.startswith("2026")} for time in times]
    newest = newest_of({"files": [*files, {"filename": "from before times were told"}]})
    assert newest == datetime(2024, 5, 1, 10, 0, 0, 500_000, tzinfo=UTC)
    assert Kept("x", newest).is_old(NOW, 18)
    assert not Kept("x", newest).is_old(NOW, 36)
    assert Kept("x", newest_of({"files": []})).is_old(NOW, 18)


def test_every_named_dependency_is_looked_at_and_no_reason_is_left_of_one_that_is_gone() -> None:
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))
    names = named(project)
    assert {"streamlit", "moto", "psycopg", "pytest"} <= set(names)
    assert set(project["tool"]["kept"]) <= set(names)
