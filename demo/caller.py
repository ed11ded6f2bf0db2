"""Who sends the request that is being answered: address, place and device, as AWS keeps them.

Both the API and the login pages run inside `answering`; what they write down (sessions, events,
devices) reads it from `CALLER`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

SYSTEMS = (
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
BROWSERS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Caller:
    """`device` is what AWS makes of the user agent; city and country are those of the address."""

    ip: str = "127.0.0.1"
    device: str = UNKNOWN
    city: str = ""
    country: str = ""


NOBODY = Caller()
CALLER: ContextVar[Caller] = ContextVar("CALLER", default=NOBODY)


@contextmanager
def answering(ip: str, user_agent: str) -> Iterator[None]:
    """Let `CALLER` be this one. An address on this machine has no place."""
    token = CALLER.set(Caller(ip, device_of(user_agent)))
    try:
        yield
    finally:
        CALLER.reset(token)


def device_of(user_agent: str) -> str:
    """Operating system and browser ("Windows, Firefox"), else the program's own name."""
    named = [next((name for mark, name in known if mark in user_agent), "") for known in (SYSTEMS, BROWSERS)]
    if named[1]:
        return ", ".join(name for name in named if name)
    return user_agent.partition(" ")[0][:1024] or UNKNOWN
