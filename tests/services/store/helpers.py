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
from services.store.database import sqlite_file
from services.store.store import Store

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


def raw(place: Path | Store, statement: str, *values: object) -> list[tuple[object, ...]]:
    """Run one statement, with ? for values, on a database behind the store's back."""
    if isinstance(place, Path):
        with contextlib.closing(sqlite3.connect(place)) as connection, connection:
            return connection.execute(statement, values).fetchall()
    engine = place.database.engine
    if engine.dialect.name == "postgresql":
        statement = statement.replace("?", "%s")
    with engine.begin() as connection:
        result = connection.exec_driver_sql(statement, values)
        return [tuple(row) for row in result] if result.returns_rows else []


def at_rest(store: Store) -> bytes:
    """All that the database holds: a SQLite file's bytes with those beside it, every row of PostgreSQL."""
    path = sqlite_file(store.address)
    if path is not None:
        return b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    tables = raw(store, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    rows = [raw(store, f'SELECT "{table}"::text FROM "{table}"') for (table,) in tables]
    return "\n".join(str(row[0]) for table in rows for row in table).encode()


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
