"""A copy is made while others write, and takes the database's place when nobody has it open."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url

from services.errors import InvalidValue, StoreDamaged, StoreTooNew, StoreUnavailable, WrongKey
from services.roles import Actor, Origin, Role
from services.store import migrations
from services.store.activity import ActivityResult
from services.store.backup import back_up, restore, settle
from services.store.engine import open_store, sqlite_url
from services.store.jobs import JobState, NewJob
from services.store.vault import KeyRing, new_key
from tests.fixtures.store import make_cast
from tests.services.store.helpers import ACTIVITY, fingerprint, raw, url_of

ANN = Actor("o", "Ann", Role.ADMIN, Origin.TERMINAL)


def who():
    return ANN


@pytest.fixture
def path(tmp_path):
    (tmp_path / "data").mkdir()
    return tmp_path / "data" / "console.db"


@pytest.fixture
def copy(tmp_path):
    return tmp_path / "copy.db"


@pytest.fixture
def made(path, copy, keys):
    """A copy of a database that holds a line, and the database closed again."""
    with open_store(url_of(path), keys) as store:
        store.activity.record(ACTIVITY, ActivityResult.DONE)
        back_up(store, copy, who)
    return copy


def test_a_copy_is_one_consistent_file_while_threads_write(path, copy, keys):
    over = threading.Event()
    with open_store(url_of(path), keys) as store:

        def write():
            while not over.is_set():
                store.activity.finish(store.activity.intend(ACTIVITY), ActivityResult.DONE)

        threads = [threading.Thread(target=write) for _ in range(3)]
        for thread in threads:
            thread.start()
        copies = [back_up(store, copy.with_name(f"{n}.db"), who) for n in range(5)]
        over.set()
        for thread in threads:
            thread.join()
        assert store.activity.chain.check().intact
        assert store.activity.search(action="back_up")[0].after["version"] == migrations.head()
    counts = []
    for number, copied in enumerate(copies):
        file = copy.with_name(f"{number}.db")
        assert file.stat().st_mode & 0o077 == 0
        assert copied.bytes == file.stat().st_size
        with open_store(url_of(file), keys) as read:
            assert read.activity.chain.check().intact
            counts.append(read.activity.count())
    assert counts == sorted(counts)
    assert counts[0] < counts[-1]


def test_a_copy_never_replaces_a_file_and_leaves_nothing_beside_it(made, path, keys, tmp_path):
    before = fingerprint(tmp_path)
    with open_store(url_of(path), keys) as store, pytest.raises(InvalidValue, match="is there already"):
        back_up(store, made, who)
    assert fingerprint(tmp_path)["copy.db"] == before["copy.db"]
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == ["copy.db"]


def test_what_is_restored_is_what_was_copied_and_the_old_one_is_moved_aside(made, path, keys):
    with open_store(url_of(path), keys) as store:
        store.activity.record(ACTIVITY, ActivityResult.DONE)
    with pytest.raises(InvalidValue, match="There is a database at"):
        restore(made, who, url=url_of(path), keys=keys)
    done = restore(made, who, url=url_of(path), keys=keys, replace=True)
    with open_store(url_of(path), keys) as store:
        # the line, the copying under way, the restoring
        assert [line.action for line in store.activity.search()] == ["restore", "back_up", "disable_user"]
        assert store.activity.chain.check().intact
    with open_store(sqlite_url(done.moved_away), keys) as old:
        assert old.activity.count() == 3


def test_into_an_empty_place_it_needs_no_permission(made, path, keys):
    for file in path.parent.iterdir():
        file.unlink()
    assert restore(made, who, url=url_of(path), keys=keys).moved_away is None


def test_sessions_end_and_jobs_wait(path, copy, keys):
    with open_store(url_of(path), keys) as store:
        sam = store.operators.add(username="sam", name="", role=Role.SUPPORT)
        hour = timedelta(hours=1)
        _, token = store.sessions.create(sam.id, "", "", hour, hour)
        job = store.jobs.create(NewJob("bulk", "x", "staff", {}, "o", "Ann", "browser"), [])
        store.jobs.update(job.id, state=str(JobState.RUNNING))
        back_up(store, copy, who)
    assert restore(copy, who, url=url_of(path), keys=keys, replace=True).paused == 1
    with open_store(url_of(path), keys) as store:
        assert store.sessions.find(token) is None
        assert store.jobs.get(job.id).state is JobState.PAUSED


def test_another_key_is_refused(made, path):
    before = fingerprint(path.parent)
    with pytest.raises(WrongKey):
        restore(made, who, url=url_of(path), keys=KeyRing((new_key(),)), replace=True)
    assert fingerprint(path.parent) == before


def test_a_copy_of_a_newer_release_is_refused(made, path, keys):
    raw(made, "UPDATE alembic_version SET version_num = '9999'")
    before = fingerprint(path.parent)
    with pytest.raises(StoreTooNew, match="9999"):
        restore(made, who, url=url_of(path), keys=keys, replace=True)
    assert fingerprint(path.parent) == before


@pytest.mark.parametrize("content", [b"", b"no database at all " * 400])
def test_a_file_that_is_no_copy_is_refused(copy, path, keys, content):
    copy.write_bytes(content)
    with pytest.raises((InvalidValue, StoreDamaged), match=f"{copy.name} is no backup"):
        restore(copy, who, url=url_of(path), keys=keys)
    assert not path.exists()


HOLDER = """
import sys
from services.store.engine import open_store
from services.store.vault import KeyRing
with open_store(sys.argv[1], KeyRing((sys.argv[2],))) as store:
    store.settings.set("x", 1)
    print("open", flush=True)
    sys.stdin.read()
"""


def test_while_another_process_has_it_open_it_is_refused(made, path, keys):
    arguments = [sys.executable, "-c", HOLDER, url_of(path), keys.keys[0]]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as console:
        assert console.stdout.readline() == b"open\n"
        with pytest.raises(StoreUnavailable, match="in use"):
            restore(made, who, url=url_of(path), keys=keys, replace=True)
        console.stdin.close()
        assert console.wait() == 0
    assert [file.name for file in path.parent.iterdir()] == ["console.db"]
    restore(made, who, url=url_of(path), keys=keys, replace=True)


def test_a_damaged_database_is_replaced(made, path, keys):
    path.write_bytes(b"torn" * 4000)
    restore(made, who, url=url_of(path), keys=keys, replace=True)
    with open_store(url_of(path), keys) as store:
        assert store.activity.chain.check().intact


def test_postgresql_is_left_to_its_own_tools(made, keys, path):
    url = "postgresql://u:hidden@127.0.0.1:1/x"
    with pytest.raises(StoreUnavailable) as refused:
        restore(made, who, url=url, keys=keys)
    assert "--dbname postgresql://u@127.0.0.1:1/x FILE" in refused.value.next_step
    with open_store(url_of(path), keys) as store:
        store.address = make_url(url)
        with pytest.raises(StoreUnavailable) as refused:
            back_up(store, Path("x.db"), who)
    assert "pg_dump --format=custom --file FILE postgresql://u@127.0.0.1:1/x" in refused.value.next_step


def test_what_those_tools_put_back_is_whole_and_settled(
    postgresql, postgresql_store, postgresql_url, new_postgresql_url, keys, tmp_path
):
    store, file = postgresql_store, tmp_path / "console.dump"
    operator = make_cast(store)["ann"]
    session, _ = store.sessions.create(operator.id, "", "", timedelta(hours=1), timedelta(hours=1))
    job = store.jobs.create(NewJob("csv", "t", "staff", {}, "op", "Sam", "browser", state=JobState.RUNNING))
    postgresql.run("pg_dump", "--format=custom", "--file", str(file), postgresql_url)
    options = ("--clean", "--if-exists", "--single-transaction", "--dbname", new_postgresql_url)
    postgresql.run("pg_restore", *options, str(file))
    with open_store(new_postgresql_url, keys) as restored:
        assert settle(restored, who, file.name) == 1
        assert restored.sessions.get(session.id) is None
        assert restored.jobs.get(job.id).state is JobState.PAUSED
        assert restored.activity.search(limit=1)[0].action == "restore"
        assert restored.activity.chain.check().intact
    assert store.sessions.get(session.id) == session
