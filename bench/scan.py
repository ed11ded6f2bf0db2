"""How close reading a whole pool comes to what the quota allows, and what a group audit costs.

    python bench/scan.py                 # 100,000 people at 80 ms and 30 pages a second; 5 minutes
    python bench/scan.py --people 20000

Printed: seconds of our scan and of boto3's paginator on the same pool in the same run, each divided
by the floor (pages of 60 ÷ 30 a second), the most memory used, and calls and seconds of an audit of
who is in which group of 10,000 people against asking every person.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from math import ceil
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.fast_pool import POOL_ID, FastPoolProcess  # noqa: E402
from bench.workbench import boto, use_made_up_credentials  # noqa: E402
from demo.pools import REGION  # noqa: E402
from services.cognito.connection import ConnectionSettings  # noqa: E402
from services.cognito.gateway import CognitoGateway  # noqa: E402
from services.cognito.quotas import operation_rps  # noqa: E402
from services.directory.scan import scan  # noqa: E402
from services.directory.snapshot import Snapshot  # noqa: E402

PAGE = 60
ASKED = 500


def megabytes() -> float:
    """The most memory this process has had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def timed_scan(url: str) -> tuple[Snapshot, float]:
    """Our scan at the whole quota, and its seconds."""
    gateway = CognitoGateway(ConnectionSettings(REGION, url), POOL_ID)
    gateway.describe_pool()  # boto3's client is made before its time is taken too
    started = time.perf_counter()
    snapshot = scan(gateway, share=1.0)
    return snapshot, time.perf_counter() - started


def paginator(client: Any) -> tuple[int, float]:
    """boto3's own way: people listed, and its seconds."""
    started = time.perf_counter()
    pages = client.get_paginator("list_users").paginate(
        UserPoolId=POOL_ID, PaginationConfig={"PageSize": PAGE}
    )
    count = sum(len(page["Users"]) for page in pages)
    return count, time.perf_counter() - started


def whole_pool(people: int, latency: float, ours_only: bool) -> None:
    """Read a pool without groups, by us and by boto3's paginator."""
    floor = ceil(people / PAGE) / operation_rps("ListUsers")
    print(
        f"{people:,} people, {latency * 1000:.0f} ms a call, {operation_rps('ListUsers'):.0f} pages a second"
    )
    print(f"  floor                      {floor:8.1f} s")
    arguments = ("--people", str(people), "--groups", "0", "--latency", str(latency), "--quotas")
    with FastPoolProcess(*arguments) as pool:
        before = megabytes()
        used = time.process_time()
        snapshot, seconds = timed_scan(pool.url)
        used = time.process_time() - used
        assert snapshot.completeness.complete, snapshot.completeness.sentence
        assert len(snapshot) == people
        print(f"  our scan                   {seconds:8.1f} s  ÷ floor {seconds / floor:5.3f}")
        print(f"    calls {pool.calls()}, {used:.1f} s of CPU, load average {os.getloadavg()[0]:.1f}")
        tables = snapshot.nbytes / 1e6
        print(f"    memory {before:,.0f} → {megabytes():,.0f} MB at most, of which tables {tables:,.0f} MB")
        print("    " + "\n    ".join(snapshot.about.how))
        if not ours_only:
            count, seconds = paginator(boto(pool.url))
            assert count == people
            print(f"  boto3's paginator          {seconds:8.1f} s  ÷ floor {seconds / floor:5.3f}")


def group_audit(people: int, groups: int, latency: float) -> None:
    """Who is in which group: our scan, against asking every person."""
    print(f"who is in which of {groups} groups, {people:,} people in 1.5 groups each")
    shape = ("--people", str(people), "--groups", str(groups))
    with FastPoolProcess(*shape, "--latency", str(latency), "--quotas") as pool:
        snapshot, seconds = timed_scan(pool.url)
        assert snapshot.completeness.complete, snapshot.completeness.sentence
        calls = pool.calls()
        print(f"  our scan          {sum(calls.values()):7,} calls  {seconds:8.1f} s   {calls}")
    with FastPoolProcess(*shape) as pool:  # without waiting, and some of the people stand for all
        client = boto(pool.url)
        count, _ = paginator(client)
        assert count == people
        for number in range(ASKED):
            client.admin_list_groups_for_user(UserPoolId=POOL_ID, Username=f"user{number}", Limit=PAGE)
        calls = pool.calls()
        asked = calls["AdminListGroupsForUser"] * people // ASKED
        floor = asked / operation_rps("AdminListGroupsForUser")
        total = calls["ListUsers"] + asked
        print(f"  person by person  {total:7,} calls  {floor:8.1f} s at least, by its quota")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--latency", type=float, default=0.08)
    parser.add_argument("--ours-only", action="store_true", help="leave boto3's paginator out")
    options = parser.parse_args()
    use_made_up_credentials()
    whole_pool(options.people, options.latency, options.ours_only)
    group_audit(10_000, 40, options.latency)


if __name__ == "__main__":
    main()
