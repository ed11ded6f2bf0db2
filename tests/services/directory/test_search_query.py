"""What can be asked about people, as a line and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from services.directory.person_state import PersonState
from services.directory.search_query import HELP, AttributeCondition, AttributeTest, DayRange, Query, parse
from services.errors import InvalidValue


@pytest.mark.parametrize(
    ("line", "query"),
    [
        ("", Query()),
        ("  ann   ek ", Query(words="ann ek")),
        ('"ann ek"', Query(words="ann ek")),
        (
            "status:invited status:expired",
            Query(states=frozenset({PersonState.INVITED, PersonState.EXPIRED})),
        ),
        ("is:disabled", Query(enabled=False)),
        ('group:"Night shift" -group:admins', Query(groups=("Night shift",), without=("admins",))),
        ("no:group", Query(ungrouped=True)),
        (
            "no:email has:name",
            Query(
                attributes=(
                    AttributeCondition("email", AttributeTest.EMPTY),
                    AttributeCondition("name", AttributeTest.FILLED),
                )
            ),
        ),
        (
            "custom:team=Nord",
            Query(attributes=(AttributeCondition("custom:team", AttributeTest.IS, "Nord"),)),
        ),
        (
            'name~"a \\"b\\""',
            Query(attributes=(AttributeCondition("name", AttributeTest.CONTAINS, 'a "b"'),)),
        ),
        ("created:2026-01-02..", Query(created=DayRange(date(2026, 1, 2)))),
        ("changed:2026-01-02", Query(changed=DayRange(date(2026, 1, 2), date(2026, 1, 2)))),
        ("domain:@Example.ORG", Query(domain="example.org")),
    ],
)
def test_a_line_says_a_query_and_the_query_says_it_again(line: str, query: Query) -> None:
    assert parse(line) == query
    assert parse(str(query)) == query


def test_days_are_counted_in_utc_with_the_last_one_included() -> None:
    days = DayRange(date(2026, 1, 2), date(2026, 1, 3))
    assert days.start == datetime(2026, 1, 2, tzinfo=UTC)
    assert days.end == datetime(2026, 1, 4, tzinfo=UTC)
    assert DayRange(last=date.max).end is None
    assert not DayRange()


def test_an_empty_query_asks_for_nothing() -> None:
    assert not Query()
    assert replace(Query(), enabled=True)


@pytest.mark.parametrize("line", ["status:x", "is:x", "created:soon", "created:2026-02-30..", 'a "b', "no:"])
def test_a_line_that_makes_no_sense_is_refused(line: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        parse(line)
    assert caught.value.next_step


@pytest.mark.parametrize("line", ["email:ann@example.org", "Email=ann@example.org", "enabled:true"])
def test_what_only_looks_like_a_condition_is_said(line: str) -> None:
    with pytest.raises(InvalidValue, match="no condition"):
        parse(line)
    assert parse(f'"{line}"').words == line
    assert parse(str(parse(f'"{line}"'))).words == line


def test_the_help_at_a_terminal_names_every_status() -> None:
    (line,) = [word for word in HELP.split() if word.startswith("status:")]
    assert set(line.removeprefix("status:").rstrip(",").split("|")) == set(PersonState)
