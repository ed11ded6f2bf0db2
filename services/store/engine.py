"""Where the database is, engines for it, and opening it.

It is looked at without being touched, its key is proved, and then it is brought up to date. There is an
engine to work with, one that only looks, and one that works alone.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
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
from sqlalchemy.exc import DBAPIError

from services.errors import (
    NotConfigured,
    SealBroken,
    StoreDamaged,
    StoreError,
    StoreTooNew,
    StoreUnavailable,
    WrongKey,
)
from services.store import migrations
from services.store.columns import utc_now
from services.store.database import (
    ALONE,
    WRITE,
    Database,
    busy_seconds,
    explain,
    patient,
    sqlite_file,
    translated,
)
from services.store.log_chain import LogChain
from services.store.operators import Operators
from services.store.schema import activity_head, operators
from services.store.schema import vault as vault_table
from services.store.store import Store
from services.store.vault import APP, KeyRing, Vault, load_keys, note_database

URL_VARIABLE = "CONSOLE_DATABASE_URL"
FOLDER_VARIABLE = "CONSOLE_DATA_DIR"
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


def checked_url(url: str) -> URL:
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
    address = patient(address).update_query_dict({"application_name": APP})
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


@contextlib.contextmanager
def file_errors_explained(path: Path) -> Iterator[None]:
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
    asked = connection.get_execution_options()
    if asked.get(ALONE, False):
        return
    writes = asked.get(WRITE, False)
    # a writer takes the lock at once: one that reads first and writes later can't wait for others
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


# larger files are not read through at every start; SQLite then reports damage where it meets it
CHECKED_BYTES = 64 * 1024 * 1024
CANARY = {"canary": APP}
CANARY_PLACE = {"table": "vault", "column": "canary", "row": "1"}
# "cognito-ops" as a number: two consoles that start on one empty PostgreSQL database take turns
FIRST_START_LOCK = 0x636F676E69746F


def open_store(url: str | None = None, keys: KeyRing | None = None, *, create: bool = True) -> Store:
    """Open the database, making or migrating it as needed.

    `url` is an SQLAlchemy URL (SQLite or PostgreSQL), by default `default_database_url()`; `keys`
    by default those of `load_keys`. With `create` False a new database is refused with
    `NotConfigured`. Raises `StoreUnavailable`, `StoreDamaged`, `StoreTooNew`, `KeyMissing` or
    `WrongKey`; in each case the database is as it was.
    """
    at_default = url is None and not os.environ.get(URL_VARIABLE, "").strip()
    address = checked_url(url or default_database_url())
    found = inspect_database(address)
    if found.is_new:
        if not create:
            raise NotConfigured(
                "There is no database yet.", "Start the console once: python -m console serve"
            )
        _need_folder(address, make=at_default)
    ring = keys or load_keys(database_is_new=found.is_new)
    name = _name_of(address)
    # looked at once more: another process may have made it just now
    if found.is_new and name in ring.databases and inspect_database(address).is_new:
        raise StoreDamaged(
            f"The database {name} is empty or gone, though the key file {ring.file} says that it was made. "
            "Nothing was changed.",
            "Restore the database from a backup. To start afresh on purpose, take the line with its name "
            "out of the key file.",
        )
    vault = Vault(ring)
    found.prove(vault)
    database = Database(working_engine(address))
    try:
        _bring_up_to_date(database, vault, address)
    except BaseException:
        database.close()
        raise
    if ring.file is not None and name not in ring.databases:
        note_database(ring.file, name)
    return Store(database, vault, ring, address)


def _name_of(address: URL) -> str:
    """A database in one line, without a password: a file's whole path, or server and name."""
    path = sqlite_file(address)
    server = f"{address.host or 'localhost'}:{address.port or 5432}/{address.database}"
    name = server if path is None else str(path.absolute())
    return "".join(char if char.isprintable() else f"%{ord(char):02x}" for char in name)


@dataclass(frozen=True)
class FoundDatabase:
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


def inspect_database(address: URL) -> FoundDatabase:
    """What the database holds now, found without changing a byte of it. Raises `StoreError`s."""
    path = sqlite_file(address)
    if path is None:
        return _look_with(looking_engine(address))
    with file_errors_explained(path):
        if path.is_dir():
            raise StoreUnavailable(f"{path} is a folder, not a database.", "Change CONSOLE_DATABASE_URL.")
        if not path.exists() or path.stat().st_size == 0:
            return FoundDatabase("", "")
        _need_writable(path)
        if not _in_use(path):
            try:
                return _look_with(looking_engine(address, alone=True))
            except StoreError:
                if not _in_use(path):
                    raise
        # someone has it open, has just opened it, or was killed: then the log counts too
        return _look_with(looking_engine(address))


def look_at_copy(file: Path) -> FoundDatabase:
    """What a file holds that nobody has open, also where nothing can be written. Raises `StoreError`s."""
    return _look_with(looking_engine(checked_url(sqlite_url(file)), alone=True))


def _look_with(engine: Engine) -> FoundDatabase:
    try:
        with translated(), engine.connect() as connection:
            return _read_state(connection)
    finally:
        engine.dispose()


def _in_use(path: Path) -> bool:
    return any(path.with_name(path.name + end).exists() for end in ("-wal", "-journal"))


def _need_writable(path: Path) -> None:
    # asked of the system, not tried: closing a second handle would drop this process's locks
    effective = os.access in os.supports_effective_ids
    for place in (path, path.parent):
        if not os.access(place, os.W_OK, effective_ids=effective):
            raise StoreUnavailable(
                f"The console's database is read-only: {place} can't be written. Nothing was changed.",
                "Give the console's user the right to write the file and its folder.",
            )


def _read_state(connection: Connection) -> FoundDatabase:
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return FoundDatabase("", "")
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
    return FoundDatabase(revision, str(canary))


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


def _need_folder(address: URL, *, make: bool) -> None:
    path = sqlite_file(address)
    if path is None:
        return
    folder = path.parent
    with file_errors_explained(folder):
        if make:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        elif not folder.is_dir():
            raise StoreUnavailable(
                f"The folder {folder} for the console's database does not exist.",
                "Make the folder, or change CONSOLE_DATABASE_URL.",
            )


def _bring_up_to_date(database: Database, vault: Vault, address: URL) -> None:
    path = sqlite_file(address)
    if path is not None:
        # people's data stands in it: nobody else on the machine may read it
        with contextlib.suppress(FileExistsError), file_errors_explained(path):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _use_wal(database.engine, busy_seconds(address))
    # one transaction: after a kill there is either no table or all of them and the canary
    with database.write() as connection:
        if connection.dialect.name == "postgresql":
            # another process may be bringing it up to date, which may take long
            connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({FIRST_START_LOCK})")
        found = _read_state(connection)
        # another process may have been first, with another key
        found.prove(vault)
        found_columns = set() if found.is_new else _columns_of(connection, operators.name)
        is_proved = inspect(connection).has_table(activity_head.name)
        if found.revision != migrations.head():
            _migrate(connection)
        # only then: a chain that is begun anew because its head is gone would prove nothing
        if not is_proved:
            LogChain(database, vault).begin(connection)
        if operators.c.seal.name not in found_columns:
            Operators(database, vault).seal_all(connection)
        if found.is_new:
            canary = vault.seal(CANARY, **CANARY_PLACE)
            connection.execute(insert(vault_table).values(id=1, canary=canary, created_at=utc_now()))


def _columns_of(connection: Connection, table: str) -> set[str]:
    return {column["name"] for column in inspect(connection).get_columns(table)}


def _migrate(connection: Connection) -> None:
    try:
        migrations.upgrade(connection)
    except DBAPIError as error:
        if explain(error) is not None:
            raise
        raise StoreDamaged(
            "The database could not be brought up to date for this release. It is as it was.",
            "Start the release that was used before, and report this message.",
        ) from error


def _use_wal(engine: Engine, patience: float) -> None:
    """Switch the file to WAL, which stays; can't be done inside a transaction."""
    end = time.monotonic() + patience
    with translated(), contextlib.closing(engine.raw_connection()) as raw:
        while True:
            try:
                raw.cursor().execute("PRAGMA journal_mode=WAL")
                return
            except sqlite3.OperationalError as error:
                # SQLite doesn't wait here by itself when another process is just switching
                if "locked" not in str(error) or time.monotonic() > end:
                    raise
                time.sleep(0.02)
