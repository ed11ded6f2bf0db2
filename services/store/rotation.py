"""Changing the encryption key: every sealed value is encrypted anew, all or none.

The order makes it safe to be killed at any moment: the key file first gets the new key in front
of the old one, then one transaction encrypts everything anew, then the old key leaves the file.
At each point the keys in the file open the database as it is.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, bindparam, select, text, tuple_, update

from services.errors import InvalidValue, SealBroken, StoreUnavailable
from services.store.columns import Sealed, metadata, utc_now
from services.store.database import WRITE, sqlite_file, translated
from services.store.engine import lonely_engine, working_engine
from services.store.schema import vault
from services.store.store import Store
from services.store.vault import APP, KeyRing, Vault, new_key, read_key_file, write_key_file

BATCH = 500


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation did: values encrypted anew, and the places of those that no key opens."""

    values: int
    unreadable: tuple[str, ...] = ()
    resumed: bool = False


def rotate(store: Store, new_keys: KeyRing) -> Rotated:
    """Encrypt every sealed value with the first of `new_keys`, in one transaction.

    Values that none of the store's keys opens stay as they are and are reported. Raises
    `StoreUnavailable`, with nothing changed, while another process or thread uses the database.
    """
    with alone(store) as connection:
        done = _reseal(connection, Vault(store.keys), Vault(new_keys))
    _adopt(store, new_keys)
    return done


def rotate_key_file(store: Store, *, keep_old: bool = False) -> Rotated:
    """Make a new key, encrypt everything with it, and drop the old ones from the store's key file.

    A rotation that was interrupted is finished first, and that is all then. `keep_old` leaves the
    old keys behind the new one, for other databases of the same file. Raises `InvalidValue` when
    the keys come from the environment, `StoreUnavailable` when the database is in use.
    """
    file = store.keys.file
    if file is None:
        raise InvalidValue(
            "The keys come from CONSOLE_ENCRYPTION_KEYS, which the console can't change.",
            "Put a new key in front of the old one there, separated by a comma, and rotate again.",
        )
    with alone(store) as connection:
        old = read_key_file(file)
        # more than one: a rotation stopped after its first step, or someone put a new key in front
        resumed = len(old.keys) > 1 and not keep_old
        both = old if resumed else KeyRing((new_key(), *old.keys), file)
        if not resumed:
            write_key_file(file, both.keys)
        done = _reseal(connection, Vault(both), Vault(both))
        _settle(connection)
        _adopt(store, both)
        if not keep_old:
            _drop_old_keys(store, file)
    return Rotated(done.values, done.unreadable, resumed)


@contextlib.contextmanager
def alone(store: Store) -> Iterator[Connection]:
    """A connection while no other process or thread has the database open.

    A console that runs on would go on encrypting with a key that is about to be dropped. Raises
    `StoreUnavailable` when someone else has the database open.
    """
    store.database.close()
    if sqlite_file(store.address) is None:
        engine = working_engine(store.address)
    else:
        engine = lonely_engine(store.address)
    try:
        with translated(), engine.execution_options(**{WRITE: True}).connect() as connection:
            _require_alone(connection)
            yield connection
    finally:
        engine.dispose()


def _require_alone(connection: Connection) -> None:
    in_use = StoreUnavailable(
        "The database is in use, so its key can't be changed now. Nothing was changed.",
        "Stop the console (every process of it) and try again.",
    )
    if connection.dialect.name == "sqlite":
        try:
            with translated():
                # with locking_mode=EXCLUSIVE the first lock is given up only when the connection closes
                connection.begin().rollback()
        except StoreUnavailable as error:
            raise (in_use if "locked" in error.message else error) from None
        return
    others = connection.scalar(
        text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name = :name AND pid <> pg_backend_pid()"
        ),
        {"name": APP},
    )
    connection.rollback()
    if others:
        raise in_use


def _reseal(connection: Connection, old: Vault, new: Vault) -> Rotated:
    values = 0
    unreadable: list[str] = []
    with connection.begin():
        if connection.dialect.name == "postgresql":
            # a console that starts now waits a moment for the new canary, or is told that it has to
            connection.execute(text("LOCK TABLE vault IN ACCESS EXCLUSIVE MODE"))
        for sealed in sealed_tables():
            for batch in _batches(connection, sealed):
                values += _reseal_batch(connection, sealed, batch, (old, new), unreadable)
        connection.execute(update(vault).values(rotated_at=utc_now()))
    return Rotated(values, tuple(unreadable))


def _batches(connection: Connection, sealed: SealedTable) -> Iterator[list[Mapping[str, Any]]]:
    keys = [sealed.table.c[name] for name in sealed.keys]
    query = select(*keys, *(sealed.table.c[name] for name in sealed.columns)).order_by(*keys)
    query = query.limit(sealed.table.info.get("rotated_at_once", BATCH))
    batch = list(connection.execute(query).mappings())
    while batch:
        yield [dict(row) for row in batch]
        last = tuple(batch[-1][name] for name in sealed.keys)
        batch = list(connection.execute(query.where(tuple_(*keys) > last)).mappings())


def _reseal_batch(
    connection: Connection,
    sealed: SealedTable,
    batch: list[Mapping[str, Any]],
    vaults: tuple[Vault, Vault],
    unreadable: list[str],
) -> int:
    old, new = vaults
    number = 0
    rows = []
    for row in batch:
        changed = {f"at_{name}": row[name] for name in sealed.keys} | {
            name: row[name] for name in sealed.columns
        }
        place = {"table": sealed.table.name, "row": sealed.row_address(row)}
        for column in sealed.columns:
            if row[column] is None:
                continue
            try:
                changed[column] = old.reseal(row[column], new, column=column, **place)
            except SealBroken:
                unreadable.append(f"{place['table']}.{column} of {place['row']}")
                continue
            number += 1
        rows.append(changed)
    matches = [sealed.table.c[name] == bindparam(f"at_{name}") for name in sealed.keys]
    query = update(sealed.table).where(*matches).values({name: bindparam(name) for name in sealed.columns})
    connection.execute(query, rows)
    return number


def _settle(connection: Connection) -> None:
    """Empty SQLite's log, which still holds values under the old key, before that key is dropped."""
    if connection.dialect.name == "sqlite":
        connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _drop_old_keys(store: Store, file: Path) -> None:
    kept = KeyRing(store.keys.keys[:1], file)
    try:
        write_key_file(file, kept.keys)
    except StoreUnavailable as error:
        raise StoreUnavailable(
            f"Everything is encrypted with the new key, but the old one could not be taken out of {file}.",
            f"See why the file can't be written, then rotate again to finish. ({error.message})",
        ) from None
    _adopt(store, kept)


def _adopt(store: Store, keys: KeyRing) -> None:
    store.keys = keys
    store.vault.use(keys)


@dataclass(frozen=True)
class SealedTable:
    """A table with sealed columns, as rotation walks it."""

    table: Table
    columns: tuple[str, ...]
    keys: tuple[str, ...]

    def row_address(self, row: Mapping[str, Any]) -> str:
        """The `row` part of the address under which this row's values are sealed."""
        return "/".join(str(row[key]) for key in self.keys)


def sealed_tables() -> tuple[SealedTable, ...]:
    """Every table that holds sealed values; a row's address is its primary key joined by "/"."""
    found = []
    for table in metadata.sorted_tables:
        columns = tuple(column.name for column in table.columns if isinstance(column.type, Sealed))
        if columns:
            found.append(SealedTable(table, columns, tuple(key.name for key in table.primary_key)))
    return tuple(found)
