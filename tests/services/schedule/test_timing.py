"""When something happens by itself, in words and as cron takes it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import InvalidValue
from services.schedule.timing import DAYS, Timing, parse, zone_names, zone_of

BERLIN = ZoneInfo("Europe/Berlin")
SENTENCES = {
    "every day at 6": "0 6 * * *",
    "Daily at 6:30": "30 6 * * *",
    "every weekday at 06:30": "30 6 * * 1-5",
    "weekdays, 6.30": "30 6 * * 1-5",
    "weekends at 10am": "0 10 * * 6,0",
    "mondays and thursdays at 7": "0 7 * * 1,4",
    "Mon, Wed and Fri at 7:15pm": "15 19 * * 1,3,5",
    "every sunday at 12 am": "0 0 * * 0",
    "on the 1st and 15th at 05:00": "0 5 1,15 * *",
    "monthly on the 3rd at 4:30": "30 4 3 * *",
    "on the last day of the month at 18:00": "0 18 L * *",
    "first monday of the month at 9": "0 9 * * 1#1",
    "last friday of the month at 17:00": "0 17 * * 5L",
    "every quarter at 06:00": "0 6 1 1,4,7,10 *",
    "every year on 1 march at 6:00": "0 6 1 3 *",
    "every hour": "0 * * * *",
    "every 6 hours": "0 */6 * * *",
    "every 15 minutes": "*/15 * * * *",
    "once on 2026-12-01 at 08:00": "once 2026-12-01 08:00",
    "2026-12-01T08:00": "once 2026-12-01 08:00",
    "30 6 * * mon-fri": "30 6 * * MON-FRI",
}
REFUSED = (
    "",
    "soon",
    "12:00",
    "daily at 25:00",
    "daily at 6:75",
    "daily at 13 pm",
    "every 7 hours",
    "every 7 minutes",
    "on the 32nd at 5",
    "every year on 30 february at 5",
    "once on 2026-02-30 at 08:00",
    "99 * * * *",
    "0 0 30 2 *",
    "* * * * *",
    "*/2 * * * *",
    "1,2 6 * * *",
)


@pytest.mark.parametrize("typed", SENTENCES)
def test_a_sentence_is_understood_and_reads_back_as_it_was_kept(typed: str) -> None:
    timing = parse(typed)
    assert timing.kept == SENTENCES[typed]
    assert parse(timing.kept) == timing
    assert timing.words


@pytest.mark.parametrize("typed", REFUSED)
def test_what_is_no_time_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        parse(typed)
    assert refused.value.field == "when"
    assert "every weekday at 06:30" in refused.value.next_step


@pytest.mark.parametrize("typed", ["every day", "weekdays", "on the 1st", "mondays", "every quarter"])
def test_days_without_a_time_are_asked_about_because_nobody_means_midnight(typed: str) -> None:
    with pytest.raises(InvalidValue, match="At what time"):
        parse(typed)


def test_times_are_those_of_the_clock_in_the_zone_all_year() -> None:
    timing = parse("every day at 06:30")
    assert timing.after(datetime(2026, 1, 10, 12, tzinfo=UTC), BERLIN) == datetime(
        2026, 1, 11, 5, 30, tzinfo=UTC
    )
    assert timing.after(datetime(2026, 7, 10, 12, tzinfo=UTC), BERLIN) == datetime(
        2026, 7, 11, 4, 30, tzinfo=UTC
    )


def test_what_falls_into_the_hour_left_out_happens_right_after_it() -> None:
    due = parse("every day at 02:30").after(datetime(2026, 3, 28, 12, tzinfo=UTC), BERLIN)
    assert due == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)  # 03:00 in Berlin; 02:30 doesn't exist that day


def test_what_falls_into_the_hour_that_comes_twice_happens_once() -> None:
    timing = parse("every day at 02:30")
    first = timing.after(datetime(2026, 10, 24, 12, tzinfo=UTC), BERLIN)
    assert first is not None
    second = timing.after(first, BERLIN)
    assert second is not None
    assert (first.astimezone(BERLIN).day, second.astimezone(BERLIN).day) == (25, 26)


def test_once_is_over_when_it_has_been() -> None:
    timing = parse("once on 2026-12-01 at 08:00")
    due = timing.after(datetime(2026, 11, 1, tzinfo=UTC), BERLIN)
    assert due == datetime(2026, 12, 1, 7, tzinfo=UTC)
    assert timing.after(due, BERLIN) is None


@given(
    day=st.sampled_from(DAYS),
    hour=st.integers(0, 23),
    minute=st.integers(0, 59),
    hours=st.integers(0, 20 * 366 * 24),
    zone=st.sampled_from(["UTC", "Asia/Kathmandu", "America/New_York", "Pacific/Auckland"]),
)
def test_a_named_day_is_met_within_a_week(day: str, hour: int, minute: int, hours: int, zone: str) -> None:
    now = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    due = parse(f"every {day} at {hour}:{minute:02}").after(now, zone_of(zone))
    assert due is not None
    assert now < due <= now + timedelta(days=8)
    # a time that a change of clocks leaves out comes right after it
    local = due.astimezone(zone_of(zone))
    assert local.strftime("%A").lower() == day
    assert (local.hour, local.minute) == (hour, minute) or abs(local.hour - hour) <= 1


def test_a_zone_that_is_none_is_refused_and_every_one_offered_is_one() -> None:
    with pytest.raises(InvalidValue, match="no time zone"):
        zone_of("Europe/Atlantis")
    with pytest.raises(InvalidValue):
        zone_of("../etc/passwd")
    assert [zone_of(name).key for name in zone_names()] == zone_names()


def test_the_first_of_a_timing_is_never_now() -> None:
    now = datetime(2026, 1, 1, 6, tzinfo=UTC)
    assert Timing("0 6 * * *").after(now, ZoneInfo("UTC")) == now + timedelta(days=1)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("every 2 hours", "Every 2 hours"),
        ("every hour", "Every hour"),
        ("every 10 minutes", "Every 10 minutes"),
        ("every weekday at 06:30", "At 06:30 on Monday through Friday"),
        ("0 */5 * * *", "At minute 0 past every fifth hour"),  # at midnight it begins anew
    ],
)
def test_a_time_reads_as_people_say_it(typed: str, words: str) -> None:
    assert parse(typed).words == words
