"""What is said of the store holds for both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.store.engine import open_store
from services.store.store import Store
from services.store.vault import KeyRing
from tests.fixtures.store import copied

# where it matters which database it is: transactions, locks, times, unique names, references, long texts
ON_BOTH = (
    "activity",
    "campaigns",
    "job_leases",
    "log_chain",
    "notices",
    "operators",
    "saved",
    "schedules",
    "sessions",
)
ON_BOTH += ("paces", "settings", "snapshots", "threads", "together")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of those files once on each database, but for those that name theirs."""
    named = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    if "store_url" in metafunc.fixturenames and "store_url" not in named:
        both = metafunc.module.__name__.rpartition("test_")[2] in ON_BOTH
        metafunc.parametrize("store_url", ["sqlite", "postgresql"] if both else ["sqlite"], indirect=True)


@pytest.fixture
def store_url(request: pytest.FixtureRequest) -> str:
    """The address of an empty store under `keys`, in the database that the test runs on."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql_url"))
    folder: Path = request.getfixturevalue("tmp_path")
    return copied(request.getfixturevalue("empty_database"), folder / "console.db")


@pytest.fixture
def store(store_url: str, keys: KeyRing) -> Iterator[Store]:
    """An empty store in that database."""
    with open_store(store_url, keys) as opened:
        yield opened
