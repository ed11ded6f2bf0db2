"""What several tests of the store need."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sqlite3
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from services.roles import Actor, Origin, Role
from services.store.activity import NewActivity

ACTIVITY = NewActivity(
    Actor("op-1", "Sam Support", Role.SUPPORT, Origin.BROWSER),
    action="disable_user",
    pool="staff",
    target_kind="user",
    target_id="sub-1",
    target_name="ann@example.com",
    before={"enabled": True},
)

# capabilities that let root ignore file modes: DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER
_IGNORES_MODES = 0b1110


def url_of(path: Path) -> str:
    """The database address of a file, with little patience for locks."""
    return f"sqlite:///{path}?timeout=0.3"


def fingerprint(folder: Path) -> dict[str, str]:
    """Every file of a folder with a hash of its bytes."""
    return {
        str(file.relative_to(folder)): sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def raw(path: Path, statement: str, *values: object) -> list[tuple[object, ...]]:
    """Run one statement on a SQLite file behind the store's back."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(statement, values).fetchall()


@contextlib.contextmanager
def file_modes_count() -> Iterator[None]:
    """Inside, file modes hold for this thread even when the tests are run by root."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    before = (ctypes.c_uint32 * 6)()
    assert libc.capget(header, before) == 0
    without = (ctypes.c_uint32 * 6)(*before)
    without[0] &= ~_IGNORES_MODES
    assert libc.capset(header, without) == 0
    try:
        yield
    finally:
        assert libc.capset(header, before) == 0
