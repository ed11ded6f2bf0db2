"""Where the database is, and engines for it: one to work with, one that only looks, one that works alone."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import platformdirs
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy import exc as sa

from services.errors import StoreUnavailable
from services.store.database import WRITE
from services.store.keys import APP

URL_VARIABLE = "CONSOLE_DATABASE_URL"
FOLDER_VARIABLE = "CONSOLE_DATA_DIR"
BUSY_SECONDS = 10.0
# threads share these; each holds one only for the length of a short transaction
POOL = {"pool_size": 8, "max_overflow": 32, "pool_timeout": 30}
# an unforeseen error goes to the log: with its statement, without the values it was about
SILENT = {"hide_parameters": True}


def data_folder() -> Path:
    """The folder of the default database: CONSOLE_DATA_DIR, else the user's data folder."""
    named = os.environ.get(FOLDER_VARIABLE, "").strip()
    return Path(named).expanduser() if named else platformdirs.user_data_path(APP, appauthor=False)


def default_database_url() -> str:
    """CONSOLE_DATABASE_URL, else the SQLite file console.db in `data_folder()`."""
    named = os.environ.get(URL_VARIABLE, "").strip()
    return named or sqlite_url(data_folder() / "console.db")


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file, whatever characters its path has."""
    return URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)


def parse(url: str) -> URL:
    """The URL, checked. Raises `StoreUnavailable` for what the store can't work with."""
    # the bare names mean psycopg 3, the driver that this project's extra installs
    for bare in ("postgres://", "postgresql://"):
        if url.startswith(bare):
            url = "postgresql+psycopg://" + url.removeprefix(bare)
    try:
        address = make_url(url)
        kind = address.get_backend_name()
    except sa.ArgumentError:
        raise StoreUnavailable(
            "The address of the console's database is not one.",
            "Write CONSOLE_DATABASE_URL as sqlite:////folder/console.db or "
            "postgresql://user:password@host/database.",
        ) from None
    if kind not in ("sqlite", "postgresql"):
        raise StoreUnavailable(f"A database of the kind {kind!r} can't be used.", "Use SQLite or PostgreSQL.")
    if kind == "sqlite" and (address.database in (None, "", ":memory:") or "uri" in address.query):
        raise StoreUnavailable(
            "The console's database must be a plain file.", "Name it in CONSOLE_DATABASE_URL."
        )
    return address


def sqlite_file(address: URL) -> Path | None:
    """The file of a SQLite database, or None for a server."""
    return Path(str(address.database)) if address.get_backend_name() == "sqlite" else None


def working_engine(address: URL) -> Engine:
    """An engine with a pool, for many threads. Raises `StoreUnavailable` when the driver is missing."""
    if sqlite_file(address) is not None:
        engine = create_engine(
            address.update_query_dict({"timeout": str(busy_seconds(address))}), **POOL, **SILENT
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    # the name lets a rotation see that consoles are connected
    address = address.update_query_dict({"application_name": APP})
    try:
        return create_engine(address, pool_pre_ping=True, **POOL, **SILENT)
    except ModuleNotFoundError as error:
        raise StoreUnavailable(
            f"The database's driver {error.name} is not installed.",
            'Install it with: pip install "psycopg[binary]"',
        ) from None


def looking_engine(address: URL, *, alone: bool = False) -> Engine:
    """An engine that can't write: a SQLite file keeps every byte, even those of its log.

    With `alone` SQLite is told that nobody else has the file open: it then takes no lock and
    leaves no file beside it.
    """
    path = sqlite_file(address)
    if path is None:
        return working_engine(address)
    name = f"file:{quote(str(path.absolute()))}?mode=ro{'&immutable=1' if alone else ''}"
    timeout = busy_seconds(address)
    return create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(name, uri=True, timeout=timeout), poolclass=NullPool
    )


def lonely_engine(address: URL) -> Engine:
    """An engine for SQLite that gets the file for itself alone, and waits for the disk at every commit."""
    engine = create_engine(address.update_query_dict({"timeout": "2"}), poolclass=NullPool, **SILENT)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "connect", _prepare_lonely)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def busy_seconds(address: URL) -> float:
    """How long to wait for another process's transaction; `?timeout=` in the URL changes it."""
    return float(str(address.query.get("timeout", BUSY_SECONDS)))


@contextlib.contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn the file system's refusals into `StoreUnavailable`; `FileExistsError` passes."""
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        raise StoreUnavailable(
            f"{path} can't be used for the console's database: {error.strerror}. Nothing was changed.",
            "Give the console's user the right to read and write there, or change CONSOLE_DATABASE_URL.",
        ) from None


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # transactions are begun by `_begin_sqlite`: the driver's own would leave DDL outside of them
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys=ON")
    # with WAL nothing committed is lost when the process dies, only when the machine does
    connection.execute("PRAGMA synchronous=NORMAL")
    # deleted passwords and sessions leave no readable rest in the file
    connection.execute("PRAGMA secure_delete=ON")


def _prepare_lonely(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA locking_mode=EXCLUSIVE")
    connection.execute("PRAGMA synchronous=FULL")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITE, False)
    # a writer takes the lock at once: one that reads first and writes later can't wait for others
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
