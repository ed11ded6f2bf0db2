"""What a stopped reading has read goes through the store, and another process reads only the rest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.directory import scan_kept
from services.directory.scan import PoolScan
from services.directory.scan_memberships import ASKED_TOGETHER
from services.directory.snapshot_task import BegunSnapshot
from services.store.store import Store
from tests.services.directory.scan_stub import (
    PEOPLE,
    ScannedPool,
    expect_everything,
    failing,
    pool_of,
    read,
    rows_in,
    stop_after,
)


def through(store: Store, scan: PoolScan) -> PoolScan:
    """The same reading as another process finds it."""
    assert scan_kept.keep(store, scan.pool_key, BegunSnapshot(scan.so_far(), "an id"))
    begun = scan_kept.kept(store, scan.pool_key)
    assert begun is not None
    assert begun.snapshot_id == "an id"
    return PoolScan.going_on(scan._gateway, begun.read)


def pages(pool: ScannedPool) -> int:
    return sum(call.startswith(("users", "members")) for call in pool.calls)


@pytest.mark.parametrize("stopped_after", [1, 2, 5, 20, 40])
@pytest.mark.parametrize(("sharded", "groups"), [(False, 3), (True, 3), (False, 400)])
def test_nobody_is_lost_or_read_twice(store: Store, stopped_after: int, sharded: bool, groups: int) -> None:
    whole, pool = pool_of(PEOPLE, groups), pool_of(PEOPLE, groups)
    expected = read(whole, sharded=sharded)
    scan = PoolScan(pool, pool_name="staff", sharded=sharded)  # type: ignore[arg-type]
    assert scan.run(stop=stop_after(pool, stopped_after)) is None
    again = through(store, scan)
    shown = replace(again.state(), seconds=0, seconds_left=None, doing="")
    assert shown == replace(scan.state(), seconds=0, seconds_left=None, doing="")
    found = again.run()
    assert found is not None
    expect_everything(found, pool)
    assert rows_in(found.users) == rows_in(expected.users)
    assert pages(pool) == pages(whole)
    assert found.about.taken_at == scan.taken_at
    assert any("stopped" in how or "paused" in how for how in found.about.how), found.about.how


def test_people_asked_for_their_groups_one_by_one_are_asked_once(store: Store) -> None:
    def asked() -> int:
        return pool.calls.count("groups_of")

    pool = pool_of(PEOPLE, 400)
    scan = PoolScan(pool)  # type: ignore[arg-type]
    assert scan.run(stop=lambda: asked() > ASKED_TOGETHER) is None
    again, before = through(store, scan), asked()
    assert before > ASKED_TOGETHER
    found = again.run()
    assert found is not None
    expect_everything(found, pool)
    assert asked() - before == PEOPLE - ASKED_TOGETHER


def test_lists_that_prove_wrong_later_are_let_go_of_there_too(store: Store) -> None:
    pool = pool_of(PEOPLE)
    scan = PoolScan(pool, sharded=True)  # type: ignore[arg-type]
    assert scan.run(stop=stop_after(pool, 5)) is None
    pool.filtered = lambda everybody, first: everybody
    found = through(store, scan).run()
    assert found is not None
    expect_everything(found, pool)


def test_a_group_that_failed_is_tried_again(store: Store) -> None:
    pool = pool_of(PEOPLE, fault=failing("members group0+", times=1))
    scan = PoolScan(pool)  # type: ignore[arg-type]
    assert scan.run() is not None
    found = through(store, scan).run()
    assert found is not None
    expect_everything(found, pool)


def test_what_is_too_much_is_not_kept_nor_what_was_kept_before(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan = PoolScan(pool_of(PEOPLE))  # type: ignore[arg-type]
    scan.run()
    begun = BegunSnapshot(scan.so_far(), "")
    assert scan_kept.keep(store, scan.pool_key, begun)
    monkeypatch.setattr(scan_kept, "MOST_BYTES", 1_000)
    assert not scan_kept.keep(store, scan.pool_key, begun)
    assert scan_kept.kept(store, scan.pool_key) is None
