"""One person of the demo, before there is a pool."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """`created` and `changed` are days before now; `username` is empty where the pool makes one up."""

    username: str
    attributes: Mapping[str, str]
    status: str = "CONFIRMED"
    enabled: bool = True
    created: float = 500.0
    changed: float = 90.0
    groups: tuple[str, ...] = ()
    mfa: str = ""
