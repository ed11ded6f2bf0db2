"""Passwords that somebody reads aloud and somebody else types."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.access import passwords
from services.dictation import DIGITS, LETTERS, dictatable, spelled


@given(st.integers(10, 256))
def test_they_stand_in_groups_of_four_without_what_looks_alike(length: int) -> None:
    made = dictatable(length)
    assert length <= len(made) <= min(length + 1, 256)
    assert re.fullmatch(rf"[{LETTERS.upper()}][{LETTERS}{DIGITS}-]+[{LETTERS}]", made)
    assert all(1 <= len(group) <= 4 for group in made.split("-"))
    assert not set(made) & set("0Oo1lIi2Zz5Ss8Bb")
    assert set(made) & set(DIGITS)


def test_they_differ_and_are_good_enough_for_operators_too() -> None:
    made = {dictatable() for _ in range(100)}
    assert len(made) == 100
    assert all(passwords.password_problems(item, "ann") == () for item in list(made)[:10])


def test_spelling_tells_capitals_digits_and_signs() -> None:
    assert spelled("Kp7-x") == "capital KILO, papa, seven, hyphen, x-ray"
    assert spelled("ä!") == "ä, exclamation mark"


@pytest.mark.parametrize("sign", string.ascii_letters + string.digits + string.punctuation)
def test_every_sign_of_a_keyboard_has_a_name(sign: str) -> None:
    assert len(spelled(sign)) > 2
