"""When people left, as far as this console's log knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from services.cognito.models import UserPool
from services.directory.pool import pool_of
from services.directory.snapshot import SnapshotAbout, snapshot_of
from services.people.leaving import left_since
from services.store.activity import ActivityResult
from services.store.columns import utc_now
from services.store.store import Store
from tests.services.directory.pool_stub import START, somebody
from tests.services.store.helpers import ACTIVITY


def test_whoever_was_deleted_or_is_still_disabled_counts_once(store: Store) -> None:
    users = [replace(somebody(1), enabled=False), somebody(2)]
    about = SnapshotAbout("", "key", "staff", UserPool("p", "pool"), START, START)
    pool = pool_of(snapshot_of(about, users, (), {}))
    gone = {users[0].sub: "disable_user", users[1].sub: "disable_user", "sub-deleted": "delete_user"}
    for sub, action in gone.items():
        line = replace(ACTIVITY, action=action, target_id=sub)
        store.activity.record(line, ActivityResult.DONE)
        store.activity.record(line, ActivityResult.DONE)
    store.activity.record(replace(ACTIVITY, target_id="refused"), ActivityResult.FAILED)
    store.activity.record(replace(ACTIVITY, action="delete_user", pool="other"), ActivityResult.DONE)
    # the second was enabled again
    assert len(left_since(store, "staff", pool, utc_now() - timedelta(days=1))) == 2
    assert left_since(store, "staff", pool, utc_now() + timedelta(days=1)) == []
