"""Slowing sign-in down, and releasing it again."""

from __future__ import annotations

import time

import pytest

from services.access.throttle import ADDRESS, DEVICE, NAME, PAIR, Throttle
from services.errors import TooManyAttempts


class Clock:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throttle(clock: Clock) -> Throttle:
    return Throttle(clock)


def fail(throttle: Throttle, times: int, name: str = "ann", address: str = "192.0.2.1") -> None:
    for _ in range(times):
        throttle.begin(name, address)


def test_a_few_wrong_tries_are_free(throttle: Throttle) -> None:
    fail(throttle, PAIR.attempts)


def test_one_more_is_refused_and_says_for_how_long(throttle: Throttle) -> None:
    fail(throttle, PAIR.attempts)
    with pytest.raises(TooManyAttempts, match="5 minutes"):
        throttle.begin("ann", "192.0.2.1")


def test_it_releases_by_itself(throttle: Throttle, clock: Clock) -> None:
    fail(throttle, PAIR.attempts)
    clock.now += PAIR.seconds + 1
    throttle.begin("ann", "192.0.2.1")


def test_tries_while_refused_do_not_prolong_the_wait(throttle: Throttle, clock: Clock) -> None:
    fail(throttle, PAIR.attempts)
    for _ in range(100):
        clock.now += 1
        with pytest.raises(TooManyAttempts):
            throttle.begin("ann", "192.0.2.1")
    clock.now += PAIR.seconds - 99
    throttle.begin("ann", "192.0.2.1")


def test_nobody_elsewhere_is_kept_out_by_someone_who_guesses(throttle: Throttle) -> None:
    fail(throttle, PAIR.attempts, address="203.0.113.66")
    throttle.begin("ann", "192.0.2.1")


def test_letter_case_and_spaces_make_no_new_name(throttle: Throttle) -> None:
    fail(throttle, PAIR.attempts)
    with pytest.raises(TooManyAttempts):
        throttle.begin(" ANN ", "192.0.2.1")


def test_one_address_that_tries_many_names_is_slowed_down(throttle: Throttle) -> None:
    for number in range(ADDRESS.attempts):
        throttle.begin(f"name{number}", "203.0.113.66")
    with pytest.raises(TooManyAttempts):
        throttle.begin("another", "203.0.113.66")


def test_the_addresses_of_one_ipv6_customer_count_as_one(throttle: Throttle) -> None:
    for number in range(PAIR.attempts):
        throttle.begin("ann", f"2001:db8:1:2::{number + 1:x}")
    with pytest.raises(TooManyAttempts):
        throttle.begin("ann", "2001:db8:1:2:ffff::1")
    throttle.begin("ann", "2001:db8:1:3::1")


def test_many_addresses_that_try_one_name_are_slowed_down(throttle: Throttle) -> None:
    for number in range(NAME.attempts):
        throttle.begin("ann", f"198.51.100.{number}")
    with pytest.raises(TooManyAttempts):
        throttle.begin("ann", "192.0.2.1")


def test_a_success_takes_back_what_came_before_it(throttle: Throttle) -> None:
    fail(throttle, PAIR.attempts - 1)
    throttle.begin("ann", "192.0.2.1")
    throttle.succeeded("ann", "192.0.2.1")
    fail(throttle, PAIR.attempts)


def test_a_success_of_ones_own_does_not_clear_the_address(throttle: Throttle) -> None:
    fail(throttle, PAIR.attempts, "one")
    fail(throttle, PAIR.attempts, "two")
    fail(throttle, PAIR.attempts, "three")
    throttle.begin("own", "192.0.2.1")
    throttle.succeeded("own", "192.0.2.1")
    fail(throttle, ADDRESS.attempts - 3 * PAIR.attempts, "four")
    with pytest.raises(TooManyAttempts):
        throttle.begin("five", "192.0.2.1")


def test_the_waiting_time_can_be_seen_and_ended(throttle: Throttle) -> None:
    assert throttle.waiting("ann") == 0
    fail(throttle, PAIR.attempts)
    assert throttle.waiting("Ann") == PAIR.seconds
    throttle.release("ann")
    assert throttle.waiting("ann") == 0
    throttle.begin("ann", "192.0.2.1")


def test_many_names_do_not_fill_the_memory(throttle: Throttle, clock: Clock) -> None:
    for number in range(30_000):
        clock.now += 1
        throttle.begin(f"name{number}", f"10.{number // 65536}.{number // 256 % 256}.{number % 256}")
    assert throttle.size < 20_000


def test_a_browser_that_is_known_is_not_kept_out_by_strangers(throttle: Throttle) -> None:
    for stranger in range(8):
        fail(throttle, PAIR.attempts, address=f"198.51.100.{stranger}")
    with pytest.raises(TooManyAttempts):
        throttle.begin("ann", "192.0.2.1")
    throttle.begin("ann", "192.0.2.1", device="her laptop")


def test_a_known_browser_behind_a_busy_address_is_not_kept_out_either(throttle: Throttle) -> None:
    for number in range(ADDRESS.attempts):
        fail(throttle, 1, name=f"colleague{number}")
    with pytest.raises(TooManyAttempts):
        throttle.begin("ann", "192.0.2.1")
    throttle.begin("ann", "192.0.2.1", device="her laptop")


def test_it_has_no_more_tries_than_ten(throttle: Throttle) -> None:
    for _ in range(DEVICE.attempts):
        throttle.begin("ann", "192.0.2.1", device="her laptop")
    with pytest.raises(TooManyAttempts):
        throttle.begin("ann", "198.51.100.7", device="her laptop")
    assert throttle.waiting("ann") > 0


def test_only_the_refusal_that_begins_a_waiting_time_is_the_first(throttle: Throttle, clock: Clock) -> None:
    fail(throttle, PAIR.attempts)
    told = []
    for _ in range(3):
        with pytest.raises(TooManyAttempts) as refused:
            throttle.begin("ann", "192.0.2.1")
        told.append(refused.value.first)
    clock.now += PAIR.seconds + 1
    fail(throttle, PAIR.attempts)
    with pytest.raises(TooManyAttempts) as refused:
        throttle.begin("ann", "192.0.2.1")
    assert (told, refused.value.first) == ([True, False, False], True)


@pytest.mark.parametrize("seconds", [-86_400, 86_400])
def test_a_wall_clock_that_jumps_neither_frees_nor_locks_anybody(
    monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    throttle, now = Throttle(), time.time()
    for _ in range(PAIR.attempts):
        throttle.begin("ann", "192.0.2.1")
    monkeypatch.setattr(time, "time", lambda: now + seconds)
    with pytest.raises(TooManyAttempts):
        throttle.begin("ann", "192.0.2.1")
    assert 0 < throttle.waiting("ann") <= PAIR.seconds
