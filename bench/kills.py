"""Kills a run with SIGKILL at random moments, goes on each time, and counts what was lost or doubled.

    python -m bench.kills [--kills 100] [--rows 300] [--seed N]

Each run creates people with a password and one group (three steps a row); it is killed several times,
then left to end. The pool is compared with the file, the journal with what the simulator saw take
effect: a creation or membership that took effect twice is doubled, and so is a password sent twice
that the row's outcome doesn't admit.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.simulator import SimulatorProcess
from bench.workbench import GROUP, boto, new_pool, newcomers, use_made_up_credentials, workbench
from services.access.sessions import terminal_actor
from services.bulk import control
from services.bulk.report import outcomes
from services.store.jobs import JobState
from services.store.vault import new_key

LATENCY = 0.02
KILLS_PER_RUN = 5


@dataclass(frozen=True)
class Place:
    """Where one run happens."""

    url: str
    pool_id: str
    folder: Path
    key: str


@dataclass
class Tally:
    """What came out of all runs."""

    runs: int = 0
    kills: int = 0
    in_flight: int = 0
    lost: int = 0
    doubled: int = 0
    passwords_again: int = 0


def in_child(place: Place, job_id: str) -> int:
    """Fork a process that goes on with the job; its id. It ends by itself when the job has ended."""
    sys.stdout.flush()
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        with workbench(place.url, place.pool_id, place.folder, place.key) as bench:
            bench.unpaced()
            bench.run(job_id)
        code = 0
    finally:
        os._exit(code)


def kill_after(pid: int, seconds: float) -> bool:
    """Kill the process after `seconds`; False when it had ended before."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        ended, _ = os.waitpid(pid, os.WNOHANG)
        if ended:
            return False
        time.sleep(0.005)
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    return os.WIFSIGNALED(status)


def prepare(place: Place, rows: int) -> str:
    """Plan the run and put it in the queue; the job's id."""
    with workbench(place.url, place.pool_id, place.folder, place.key) as bench:
        bench.unpaced()
        return str(bench.queue(bench.plan(newcomers(rows))).id)


def resume(place: Place, job_id: str) -> tuple[bool, int]:
    """Let the job go on, unless it has ended (then False); and how many steps the kill left in flight."""
    with workbench(place.url, place.pool_id, place.folder, place.key) as bench:
        job = bench.store.jobs.get(job_id)
        if job.state is JobState.FINISHED:
            return False, 0
        in_flight = bench.store.jobs.count_steps(job_id).get("started", 0)
        control.resume(bench.store, job_id, terminal_actor()())
        return True, in_flight


def one_run(server: SimulatorProcess, chance: random.Random, rows: int, kills: int, tally: Tally) -> None:
    """One run with up to `kills` kills, and the comparison at its end."""
    server.set(clear=True)
    with tempfile.TemporaryDirectory() as folder:
        place = Place(server.url, new_pool(boto(server.url)), Path(folder), new_key())
        job_id = prepare(place, rows)
        # about as long as the rest of the run takes, so that kills fall all over it
        moments = sorted(chance.uniform(0.05, 1.0) for _ in range(kills))
        whole = rows * 3 / 60
        before = 0.0
        for moment in moments:
            if not kill_after(in_child(place, job_id), 0.1 + (moment - before) * whole):
                break
            before = moment
            tally.kills += 1
            time.sleep(LATENCY * 2)  # what was on its way arrives
            going, in_flight = resume(place, job_id)
            tally.in_flight += in_flight
            if not going:
                break
        with workbench(place.url, place.pool_id, place.folder, place.key) as bench:
            bench.unpaced()
            if bench.store.jobs.get(job_id).state is not JobState.FINISHED:
                bench.run(job_id)
            ends = list(outcomes(bench.store, job_id))
            state = bench.store.jobs.get(job_id).state
        tally.runs += 1
        compare(place.pool_id, rows, ends, state, server, tally)


def compare(
    pool_id: str, rows: int, ends: list[Any], state: JobState, server: SimulatorProcess, tally: Tally
) -> None:
    """Add to the tally what the pool, the outcomes and the simulator's counts say."""
    effects = Counter({(operation, whom): count for operation, whom, count in server.state()["effects"]})
    client = boto(server.url)
    pages = client.get_paginator("list_users").paginate(UserPoolId=pool_id)
    users = [user for page in pages for user in page["Users"]]
    pages = client.get_paginator("list_users_in_group").paginate(UserPoolId=pool_id, GroupName=GROUP)
    members = [user["Username"] for page in pages for user in page["Users"]]
    wanted = {row[0] for row in newcomers(rows)}
    complete = {user["Username"] for user in users if user["UserStatus"] == "CONFIRMED"} & set(members)
    done = {end.username for end in ends if end.result == "done"}
    tally.lost += len(wanted - (complete & done)) + (state is not JobState.FINISHED) + abs(len(ends) - rows)
    tally.doubled += len(users) - len(wanted) + len(members) - len(set(members))
    admitted = {end.username for end in ends if "sent twice" in end.message}
    for name in wanted:
        again = effects["AdminSetUserPassword", f"{name}/"] > 1
        tally.passwords_again += again
        tally.doubled += again and name not in admitted
        tally.doubled += effects["AdminCreateUser", f"{name}/"] > 1
        tally.doubled += effects["AdminAddUserToGroup", f"{name}/{GROUP}"] > 1


def main() -> None:
    """Kill until there were enough kills, and print the figures. Exit code 1 if anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m bench.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    options = parser.parse_args()
    use_made_up_credentials()
    print(f"seed {options.seed}", flush=True)
    chance, tally = random.Random(options.seed), Tally()
    started = time.monotonic()
    with SimulatorProcess("--latency", str(LATENCY)) as server:
        while tally.kills < options.kills:
            one_run(server, chance, options.rows, min(KILLS_PER_RUN, options.kills - tally.kills), tally)
            print(
                f"{tally.kills:4} kills in {tally.runs} runs of {options.rows} rows: lost {tally.lost}, "
                f"doubled {tally.doubled} ({tally.in_flight} steps were in flight; "
                f"{tally.passwords_again} passwords sent again and said so)",
                flush=True,
            )
    print(f"{time.monotonic() - started:.0f} s")
    sys.exit(1 if tally.lost or tally.doubled else 0)


if __name__ == "__main__":
    main()
