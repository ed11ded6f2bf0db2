"""How close to the quota the engine creates people: against the floor, a serial loop, and thread pools.

    python -m bench.apply                 1,000 people, default quotas, 80 ms latency, share 1.0
    python -m bench.apply --plain         against the plain embedded Cognito: rows per second

Everybody gets a permanent password and one group: three calls, in three quota categories. The floor
is the time that the busiest category needs at its default quota.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from bench.simulator import SimulatorProcess
from bench.workbench import boto, new_pool, newcomers, use_made_up_credentials, workbench
from services.cognito.quotas import CATEGORIES, category_of

SERIAL_SAMPLE = 100
THREADS = 32
REST = 2.0  # seconds between contenders, so that each finds full buckets


@dataclass(frozen=True)
class Measured:
    """One contender: seconds, people complete, and what the simulator counted."""

    name: str
    seconds: float
    complete: int
    calls: int
    throttles: int
    remark: str = ""


def floor_of(calls: Counter[str]) -> float:
    """Seconds that the busiest category takes at its default quota; `calls` by operation."""
    busy: Counter[str] = Counter()
    for operation, count in calls.items():
        busy[category_of(operation).name] += count
    return max(count / CATEGORIES[name].rps for name, count in busy.items())


def create(client: Any, pool_id: str, row: Sequence[str]) -> bool:
    """What a script does for one person: three calls; False when one of them failed."""
    username, email, given, family, password, group, _ = row
    values = {"email": email, "given_name": given, "family_name": family}
    attributes = [{"Name": name, "Value": value} for name, value in values.items()]
    who = {"UserPoolId": pool_id, "Username": username}
    try:
        client.admin_create_user(**who, MessageAction="SUPPRESS", UserAttributes=attributes)
        client.admin_set_user_password(**who, Password=password, Permanent=True)
        client.admin_add_user_to_group(**who, GroupName=group)
    except ClientError:
        return False
    return True


def with_engine(url: str, count: int) -> tuple[float, int, str]:
    """Seconds of the run, people complete, and how long the plan took."""
    pool_id = new_pool(boto(url))
    with workbench(url, pool_id) as bench:
        started = time.perf_counter()
        plan = bench.plan(newcomers(count))
        planned = time.perf_counter()
        job = bench.queue(plan)
        queued = time.perf_counter()
        used = time.process_time()
        job = bench.run(job.id)
        seconds = time.perf_counter() - queued
        used = time.process_time() - used
        done = bench.store.jobs.count_outcomes(job.id).get("done", 0)
    remark = (
        f"plan {planned - started:.1f} s, saving it {queued - planned:.1f} s, CPU of the run {used:.1f} s"
    )
    return seconds, done, remark


def serially(url: str, count: int) -> tuple[float, int, str]:
    """A loop over some of the people, the time extrapolated to all."""
    client = boto(url)
    pool_id = new_pool(client)
    sample = min(SERIAL_SAMPLE, count)
    started = time.perf_counter()
    done = sum(create(client, pool_id, row) for row in newcomers(sample))
    seconds = (time.perf_counter() - started) * count / sample
    return seconds, done * count // sample, f"extrapolated from {sample}"


def in_threads(url: str, count: int, **retries: Any) -> tuple[float, int, str]:
    """A plain thread pool, one task for each person."""
    client = boto(url, **retries)
    pool_id = new_pool(client)
    started = time.perf_counter()
    with ThreadPoolExecutor(THREADS) as threads:
        done = sum(threads.map(lambda row: create(client, pool_id, row), newcomers(count)))
    return time.perf_counter() - started, done, ""


Contender = Callable[[str, int], tuple[float, int, str]]
CONTENDERS: dict[str, Contender] = {
    "engine": with_engine,
    "serial boto3 loop": serially,
    f"{THREADS} threads, boto3 defaults": in_threads,
    f"{THREADS} threads, adaptive retries": lambda url, count: in_threads(
        url, count, mode="adaptive", max_attempts=10
    ),
}


def measure(name: str, contender: Contender, server: SimulatorProcess, count: int) -> Measured:
    """Let one contender do the work on a pool of its own."""
    time.sleep(REST)
    server.set(clear=True)
    seconds, complete, remark = contender(server.url, count)
    state = server.state()
    return Measured(
        name, seconds, complete, sum(state["calls"].values()), sum(state["throttles"].values()), remark
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.apply", description=__doc__)
    parser.add_argument("--people", type=int, default=1_000)
    parser.add_argument("--latency", type=float, default=0.08, help="seconds for each call")
    parser.add_argument("--burst", type=float, default=1.0, help="seconds of quota that a bucket holds")
    parser.add_argument("--plain", action="store_true", help="no latency and no quotas")
    parser.add_argument("--only", default="", help="only contenders whose name contains this")
    options = parser.parse_args()
    use_made_up_credentials()
    if options.plain:
        plain(options.people)
        return
    count = options.people
    floor = floor_of(Counter(AdminCreateUser=count, AdminSetUserPassword=count, AdminAddUserToGroup=count))
    print(
        f"{count:,} people, password and one group each; {options.latency * 1000:.0f} ms latency,"
        f" AWS's default quotas"
    )
    print(f"(buckets hold {options.burst:g} s); floor {floor:.1f} s (the busiest category)")
    print(f"  {'':<30} {'seconds':>8} {'÷ floor':>8} {'complete':>9} {'calls':>7} {'throttled':>10}")
    with SimulatorProcess(
        "--quotas", "--latency", str(options.latency), "--burst", str(options.burst)
    ) as server:
        for name, contender in CONTENDERS.items():
            if options.only in name:
                result = measure(name, contender, server, count)
                print(
                    f"  {result.name:<30} {result.seconds:8.1f} {result.seconds / floor:8.3f} "
                    f"{result.complete:9,} {result.calls:7,} {result.throttles:10,}  {result.remark}",
                    flush=True,
                )


def plain(count: int) -> None:
    """Rows per second when neither quota nor latency is in the way."""
    with SimulatorProcess() as server:
        pool_id = new_pool(boto(server.url))
        with workbench(server.url, pool_id) as bench:
            bench.unpaced()
            job = bench.queue(bench.plan(newcomers(count)))
            started, used = time.perf_counter(), time.process_time()
            job = bench.run(job.id)
            seconds, used = time.perf_counter() - started, time.process_time() - used
            done = bench.store.jobs.count_outcomes(job.id).get("done", 0)
    print(
        f"{done:,} of {count:,} people in {seconds:.1f} s: {done / seconds:.0f} rows/s, "
        f"{3 * done / seconds:.0f} steps/s ({used:.1f} s CPU in the engine's process)"
    )


if __name__ == "__main__":
    main()
