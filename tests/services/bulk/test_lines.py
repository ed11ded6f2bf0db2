"""A queue whose entries become due."""

from __future__ import annotations

import threading
from time import monotonic

from services.bulk.lines import Line


def test_entries_come_in_the_order_in_which_they_are_due() -> None:
    line: Line[str] = Line()
    line.put("late", delay=0.05)
    line.put("first")
    line.put("second")
    began = monotonic()
    assert [line.get(), line.get(), line.get()] == ["first", "second", "late"]
    assert monotonic() - began >= 0.04


def test_closing_wakes_whoever_waits_and_returns_what_is_left() -> None:
    line: Line[str] = Line()
    got: list[str | None] = []
    thread = threading.Thread(target=lambda: got.append(line.get()))
    thread.start()
    line.put("much later", delay=60)
    assert line.close() == ["much later"]
    thread.join(5)
    assert got == [None]
    line.put("too late")
    assert line.get() is None
