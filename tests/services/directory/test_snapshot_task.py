"""Who may have a pool read, and what the activity log says of it."""

from __future__ import annotations

import pytest

from services.directory.snapshot_task import SnapshotTask
from services.directory.snapshots import Snapshots
from services.errors import InvalidRequest, NotPermitted, SessionEnded
from services.roles import Actor, ActorSource, Origin, Role
from services.store.activity import ActivityResult
from services.store.store import Store
from tests.services.directory.scan_stub import failing, pool_of


def ada() -> Actor:
    return Actor("ada", "Ada", Role.AUDITOR, Origin.BROWSER)


def task(store: Store, pool: object, who: ActorSource = ada) -> SnapshotTask:
    return SnapshotTask(store, pool, who, "staff", 1.0)  # type: ignore[arg-type]


def test_a_snapshot_is_kept_and_logged_with_what_it_holds(store: Store) -> None:
    pool = pool_of(40)
    snapshot = task(store, pool).run(ada)
    assert snapshot is not None
    line = Snapshots(store).newest_line(pool.pool_key)  # type: ignore[arg-type]
    assert line is not None
    assert line.id == snapshot.about.id
    (logged,) = store.activity.search(action="take_snapshot")
    assert (logged.result, logged.operator_name, logged.target_name) == (
        ActivityResult.DONE,
        "Ada",
        "staff",
    )
    assert (logged.after["snapshot"], logged.after["people"]) == (snapshot.about.id, 40)


def test_stopped_half_way_it_says_how_far_it_came_and_goes_on_from_there(store: Store) -> None:
    reading = task(store, pool_of(40))
    assert reading.run(ada, stop=lambda: True) is None
    (logged,) = store.activity.search(action="take_snapshot")
    assert logged.result is ActivityResult.FAILED
    assert logged.error == "Stopped after 0 people and 0 groups."
    assert reading.run(ada) is not None


def test_a_failure_is_logged_before_it_is_raised(store: Store) -> None:
    error = InvalidRequest("The pool is gone.", code="ResourceNotFoundException")
    with pytest.raises(InvalidRequest):
        task(store, pool_of(10, fault=failing("users ", error=error))).run(ada)
    (logged,) = store.activity.search(action="take_snapshot")
    assert (logged.result, logged.error_code) == (ActivityResult.FAILED, "ResourceNotFoundException")


def test_whoever_was_signed_out_meanwhile_reads_no_further(store: Store) -> None:
    def gone() -> Actor:
        raise SessionEnded("You are no longer signed in.")

    pool = pool_of(10)
    reading = task(store, pool)
    with pytest.raises(SessionEnded):
        reading.run(gone)
    assert not [call for call in pool.calls if call.startswith("users")]
    assert store.activity.search(action="take_snapshot") == []


def test_no_right_to_read_no_task(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Actor, "may", lambda actor, permission: False)
    with pytest.raises(NotPermitted):
        task(store, pool_of(3))
