"""Numbers, plurals, lengths of time and moments in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from services import words

NOON = datetime(2026, 3, 3, 12, 5, tzinfo=UTC)


def test_one_is_singular_and_everything_else_is_plural_with_thousands_set_apart() -> None:
    assert [words.counted(count, "group") for count in (0, 1, 2, 1204)] == [
        "0 groups",
        "1 group",
        "2 groups",
        "1,204 groups",
    ]
    assert [words.people(count) for count in (1, 12_431)] == ["1 person", "12,431 people"]


def test_a_capital_first_letter_leaves_the_others_alone() -> None:
    assert [words.capital(text) for text in ("code by SMS", "é", "")] == ["Code by SMS", "É", ""]


def test_lists_are_read_aloud_with_and_before_the_last() -> None:
    assert [words.listed(parts) for parts in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]


def test_of_many_names_the_first_are_given_and_the_others_counted() -> None:
    assert words.named(["Ann", "Bo"]) == "Ann, Bo"
    assert words.named([str(number) for number in range(12)], 3) == "0, 1, 2 and 9 more"
    assert words.named(["Ann", "Bo"], 2, of=2_000) == "Ann, Bo and 1,998 more"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "under 1 s"), (40, "40 s"), (200, "3 min 20 s"), (3_900, "1 h 5 min"), (183_600, "2 d 3 h")],
)
def test_a_duration_is_given_in_its_two_largest_units(seconds: float, text: str) -> None:
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(1, "1 second"), (185, "3 minutes"), (-7_300, "2 hours"), (90_000, "1 day")]
)
def test_how_far_away_something_is_is_rounded_to_its_largest_unit(seconds: float, text: str) -> None:
    assert words.span(seconds) == text


def test_a_length_of_time_that_somebody_set_is_said_exactly() -> None:
    lengths = (timedelta(days=30), timedelta(hours=1), timedelta(minutes=90), timedelta(seconds=61))
    assert [words.lifetime(length) for length in lengths] == ["30 days", "1 hour", "90 minutes", "61 seconds"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(20, "just now"), (119, "1 minute ago"), (7_200, "2 hours ago"), (90_000, "1 day ago")],
)
def test_how_long_ago_is_rounded_down(seconds: int, text: str) -> None:
    assert words.ago(NOON - timedelta(seconds=seconds), NOON) == text
    assert words.ago(None) == "never"


def test_a_moment_says_that_it_is_in_utc_unless_a_zone_is_given() -> None:
    assert words.minute(NOON) == "3 Mar 2026, 12:05 UTC"
    assert words.minute(NOON, ZoneInfo("Asia/Tokyo")) == "3 Mar 2026, 21:05"
    assert words.day(datetime(2026, 3, 3, 22, tzinfo=UTC), ZoneInfo("Asia/Tokyo")) == "4 Mar 2026"
