"""What a process remembers for a while."""

from __future__ import annotations

import pytest

from services.recent import Recent


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr("services.recent.time.monotonic", lambda: now[0])
    return now


def test_what_was_used_longest_ago_gives_way_and_is_returned() -> None:
    kept: Recent[str, int] = Recent(2)
    assert kept.put("a", 1) == kept.put("b", 2) == []
    assert kept.get("a") == 1
    assert kept.put("c", 3) == [2]
    assert [kept.get(key) for key in "abc"] == [1, None, 3]


def test_after_its_time_nobody_finds_it_and_the_next_put_returns_it(clock: list[float]) -> None:
    kept: Recent[str, int] = Recent(9, seconds=10)
    kept.put("a", 1)
    clock[0] += 9
    assert kept.get("a") == 1
    clock[0] += 1
    assert kept.get("a") is None
    assert kept.take("a") is None
    assert kept.first(lambda _: True) is None
    assert kept.put("b", 2) == [1]


def test_it_is_taken_once_and_only_as_it_should_be() -> None:
    kept: Recent[str, int] = Recent(9)
    kept.put("a", 1)
    assert kept.take("a", lambda value: value == 2) is None
    assert kept.take("a", lambda value: value == 1) == 1
    assert kept.take("a") is None


def test_the_same_key_is_remembered_once() -> None:
    kept: Recent[str, int] = Recent(1)
    kept.put("a", 1)
    assert kept.put("a", 2) == []
    assert kept.get("a") == 2
