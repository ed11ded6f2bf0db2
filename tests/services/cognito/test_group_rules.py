"""Rules for group names, descriptions and precedence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cognito.group_rules import (
    description_problems,
    name_problems,
    precedence_problems,
    provider_of,
)


@pytest.mark.parametrize(
    "name", ["billing", "team/eu-1", "Ärzte", "開発", "a", "x" * 128, "👩‍🚀".replace("\u200d", "")]
)
def test_these_names_are_fine(name: str) -> None:
    assert name_problems(name) == []


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("", "needs a name"),
        ("two words", "no spaces"),
        ("zero\u200bwidth", "invisible"),
        ("x" * 129, "at most 128"),
        ("a;b", "semicolon"),
        ("billing", "already"),
        ("Billing", "capital letters"),
    ],
)
def test_these_names_are_refused_with_a_reason(name: str, hint: str) -> None:
    assert any(hint in text for text in (problem.lower() for problem in name_problems(name, {"billing"})))


def test_a_full_pool_takes_no_more_groups() -> None:
    assert "10,000" in name_problems("one-more", [f"g{number}" for number in range(10_000)])[0]


@given(st.text(max_size=200))
def test_any_text_gets_an_answer(name: str) -> None:
    assert all(name_problems(name))
    assert (name_problems(name) == []) or name == "" or len(name) > 128 or not name.isalnum()


def test_descriptions_and_precedence_have_their_limits() -> None:
    assert description_problems("x" * 2048) == []
    assert description_problems("x" * 2049)
    assert precedence_problems(None) == precedence_problems(0) == precedence_problems(2**31 - 1) == []
    assert precedence_problems(-1)
    assert precedence_problems(2**31)


def test_the_automatic_group_of_a_provider_is_recognised() -> None:
    assert provider_of("eu-west-1_abc_Google", "eu-west-1_abc") == "Google"
    assert provider_of("billing", "eu-west-1_abc") == ""
    assert provider_of("eu-west-1_other_Google", "eu-west-1_abc") == ""
