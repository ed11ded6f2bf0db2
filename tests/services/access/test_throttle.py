"""Slowing sign-in down, and releasing it again, on both databases."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from services.access.throttle import ADDRESS, CODE, CROWDED_PAIR, DEVICE, NAME, PAIR, Throttle
from services.errors import TooManyAttempts
from services.roles import Role
from services.store.engine import open_store
from services.store.schema import sign_in_tries
from services.store.store import Store
from tests.fixtures.store import pass_by


@pytest.fixture(params=["SQLite", "PostgreSQL"])
def throttle(request: pytest.FixtureRequest) -> Throttle:
    return Throttle(request.getfixturevalue("store" if request.param == "SQLite" else "postgresql_store"))


@pytest.fixture
def elsewhere(throttle: Throttle) -> Iterator[Throttle]:
    """That of another console on the same database."""
    url = throttle.store.address.render_as_string(hide_password=False)
    with open_store(url, throttle.store.keys) as store:
        yield Throttle(store)


def fail(throttle: Throttle, times: int, name: str = "ann", address: str = "192.0.2.1") -> None:
    for _ in range(times):
        throttle.begin(name, address)


def test_a_few_wrong_tries_are_free(throttle: Throttle) -> None:
    fail(throttle, PAIR.attempts)


def test_one_more_is_refused_and_says_for_how_long(throttle: Throttle) -> None:
    fail(throttle, PAIR.attempts)
    with pytest.raises(TooManyAttempts, match="5 minutes"):
        throttle.begin("ann", "192.0.2.1")


def test_it_releases_by_itself(throttle: Throttle) -> None:
    fail(throttle, PAIR.attempts)
    pass_by(throttle.store, PAIR.seconds + 1)
    throttle.begin("ann", "192.0.2.1")


def test_tries_while_refused_do_not_prolong_the_wait(throttle: Throttle) -> None:
    fail(throttle, PAIR.attempts)
    for _ in range(100):
        pass_by(throttle.store, 1)
        with pytest.raises(TooManyAttempts):
            throttle.begin("ann", "192.0.2.1")
    pass_by(throttle.store, PAIR.seconds - 99)
    throttle.begin("ann", "192.0.2.1")


def test_nobody_elsewhere_is_kept_out_by_someone_who_guesses(throttle: Throttle) -> None:
    fail(throttle, PAIR.attempts, address="203.0.113.66")
    throttle.begin("ann", "192.0.2.1")


def everywhere(throttle: Throttle, name: str = "ann") -> None:
    """Somebody tries a name from as many addresses as it takes."""
    for number in range(NAME.attempts):
        throttle.begin(name, f"203.0.113.{number}")


def test_letter_case_and_spaces_make_no_new_name(throttle: Throttle) -> None:
    fail(throttle, PAIR.attempts)
    with pytest.raises(TooManyAttempts):
        throttle.begin(" ANN ", "192.0.2.1")


def crowd(throttle: Throttle, address: str = "192.0.2.1") -> None:
    """Somebody tries one name after another from this address."""
    for number in range(ADDRESS.attempts):
        throttle.begin(f"name{number}", address)


def test_an_address_that_many_names_are_tried_from_stays_open(throttle: Throttle) -> None:
    for number in range(5 * ADDRESS.attempts):
        throttle.begin(f"name{number}", "192.0.2.1")
    assert throttle.begin("new-here", "192.0.2.1").crowded
    assert not throttle.begin("elsewhere", "198.51.100.1").crowded


def test_a_name_has_fewer_tries_there(throttle: Throttle) -> None:
    crowd(throttle)
    fail(throttle, CROWDED_PAIR.attempts, "ann")
    with pytest.raises(TooManyAttempts, match="10 minutes"):
        throttle.begin("ann", "192.0.2.1")
    assert throttle.waiting(["ann"])["ann"] == pytest.approx(CROWDED_PAIR.seconds, abs=60)
    throttle.begin("ann", "198.51.100.1")
    throttle.begin("bob", "192.0.2.1")


def test_it_is_crowded_no_longer_when_the_failures_are_past(throttle: Throttle) -> None:
    crowd(throttle)
    fail(throttle, CROWDED_PAIR.attempts, "ann")
    pass_by(throttle.store, ADDRESS.seconds + 1)
    assert not throttle.begin("ann", "192.0.2.1").crowded
    assert throttle.waiting(["ann"]) == {}


def test_tries_from_there_are_made_one_after_another_and_slowly(
    throttle: Throttle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.access.throttle.CROWDED_SECONDS", 0.1)
    crowd(throttle)
    made: list[tuple[str, str]] = []

    def attempt(name: str) -> None:
        with throttle.turn(throttle.begin(name, "192.0.2.1")):
            made.append(("begun", name))
            made.append(("ended", name))

    began = time.monotonic()
    with ThreadPoolExecutor(4) as strangers:
        list(strangers.map(attempt, ["one", "two", "three", "four"]))
    assert time.monotonic() - began >= 0.4
    assert [what for what, _ in made] == ["begun", "ended"] * 4
    assert [name for _, name in made[::2]] == [name for _, name in made[1::2]]


def test_whoever_waits_too_long_there_is_told_so_and_has_lost_no_try(
    throttle: Throttle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.access.throttle.CROWDED_SECONDS", 0.0)
    monkeypatch.setattr("services.access.throttle.PATIENCE", 0.01)
    crowd(throttle)
    with throttle.turn(throttle.begin("one", "192.0.2.1")):
        for _ in range(2 * CROWDED_PAIR.attempts):
            with (
                pytest.raises(TooManyAttempts, match="not looked at"),
                throttle.turn(throttle.begin("ann", "192.0.2.1")),
            ):
                raise AssertionError("it was not its turn")
    with throttle.turn(throttle.begin("ann", "192.0.2.1")):
        pass


def test_elsewhere_nobody_waits_for_a_turn(throttle: Throttle) -> None:
    crowd(throttle)
    with (
        throttle.turn(throttle.begin("one", "192.0.2.1")),
        throttle.turn(throttle.begin("ann", "198.51.100.1")),
    ):
        pass


@pytest.mark.parametrize("known", [False, True])
def test_at_one_name_no_more_than_a_hundred_tries_are_possible_in_an_hour(
    throttle: Throttle, known: bool
) -> None:
    """ASVS 2.2.1: from anywhere, from addresses that are known for it, and in a browser of its own."""
    if known:
        for place in range(30):
            comes_from(throttle, f"198.51.100.{place}")
    made = 0
    for _ in range(12):
        for place in range(35):
            for device in ("", "her laptop"):
                for _ in range(2):
                    with suppress(TooManyAttempts):
                        throttle.begin("ann", f"198.51.100.{place}", device)
                        made += 1
        pass_by(throttle.store, 300)
    assert made <= 100


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
    assert throttle.begin("five", "192.0.2.1").crowded


def test_the_waiting_time_can_be_seen_and_ended(throttle: Throttle) -> None:
    assert throttle.waiting(["ann"]) == {}
    fail(throttle, PAIR.attempts)
    assert throttle.waiting(["Ann", "sam"]) == {"Ann": pytest.approx(PAIR.seconds, abs=60)}
    throttle.release("ann")
    assert throttle.waiting(["ann"]) == {}
    throttle.begin("ann", "192.0.2.1")


def test_what_counts_no_longer_is_erased(throttle: Throttle) -> None:
    for number in range(30):
        throttle.begin(f"name{number}", f"192.0.2.{number}")
    pass_by(throttle.store, CODE.seconds)
    throttle.begin("ann", "192.0.2.1")
    assert len(kept(throttle.store)) == 1


def test_what_was_typed_is_not_kept(throttle: Throttle) -> None:
    throttle.begin("my secret password", "192.0.2.1")
    throttle.begin("x" * 100_000, "192.0.2.1")
    throttle.begin("\ud83d", "192.0.2.1")
    assert "secret" not in repr(kept(throttle.store))
    assert len(repr(kept(throttle.store))) < 2_000


def test_a_browser_that_is_known_is_not_kept_out_by_strangers(throttle: Throttle) -> None:
    everywhere(throttle)
    with pytest.raises(TooManyAttempts):
        throttle.begin("ann", "192.0.2.1")
    throttle.begin("ann", "192.0.2.1", device="her laptop")


def test_a_known_browser_behind_a_crowded_address_waits_for_nobody(throttle: Throttle) -> None:
    crowd(throttle)
    assert throttle.begin("ann", "192.0.2.1").crowded
    assert not throttle.begin("ann", "192.0.2.1", device="her laptop").crowded


def comes_from(throttle: Throttle, address: str) -> None:
    """Ann exists, and has signed in from this address."""
    operators = throttle.store.operators
    ann = operators.by_username("ann") or operators.add(
        username="ann", name="Ann", email="", role=Role.SUPPORT, password_hash="x"
    )
    throttle.store.sessions.create(ann.id, address, "Firefox", timedelta(hours=1), timedelta(hours=8))


def test_an_address_that_one_has_come_from_stays_open_whatever_others_try(throttle: Throttle) -> None:
    comes_from(throttle, "192.0.2.1")
    crowd(throttle)
    everywhere(throttle)
    assert not throttle.begin("ann", "192.0.2.1").crowded
    with pytest.raises(TooManyAttempts):
        throttle.begin("ann", "203.0.113.9")  # nobody knows her there


def test_from_there_one_has_no_more_tries_than_from_elsewhere(throttle: Throttle) -> None:
    comes_from(throttle, "2001:db8::1")
    fail(throttle, PAIR.attempts, address="2001:db8::2")  # of the same customer
    with pytest.raises(TooManyAttempts):
        throttle.begin("ann", "2001:db8::1")


def test_it_has_no_more_tries_than_ten(throttle: Throttle) -> None:
    for _ in range(DEVICE.attempts):
        throttle.begin("ann", "192.0.2.1", device="her laptop")
    with pytest.raises(TooManyAttempts):
        throttle.begin("ann", "198.51.100.7", device="her laptop")
    assert throttle.waiting(["ann"])


def test_only_the_refusal_that_begins_a_waiting_time_is_the_first(throttle: Throttle) -> None:
    fail(throttle, PAIR.attempts)
    told = []
    for _ in range(3):
        with pytest.raises(TooManyAttempts) as refused:
            throttle.begin("ann", "192.0.2.1")
        told.append(refused.value.first)
    pass_by(throttle.store, PAIR.seconds + 1)
    fail(throttle, PAIR.attempts)
    with pytest.raises(TooManyAttempts) as refused:
        throttle.begin("ann", "192.0.2.1")
    assert (told, refused.value.first) == ([True, False, False], True)


def test_an_address_becomes_crowded_once_whatever_names_are_tried(throttle: Throttle) -> None:
    crowd(throttle)
    told = [throttle.begin(f"other{number}", "192.0.2.1").first for number in range(3)]
    assert told == [True, False, False]


@pytest.mark.parametrize("seconds", [-86_400, 86_400])
def test_a_wall_clock_that_jumps_neither_frees_nor_locks_anybody(
    throttle: Throttle, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    now = time.time()
    fail(throttle, PAIR.attempts)
    monkeypatch.setattr(time, "time", lambda: now + seconds)
    with pytest.raises(TooManyAttempts):
        throttle.begin("ann", "192.0.2.1")
    assert 0 < throttle.waiting(["ann"])["ann"] <= PAIR.seconds


def test_a_machine_that_was_started_again_keeps_nobody_out(throttle: Throttle) -> None:
    fail(throttle, PAIR.attempts)
    pass_by(throttle.store, -3600)  # its clock begins anew: what was before lies ahead
    assert throttle.waiting(["ann"]) == {}
    throttle.begin("ann", "192.0.2.1")
    assert len(kept(throttle.store)) == 1


# --- several consoles


def test_two_consoles_count_together(throttle: Throttle, elsewhere: Throttle) -> None:
    fail(throttle, PAIR.attempts - 1)
    fail(elsewhere, 1)
    for console in (throttle, elsewhere):
        with pytest.raises(TooManyAttempts):
            console.begin("ann", "192.0.2.1")
    elsewhere.release("ann")
    throttle.begin("ann", "192.0.2.1")


def test_they_say_once_that_a_waiting_time_began(throttle: Throttle, elsewhere: Throttle) -> None:
    fail(throttle, PAIR.attempts)
    told = []
    for console in (elsewhere, throttle):
        with pytest.raises(TooManyAttempts) as refused:
            console.begin("ann", "192.0.2.1")
        told.append(refused.value.first)
    assert told == [True, False]


def test_of_tries_at_one_moment_no_more_pass_than_may(throttle: Throttle, elsewhere: Throttle) -> None:
    def passes(number: int) -> bool:
        try:
            (throttle, elsewhere)[number % 2].begin("ann", "192.0.2.1")
        except TooManyAttempts:
            return False
        return True

    with ThreadPoolExecutor(8) as strangers:
        assert sum(strangers.map(passes, range(24))) == PAIR.attempts


def test_wrong_codes_on_two_consoles_count_together(throttle: Throttle, elsewhere: Throttle) -> None:
    for number in range(CODE.attempts):
        (throttle, elsewhere)[number % 2].begin_code("ann")
    with pytest.raises(TooManyAttempts):
        throttle.begin_code("Ann")
    elsewhere.code_succeeded("ann")
    throttle.begin_code("ann")


def kept(store: Store) -> list[object]:
    """Every try that the database holds."""
    with store.database.read() as db:
        return list(db.execute(select(sign_in_tries)).all())
