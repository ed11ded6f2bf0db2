"""Tokens in memory: few, briefly, for one session each."""

from __future__ import annotations

import pytest

from services.login.token_text import MOST, TTL_SECONDS, TokenMemory, Tokens

SOME = Tokens("id", "access", "refresh")


def test_only_the_session_of_the_test_gets_its_tokens() -> None:
    memory = TokenMemory()
    memory.put("test", "session", SOME)
    assert memory.get("test", "session") is SOME
    for other in ("another", ""):
        assert memory.get("test", other) is None
        memory.forget("test", other)
    memory.forget("test", "session")
    assert memory.get("test", "session") is None


def test_they_are_gone_after_ten_minutes(monkeypatch: pytest.MonkeyPatch) -> None:
    memory, now = TokenMemory(), 1000.0
    monkeypatch.setattr("services.recent.time.monotonic", lambda: now)
    memory.put("test", "session", SOME)
    now += TTL_SECONDS + 1
    assert memory.get("test", "session") is None
    assert memory._kept.drop_old() == []
    assert memory._kept.first(lambda _: True) is None


def test_the_oldest_give_way() -> None:
    memory = TokenMemory()
    for number in range(MOST + 1):
        memory.put(str(number), "session", SOME)
    assert memory.get("0", "session") is None
    assert memory.get(str(MOST), "session") is SOME


def test_they_do_not_show_in_texts() -> None:
    assert repr(SOME) == "Tokens()"
