"""A provider's public keys, remembered for a while and asked for again when a key id is new."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from services.login import web

FRESH_SECONDS = 600.0
REFETCH_SECONDS = 5.0
"""A key id nobody knows makes the console ask again, but not more often than this."""
SMALLEST_KEY = 2048
_REMEMBERED = 64
_MOST_KEYS = 50


@dataclass(frozen=True, slots=True)
class Keys:
    """RSA keys by key id; `others` are ids of keys that can't be used, with the reason."""

    by_id: dict[str, RSAKey]
    others: dict[str, str] = field(default_factory=dict)


class KeyBook:
    """Fetches key sets and remembers them. May be used from many threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: OrderedDict[str, tuple[float, Keys]] = OrderedDict()

    def keys(self, url: str, origins: Iterable[str], wanted: str = "") -> Keys:
        """The keys at `url`; asked for again, once, when `wanted` is not among those remembered.

        Raises `ProviderUnreachable` or `AddressRefused`.
        """
        now = time.monotonic()
        with self._lock:
            at, known = self._known.get(url, (0.0, None))
        if known is not None and now - at < FRESH_SECONDS:
            there = not wanted or wanted in known.by_id or wanted in known.others
            if there or now - at < REFETCH_SECONDS:
                return known
        fetched = read_keys(web.fetch_json(url, origins))
        with self._lock:
            self._known[url] = (now, fetched)
            self._known.move_to_end(url)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return fetched

    def forget(self) -> None:
        """Forget every key set."""
        with self._lock:
            self._known.clear()


KEYS = KeyBook()
"""The process's key sets."""


def read_keys(raw: dict[str, Any]) -> Keys:
    """The usable keys of a JSON Web Key Set: RSA, for signatures, at least 2048 bits, each id once."""
    usable: dict[str, RSAKey] = {}
    others: dict[str, str] = {}
    listed = raw.get("keys")
    for one in listed[:_MOST_KEYS] if isinstance(listed, list) else []:
        if not isinstance(one, dict) or not isinstance(one.get("kid"), str):
            continue
        kid = one["kid"]
        problem = _problem(one)
        if problem:
            others[kid] = problem
            continue
        try:
            key = RSAKey.import_key({name: one[name] for name in ("kty", "n", "e", "kid") if name in one})
        except (JoseError, ValueError, TypeError, KeyError):
            others[kid] = "it can't be read"
            continue
        if kid in usable or kid in others:
            others[kid] = "its id is there twice"
            usable.pop(kid, None)
        else:
            usable[kid] = key
    return Keys(usable, others)


def _problem(one: dict[str, Any]) -> str:
    if one.get("kty") != "RSA":
        return "it is no RSA key"
    if one.get("use", "sig") != "sig":
        return "it isn't for signatures"
    if one.get("alg", "RS256") != "RS256":
        return "it is for another algorithm"
    modulus = one.get("n")
    # four characters of base64 hold three bytes
    if not isinstance(modulus, str) or len(modulus) * 6 < SMALLEST_KEY:
        return f"it is shorter than {SMALLEST_KEY} bits"
    return ""
