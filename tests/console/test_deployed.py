"""Two consoles and three workers on PostgreSQL behind nginx with TLS, from the files in docs/deploy."""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from websockets.sync.client import connect

from bench.deployment import NGINX, Deployment, until
from bench.simulator import Simulator, SimulatorThread
from bench.workers import (
    TAKEN_OVER_WITHIN,
    begin_jobs,
    finish,
    held_by,
    kill_and_see,
    lost_and_doubled,
    operator,
)
from services.bulk import control
from services.bulk.model import RowResult
from services.bulk.report import outcomes
from services.cognito.quotas import CATEGORIES
from services.store.engine import open_store
from services.store.jobs import JobState
from services.store.store import Store
from services.store.vault import KeyRing
from tests.fixtures.cognito import ACCESS_KEY, SECRET_KEY
from tests.fixtures.console import fill_sign_in, inside, sign_in_as
from tests.fixtures.postgresql import PostgresqlServer
from tests.fixtures.store import PASSWORD, make_cast

WORKERS = ("worker-1", "worker-2", "worker-3")
HEARD_WITHIN = 10.0
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


@pytest.mark.browser
def test_a_browser_signs_in_by_tls_and_its_tab_ends_with_its_session(
    deployed: Deployed, browser: Browser
) -> None:
    window = browser.new_context(ignore_https_errors=True)  # the certificate is the test's own
    try:
        page = window.new_page()
        page.goto(f"{deployed.processes.url}/account")
        fill_sign_in(page, "sam", PASSWORD)
        expect(inside(page).get_by_role("heading", name="Your account")).to_be_visible()
        (cookie,) = [held for held in window.cookies() if "session" in str(held["name"])]
        assert str(cookie["name"]).startswith("__Host-")
        assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Strict")
        (session,) = deployed.store.sessions.list_live(deployed.store.operators.by_username("sam").id)
        assert session.address == "127.0.0.1"
        deployed.store.sessions.revoke(session.id)
        expect(page.get_by_label("Operator name")).to_be_visible()
    finally:
        window.close()


def test_a_job_that_a_worker_runs_hears_within_seconds_what_is_pressed_elsewhere(
    deployed: Deployed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    processes, store = deployed.processes, deployed.store
    actor = operator(store)
    with SimulatorThread(Simulator(quotas=True)) as server:
        jobs = begin_jobs(store, server.url, ["account-9"], 1, 300, 0.1)
        id = jobs[0].id

        def runs() -> bool:
            workers = [processes.processes[name].pid for name in WORKERS]
            return any(held_by(store, jobs, pid) for pid in workers)

        until(runs, "a worker runs the job")
        control.pause(store, id, actor)
        seconds = [until(lambda: store.jobs.get(id).state is JobState.PAUSED, "the job pauses")]
        control.resume(store, id, actor)
        until(runs, "a worker goes on with the job")
        control.stop(store, id, actor)
        seconds.append(until(lambda: store.jobs.get(id).state is JobState.STOPPED, "the job stops"))
    assert max(seconds) < HEARD_WITHIN
    ends = Counter(outcome.result for outcome in outcomes(store, id))
    assert ends[RowResult.NOT_ATTEMPTED]
    assert ends.total() == len(jobs[0].names)


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

        def busy() -> list[str]:
            return [name for name in WORKERS if held_by(store, jobs, processes.processes[name].pid)]

        until(busy, "a worker runs a job")  # which of them comes first to one is chance
        first = busy()[0]
        seconds = [kill_and_see(store, processes, first, jobs)]
        if others := [name for name in busy() if name != first]:
            seconds.append(kill_and_see(store, processes, others[0], jobs))
        assert deployed.is_let_in(processes.url, cookie)
        finish(store, jobs)
        effects = [[*key, count] for key, count in simulator.effects.items()]
        assert lost_and_doubled(store, jobs, effects) == (0, 0)
    assert max(seconds) < TAKEN_OVER_WITHIN
    # what the rows call; where one call a second may be made, a moment on the way makes two of it
    counted = [(name, calls) for name, calls in simulator.most_in_a_second().items() if "User" in name]
    assert [(name, calls) for name, calls in counted if calls > CATEGORIES[name.rpartition(" ")[2]].rps] == []
    assert [operation for operation in simulator.throttles if "User" in operation] == []
