"""Things that are remembered for a limited time, each by a name that can't be guessed."""

from __future__ import annotations

import secrets
import time
from typing import Generic, TypeVar

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
        """The thing kept under `name`; None when there is none, or its time is over."""
        until, thing = self._things.get(name, (0.0, None))
        return thing if until > time.monotonic() else None

    def take(self, name: str) -> Thing | None:
        """As `get`, and forget it: a thing is taken once."""
        thing = self.get(name)
        self._things.pop(name, None)
        return thing
