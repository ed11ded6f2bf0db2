"""The snapshots that the console keeps: saving, opening, the newest of a pool, and throwing old ones away.

    snapshots = Snapshots(store)
    pool = snapshots.now(gateway.pool_key)   # None: nobody has taken one yet

Each is three Parquet files, sealed by the vault in the database. What was opened lately stays in
memory, shared by everybody in the process.
"""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Generic, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from services.directory.folding import one_array
from services.directory.invitations import InvitationLog
from services.directory.local_changes import FollowedTables, admit_gap, local_changes
from services.directory.logged_changes import logged_since
from services.directory.plain_data import from_plain, to_plain
from services.directory.pool import BATCH_ROWS, PoolTables
from services.directory.scan_listing import CHUNK_ROWS
from services.directory.snapshot import PERSON_COLUMNS, Snapshot, SnapshotAbout
from services.directory.snapshot_rows import group_table
from services.directory.value_codes import LoadedMemberships, rows_of
from services.errors import RecordNotFound
from services.processors import on_all
from services.retention import Retention
from services.roles import Actor, ActorSource, Permission
from services.store.activity import NewActivity
from services.store.columns import new_id, utc_now
from services.store.snapshots import NewSnapshot
from services.store.snapshots import SnapshotLine as SnapshotLine
from services.store.store import Store
from services.words import minute

ROW = "row"
"""The column of kept memberships that says whose they are, as a place in `users`; null for strangers."""
_REPEATED_BYTES = 4
MEMORY_BYTES = 1_500_000_000
"""Opened snapshots are kept up to this size altogether; at least the newest one always is."""


class Snapshots:
    """All snapshots of a store. Cheap to make; safe between threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._records = store.snapshots

    def save(self, snapshot: Snapshot, *, instead_of: str = "") -> SnapshotLine:
        """Keep a snapshot, then throw away those of its pool that the setting doesn't keep.

        `instead_of` names one that lacked something and that this one takes the place of.
        """
        about = snapshot.about
        line = self._records.add(
            NewSnapshot(
                id=about.id,
                pool_key=about.pool_key,
                pool_name=about.pool_name,
                operator_id=about.operator_id,
                operator_name=about.operator_name,
                origin=about.origin,
                taken_at=about.taken_at,
                finished_at=about.finished_at,
                complete=about.completeness.complete,
                users=snapshot.users.num_rows,
                groups=snapshot.groups.num_rows,
                memberships=snapshot.memberships.num_rows,
                about=to_plain(about),
            ),
            {
                "users": _parquet(snapshot.users),
                "groups": _parquet(snapshot.groups),
                "memberships": _parquet(_numbered(snapshot)),
            },
        )
        if instead_of and instead_of not in self._records.needed():
            self._records.delete([instead_of])
            _OPENED.drop(instead_of)
        self.tidy(about.pool_key)
        return line

    def keep(self, pool: PoolTables, actor: Actor) -> PoolTables:
        """Keep what was read whole for a page, as it is now, so that something can stand on it."""
        about = replace(pool.about, id=new_id(), operator_id=actor.operator_id, operator_name=actor.name)
        memberships = pool.arrow('SELECT sub, "group" FROM memberships ORDER BY row, "group"')
        self.save(Snapshot(about, pool.users(pool.everybody()), group_table(pool.groups()), memberships))
        return self.tables(about.id)

    def newest_line(self, pool_key: str) -> SnapshotLine | None:
        """The newest snapshot's line, without its tables."""
        return self._records.newest(pool_key)

    def list(self, pool_key: str = "") -> tuple[SnapshotLine, ...]:
        """The snapshots of a pool (of all pools with ""), newest first."""
        return self._records.list(pool_key)

    def about(self, id: str) -> SnapshotAbout:
        """Where a snapshot comes from and whether it is complete, without its tables. Raises as `tables`."""
        return from_plain(SnapshotAbout, self._records.about(id))

    def tables(self, id: str) -> PoolTables:
        """A snapshot as it was taken. Raises `RecordNotFound`, and `SealBroken` when it was altered."""
        self._records.get(id)  # deleted, perhaps by another process
        with _OPENED.opening(id):
            found = _OPENED.get(id)
            if found is None:
                found = self._load(id)
                _OPENED.put(id, found)
            return self._as_set_up(found)

    def now(self, pool_key: str) -> PoolTables | None:
        """The newest snapshot's tables with the changes made in this console since, or None.

        What pages search and show. They are the same tables as long as no newer snapshot is there;
        `PoolTables.changed` holds the subs of the people who differ from it. Raises as `tables`.
        """
        while (line := self._records.newest(pool_key)) is not None:
            with _FOLLOWED.opening(pool_key):
                kept = _FOLLOWED.get(pool_key)
                shown = kept.current() if kept is not None and kept.pool.about.id == line.id else None
                if shown is None:
                    _FOLLOWED.drop(pool_key)  # before the next one takes as much memory
                    try:
                        kept = self._follow(line.id, pool_key)
                    except RecordNotFound:
                        continue  # deleted meanwhile
                    _FOLLOWED.put(pool_key, kept)
                    shown = kept.pool
                return self._as_set_up(shown)
        return None

    def is_open(self, pool_key: str, id: str) -> bool:
        """Whether the tables of this snapshot, the newest one, are in memory: `now` has nothing to open."""
        kept = _FOLLOWED.get(pool_key)
        return kept is not None and kept.pool.about.id == id

    def _as_set_up(self, pool: PoolTables) -> PoolTables:
        """With what isn't the pool's own but set up here, as it is now."""
        return pool.in_country(self._store.pools.phone_region(pool.about.pool.id))

    def young(self, pool_key: str, oldest: timedelta) -> PoolTables | None:
        """`now`, if it is complete and was read at most so long ago; else None."""
        line = self.newest_line(pool_key)
        if not oldest or line is None or not line.complete or utc_now() - line.taken_at > oldest:
            return None
        tables = self.now(pool_key)
        return tables if tables is not None and tables.completeness.complete else None

    def _follow(self, id: str, pool_key: str) -> FollowedTables:
        pool = self._load(id)
        told, lacking = logged_since(self._store, pool.about)
        if lacking:
            admit_gap(pool)
        self._invitations(pool.about).tell(pool)
        return FollowedTables(pool, local_changes(pool_key), told)

    @on_all()  # Arrow's threads, which it starts at the first file, decode without Python
    def _load(self, id: str) -> PoolTables:
        """Read the files into tables, a piece at a time."""
        about = self.about(id)
        groups = pq.ParquetFile(self._file(id, "groups")).read()
        users = _parquet_file(self._file(id, "users"))
        members = self._members(id, users, groups["name"].to_pylist())
        pa.default_memory_pool().release_unused()  # before the tables take the memory that this took
        attributes = [name for name in users.schema_arrow.names if name not in PERSON_COLUMNS]
        made = PoolTables(about, users.iter_batches(BATCH_ROWS), groups, members, attributes=attributes)
        self._invitations(about).tell(made, until=about.finished_at)
        return made

    def _invitations(self, about: SnapshotAbout) -> InvitationLog:
        return InvitationLog(self._store, about.pool.id, about.pool_name)

    def _members(self, id: str, users: pq.ParquetFile, groups: Sequence[str]) -> LoadedMemberships:
        file = pq.ParquetFile(self._file(id, "memberships"), read_dictionary=["group"])
        if ROW in file.schema_arrow.names:
            table = file.read([ROW, "group"])
            rows = table[ROW]
        else:  # kept by an earlier release
            table = file.read(["sub", "group"])
            rows = rows_of(table, one_array(users.read(["sub"])["sub"]))
        return LoadedMemberships(rows, table["group"], users.metadata.num_rows, groups)

    def _file(self, id: str, name: str) -> io.BytesIO:
        return io.BytesIO(self._records.part(id, name))

    def delete(self, id: str, who: ActorSource) -> None:
        """Throw a snapshot away, and log who did. Raises `RecordNotFound`, `NotPermitted`."""
        actor = who()
        actor.require(Permission.CONFIGURE)
        line = self._records.get(id)
        with self._store.together():
            self._records.delete([id])
            self._store.activity.record(
                NewActivity(
                    actor,
                    "delete_snapshot",
                    pool=line.pool_name,
                    target_kind="snapshot",
                    target_id=id,
                    target_name=f"{line.pool_name}, {minute(line.taken_at)}",
                    before={"users": line.users, "groups": line.groups, "memberships": line.memberships},
                )
            )
        _OPENED.drop(id)

    def tidy(self, pool_key: str) -> int:
        """Throw away the snapshots of a pool that the setting doesn't keep; how many those were."""
        lines = self._records.list(pool_key)
        kept = Retention.read(self._store)
        gone = [line.id for line in expired(lines, kept, utc_now(), self._records.needed())]
        for id in gone:
            _OPENED.drop(id)
        return self._records.delete(gone)


def expired(
    lines: Sequence[SnapshotLine], kept: Retention, now: datetime, needed: Collection[str] = ()
) -> list[SnapshotLine]:
    """Those of `lines` (newest first) to throw away; never the newest of a pool, nor one of `needed`."""
    oldest = now - timedelta(days=kept.snapshot_days)
    gone = []
    for _, same_pool in groupby(
        sorted(lines, key=lambda line: line.pool_key), key=lambda line: line.pool_key
    ):
        newest_first = sorted(same_pool, key=lambda line: (line.taken_at, line.id), reverse=True)
        gone += [
            line
            for rank, line in enumerate(newest_first)
            if rank and (rank >= kept.snapshots or line.taken_at < oldest) and line.id not in needed
        ]
    return gone


K = TypeVar("K", bound="PoolTables | FollowedTables")


class _Kept(Generic[K]):
    """Tables used last, by a name each; the sum of them is bounded. Safe between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._openings: dict[str, threading.Lock] = {}
        self._kept: OrderedDict[str, K] = OrderedDict()

    def opening(self, name: str) -> threading.Lock:
        """What is held while one is opened, so that nobody opens it twice."""
        with self._lock:
            return self._openings.setdefault(name, threading.Lock())

    def get(self, name: str) -> K | None:
        with self._lock:
            found = self._kept.get(name)
            if found is not None:
                self._kept.move_to_end(name)
            return found

    def put(self, name: str, value: K) -> None:
        with self._lock:
            self._kept[name] = value
            self._kept.move_to_end(name)
            while len(self._kept) > 1 and sum(value.nbytes for value in self._kept.values()) > MEMORY_BYTES:
                self._kept.popitem(last=False)

    def drop(self, name: str) -> None:
        with self._lock:
            self._kept.pop(name, None)

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()


_OPENED: _Kept[PoolTables] = _Kept()
_FOLLOWED: _Kept[FollowedTables] = _Kept()


def forget_opened() -> None:
    """Drop every opened snapshot from memory (a test begins)."""
    _OPENED.clear()
    _FOLLOWED.clear()


def _numbered(snapshot: Snapshot) -> pa.Table:
    """The memberships by whose they are; to find that out is most of the work of opening a snapshot."""
    subs = one_array(snapshot.users["sub"])
    rows = rows_of(snapshot.memberships, subs)
    return pa.table({ROW: rows, "group": snapshot.memberships["group"]}).sort_by(ROW)


def _parquet_file(source: io.BytesIO) -> pq.ParquetFile:
    """A file whose texts are read with each different one once, where so few bytes say that they repeat."""
    file = pq.ParquetFile(source)
    if not file.num_row_groups:
        return file
    group = file.metadata.row_group(0)
    columns = [group.column(at) for at in range(group.num_columns)]
    repeated = [
        column.path_in_schema
        for column in columns
        if column.physical_type == "BYTE_ARRAY"
        and column.path_in_schema not in PERSON_COLUMNS
        and column.total_uncompressed_size < _REPEATED_BYTES * group.num_rows
    ]
    return pq.ParquetFile(source, read_dictionary=repeated)


def _parquet(table: pa.Table) -> bytes:
    made = io.BytesIO()
    options: dict[str, Any] = {"compression": "zstd", "row_group_size": CHUNK_ROWS}
    if ROW in table.column_names:
        others = [name for name in table.column_names if name != ROW]
        options |= {"use_dictionary": others, "column_encoding": {ROW: "DELTA_BINARY_PACKED"}}
    pq.write_table(table, made, **options)
    return made.getvalue()
