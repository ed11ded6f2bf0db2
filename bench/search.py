"""How long a search takes, and how much memory, in pools that are made in this process.

    python -m bench.search [100000 1000000 …]

Printed for each size: seconds to load the tables once, then the median and the slowest of several
searches (a page of 200 people with their groups included, as the users page asks for it), seconds
until a change made in the console shows, and the memory of the process.
"""

from __future__ import annotations

import gc
import resource
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from services.cognito.actions import DisableUser
from services.cognito.models import UserPool
from services.directory.identify import MOST_IN_SNAPSHOT, look_up
from services.directory.local_changes import Patch, apply_changes
from services.directory.lookup import TablesSource
from services.directory.people_order import PeopleOrder
from services.directory.pool import PoolTables, pool_of
from services.directory.search import SearchTerms, refs_at, search
from services.directory.search_query import Query, parse
from services.directory.snapshot import GROUPS_SCHEMA, TIME, Snapshot, SnapshotAbout

NOW = datetime(2026, 11, 23, tzinfo=UTC)
FIRST = ("Ann", "Bo", "Zoë", "Kirsten", "Łukasz", "Maria", "Chidi", "Élise", "Toby", "李雷")
LAST = ("Lindqvist", "Sørensen", "García", "Smith", "Okafor", "Vogt", "Ashworth", "Żak", "Ek", "O'Neil")
TEAMS = ("Sales", "Field engineers", "Finance", "Support", "Research")
STATES = ("CONFIRMED", "CONFIRMED", "CONFIRMED", "FORCE_CHANGE_PASSWORD", "UNCONFIRMED", "RESET_REQUIRED")
GROUPS = 40
QUERIES = (
    "",
    "lindqvist",
    "ann sorensen",
    "nobody-is-called-that",
    "a",
    "00012345",
    "group:group-07",
    "no:group status:expired",
    "app:Billing is:disabled",
    "custom:team~engin created:2026-03-01..2026-06-30",
    "domain:example.org zoe -group:group-03",
    "no:phone_number",
)
APPLICATIONS = {"Billing": ("group-01", "group-02", "group-03")}


def made_up(people: int) -> Snapshot:
    """`made_of`, for a pool that is nowhere."""
    return made_of(people, "bench", UserPool("eu-west-1_bench", "bench"))


def made_of(people: int, pool_key: str, settings: UserPool, seed: int = 7) -> Snapshot:
    """A believable pool of so many people, as tables; two memberships for most of them."""
    rng = np.random.default_rng(seed)

    def some(values: tuple[str, ...]) -> pa.Array:
        return pa.array(values).take(pa.array(rng.integers(0, len(values), people)))

    number = pc.utf8_lpad(pa.array(np.arange(people)).cast(pa.string()), 8, "0")
    sub = pc.binary_join_element_wise(number, "4c1d", "4f6e", "9a3b", "5d0c7e21a9f4", "-")
    given, family = some(FIRST), some(LAST)
    ascii_name = pc.replace_substring_regex(pc.utf8_lower(family), "[^a-z]", "")
    email = pc.binary_join_element_wise(ascii_name, number, pa.scalar("@example.org"), "")
    created = rng.integers(1_640_000_000_000, 1_763_000_000_000, people)
    changed = created + rng.integers(0, 5_000_000_000, people)
    phone = pc.binary_join_element_wise(pa.scalar("+4670"), number, "")
    users = pa.table(
        {
            "sub": sub,
            "username": sub,
            "status": some(STATES),
            "enabled": pa.array(rng.random(people) > 0.05),
            "created": pa.array(created, pa.int64()).cast(TIME),
            "changed": pa.array(changed, pa.int64()).cast(TIME),
            "email": email,
            "email_verified": some(("true", "true", "false")),
            "given_name": given,
            "family_name": family,
            "phone_number": pc.if_else(
                pa.array(rng.random(people) > 0.4), phone, pa.scalar(None, pa.string())
            ),
            "custom:team": some(TEAMS),
            "custom:cost_centre": some(tuple(f"CC-{number:04}" for number in range(300))),
        }
    )
    names = pa.array([f"group-{number:02}" for number in range(GROUPS)])
    groups = pa.table({"name": names}).append_column("description", pa.nulls(GROUPS, pa.string()))
    for column in GROUPS_SCHEMA.names[2:]:
        groups = groups.append_column(column, pa.nulls(GROUPS, GROUPS_SCHEMA.field(column).type))
    who = rng.integers(0, people, 2 * people)
    which = rng.integers(0, GROUPS, 2 * people)
    _, first = np.unique(who * GROUPS + which, return_index=True)
    memberships = pa.table(
        {"sub": sub.take(pa.array(who[first])), "group": names.take(pa.array(which[first]))}
    )
    about = SnapshotAbout(f"bench{people}", pool_key, "bench", settings, NOW, NOW)
    return Snapshot(about, users, groups, memberships)


def timed(act: Callable[[], object]) -> float:
    """Seconds that `act` takes."""
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def page(pool: PoolTables, query: Query, order: PeopleOrder = PeopleOrder.NAME) -> int:
    """What the users page asks for: who fits, and the first 200 of them."""
    found = search(pool, query, order, SearchTerms(NOW, APPLICATIONS))
    pool.people(found.rows[:200])
    return len(found)


def bench(people: int) -> None:
    """Print the figures of one size."""
    made = made_up(people)
    pasted = "\n".join(made.users["email"].take(list(range(0, people, people // 900))).to_pylist())
    gc.collect()
    before = _now_mb()
    print(f"{people:,} people, {made.memberships.num_rows:,} memberships: {made.nbytes / 1e6:,.0f} MB")
    print(f"  tables loaded once              {timed(lambda: pool_of(made)):8.2f} s")
    pool = pool_of(made)
    for order in PeopleOrder:
        print(f"  first look {order:<20} {timed(lambda o=order: page(pool, Query(), o)):8.2f} s")  # type: ignore[misc]
    seconds = []
    for line in QUERIES:
        query = parse(line)
        cpu, took = time.process_time(), timed(lambda q=query: page(pool, q))  # type: ignore[misc]
        seconds.append(took)
        print(f"  {line or '(everybody)':<50} {took:6.3f} s  {time.process_time() - cpu:6.3f} s CPU")
    print(f"  searches: median {statistics.median(seconds):.3f} s, slowest {max(seconds):.3f} s")
    source = TablesSource(pool)
    looked_up = timed(lambda: look_up(source, pasted, most=MOST_IN_SNAPSHOT))
    print(f"  a pasted list of 900 addresses  {looked_up:8.3f} s")
    rows = search(pool, Query()).rows
    print(f"  references to all of them       {timed(lambda: refs_at(pool, rows)):8.3f} s")
    (person,) = pool.people([people // 2])
    patch = Patch(DisableUser(person.user.ref), MappingProxyType({}), NOW)

    def change() -> None:
        apply_changes(pool, [patch])
        page(pool, parse("lindqvist"))

    print(f"  a change made here shows after  {timed(change):8.3f} s")
    print(
        f"  memory: {_now_mb():,.0f} MB now ({before:,.0f} MB with the snapshot alone), "
        f"at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB"
    )


def _now_mb() -> float:
    with open("/proc/self/statm", encoding="ascii") as status:
        return int(status.read().split()[1]) * resource.getpagesize() / 1e6


if __name__ == "__main__":
    for size in [int(argument) for argument in sys.argv[1:]] or [100_000, 1_000_000]:
        bench(size)
