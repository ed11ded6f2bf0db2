"""What is asked of ListUsers, and what is checked again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.cognito.filters import FILTERABLE, LONGEST_FILTER, Match, UserFilter, exact, prefix
from services.cognito.models import User, UserStatus
from services.errors import InvalidValue

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def person(**attributes: str) -> User:
    return User("ann", "sub-1", UserStatus.CONFIRMED, True, NOW, NOW, attributes)


@pytest.mark.parametrize(
    ("asked", "expression"),
    [
        (exact("email", "ann@example.com"), 'email = "ann@example.com"'),
        (prefix("name", "An"), 'name ^= "An"'),
        (exact("name", 'a"b\\c'), 'name = "a\\"b\\\\c"'),
        (exact("cognito:user_status", "CONFIRMED"), 'cognito:user_status = "CONFIRMED"'),
        (prefix("email", "julian@"), 'email ^= "julian"'),
        (prefix("name", "O'"), 'name ^= "O"'),
        (prefix("phone_number", "+"), 'phone_number ^= "+"'),
        (exact("email", "julian@"), 'email = "julian@"'),
    ],
)
def test_a_filter_is_written_as_aws_reads_it(asked: UserFilter, expression: str) -> None:
    assert asked.expression() == expression


def test_a_prefix_ending_in_punctuation_still_finds_only_what_was_meant() -> None:
    wanted = prefix("email", "julian@")
    assert wanted.matches(person(email="Julian@example.com"))
    assert not wanted.matches(person(email="julianne@example.com"))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (exact("username", "ANN"), True),
        (exact("username", "anna"), False),
        (prefix("sub", "sub-"), True),
        (exact("status", "Enabled"), True),
        (exact("status", "Disabled"), False),
        (exact("cognito:user_status", "confirmed"), True),
        (exact("email", "ann@example.com"), False),
    ],
)
def test_people_are_checked_against_the_filter(wanted: UserFilter, found: bool) -> None:
    assert wanted.matches(person()) is found


def test_custom_attributes_can_not_be_searched() -> None:
    with pytest.raises(InvalidValue, match="can't search") as caught:
        exact("custom:team", "x")
    assert caught.value.field == "attribute"


def test_a_blank_search_is_refused() -> None:
    with pytest.raises(InvalidValue):
        exact("email", "")


def test_a_search_too_long_for_aws_is_refused() -> None:
    room = LONGEST_FILTER - len('name = ""')
    assert len(exact("name", "x" * room).expression()) == LONGEST_FILTER
    with pytest.raises(InvalidValue, match="too long"):
        exact("name", "x" * (room + 1))
    with pytest.raises(InvalidValue):
        exact("name", '"' * room)


@given(st.sampled_from(sorted(FILTERABLE)), st.sampled_from(Match), st.text(min_size=1, max_size=60))
def test_no_value_breaks_out_of_its_quotation_marks(attribute: str, match: Match, value: str) -> None:
    expression = UserFilter(attribute, match, value).expression()
    head = f'{attribute} {match.value} "'
    assert expression.startswith(head)
    assert expression.endswith('"')
    inner, plain, at = expression[len(head) : -1], "", 0
    while at < len(inner):
        assert inner[at] != '"'
        if inner[at] == "\\":
            at += 1
            assert inner[at] in '\\"'
        plain += inner[at]
        at += 1
    assert value.startswith(plain) if match is Match.PREFIX else value == plain
