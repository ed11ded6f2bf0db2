"""A sealed value opens in its own place and nowhere else."""

import json
from types import MappingProxyType

import pytest
from cryptography.fernet import Fernet

from services.errors import SealBroken
from services.store.keys import KeyRing, new_key
from services.store.vault import Vault

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
