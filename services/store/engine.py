"""Opening the database: find it, look at it without touching it, prove the key, then bring it up to date."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import platformdirs
from sqlalchemy import (
    URL,
    Connection,
    Engine,
    NullPool,
    create_engine,
    event,
    insert,
    inspect,
    make_url,
    select,
)
from sqlalchemy import exc as sa

from services.errors import SealBroken, StoreDamaged, StoreTooNew, StoreUnavailable, WrongKey
from services.store import migrations
from services.store.columns import utc_now
from services.store.database import WRITE, Database, translated
from services.store.keys import APP, KeyRing, load_keys
from services.store.schema import vault as vault_table
from services.store.store import Store
from services.store.vault import Vault

URL_VARIABLE = "CONSOLE_DATABASE_URL"
FOLDER_VARIABLE = "CONSOLE_DATA_DIR"
BUSY_SECONDS = 10.0
# larger files are not read through at every start; SQLite then reports damage where it meets it
CHECKED_BYTES = 64 * 1024 * 1024
CANARY = {"canary": APP}
CANARY_PLACE = {"table": "vault", "column": "canary", "row": "1"}


def data_folder() -> Path:
    """The folder of the default database: CONSOLE_DATA_DIR, else the user's data folder."""
    named = os.environ.get(FOLDER_VARIABLE, "").strip()
    return Path(named).expanduser() if named else platformdirs.user_data_path(APP, appauthor=False)


def default_database_url() -> str:
    """CONSOLE_DATABASE_URL, else the SQLite file console.db in `data_folder()`."""
    named = os.environ.get(URL_VARIABLE, "").strip()
    return named or _sqlite_url(data_folder() / "console.db")


def _sqlite_url(path: Path) -> str:
    return URL.create("sqlite", database=str(path)).render_as_string(hide_password=False)


def open_store(url: str | None = None, keys: KeyRing | None = None) -> Store:
    """Open the database, making or migrating it as needed.

    `url` is an SQLAlchemy URL (SQLite or PostgreSQL), by default `default_database_url()`; `keys`
    by default those of `load_keys`. Raises `StoreUnavailable`, `StoreDamaged`, `StoreTooNew`,
    `KeyMissing` or `WrongKey`; in each case the database is as it was.
    """
    if url is None:
        url = default_database_url()
        if not os.environ.get(URL_VARIABLE, "").strip():
            _make_folder(data_folder())
    address = _parsed(url)
    with translated():
        found = _look(address)
        ring = keys or load_keys(database_is_new=found.is_new)
        vault = Vault(ring)
        found.prove(vault)
        engine = _engine(address)
    database = Database(engine)
    try:
        _bring_up_to_date(database, vault, address)
    except BaseException:
        engine.dispose()
        raise
    return Store(database, vault, ring)


@dataclass(frozen=True)
class Found:
    """What stands in the database before anything is changed."""

    revision: str
    canary: str

    @property
    def is_new(self) -> bool:
        """True when there is no table yet."""
        return not self.revision

    def prove(self, vault: Vault) -> None:
        """Raise `WrongKey` unless the vault opens what was sealed when the database was made."""
        if self.is_new:
            return
        try:
            proved = vault.open(self.canary, **CANARY_PLACE) == CANARY
        except SealBroken:
            proved = False
        if not proved:
            raise WrongKey(
                "The encryption key is not the one this database was made with. Nothing was changed.",
                "Start with the key file or CONSOLE_ENCRYPTION_KEYS that belongs to this database.",
            )


def _look(address: URL) -> Found:
    """Read the revision and the canary. SQLite files are opened read-only and keep every byte."""
    if address.get_backend_name() != "sqlite":
        engine = _engine(address)
    else:
        path = Path(str(address.database))
        if not path.parent.is_dir():
            raise StoreUnavailable(
                f"The folder {path.parent} for the console's database does not exist.",
                "Make the folder, or change CONSOLE_DATABASE_URL.",
            )
        if not path.exists() or path.stat().st_size == 0:
            return Found("", "")
        engine = _reading_engine(path, _busy_seconds(address))
    try:
        with engine.connect() as connection:
            return _read_state(connection)
    finally:
        engine.dispose()


def _read_state(connection: Connection) -> Found:
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return Found("", "")
    ours = {"vault", migrations.VERSION_TABLE} <= tables
    revision = migrations.current(connection) if ours else ""
    if not revision:
        raise StoreDamaged(
            "The database named in the settings holds other tables than this console's. Nothing was changed.",
            "Name a database of its own for the console.",
        )
    if revision not in migrations.known():
        raise StoreTooNew(
            f"The database was written by a newer release of the console (version {revision}; this one "
            f"knows up to {migrations.head()}). Nothing was changed.",
            "Start the newer release, or restore the backup made before the update.",
        )
    if connection.dialect.name == "sqlite":
        _check_file(connection)
    canary = connection.scalar(select(vault_table.c.canary).where(vault_table.c.id == 1))
    if canary is None:
        raise StoreDamaged(
            "The database lacks the record that proves its key. Nothing was changed.",
            "Restore the database from a backup.",
        )
    return Found(revision, str(canary))


def _check_file(connection: Connection) -> None:
    pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    size = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
    if pages * size > CHECKED_BYTES:
        return
    if connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one() != "ok":
        raise StoreDamaged(
            "The console's database is damaged. Nothing was written to it.",
            "Keep the file, and restore the database from a backup.",
        )


def _bring_up_to_date(database: Database, vault: Vault, address: URL) -> None:
    if address.get_backend_name() == "sqlite":
        path = Path(str(address.database))
        # people's data stands in it: nobody else on the machine may read it
        with contextlib.suppress(FileExistsError), translated_file(path):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        with translated(), contextlib.closing(database.engine.raw_connection()) as raw:
            # kept in the file; can't be changed inside a transaction
            raw.cursor().execute("PRAGMA journal_mode=WAL")
    # one transaction: after a kill there is either no table or all of them and the canary
    with database.write() as connection:
        if not inspect(connection).has_table(migrations.VERSION_TABLE):
            migrations.upgrade(connection)
            connection.execute(
                insert(vault_table).values(
                    id=1, canary=vault.seal(CANARY, **CANARY_PLACE), created_at=utc_now()
                )
            )
            return
        # another process may have been first, with another key
        found = _read_state(connection)
        found.prove(vault)
        if found.revision != migrations.head():
            migrations.upgrade(connection)


@contextlib.contextmanager
def translated_file(path: Path) -> Any:
    """Turn the file system's refusal to make a file or folder into `StoreUnavailable`."""
    try:
        yield
    except FileExistsError:
        raise
    except OSError as error:
        raise StoreUnavailable(
            f"{path} can't be made: {error.strerror}.",
            "Give the console's user the right to write there, or change CONSOLE_DATABASE_URL.",
        ) from None


def _make_folder(folder: Path) -> None:
    with translated_file(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _parsed(url: str) -> URL:
    # the bare names mean psycopg 3, the driver that this project's extra installs
    for bare in ("postgres://", "postgresql://"):
        if url.startswith(bare):
            url = "postgresql+psycopg://" + url.removeprefix(bare)
    try:
        address = make_url(url)
    except sa.ArgumentError:
        raise StoreUnavailable(
            "CONSOLE_DATABASE_URL is not a database address.",
            "Write it as sqlite:////folder/console.db or postgresql://user:password@host/database.",
        ) from None
    kind = address.get_backend_name()
    if kind not in ("sqlite", "postgresql"):
        raise StoreUnavailable(f"A database of the kind {kind!r} can't be used.", "Use SQLite or PostgreSQL.")
    if kind == "sqlite" and (address.database or ":memory:") == ":memory:":
        raise StoreUnavailable(
            "The console's database must be a file.", "Name a file in CONSOLE_DATABASE_URL."
        )
    return address


def _busy_seconds(address: URL) -> float:
    return float(str(address.query.get("timeout", BUSY_SECONDS)))


def _reading_engine(path: Path, timeout: float) -> Engine:
    name = f"file:{quote(str(path.absolute()))}?mode=ro"
    return create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(name, uri=True, timeout=timeout), poolclass=NullPool
    )


def _engine(address: URL) -> Engine:
    try:
        if address.get_backend_name() == "sqlite":
            address = address.update_query_dict({"timeout": str(_busy_seconds(address))})
            engine = create_engine(address, pool_size=8, max_overflow=32, pool_timeout=30)
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        return create_engine(address, pool_size=8, max_overflow=32, pool_timeout=30, pool_pre_ping=True)
    except ModuleNotFoundError as error:
        raise StoreUnavailable(
            f"The database's driver {error.name} is not installed.",
            'Install it with: pip install "psycopg[binary]"',
        ) from None


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # transactions are begun by `_begin_sqlite`: the driver's own would leave DDL outside of them
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys=ON")
    # with WAL nothing committed is lost when the process dies, only when the machine does
    connection.execute("PRAGMA synchronous=NORMAL")
    # deleted passwords and sessions leave no readable rest in the file
    connection.execute("PRAGMA secure_delete=ON")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITE, False)
    # a writer takes the lock at once: one that reads first and writes later can't wait for others
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
