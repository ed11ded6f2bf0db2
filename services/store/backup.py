"""A copy of the database while the console runs, and putting one back while it doesn't.

The copy is one SQLite file, consistent as of one moment, with everything sealed as it is: the key is kept
apart from it. A PostgreSQL database has tools of its own for both.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import URL

from services.errors import InvalidValue, StoreDamaged, StoreError, StoreUnavailable
from services.roles import ActorSource
from services.store import migrations
from services.store.activity import NewActivity
from services.store.columns import utc_now
from services.store.database import WRITE, sqlite_file, translated
from services.store.engine import (
    FoundDatabase,
    checked_url,
    default_database_url,
    file_errors_explained,
    lonely_engine,
    look_at_copy,
    open_store,
    sqlite_url,
)
from services.store.jobs import JobControl, JobState
from services.store.store import Store
from services.store.vault import KeyRing, Vault, load_keys

_UNDER_WAY = (JobState.QUEUED, JobState.RUNNING, JobState.STOPPING)


@dataclass(frozen=True, slots=True)
class Copied:
    """A copy of the database, or one put back: how large it is, its version, what became of the old one."""

    bytes: int
    version: str
    moved_away: Path | None = None
    paused: int = 0


def back_up(store: Store, file: Path, who: ActorSource) -> Copied:
    """Copy the database into a new file that only its owner can read; writers go on meanwhile.

    Raises `InvalidValue` when the file is there already, `StoreUnavailable` for PostgreSQL and when it can't
    be written.
    """
    source = _sqlite_only(
        store.address,
        "Run: pg_dump --format=custom --file FILE {database}",
        "(the console may run). Keep the encryption key apart from the copy.",
    )
    line = NewActivity(who(), "back_up", target_kind="database", target_name=file.name)
    with store.activity.audited(line) as done:
        with _draft_of(file) as draft:
            _copy(source, draft)
            found = look_at_copy(draft)
            _link(draft, file)
        copied = Copied(file.stat().st_size, found.revision)
        done.after = {"bytes": copied.bytes, "version": copied.version}
    return copied


def restore(
    file: Path,
    who: ActorSource,
    *,
    url: str | None = None,
    keys: KeyRing | None = None,
    replace: bool = False,
) -> Copied:
    """Put a copy in the place of the console's database, and end every session and pause every job in it.

    A database that is there is moved aside, not erased, and only with `replace`. Raises `InvalidValue`,
    `WrongKey`, `StoreTooNew`, `StoreDamaged`, or `StoreUnavailable` while a console runs; all is as it was.
    """
    address = checked_url(url or default_database_url())
    target = _sqlite_only(
        address,
        "Stop the console and run: pg_restore --clean --if-exists --single-transaction "
        "--dbname {database} FILE",
        "Then run: python -m console restore --settle FILE",
    )
    found = _proved(file, keys)
    if target.exists() and target.stat().st_size and not replace:
        raise InvalidValue(
            f"There is a database at {target}. Nothing was changed.",
            "With --replace it is moved aside and the backup takes its place.",
        )
    moved = None
    with file_errors_explained(target), _draft_of(target) as draft:
        _copy(file, draft)
        if target.exists():
            _need_alone(address)
            moved = target.with_name(f"{target.name}.before-restore-{utc_now():%Y%m%d-%H%M%S}")
            target.replace(moved)
        _link(draft, target)
    with open_store(sqlite_url(target), keys) as store:
        paused = settle(store, who, file.name)
    return Copied(target.stat().st_size, found.revision, moved, paused)


def settle(store: Store, who: ActorSource, name: str) -> int:
    """End every session and pause every job of a database that was put back; how many jobs those were.

    `name` is the copy's, for the log. `restore` does it by itself; after `pg_restore` it is asked for.
    """
    paused = _end_what_was_under_way(store)
    facts = {"version": migrations.head(), "jobs paused": paused}
    line = NewActivity(who(), "restore", target_kind="database", target_name=name)
    store.activity.record(line, after=facts)
    return paused


def _sqlite_only(address: URL, command: str, next_step: str) -> Path:
    path = sqlite_file(address)
    if path is None:
        place = (address.host, address.port, address.database, address.query)
        said = URL.create("postgresql", address.username, None, *place).render_as_string()
        raise StoreUnavailable(
            "PostgreSQL has tools of its own for that. Nothing was done.",
            f"{command.format(database=said)} {next_step}",
        )
    return path


def _proved(file: Path, keys: KeyRing | None) -> FoundDatabase:
    """What the copy holds. Raises unless it is one of this release or an earlier one, and of these keys."""
    if not file.is_file() or not file.stat().st_size:
        raise InvalidValue(
            f"{file} is no backup: there is no such file, or it is empty. Nothing was changed."
        )
    try:
        found = look_at_copy(file)
    except StoreDamaged:
        raise StoreDamaged(
            f"{file} is no backup, or a damaged one: it can't be read. Nothing was changed.",
            "Name another backup.",
        ) from None
    found.prove(Vault(keys or load_keys(database_is_new=False)))
    return found


def _need_alone(address: URL) -> None:
    """Raise `StoreUnavailable` while any other process has the database open."""
    engine = lonely_engine(address)
    try:
        with translated(), engine.execution_options(**{WRITE: True}).connect() as connection:
            # with locking_mode=EXCLUSIVE the first lock needs everybody else to be gone
            connection.begin().rollback()
    except StoreDamaged:
        # that is why it is replaced
        return
    except StoreError as error:
        if "locked" not in error.message:
            raise
        raise StoreUnavailable(
            "The database is in use, so a backup can't take its place now. Nothing was changed.",
            "Stop the console (every process of it) and try again.",
        ) from None
    finally:
        engine.dispose()


def _copy(source: Path, target: Path) -> None:
    name = f"file:{quote(str(source.absolute()))}?mode=ro"
    with (
        translated(),
        contextlib.closing(sqlite3.connect(name, uri=True)) as old,
        contextlib.closing(sqlite3.connect(target)) as new,
    ):
        # all in one step: with several each change made meanwhile would begin it anew
        old.backup(new)
        # one file, with nothing beside it
        new.execute("PRAGMA journal_mode=DELETE")
        if new.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
            raise StoreDamaged(
                f"{source} is damaged: it was not copied.", "Keep it, and look for an earlier backup."
            )


@contextlib.contextmanager
def _draft_of(file: Path) -> Iterator[Path]:
    """An empty file beside `file` that only its owner can read, gone afterwards. Raises `InvalidValue`."""
    if not file.parent.is_dir():
        raise InvalidValue(
            f"There is no folder {file.parent}. Nothing was changed.", "Make it, or name another."
        )
    draft = file.with_name(f".{file.name}.{secrets.token_hex(6)}.draft")
    with file_errors_explained(file):
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _link(draft: Path, file: Path) -> None:
    """Give the finished draft its name, durably; a file that is there is never replaced."""
    handle = os.open(draft, os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    try:
        os.link(draft, file)
    except FileExistsError:
        raise InvalidValue(f"{file} is there already; nothing was changed.", "Name a new file.") from None


def _end_what_was_under_way(store: Store) -> int:
    """End what was under way when the copy was made: sessions, one-time links, jobs. How many jobs."""
    for operator in store.operators.list():
        store.sessions.revoke_operator(operator.id)
    store.tickets.forget()
    under_way = store.jobs.list(states=_UNDER_WAY, limit=100_000)
    for job in under_way:
        store.jobs.update(
            job.id,
            state=str(JobState.PAUSED),
            control=str(JobControl.PAUSE),
            lease_owner="",
            lease_until=None,
        )
    return len(under_way)
