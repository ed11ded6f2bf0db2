"""Rotates a database over and over, and kills itself at the stage named on the command line."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event

from services.store import rotation
from services.store.engine import open_store
from services.store.vault import Vault


def die(*_: object, **__: object) -> None:
    """As hard as the machine can."""
    os.kill(os.getpid(), signal.SIGKILL)


def on_call(number: int, before: Callable[..., object], real: Callable[..., Any]) -> Callable[..., Any]:
    """`real`, with `before` called ahead of its call number `number`."""
    calls = 0

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == number:
            before()
        return real(*args, **kwargs)

    return wrapped


def arm(stage: str) -> None:
    """Set the trap."""
    if stage == "0":
        rotation.write_key_file = on_call(1, die, rotation.write_key_file)
    elif stage == "1":
        Path.replace = on_call(1, die, Path.replace)
    elif stage == "2":
        rotation._reseal = die
    elif stage == "3":
        Vault.seal = on_call(300, die, Vault.seal)
    elif stage == "4":
        prepare = rotation.lonely_engine

        def engine(address: Any) -> Any:
            made = prepare(address)
            event.listen(made, "commit", die)
            return made

        rotation.lonely_engine = engine
    elif stage == "5":
        rotation._settle = die
    elif stage == "6":
        rotation.write_key_file = on_call(2, die, rotation.write_key_file)
    elif stage == "7":
        rotation._adopt = on_call(2, die, rotation._adopt)


store = open_store(sys.argv[1])
print("opened", flush=True)
arm(sys.argv[2])
while True:
    rotation.rotate_key_file(store)
