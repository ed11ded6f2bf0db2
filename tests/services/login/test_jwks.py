"""Key sets: remembered, and asked for again once when a key id is new."""

from __future__ import annotations

from typing import Any

import pytest
from joserfc.jwk import RSAKey

from services.login import jwks, web
from services.login.jwks import FRESH_SECONDS, REFETCH_SECONDS, KeyBook

URL = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_x/.well-known/jwks.json"
OLD, NEW = (RSAKey.generate_key(2048, {"kid": kid}).as_dict(private=False) for kid in ("old", "new"))


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A provider that can't be reached from tests: its keys, the clock, and how often it was asked."""
    it: dict[str, Any] = {"keys": [OLD], "now": 1000.0, "asked": 0}

    def fetch(*_: Any) -> dict[str, Any]:
        it["asked"] += 1
        return {"keys": it["keys"]}

    monkeypatch.setattr(web, "fetch_json", fetch)
    monkeypatch.setattr(jwks.time, "monotonic", lambda: it["now"])
    return it


def test_known_keys_are_not_fetched_again_until_they_are_old(provider: dict[str, Any]) -> None:
    book = KeyBook()
    for _ in range(3):
        assert "old" in book.keys(URL, (), "old").by_id
    assert provider["asked"] == 1
    provider["now"] += FRESH_SECONDS
    book.keys(URL, (), "old")
    assert provider["asked"] == 2


def test_an_unknown_key_id_makes_it_ask_once_more(provider: dict[str, Any]) -> None:
    book = KeyBook()
    book.keys(URL, (), "old")
    provider["keys"], provider["now"] = [OLD, NEW], provider["now"] + REFETCH_SECONDS
    assert "new" in book.keys(URL, (), "new").by_id
    assert provider["asked"] == 2


def test_made_up_key_ids_do_not_make_it_ask_again_and_again(provider: dict[str, Any]) -> None:
    book = KeyBook()
    for number in range(20):
        assert book.keys(URL, (), f"made-up-{number}").by_id.keys() == {"old"}
    assert provider["asked"] == 1
