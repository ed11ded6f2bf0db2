"""The password policy: what is refused, and that a generated password never is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cognito.models import PasswordPolicy
from services.cognito.passwords import LONGEST, SYMBOLS, generate, password_problems, policy_sentence
from services.errors import InvalidValue

policies = st.builds(
    PasswordPolicy,
    minimum_length=st.integers(6, 99),
    uppercase=st.booleans(),
    lowercase=st.booleans(),
    numbers=st.booleans(),
    symbols=st.booleans(),
)
STRICT = PasswordPolicy(minimum_length=12, uppercase=True, lowercase=True, numbers=True, symbols=True)


@given(policies)
def test_a_generated_password_satisfies_every_valid_policy(policy: PasswordPolicy) -> None:
    made = generate(policy)
    assert password_problems(made, policy) == []
    assert policy.minimum_length <= len(made) <= LONGEST


@given(policies)
def test_a_generated_password_is_safe_to_read_aloud_and_to_keep_in_a_file(policy: PasswordPolicy) -> None:
    made = generate(policy)
    assert not set(made) & set("\"'`\\ \t0OoQ1lI|,;:<>&^~2zZ5sS8bB")
    assert made[0].isalpha()
    assert made[-1].isalpha()


def test_generated_passwords_differ() -> None:
    assert len({generate(PasswordPolicy()) for _ in range(200)}) == 200


def test_an_impossible_policy_is_an_error_and_not_an_endless_search() -> None:
    with pytest.raises(InvalidValue):
        generate(PasswordPolicy(minimum_length=300))


def test_aws_states_exactly_these_symbols() -> None:
    assert set("^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-") == SYMBOLS
    assert len(SYMBOLS) == 32


@pytest.mark.parametrize("symbol", sorted(SYMBOLS))
def test_every_symbol_of_aws_counts_as_one(symbol: str) -> None:
    assert password_problems(f"Abcdefghijk1{symbol}", STRICT) == []


def test_every_missing_kind_is_named_at_once() -> None:
    texts = " ".join(password_problems("......", STRICT))
    assert "6 characters" in texts
    for kind in ("uppercase", "lowercase", "digit"):
        assert kind in texts
    assert "symbol" not in texts


@pytest.mark.parametrize(
    "password", ["Abc defgh1jk!", "Abcdefgh1jk!\u00a0", "Abcdefgh1jk!\n", " Abcdefgh1jk!"]
)
def test_spaces_of_any_kind_are_refused(password: str) -> None:
    assert any("space" in text for text in password_problems(password, STRICT))


def test_letters_and_digits_of_other_scripts_do_not_count() -> None:
    texts = password_problems("ÅÄÖåäö٣٤!!!!!!", STRICT)
    assert any("uppercase" in text for text in texts)
    assert any("digit" in text for text in texts)
    assert any("doesn't take" in text for text in texts)


def test_more_than_256_characters_are_refused() -> None:
    assert password_problems("Aa1!" * 64, STRICT) == []
    assert len(password_problems("Aa1!" * 64 + "x", STRICT)) == 1


@given(st.text(max_size=40), policies)
def test_no_sentence_repeats_the_password(password: str, policy: PasswordPolicy) -> None:
    secret = f"S3cret¤{password}¤"
    assert not any(secret in text for text in password_problems(secret, policy))


def test_the_policy_reads_as_one_sentence() -> None:
    assert policy_sentence(STRICT) == (
        "At least 12 characters, with an uppercase letter, a lowercase letter, "
        "a digit and a symbol; no spaces."
    )
    assert policy_sentence(PasswordPolicy(minimum_length=8)) == "At least 8 characters; no spaces."
