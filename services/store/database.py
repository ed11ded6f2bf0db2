"""Short transactions on the database, with its errors in the console's words."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    BigInteger,
    Column,
    Connection,
    Engine,
    Row,
    Select,
    Table,
    cast,
    extract,
    func,
    text,
)
from sqlalchemy import exc as sa
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from services.errors import (
    ConsoleError,
    NameTaken,
    RecordNotFound,
    StoreDamaged,
    StoreError,
    StoreUnavailable,
)
from services.store.answers import Answers, question_of

WRITE, ALONE = "console_write", "console_alone"
"""What a connection is for: it changes something; it carries out one statement and needs no transaction."""
_TURN = text("SELECT pg_advisory_xact_lock(hashtext('cognito-ops-console'), hashtext(:turn))")
SERVER_MICROSECONDS = cast(extract("epoch", func.clock_timestamp()) * 1_000_000, BigInteger)
"""PostgreSQL's own clock, in microseconds since 1970: those of its clients may differ."""
# longer than one wait for another process, so that a single slow transaction fails nobody else
TURN_SECONDS = 30.0
BUSY_SECONDS = 10.0
# a server that is gone says nothing: without these a page would wait for it for minutes
CONNECT_SECONDS = 5
SILENT_SECONDS = 15


class Database:
    """Hands out one connection for one short transaction. May be used from many threads."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writing = engine.execution_options(**{WRITE: True})
        self._asking = engine.execution_options(**{ALONE: True})
        # SQLite takes one writer at a time: threads queue here, fairly, instead of polling its lock
        self._turn = threading.Lock() if engine.dialect.name == "sqlite" else None
        self._answers = Answers(engine) if engine.dialect.name == "sqlite" else None
        self._shared = threading.local()

    @contextlib.contextmanager
    def together(self, turn: str = "") -> Iterator[None]:
        """Everything that this thread reads and writes inside is one transaction: all of it or nothing.

        Of those that name the same `turn` one goes on at a time, in whichever process: what it read stays
        true until its end.
        """
        outer = getattr(self._shared, "connection", None)
        with self.write() as connection:
            self._shared.connection = connection
            # SQLite's writers take turns anyway
            if turn and connection.dialect.name == "postgresql":
                connection.execute(_TURN, {"turn": turn})
            try:
                yield
            finally:
                self._shared.connection = outer

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection for reading. Raises `StoreError`s."""
        shared = getattr(self._shared, "connection", None)
        if shared is not None:
            with translated():
                yield shared
            return
        with translated(), self.engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def ask(self) -> Iterator[Connection]:
        """A connection for reading with one statement, which needs no transaction round it.

        A page asks a few dozen times; beginning a transaction for each took a twentieth of its run.
        Raises `StoreError`s.
        """
        if getattr(self._shared, "connection", None) is not None:
            with self.read() as connection:
                yield connection
            return
        with translated(), self._asking.connect() as connection:
            yield connection

    def answer(
        self, query: Select[Any], values: Mapping[str, Any] | None = None, *, first: bool = False
    ) -> Sequence[Row[Any]]:
        """All rows of a query, or only the first. Raises `StoreError`s.

        SQLite is asked again only when something was written since. Callers share the rows: nobody may change
        what is in them.
        """

        def ask() -> Sequence[Row[Any]]:
            with self.ask() as connection:
                rows = connection.execute(query, values)
                return rows.fetchmany(1) if first else rows.all()

        if self._answers is None or getattr(self._shared, "connection", None) is not None:
            return ask()
        question = question_of(query, values)
        if question is None:
            return ask()
        with translated():
            return self._answers.get((first, question), ask)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A connection that reads everything as it is now, however long that takes and whoever writes."""
        engine = self.engine
        if engine.dialect.name == "postgresql":
            engine = engine.execution_options(isolation_level="REPEATABLE READ")
        with translated(), engine.connect() as connection:
            yield connection

    @contextlib.contextmanager
    def write(self, taken: str = "") -> Iterator[Connection]:
        """One transaction, committed at the end and rolled back on any error.

        `taken` is what to say when a name that must be unique is in use. Raises `NameTaken`,
        other `StoreError`s; nothing was changed then. Must not be nested in one thread, but may
        stand inside `together`.
        """
        shared = getattr(self._shared, "connection", None)
        if shared is not None:
            with translated(taken):
                yield shared
            return
        with self._my_turn(), translated(taken), self._writing.begin() as connection:
            yield connection

    @contextlib.contextmanager
    def _my_turn(self) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=TURN_SECONDS):
            raise _too_busy()
        try:
            yield
        finally:
            self._turn.release()

    def close(self) -> None:
        """Close every idle connection."""
        if self._answers is not None:
            self._answers.close()
        self.engine.dispose()


@contextlib.contextmanager
def translated(taken: str = "") -> Iterator[None]:
    """Turn the database's errors into `StoreError`s; programming errors pass as they are."""
    try:
        yield
    except sa.IntegrityError as error:
        raise _integrity(error, taken) from error
    except sa.TimeoutError as error:
        raise _too_busy() from error
    except (sa.DBAPIError, sqlite3.Error) as error:
        known = explain(error)
        if known is None:
            raise
        raise known from error


def sqlite_file(address: URL) -> Path | None:
    """The file of a SQLite database, or None for a server."""
    return Path(str(address.database)) if address.get_backend_name() == "sqlite" else None


def busy_seconds(address: URL) -> float:
    """How long to wait for another process's transaction; `?timeout=` in the URL changes it."""
    return float(str(address.query.get("timeout", BUSY_SECONDS)))


def patient(address: URL) -> URL:
    """The address of a server with how long it is waited for, where it doesn't say so itself: until it takes
    a connection, until it shows life, and for what others have locked (`busy_seconds`)."""
    waits = {
        "connect_timeout": str(CONNECT_SECONDS),
        "tcp_user_timeout": str(SILENT_SECONDS * 1000),
        "keepalives_idle": str(SILENT_SECONDS),
        "keepalives_interval": "5",
        "keepalives_count": "3",
    }
    given = address.query.get("options", "")
    locks = f"-c lock_timeout={round(busy_seconds(address) * 1000)}"
    told = {**waits, **address.query, "options": f"{locks} {given}".strip()}
    told.pop("timeout", None)
    return address.set(query=told)


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; where the primary key is there already, replace the other columns given."""
    insert = insert_of(connection.dialect.name)
    keys = [column.name for column in table.primary_key]
    query = insert(table)
    replaced = {name: query.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(query.on_conflict_do_update(index_elements=keys, set_=replaced), list(rows))


def insert_unless_there(
    connection: Connection, table: Table, column: Column[Any], row: Mapping[str, Any]
) -> bool:
    """Insert a row unless one with its value in this unique column is there; whether it was inserted."""
    insert = insert_of(connection.dialect.name)
    query = insert(table).values(row).on_conflict_do_nothing(index_elements=[column.name])
    return connection.execute(query.returning(column)).first() is not None


def insert_of(dialect: str) -> Callable[[Table], Any]:
    """INSERT in the words of this kind of database: it can say what to do where a row is there."""
    if dialect == "sqlite":
        return sqlite_insert
    from sqlalchemy.dialects.postgresql import insert  # noqa: PLC0415 - PostgreSQL's types are many

    return insert


def _unavailable(cause: str, effect: str, next_step: str) -> StoreUnavailable:
    """`cause` and `effect` are sentences; a job that waits for the database says the cause only."""
    error = StoreUnavailable(f"{cause} {effect}", next_step)
    error.cause = cause
    return error


_UNCHANGED, _UNSAVED = "Nothing was changed.", "This change was not saved."


def _too_busy() -> StoreUnavailable:
    return _unavailable(
        "The console's database is too busy: the turn didn't come in time.",
        _UNCHANGED,
        "Try again in a moment.",
    )


def _integrity(error: sa.IntegrityError, taken: str) -> ConsoleError:
    text = str(error.orig).lower()
    if "foreign key" in text:
        return RecordNotFound(
            "Another record that belongs to this one is gone, or still needs it. Nothing was changed.",
            "Refresh the page and look again.",
        )
    if "unique" in text:
        return NameTaken(taken or "The name is in use. Nothing was changed.", "Choose another name.")
    return StoreError("The database refused the values. Nothing was changed.")


_LOCKED = ("database is locked", "database table is locked", "lock timeout", "deadlock detected")
_READ_ONLY = ("readonly database", "read-only transaction", "read only")
_FULL = ("database or disk is full", "no space left", "could not extend file")
_DAMAGED = ("malformed", "not a database", "invalid page in block", "database corruption")


def explain(error: sa.DBAPIError | sqlite3.Error) -> StoreError | None:
    """The `StoreError` for what the database said, or None when it is an error in our own code."""
    # SQLAlchemy wraps what the driver raised, except while a connection is being set up
    cause = error.orig if isinstance(error, sa.DBAPIError) else error
    said = str(cause).lower()
    if any(words in said for words in _DAMAGED):
        return StoreDamaged(
            "The console's database is damaged: a part of it can't be read. Nothing was written to it.",
            "Stop the console and restore the database from a backup.",
        )
    if any(words in said for words in _LOCKED):
        return _unavailable(
            "The console's database is locked by another program.",
            _UNCHANGED,
            "Try again in a moment; close other programs that have the database open.",
        )
    if any(words in said for words in _READ_ONLY):
        return _unavailable(
            "The console's database is read-only: its file or folder can't be written.",
            _UNCHANGED,
            "Give the console's user the right to write the file and its folder.",
        )
    if any(words in said for words in _FULL):
        return _unavailable(
            "The disk with the console's database is full.",
            _UNSAVED,
            "Free some space, then try again.",
        )
    if isinstance(cause, sqlite3.OperationalError):
        return _sqlite_unavailable(said)
    if isinstance(error, sa.OperationalError) or getattr(error, "connection_invalidated", False):
        return _unavailable(
            "The console's database doesn't answer.",
            _UNSAVED,
            "See that the database server runs and that CONSOLE_DATABASE_URL is right.",
        )
    return None


def _sqlite_unavailable(said: str) -> StoreError | None:
    if "unable to open" in said:
        return StoreUnavailable(
            "The console's database can't be opened: its folder is missing, or may not be entered.",
            "See that the folder is there and belongs to the console's user, or change CONSOLE_DATABASE_URL.",
        )
    if "disk i/o error" in said:
        return _unavailable(
            "The disk with the console's database refuses to read or write.",
            _UNSAVED,
            "Look at the disk: is it full, over a quota, or failing?",
        )
    return None
