"""Jobs of several accounts on several workers: how fast, within the quotas, and with processes killed.

    python -m bench.workers [--rows 200] [--kills]

Throughput: the same jobs, one for each account, on one worker with one account, then on k workers with k
accounts, while the simulator keeps every account to AWS's default quotas. Quota: jobs of one account in
three processes, and the most calls that any second saw. With `--kills` each of two consoles and three workers
behind nginx is killed in turn (and started again) while six jobs of three accounts run.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.deployment import Deployment, postgresql_of_its_own, until
from bench.simulator import SimulatorProcess
from bench.workbench import GROUP, HEADER, boto, new_pool, newcomers, use_made_up_credentials
from demo.pools import REGION
from services.bulk import control
from services.bulk.columns import recognise
from services.bulk.files.csv_file import read_file
from services.bulk.model import PlanOptions
from services.bulk.plan import plan_file
from services.bulk.report import outcomes
from services.bulk.runner import RUN_JOB
from services.bulk.saved import save_plan
from services.cognito.quotas import CATEGORIES
from services.csv_safe import write_csv
from services.gateways import gateway_for, target_of
from services.roles import Actor, Origin, Role
from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.engine import open_store
from services.store.jobs import JobState
from services.store.pools import PoolRecord
from services.store.store import Store
from services.store.vault import KeyRing, new_key
from services.work.desk import submit

LATENCY = "0.02"
TAKEN_OVER_WITHIN = 15.0


@dataclass(frozen=True)
class RunningJob:
    """A job that creates people in a pool of its account."""

    id: str
    url: str
    pool_id: str
    names: tuple[str, ...]


def operator(store: Store) -> Actor:
    """Somebody who may run jobs."""
    found = next((known for known in store.operators.list() if known.role is Role.MANAGER), None)
    if found is None:
        found = store.operators.add(username="bench", name="Bench", email="", role=Role.MANAGER)
    return Actor(found.id, found.username, found.role, Origin.BROWSER)


def begin_jobs(
    store: Store, url: str, accounts: Sequence[str], each: int, rows: int, share: float
) -> list[RunningJob]:
    """Plan and start so many jobs for each account; the simulator tells accounts apart by their addresses."""
    actor, planned = operator(store), []
    for account in accounts:
        reached = f"{url}/{account}"
        secret = ConnectionSecret("AKIADEMODEMODEMODEMO", "demo-secret")
        made = Connection(account, REGION, CredentialKind.STATIC, endpoint_url=reached, secret=secret)
        connection = store.connections.add(made)
        pool = store.pools.add(PoolRecord(connection.id, new_pool(boto(reached)), f"pool of {account}"))
        target = target_of(pool)
        gateway = gateway_for(store, target, "bench")
        for number in range(each):
            people = newcomers(rows, f"{account}.{number}")
            table = read_file(write_csv(HEADER, people), "people.csv")
            columns = recognise(table.header, gateway.describe_pool())
            plan = plan_file(gateway, table, columns, PlanOptions(share=share))
            job = save_plan(store, plan, target=asdict(target), actor=actor)
            planned.append(RunningJob(job.id, reached, pool.pool_id, tuple(row[0] for row in people)))
    for job in planned:
        control.start(store, job.id, actor)
        submit(store, RUN_JOB, job_id=job.id)
    return planned


def finish(store: Store, jobs: Sequence[RunningJob]) -> None:
    """Wait until all of them have finished."""

    def finished() -> bool:
        states = [store.jobs.get(job.id) for job in jobs]
        bad = [job.reason for job in states if job.state in (JobState.FAILED, JobState.STOPPED)]
        assert not bad, bad
        return all(job.state is JobState.FINISHED for job in states)

    until(finished, "all jobs finish", 600.0)


def lost_and_doubled(
    store: Store, jobs: Sequence[RunningJob], effects: Sequence[Sequence[object]]
) -> tuple[int, int]:
    """How many people lack something, and how often something took effect a second time."""
    lost = doubled = 0
    for job in jobs:
        client = boto(job.url)
        people = [
            user
            for page in client.get_paginator("list_users").paginate(UserPoolId=job.pool_id)
            for user in page["Users"]
        ]
        confirmed = {user["Username"] for user in people if user["UserStatus"] == "CONFIRMED"}
        pages = client.get_paginator("list_users_in_group").paginate(UserPoolId=job.pool_id, GroupName=GROUP)
        members = {user["Username"] for page in pages for user in page["Users"]}
        done = {end.username for end in outcomes(store, job.id) if end.result == "done"}
        lost += len(set(job.names) - (confirmed & members & done))
        mine = set(job.names)
        doubled += sum(
            int(str(count)) - 1
            for operation, whom, count in effects
            if operation in ("AdminCreateUser", "AdminAddUserToGroup") and str(whom).partition("/")[0] in mine
        )
    return lost, doubled


def took(store: Store, jobs: Sequence[RunningJob]) -> float:
    """Seconds from the first one's beginning to the last one's end."""
    ended = [store.jobs.get(job.id) for job in jobs]
    first = min(job.started_at for job in ended if job.started_at is not None)
    return (max(job.finished_at for job in ended if job.finished_at is not None) - first).total_seconds()


def throttled(state: Mapping[str, Any]) -> int:
    """How many calls were refused for their rate."""
    return sum(state["throttles"].values())


def throughput(rows: int, k: int, share: float) -> float:
    """Rows a second of k accounts on k workers."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database, key = stack.enter_context(postgresql_of_its_own()), new_key()
        store = stack.enter_context(open_store(database, KeyRing((key,))))
        simulator = stack.enter_context(SimulatorProcess("--quotas", "--latency", LATENCY))
        stack.enter_context(Deployment(database, key, folder, consoles=0, workers=k))
        jobs = begin_jobs(store, simulator.url, [f"account-{n}" for n in range(k)], 1, rows, share)
        finish(store, jobs)
        seconds = took(store, jobs)
        refused = throttled(simulator.state())
        print(f"{k} accounts on {k} workers: {k * rows / seconds:.1f} rows/s, throttled {refused}")
        return k * rows / seconds


def quotas(rows: int, share: float) -> None:
    """Six jobs of one account in three processes."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        database, key = stack.enter_context(postgresql_of_its_own()), new_key()
        store = stack.enter_context(open_store(database, KeyRing((key,))))
        simulator = stack.enter_context(SimulatorProcess("--quotas", "--latency", LATENCY))
        stack.enter_context(Deployment(database, key, folder, consoles=0, workers=3))
        jobs = begin_jobs(store, simulator.url, ["account-0"], 6, rows // 6, share)
        finish(store, jobs)
        seconds, state = took(store, jobs), simulator.state()
        print(
            f"one account, six jobs, three workers: {rows / seconds:.1f} rows/s, throttled {throttled(state)}"
        )
        for name, calls in sorted(state["most"].items()):
            quota = CATEGORIES[name.rpartition(" ")[2]].rps
            print(f"  busiest second, {name}: {calls} of {quota:g}")


def kills(rows: int) -> None:
    """Each process killed in turn, and started again."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.chmod(0o755)
        database, key = stack.enter_context(postgresql_of_its_own()), new_key()
        store = stack.enter_context(open_store(database, KeyRing((key,))))
        simulator = stack.enter_context(SimulatorProcess("--latency", LATENCY))
        names = [f"worker-{number}" for number in (1, 2, 3)]
        deployment = stack.enter_context(Deployment(database, key, folder, apart=names))
        jobs = begin_jobs(store, simulator.url, [f"account-{n}" for n in range(3)], 2, rows, 0.5)
        for name in [*deployment.ports, *names]:
            seconds = kill_and_see(store, deployment, name, jobs)
            print(f"{name} killed; its jobs taken over after {seconds:.1f} s")
            deployment.start(name)
        finish(store, jobs)
        print("lost, doubled:", lost_and_doubled(store, jobs, simulator.state()["effects"]))


def held_by(store: Store, jobs: Sequence[RunningJob], pid: int) -> list[str]:
    """The jobs that a process runs now."""
    running = [store.jobs.get(job.id) for job in jobs]
    return [job.id for job in running if job.state is JobState.RUNNING and f"/{pid}/" in job.lease_owner]


def kill_and_see(store: Store, deployment: Deployment, name: str, jobs: Sequence[RunningJob]) -> float:
    """Kill a process while it runs jobs (a console runs none); in how many seconds others had them."""
    pid = deployment.processes[name].pid
    held: list[str] = []
    if name not in deployment.ports:
        until(lambda: held_by(store, jobs, pid) or all_over(store, jobs), f"{name} runs a job")
        held = held_by(store, jobs, pid)
    deployment.kill(name)

    def taken_over() -> bool:
        left = [job for job in map(store.jobs.get, held) if job.state is not JobState.FINISHED]
        return all(runs_elsewhere(deployment, job.lease_owner) for job in left)

    return until(taken_over, f"the jobs of {name} are taken over")


def all_over(store: Store, jobs: Sequence[RunningJob]) -> bool:
    """True if nothing is left to take over."""
    return all(store.jobs.get(job.id).state is JobState.FINISHED for job in jobs)


def runs_elsewhere(deployment: Deployment, owner: str) -> bool:
    """True if the holder of a lease is a process that lives."""
    pid = owner.partition("/")[2].partition("/")[0]
    return pid.isdigit() and deployment.alive(int(pid))


def main() -> None:
    """Measure, and say it."""
    parser = argparse.ArgumentParser(prog="python -m bench.workers", description=__doc__)
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--share", type=float, default=1.0, help="of the quotas: less on a busy machine")
    parser.add_argument("--kills", action="store_true", help="only this: each process killed in turn")
    options = parser.parse_args()
    use_made_up_credentials()
    if options.kills:
        kills(options.rows)
        return
    quotas(options.rows, options.share)
    single = throughput(options.rows, 1, options.share)
    three = throughput(options.rows, 3, options.share)
    print(f"three accounts on three workers: {three / single:.2f} times one")


if __name__ == "__main__":
    main()
