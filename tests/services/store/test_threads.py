"""Many threads and processes write at once, and nothing is lost or mixed up."""

import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from services.errors import StoreUnavailable
from services.store import database
from services.store.activity import ActivityResult
from tests.services.store.helpers import ACTIVITY

THREADS = 24
LINES = 25


def test_many_threads_write_activity_at_once(store):
    def work(number):
        for line in range(LINES):
            new = replace(ACTIVITY, target_id=f"{number}-{line}", before={"was": f"{number}-{line}"})
            id = store.activity.intend(new)
            store.activity.finish(id, ActivityResult.DONE, after={"now": f"{number}-{line}"})

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(work, range(THREADS)))
    lines = list(store.activity.iter_all())
    assert len({line.target_id for line in lines}) == THREADS * LINES
    assert all(line.result is ActivityResult.DONE for line in lines)
    assert all(line.before == {"was": line.target_id} for line in lines)
    assert all(line.after == {"now": line.target_id} for line in lines)


def test_readers_are_not_held_up_by_a_writer(store):
    store.settings.set("a", 1)
    with store.database.write() as connection, ThreadPoolExecutor(4) as pool:
        connection.exec_driver_sql("UPDATE settings SET value = '2'")
        # the writer ends only after these: one that waited for it could never answer
        seen = list(pool.map(lambda _: store.settings.get("a"), range(20)))
    assert seen == [1] * 20
    assert store.settings.get("a") == 2


def test_many_processes_write_activity_at_once(store, store_url, keys):
    script = textwrap.dedent("""
        import sys
        from services.store.activity import ActivityResult
        from services.store.engine import open_store
        from services.store.vault import KeyRing
        from tests.services.store.helpers import ACTIVITY
        with open_store(sys.argv[1], KeyRing((sys.argv[2],))) as store:
            for _ in range(50):
                store.activity.finish(store.activity.intend(ACTIVITY), ActivityResult.DONE)
    """)
    command = [sys.executable, "-c", script, store_url, keys.keys[0]]
    working = [subprocess.Popen(command) for _ in range(4)]
    assert [thread.wait() for thread in working] == [0] * 4
    assert store.activity.count(result=ActivityResult.DONE) == 200
    assert store.activity.chain.check().intact


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
def test_a_writer_that_never_gets_its_turn_is_told_so(store, monkeypatch):
    monkeypatch.setattr(database, "TURN_SECONDS", 0.05)
    with store.database.write(), ThreadPoolExecutor(1) as pool:
        late = pool.submit(store.settings.set, "a", 1)
        with pytest.raises(StoreUnavailable, match="too busy"):
            late.result()
    store.settings.set("a", 2)
    assert store.settings.get("a") == 2
