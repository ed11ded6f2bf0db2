"""A bucket that several processes share: every call has a place of its own, and none goes too early."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from services.cognito.limiter import AccountLimiter, Caller
from services.store.paces import Paces
from services.store.store import Store

EACH = 60_000_000  # a call a minute: what asking takes on a busy machine is little beside it


def test_callers_stand_in_one_queue(store: Store) -> None:
    with ThreadPoolExecutor(6) as callers:
        waits = sorted(callers.map(lambda _: store.paces.book("a", "UserUpdate||", 0.0, EACH, 2), range(12)))
    assert waits[:2] == [0.0, 0.0]
    places = [60.0 * minute for minute in range(1, 11)]
    assert all(place - 30 < wait <= place for wait, place in zip(waits[2:], places, strict=True))
    assert store.paces.book("b", "UserUpdate||", 0.0, EACH, 1) == 0.0  # another account


def test_shares_in_use_are_known_to_others(store: Store) -> None:
    store.paces.book("a", "UserUpdate||", 0.5, EACH, 1)
    store.paces.book("a", "UserUpdate||", 0.0, EACH, 1)
    assert store.paces.shares("a") == {"UserUpdate||": {0.5}}
    assert store.paces.shares("b") == {}


def test_a_job_stays_within_the_larger_share_of_one_in_another_process(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = (AccountLimiter(account="a", shared=store.paces) for _ in range(2))
    there.acquire("AdminDisableUser", "", Caller("two", 0.8))
    passed: list[float] = []

    def book(_: Paces, account: str, bucket: str, share: float, each: int, at_once: int) -> float:
        passed.append(share)
        return 0.0

    monkeypatch.setattr(Paces, "book", book)
    here.acquire("AdminDisableUser", "", Caller("one", 0.5))
    here.acquire("AdminDisableUser", "")  # a click
    assert passed == [0.5, 0.8, 0.0, 0.0]
