"""What a task of the background is: a name, a function, and whether it comes again by itself.

A task is told in a word and a few short texts (the id of a job, never a secret), so that it can stand in a
queue that other processes read. What it works on, and who is working on it, stands in the store.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.store.store import Store

AT_ONCE = 8
"""So many long tasks a process does at once, with room for those of another one that dies."""


@dataclass(frozen=True, slots=True)
class WorkGround:
    """What every task is given: the store, whether its process begins nothing more, and where people find
    the console (an address without a slash at its end; "" if it has none)."""

    store: Store
    stopped: threading.Event = field(default_factory=threading.Event)
    address: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """`run` is given a `WorkGround` and the task's texts by name; it may answer in how many seconds it wants
    to look again at the latest.

    `every` so many seconds it comes by itself. `long` ones may take hours; of those, `hears` says that it
    looks at `ground.stopped` and ends by itself. `at_start`: also done when a process begins.
    """

    name: str
    run: Callable[..., float | None]
    every: int = 0
    long: bool = False
    hears: bool = False
    at_start: bool = False
