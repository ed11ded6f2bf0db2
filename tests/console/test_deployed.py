"""Two consoles and three workers on PostgreSQL behind nginx with TLS, from the files in docs/deploy."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from websockets.sync.client import connect

from bench.deployment import NGINX, Deployment, until
from bench.simulator import Simulator, SimulatorThread
from bench.workers import TAKEN_OVER_WITHIN, begin_jobs, finish, held_by, kill_and_see, lost_and_doubled
from services.cognito.quotas import CATEGORIES
from services.store.engine import open_store
from services.store.store import Store
from services.store.vault import KeyRing
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY
from tests.fixtures.console import sign_in_as
from tests.fixtures.postgresql import PostgresqlServer
from tests.fixtures.store import make_cast

WORKERS = ("worker-1", "worker-2", "worker-3")
ACCOUNTS = ("account-1", "account-2", "account-3")


@dataclass
class Deployed:
    """The processes, and their store opened from this one."""

    processes: Deployment
    store: Store

    def session(self) -> tuple[str, str]:
        """The id of a new session and the cookie that a browser has of it."""
        operator = self.store.operators.list()[0]
        id, token = sign_in_as(self.store, operator)
        return id, f"__Host-console_session_{self.processes.port}={token}"

    def is_let_in(self, base: str, cookie: str) -> bool:
        """Whether that address shows the console, or leads to the sign-in page."""
        headers = {"Accept": "text/html", "Host": f"localhost:{self.processes.port}", "Cookie": cookie}
        request = urllib.request.Request(base + "/", headers=headers)
        with urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=self.processes.trust), _Stays()
        ).open(request, timeout=30) as answer:
            assert answer.status in (200, 303)
            return bool(answer.status == 200)


class _Stays(urllib.request.HTTPRedirectHandler):
    """Doesn't follow; an answer that leads elsewhere is an answer."""

    def http_error_303(self, req, fp, code, msg, headers):  # type: ignore[no-untyped-def]
        return fp


@pytest.fixture(scope="module")
def deployed(
    postgresql: PostgresqlServer, keys: KeyRing, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployed]:
    """All five and nginx; the first worker believes that it is on a machine of its own."""
    if not NGINX:
        missing = "nginx is not installed on this machine (make test installs it)."
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    database = postgresql.url(postgresql.create())
    folder: Path = tmp_path_factory.mktemp("deployed")
    with open_store(database, keys) as store:
        make_cast(store)
        with Deployment(database, ",".join(keys.keys), folder, apart=WORKERS[:1]) as processes:
            yield Deployed(processes, store)


def test_a_session_is_as_good_on_every_console_and_ends_on_all(deployed: Deployed) -> None:
    session, cookie = deployed.session()
    consoles = [f"http://127.0.0.1:{port}" for port in deployed.processes.ports.values()]
    everywhere = [deployed.processes.url, *consoles]
    assert [deployed.is_let_in(base, cookie) for base in everywhere] == [True] * 3
    with connect(
        deployed.processes.url.replace("https", "wss") + "/_stcore/stream",
        ssl=deployed.processes.trust,
        origin=deployed.processes.url,
        additional_headers={"Cookie": cookie},
    ):
        pass  # it was upgraded, all the way through
    deployed.store.sessions.revoke(session)
    assert [deployed.is_let_in(base, cookie) for base in everywhere] == [False] * 3


def test_what_killed_processes_did_is_taken_over_and_nothing_is_lost_or_doubled(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    processes, store = deployed.processes, deployed.store
    _, cookie = deployed.session()
    simulator = Simulator(latency=0.02, quotas=True)
    with SimulatorThread(simulator) as server:
        jobs = begin_jobs(store, server.url, ACCOUNTS, 2, 40, 0.5)
        processes.kill("console-1")
        until(lambda: held_by(store, jobs, processes.processes["worker-1"].pid), "worker-1 runs a job")
        seconds = [kill_and_see(store, processes, "worker-1", jobs)]
        holders = [name for name in WORKERS[1:] if held_by(store, jobs, processes.processes[name].pid)]
        if holders:
            seconds.append(kill_and_see(store, processes, holders[0], jobs))
        assert deployed.is_let_in(processes.url, cookie)
        finish(store, jobs)
        effects = [[*key, count] for key, count in simulator.effects.items()]
        assert lost_and_doubled(store, jobs, effects) == (0, 0)
    assert max(seconds) < TAKEN_OVER_WITHIN
    busiest = simulator.most_in_a_second()
    assert all(calls <= CATEGORIES[name.rpartition(" ")[2]].rps for name, calls in busiest.items())
    assert not simulator.throttles
