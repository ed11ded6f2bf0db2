"""On which processors a thread may run, where the system lets a program say so (Linux).

Python runs one thread of a process at a time. Where the threads of many tabs stand on several processors,
each hand-over between them wakes another processor: a run of a page then takes a third more.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

_CAN_SAY = hasattr(os, "sched_setaffinity")
_ALL = os.sched_getaffinity(0) if _CAN_SAY else frozenset[int]()


def stay_on_one(number: int) -> None:
    """Keep this thread, and those that it starts, on one processor; other numbers lead to other ones."""
    if len(_ALL) > 1:
        os.sched_setaffinity(0, {sorted(_ALL)[number % len(_ALL)]})


@contextmanager
def on_all() -> Iterator[None]:
    """Let what is started inside, threads and processes that don't run this Python, use all processors."""
    if not _CAN_SAY:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, _ALL)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
