"""The pages that a login test comes back to, where no session is looked at."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.requests import Request

from console.web import oauth
from console.web.process import Process
from services.errors import LoginTestRefused
from services.store.engine import open_store
from services.store.store import Store
from services.store.vault import KeyRing


def page(query: str) -> tuple[int, str]:
    """Status and text of the result's address with this query."""
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": query.encode()}
    # in a thread: where browser tests came before, this one has an event loop already
    answer = ThreadPoolExecutor(1).submit(asyncio.run, oauth.result(Request(scope))).result()
    return answer.status_code, bytes(answer.body).decode()


def test_a_refusal_is_told_in_its_own_words_by_whichever_process(
    store: Store, tmp_path: Path, keys: KeyRing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oauth, "PROCESS", Process(store))
    sent = oauth._not_taken(LoginTestRefused("It counts once.", "Begin a new test."))
    with open_store(f"sqlite:///{tmp_path / 'console.db'}", keys) as other:
        monkeypatch.setattr(oauth, "PROCESS", Process(other))
        status, text = page(sent.headers["location"].partition("?")[2])
    assert status == 400
    assert "It counts once. Begin a new test." in text


@pytest.mark.parametrize("query", ["refused=forgotten", "refused=forgotten&test=1", "", "test="])
def test_what_is_not_known_to_be_taken_is_not_said_to_be(
    query: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oauth, "PROCESS", Process(store))
    status, text = page(query)
    assert status == 400
    assert "not taken" in text
    assert "The answer was taken" not in text
