"""What the login pages remember between two requests: codes, browsers signed in, half-done sign-ins.

All in this process, all for a limited time, each by a name that can't be guessed.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from demo.caller import NOBODY, Caller
from demo.sign_in_attempt import SignInAttempt

CODE_LIFE = 300.0  # seconds; AWS's authorization codes live five minutes
BROWSER_LIFE = 3600.0  # seconds; so long AWS's login pages let a browser in without asking again
STEP_LIFE = 180.0  # seconds; AWS's sign-in sessions live three minutes unless the client says otherwise
KNOWN_LIFE = 90 * 86_400.0  # seconds that a browser is remembered

Thing = TypeVar("Thing")


class Drawer(Generic[Thing]):
    """Things that are forgotten `life` seconds after they were put in."""

    def __init__(self, life: float) -> None:
        self._life = life
        self._things: dict[str, tuple[float, Thing]] = {}

    def put(self, thing: Thing, name: str = "") -> str:
        """Keep a thing, under a new name unless one is given; returns the name to ask for it."""
        now = time.monotonic()
        self._things = {name: kept for name, kept in self._things.items() if kept[0] > now}
        name = name or secrets.token_urlsafe(32)
        self._things[name] = (now + self._life, thing)
        return name

    def get(self, name: str) -> Thing | None:
        """The thing, while it is in time."""
        until, thing = self._things.get(name, (0.0, None))
        return thing if until > time.monotonic() else None

    def take(self, name: str) -> Thing | None:
        """The thing, once."""
        thing = self.get(name)
        self._things.pop(name, None)
        return thing


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A browser that somebody has signed in with; `session` is its own in pools that track sessions."""

    pool_id: str
    username: str
    auth_time: int
    session: str = ""
    caller: Caller = NOBODY


@dataclass(frozen=True, slots=True)
class Step:
    """An attempt whose password was right and that wants something more.

    `kind` is "new-password", "set-up", "choose" or the factor whose code is waited for.
    """

    attempt: SignInAttempt
    kind: str


@dataclass(frozen=True, slots=True)
class FederatedStep:
    """Somebody who was sent to another provider; `query` is what the application had asked."""

    pool_id: str
    provider: str
    query: str
    nonce: str


@dataclass(frozen=True, slots=True)
class KnownBrowser:
    """A browser whose owner wants no more codes on it."""

    pool_id: str
    username: str
    device_key: str


@dataclass(frozen=True, slots=True)
class Code:
    """An authorization code's other half. Its getters are those that Authlib asks for."""

    client_id: str
    redirect_uri: str
    scope: str
    who: SignedIn
    nonce: str = ""
    code_challenge: str = ""
    code_challenge_method: str = ""

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return self.scope

    def get_nonce(self) -> str:
        return self.nonce

    def get_auth_time(self) -> int:
        return self.who.auth_time

    def get_acr(self) -> None:
        return None

    def get_amr(self) -> None:
        return None


@dataclass(frozen=True, slots=True)
class Grant:
    """What a refresh token stands for."""

    scope: str
    auth_time: int
    origin_jti: str


@dataclass(slots=True)
class Memory:
    """All of it."""

    codes: Drawer[Code] = field(default_factory=lambda: Drawer(CODE_LIFE))
    browsers: Drawer[SignedIn] = field(default_factory=lambda: Drawer(BROWSER_LIFE))
    steps: Drawer[Step] = field(default_factory=lambda: Drawer(STEP_LIFE))
    away: Drawer[FederatedStep] = field(default_factory=lambda: Drawer(STEP_LIFE))
    known: Drawer[KnownBrowser] = field(default_factory=lambda: Drawer(KNOWN_LIFE))
    grants: dict[str, Grant] = field(default_factory=dict)
