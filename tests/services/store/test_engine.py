"""Opening the database: what is made, what is refused, and that a refusal changes nothing."""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import textwrap
import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import sqlalchemy

from services.errors import (
    KeyMissing,
    NotConfigured,
    StoreDamaged,
    StoreTooNew,
    StoreUnavailable,
    WrongKey,
)
from services.store import database, migrations
from services.store.engine import checked_url, default_database_url, open_store
from services.store.rotation import rotate_key_file
from services.store.vault import KeyRing, new_key, read_key_file
from tests.services.store.helpers import ACTIVITY, file_modes_count, fingerprint, raw, url_of


@pytest.fixture
def path(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    return folder / "console.db"


@pytest.fixture
def made(path, keys):
    """A database with something in it, closed again."""
    with open_store(url_of(path), keys) as store:
        store.settings.set("greeting", "hello")
        store.activity.intend(ACTIVITY)
    return path


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An environment in which nothing is set up yet."""
    for name in ("CONSOLE_DATABASE_URL", "CONSOLE_ENCRYPTION_KEYS", "CONSOLE_KEY_FILE", "CONSOLE_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path


def refused(error, path, keys, said=""):
    """Opening must fail with `error` and leave every byte in the folder as it is."""
    before = fingerprint(path.parent)
    with pytest.raises(error) as caught:
        open_store(url_of(path), keys)
    assert fingerprint(path.parent) == before
    assert said in str(caught.value)
    return caught.value


def test_a_first_start_makes_a_folder_a_database_and_a_key_apart_from_it(home):
    open_store().close()
    assert default_database_url() == f"sqlite:///{home}/share/cognito-ops-console/console.db"
    database = home / "share/cognito-ops-console/console.db"
    key_file = home / "config/cognito-ops-console/keys"
    assert database.stat().st_mode & 0o777 == 0o600
    assert key_file.stat().st_mode & 0o777 == 0o600


def test_the_second_start_uses_the_same_key_and_finds_what_was_stored(home):
    with open_store() as store:
        store.settings.set("greeting", "hello")
    with open_store() as store:
        assert store.settings.get("greeting") == "hello"


def test_the_data_folder_and_the_database_can_be_named(home, monkeypatch):
    monkeypatch.setenv("CONSOLE_DATA_DIR", str(home / "here"))
    assert default_database_url() == f"sqlite:///{home}/here/console.db"
    monkeypatch.setenv("CONSOLE_DATABASE_URL", "postgresql://db/console")
    assert default_database_url() == "postgresql://db/console"


def test_a_command_that_needs_a_database_does_not_make_one(home):
    with pytest.raises(NotConfigured):
        open_store(create=False)
    assert fingerprint(home) == {}


def test_sqlite_is_set_up_for_safety_and_speed(store):
    with store.database.read() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "foreign_keys", "busy_timeout", "synchronous", "secure_delete")
        }
    assert pragma == {
        "journal_mode": "wal",
        "foreign_keys": 1,
        "busy_timeout": 10_000,
        "synchronous": 1,
        "secure_delete": 1,
    }


def test_a_database_without_its_key_is_refused_and_no_key_is_made(made, home):
    before = fingerprint(home)
    with pytest.raises(KeyMissing) as caught:
        open_store(url_of(made))
    assert fingerprint(home) == before
    assert "CONSOLE_ENCRYPTION_KEYS" in str(caught.value)


def test_a_wrong_key_is_refused(made):
    refused(WrongKey, made, KeyRing((new_key(),)), "not the one this database was made with")


def test_a_wrong_key_is_refused_also_while_the_log_holds_the_newest_writes(path, keys):
    with open_store(url_of(path), keys) as running:
        running.settings.set("greeting", "hello")
        # copied by another process: reading the file in this one would drop this one's locks on it
        copy = path.with_name("copy.db")
        for end in ("", "-wal"):
            subprocess.run(["cp", f"{path}{end}", f"{copy}{end}"], check=True)
        before = copy.read_bytes(), Path(f"{copy}-wal").read_bytes()
        with pytest.raises(WrongKey):
            open_store(url_of(copy), KeyRing((new_key(),)))
        assert (copy.read_bytes(), Path(f"{copy}-wal").read_bytes()) == before
        assert len(before[1]) > 0


def test_an_older_key_behind_a_new_one_still_opens(made, keys):
    with open_store(url_of(made), KeyRing((new_key(), *keys.keys))) as store:
        assert store.activity.search()[0].before == {"enabled": True}


def test_a_canary_moved_from_another_place_proves_nothing(made, keys):
    with open_store(url_of(made), keys) as store:
        other = store.vault.seal({"canary": "x"}, table="vault", column="canary", row="1")
    raw(made, "UPDATE vault SET canary = ?", other)
    refused(WrongKey, made, keys)


def test_a_newer_database_is_refused(made, keys):
    raw(made, "UPDATE alembic_version SET version_num = '9999'")
    error = refused(StoreTooNew, made, keys, "9999")
    assert migrations.head() in error.message


def test_a_file_that_is_no_database_is_refused(path, keys):
    path.write_bytes(b"name,email\nann,ann@example.com\n" * 500)
    refused(StoreDamaged, path, keys)


def test_a_database_of_another_program_is_refused(path, keys):
    raw(path, "CREATE TABLE recipes (name TEXT)")
    refused(StoreDamaged, path, keys, "other tables")


def test_a_torn_file_is_refused(made, keys):
    whole = made.read_bytes()
    made.write_bytes(whole[: len(whole) // 2])
    refused(StoreDamaged, made, keys)


def test_a_file_with_one_page_of_garbage_is_refused(made, keys):
    page = int(raw(made, "SELECT rootpage FROM sqlite_schema WHERE name = 'activity'")[0][0])
    with made.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(os.urandom(4096))
    refused(StoreDamaged, made, keys)


def test_a_database_whose_canary_is_gone_is_refused(made, keys):
    raw(made, "DELETE FROM vault")
    refused(StoreDamaged, made, keys)


def test_a_read_only_file_is_refused(made, keys):
    made.chmod(0o400)
    with file_modes_count():
        refused(StoreUnavailable, made, keys, "read-only")


def test_a_read_only_folder_is_refused(made, keys):
    made.parent.chmod(0o500)
    with file_modes_count():
        refused(StoreUnavailable, made, keys)
    made.parent.chmod(0o700)


def test_a_new_database_in_a_read_only_folder_is_refused(path, keys):
    path.parent.chmod(0o500)
    with file_modes_count():
        refused(StoreUnavailable, path, keys, "Permission denied")
    path.parent.chmod(0o700)


def test_a_folder_that_may_not_be_entered_is_refused(made, keys):
    made.parent.chmod(0)
    with file_modes_count(), pytest.raises(StoreUnavailable, match="Permission denied"):
        open_store(url_of(made), keys)
    made.parent.chmod(0o700)


def test_a_missing_folder_is_named(tmp_path, keys):
    with pytest.raises(StoreUnavailable, match="nowhere"):
        open_store(url_of(tmp_path / "nowhere" / "console.db"), keys)


@pytest.mark.parametrize(
    "url", ["", "not an address", "mysql://root:hunter2@host/db", "sqlite://", "sqlite:///:memory:"]
)
def test_an_address_that_cannot_be_used_is_refused_without_repeating_it(url, keys, monkeypatch):
    monkeypatch.setenv("CONSOLE_DATABASE_URL", url or "nonsense")
    with pytest.raises(StoreUnavailable) as caught:
        open_store(url or None, keys)
    assert "hunter2" not in str(caught.value)


def test_a_locked_database_is_refused(made, keys):
    with sqlite3.connect(made, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("UPDATE settings SET value = '1'")
        with pytest.raises(StoreUnavailable, match="locked"):
            open_store(url_of(made), keys)
        other.execute("ROLLBACK")
    other.close()
    with open_store(url_of(made), keys) as store:
        assert store.settings.get("greeting") == "hello"


def test_a_disk_without_room_for_a_new_database_is_refused(path, keys, tmp_path):
    script = textwrap.dedent("""
        import resource, sys
        from services.errors import StoreUnavailable
        from services.store.engine import open_store
        from services.store.vault import KeyRing
        resource.setrlimit(resource.RLIMIT_FSIZE, (16384, 16384))
        try:
            open_store(sys.argv[1], KeyRing((sys.argv[2],)))
        except StoreUnavailable as error:
            print("refused:", error)
    """)
    command = [sys.executable, "-c", script, url_of(path), keys.keys[0]]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("refused:")
    assert path.stat().st_size <= 16384
    # nothing half-made stands in the way once there is room
    open_store(url_of(path), keys).close()


def test_a_full_disk_refuses_a_change_and_keeps_what_was_there(made, keys):
    with open_store(url_of(made), keys) as store:
        with store.database.write() as connection:
            connection.exec_driver_sql("PRAGMA max_page_count=1")
        with pytest.raises(StoreUnavailable, match="full"):
            store.settings.set("big", "x" * 1_000_000)
        assert store.settings.all() == {"greeting": "hello"}


def test_many_processes_may_start_on_one_new_database_at_once(path, keys):
    script = textwrap.dedent("""
        import sys
        from services.store.engine import open_store
        from services.store.vault import KeyRing
        open_store(sys.argv[1], KeyRing((sys.argv[2],))).settings.set(sys.argv[3], 1)
    """)
    command = [sys.executable, "-c", script, f"sqlite:///{path}", keys.keys[0]]
    starting = [subprocess.Popen([*command, str(number)]) for number in range(6)]
    assert [thread.wait() for thread in starting] == [0] * 6
    with open_store(url_of(path), keys) as store:
        assert len(store.settings.all()) == 6


def test_of_two_first_starts_with_different_keys_one_is_refused(path, keys, monkeypatch):
    other = KeyRing((new_key(),))
    inspect = __import__("services.store.engine", fromlist=["inspect_database"]).inspect_database

    def inspect_then_lose_the_race(address):
        found = inspect(address)
        monkeypatch.undo()
        open_store(url_of(path), other).close()
        return found

    monkeypatch.setattr("services.store.engine.inspect_database", inspect_then_lose_the_race)
    with pytest.raises(WrongKey):
        open_store(url_of(path), keys)


def test_a_kill_during_the_first_start_leaves_a_new_or_a_whole_database(path, keys):
    script = textwrap.dedent("""
        import os, signal, sys
        from services.store import migrations
        from services.store.engine import open_store
        from services.store.vault import KeyRing
        whole = migrations.upgrade
        def upgrade(connection):
            whole(connection)
            os.kill(os.getpid(), signal.SIGKILL)
        migrations.upgrade = upgrade
        open_store(sys.argv[1], KeyRing((sys.argv[2],)))
    """)
    done = subprocess.run([sys.executable, "-c", script, url_of(path), keys.keys[0]])
    assert done.returncode == -9
    # no key was proved yet, so any key may make it
    with open_store(url_of(path), KeyRing((new_key(),))) as store:
        assert store.settings.all() == {}


def test_a_copy_of_the_closed_file_is_a_whole_backup(made, keys, tmp_path):
    copy = tmp_path / "copy.db"
    shutil.copy(made, copy)
    with open_store(url_of(copy), keys) as store:
        assert store.settings.get("greeting") == "hello"
        assert store.activity.count() == 1


def test_an_unforeseen_error_does_not_repeat_the_values_it_was_about(store):
    with store.database.engine.connect() as connection:
        with pytest.raises(sqlalchemy.exc.OperationalError) as caught:
            connection.execute(sqlalchemy.text("SELECT :value FROM nowhere"), {"value": "ann@example.com"})
        assert "ann@example.com" not in str(caught.value)


@pytest.mark.parametrize("emptied", ["gone", "no bytes", "no tables"])
def test_an_emptied_database_is_not_taken_for_a_new_one(path, tmp_path, monkeypatch, emptied):
    monkeypatch.setenv("CONSOLE_KEY_FILE", str(tmp_path / "keys"))
    monkeypatch.delenv("CONSOLE_ENCRYPTION_KEYS", raising=False)
    open_store(url_of(path)).close()
    path.unlink()
    if emptied != "gone":
        path.touch()
    if emptied == "no tables":
        with closing(sqlite3.connect(path)) as made:
            made.executescript("CREATE TABLE x (y); DROP TABLE x")
    before = fingerprint(path.parent)
    refused(StoreDamaged, path, None, "empty or gone")
    assert fingerprint(path.parent) == before
    other = path.with_name("other.db")
    open_store(url_of(other)).close()
    open_store(url_of(other)).close()


def test_a_new_key_file_forgets_no_database(path, tmp_path, monkeypatch):
    monkeypatch.setenv("CONSOLE_KEY_FILE", str(tmp_path / "keys"))
    monkeypatch.delenv("CONSOLE_ENCRYPTION_KEYS", raising=False)
    with open_store(url_of(path)) as store:
        noted = read_key_file(tmp_path / "keys").databases
        rotate_key_file(store)
    assert read_key_file(tmp_path / "keys").databases == noted == {str(path)}


def test_the_probe_finds_a_database_that_can_not_be_written(store, monkeypatch):
    store.probe()
    monkeypatch.setattr("services.store.store.PROBE_SECONDS", 0)
    store.probe()
    monkeypatch.setattr("services.store.store.ROOM_NEEDED", 2**80)
    with pytest.raises(StoreUnavailable, match="nearly full"):
        store.probe()
    monkeypatch.undo()
    monkeypatch.setattr("services.store.store.PROBE_SECONDS", 0)
    with store.together():
        with store.database.read() as connection:
            connection.exec_driver_sql("PRAGMA query_only=1")
        with pytest.raises(StoreUnavailable, match="read-only"):
            store.probe()
        with store.database.read() as connection:
            connection.exec_driver_sql("PRAGMA query_only=0")


# --- a PostgreSQL server in trouble


def test_a_table_that_another_program_keeps_locked_is_said_and_not_waited_for_without_end(
    postgresql_url, keys
):
    with open_store(f"{postgresql_url}&timeout=0.3", keys) as store:
        with psycopg.connect(postgresql_url) as other:
            other.execute("LOCK TABLE settings IN ACCESS EXCLUSIVE MODE")
            began = time.monotonic()
            with pytest.raises(StoreUnavailable, match="locked by another program"):
                store.settings.get("greeting")
            assert time.monotonic() - began < 20
        store.settings.set("greeting", "hello")


def test_a_server_that_takes_a_connection_and_says_nothing_is_given_up_soon(keys, monkeypatch):
    monkeypatch.setattr(database, "CONNECT_SECONDS", 2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        with pytest.raises(StoreUnavailable, match="doesn't answer"):
            open_store(f"postgresql://console@127.0.0.1:{silent.getsockname()[1]}/console", keys)
        assert time.monotonic() - began < 20


def test_what_the_address_says_about_waiting_holds():
    address = checked_url("postgresql://db/console?connect_timeout=60&options=-c%20work_mem%3D8MB&timeout=2")
    told = database.patient(address).query
    assert (told["connect_timeout"], told["tcp_user_timeout"]) == ("60", "15000")
    assert told["options"] == "-c lock_timeout=2000 -c work_mem=8MB"
    assert "timeout" not in told


def test_other_programs_reach_the_server_with_the_same_patience(postgresql_store):
    with psycopg.connect(postgresql_store.server) as connection:
        assert connection.execute("SHOW lock_timeout").fetchone() == ("10s",)
