"""A job that the database holds up waits and goes on by itself; the account's quotas are asked for once."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from time import monotonic, sleep
from typing import Any

import pytest
from sqlalchemy import event

from services.bulk import runner
from services.bulk.model import RowResult
from services.bulk.report import progress
from services.bulk.runner import learn_quotas_soon, run_here
from services.cognito.gateway import CognitoGateway
from services.errors import NotAvailable, StoreUnavailable
from services.roles import Actor
from services.store.engine import open_store
from services.store.jobs import JobState
from services.store.store import Store
from tests.services.bulk.conftest import Bulk


def test_a_backend_without_quotas_is_asked_once_and_keeps_the_defaults(staff: Bulk) -> None:
    before = staff.gateway.client.pacer.paces()
    thread = learn_quotas_soon(staff.gateway)
    assert thread is not None
    thread.join(30)
    assert learn_quotas_soon(staff.gateway) is None
    with pytest.raises(NotAvailable):
        staff.gateway.learn_quotas()
    quotas = {pace.category: pace.quota for pace in staff.gateway.client.pacer.paces()}
    assert all(quotas[pace.category] == pace.quota for pace in before)


def test_what_the_account_has_is_kept_to(staff: Bulk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "_asked", {})
    asked = []
    monkeypatch.setattr(CognitoGateway, "learn_quotas", lambda self: asked.append(self) or {})
    thread = learn_quotas_soon(staff.gateway)
    assert thread is not None
    thread.join(30)
    assert asked == [staff.gateway]


HEADER = ("username", "email", "given_name", "family_name")
PEOPLE = [(f"wait.{number:02}", f"wait.{number:02}@example.com", "Wait", "Long") for number in range(40)]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for the database looks again at once."""
    monkeypatch.setattr(runner, "STORE_PAUSE", 0.1)
    monkeypatch.setattr(runner, "STORE_PAUSE_AT_MOST", 0.2)


@contextmanager
def in_the_background(bulk: Bulk, job_id: str) -> Iterator[None]:
    """Run the job meanwhile, and wait for its end."""
    thread = threading.Thread(target=run_here, args=(bulk.store, job_id), kwargs={"terminal": bulk.who})
    thread.start()
    yield
    thread.join(60)
    assert not thread.is_alive()


def until(condition: Callable[[], object]) -> None:
    end = monotonic() + 60
    while not condition():
        assert monotonic() < end
        sleep(0.02)


def done(bulk: Bulk, job_id: str) -> int:
    return bulk.store.jobs.count_outcomes(job_id).get(str(RowResult.DONE), 0)


@contextmanager
def full_disk(store: Store) -> Iterator[None]:
    """The database may take no further page."""
    room = {"pages": "1"}

    def limit(connection: Any, *_: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={room['pages']}")

    event.listen(store.database.engine, "checkout", limit)
    yield
    room["pages"] = "1000000"


@contextmanager
def locked(store: Store) -> Iterator[None]:
    """Another program is writing to the database and doesn't stop."""
    connection = sqlite3.connect(str(store.address.database), isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.execute("ROLLBACK")
    connection.close()


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(("trouble", "why"), [(full_disk, "is full"), (locked, "locked by another program")])
def test_a_job_waits_for_a_database_that_takes_nothing_and_goes_on_by_itself(
    staff: Bulk,
    trouble: Callable[[Store], AbstractContextManager[None]],
    why: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    staff = with_little_patience(staff)
    names = [f"{trouble.__name__}.{number:02}".replace("_", ".") for number in range(60)]
    job = staff.start(staff.plan(HEADER, *((name, f"{name}@example.com", "Wait", "Long") for name in names)))
    send = CognitoGateway.create_user

    def slowly(self: CognitoGateway, *args: Any, **values: Any) -> Any:
        sleep(0.05)
        return send(self, *args, **values)

    monkeypatch.setattr(CognitoGateway, "create_user", slowly)
    with in_the_background(staff, job.id):
        until(lambda: done(staff, job.id) > 3)
        with trouble(staff.store):
            until(lambda: progress(staff.store, job.id).state is JobState.PAUSED)
            waiting = progress(staff.store, job.id)
            assert why in waiting.reason
            assert "Nothing was changed" not in waiting.reason
            assert 3 < waiting.finished < 60
    ended = staff.store.jobs.get(job.id)
    assert (ended.state, ended.reason) == (JobState.FINISHED, "")
    assert done(staff, job.id) == 60
    created = [user["Username"] for user in staff.cognito.users(staff.target.pool_id)]
    assert sorted(set(created) & set(names)) == sorted(name for name in created if name in names) == names


def with_little_patience(bulk: Bulk) -> Bulk:
    """The same on a store whose connections wait shortly for a lock."""
    address = str(bulk.store.address.update_query_dict({"timeout": "0.3"}))
    return replace(bulk, store=open_store(address, bulk.store.keys))


@pytest.mark.usefixtures("quick")
def test_a_database_that_fails_while_it_is_asked_who_acts_fails_no_row(
    staff: Bulk, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = staff.start(staff.plan(HEADER, *PEOPLE))
    failures = iter(range(5))

    def who() -> Actor:
        if next(failures, None) is not None:
            raise StoreUnavailable("The database is busy.", "Wait.")
        return staff.who()

    ended = run_here(staff.store, job.id, terminal=who)
    assert ended.state is JobState.FINISHED
    assert done(staff, job.id) == len(PEOPLE)
