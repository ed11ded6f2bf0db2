"""Which dependencies had no release for long: asked of the package index that pip is set to.

    python -m bench.kept [--months 18]

Ends with 1 when one of those that pyproject.toml names had none for so long and no reason stands in
`[tool.kept]` there. It needs the index, so it is no test: `make kept` before a release, or once a month.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"
MONTHS = 18
_JSON = "application/vnd.pypi.simple.v1+json"


@dataclass(frozen=True, slots=True)
class Kept:
    """When a dependency's newest file was uploaded, None where the index doesn't say; why it may be old."""

    name: str
    newest: datetime | None
    reason: str = ""

    def is_old(self, now: datetime, months: int) -> bool:
        """Whether nobody has released it for so long (or it can't be told)."""
        return self.newest is None or now - self.newest > timedelta(days=months * 30.44)


def named(project: Mapping[str, Any]) -> list[str]:
    """The packages that the project names for itself, its extras and its developers."""
    lists: Iterable[list[str]] = (
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    )
    names = (re.match(r"[\w.-]+", entry) for entries in lists for entry in entries)
    return sorted({found[0].lower() for found in names if found})


def newest_of(answer: Mapping[str, Any]) -> datetime | None:
    """The newest upload in an answer of the index (PEP 700) that wasn't withdrawn."""
    files = [file for file in answer["files"] if file.get("upload-time") and not file.get("yanked")]
    times = [file["upload-time"] for file in files]
    return max(map(datetime.fromisoformat, times), default=None)


def index_url() -> str:
    """The index that pip is set to."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"], capture_output=True, text=True
    )
    if done.returncode == 0:
        return done.stdout.strip().rstrip("/")
    from pip._internal.models.index import PyPI  # noqa: PLC0415 - its own default

    return str(PyPI.simple_url)


def main() -> int:
    """Print every dependency that is old, with the reason where one is known."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--months", type=int, default=MONTHS)
    months = parser.parse_args().months
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))
    reasons: Mapping[str, str] = project["tool"].get("kept", {})
    url, now = index_url(), datetime.now(UTC)
    with httpx.Client(headers={"accept": _JSON}, follow_redirects=True, timeout=60) as client:

        def look(name: str) -> Kept:
            answer = client.get(f"{url}/{name}/").raise_for_status().json()
            return Kept(name, newest_of(answer), reasons.get(name, ""))

        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(look, named(project)))
    old = [kept for kept in found if kept.is_old(now, months)]
    for kept in old:
        since = f"{kept.newest:%b %Y}" if kept.newest else "unknown"
        print(f"{kept.name}: newest release {since}. {kept.reason or 'WHY IS IT STILL USED?'}")
    print(f"{len(found)} dependencies, {len(old)} without a release for {months} months.")
    return 1 if any(not kept.reason for kept in old) else 0


if __name__ == "__main__":
    sys.exit(main())
