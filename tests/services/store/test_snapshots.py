"""Snapshots at rest come back as they were kept, and open nowhere else."""

from datetime import UTC, datetime, timedelta

import pytest

from services.errors import RecordNotFound, SealBroken
from services.store.columns import new_id
from services.store.records import PIECE
from services.store.rotation import rotate
from services.store.snapshots import NewSnapshot
from services.store.vault import KeyRing, new_key

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
PARTS = {"users": bytes(range(256)) * (PIECE // 200), "groups": b"g"}


def new(**values):
    given = {
        "id": new_id(),
        "pool_key": "|eu-west-1|p1",
        "pool_name": "staff",
        "operator_id": "op",
        "operator_name": "Ada",
        "origin": "browser",
        "taken_at": NOON,
        "finished_at": NOON + timedelta(minutes=1),
        "complete": True,
        "users": 3,
        "groups": 2,
        "memberships": 1,
        "about": {"how": ["read"]},
    }
    return NewSnapshot(**{**given, **values})


def test_what_was_kept_comes_back(store):
    entry = new()
    line = store.snapshots.add(entry, PARTS)
    assert line == store.snapshots.get(entry.id) == store.snapshots.newest("|eu-west-1|p1")
    assert line.bytes == sum(map(len, PARTS.values()))
    assert store.snapshots.about(entry.id) == {"how": ["read"]}
    assert {name: store.snapshots.part(entry.id, name) for name in PARTS} == PARTS


def test_the_newest_is_the_one_read_last_and_pools_are_apart(store):
    later = store.snapshots.add(new(taken_at=NOON + timedelta(hours=1)), PARTS)
    earlier = store.snapshots.add(new(), PARTS)
    other = store.snapshots.add(new(pool_key="|eu-west-1|p2"), PARTS)
    assert store.snapshots.list("|eu-west-1|p1") == (later, earlier)
    assert set(store.snapshots.list()) == {later, earlier, other}
    assert store.snapshots.newest("|eu-west-1|p1") == later
    assert store.snapshots.newest("|eu-west-1|none") is None


def test_a_deleted_one_is_gone_with_its_pieces(store):
    line = new()
    store.snapshots.add(line, PARTS)
    assert store.snapshots.delete([line.id]) == 1
    assert store.snapshots.delete([line.id]) == 0
    for ask in (store.snapshots.get, store.snapshots.about, lambda id: store.snapshots.part(id, "users")):
        with pytest.raises(RecordNotFound):
            ask(line.id)
    with store.database.read() as db:
        assert db.exec_driver_sql("SELECT count(*) FROM snapshot_parts").scalar() == 0


def test_pieces_that_were_swapped_do_not_open(store):
    line = new()
    store.snapshots.add(line, PARTS)
    with store.database.write() as db:
        db.exec_driver_sql(
            "UPDATE snapshot_parts SET data = (SELECT data FROM snapshot_parts WHERE number = 1)"
            " WHERE number = 0"
        )
    with pytest.raises(SealBroken, match="belongs to another place"):
        store.snapshots.part(line.id, "users")


def test_a_new_key_opens_them_and_the_old_one_no_more(store):
    line = new()
    store.snapshots.add(line, PARTS)
    done = rotate(store, KeyRing((new_key(),)))
    assert done.values == 6  # the canary, the key of the log, what stands about it, and three pieces
    assert done.unreadable == ()
    assert store.snapshots.part(line.id, "users") == PARTS["users"]
    assert store.snapshots.about(line.id) == {"how": ["read"]}


def test_all_or_nothing_is_kept(store):
    class Torn(dict):
        def items(self):
            yield "users", b"u"
            raise OSError("power")

    line = new()
    with pytest.raises(OSError, match="power"):
        store.snapshots.add(line, Torn(PARTS))
    assert store.snapshots.list() == ()
