"""Secrets that leave the machine open with their passphrase only."""

import json

import pytest

from services.configuration.passphrase import check_new, lock, unlock
from services.errors import FileRejected, InvalidValue

WORDS = "correct horse battery staple"


@pytest.fixture(scope="module")
def box():
    return lock({"secret": "åäö-wJalrXUtnFEMI"}, WORDS)


def test_the_passphrase_opens_it_also_after_a_trip_through_json(box):
    assert unlock(json.loads(json.dumps(box)), WORDS) == {"secret": "åäö-wJalrXUtnFEMI"}


def test_the_box_holds_neither_the_secret_nor_the_passphrase(box):
    text = json.dumps(box)
    assert "wJalrXUtnFEMI" not in text
    assert "horse" not in text
    assert box["kdf"] == "scrypt"
    assert box["n"] >= 2**17


def test_each_box_has_its_own_salt(box):
    assert lock({}, WORDS)["salt"] != box["salt"]


@pytest.mark.parametrize("wrong", ["correct horse battery stapl", "Correct horse battery staple", ""])
def test_another_passphrase_is_told_clearly(box, wrong):
    with pytest.raises(InvalidValue) as caught:
        unlock(box, wrong)
    assert caught.value.field == "passphrase"
    assert "passphrase" in caught.value.message


def test_the_same_words_typed_in_another_form_open_it():
    assert unlock(lock(1, "A\u030angstrom-strasse-7"), "\u00c5ngstrom-strasse-7") == 1


@pytest.mark.parametrize(
    "change",
    [
        {"n": 2**30},
        {"n": 2**17 + 1},
        {"n": 2},
        {"n": True},
        {"n": "131072"},
        {"n": None},
        {"r": 4096},
        {"p": 1000},
        {"salt": "AAAA"},
        {"salt": "***"},
        {"salt": None},
        {"kdf": "md5"},
        {"cipher": "rot13"},
        {"token": "ä"},
    ],
)
def test_parameters_of_a_hostile_file_are_refused_before_any_work(box, change):
    with pytest.raises(FileRejected):
        unlock({**box, **change}, WORDS)


def test_an_altered_box_does_not_open(box):
    token = box["token"]
    altered = token[:40] + ("A" if token[40] != "A" else "B") + token[41:]
    with pytest.raises(InvalidValue):
        unlock({**box, "token": altered}, WORDS)


@pytest.mark.parametrize("weak", ["", "short", "           x", "aaaaaaaaaaaaaaaa"])
def test_a_weak_passphrase_is_refused(weak):
    with pytest.raises(InvalidValue) as caught:
        check_new(weak)
    assert caught.value.field == "passphrase"


def test_a_mistyped_repetition_is_refused():
    assert check_new(WORDS, WORDS) == WORDS
    with pytest.raises(InvalidValue) as caught:
        check_new(WORDS, WORDS + " ")
    assert caught.value.field == "passphrase_again"
