"""Every command at a terminal, on a small pool: until it begins, and until its last line.

    python -m bench.commands [--times 5] [--only audit,search] [--people 500] [--loads]

Printed for each, the least of so many runs: wall time until everything is loaded that the command's file
names, and CPU seconds (of all threads) and wall time of the whole run; with --loads which of the heavy
libraries it loaded. The snapshot that they read is kept beforehand.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from console.terminal import COMMANDS
from demo.install import install
from demo.server import EmbeddedCognito
from services.store.engine import open_store
from services.store.vault import KeyRing, new_key

ROOT = Path(__file__).resolve().parents[1]
FILE = "people.csv"
HEAVY = (
    "sqlalchemy",
    "botocore",
    "duckdb",
    "numpy",
    "pyarrow",
    "pandas",
    "streamlit",
    "httpx",
)
TYPED: dict[str, tuple[str, ...]] = {
    "--help": ("--help",),
    "audit --help": ("audit", "--help"),
    "version": ("version",),
    "plan": ("plan", FILE, "--pool", "staff"),
    "jobs": ("jobs",),
    "snapshot": ("snapshot", "--pool", "staff", "--list"),
    "search": ("search", "ann", "--pool", "staff"),
    "export": ("export", "users", "--pool", "staff", "--output", "users.csv"),
    "audit": ("audit", "--pool", "staff"),
    "ask": ("ask", "SELECT count(*) FROM users", "--pool", "staff"),
    "diff": ("diff", "newest", FILE, "--pool", "staff"),
    "schedule": ("schedule", "list", "--pool", "staff"),
    "explain": ("explain", "nobody", "--app", "Billing desk"),
    "check-token": ("check-token", "--app", "Billing desk", "token.txt"),
    "doctor": ("doctor", "--pool", "staff"),
    "providers": ("providers", "list", "--pool", "staff"),
    "operators": ("operators", "list"),
    "activity": ("activity", "verify"),
    "erase": ("erase", "nobody@brightwater.example"),
    "backup": ("backup", "copy.db"),
    "keys": ("keys", "new"),
}
"""What is typed for each; what they answer is another matter (`tests/console/commands/`)."""


def run(arguments: tuple[str, ...], folder: Path, environment: dict[str, str]) -> tuple[float, float, str]:
    """CPU and wall seconds of one run, and what it wrote to standard error."""
    for made in ("copy.db", "users.csv"):
        (folder / made).unlink(missing_ok=True)
    command = [sys.executable, "-m", "console", *arguments]
    with open(folder / "said", "wb") as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
        )
        _, _, used = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    return used.ru_utime + used.ru_stime, wall, (folder / "said").read_text(errors="replace")


def start(arguments: tuple[str, ...], folder: Path, environment: dict[str, str]) -> float:
    """Wall seconds until what the command's file names is loaded; 0.0 for what loads none (--help)."""
    module = next((known.module for known in COMMANDS if known.name == arguments[0]), "")
    if not module or "--help" in arguments:
        return 0.0
    names = f"console.terminal, console.command_line.{module}, console.commands.{module}"
    loading = f"import gc; gc.disable(); import {names}; gc.freeze()"  # as options.py does
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", loading], cwd=folder, env=environment, check=True)
    return time.perf_counter() - began


def loaded(arguments: tuple[str, ...], folder: Path, environment: dict[str, str]) -> str:
    """The heavy libraries that a run imports."""
    said = run(arguments, folder, {**environment, "PYTHONPROFILEIMPORTTIME": "1"})[2]
    names = {line.rpartition("|")[2].strip() for line in said.splitlines()}
    return " ".join(name for name in HEAVY if name in names)


def main() -> None:
    """Start the embedded Cognito, keep a snapshot, run every command so many times."""
    parser = argparse.ArgumentParser(prog="python -m bench.commands", description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--only", default=",".join(TYPED))
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--loads", action="store_true")
    chosen = parser.parse_args()
    names = [name for name in TYPED if name in chosen.only.split(",")]
    with tempfile.TemporaryDirectory() as place, EmbeddedCognito(people=chosen.people) as cognito:
        folder, key = Path(place), new_key()
        database = f"sqlite:///{folder / 'bench.db'}"
        with open_store(database, KeyRing((key,))) as store:
            install(store, cognito.url)
        (folder / FILE).write_text("username,email\nann.x@brightwater.example,ann.x@brightwater.example\n")
        (folder / "token.txt").write_text("no token")
        environment = {
            **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
            "PYTHONPATH": str(ROOT),
            "CONSOLE_DATABASE_URL": database,
            "CONSOLE_ENCRYPTION_KEYS": key,
        }
        run(("snapshot", "--pool", "staff"), folder, environment)
        for name in names:
            run(TYPED[name], folder, environment)  # leaves the compiled modules, as any first run does
            runs = [run(TYPED[name], folder, environment)[:2] for _ in range(chosen.times)]
            cpu, wall = min(cpu for cpu, _ in runs), min(wall for _, wall in runs)
            begins = min(start(TYPED[name], folder, environment) for _ in range(chosen.times))
            libraries = loaded(TYPED[name], folder, environment) if chosen.loads else ""
            print(
                f"  {name:14s} begins after {begins:5.2f} s   CPU {cpu:5.2f} s   over after {wall:5.2f} s"
                f"   {libraries}",
                flush=True,
            )
        print(f"  load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
