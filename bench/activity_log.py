"""How many changes a second the activity log takes: `python -m bench.activity_log`."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from services.roles import Actor, Origin, Role
from services.store.activity import ActivityResult, Finish, NewActivity
from services.store.engine import open_store
from services.store.vault import KeyRing, new_key

LINE = NewActivity(Actor("op", "max", Role.MANAGER, Origin.JOB), "disable_user")


def best(number: int, work: Callable[[int], None]) -> float:
    """How many a second, at best of three."""
    spans = []
    for _ in range(3):
        begun = time.perf_counter()
        work(number)
        spans.append(time.perf_counter() - begun)
    return number / min(spans)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'console.db'}"
        with open_store(url, KeyRing((new_key(),))) as store:

            def one_by_one(number: int) -> None:
                for _ in range(number):
                    line = store.activity.intend(LINE)
                    store.activity.finish(line, ActivityResult.DONE, after={"enabled": False})

            def together(number: int) -> None:
                lines = store.activity.intend_many([LINE] * number)
                store.activity.finish_many(
                    [Finish(line, ActivityResult.DONE, {"enabled": False}) for line in lines]
                )

            print(f"one by one: {best(300, one_by_one):,.0f} changes a second")
            print(f"together:   {best(3000, together):,.0f} changes a second")


if __name__ == "__main__":
    main()
