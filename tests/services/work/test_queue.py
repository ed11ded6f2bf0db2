"""Background work in PostgreSQL's queue: asked for by any process, done once, by whoever is there."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from time import monotonic, sleep

import psycopg
import pytest

from services.errors import ConsoleError
from services.store.engine import open_store
from services.store.store import Store
from services.store.vault import KeyRing
from services.work import queue
from services.work.desk import work_for
from services.work.queue import SCHEMA, QueuedWork, cron_of, prepare
from services.work.task import Task, WorkGround

DONE: list[str] = []
GO = threading.Event()


def note(_: WorkGround, job_id: str) -> None:
    DONE.append(job_id)


def wait(_: WorkGround, job_id: str) -> None:
    GO.wait(30)
    DONE.append(job_id)


def fail(_: WorkGround) -> None:
    DONE.append("failed")
    raise ConsoleError("It is in the way.")


NOTE, WAIT, FAIL = Task("note", note, long=True), Task("wait", wait, long=True), Task("fail", fail)
LOOK = Task("look", lambda ground: DONE.append("looked"), every=1)
TASKS = (NOTE, WAIT, FAIL)


@pytest.fixture
def process(postgresql_url: str, keys: KeyRing) -> Iterator[Callable[[], QueuedWork]]:
    """Make what another process on the same database has; all of them end with the test."""
    stores, made = [], []
    DONE.clear()
    GO.clear()

    def make() -> QueuedWork:
        stores.append(open_store(postgresql_url, keys))
        work = work_for(stores[-1])
        assert isinstance(work, QueuedWork)
        made.append(work)
        return work

    yield make
    GO.set()
    for work in made:
        work.close()
    with psycopg.connect(postgresql_url) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
    for store in stores:
        store.close()


def until(condition: Callable[[], object]) -> None:
    end = monotonic() + 60
    while not condition():
        assert monotonic() < end
        sleep(0.02)


def test_what_one_process_asks_for_another_does_and_the_very_same_waits_once(
    process: Callable[[], QueuedWork], caplog: pytest.LogCaptureFixture
) -> None:
    asking, doing = process(), process()
    assert not asking.is_attended()
    for job_id in ("a", "a", "b"):
        asking.submit(NOTE, job_id=job_id)
    asking.submit(FAIL)
    doing.begin((*TASKS, LOOK))
    until(lambda: {"a", "b", "failed", "looked"} <= set(DONE))
    assert asking.is_attended()
    assert (DONE.count("a"), DONE.count("b"), DONE.count("failed")) == (1, 1, 1)
    assert "fail: It is in the way." in caplog.text


def test_what_a_dead_process_had_taken_on_is_handed_on(
    process: Callable[[], QueuedWork], postgresql_url: str
) -> None:
    asking = process()
    asking.submit(NOTE, job_id="left")
    with psycopg.connect(postgresql_url, autocommit=True, options=f"-c search_path={SCHEMA}") as connection:
        connection.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')"
        )
        connection.execute(
            "UPDATE procrastinate_jobs SET status = 'doing',"
            " worker_id = (SELECT max(id) FROM procrastinate_workers)"
        )
    process().begin(TASKS)
    until(lambda: DONE == ["left"])


def test_when_the_database_comes_back_work_goes_on(
    process: Callable[[], QueuedWork], postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "TRY_AGAIN", 0.1)
    asking, doing = process(), process()
    doing.begin(TASKS)
    asking.submit(WAIT, job_id="under way")
    until(lambda: any(thread.name == "wait" for thread in threading.enumerate()))
    with psycopg.connect(postgresql_url, autocommit=True) as connection:
        for _ in range(3):
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            sleep(0.2)
    GO.set()
    until(lambda: "under way" in DONE)

    def asked_again() -> bool:
        asking.submit(NOTE, job_id="after")
        return "after" in DONE

    until(asked_again)


def test_tables_of_another_release_are_made_anew(postgresql_store: Store) -> None:
    server = postgresql_store.server
    for _ in range(2):
        prepare(server)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"COMMENT ON SCHEMA {SCHEMA} IS 'procrastinate 1'")
        connection.execute(f"DROP TABLE {SCHEMA}.procrastinate_jobs CASCADE")
        prepare(server)
        connection.execute(f"SELECT FROM {SCHEMA}.procrastinate_jobs")
        connection.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


@pytest.mark.parametrize(
    ("seconds", "cron"), [(2, "* * * * * */2"), (600, "*/10 * * * *"), (3600, "0 */1 * * *")]
)
def test_every_so_many_seconds_is_a_line_of_cron(seconds: int, cron: str) -> None:
    assert cron_of(seconds) == cron
