"""What the login pages remember between two requests: codes, browsers signed in, half-done sign-ins.

All in this process, all for a limited time, each by a name that can't be guessed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from demo.authorization_server import AuthorizationCode
from demo.caller import NOBODY, Caller
from demo.drawer import Drawer
from demo.sign_in_attempt import SignInAttempt

CODE_LIFE = 300.0  # seconds; AWS's authorization codes live five minutes
BROWSER_LIFE = 3600.0  # seconds; so long AWS's login pages let a browser in without asking again
STEP_LIFE = 180.0  # seconds; AWS's sign-in sessions live three minutes unless the client says otherwise
KNOWN_LIFE = 90 * 86_400.0  # seconds that a browser is remembered


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
class Grant:
    """What a refresh token stands for."""

    scope: str
    auth_time: int
    origin_jti: str


@dataclass(slots=True)
class Memory:
    """Everything that the login pages keep between requests."""

    codes: Drawer[AuthorizationCode[SignedIn]] = field(default_factory=lambda: Drawer(CODE_LIFE))
    browsers: Drawer[SignedIn] = field(default_factory=lambda: Drawer(BROWSER_LIFE))
    steps: Drawer[Step] = field(default_factory=lambda: Drawer(STEP_LIFE))
    away: Drawer[FederatedStep] = field(default_factory=lambda: Drawer(STEP_LIFE))
    known: Drawer[KnownBrowser] = field(default_factory=lambda: Drawer(KNOWN_LIFE))
    grants: dict[str, Grant] = field(default_factory=dict)
