"""Rotation encrypts everything anew, and a kill at any moment leaves a database that opens."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from services.errors import InvalidValue, StoreUnavailable, WrongKey
from services.roles import Role
from services.store import rotation
from services.store.activity import ActivityResult
from services.store.connections import Connection, ConnectionSecret, CredentialKind
from services.store.engine import open_store
from services.store.jobs import JobRow, JobStep, NewJob
from services.store.rotation import BATCH, Rotated, rotate, rotate_key_file, sealed_tables
from services.store.vault import KeyRing, load_keys, new_key, read_key_file, write_key_file
from tests.services.store.helpers import ACTIVITY, file_modes_count, raw

SECRET = ConnectionSecret("AKIA0000000000001234", "hunter2")
LINES = 40


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'console.db'}?timeout=0.3"


@pytest.fixture
def key_file(tmp_path, monkeypatch):
    path = tmp_path / "config" / "keys"
    monkeypatch.delenv("CONSOLE_ENCRYPTION_KEYS", raising=False)
    monkeypatch.setenv("CONSOLE_KEY_FILE", str(path))
    return path


def fill(store):
    """Something in each table that holds sealed values."""
    connection = store.connections.add(
        Connection(name="aws", region="eu-north-1", kind=CredentialKind.STATIC, secret=SECRET)
    )
    store.connections.add(Connection(name="bare", region="eu-north-1", kind=CredentialKind.DEFAULT))
    store.operators.add(username="ann", name="Ann", role=Role.ADMIN, password_hash="$2b$hash")
    lines = store.activity.intend_many([ACTIVITY] * LINES)
    store.activity.finish(lines[0], ActivityResult.DONE, after={"enabled": False})
    store.jobs.create(
        NewJob("csv", "t", "staff", {}, "op", "Sam", "browser"),
        [JobRow(number, "", payload={"email": "x"}) for number in range(BATCH + 1)],
        [JobStep(0, number, "add_to_group", change={"group": "g"}) for number in range(3)],
    )
    return connection


def check(store):
    """Everything from `fill` is there and opens."""
    aws = next(connection for connection in store.connections.list() if connection.name == "aws")
    assert store.connections.secret(aws.id) == SECRET
    assert store.operators.password_hash(store.operators.by_username("ann").id) == "$2b$hash"
    lines = list(store.activity.iter_all())
    assert len(lines) == LINES
    assert all(line.before == {"enabled": True} for line in lines)
    assert lines[-1].after == {"enabled": False}
    job = store.jobs.list()[0]
    assert sum(row.payload == {"email": "x"} for row in store.jobs.rows(job.id)) == BATCH + 1
    assert [step.change for step in store.jobs.steps(job.id)] == [{"group": "g"}] * 3


def tokens(store):
    """Every sealed value in the database."""
    with store.database.read() as connection:
        return [
            token
            for sealed in sealed_tables()
            for row in connection.execute(sealed.table.select()).mappings()
            for token in (row[column] for column in sealed.columns)
            if token is not None
        ]


def test_every_value_opens_with_the_new_key_and_none_with_the_old(url, keys):
    newer = KeyRing((new_key(),))
    with open_store(url, keys) as store:
        fill(store)
        before = tokens(store)
        assert rotate(store, newer) == Rotated(values=len(before))
        assert not set(before) & set(tokens(store))
        check(store)  # the open store goes on with the new key
    with open_store(url, newer) as store:
        check(store)
    with pytest.raises(WrongKey):
        open_store(url, keys)


def test_nothing_encrypted_with_the_old_key_remains_in_the_files(url, keys, tmp_path):
    with open_store(url, keys) as store:
        fill(store)
        before = tokens(store)
        rotate(store, KeyRing((new_key(),)))
    rest = b"".join(file.read_bytes() for file in tmp_path.glob("console.db*"))
    assert not [token for token in before if token.encode() in rest]


def test_a_value_that_no_key_opens_is_reported_and_left_alone(url, keys):
    with open_store(url, keys) as store:
        aws = fill(store)
        with store.database.write() as connection:
            connection.exec_driver_sql("UPDATE connections SET secret = 'broken'")
        done = rotate(store, KeyRing((new_key(),)))
        assert set(done.unreadable) == {
            f"connections.secret of {connection.id}" for connection in store.connections.list()
        }
        assert f"connections.secret of {aws.id}" in done.unreadable


def test_the_key_file_gets_a_fresh_key_and_loses_the_old_one(url, key_file):
    with open_store(url) as store:
        fill(store)
        old = store.keys.keys
        assert rotate_key_file(store).resumed is False
        check(store)
    new = read_key_file(key_file).keys
    assert len(new) == 1
    assert new != old
    with open_store(url) as store:
        check(store)


def test_the_old_key_can_be_kept_for_other_databases(url, key_file):
    with open_store(url) as store:
        fill(store)
        old = store.keys.keys
        rotate_key_file(store, keep_old=True)
    assert read_key_file(key_file).keys[1:] == old


def test_an_interrupted_rotation_is_finished_by_the_next_one(url, key_file):
    with open_store(url) as store:
        fill(store)
    begun = new_key()
    write_key_file(key_file, (begun, *read_key_file(key_file).keys))
    with open_store(url) as store:
        assert rotate_key_file(store).resumed is True
    assert read_key_file(key_file).keys == (begun,)
    with open_store(url) as store:
        check(store)


def test_an_old_key_that_cannot_be_dropped_is_reported_and_dropped_later(url, key_file, monkeypatch):
    with open_store(url) as store:
        fill(store)
        settle = rotation._settle
        monkeypatch.setattr(rotation, "_settle", lambda _: key_file.parent.chmod(0o500))
        with file_modes_count(), pytest.raises(StoreUnavailable, match="could not be taken out"):
            rotate_key_file(store)
        monkeypatch.setattr(rotation, "_settle", settle)
        key_file.parent.chmod(0o700)
        check(store)
        assert len(read_key_file(key_file).keys) == 2
        assert rotate_key_file(store).resumed is True
    assert len(read_key_file(key_file).keys) == 1


def test_keys_from_the_environment_are_not_the_consoles_to_change(store):
    with pytest.raises(InvalidValue, match="CONSOLE_ENCRYPTION_KEYS"):
        rotate_key_file(store)


def test_while_another_process_has_the_database_open_nothing_is_rotated(url, key_file, tmp_path):
    with open_store(url) as store:
        fill(store)
    before = key_file.read_bytes()
    script = "import sys, time; from services.store.engine import open_store; s = open_store(sys.argv[1]);"
    script += "print('open', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", script, url], stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"open\n"
        with open_store(url) as store, pytest.raises(StoreUnavailable, match="in use"):
            rotate_key_file(store)
        other.kill()
    assert key_file.read_bytes() == before
    with open_store(url) as store:
        check(store)
        rotate_key_file(store)
        check(store)


def test_an_error_in_the_middle_changes_nothing(url, keys):
    with open_store(url, keys) as store:
        fill(store)
    raw_path = Path(url.removeprefix("sqlite:///").split("?")[0])
    raw(
        raw_path,
        "CREATE TRIGGER jam BEFORE UPDATE ON job_steps BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END",
    )
    with open_store(url, keys) as store:
        before = tokens(store)
        with pytest.raises(Exception, match="refused"):
            rotate(store, KeyRing((new_key(),)))
        assert tokens(store) == before
        check(store)


# Each stage kills the process just before or after one step of the rotation.
STAGES = (
    "before the key file is written",
    "before the draft replaces the key file",
    "after the new key is in the file",
    "in the middle of encrypting",
    "before the commit",
    "after the commit",
    "before the old key is dropped",
    "after the old key is dropped",
)


@pytest.mark.parametrize("stage", range(len(STAGES)), ids=STAGES)
def test_a_kill_at_each_step_leaves_a_database_that_opens_with_the_key_file(url, key_file, stage):
    with open_store(url) as store:
        fill(store)
    old = load_keys(database_is_new=False).keys
    command = [sys.executable, "-m", "tests.services.store.rotate_and_die", url, str(stage)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    with open_store(url) as store:
        check(store)
        rotate_key_file(store)
        check(store)
    left = read_key_file(key_file).keys
    assert len(left) == 1
    assert left != old
    assert list(key_file.parent.iterdir()) == [key_file]


def test_kills_at_random_moments_leave_a_database_that_opens(url, key_file):
    seed = random.randrange(10**6)
    print("seed", seed)  # shown when the test fails
    chance = random.Random(seed)
    with open_store(url) as store:
        fill(store)
    for _ in range(5):
        command = [sys.executable, "-m", "tests.services.store.rotate_and_die", url, "never"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout.readline() == b"opened\n"
            time.sleep(chance.uniform(0, 0.8))
            process.kill()
        with open_store(url) as store:
            check(store)
    with open_store(url) as store:
        rotate_key_file(store)
        check(store)
    assert len(read_key_file(key_file).keys) == 1


def test_on_postgresql_nothing_is_rotated_while_another_process_has_the_database_open(
    postgresql_store, postgresql_url, keys
):
    with open_store(postgresql_url, keys) as other:
        other.settings.get("x")  # connected
        with pytest.raises(StoreUnavailable, match="in use"):
            rotate(postgresql_store, KeyRing((new_key(),)))
        assert other.operators.list() == ()
    ring = KeyRing((new_key(),))
    assert rotate(postgresql_store, ring).unreadable == ()
    with pytest.raises(WrongKey):
        open_store(postgresql_url, keys)
    open_store(postgresql_url, ring).close()
