"""HR's list, which the demo hands out, does what the tour says of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY, Cognito

ROOT = Path(__file__).resolve().parents[2]


def test_some_are_new_some_are_there_and_some_rows_need_a_fix(cognito: Cognito, tmp_path: Path) -> None:
    pool = ["--region", cognito.region, "--pool-id", cognito.staff, "--endpoint-url", cognito.url]
    file = str(ROOT / "demo" / "new-starters.csv")
    keys = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY}
    done = subprocess.run(
        [sys.executable, "-m", "console", "plan", file, *pool, "--json"],
        cwd=ROOT,
        env={**os.environ, **keys, "CONSOLE_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    totals = json.loads(done.stdout)["totals"]
    wanted = {"rows": 12, "create": 8, "change": 2, "unchanged": 0, "invalid": 2}
    assert {name: totals[name] for name in wanted} == wanted
