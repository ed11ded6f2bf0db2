"""Keys come from the environment or from a file that only its owner can read."""

import pytest

from services.errors import KeyMissing, StoreUnavailable, WrongKey
from services.store import keys as module
from services.store.keys import KeyRing, default_key_file, load_keys, new_key, read_key_file, write_key_file
from tests.services.store.helpers import file_modes_count, fingerprint


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "config" / "keys"
    monkeypatch.delenv("CONSOLE_ENCRYPTION_KEYS", raising=False)
    monkeypatch.setenv("CONSOLE_KEY_FILE", str(path))
    return path


def test_keys_in_the_environment_come_first_and_no_file_is_made(file, monkeypatch):
    first, second = new_key(), new_key()
    monkeypatch.setenv("CONSOLE_ENCRYPTION_KEYS", f" {first},\n{second} ,")
    assert load_keys(database_is_new=True) == KeyRing((first, second))
    assert not file.parent.exists()


def test_a_key_file_is_made_for_a_new_database_only(file):
    with pytest.raises(KeyMissing):
        load_keys(database_is_new=False)
    assert not file.exists()
    made = load_keys(database_is_new=True)
    assert load_keys(database_is_new=False) == made
    assert made.file == file
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert list(file.parent.iterdir()) == [file]


def test_a_key_file_that_is_there_is_never_replaced_by_a_first_start(file):
    made = load_keys(database_is_new=True)
    before = fingerprint(file.parent)
    module.make_key_file(file, new_key())
    assert load_keys(database_is_new=True) == made
    assert fingerprint(file.parent) == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_file_that_others_can_read_is_refused(file, mode):
    load_keys(database_is_new=True)
    file.chmod(mode)
    with pytest.raises(StoreUnavailable, match="chmod 600"):
        load_keys(database_is_new=False)


def test_a_key_file_that_cannot_be_read_is_refused(file):
    load_keys(database_is_new=True)
    file.chmod(0o200)
    with file_modes_count(), pytest.raises(StoreUnavailable, match="Permission denied"):
        load_keys(database_is_new=True)


def test_comments_and_empty_lines_are_no_keys(file):
    key = new_key()
    load_keys(database_is_new=True)
    file.write_text(f"# old one: {new_key()}\n\n{key}  # current\n{key}\n")
    assert load_keys(database_is_new=False).keys == (key,)


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_an_empty_key_file_is_not_taken_for_a_missing_one(file, text):
    load_keys(database_is_new=True)
    file.write_text(text)
    with pytest.raises(KeyMissing):
        load_keys(database_is_new=True)


@pytest.mark.parametrize("bad", ["hunter2", new_key()[:-2], "ö" * 44], ids=["word", "cut short", "letters"])
def test_what_is_no_key_is_refused_without_repeating_it(file, bad):
    load_keys(database_is_new=True)
    file.write_text(f"{bad}\n", encoding="utf-8")
    with pytest.raises(WrongKey) as caught:
        load_keys(database_is_new=False)
    assert bad not in str(caught.value)


def test_a_ring_needs_a_key():
    with pytest.raises(KeyMissing):
        KeyRing(())


def test_writing_replaces_the_file_at_once(file):
    load_keys(database_is_new=True)
    first, second = new_key(), new_key()
    write_key_file(file, (first, second))
    assert read_key_file(file).keys == (first, second)
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_a_folder_that_cannot_be_written_keeps_the_old_file_whole(file):
    made = load_keys(database_is_new=True)
    file.parent.chmod(0o500)
    with file_modes_count(), pytest.raises(StoreUnavailable, match="can't be written"):
        write_key_file(file, (new_key(),))
    file.parent.chmod(0o700)
    assert load_keys(database_is_new=False) == made


def test_where_data_and_configuration_share_a_folder_the_key_stands_apart(tmp_path, monkeypatch):
    monkeypatch.delenv("CONSOLE_KEY_FILE", raising=False)
    for kind in ("user_data_path", "user_config_path"):
        monkeypatch.setattr(module.platformdirs, kind, lambda app, appauthor: tmp_path / app)
    assert default_key_file() == tmp_path / "cognito-ops-console-keys" / "keys"
