"""All audit rules over a made-up pool, against another checkout in the same run.

    python -m bench.rules [--people 100000] [--against /path/to/the/other/checkout]

Each checkout audits the demo's staff in a process of its own. Printed: the best of several tries in
seconds of CPU time (both cores together) and of wall time, and how many findings there were. The pool is
read before: what opening takes is measured by `bench.engine`.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
TRIES = 7


def _asked(people: int) -> tuple[Any, Any]:
    """A snapshot and a setting as the rules of this checkout take them."""
    pools = importlib.import_module("tests.services.audits.pools")
    snapshot, setting = pools.seen_as(pools.demo_staff(people))
    return snapshot, setting


def measure(people: int) -> None:
    """Print the best times of this process's checkout."""
    audit = importlib.import_module("services.audits.audit").audit
    snapshot, setting = _asked(people)
    best = [float("inf"), float("inf")]
    found = 0
    for _ in range(TRIES):
        gc.collect()
        cpu, wall = time.process_time(), time.perf_counter()
        made = audit(snapshot, setting)
        best = [min(best[0], time.process_time() - cpu), min(best[1], time.perf_counter() - wall)]
        found = sum(len(result.findings) for result in made.results)
    print(f"{best[0]:.3f} s CPU  {best[1]:.3f} s  {found:,} findings", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--against", type=Path, help="another checkout, measured in the same run")
    parser.add_argument("--step", choices=("measure",), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step == "measure":
        measure(options.people)
        return
    for tree in (ROOT, *([options.against] if options.against else [])):
        print(f"{tree}: ", end="", flush=True)
        subprocess.run(
            [
                sys.executable,
                str(Path(__file__).resolve()),
                "--step",
                "measure",
                "--people",
                str(options.people),
            ],
            cwd=tree,
            env={**os.environ, "PYTHONPATH": str(tree)},
            check=True,
        )


if __name__ == "__main__":
    main()
