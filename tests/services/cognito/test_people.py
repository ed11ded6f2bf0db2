"""Usernames and sign-in names in each kind of pool."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cognito.attributes import STANDARD_SCHEMA
from services.cognito.models import User, UserPool, UserStatus
from services.cognito.people import (
    NameKind,
    UsernameKind,
    case_counts,
    linked_names,
    message_problems,
    same_name,
    sign_in_attributes,
    sign_in_name,
    sign_in_sentence,
    unverified_for_sign_in,
    username_kind,
    username_problems,
)


def pool(*, by: set[str] | None = None, aliases: set[str] | None = None, case: bool = True) -> UserPool:
    return UserPool(
        id="p",
        name="p",
        username_attributes=frozenset(by or ()),
        alias_attributes=frozenset(aliases or ()),
        case_sensitive=case,
        schema=STANDARD_SCHEMA,
    )


PLAIN, EMAIL, PHONE = pool(), pool(by={"email"}), pool(by={"phone_number"})
EITHER, ALIAS = pool(by={"email", "phone_number"}), pool(aliases={"email", "phone_number"})


@pytest.mark.parametrize(
    ("kind", "username"),
    [
        (PLAIN, "ann.ek"),
        (PLAIN, "ann@example.com"),
        (PLAIN, "陳大文"),
        (PLAIN, "x" * 128),
        (EMAIL, "ann@example.com"),
        (PHONE, "+46701234567"),
        (EITHER, "ann@example.com"),
        (EITHER, "+46701234567"),
        (ALIAS, "ann.ek"),
        (ALIAS, "ann@"),
    ],
)
def test_these_usernames_are_fine(kind: UserPool, username: str) -> None:
    assert username_problems(username, kind) == []


@pytest.mark.parametrize(
    ("kind", "username", "hint"),
    [
        (PLAIN, "", "missing"),
        (PLAIN, "ann ek", "no spaces"),
        (PLAIN, "ann\u200bek", "invisible"),
        (PLAIN, "x" * 129, "at most 128"),
        (EMAIL, "ann.ek", "@"),
        (EMAIL, "a@" + "b" * 60 + "." + "c" * 60 + ".example.com", "at most 128"),
        (PHONE, "0701234567", "starts with +"),
        (EITHER, "ann", "starts with +"),
        (EITHER, "ann@x", "period"),
        (ALIAS, "ann@example.com", "must not look like an e-mail"),
        (ALIAS, "+46701234567", "must not look like a phone"),
    ],
)
def test_these_usernames_are_refused_with_a_reason(kind: UserPool, username: str, hint: str) -> None:
    assert any(hint in text for text in username_problems(username, kind))


@given(st.text(max_size=200))
def test_any_text_gets_an_answer_in_every_kind_of_pool(username: str) -> None:
    for kind in (PLAIN, EMAIL, PHONE, EITHER, ALIAS):
        assert all(isinstance(text, str) and text for text in username_problems(username, kind))


def test_the_kind_of_username_follows_the_pool() -> None:
    kinds = [username_kind(pool) for pool in (PLAIN, EMAIL, PHONE, EITHER, ALIAS)]
    expected = [UsernameKind.NAME, UsernameKind.EMAIL, UsernameKind.PHONE, UsernameKind.EITHER]
    assert kinds == [*expected, UsernameKind.NAME]


def test_case_counts_only_where_the_pool_says_so() -> None:
    assert not same_name("Ann", "ann", PLAIN)
    assert same_name("Ann", "ANN", pool(case=False))
    assert not case_counts(NameKind.EMAIL, PLAIN)
    assert case_counts(NameKind.EMAIL, ALIAS)


def test_accents_in_one_piece_or_apart_are_the_same_name() -> None:
    apart = unicodedata.normalize("NFD", "Zoë")
    assert same_name("Zoë", apart, PLAIN)
    assert same_name("ZOË", apart, pool(case=False))
    assert not same_name("Zoe", apart, PLAIN)


def test_accounts_linked_at_other_providers_are_read_from_the_attribute() -> None:
    kept = '[{"userId":"1234","providerName":"Google","providerType":"Google","primary":false}]'
    assert linked_names(kept) == ["Google_1234"]
    assert linked_names("not json") == []
    assert linked_names("3") == []


def test_the_ways_to_sign_in_are_told_in_one_sentence() -> None:
    assert sign_in_attributes(PLAIN) == ()
    assert sign_in_sentence(PLAIN) == "People sign in with their username."
    assert sign_in_sentence(EITHER) == "People sign in with their e-mail address or phone number."
    assert "verified e-mail address" in sign_in_sentence(ALIAS)


def person(**attributes: str) -> User:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return User("uuid-1", "uuid-1", UserStatus.CONFIRMED, True, now, now, attributes)


def test_an_alias_works_only_when_verified() -> None:
    ann = person(email="ann@example.com")
    assert unverified_for_sign_in(ann, ALIAS) == ["email"]
    assert unverified_for_sign_in(ann, EMAIL) == []
    assert unverified_for_sign_in(person(email="a@example.com", email_verified="true"), ALIAS) == []


def test_people_are_told_the_name_they_type() -> None:
    ann = person(email="ann@example.com", phone_number="+46701234567")
    assert sign_in_name(ann, EMAIL) == "ann@example.com"
    assert sign_in_name(ann, PHONE) == "+46701234567"
    assert sign_in_name(ann, PLAIN) == "uuid-1"


def test_a_message_needs_an_address() -> None:
    assert message_problems(("EMAIL", "SMS"), {"email": "ann@example.com"}) == [
        "To send the invitation by SMS, a phone number is needed."
    ]
    assert message_problems((), {}) == []
