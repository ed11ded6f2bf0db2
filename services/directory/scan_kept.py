"""What stopped readings have read, sealed in the store, for whichever process goes on with them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from datetime import timedelta

import pyarrow as pa

from services.directory.scan import ScanSoFar
from services.directory.snapshot_task import BegunSnapshot
from services.store.store import Store

KEPT_FOR = timedelta(hours=24)
"""What a stopped reading has read is worth going on with for so long."""
MOST_BYTES = 64 * 1024 * 1024
"""So much of it is kept, about a million people; of more only the process that read it goes on."""
_KIND, _ALL = "stopped reading", "every process"


def keep(store: Store, pool_key: str, begun: BegunSnapshot) -> bool:
    """Keep what was read of a pool in the place of what was kept; False where it is too much.

    Raises as the store.
    """
    read = begun.read
    people, memberships = _packed(read.people), _packed(read.memberships)
    if len(people) + len(memberships) > MOST_BYTES:
        forget(store, pool_key)
        return False
    told = {
        "pool_name": read.pool_name,
        "share": read.share,
        "place": read.place,
        "people": b64encode(people).decode(),
        "memberships": b64encode(memberships).decode(),
        "snapshot": begun.snapshot_id,
    }
    store.tickets.keep(_KIND, pool_key, told, _ALL, KEPT_FOR)
    return True


def kept(store: Store, pool_key: str) -> BegunSnapshot | None:
    """What is kept of a pool; None when there is nothing (any more)."""
    told = store.tickets.kept(_KIND, pool_key, _ALL)
    if told is None:
        return None
    tables = (_unpacked(b64decode(told[name])) for name in ("people", "memberships"))
    read = ScanSoFar(told["pool_name"], told["share"], told["place"], *tables)
    return BegunSnapshot(read, told["snapshot"])


def forget(store: Store, pool_key: str) -> None:
    """Keep nothing of a pool any longer."""
    store.tickets.take(_KIND, pool_key, _ALL)


def _packed(table: pa.Table) -> bytes:
    """A table with its types as they are, compressed."""
    made = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(made, table.schema, options=options) as stream:
        stream.write_table(table.combine_chunks())
    return bytes(made.getvalue().to_pybytes())


def _unpacked(data: bytes) -> pa.Table:
    with pa.ipc.open_stream(data) as stream:
        return stream.read_all()
