"""How long 50,000 rows take to be checked, and how much memory.

    python -m bench.validate [--rows 50000]

Each measurement runs in a process of its own. "Checked" is reading the bytes, recognising the columns
and every check that needs no look at the people in the pool; "planned" is the whole plan against a
pool, its people read from the embedded Cognito. One row in fifty has something wrong.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import tracemalloc
from pathlib import Path

from bench.simulator import SimulatorProcess
from bench.workbench import boto, new_pool, use_made_up_credentials, workbench
from services.bulk.columns import recognise
from services.bulk.files.csv_file import read_file
from services.bulk.plan import check_file, plan_file
from services.csv_safe import write_csv

HEADER = ("username", "email", "given_name", "family_name", "phone_number", "birthdate", "groups", "action")
WRONG = {0: ("email", "not an address"), 1: ("phone_number", "0151 23"), 2: ("birthdate", "31.2.1990")}


def file_of(rows: int) -> bytes:
    """A CSV file with that many rows."""
    made = []
    for n in range(rows):
        values = {
            "username": f"person.{n}",
            "email": f"person.{n}@example.com",
            "given_name": "Jörg" if n % 3 else "Anna-Maria",
            "family_name": f"Müller-Lüdenscheidt {n}",
            "phone_number": f"+4915{n:08d}",
            "birthdate": f"19{n % 90 + 10}-0{n % 9 + 1}-1{n % 9}",
            "groups": "newcomers",
            "action": "",
        }
        if n % 50 == 0:
            column, value = WRONG[n // 50 % 3]
            values[column] = value
        made.append(tuple(values[name] for name in HEADER))
    return write_csv(HEADER, made)


def memory() -> float:
    """The most memory this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(what: str, url: str, pool_id: str, file: str) -> None:
    """Do one measurement on a file and print it as JSON."""
    use_made_up_credentials()
    with workbench(url, pool_id) as bench:
        gateway = bench.gateway
        bench.unpaced()
        pool = gateway.describe_pool()
        data = Path(file).read_bytes()
        before, started, used = memory(), time.perf_counter(), time.process_time()
        if what == "traced":
            tracemalloc.start()
        table = read_file(data, "people.csv")
        columns = recognise(table.header, pool)
        if what == "planned":
            plan = plan_file(gateway, table, columns)
            problems, size = len(plan.problems), len(plan.rows)
        else:
            problems = size = 0
            for _, found in check_file(table, columns, pool):
                size += 1
                problems += len(found)
        result = {
            "rows": size,
            "problems": problems,
            "seconds": time.perf_counter() - started,
            "cpu": time.process_time() - used,
            "file": len(data) / 1e6,
            "before": before,
            "peak": memory(),
        }
        if what == "traced":
            result["traced"] = tracemalloc.get_traced_memory()[1] / 1e6
    print(json.dumps(result))


def main() -> None:
    """Measure in processes of their own and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.validate", description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--measure", nargs=4, default=None, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(*options.measure)
        return
    use_made_up_credentials()
    with SimulatorProcess() as server, tempfile.TemporaryDirectory() as folder:
        pool_id = new_pool(boto(server.url))
        path = Path(folder) / "people.csv"
        path.write_bytes(file_of(options.rows))
        for what in ("checked", "traced", "planned"):
            command = [sys.executable, "-m", "bench.validate"]
            command += ["--measure", what, server.url, pool_id, str(path)]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            said = (
                f"{found['rows']:,} rows ({found['file']:.1f} MB) {what}: {found['seconds']:.1f} s "
                f"({found['cpu']:.1f} s CPU), {found['problems']:,} problems"
            )
            if what == "traced":
                print(f"{said}; Python's own memory at most {found['traced']:.0f} MB", flush=True)
            else:
                print(
                    f"{said}; process {found['before']:.0f} MB before, {found['peak']:.0f} MB at most",
                    flush=True,
                )


if __name__ == "__main__":
    main()
