"""A day of a console in some minutes: tabs that come and go, and what the process holds meanwhile.

    python -m bench.day [--reruns 10000] [--at-once 4] [--people 500]

Operators open a tab, click through all pages without a pause, and close it; the next one signs in anew.
Printed for each twenty-fourth of the reruns: memory and threads of the process, open files, the database's
size, median and 95th percentile of the wait; at the end what the second half added to the memory. Half-way
the night comes: what was kept for long (jobs, log lines, uploads of a year ago) is erased under way.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import tempfile
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from bench.operators import PAGES, Site, Tab, console_site, somebody, tab, tokens_for
from demo.install import install
from demo.server import EmbeddedCognito
from services.clean_up import clean_up
from services.retention import Retention
from services.roles import Actor, Origin, Role
from services.store.activity import NewActivity
from services.store.columns import utc_now
from services.store.engine import open_store
from services.store.store import Store
from services.store.vault import KeyRing, new_key

HOURS = 24
CLICKS = 20
"""Of a tab, before it is closed."""
OLD_LINES = 5_000


@dataclass
class Day:
    """The reruns of a day as they come in, and what the process held at the end of each hour."""

    site: Site
    database: Path
    reruns: int
    waits: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)

    def note(self, wait: float) -> None:
        """One more rerun; the twenty-fourth part of all is an hour."""
        self.waits.append(wait)
        hour = max(1, self.reruns // HOURS)
        if len(self.waits) % hour == 0:
            self._tell(self.waits[-hour:])

    @property
    def is_over(self) -> bool:
        """True once there were enough of them."""
        return len(self.waits) >= self.reruns

    def _tell(self, waits: list[float]) -> None:
        self.memory.append(self.site.memory())
        process = Path(f"/proc/{self.site.process.pid}")
        threads, files = (len(os.listdir(process / part)) for part in ("task", "fd"))
        size = sum(path.stat().st_size for path in self.database.parent.glob(f"{self.database.name}*")) / 1e6
        slow = sorted(waits)[int(0.95 * len(waits))]
        held = f"{self.memory[-1]:5.0f} MB, {threads:3d} threads, {files:3d} files, database {size:5.1f} MB"
        waited = f"p50 {statistics.median(waits) * 1000:4.0f} ms, p95 {slow * 1000:5.0f} ms"
        print(f"  {len(self.waits):6,} reruns: {held}, {waited}", flush=True)


async def live(day: Day, store: Store, at_once: int, seed: int) -> None:
    """Have so many operators work until the day is over; half-way the night's clean-up runs."""

    async def operator(chance: random.Random) -> None:
        while not day.is_over:
            (token,) = await asyncio.to_thread(tokens_for, store, 1)
            async with tab(day.site, token) as socket:
                here = Tab(socket)
                for _ in range(CLICKS):
                    page = chance.choice(list(day.site.pages))
                    day.note(await here.click(page, day.site.pages[page]))
                    if day.is_over:
                        break

    async def night() -> None:
        while len(day.waits) < day.reruns / 2:
            await asyncio.sleep(0.2)
        began = time.perf_counter()
        erased = await asyncio.to_thread(clean_up, store, utc_now() + timedelta(days=400))
        told = ", ".join(f"{number:,} {kind.lower()}" for kind, number in erased.items() if number)
        print(f"  the night erased {told or 'nothing'} in {time.perf_counter() - began:.1f} s", flush=True)

    chances = [random.Random(seed + number) for number in range(at_once)]
    await asyncio.gather(night(), *(operator(chance) for chance in chances))


def fill(store: Store) -> None:
    """What a night erases: lines of the log that are kept for a year from now on."""
    actor = Actor("bench", "bench", Role.ADMIN, Origin.TERMINAL)
    Retention(activity_days=365, job_days=365, review_days=365).write(store, lambda: actor)
    line = NewActivity(actor, "disable_user", pool="staff", target_kind="user", target_name="ann")
    for _ in range(OLD_LINES // 500):
        store.activity.intend_many([line] * 500)


def main() -> None:
    """Start a console with the demo's pool, live a day, say what it took."""
    parser = argparse.ArgumentParser(prog="python -m bench.day", description=__doc__)
    parser.add_argument("--reruns", type=int, default=10_000)
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    key = new_key()
    with tempfile.TemporaryDirectory() as name, EmbeddedCognito(people=chosen.people) as cognito:
        file = Path(name) / "bench.db"
        with open_store(f"sqlite:///{file}", KeyRing((key,))) as store:
            install(store, cognito.url)
            fill(store)
            site = console_site(Path(name), f"sqlite:///{file}", key)
            try:
                site.pages = {page: {"pool": "staff"} for page in PAGES}
                site.pages["user"]["id"] = somebody(store, cognito.url)
                day = Day(site, file, chosen.reruns)
                began = time.perf_counter()
                asyncio.run(live(day, store, chosen.at_once, chosen.seed))
                seconds, middle = time.perf_counter() - began, day.memory[len(day.memory) // 2]
                print(
                    f"{len(day.waits):,} reruns in {seconds:.0f} s; the second half added"
                    f" {day.memory[-1] - middle:.0f} MB to {middle:.0f} MB; load average"
                    f" {os.getloadavg()[0]:.1f}"
                )
            finally:
                site.end()


if __name__ == "__main__":
    main()
