"""The tables of a pool against the engine of another checkout: opening, searching, turning pages, a change.

    python -m bench.engine [--people 1000000] [--against /path/to/the/other/checkout]

Each engine runs in a process of its own, on a store that another process has filled with the same made-up
people. Printed: the best and the median of several tries in milliseconds of wall time, the best in CPU time
(both cores together), and the memory of the process at its peak. The other checkout is one from before the
tables.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
KEY = "bench"
TRIES = 15
WORDS = ("lindqvist", "ann sorensen", "nobody-is-called-that", "a", "00012345", "example.org zoe")
CONDITIONS = (
    "",
    "group:group-07",
    "-group:group-03",
    "no:group",
    "status:expired",
    "app:Billing is:disabled",
    "custom:team~engin created:2024-03-01..2025-06-30",
    "given_name~zoe",
    "domain:example.org",
    "no:phone_number",
    "custom:cost_centre=CC-0042",
)
APPLICATIONS = {"Billing": ("group-01", "group-02", "group-03")}


class Tables:
    """The engine of this checkout."""

    def __init__(self, store: Any) -> None:
        self._changes, self._search = _module("directory.local_changes"), _module("directory.search")
        self._disable = _module("cognito.actions").DisableUser
        self._parse = _module("directory.search_query").parse
        self._snapshots = _module("directory.snapshots").Snapshots(store)

    def open(self) -> None:
        """Everything until people can be shown."""
        self.pool = self._snapshots.now(KEY)

    def find(self, line: str) -> int:
        """Who fits, and the first 50 of them."""
        terms = self._search.SearchTerms(applications=APPLICATIONS)
        found = self._search.search(self.pool, self._parse(line), terms=terms)
        self.pool.people(found.rows[:50])
        return len(found)

    def turn(self, start: int) -> list[Any]:
        """A page in the order of names."""
        people: list[Any] = self.pool.people(self.pool.order("name")[start : start + 50])
        return people

    def change(self, person: Any) -> None:
        """Somebody is disabled here, and looked for."""
        patch = self._changes.Patch(self._disable(person.user.ref), MappingProxyType({}), datetime.now(UTC))
        self._changes.local_changes(KEY).note(patch)
        self.open()
        self.find(person.user.sub)


class Before(Tables):
    """The engine of a checkout from before the tables: an index beside columns."""

    def __init__(self, store: Any) -> None:
        self._search = _module("directory.search")
        self._index = _module("directory.search_index")
        self._parse = _module("directory.search_query").parse
        self._snapshots = _module("directory.snapshots").Snapshots(store)

    def open(self) -> None:
        self.pool = self._snapshots.view(KEY)
        self._index.index_of(self.pool)

    def find(self, line: str) -> int:
        index = self._index.index_of(self.pool)
        index.forget_words()
        terms = self._search.Terms(applications=APPLICATIONS)
        found = self._search.search(self.pool, self._parse(line), terms=terms)
        index.people(found.rows[:50])
        return len(found)

    def turn(self, start: int) -> list[Any]:
        index = self._index.index_of(self.pool)
        people: list[Any] = index.people(index.order("name")[start : start + 50])
        return people

    def change(self, person: Any) -> None:
        disable = _module("cognito.changes").DisableUser
        patch = _module("directory.patching").Patch
        made = _module("directory.made_here").made_here(KEY)
        made.note(patch(disable(person.user.ref), MappingProxyType({}), datetime.now(UTC)))
        self.open()
        self.find(person.user.sub)


def timed(name: str, act: Callable[[], object], tries: int = TRIES) -> None:
    """Print the best and the median of some tries."""
    walls, cpus, answer = [], [], None
    for _ in range(tries):
        wall, cpu = time.perf_counter(), time.process_time()
        answer = act()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    told = f"  {answer:,}" if isinstance(answer, int) else ""
    wall, median, cpu = (seconds * 1000 for seconds in (min(walls), statistics.median(walls), min(cpus)))
    print(f"  {name:<52}{wall:9.1f} ms {median:9.1f} ms {cpu:9.1f} ms CPU{told}", flush=True)


def make(people: int, database: str) -> None:
    """Fill a store with one snapshot."""
    settings = _module("cognito.models").UserPool("eu-west-1_bench", "bench")
    snapshot = importlib.import_module("bench.search").made_of(people, KEY, settings)
    _module("directory.snapshots").Snapshots(_store(database)).save(snapshot)


def measure(people: int, database: str, before: bool) -> None:
    """Print the figures of one engine."""
    store = _store(database)
    engine = Before(store) if before else Tables(store)
    gc.collect()
    timed("opened", engine.open, 1)
    timed("first page by name", lambda: len(engine.turn(0)), 1)
    print(f"  {'memory once shown':<52}{_peak():9,.0f} MB at its peak")
    timed("a page in the middle", lambda: len(engine.turn(people // 2)))
    for line in (*WORDS, *CONDITIONS):
        timed(line or "(everybody)", lambda line=line: engine.find(line))  # type: ignore[misc]
    some = iter(engine.turn(people // 3))
    timed("a change made here, looked for", lambda: engine.change(next(some)))
    print(f"  {'memory':<52}{_peak():9,.0f} MB at its peak", flush=True)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _store(database: str) -> Any:
    try:
        keys = _module("store.vault").KeyRing
    except AttributeError:  # in an older checkout
        keys = _module("store.keys").KeyRing
    return _module("store.engine").open_store(f"sqlite:///{database}", keys((os.environ["BENCH_KEY"],)))


def _module(name: str) -> Any:
    """A module of the services, of whichever checkout this process runs."""
    return importlib.import_module(f"services.{name}")


def main() -> None:
    """Measure this checkout, and the other one if it is given."""
    parser = argparse.ArgumentParser(prog="python -m bench.engine", description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--against", type=Path)
    parser.add_argument("--step", choices=("make", "measure", "before"), help=argparse.SUPPRESS)
    parser.add_argument("--database", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step == "make":
        make(options.people, options.database)
        return
    if options.step:
        measure(options.people, options.database, options.step == "before")
        return
    key = _module("store.vault").new_key()
    trees = [(ROOT, "measure")] + ([(options.against, "before")] if options.against else [])
    with tempfile.TemporaryDirectory() as folder:
        for number, (tree, step) in enumerate(trees):
            print(f"{tree}: {options.people:,} people", flush=True)
            database = f"{folder}/{number}.db"
            environment = {**os.environ, "PYTHONPATH": str(tree), "BENCH_KEY": key}
            for part in ("make", step):
                command = [sys.executable, str(Path(__file__)), "--step", part, "--database", database]
                command += ["--people", str(options.people)]
                subprocess.run(command, env=environment, cwd=tree, check=True)


if __name__ == "__main__":
    main()
