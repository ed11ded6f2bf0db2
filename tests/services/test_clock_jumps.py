"""A clock that jumps lengthens nothing that lets somebody in, and makes nothing happen twice.

Each try is a process of its own whose clock is really wrong, on a store that was written with the right one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.roles import Actor, Origin
from services.schedule.planning import NewSchedule, PlannedWork
from services.schedule.tasks import TakeSnapshot
from services.schedule.timing import parse
from services.store.connections import Connection, CredentialKind
from services.store.factors import FactorKind
from services.store.operators import Operator
from services.store.pools import PoolRecord
from services.store.store import Store

LIBRARY = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(
    LIBRARY is None and not os.environ.get("CI"), reason="libfaketime isn't installed on this machine"
)

ASKED = """
import json, sys
from datetime import timedelta
from services.access.step_up import is_due
from services.store.engine import open_store
from services.store.columns import utc_now
told = json.load(sys.stdin)
with open_store(told["url"]) as store:
    session = store.sessions.find(told["token"], touch=False)
    answer = {
        "now": utc_now().isoformat(),
        "session": session is not None,
        "ticket": store.tickets.peek("test", told["ticket"], "browser"),
        "due": list(store.schedules.due(utc_now())),
        "lease": store.schedules.take_lease(told["schedule"], "other/2/y", timedelta(seconds=30)),
    }
    if session is not None:
        answer["proof due"] = is_due(store, store.operators.get(session.operator_id), session)
print(json.dumps(answer))
"""


@pytest.fixture
def asked(store: Store, cast: dict[str, Operator]) -> dict[str, str]:
    """A session whose second factor was just given, a ticket of ten minutes, and a schedule that runs now."""
    ann = cast["ann"]
    store.factors.replace(ann.id, [(FactorKind.TOTP, "JBSWY3DPEHPK3PXP")])
    _, token = store.sessions.create(
        ann.id, "192.0.2.7", "test", timedelta(minutes=30), timedelta(hours=10), proved=True
    )
    ticket = store.tickets.issue("test", "fact", "browser", timedelta(minutes=10))
    connection = store.connections.add(Connection("c", "eu-west-1", CredentialKind.DEFAULT))
    pool = store.pools.add(PoolRecord(connection.id, "eu-west-1_a", "staff"))
    work = PlannedWork(store, lambda: Actor(ann.id, ann.username, ann.role, Origin.BROWSER))
    new = NewSchedule("Nightly", TakeSnapshot(), parse("every day at 05:00"), "UTC", ann)
    schedule = work.add(pool, new)
    assert store.schedules.take_lease(schedule.id, "here/1/x", timedelta(seconds=30))
    url = store.address.render_as_string(hide_password=False)
    return {"url": url, "token": token, "ticket": ticket, "schedule": schedule.id}


def at(jump: str, asked: dict[str, str], keys: str) -> dict[str, Any]:
    """What a process finds whose clock is wrong by so much."""
    environment = {
        **os.environ,
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME": jump,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "CONSOLE_ENCRYPTION_KEYS": keys,
    }
    done = subprocess.run(
        [sys.executable, "-c", ASKED],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=environment,
        timeout=120,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_clock_that_is_right_finds_all_of_it(store: Store, asked: dict[str, str]) -> None:
    found = at("+0", asked, ",".join(store.keys.keys))
    assert (found["session"], found["ticket"], found["proof due"]) == (True, "fact", False)
    assert (found["due"], found["lease"]) == ([], False)


def test_a_clock_set_back_lengthens_neither_session_nor_ticket_nor_proof_and_frees_no_lease(
    store: Store, asked: dict[str, str]
) -> None:
    found = at("-2h", asked, ",".join(store.keys.keys))
    assert (found["session"], found["ticket"]) == (False, None)
    assert (found["due"], found["lease"]) == ([], False)


def test_a_clock_that_drifts_by_minutes_keeps_nobody_out_and_gives_nobody_longer(
    store: Store, asked: dict[str, str]
) -> None:
    found = at("-3m", asked, ",".join(store.keys.keys))
    assert (found["session"], found["ticket"], found["proof due"]) == (True, "fact", True)


def test_a_clock_set_forward_ends_what_has_an_end_and_begins_what_is_due_once(
    store: Store, asked: dict[str, str]
) -> None:
    found = at("+49h", asked, ",".join(store.keys.keys))
    assert (found["session"], found["ticket"]) == (False, None)
    assert found["due"] == [asked["schedule"]]
    assert found["lease"] is True  # its holder has shown no life since
