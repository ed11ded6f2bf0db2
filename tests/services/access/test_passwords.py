"""Passwords of operators."""

from __future__ import annotations

import pytest

from services.access import passwords

LOW = 4


def check(password: str, stored: str) -> bool:
    return passwords.matches(passwords.bcrypt_input(password), stored)


def test_the_right_password_matches_and_another_does_not() -> None:
    stored = passwords.hash_password("correct horse battery 1!", LOW)
    assert check("correct horse battery 1!", stored)
    assert not check("correct horse battery 2!", stored)


def test_every_character_counts_beyond_the_72_bytes_that_bcrypt_reads() -> None:
    long = "x" * 200
    stored = passwords.hash_password(long + "a", LOW)
    assert check(long + "a", stored)
    assert not check(long + "b", stored)


def test_a_megabyte_of_password_works() -> None:
    stored = passwords.hash_password("ä" * 1_000_000, LOW)
    assert check("ä" * 1_000_000, stored)


def test_spaces_at_the_ends_count() -> None:
    stored = passwords.hash_password(" twelve letters ", LOW)
    assert check(" twelve letters ", stored)
    assert not check("twelve letters", stored)


def test_what_follows_a_zero_byte_counts() -> None:
    stored = passwords.hash_password("before\0after", LOW)
    assert not check("before\0other", stored)


def test_one_accent_typed_two_ways_is_one_password() -> None:
    stored = passwords.hash_password("caf\u00e9 au lait 99", LOW)
    assert check("cafe\u0301 au lait 99", stored)


def test_half_a_surrogate_pair_from_a_browser_is_no_crash() -> None:
    stored = passwords.hash_password("\ud83d twelve letters", LOW)
    assert check("\ud83d twelve letters", stored)


@pytest.mark.usefixtures("real_cost")
def test_no_password_matches_the_hash_that_stands_for_unknown_names() -> None:
    assert not check("", passwords.NOBODY)
    assert f"${passwords.ROUNDS}$" in passwords.NOBODY


@pytest.mark.usefixtures("real_cost")
def test_a_hash_made_at_a_lower_cost_is_known_as_weak() -> None:
    assert passwords.is_weak_hash(passwords.hash_password("correct horse battery 1!", LOW))
    assert not passwords.is_weak_hash(passwords.NOBODY)


@pytest.mark.parametrize(
    "bad",
    [
        "short",
        "elevenchars",
        "ann-liisa.ek",
        "Ann-Liisa.Ek1",
        "aaaaaaaaaaaaaaa",
        "Password1234",
        "abcdefghijkl",
        "098765432109",
        "cognito ops console",
        "Summer2026!abc",
        "hunter2hunter2hunter2",
        "cognito ann console",
        "cognito-ops-console-1",
        "Ann.Liisa.Ek.Operator!",
        "correct horse battery staple",
        "x" * 5 + "ABCDEFGH" * 40,
        "",
    ],
)
def test_a_password_that_anyone_would_try_is_refused(bad: str) -> None:
    assert passwords.password_problems(bad, "ann-liisa.ek", "Ann", "ann@example.com")


@pytest.mark.parametrize(
    "good",
    [
        "correct horse battery 1!",
        "ann keeps her bees in may",
        "þetta er langt lykilorð",
        "the quiet lighthouse " * 5 + "x",
        "ünsere Möwe fliegt nie zurück" * 3,
    ],
)
def test_a_long_password_of_ones_own_is_accepted(good: str) -> None:
    assert passwords.password_problems(good, "ann", "Ann Ek") == ()


def test_128_characters_are_enough_and_64_are_not_too_many() -> None:
    words = "lamp river orbit candle spoon meadow piano glacier "
    assert passwords.password_problems((words * 4)[:64]) == ()
    assert passwords.password_problems((words * 4)[:128]) == ()
    assert any(
        "at most 128 characters" in problem for problem in passwords.password_problems((words * 4)[:129])
    )
