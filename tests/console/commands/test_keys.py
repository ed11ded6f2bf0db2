"""`python -m console keys`: makes keys, and changes the key of the configured database."""

import pytest
from typer.testing import CliRunner

from console.command_line.keys import app
from services.errors import InvalidValue, NotConfigured, StoreUnavailable
from services.store.engine import open_store
from services.store.vault import KeyRing, new_key, read_key_file


@pytest.fixture
def key_file(tmp_path, monkeypatch):
    path = tmp_path / "config" / "keys"
    monkeypatch.delenv("CONSOLE_ENCRYPTION_KEYS", raising=False)
    monkeypatch.setenv("CONSOLE_KEY_FILE", str(path))
    monkeypatch.setenv("CONSOLE_DATABASE_URL", f"sqlite:///{tmp_path / 'console.db'}")
    return path


def call(*arguments, **more):
    return CliRunner().invoke(app, list(arguments), **more)


def test_new_prints_a_key_and_stores_nothing(key_file, tmp_path):
    done = call("new")
    assert done.exit_code == 0
    assert KeyRing((done.stdout.strip(),))
    assert list(tmp_path.iterdir()) == []


def test_rotate_changes_the_key_after_asking(key_file):
    open_store().close()
    old = read_key_file(key_file).keys
    refused = call("rotate", input="n\n")
    assert refused.exit_code == 1
    assert read_key_file(key_file).keys == old
    done = call("rotate", input="y\n")
    assert done.exit_code == 0
    assert "(2 values) is encrypted" in done.stdout  # the key of the log's chain, and the seal of its end
    assert old[0] not in key_file.read_text()
    open_store().close()


def test_rotate_says_when_it_finished_an_older_rotation(key_file):
    open_store().close()
    begun = new_key()
    key_file.write_text(f"{begun}\n{read_key_file(key_file).keys[0]}\n")
    done = call("rotate", "--yes")
    assert "finished a rotation begun before" in done.stdout
    assert read_key_file(key_file).keys == (begun,)


def test_rotate_keeps_the_old_key_when_told_to(key_file):
    open_store().close()
    old = read_key_file(key_file).keys
    assert call("rotate", "--keep-old").exit_code == 0
    assert read_key_file(key_file).keys[1:] == old


def test_with_keys_from_the_environment_the_first_one_is_used(key_file, monkeypatch):
    old, new = new_key(), new_key()
    monkeypatch.setenv("CONSOLE_ENCRYPTION_KEYS", old)
    open_store().close()
    with pytest.raises(InvalidValue, match="one key only"):
        call("rotate", "--yes", catch_exceptions=False)
    monkeypatch.setenv("CONSOLE_ENCRYPTION_KEYS", f"{new},{old}")
    done = call("rotate", "--yes")
    assert done.exit_code == 0
    assert "Take the old key out of CONSOLE_ENCRYPTION_KEYS now" in done.stdout
    monkeypatch.setenv("CONSOLE_ENCRYPTION_KEYS", new)
    open_store().close()
    assert not key_file.exists()


def test_values_that_no_key_opens_are_named_and_end_in_an_exit_code_of_their_own(key_file):
    with open_store() as store:
        store.settings.set("x", 1)
        with store.database.write() as connection:
            connection.exec_driver_sql(
                "INSERT INTO tickets VALUES ('t', 'p', 'broken', 'b', '2030-01-01 00:00:00.000000')"
            )
    done = call("rotate", "--yes")
    assert done.exit_code == 2
    assert "tickets.subject of t" in done.stderr


def test_rotate_makes_no_database(key_file, tmp_path):
    with pytest.raises(NotConfigured):
        call("rotate", "--yes", catch_exceptions=False)
    assert list(tmp_path.iterdir()) == []


def test_rotate_refuses_while_the_console_runs(key_file):
    with open_store() as running:
        running.settings.set("x", 1)
        with pytest.raises(StoreUnavailable, match="in use"):
            call("rotate", "--yes", catch_exceptions=False)
