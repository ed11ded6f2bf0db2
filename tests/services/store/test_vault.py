"""A sealed value opens in its own place and nowhere else.

The keys come from the environment, or from a file that only its owner can read.
"""

import json
from types import MappingProxyType

import pytest
from cryptography.fernet import Fernet

from services.errors import KeyMissing, SealBroken, StoreUnavailable, WrongKey
from services.store import vault as module
from services.store.vault import (
    KeyRing,
    Vault,
    default_key_file,
    load_keys,
    new_key,
    read_key_file,
    write_key_file,
)
from tests.services.store.helpers import file_modes_count, fingerprint

PLACE = {"table": "connections", "column": "secret", "row": "c1"}


@pytest.fixture
def vault(keys):
    return Vault(keys)


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "påsk 🐣",
        {"a": [1, 2.5, None, True]},
        [],
        0,
        "\ud800 lone",
        "nul \0",
        {"deep": {"er": ["x"] * 9}},
    ],
)
def test_what_was_sealed_is_opened_as_it_was(vault, payload):
    assert vault.open(vault.seal(payload, **PLACE), **PLACE) == payload


def test_any_mapping_may_be_sealed(vault):
    facts = MappingProxyType({"attributes": MappingProxyType({"email": "a@b.c"})})
    assert vault.open(vault.seal(facts, **PLACE), **PLACE) == {"attributes": {"email": "a@b.c"}}


def test_what_is_not_json_is_refused(vault):
    with pytest.raises(TypeError, match="object"):
        vault.seal({"x": object()}, **PLACE)


@pytest.mark.parametrize("moved", [{"table": "applications"}, {"column": "other"}, {"row": "c2"}])
def test_a_value_moved_to_another_place_does_not_open(vault, moved):
    token = vault.seal("secret", **PLACE)
    with pytest.raises(SealBroken, match="belongs to another place"):
        vault.open(token, **{**PLACE, **moved})


def test_places_cannot_be_confused_by_clever_names(vault):
    token = vault.seal("secret", table="a", column="b", row="c/d")
    with pytest.raises(SealBroken):
        vault.open(token, table="a", column="b/c", row="d")


def test_every_altered_byte_is_noticed(vault):
    token = vault.seal("secret", **PLACE)
    for place in range(0, len(token), 7):
        altered = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(SealBroken):
            vault.open(altered, **PLACE)


@pytest.mark.parametrize("token", ["", "plain text", "gAAAAA", "ö", "x" * 10_000])
def test_what_was_never_sealed_does_not_open(vault, token):
    with pytest.raises(SealBroken):
        vault.open(token, **PLACE)


def test_another_key_does_not_open_it_and_the_error_tells_no_secret(vault, keys):
    token = vault.seal("hunter2", **PLACE)
    with pytest.raises(SealBroken) as caught:
        Vault(KeyRing((new_key(),))).open(token, **PLACE)
    assert "hunter2" not in str(caught.value)
    assert keys.keys[0] not in str(caught.value) + repr(keys) + repr(vault)


def test_the_first_key_encrypts_and_all_decrypt(vault, keys):
    newer = new_key()
    both = Vault(KeyRing((newer, *keys.keys)))
    assert both.open(vault.seal("old", **PLACE), **PLACE) == "old"
    inside = json.loads(Fernet(newer).decrypt(both.seal("new", **PLACE)))
    assert inside == ["connections", "secret", "c1", "new"]


def test_the_same_value_never_looks_the_same(vault):
    assert vault.seal("secret", **PLACE) != vault.seal("secret", **PLACE)


BYTES = b"\x00\xff\n[1]bytes"


def test_bytes_open_in_their_place_only(vault):
    token = vault.seal_bytes(BYTES, **PLACE)
    assert vault.open_bytes(token, **PLACE) == BYTES
    with pytest.raises(SealBroken, match="belongs to another place"):
        vault.open_bytes(token, **{**PLACE, "row": "c2"})


def test_bytes_are_no_other_value_and_other_values_are_no_bytes(vault):
    with pytest.raises(SealBroken):
        vault.open(vault.seal_bytes(b"", **PLACE), **PLACE)
    with pytest.raises(SealBroken):
        vault.open_bytes(vault.seal("text", **PLACE), **PLACE)


@pytest.mark.parametrize("payload", [BYTES, b"", {"a": 1}, "text"])
def test_what_is_sealed_anew_stays_what_it_was(vault, payload):
    newer = Vault(KeyRing((new_key(),)))
    is_bytes = isinstance(payload, bytes)
    token = (vault.seal_bytes if is_bytes else vault.seal)(payload, **PLACE)
    moved = vault.reseal(token, newer, **PLACE)
    assert (newer.open_bytes if is_bytes else newer.open)(moved, **PLACE) == payload
    with pytest.raises(SealBroken):
        vault.reseal(token, newer, **{**PLACE, "row": "c2"})


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


def test_a_code_tells_texts_apart_and_says_nothing_about_them_without_the_key(vault: Vault) -> None:
    assert vault.code("ann", "name") == vault.code("ann", "name")
    others = {
        vault.code("bob", "name"),
        vault.code("ann", "place"),
        Vault(KeyRing((new_key(),))).code("ann", "name"),
    }
    assert len(others | {vault.code("ann", "name")}) == 4
    assert len(vault.code("x" * 100_000 + "\ud83d", "name")) == 64
