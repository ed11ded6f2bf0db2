"""Slowing sign-in down after failures, per operator and per address; every refusal ends by itself."""

from __future__ import annotations

import hashlib
import ipaddress
import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from services.errors import TooManyAttempts
from services.words import counted


@dataclass(frozen=True, slots=True)
class Allowance:
    """At most `attempts` within `seconds`."""

    attempts: int
    seconds: float


# An operator from one address has few tries; one address has a few more, over all names. The same
# operator from everywhere has many: else anyone could keep a colleague out from elsewhere.
PAIR = Allowance(5, 300)
ADDRESS = Allowance(20, 300)
NAME = Allowance(40, 900)
# a browser in which this operator has signed in before: strangers' tries don't count against it
DEVICE = Allowance(10, 300)
# of a million codes three are good at a time, whoever tries from wherever
CODE = Allowance(10, 1800)
_OF_NAMES = {"pair": PAIR, "name": NAME, "device": DEVICE, "code": CODE}
"""The counts that belong to one name: the first part of their key, and what it allows."""


class Throttle:
    """Counts attempts to sign in, in windows that slide, so every refusal ends by itself.

    In memory on purpose: the check stands before any query, a restart gives an attacker (who can't
    cause one) one more round of tries, and no table grows with names typed by strangers. The counts
    are per process.
    """

    _MANY = 10_000

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` returns seconds that never go back."""
        self._clock = clock
        self._tries: dict[tuple[str, ...], deque[float]] = {}
        self._told: dict[tuple[str, ...], float] = {}
        self._lock = Lock()

    def begin(self, username: str, address: str, device: str = "") -> None:
        """Count one attempt. Raises `TooManyAttempts` (and counts nothing) when there were too many.

        `device` names a browser that this operator is known to use ("" for any other).
        """
        self._begin(_keys(username, address, device))

    def begin_code(self, username: str) -> None:
        """Count one attempt to give a second factor, from wherever. Raises as `begin`."""
        self._begin(((("code", _digest(username)), CODE),))

    def code_succeeded(self, username: str) -> None:
        """Forget the wrong second factors of this name."""
        with self._lock:
            self._tries.pop(("code", _digest(username)), None)

    def _begin(self, keys: tuple[tuple[tuple[str, ...], Allowance], ...]) -> None:
        with self._lock:
            now = self._clock()
            wait = max(self._wait(key, allowance, now) for key, allowance in keys)
            if wait > 0:
                refusal = TooManyAttempts(
                    f"Too many attempts. The next one is possible in {_in_words(wait)}.",
                    "Wait, or ask an administrator to set a new password for you.",
                )
                refusal.first = now >= self._told.get(keys[0][0], 0.0)
                if refusal.first:
                    self._told[keys[0][0]] = now + wait
                raise refusal
            self._forget_old(now)
            for key, _ in keys:
                self._tries.setdefault(key, deque()).append(now)

    def succeeded(self, username: str, address: str, device: str = "") -> None:
        """Take back the attempt that `begin` counted, and all failures of this name from this address."""
        with self._lock:
            for key, allowance in _keys(username, address, device):
                if allowance in (PAIR, DEVICE):
                    self._tries.pop(key, None)
                elif self._tries.get(key):
                    self._tries[key].pop()

    @property
    def size(self) -> int:
        """How many counts are kept now."""
        return len(self._tries)

    def waiting(self, username: str) -> float:
        """Seconds until this name may be tried again from every address (0.0: now)."""
        mine = _digest(username)
        with self._lock:
            now = self._clock()
            waits = [
                self._wait(key, _OF_NAMES[key[0]], now)
                for key in self._tries
                if key[0] in _OF_NAMES and key[1] == mine
            ]
        return max(waits, default=0.0)

    def release(self, username: str) -> None:
        """Forget the failures of this name."""
        mine = _digest(username)
        with self._lock:
            for key in [key for key in self._tries if key[0] in _OF_NAMES and key[1] == mine]:
                del self._tries[key]

    def _wait(self, key: tuple[str, ...], allowance: Allowance, now: float) -> float:
        recent = [tried for tried in self._tries.get(key, ()) if now - tried < allowance.seconds]
        if len(recent) < allowance.attempts:
            return 0.0
        return allowance.seconds - (now - recent[-allowance.attempts])

    def _forget_old(self, now: float) -> None:
        if len(self._tries) < self._MANY:
            return
        for key in [key for key, tried in self._tries.items() if now - tried[-1] > CODE.seconds]:
            del self._tries[key]
        self._told = {key: until for key, until in self._told.items() if until > now}


def _keys(username: str, address: str, device: str) -> tuple[tuple[tuple[str, ...], Allowance], ...]:
    name, place = _digest(username), _network(address)
    if device:
        return ((("device", name, device), DEVICE),)
    return ((("pair", name, place), PAIR), (("address", place), ADDRESS), (("name", name), NAME))


def _digest(username: str) -> str:
    # hashed so that a very long name, or a password typed into the wrong box, isn't kept
    return hashlib.sha256(username.strip().casefold().encode("utf-8", "surrogatepass")).hexdigest()


def _network(address: str) -> str:
    """One IPv4 address, or the /64 that one IPv6 customer usually has."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if parsed.version == 6:
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def _in_words(seconds: float) -> str:
    """Rounded up: whoever waits that long may try again."""
    whole = math.ceil(seconds)
    return counted(whole, "second") if whole < 90 else counted(math.ceil(whole / 60), "minute")
