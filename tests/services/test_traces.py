"""One person's traces are found by every name, erased, and what must stay is said."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from services.errors import InvalidValue, NotPermitted
from services.roles import Actor, Origin, Role
from services.store.activity import ActivityResult, NewActivity
from services.store.columns import utc_now
from services.store.connections import Connection, CredentialKind
from services.store.jobs import JobRow, JobState, NewJob
from services.store.log_chain import ERASED
from services.store.pools import PoolRecord
from services.store.store import Store
from services.traces import erase_traces, find_traces

ANN, SUB = "ann@example.com", "5f0c0000-sub"


def by(role: Role):
    return lambda: Actor("o", "Max", role, Origin.TERMINAL)


ADMIN = by(Role.ADMIN)


@pytest.fixture
def pool(store: Store) -> PoolRecord:
    connection = store.connections.add(Connection(name="c", region="eu-north-1", kind=CredentialKind.DEFAULT))
    return store.pools.add(PoolRecord(connection.id, "eu-north-1_a", "staff"))


@pytest.fixture
def traces(store: Store, pool: PoolRecord, monkeypatch: pytest.MonkeyPatch) -> str:
    """Lines about Ann and others, and an ended job with her in row 2; the answer is the job."""
    for target, before in (
        ({"target_id": SUB, "target_name": ANN}, {}),
        ({"target_name": "joann@example.com"}, {}),
        ({"target_name": "a group"}, {"members": ["ANN@example.com"]}),
        ({"reason": f"asked by {ANN}."}, {}),
    ):
        new = NewActivity(ADMIN(), "disable_user", pool="staff", before=before, **target)
        store.activity.record(new, ActivityResult.DONE)
    job = store.jobs.create(
        NewJob("bulk", "Leavers", "staff", {}, "o", "Max", "browser"),
        [JobRow(1, "done", {"email": "bo@example.com"}), JobRow(2, "done", {"email": ANN})],
    )
    store.jobs.update(job.id, state=str(JobState.FINISHED), finished_at=utc_now())
    later = utc_now() + timedelta(hours=2)
    monkeypatch.setattr("services.traces.utc_now", lambda: later)
    return job.id


def test_they_are_found_wherever_they_stand_by_themselves(
    store: Store, pool: PoolRecord, traces: str
) -> None:
    found = find_traces(store, ADMIN, pool, [ANN, SUB])
    assert [*found.counts.values()] == [3, 1, 0, 0]
    assert found.rows == {traces: (2,)}
    assert "Backups" in found.stays[-1]


def test_afterwards_nothing_names_them_and_the_log_is_intact(
    store: Store, pool: PoolRecord, traces: str, tmp_path: Path
) -> None:
    erase_traces(store, ADMIN, pool, find_traces(store, ADMIN, pool, [ANN, SUB]), {"reason": "asked for"})
    assert sum(find_traces(store, ADMIN, pool, [ANN, SUB]).counts.values()) == 0
    assert [row.row for row in store.jobs.rows(traces)] == [1]
    assert store.jobs.get(traces).total_rows == 1
    line = store.activity.search(action="erase_traces")[0]
    assert (line.target_name, line.after["Rows of jobs"], line.reason) == (ERASED, 1, "asked for")
    assert store.activity.count(text="joann@example.com") == 1
    check = store.activity.chain.check()
    assert (check.intact, check.erased) == (True, 3)


def test_a_job_without_the_rows_that_were_erased_counts_its_own_steps_as_no_row(store: Store) -> None:
    rows = [JobRow(0, "done", {}), JobRow(2, "done", {}), JobRow(3, "done", {})]
    job = store.jobs.create(NewJob("bulk", "With groups", "staff", {}, "o", "Max", "browser"), rows)
    assert job.total_rows == 2
    store.jobs.erase_rows(job.id, [3])
    assert store.jobs.get(job.id).total_rows == 1


def test_what_is_under_way_stays_and_is_said(store: Store, pool: PoolRecord, traces: str) -> None:
    store.jobs.update(traces, state=str(JobState.PAUSED))
    found = find_traces(store, ADMIN, pool, [ANN])
    assert not found.rows
    assert "The job “Leavers” is paused" in found.stays[0]


def test_names_that_are_everywhere_and_others_than_administrators_are_refused(
    store: Store, pool: PoolRecord
) -> None:
    for names in (["a"], [], [" "]):
        with pytest.raises(InvalidValue):
            find_traces(store, ADMIN, pool, names)
    with pytest.raises(NotPermitted):
        find_traces(store, by(Role.MANAGER), pool, [ANN])
