"""How long the page of a job takes, with so many rows under way: figures, first visit, each look after that.

    python -m bench.job_page [10000 …]

The page runs as Streamlit's AppTest runs it (whole entry script, gate's identity included) on a store in
a SQLite file. Printed: median wall and CPU milliseconds of one run. A browser adds the way over the
WebSocket and the drawing.
"""

from __future__ import annotations

import gc
import logging
import sys
import tempfile
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
logging.getLogger("streamlit").setLevel(logging.ERROR)

from streamlit.testing.v1 import AppTest  # noqa: E402

from bench.users_page import measure  # noqa: E402
from console.web import identity  # noqa: E402
from console.web.process import PROCESS  # noqa: E402
from console.web.settings import ConsoleSettings  # noqa: E402
from demo.install import install  # noqa: E402
from demo.server import EmbeddedCognito  # noqa: E402
from services.bulk.report import progress  # noqa: E402
from services.gateways import target_of  # noqa: E402
from services.store.columns import utc_now  # noqa: E402
from services.store.engine import open_store  # noqa: E402
from services.store.jobs import Job, JobRow, JobState, JobStep, NewJob, StepState  # noqa: E402
from services.store.store import Store  # noqa: E402
from services.store.vault import KeyRing, new_key  # noqa: E402

ACTIONS = ("create_user", "add_to_group")
AT_ONCE = 1000


def bench(rows: int, folder: Path) -> None:
    """Measure the page of a job with so many rows, a quarter of them done."""
    print(f"{rows:,} rows")
    with EmbeddedCognito(people=50) as cognito:
        store = open_store(f"sqlite:///{folder / f'bench{rows}.db'}", KeyRing((new_key(),)))
        install(store, cognito.url)
        PROCESS.use(store, ConsoleSettings())
        job = under_way(store, rows)
        operator = next(operator for operator in store.operators.list() if operator.role == "manager")
        session, _ = store.sessions.create(operator.id, "", "bench", timedelta(hours=1), timedelta(hours=1))
        page = AppTest.from_file(str(ROOT / "console" / "app.py"), default_timeout=120)
        page.user = {"session": identity.stamp(session.id)}
        measure("its figures, without a page", lambda _: progress(store, job.id))
        page.switch_page("../pages/jobs.py")
        measure("the list of jobs, first page of the console", lambda _: page.run(), times=1)
        gc.collect()
        gc.freeze()  # as the running console does after its imports
        page.switch_page("../pages/job.py")
        page.query_params["id"] = job.id
        measure("first visit", lambda _: page.run(), times=1)
        measure("looked at again, with its rows", lambda _: page.run())
        page.switch_page("../pages/jobs.py")
        measure("the list of jobs", lambda _: page.run())
        if page.exception:
            raise SystemExit(page.exception[0].message)
        PROCESS.close()


def under_way(store: Store, rows: int) -> Job:
    """A job that another process runs, stored as a file of new people is."""
    target = asdict(target_of(store.pools.by_name("staff")))
    job = store.jobs.create(NewJob("csv", "large.csv", "staff", target, "op", "max", "browser"))
    for first in range(1, rows + 1, AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, rows + 1))
        states = {n: StepState.DONE if n <= rows // 4 else StepState.WAITING for n in numbers}
        store.jobs.add_rows(
            job.id,
            [_row(n, states[n]) for n in numbers],
            [
                JobStep(n, place, action, states[n], finished_at=utc_now() if n <= rows // 4 else None)
                for n in numbers
                for place, action in enumerate(ACTIONS)
            ],
            {},
        )
    lease = utc_now() + timedelta(hours=1)
    now = {"started_at": utc_now(), "lease_owner": "another/1/x", "lease_until": lease}
    store.jobs.update(job.id, state=JobState.RUNNING, **now)
    return store.jobs.get(job.id)


def _row(number: int, state: StepState) -> JobRow:
    mail = f"person.{number}@brightwater.example"
    attributes = {"email": mail, "given_name": "Anna", "family_name": f"Ekström {number}"}
    payload = {
        "label": mail,
        "action": "upsert",
        "verdict": "create",
        "steps": [
            {"change": {"action": action, "attributes": attributes}, "before": {}, "after": attributes}
            for action in ACTIONS
        ],
        "cells": [mail, "Anna", f"Ekström {number}", "Billing", "billing"],
    }
    done = state is StepState.DONE
    return JobRow(number, "done" if done else "", payload, message="Created." if done else "")


if __name__ == "__main__":
    sizes = [int(argument) for argument in sys.argv[1:]] or [10_000]
    with tempfile.TemporaryDirectory() as made:
        for size in sizes:
            bench(size, Path(made))
